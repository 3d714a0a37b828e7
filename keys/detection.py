"""From a channel to counts: expected, or drawn with a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from keys import gains
from keys.counts import KEY, TEST, Counts
from keys.detector import Detector
from keys.source import Source
from links.channel import Channel, Floats

FADING_NODES = 12
"""Gauss-Hermite nodes: the mean gain is exact to 1e-9 for log-variances up to 1 (tests)."""


@dataclass(frozen=True, eq=False)
class Settings:
    """What each row sends: intensities and probabilities (n, k), probability of the key basis (n,)."""

    intensities: Floats
    probabilities: Floats
    key_basis_probability: Floats

    @classmethod
    def of(cls, source: Source, rows: int) -> Settings:
        """The source's own settings for every row."""
        mu, p = (np.tile(np.array(values), (rows, 1)) for values in (source.intensities, source.probabilities))
        return cls(mu, p, np.full(rows, source.key_basis_probability))


@dataclass(frozen=True, eq=False)
class Light:
    """What reaches the detectors, over any shape: probability per photon, flips, noise per gate and detector."""

    share: Floats
    """Probability that a photon that left the sender is absorbed by a detector inside the gate."""
    flip: Floats
    noise: Floats


def detect(
    channel: Channel, source: Source, detector: Detector, seed: int | None = None, settings: Settings | None = None
) -> Counts:
    """Count the sifted clicks and errors of every link of the channel: means, or with a seed whole numbers.

    Two threshold detectors per basis, double clicks random; the background is shared evenly by the detectors; fading
    is averaged over its log-normal distribution. `settings` gives each link its own intensities, probabilities and
    basis bias in place of the source's.
    """
    settings = settings or Settings.of(source, channel.links)
    row = channel.link
    light = received(channel, source, detector)
    per_pulse = pulse_probabilities(
        light,
        source,
        detector,
        settings.intensities[row],
        settings.key_basis_probability[row],
        _mean_weights(settings, row),
    )
    counts = _summed(channel, source, detector, settings, per_pulse)
    return counts if seed is None else _drawn(counts, np.random.default_rng(seed))


def received(channel: Channel, source: Source, detector: Detector) -> Light:
    """The channel and the detector as photons and noise per gate, with an axis of fading nodes where it fades."""
    efficiency = detector.balanced_efficiency
    share = channel.transmittance * (efficiency * detector.inside_gate(source.pulse_width))
    noise = -np.expm1(-(detector.dark_count_rate + efficiency * channel.background / detector.count) * detector.gate)
    flip = source.misalignment + channel.flip * (1.0 - 2.0 * source.misalignment)
    return Light(share, flip, noise) if not channel.log_variance.any() else _faded(share, flip, noise, channel)


def _faded(share: Floats, flip: Floats, noise: Floats, channel: Channel) -> Light:
    """Nodes of the log-normal transmittance on a last axis; one that would pass 1 is held at the mean's scale."""
    nodes, _ = np.polynomial.hermite_e.hermegauss(FADING_NODES)
    width = np.sqrt(channel.log_variance)[:, None]
    ceiling = np.divide(share, channel.transmittance, out=np.zeros_like(share), where=channel.transmittance > 0)
    faded = np.minimum(share[:, None] * np.exp(width * nodes - 0.5 * width**2), ceiling[:, None])
    return Light(faded, flip[:, None], noise[:, None])


def _mean_weights(settings: Settings, row: Any) -> Floats:
    weights: Floats = settings.probabilities[row]
    return weights


@dataclass(frozen=True, eq=False)
class PerPulse:
    """Probabilities per pulse: clicks and errors (..., 2, k) when both chose that basis, any click (..., k)."""

    clicks: Floats
    errors: Floats
    any_click: Floats


