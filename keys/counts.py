"""What was counted: clicks and errors per basis and intensity, one row per link or per block of pooled links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from keys.source import Source
from links.channel import Floats, Ints

KEY, TEST = 0, 1
"""The bases, as they index the middle axis of `Counts.clicks` and `Counts.errors`."""


@dataclass(frozen=True, eq=False)
class Counts:
    """Sifted clicks and errors of n links or blocks, of the two bases and of k intensities.

    Means (not whole) when they were calculated, whole numbers when they were drawn. Axis 1 of `clicks` and `errors`
    is the basis: 0 the key basis, 1 the test basis; both parties chose it.
    """

    source: Source
    """What was sent; rows may have intensities, probabilities and basis bias of their own."""
    pulses: Floats
    """(n,) pulses sent."""
    intensities: Floats
    """(n, k) mean photons per pulse."""
    probabilities: Floats
    """(n, k) how often each intensity is sent."""
    key_basis_probability: Floats
    """(n,) of Alice and of Bob."""
    clicks: Floats
    """(n, 2, k) matched bases."""
    errors: Floats
    """(n, 2, k) matched bases, wrong bit."""
    detections: Floats
    """(n,) all intensities, matched and mismatched bases."""
    capacity: Floats
    """(n,) most secret bits that the channel can carry (Pirandola et al. 2017); inf where it is not known."""
    approximations: tuple[str, ...] = ()
    """What the counts rest on beyond the proof's own assumptions."""

    def __len__(self) -> int:
        return len(self.pulses)

    @property
    def sifted(self) -> Floats:
        """(n,) clicks in matched bases, all intensities."""
        return _sum(self.clicks)

    @property
    def sifted_signal(self) -> Floats:
        """(n,) clicks in matched bases of the signal intensity alone."""
        return self.clicks[:, 0, 0] + self.clicks[:, 1, 0]

    @property
    def qber(self) -> Floats:
        """(n,) share of wrong bits among the sifted, nan where there are none."""
        return _ratio(_sum(self.errors), self.sifted)

    @property
    def basis_qber(self) -> Floats:
        """(n, 2) share of wrong bits in each basis, nan where there are none."""
        return _ratio(self.errors.sum(axis=2), self.clicks.sum(axis=2))

    def select(self, rows: NDArray[np.bool_] | Ints) -> Counts:
        """Some of the rows."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _SUMMED + _SETTINGS})

    def pool(self, block: Ints) -> Counts:
        """One row per block, counts summed; `block` (n,) numbers each row's block from 0, -1 leaves a row out.

        Raises ValueError when rows of one block were sent with different intensities, probabilities or bias, because
        one bound cannot cover them.
        """
        block = np.asarray(block)
        kept = self.select(block >= 0)
        block = block[block >= 0]
        blocks = int(block.max(initial=-1)) + 1
        first = np.full(blocks, -1)
        first[block[::-1]] = np.arange(len(block))[::-1]
        if np.any(first < 0):
            raise ValueError(f"block {int(np.argmax(first < 0))} has no rows; number the blocks from 0 without gaps")
        for name in _SETTINGS:
            _same_in_block(name, getattr(kept, name), block, first)
        summed: dict[str, Any] = {name: _pooled(getattr(kept, name), block, blocks) for name in _SUMMED}
        return replace(kept, **summed, **{name: getattr(kept, name)[first] for name in _SETTINGS})

    @staticmethod
    def concat(parts: Sequence[Counts]) -> Counts:
        """The rows of all parts below each other; their sources may differ in rate and intensities only."""
        if not parts:
            raise ValueError("nothing to put together: give at least one Counts")
        for part in parts[1:]:
            _compatible(parts[0].source, part.source)
        names = tuple(dict.fromkeys(chain.from_iterable(part.approximations for part in parts)))
        rows: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in _SUMMED + _SETTINGS
        }
        return replace(parts[0], **rows, approximations=names)


_SUMMED = ("pulses", "clicks", "errors", "detections", "capacity")
_SETTINGS = ("intensities", "probabilities", "key_basis_probability")
_MUST_AGREE = ("protocol", "key_bases", "statistics", "photon_numbers", "g2", "intensity_deviation")


def _sum(values: Floats) -> Floats:
    total: Floats = values.sum(axis=(1, 2))
    return total


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0))


def _pooled(values: Floats, block: Ints, blocks: int) -> Floats:
    """Sums in the order of the rows, so that a block's sum does not depend on other blocks."""
    columns = values.reshape(len(values), int(np.prod(values.shape[1:]))).T
    summed = np.array([np.bincount(block, weights=column, minlength=blocks) for column in columns], dtype=float)
    return summed.T.reshape((blocks, *values.shape[1:]))


def _same_in_block(name: str, values: Floats, block: Ints, first: Ints) -> None:
    differs = (values != values[first[block]]).any(axis=tuple(range(1, values.ndim)))
    if differs.any():
        row = int(np.argmax(differs))
        found, other = values[row].tolist(), values[first[block[row]]].tolist()
        raise ValueError(
            f"block {int(block[row])} pools rows of different {name} ({other} and {found}); "
            "one bound covers one setting: pool rows that were sent alike"
        )


def _compatible(a: Source, b: Source) -> None:
    for name in _MUST_AGREE:
        if getattr(a, name) != getattr(b, name):
            raise ValueError(
                f"counts of sources that differ in {name} ({getattr(a, name)!r} and {getattr(b, name)!r}) "
                "need separate key distillation; keep them apart"
            )
    if len(a.intensities) != len(b.intensities):
        raise ValueError(f"{len(a.intensities)} and {len(b.intensities)} intensities cannot stand in one table")
