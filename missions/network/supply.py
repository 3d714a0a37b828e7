"""Key that the links deliver: finite-key blocks of fibres by the clock, blocks of passes when the last one has set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keys import Counts, Keys, Security, detect, distill, optimise
from links import fibre
from links.channel import Channel, Floats, Ints
from missions.network.inputs import Span
from missions.network.outages import live_time
from missions.network.stock import Supply

_PROPORTIONAL = ("pulses", "clicks", "errors", "detections", "capacity")
"""Columns of counts that grow with the time counted."""


@dataclass(frozen=True, eq=False)
class Alike:
    """Kinds of span with the same source and detectors: they are counted and distilled together."""

    kinds: Ints
    """Numbers of these kinds among all."""
    counts: Counts
    """One whole block of each, after what post-processing throws away."""
    transmittance: Floats
    kept: Floats
    """Share of the sifted bits that post-processing keeps up with."""


@dataclass(frozen=True, eq=False)
class FibreKeys:
    """What one undisturbed block of each kind of span gives; all arrays of shape (kinds,)."""

    spans: tuple[Span, ...]
    transmittance: Floats
    qber: Floats
    sifted: Floats
    """Sifted bits of a block, after what post-processing throws away."""
    kept: Floats
    secret_bits: Ints
    capacity: Floats
    """Most secret bits that a block's light can carry (PLOB bound; S. Pirandola et al. 2017,
    doi:10.1038/ncomms15043)."""
    outcome: tuple[str, ...]
    approximations: tuple[str, ...]
    security: Security
    groups: tuple[Alike, ...]

    def block_bits(self, kind: Ints, share: Floats) -> Ints:
        """Secret bits of blocks with signal for a `share` (n,) of their time; settings stay those of a whole block.

        The finite-key cost does not shrink with the block, so half a block gives less than half the key.
        """
        bits = np.zeros(len(kind), dtype=np.int64)
        for group in self.groups:
            rows = np.flatnonzero(np.isin(kind, group.kinds) & (share > 0))
            if rows.size:
                counts = group.counts.select(np.searchsorted(group.kinds, kind[rows]))
                bits[rows] = distill(_scaled(counts, share[rows]), self.security).secret_bits
        return bits


def fibre_keys(spans: Sequence[Span], security: Security) -> FibreKeys:
    """Count and distil one whole block of each span; equal spans should be given once.

    With `security.optimise` every kind gets its best intensities, probabilities and basis bias. `security.block` is
    about passes and does not apply here.
    """
    groups = []
    for key in dict.fromkeys((span.source, span.detector) for span in spans):
        kinds = np.array([row for row, span in enumerate(spans) if (span.source, span.detector) == key])
        alike = [spans[row] for row in kinds]
        channel = fibre(alike, key[0].wavelength or 0.0, np.array([span.block for span in alike]))
        groups.append(_alike(kinds, alike, channel, security))
    keys = [distill(group.counts, security) for group in groups]
    order = np.argsort(np.concatenate([group.kinds for group in groups]), kind="stable")

    def column(parts: Sequence[Any]) -> Any:
        return np.concatenate(parts)[order]

    return FibreKeys(
        spans=tuple(spans),
        transmittance=column([group.transmittance for group in groups]),
        qber=column([key.counts.qber for key in keys]),
        sifted=column([key.counts.sifted for key in keys]),
        kept=column([group.kept for group in groups]),
        secret_bits=column([key.secret_bits for key in keys]),
        capacity=column([key.counts.capacity for key in keys]),
        outcome=tuple(outcome.value for outcome in column([key.outcome for key in keys])),
        approximations=_approximations(keys),
        security=security,
        groups=tuple(groups),
    )


def _approximations(keys: Sequence[Keys]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(sentence for key in keys for sentence in key.approximations))


def _alike(kinds: Ints, spans: Sequence[Span], channel: Channel, security: Security) -> Alike:
    source, detector = spans[0].source, spans[0].detector
    if security.optimise:
        counts = optimise(channel, source, detector, security, np.arange(len(spans)), window=False).counts
    else:
        counts = detect(channel, source, detector)
    limit = np.array([np.inf if span.throughput is None else span.throughput * span.block for span in spans])
    kept = np.minimum(1.0, limit / np.maximum(counts.sifted, 1e-300))
    return Alike(kinds, _scaled(counts, kept), channel.transmittance, kept)


def _scaled(counts: Counts, share: Floats) -> Counts:
    """Counts of a share (n,) of the time."""
    columns: dict[str, Any] = {
        name: getattr(counts, name) * share.reshape((-1,) + (1,) * (getattr(counts, name).ndim - 1))
        for name in _PROPORTIONAL
    }
    return replace(counts, **columns)


def by_the_clock(
    keys: FibreKeys, kind: Ints, names: Sequence[str], outages: Sequence[Floats], end: float
) -> tuple[Supply, Floats]:
    """Every block of every fibre, deposited at its end; and each link's time without signal, in s.

    `kind` (links,) is each link's row in `keys`, `outages` its merged outages. The mission's end closes the last block.
    """
    parts = [_blocks(keys.spans[row].block, lost, end) for row, lost in zip(kind, outages, strict=True)]
    link = np.repeat(np.arange(len(parts)), [len(time) for time, _ in parts])
    time, live = (np.concatenate([np.empty(0), *(part[column] for part in parts)]) for column in (0, 1))
    share = live / np.array([keys.spans[row].block for row in kind])[link]
    cases, which = np.unique(np.stack([kind[link], share]), axis=1, return_inverse=True)
    bits = keys.block_bits(cases[0].astype(np.int64), cases[1])[which.reshape(-1)]
    number = np.concatenate([np.arange(len(time)) for time, _ in parts] or [np.empty(0, dtype=np.int64)])
    labels = [f"{names[row]}, block {count + 1}" for row, count in zip(link.tolist(), number.tolist(), strict=True)]
    dark = end - np.bincount(link, weights=live, minlength=len(parts))
    return in_order(time, link, bits, labels), np.asarray(dark, dtype=np.float64)


def _blocks(block: float, outages: Floats, end: float) -> tuple[Floats, Floats]:
    """End of each block, and its seconds with signal."""
    edges = np.append(np.arange(0.0, end, block), end)
    return edges[1:], live_time(outages, edges)


def in_order(time: Floats, link: Ints, bits: Ints, origin: Sequence[str]) -> Supply:
    """Deposits in time order, then by link; those of no bits are left out."""
    order = np.lexsort((link, time))
    order = order[bits[order] > 0]
    return Supply(time[order], link[order], bits[order], tuple(origin[row] for row in order.tolist()))


def joined(*supplies: Supply) -> Supply:
    """All deposits of several supplies in time order."""
    time, link, bits = (np.concatenate([getattr(one, name) for one in supplies]) for name in ("time", "link", "bits"))
    return in_order(time, link, bits, [label for one in supplies for label in one.origin])