def pulse_probabilities(
    light: Light, source: Source, detector: Detector, intensities: Floats, bias: Floats, probabilities: Floats
) -> PerPulse:
    """Click and error probabilities of every sample, basis and intensity, given that Alice chose that basis.

    `intensities` and `probabilities` are (samples, k), `bias` (samples,). Afterpulses are noise of later gates, the
    same for every intensity (so that yields depend on photon numbers only, as decoys require); dead time multiplies
    everything by the live share of a non-paralysable receiver (Rusca et al. 2018).
    """
    noise = (light.noise, light.noise)
    result = _probabilities(light, source, detector, intensities, bias, noise)
    if detector.afterpulse_probability:
        noise = tuple(_afterpulsed(light, result, detector, probabilities, basis) for basis in (KEY, TEST))  # type: ignore[assignment]
        result = _probabilities(light, source, detector, intensities, bias, noise)
    if detector.dead_time:
        blind = source.pulse_rate * detector.dead_time * (result.any_click * probabilities).sum(axis=-1)
        live = 1.0 / (1.0 + blind)
        result = PerPulse(*(v * live.reshape((-1,) + (1,) * (v.ndim - 1)) for v in vars(result).values()))
    return result


def _afterpulsed(light: Light, clean: PerPulse, detector: Detector, probabilities: Floats, basis: int) -> Floats:
    """Noise per gate of one detector of a basis: the dark one and the echo of that pair's own clicks."""
    clicks = (clean.clicks[:, basis] * probabilities).sum(axis=-1)
    echo = 0.5 * clicks * detector.afterpulse_probability / (1.0 - detector.afterpulse_probability)
    noise = light.noise if light.noise.ndim == 1 else light.noise[:, 0]
    total: Floats = 1.0 - (1.0 - noise) * (1.0 - echo)
    return total if light.noise.ndim == 1 else total[:, None]


def _probabilities(
    light: Light, source: Source, detector: Detector, intensities: Floats, bias: Floats, noise: tuple[Floats, Floats]
) -> PerPulse:
    columns = [
        _one_intensity(light, source, detector, intensities[:, j], bias, noise, j) for j in range(intensities.shape[1])
    ]
    clicks, errors, any_click = (np.stack([column[i] for column in columns], axis=-1) for i in range(3))
    return PerPulse(clicks, errors, any_click)


def _one_intensity(
    light: Light, source: Source, detector: Detector, mu: Floats, bias: Floats, noise: tuple[Floats, Floats], j: int
) -> tuple[Floats, Floats, Floats]:
    """Clicks and errors (samples, 2) and any click (samples,) of one intensity."""
    nodes = light.share.ndim == 2
    mu, bias = (mu[:, None], bias[:, None]) if nodes else (mu, bias)
    shares = (bias, 1.0 - bias)
    function = _passive if detector.count == 4 else _active
    pairs = [function(_statistics(source, mu, j), light, shares[b], noise[b], noise[1 - b]) for b in (KEY, TEST)]
    either = sum(_faded_mean(pair[0], nodes) for pair in pairs)
    return (
        np.stack([_faded_mean(pair[0], nodes) for pair in pairs], axis=-1),
        np.stack([_faded_mean(pair[1], nodes) for pair in pairs], axis=-1),
        np.asarray(either),
    )


def _faded_mean(values: Floats, nodes: bool) -> Floats:
    """Mean over the fading nodes; sums in a fixed order so that rows do not depend on each other."""
    if not nodes:
        return values
    _, weights = np.polynomial.hermite_e.hermegauss(FADING_NODES)
    mean: Floats = (values * (weights / weights.sum())).sum(axis=-1)
    return mean


def _statistics(source: Source, mu: Floats, j: int) -> gains.Seen | Floats:
    """The light's absorption law; Poissonian light is given by its mean alone, which is faster."""
    if source.protocol == "single-photon-bb84":
        return gains.distributed(gains.emitter(source.intensities[0], source.g2))
    if source.photon_numbers is not None:
        return gains.distributed(np.array(source.photon_numbers[j]))
    return mu if source.statistics == "poisson" else gains.thermal(mu)


def _active(law: gains.Seen | Floats, light: Light, share: Floats, noise: Floats, _: Floats) -> tuple[Floats, Floats]:
    """One pair, turned to this basis with probability `share`."""
    if callable(law):
        pair = gains.threshold_pair(law, light.share, light.flip, noise)
    else:
        pair = gains.coherent_pair(law * light.share, light.flip, noise)
    return share * pair[0], share * pair[1]


