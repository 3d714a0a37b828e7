"""Working along samples a block at a time: what is temporary stays bounded, and only results grow with the samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats, Ints

BLOCK = 1 << 16
"""Most samples worked on at once: some 0.5 MB for each temporary array, near the processor's cache."""


def blocks(row: Ints) -> Iterator[slice]:
    """Slices that cover the samples in order: whole passes up to `BLOCK` samples.

    `row` (samples,) says which pass each sample belongs to, ascending. A longer pass begins a block of its own and is
    cut every `BLOCK` samples from its own start, so that where a pass is cut depends on no other pass. No samples:
    one empty slice.
    """
    starts = np.searchsorted(row, np.arange(row[0], row[-1] + 2)) if len(row) else np.zeros(1, dtype=np.int64)
    first, last = 0, -1
    while last < len(row):
        whole = int(starts[np.searchsorted(starts, first + BLOCK, side="right") - 1])
        last = whole if whole > first or not len(row) else first + BLOCK
        yield slice(first, last)
        first = last


class Columns:
    """Named columns over all samples, filled a block at a time; a column of one value takes no memory."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._columns: dict[str, Floats] = {}

    def put(self, block: slice, values: Mapping[str, ArrayLike]) -> None:
        """Write each value, of the block's shape, into its column; a scalar is the whole column."""
        for name, value in values.items():
            if np.ndim(value) == 0:
                self._columns[name] = np.broadcast_to(np.asarray(value, dtype=float), (self._size,))
                continue
            if name not in self._columns:
                self._columns[name] = np.empty(self._size)
            self._columns[name][block] = value

    def __getitem__(self, name: str) -> Floats:
        """One column, shape (samples,)."""
        return self._columns[name]
