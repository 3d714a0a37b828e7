"""The limit of long keys: no fluctuations, no cost; and the ceiling that no protocol can pass."""

from __future__ import annotations

import numpy as np

from keys import decoy, gains
from keys.bounds import Fluctuation
from keys.finite import LEAST, Estimate, Tally
from keys.leakage import efficient, phase_entropy
from links.channel import Floats


def ma_2005(tally: Tally, secrecy: float, fluctuation: Fluctuation) -> Estimate:
    """Asymptotic key of one, two or three intensities (Ma, Qi, Zhao, Lo 2005, doi:10.1103/PhysRevA.72.012326).

    Three: vacuum or weaker decoy, and weak decoy. Two: the vacuum yield is bounded by the errors. One: every pulse of
    several photons counts as known to the eavesdropper (Gottesman et al. 2004). Light that is not Poissonian needs a
    vacuum as third intensity, or is one intensity. Not a finite-key bound: `secrecy` and `fluctuation` do not enter.
    """
    if tally.intensities.shape[-1] == 1:
        single, tested, errors = _tagged(tally)
    elif tally.numbers is not None:
        single, tested, errors = _any_statistics(tally, tally.numbers)
    else:
        single, tested, errors = _poissonian(tally)
    rate = np.divide(errors, tested, out=np.full(np.shape(tested), np.inf), where=tested > LEAST)
    nothing = np.zeros_like(single)
    return Estimate(nothing, single, tested, errors, nothing, np.minimum(rate, 0.5), rate)


def _tagged(tally: Tally) -> tuple[Floats, Floats, Floats]:
    single = np.maximum(tally.key.sum(axis=-1) - tally.multiphoton, 0.0)
    tested = np.maximum(tally.test.sum(axis=-1) - tally.test_multiphoton, 0.0)
    return single, tested, tally.test_errors.sum(axis=-1)


def _poissonian(tally: Tally) -> tuple[Floats, Floats, Floats]:
    mu, p = tally.intensities, tally.probabilities
    tau0, tau1, scale = decoy.photons(0, mu, p), decoy.photons(1, mu, p), decoy.weights(mu, p)

    def single(clicks: Floats, errors: Floats) -> Floats:
        weighted = scale * clicks
        if mu.shape[-1] == 2:
            most = 2.0 * np.minimum(tau0 * (scale * errors).min(axis=-1), errors.sum(axis=-1))
            found = decoy.one_decoy_single(mu, tau0, tau1, most, weighted, weighted)
        else:
            vacuum = np.maximum(decoy.two_decoy_vacuum(mu, tau0, weighted, weighted), 0.0)
            found = decoy.two_decoy_single(mu, tau0, tau1, vacuum, weighted, weighted)
        return np.asarray(np.minimum(np.maximum(found, 0.0), clicks.sum(axis=-1)))

    wrong = scale * tally.test_errors
    pair = (0, 1) if mu.shape[-1] == 2 else (1, 2)
    errors = _some(decoy.decoy_errors(mu, tau1, wrong, wrong, pair), tally)
    return single(tally.key, tally.key_errors), single(tally.test, tally.test_errors), errors


def _some(errors: Floats, tally: Tally) -> Floats:
    """A bound on some of the test's errors, held between none and all of them, as the finite proofs hold it."""
    return np.asarray(np.minimum(np.maximum(errors, 0.0), tally.test_errors.sum(axis=-1)))


def _any_statistics(tally: Tally, numbers: Floats) -> tuple[Floats, Floats, Floats]:
    """Signal, decoy and vacuum of given statistics (Wang et al. 2008, doi:10.1103/PhysRevA.77.042311).

    Needs P_n(signal) / P_n(decoy) to be larger at n = 2 than at n = 1, and not smaller than that beyond.
    """
    p = tally.probabilities
    signal, weak = numbers[0], numbers[1]
    tau1 = sum(p[..., j] * numbers[j, 1] for j in range(3))
    scale = signal[2] * weak[1] - weak[2] * signal[1]

    def single(clicks: Floats) -> Floats:
        gain = clicks / p
        vacuum = gain[..., 2]
        inside = signal[2] * (gain[..., 1] - weak[0] * vacuum) - weak[2] * (gain[..., 0] - signal[0] * vacuum)
        return np.asarray(np.minimum(np.maximum(tau1 * inside / scale, 0.0), clicks.sum(axis=-1)))

    wrong = tally.test_errors / p
    errors = _some(tau1 * (wrong[..., 1] - weak[0] * wrong[..., 2]) / weak[1], tally)
    return single(tally.key), single(tally.test), errors


def infinite_decoys(mu: Floats, transmittance: Floats, flip: Floats, background: Floats, efficiency: float) -> Floats:
    """Secret bits per pulse with the single photons' yield and error known exactly, before sifting (Ma et al. 2005).

    `background` is the yield of the vacuum, << 1; may be negative where there is no key.
    """
    gain, error = gains.ma_2005(mu, transmittance, flip, background)
    yield_one = background + transmittance
    phase = (0.5 * background + flip * transmittance) / yield_one
    single = yield_one * mu * np.exp(-mu)
    return np.asarray(single * (1.0 - phase_entropy(phase)) - efficient(gain, error / gain, efficiency))


def plob(transmittance: Floats) -> Floats:
    """Most secret bits per use of a pure-loss channel (Pirandola et al. 2017, doi:10.1038/ncomms15043)."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log1p(-transmittance) / np.log(2.0))
