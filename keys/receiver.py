"""Probability per pulse of a click in each basis: source, channel and detectors together, over any shape of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from keys import gains
from keys.counts import KEY, TEST
from keys.detector import Detector
from keys.source import Source
from links.channel import Channel, Floats

FADING_NODES = 12
"""Gauss-Hermite nodes: the mean gain is exact to 1e-9 for log-variances up to 1 (tests)."""


@dataclass(frozen=True, eq=False)
class Light:
    """What reaches the detectors, over any shape."""

    share: Floats
    """Probability that a photon that left the sender is absorbed by a detector inside the gate."""
    flip: Floats
    """Probability that it is absorbed by the wrong one."""
    noise: Floats
    """Probability that a detector fires in a gate without it."""


@dataclass(frozen=True, eq=False)
class Clicks:
    """Probabilities per pulse of one intensity, by basis: assigned to it, and wrong, when Alice chose it as well."""

    click: tuple[Floats, Floats]
    error: tuple[Floats, Floats]

    @property
    def any(self) -> Floats:
        """A click in either basis; how Alice turned the photon does not change a pair's clicks."""
        return self.click[KEY] + self.click[TEST]

    def scaled(self, factor: Floats) -> Clicks:
        """Every probability times a factor."""
        click, error = (tuple(v * factor for v in pair) for pair in (self.click, self.error))
        return Clicks((click[0], click[1]), (error[0], error[1]))


def received(channel: Channel, source: Source, detector: Detector) -> Light:
    """The channel and the detector as photons and noise per gate, at the mean transmittance, shape (samples,)."""
    efficiency = detector.balanced_efficiency
    share = channel.transmittance * (efficiency * detector.inside_gate(source.pulse_width))
    noise = -np.expm1(-(detector.dark_count_rate + efficiency * channel.background / detector.count) * detector.gate)
    return Light(share, source.misalignment + channel.flip * (1.0 - 2.0 * source.misalignment), noise)


def faded(light: Light, channel: Channel) -> tuple[Light, Floats]:
    """The light at the nodes of its log-normal fading, shape (samples, nodes), and the nodes' weights.

    A transmittance cannot pass 1: nodes that would are held there.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(FADING_NODES)
    width, mean = np.sqrt(channel.log_variance)[:, None], channel.transmittance[:, None]
    transmittance = np.minimum(mean * np.exp(width * nodes - 0.5 * width**2), 1.0)
    per_photon = np.divide(light.share[:, None], mean, out=np.zeros_like(mean), where=mean > 0)
    share = transmittance * per_photon
    flip, noise = (np.broadcast_to(v[:, None], share.shape) for v in (light.flip, light.noise))
    return Light(share, flip, noise), weights / weights.sum()


def pulse_probabilities(
    light: Light, source: Source, detector: Detector, mu: Sequence[Floats], p: Sequence[Floats], bias: Floats
) -> list[Clicks]:
    """Clicks of each intensity `mu`, sent with probability `p`; `bias` is Bob's probability of the key basis.

    Afterpulses are noise of later gates, the same for every intensity, so that yields depend on photon numbers only,
    as decoys require. Dead time multiplies everything by the live share of a non-paralysable receiver
    (Rusca et al. 2018, doi:10.1063/1.5023340).
    """
    clicks = _every(light, source, detector, mu, bias, (light.noise, light.noise))
    if detector.afterpulse_probability:
        clicks = _every(light, source, detector, mu, bias, _echoes(clicks, light, detector, p))
    if detector.dead_time:
        rate = source.pulse_rate * sum(share * click.any for share, click in zip(p, clicks, strict=True))
        live = np.asarray(1.0 / (1.0 + detector.dead_time * rate))
        clicks = [click.scaled(live) for click in clicks]
    return clicks


def _echoes(clean: list[Clicks], light: Light, detector: Detector, p: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Noise per gate of one detector in each basis: the dark one and the echo of its pair's clicks.

    Four detectors: each basis echoes in its own pair. Two: the one pair fires in either basis, and what it echoes
    falls into whichever basis is chosen by then.
    """
    if detector.count == 2:
        one = _echo(sum(share * click.any for share, click in zip(p, clean, strict=True)), light, detector)
        return one, one
    rates = [sum(share * click.click[b] for share, click in zip(p, clean, strict=True)) for b in (KEY, TEST)]
    return _echo(rates[KEY], light, detector), _echo(rates[TEST], light, detector)


