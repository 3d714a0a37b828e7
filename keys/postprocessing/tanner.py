"""Sparse parity checks drawn from a seed, both parties alike: which of n bits each of m checks adds up.

Degrees of Elkouss, Leverrier, Alleaume, Boutros 2009 (arXiv:0901.2140, table I), found by density evolution for the
binary symmetric channel. Bits of two checks form paths, as in repeat-accumulate codes (Divsalar, Jin, McEliece 1998),
so that no few of them are a cycle, which would be a word of low weight; where the table has more of them than a path
can hold, the rest get a third check.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from links.channel import Ints

EDGES = {
    0.50: {
        2: 0.14438, 3: 0.19026, 4: 0.01836, 5: 0.00233, 6: 0.04697, 8: 0.053943, 9: 0.05590, 10: 0.01290, 11: 0.00162,
        14: 0.06159, 15: 0.13115, 17: 0.01481, 47: 0.00879, 49: 0.00650, 55: 0.00210, 56: 0.00099, 57: 0.11178,
        58: 0.06238, 59: 0.05094, 66: 0.02230,
    },
    0.55: {2: 0.16880, 3: 0.20994, 6: 0.18095, 15: 0.03846, 16: 0.02635, 18: 0.23454, 19: 0.05815, 31: 0.08280},
    0.60: {2: 0.11040, 3: 0.20804, 8: 0.14163, 9: 0.14858, 26: 0.14438, 27: 0.08909, 46: 0.00748, 71: 0.15038},
    0.65: {
        2: 0.10451, 3: 0.15652, 4: 0.08057, 5: 0.00056, 9: 0.12151, 13: 0.10485, 15: 0.10719, 21: 0.00771, 51: 0.31656,
    },
    0.70: {
        2: 0.05343, 3: 0.29406, 6: 0.00896, 9: 0.15571, 12: 0.12189, 25: 0.19872, 46: 0.09572, 62: 0.02741, 65: 0.04056,
        73: 0.00354,
    },
    0.75: {2: 0.10805, 3: 0.09511, 4: 0.01449, 5: 0.13764, 6: 0.10667, 7: 0.05288, 28: 0.01107, 31: 0.47408},
    0.80: {2: 0.09420, 3: 0.18088, 6: 0.11972, 7: 0.08550, 8: 0.09816, 17: 0.07194, 26: 0.34960},
    0.85: {2: 0.04528, 3: 0.20537, 4: 0.05878, 5: 0.094274, 6: 0.08454, 7: 0.01176, 9: 0.05137, 21: 0.50015},
    0.90: {2: 0.07689, 3: 0.28096, 5: 0.08933, 9: 0.19620, 12: 0.30631, 21: 0.05031},
}  # fmt: skip
"""Share of the edges that end at bits of each degree, by rate of the code; as printed, though 0.85 sums to 1.05."""
CONDITIONED = 10
"""Degree up to which a bit's short cycles are removed: those of bits with many more checks do no harm."""
ROUNDS = 12
"""Times that the edges of short cycles are exchanged; few are left, and none can be wholly avoided in short codes."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Which bits each check adds up. Bits are in ascending order of their number of checks."""

    bit: Ints
    """(edges,) ascending."""
    check: Ints
    """(edges,)"""
    bits: int
    checks: int

    def parities(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(checks,) of bits (bits,)."""
        return (np.bincount(self.check, weights=values[self.bit], minlength=self.checks) % 2).astype(np.uint8)


@lru_cache(maxsize=8)
def graph(bits: int, checks: int, hidden: int, seed: int = 1) -> Graph:
    """The checks of this size and seed, 2 <= checks < bits, of which the last `hidden` are apart from the paths.

    Those can be added to others, one each, and the bits of two checks are on paths still.
    """
    rng = np.random.default_rng(seed)
    degree = _degrees(bits, checks, checks - hidden)
    bit = np.repeat(np.arange(bits), degree)
    path = _paths(int((degree == 2).sum()), checks - hidden)
    check = np.concatenate([path, _sockets(len(bit), path, checks, rng)])
    _exchange(bit, check, degree, len(path), checks, rng)
    return Graph(bit, check, bits, checks)


def _degrees(bits: int, checks: int, on_paths: int) -> Ints:
    """Number of checks of each bit, ascending: the table's of the nearest rate, none above what short codes bear."""
    edges = EDGES[min(EDGES, key=lambda rate: abs(rate - (1.0 - on_paths / bits)))]
    share = np.cumsum([part / degree for degree, part in edges.items()])
    number = np.diff(np.rint(bits * share / share[-1]).astype(np.int64), prepend=0)
    most = max(3, checks // 8)
    degree = np.minimum(np.repeat(list(edges), number), most)
    degree[min(on_paths - 1, int(number[0])) : number[0]] = 3
    return np.asarray(degree)


def _paths(links: int, checks: int) -> Ints:
    """Checks (2 * links,) of the bits of degree two, each between a check and the next, left out evenly."""
    first = np.arange(links) * (checks - 1) // max(links, 1)
    return np.column_stack([first, first + 1]).ravel()


def _sockets(edges: int, path: Ints, checks: int, rng: np.random.Generator) -> Ints:
    """Checks of the other edges in random order: all checks end with the same number of edges, or one more."""
    wanted = np.diff(np.arange(checks + 1) * edges // checks)
    free = np.maximum(wanted - np.bincount(path, minlength=checks), 0)
    return rng.permutation(np.repeat(np.arange(checks), free))[: edges - len(path)]


def _exchange(bit: Ints, check: Ints, degree: Ints, fixed: int, checks: int, rng: np.random.Generator) -> None:
    """Exchange checks, in place, between edges of short cycles and others drawn at random; never those of the paths."""
    for _ in range(ROUNDS):
        bad = _in_short_cycles(check, degree, checks)
        bad = bad[bad >= fixed]
        if not len(bad):
            return
        others = rng.integers(fixed, len(check), len(bad))
        rows = np.unique(np.concatenate([bad, others]))
        check[rows] = check[rng.permutation(rows)]


def _in_short_cycles(check: Ints, degree: Ints, checks: int) -> Ints:
    """One edge of every pair of checks that a bit shares with another one, and of every check that it has twice."""
    start = np.cumsum(degree) - degree
    pairs, edges = [], []
    for d in np.unique(degree[degree <= CONDITIONED]):
        own = start[degree == d][:, None] + np.arange(d)
        for i, j in combinations(range(d), 2):
            a, b = check[own[:, i]], check[own[:, j]]
            pairs.append(np.where(a == b, -1, np.minimum(a, b) * checks + np.maximum(a, b)))
            edges.append(own[:, j])
    pair, edge = np.concatenate(pairs), np.concatenate(edges)
    order = np.argsort(pair, kind="stable")
    again = np.append(False, pair[order][1:] == pair[order][:-1]) | (pair[order] == -1)
    return np.unique(edge[order][again])


def degree_groups(degree: Ints) -> list[tuple[int, int, int]]:
    """Degree, first bit and end of every run of bits of one degree."""
    ends = [0, *(np.flatnonzero(np.diff(degree)) + 1).tolist(), len(degree)]
    return [(int(degree[a]), a, b) for a, b in pairwise(ends) if b > a]
