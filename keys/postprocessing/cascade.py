"""Cascade: interactive error correction by parities, with every disclosed bit counted.

Brassard and Salvail 1994 (doi:10.1007/3-540-48285-7_35), with the block sizes and the reuse of parities that
Martinez-Mateo et al. 2015 (arXiv:1407.3257) found best.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from links.channel import Ints

Flags = NDArray[np.bool_]
PASSES = 10
"""Two or three remove nearly every error; each of the others discloses two bits and finds what hides in pairs."""
MIDDLE = 12
"""log2 of the third pass's blocks."""


@dataclass(frozen=True, eq=False)
class Correction:
    """Bob's corrected bits, the parities that Alice disclosed, and the messages that it took."""

    bits: NDArray[np.uint8]
    disclosed: int
    rounds: int


@dataclass(eq=False)
class _Pass:
    """One permutation and its binary tree of parities: which are known, and which differ between Alice and Bob."""

    place: Ints
    """Position of each bit in this pass's order."""
    order: Ints
    odd: list[Flags] = field(default_factory=list)
    known: list[Flags] = field(default_factory=list)


def cascade(alice: NDArray[np.uint8], bob: NDArray[np.uint8], error_rate: float, seed: int) -> Correction:
    """Correct Bob's bits towards Alice's, given their estimated error rate; `seed` is public.

    Alice's bits are only ever looked at through the parities that she discloses. It can fail: verify.
    """
    state = _State(alice != bob, np.random.default_rng(seed))
    for level in _levels(len(alice), error_rate):
        state.start(level)
        state.settle()
    flipped = (alice != bob) ^ state.wrong
    return Correction(bob ^ flipped.astype(np.uint8), state.disclosed, state.rounds)


def _levels(n: int, error_rate: float) -> list[int]:
    """log2 of each pass's block size."""
    if n < 2:
        return []
    top = max(int(np.ceil(np.log2(n))) - 1, 0)
    first = int(np.ceil(np.log2(1.0 / min(max(error_rate, 1.0 / n), 0.5))))
    second = int(np.ceil((first + MIDDLE) / 2.0))
    return [min(level, top) for level in (first, second, MIDDLE, *[top] * (PASSES - 3))]


class _State:
    """Where the bits differ, and what has been disclosed about that."""

    def __init__(self, wrong: Flags, rng: np.random.Generator) -> None:
        self.wrong, self.rng = wrong.copy(), rng
        self.passes: list[_Pass] = []
        self.disclosed = self.rounds = 0

    def start(self, level: int) -> None:
        """A new pass: shuffle (not the first), and disclose the parity of every block."""
        n = len(self.wrong)
        order = self.rng.permutation(n) if self.passes else np.arange(n)
        place = np.empty(n, dtype=np.int64)
        place[order] = np.arange(n)
        now = _Pass(place, order)
        row = self.wrong[order]
        for depth in range(level + 1):
            now.odd.append(row)
            now.known.append(np.zeros(len(row), dtype=bool))
            if depth < level:
                padded = np.append(row, False) if len(row) % 2 else row
                row = padded[0::2] ^ padded[1::2]
        now.known[level][:] = True
        self.passes.append(now)
        self.disclosed += len(row)
        self.rounds += 1

    def settle(self) -> None:
        """Search every block whose parity differs, the smallest first, until none does."""
        while True:
            found = self._smallest()
            if found is None:
                return
            self._flip(self._descend(*found))

    def _smallest(self) -> tuple[_Pass, int, Ints] | None:
        """The lowest level with known odd nodes, which are disjoint, and the pass that has it."""
        for level in range(max(len(each.odd) for each in self.passes)):
            for each in self.passes:
                if level < len(each.odd):
                    nodes = np.flatnonzero(each.known[level] & each.odd[level])
                    if len(nodes):
                        return each, level, nodes
        return None

    def _descend(self, each: _Pass, level: int, nodes: Ints) -> Ints:
        """Halve the blocks down to one bit each: one disclosed parity for every halving of two real halves."""
        while level > 0:
            level -= 1
            left, size = 2 * nodes, len(each.odd[level])
            paired = left + 1 < size
            self.disclosed += int(np.count_nonzero(paired & ~each.known[level][left]))
            self.rounds += 1
            each.known[level][left] = True
            each.known[level][left[paired] + 1] = True
            nodes = np.where(each.odd[level][left], left, left + 1)
        return each.order[nodes]

    def _flip(self, bits: Ints) -> None:
        """Correct some bits, and with them every parity of every pass that holds them."""
        self.wrong[bits] ^= True
        for each in self.passes:
            places = each.place[bits]
            for level in range(len(each.odd)):
                nodes, times = np.unique(places >> level, return_counts=True)
                each.odd[level][nodes] ^= times % 2 == 1
