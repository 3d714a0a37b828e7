"""Probability of a click, and of a wrong one, per pulse: pure functions that broadcast.

Two threshold detectors with a random bit for a double click are what `detect` uses. The two other published
conventions are here to compare with: they differ by O(noise x signal) and in the double clicks.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from links.channel import Floats

Seen = Callable[[Floats], Floats]
"""P(at least one photon is absorbed) of a pulse whose every photon is absorbed with the given probability."""


def noisy(seen: Floats, noise: Floats, detectors: int) -> Floats:
    """P(click) of `detectors` together, each dark with probability `noise`, when light alone gives `seen`."""
    return np.asarray(seen - (1.0 - seen) * np.expm1(detectors * np.log1p(-noise)))


def threshold_pair(seen: Seen, share: Floats, flip: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Gain and error gain of two threshold detectors, exact for any photon statistics.

    `share` is the probability that a photon is absorbed in the pair, `flip` that it then goes to the wrong detector.
    A double click gives a random bit (Luetkenhaus 1999, doi:10.1103/PhysRevA.59.3301).
    """
    both = noisy(seen(share), noise, 2)
    right, wrong = (noisy(seen(part * share), noise, 1) for part in (1.0 - flip, flip))
    return both, 0.5 * (wrong + (both - right))


def two_pairs(
    seen: Seen, share: Floats, other: Floats, flip: Floats, noise: Floats, dark: Floats
) -> tuple[Floats, Floats]:
    """Gain and error gain assigned to a pair when another pair sees the same pulse, for any photon statistics.

    `other` is the probability that a photon is absorbed in the other pair, `dark` the noise of each of its detectors.
    When both pairs fire, one of them is taken at random.
    """
    pair, error = threshold_pair(seen, share, flip, noise)
    rest = noisy(seen(other), dark, 2)
    right, wrong = (noisy(noisy(seen(part * share + other), noise, 1), dark, 2) for part in (1.0 - flip, flip))
    everything = noisy(noisy(seen(share + other), noise, 2), dark, 2)
    return 0.5 * (pair + (everything - rest)), 0.5 * error + 0.25 * (wrong - right + everything - rest)


def coherent_pair(absorbed: Floats, flip: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """`threshold_pair` for Poissonian light of `absorbed` mean photons, where detectors fire independently."""
    dark = np.log1p(-noise)
    right, wrong = -np.expm1(dark - (1.0 - flip) * absorbed), -np.expm1(dark - flip * absorbed)
    return right + wrong - right * wrong, wrong * (1.0 - 0.5 * right)


def silent_pair(noise: Floats) -> tuple[Floats, Floats]:
    """`coherent_pair` without light: noise alone."""
    one = -np.expm1(np.log1p(-noise))
    return one + one - one * one, one * (1.0 - 0.5 * one)


def gllp_2004(intensity: Floats, transmittance: Floats, flip: Floats, background: Floats) -> tuple[Floats, Floats]:
    """Gain and error gain with yields Y_n = 1 - (1 - Y_0)(1 - eta)^n (Gottesman et al. 2004, quant-ph/0212066)."""
    light = -np.expm1(-intensity * transmittance)
    return background + (1.0 - background) * light, 0.5 * background * (1.0 - light) + flip * light


def ma_2005(intensity: Floats, transmittance: Floats, flip: Floats, background: Floats) -> tuple[Floats, Floats]:
    """Gain and error gain to first order in the background (Ma et al. 2005, doi:10.1103/PhysRevA.72.012326).

    Valid for background << 1; the gain passes 1 in daylight.
    """
    light = -np.expm1(-intensity * transmittance)
    return background + light, 0.5 * background + flip * light


def poisson(intensity: Floats) -> Seen:
    """Phase-randomised laser light."""
    return lambda share: -np.expm1(-intensity * share)


def thermal(intensity: Floats) -> Seen:
    """One mode of thermal light."""
    return lambda share: intensity * share / (1.0 + intensity * share)


def distributed(probabilities: Floats) -> Seen:
    """Light with P(0), P(1), ... photons along the last axis of `probabilities`."""
    numbers = np.arange(probabilities.shape[-1])

    def seen(share: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            lost = np.where(numbers == 0, 0.0, numbers * np.log1p(-share)[..., None])
        absorbed: Floats = -(probabilities * np.expm1(lost)).sum(axis=-1)
        return absorbed

    return seen


def emitter(mean: float, g2: float) -> Floats:
    """P(0), P(1), P(2) of a single-photon source with this mean photon number and g2 = 2 P(2) / mean^2."""
    two = 0.5 * g2 * mean**2
    return np.array([1.0 - mean + two, mean - 2.0 * two, two])
