"""From a channel to counts: expected, or drawn with a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keys.asymptotic import plob
from keys.counts import KEY, TEST, Counts
from keys.detector import Detector
from keys.receiver import Clicks, faded, pulse_probabilities, received
from keys.source import Source
from links.channel import Channel, Floats, Ints


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

    def select(self, rows: Ints) -> Settings:
        """Some rows, in any order and as often as wanted."""
        return Settings(self.intensities[rows], self.probabilities[rows], self.key_basis_probability[rows])


def detect(
    channel: Channel, source: Source, detector: Detector, seed: int | None = None, settings: Settings | None = None
) -> Counts:
    """Count the sifted clicks and errors of every link of the channel: means, or with a seed whole numbers.

    Two threshold detectors per basis, double clicks random; the background is shared evenly by the detectors; fading
    is averaged over its log-normal distribution. `settings` gives each link its own intensities, probabilities and
    basis bias in place of the source's.
    """
    settings = settings or Settings.of(source, channel.links)
    clicks = sample_clicks(channel, source, detector, settings.select(channel.link))
    counts = _summed(channel, source, settings, clicks, approximations(channel, source, detector))
    return counts if seed is None else drawn(counts, np.random.default_rng(seed))


def sample_clicks(channel: Channel, source: Source, detector: Detector, each: Settings) -> list[Clicks]:
    """Clicks of each intensity per pulse of every sample, averaged over its fading."""
    light, bias = received(channel, source, detector), each.key_basis_probability
    mu, p = list(each.intensities.T), list(each.probabilities.T)
    if not channel.log_variance.any():
        return pulse_probabilities(light, source, detector, mu, p, bias)
    light, weights = faded(light, channel)
    mu, p = ([v[:, None] for v in values] for values in (mu, p))
    clicks = pulse_probabilities(light, source, detector, mu, p, bias[:, None])
    return [_mean(click, weights) for click in clicks]


def _mean(click: Clicks, weights: Floats) -> Clicks:
    """Mean over the fading nodes, the last axis."""
    key, test, wrong_key, wrong_test = ((v * weights).sum(axis=-1) for v in (*click.click, *click.error))
    return Clicks((key, test), (wrong_key, wrong_test))


def _summed(
    channel: Channel, source: Source, settings: Settings, clicks: list[Clicks], labels: tuple[str, ...]
) -> Counts:
    """Sums over each link's samples, in the samples' order, so that a link's counts do not depend on the others."""
    pulses, p, bias = source.pulse_rate * channel.duration, settings.probabilities, settings.key_basis_probability
    alice = np.stack([bias, 1.0 - bias], axis=-1)[:, :, None] * p[:, None, :]

    def total(values: Floats) -> Floats:
        return np.bincount(channel.link, weights=pulses * values, minlength=channel.links).astype(np.float64)

    right = np.stack([np.stack([total(c.click[b]) for b in (KEY, TEST)], axis=-1) for c in clicks], axis=-1)
    wrong = np.stack([np.stack([total(c.error[b]) for b in (KEY, TEST)], axis=-1) for c in clicks], axis=-1)
    return Counts(
        source, total(np.ones_like(pulses)), settings.intensities, p, bias, right * alice, wrong * alice,
        (right.sum(axis=1) * p).sum(axis=1), total(plob(channel.transmittance)), labels,
    )  # fmt: skip


def drawn(counts: Counts, rng: np.random.Generator) -> Counts:
    """Whole counts: each pulse is a sifted click of one basis and intensity, another detection, or nothing."""
    n, _, k = counts.clicks.shape
    sent = np.rint(counts.pulses)
    matched = counts.clicks.reshape(n, -1)
    mismatched = np.maximum(counts.detections - matched.sum(axis=1), 0.0)
    kinds = np.column_stack([matched, mismatched]) / np.maximum(sent, 1.0)[:, None]
    draw = rng.multinomial(sent.astype(np.int64), np.column_stack([kinds, np.maximum(1.0 - kinds.sum(axis=1), 0.0)]))
    clicks = draw[:, : 2 * k].reshape(n, 2, k)
    rate = np.divide(counts.errors, counts.clicks, out=np.zeros_like(counts.errors), where=counts.clicks > 0)
    errors = rng.binomial(clicks, np.minimum(rate, 1.0)).astype(np.float64)
    sifted, seen = clicks.astype(np.float64), draw[:, : 2 * k + 1].sum(axis=1).astype(np.float64)
    return replace(counts, pulses=sent, clicks=sifted, errors=errors, detections=seen)


def approximations(channel: Channel, source: Source, detector: Detector) -> tuple[str, ...]:
    """What the counts of this equipment rest on beyond the proofs' own assumptions."""
    labels = (
        (True, "gains: two threshold detectors per basis, a random bit for a double click"),
        (detector.count == 4, "both bases firing at once: one is taken at random"),
        (detector.dead_time > 0, "dead time: mean live share of a receiver whose detectors are held off together"),
        (detector.afterpulse_probability > 0, "afterpulses: uncorrelated noise of later gates"),
        (
            detector.efficiency_mismatch > 0,
            "efficiency mismatch: known, and removed by discarding clicks of the better detectors at random",
        ),
        (bool(channel.log_variance.any()), "fading: log-normal, averaged"),
        (detector.gate * source.pulse_rate > 1, "gates overlap: a click is counted for one pulse only"),
    )
    return tuple(label for applies, label in labels if applies)