def _passive(
    law: gains.Seen | Floats, light: Light, share: Floats, noise: Floats, dark: Floats
) -> tuple[Floats, Floats]:
    """A pair of its own behind a splitter that sends it `share` of the photons; both pairs at once: one at random."""
    here, there = share * light.share, (1.0 - share) * light.share
    if callable(law):
        return gains.two_pairs(law, here, there, light.flip, noise, dark)
    click, error = gains.coherent_pair(law * here, light.flip, noise)
    alone = 1.0 - 0.5 * gains.noisy(-np.expm1(-law * there), dark, 2)
    return click * alone, error * alone


def _summed(channel: Channel, source: Source, detector: Detector, settings: Settings, per_pulse: PerPulse) -> Counts:
    """Sums over each link's samples, in the samples' order."""
    row, pulses = channel.link, source.pulse_rate * channel.duration
    p, bias = settings.probabilities, settings.key_basis_probability
    alice = np.stack([bias, 1.0 - bias], axis=-1)[:, :, None] * p[:, None, :]

    def total(values: Floats) -> Floats:
        return np.bincount(row, weights=pulses * values, minlength=channel.links).astype(np.float64)

    def table(values: Floats) -> Floats:
        k = values.shape[-1]
        sums = [total(values[:, b, j]) for b in (KEY, TEST) for j in range(k)]
        return np.stack(sums, axis=-1).reshape(-1, 2, k) * alice

    clicked = np.stack([total(per_pulse.any_click[:, j]) for j in range(p.shape[1])], axis=-1)
    sent = total(np.ones(len(row)))
    return Counts(
        source, sent, settings.intensities, p, bias, table(per_pulse.clicks), table(per_pulse.errors),
        (clicked * p).sum(axis=1), approximations(channel, source, detector),
    )  # fmt: skip


def _drawn(counts: Counts, rng: np.random.Generator) -> Counts:
    """Whole counts: each pulse is a sifted click of one basis and intensity, another detection, or nothing."""
    n, _, k = counts.clicks.shape
    sent = np.rint(counts.pulses)
    matched = counts.clicks.reshape(n, -1)
    mismatched = np.maximum(counts.detections - matched.sum(axis=1), 0.0)
    kinds = np.column_stack([matched, mismatched]) / np.maximum(sent, 1.0)[:, None]
    drawn = rng.multinomial(sent.astype(np.int64), np.column_stack([kinds, np.maximum(1.0 - kinds.sum(axis=1), 0.0)]))
    clicks = drawn[:, : 2 * k].reshape(n, 2, k)
    rate = np.divide(counts.errors, counts.clicks, out=np.zeros_like(counts.errors), where=counts.clicks > 0)
    errors = rng.binomial(clicks, np.minimum(rate, 1.0)).astype(np.float64)
    return Counts(
        counts.source, sent, counts.intensities, counts.probabilities, counts.key_basis_probability,
        clicks.astype(np.float64), errors, drawn[:, : 2 * k + 1].sum(axis=1).astype(np.float64), counts.approximations,
    )  # fmt: skip


def approximations(channel: Channel, source: Source, detector: Detector) -> tuple[str, ...]:
    """What the counts of this equipment rest on beyond the proofs' own assumptions."""
    found = ["gains: two threshold detectors per basis, a random bit for a double click"]
    if detector.count == 4:
        found.append("both bases firing at once: one is taken at random")
    if detector.dead_time:
        found.append("dead time: mean live share of a receiver whose detectors are held off together")
    if detector.afterpulse_probability:
        found.append("afterpulses: uncorrelated noise of later gates")
    if detector.efficiency_mismatch:
        found.append("efficiency mismatch: known, and removed by discarding clicks of the better detectors at random")
    if channel.log_variance.any():
        found.append("fading: log-normal, averaged")
    if detector.gate * source.pulse_rate > 1:
        found.append("gates overlap: a click is counted for one pulse only")
    return tuple(found)
