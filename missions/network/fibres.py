"""What a block of each kind of fibre gives: counted and distilled once, whichever link it lies in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from keys import Counts, Keys, LedgerEntry, Security, detect, distill, optimise
from links import fibre
from links.channel import Channel, Floats, Ints
from missions.network.inputs import Span

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


@dataclass(frozen=True)
class SpanSettings:
    """What each kind of span sends: as configured, or the best for it; one entry per kind."""

    intensities: tuple[Floats, ...]
    probabilities: tuple[Floats, ...]
    key_basis_probability: tuple[float, ...]


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
    settings: SpanSettings
    approximations: tuple[str, ...]
    ledger: tuple[LedgerEntry, ...]
    """Where the failure probabilities of a block go."""
    security: Security
    groups: tuple[Alike, ...]

    def block_bits(self, kind: Ints, share: Floats) -> tuple[Ints, Ints]:
        """Key of blocks with signal for a `share` (n,) of their time: bits before authentication, and what it takes.

        Settings stay those of a whole block. The finite-key cost does not shrink with the block, so half a block gives
        less than half the key.
        """
        bits, taken = np.zeros((2, len(kind)), dtype=np.int64)
        for group in self.groups:
            rows = np.flatnonzero(np.isin(kind, group.kinds) & (share > 0))
            if rows.size:
                counts = group.counts.select(np.searchsorted(group.kinds, kind[rows]))
                bits[rows], taken[rows] = before_authentication(distill(_scaled(counts, share[rows]), self.security))
        return bits, taken


def before_authentication(keys: Keys) -> tuple[Ints, Ints]:
    """Bits of each block before its messages are authenticated, and what that takes of them; 0 without key."""
    taken = np.where(keys.secret_bits > 0, keys.classical.key_bits, 0.0).astype(np.int64)
    return keys.secret_bits + taken, taken


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
        settings=_settings(groups, order),
        approximations=_approximations(keys),
        ledger=tuple(dict.fromkeys(entry for key in keys for entry in key.ledger)),
        security=security,
        groups=tuple(groups),
    )


def _settings(groups: Sequence[Alike], order: Ints) -> SpanSettings:
    """Of every kind, in order; groups may differ in how many intensities they have."""
    counts = [group.counts for group in groups]
    mu = [row for one in counts for row in one.intensities]
    part = [row for one in counts for row in one.probabilities]
    basis = [float(bias) for one in counts for bias in one.key_basis_probability]
    rows = order.tolist()
    return SpanSettings(
        tuple(mu[row] for row in rows), tuple(part[row] for row in rows), tuple(basis[row] for row in rows)
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