def _echo(rate: Floats | int, light: Light, detector: Detector) -> Floats:
    """Noise per gate of one detector of a pair that clicks at this rate per pulse; echoes have echoes of their own."""
    echo = 0.5 * rate * (detector.afterpulse_probability / (1.0 - detector.afterpulse_probability))
    return np.asarray(1.0 - (1.0 - light.noise) * (1.0 - echo))


def _every(
    light: Light, source: Source, detector: Detector, mu: Sequence[Floats], bias: Floats, noise: tuple[Floats, Floats]
) -> list[Clicks]:
    function = _passive if detector.count == 4 else _active
    return [function(_law(source, m, j), light, bias, noise) for j, m in enumerate(mu)]


Law = gains.Seen | Floats
"""How light is absorbed; Poissonian light is given by its mean photon number alone, which is faster."""


def _law(source: Source, mu: Floats, j: int) -> Law:
    if source.protocol == "single-photon-bb84":
        return gains.distributed(gains.emitter(source.intensities[0], source.g2))
    if source.photon_numbers is not None:
        return gains.distributed(np.array(source.photon_numbers[j]))
    return mu if source.statistics == "poisson" else gains.thermal(mu)


def _active(law: Law, light: Light, bias: Floats, noise: tuple[Floats, Floats]) -> Clicks:
    """One pair, turned to the key basis with probability `bias`."""
    shares = (bias, 1.0 - bias)
    if callable(law):
        pairs = [gains.threshold_pair(law, light.share, light.flip, dark) for dark in noise]
    else:
        pairs = [gains.coherent_pair(law * light.share, light.flip, noise[KEY])]
        again = noise[TEST] is not noise[KEY]
        pairs.append(gains.coherent_pair(law * light.share, light.flip, noise[TEST]) if again else pairs[0])
    (a, wrong_a), (b, wrong_b) = pairs
    return Clicks((shares[0] * a, shares[1] * b), (shares[0] * wrong_a, shares[1] * wrong_b))


def _passive(law: Law, light: Light, bias: Floats, noise: tuple[Floats, Floats]) -> Clicks:
    """Two pairs behind a splitter that sends `bias` of the photons to the key basis; both at once: one at random."""
    here, there = bias * light.share, (1.0 - bias) * light.share
    if callable(law):
        a, wrong_a = gains.two_pairs(law, here, there, light.flip, noise[KEY], noise[TEST])
        b, wrong_b = gains.two_pairs(law, there, here, light.flip, noise[TEST], noise[KEY])
        return Clicks((a, b), (wrong_a, wrong_b))
    (a, wrong_a), (b, wrong_b) = _coherent_pairs(law, here, there, light.flip, noise)
    alone_a, alone_b = 1.0 - 0.5 * b, 1.0 - 0.5 * a
    return Clicks((a * alone_a, b * alone_b), (wrong_a * alone_a, wrong_b * alone_b))


def _coherent_pairs(
    mu: Floats, here: Floats, there: Floats, flip: Floats, noise: tuple[Floats, Floats]
) -> list[tuple[Floats, Floats]]:
    if not mu.any():
        silent = gains.silent_pair(noise[KEY])
        return [silent, silent if noise[TEST] is noise[KEY] else gains.silent_pair(noise[TEST])]
    absorbed = zip((here, there), noise, strict=True)
    return [gains.coherent_pair(mu * share, flip, dark) for share, dark in absorbed]
