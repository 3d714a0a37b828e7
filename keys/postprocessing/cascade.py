"""Cascade: interactive error correction by parities, with every disclosed bit counted.

Brassard and Salvail 1994 (doi:10.1007/3-540-48285-7_35), with the block sizes and the reuse of parities that
Martinez-Mateo et al. 2015 (arXiv:1407.3257) found best. What Bob says tells where errors are, not what Alice's bits
are; that it need not be charged holds for the usual channels, not for every attack (Tupkary, Luetkenhaus 2023,
doi:10.1103/PhysRevApplied.20.064040).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from keys.postprocessing.correction import Correction
from links.channel import Ints

Flags = NDArray[np.bool_]
PASSES = 10
"""Two or three remove nearly every error; each of the others discloses two bits and finds what hides in pairs."""
MIDDLE = 12
"""log2 of the third pass's blocks."""


@dataclass(eq=False)
class _Pass:
    """One permutation and its binary tree of parities: which are known, and which differ between Alice and Bob."""

    place: Ints
    """Position of each bit in this pass's order."""
    order: Ints
    odd: list[Flags] = field(default_factory=list)
    known: list[Flags] = field(default_factory=list)
    suspects: list[list[Ints]] = field(default_factory=list)
    """Per level, nodes that were found known and odd; every node that is so is among them."""

    def suspect(self, level: int, nodes: Ints) -> None:
        """Remember those of some nodes that are known and odd."""
        found = nodes[self.known[level][nodes] & self.odd[level][nodes]]
        if len(found):
            self.suspects[level].append(found)

    def wrong(self, level: int) -> Ints:
        """Known nodes of a level whose parity differs."""
        if not self.suspects[level]:
            return np.zeros(0, dtype=np.int64)
        nodes = np.unique(np.concatenate(self.suspects[level]))
        self.suspects[level].clear()
        return nodes[self.odd[level][nodes]]

    def toggle(self, bits: Ints) -> None:
        """Flip some bits, and with them the parity of every node that holds an odd number of them."""
        nodes = np.sort(self.place[bits])
        for level in range(len(self.odd)):
            if not len(nodes):
                return
            self.odd[level][nodes] ^= True
            self.suspect(level, nodes)
            nodes = _unpaired(nodes >> 1)


def _unpaired(nodes: Ints) -> Ints:
    """Of ascending numbers that stand there once or twice, those that stand there once."""
    same = nodes[1:] == nodes[:-1]
    return nodes[~(np.append(same, False) | np.insert(same, 0, False))] if same.any() else nodes


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
        now = _Pass(place, order, suspects=[[] for _ in range(level + 1)])
        row = self.wrong[order]
        for depth in range(level + 1):
            now.odd.append(row)
            now.known.append(np.zeros(len(row), dtype=bool))
            if depth < level:
                padded = np.append(row, False) if len(row) % 2 else row
                row = padded[0::2] ^ padded[1::2]
        now.known[level][:] = True
        now.suspects[level].append(np.flatnonzero(row))
        self.passes.append(now)
        self.disclosed += len(row)
        self.rounds += 1

    def settle(self) -> None:
        """Search every block whose parity differs, the smallest first, until none does."""
        while True:
            found = self._smallest()
            if found is None:
                return
            bits = self._descend(*found)
            self.wrong[bits] ^= True
            for each in self.passes:
                each.toggle(bits)

    def _smallest(self) -> tuple[_Pass, int, Ints] | None:
        """The lowest level with known odd nodes, which are disjoint, and the pass that has it."""
        for level in range(max(len(each.odd) for each in self.passes)):
            for each in self.passes:
                if level < len(each.odd):
                    nodes = each.wrong(level)
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
