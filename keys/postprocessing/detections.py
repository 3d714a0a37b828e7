"""Single clicks of one link, drawn event by event: the cost is that of the clicks, however many pulses were sent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keys.counts import KEY, TEST, Counts
from keys.detection import Settings, approximations, sample_clicks
from keys.detector import Detector
from keys.postprocessing.eavesdropper import Eavesdropper
from keys.receiver import Clicks
from keys.source import Source
from links.channel import Channel, Floats

Bits = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Detections:
    """Clicks in the order of time: what each party holds about each of them."""

    pulse: NDArray[np.int64]
    """Number of the pulse, ascending."""
    intensity: Bits
    alice_basis: Bits
    bob_basis: Bits
    alice_bit: Bits
    bob_bit: Bits
    pulses: float

    def __len__(self) -> int:
        return len(self.pulse)


def draw(
    channel: Channel, source: Source, detector: Detector, rng: np.random.Generator, eve: Eavesdropper | None = None
) -> Detections:
    """Draw every click of a channel of one link."""
    return _events(*_drawn(channel, source, detector, rng, eve), rng)


def totals(
    channel: Channel, source: Source, detector: Detector, rng: np.random.Generator, capacity: Floats,
    eve: Eavesdropper | None = None,
) -> Counts:  # fmt: skip
    """What `counted` finds among the clicks that `draw` would draw from the same state of `rng`, without drawing them.

    For studies of what an exchange decides, which rests on the counts alone.
    """
    drawn, sent = _drawn(channel, source, detector, rng, eve)
    right, wrong = drawn.sum(axis=0).astype(np.float64).reshape(-1, 2, 2, 2).transpose(3, 1, 2, 0)
    errors = np.stack([wrong[KEY, KEY], wrong[TEST, TEST]])[None]
    clicks = np.stack([right[KEY, KEY], right[TEST, TEST]])[None] + errors
    return _counts(source, float(sent.sum()), clicks, errors, float(drawn.sum()), capacity,
                   approximations(channel, source, detector))  # fmt: skip


def _drawn(
    channel: Channel, source: Source, detector: Detector, rng: np.random.Generator, eve: Eavesdropper | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Clicks (samples, kinds) and pulses (samples,)."""
    if channel.links != 1:
        raise ValueError(f"an exchange is one link's; the channel has {channel.links}: select one")
    tapped = eve.tapped(channel) if eve else channel
    clicks = sample_clicks(tapped, source, detector, Settings.of(source, 1).select(channel.link))
    kinds = _kinds(eve.split(clicks, source) if eve else clicks, source)
    sent = np.rint(source.pulse_rate * channel.duration).astype(np.int64)
    every = np.column_stack([kinds, np.maximum(1.0 - kinds.sum(axis=1), 0.0)])
    return rng.multinomial(sent, every)[:, :-1], sent


def _kinds(clicks: list[Clicks], source: Source) -> Floats:
    """Probabilities (samples, k * 8) of a click by intensity, Alice's basis, Bob's basis and error."""
    bias = (source.key_basis_probability, 1.0 - source.key_basis_probability)
    columns = []
    for p, click in zip(source.probabilities, clicks, strict=True):
        for a in (KEY, TEST):
            for b in (KEY, TEST):
                wrong = click.error[b] if a == b else 0.5 * click.click[b]
                columns += [p * bias[a] * (click.click[b] - wrong), p * bias[a] * wrong]
    return np.asarray(np.maximum(np.column_stack(columns), 0.0))


def _events(drawn: NDArray[np.int64], sent: NDArray[np.int64], rng: np.random.Generator) -> Detections:
    """One row per click: kinds in random order within each sample, at random different pulses of it."""
    samples, kinds = drawn.shape
    per_sample = drawn.sum(axis=1)
    sample = np.repeat(np.arange(samples), per_sample)
    kind = np.repeat(np.tile(np.arange(kinds), samples), drawn.ravel())
    kind = kind[np.lexsort((rng.random(len(kind)), sample))]
    start = np.cumsum(sent) - sent
    pulse = start[sample] + (rng.random(len(sample)) * sent[sample]).astype(np.int64)
    pulse.sort()
    alice = rng.integers(0, 2, len(kind), dtype=np.uint8)
    part = kind.astype(np.uint8)
    return Detections(
        pulse, part // 8, part // 4 % 2, part // 2 % 2, alice, alice ^ (part % 2), float(sent.sum())
    )  # fmt: skip


def counted(found: Detections, source: Source, detector: Detector, channel: Channel, capacity: Floats) -> Counts:
    """What both parties know after comparing bases, intensities and (once corrected) bits."""
    k = len(source.intensities)
    matched = found.alice_basis == found.bob_basis
    cell = found.alice_basis.astype(np.int64) * k + found.intensity
    wrong = matched & (found.alice_bit != found.bob_bit)
    clicks, errors = (
        np.bincount(cell[rows], minlength=2 * k).astype(np.float64).reshape(1, 2, k) for rows in (matched, wrong)
    )
    return _counts(
        source, found.pulses, clicks, errors, float(len(found)), capacity, approximations(channel, source, detector)
    )


def _counts(
    source: Source, pulses: float, clicks: Floats, errors: Floats, detections: float, capacity: Floats,
    labels: tuple[str, ...],
) -> Counts:  # fmt: skip
    own = Settings.of(source, 1)
    return Counts(
        source, np.array([pulses]), own.intensities, own.probabilities, own.key_basis_probability,
        clicks, errors, np.array([detections]), capacity, labels,
    )  # fmt: skip
