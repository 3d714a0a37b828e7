"""Routes through a network: those of fewest hops, and the cheapest when every link has its price."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.graph import Network

Route = tuple[int, ...]
"""The links from one node to another, in order."""


def useful(network: Network, pairs: Ints) -> NDArray[np.bool_]:
    """(links,) whether a route of one of the `pairs` (n, 2) may use a link: no dead end, and in a pair's component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ends, count = network.ends, len(network.nodes)
    shape, ones = (count, count), np.ones(len(ends))
    _, part = connected_components(coo_array((ones, (ends[:, 0], ends[:, 1])), shape=shape), directed=False)
    joined = part[pairs[:, 0]][part[pairs[:, 0]] == part[pairs[:, 1]]]
    kept = np.isin(part[ends[:, 0]], joined)
    asking = np.isin(np.arange(count), pairs)
    while (dead := kept & ~(asking | (_neighbours(network, kept) > 1))[ends].all(axis=1)).any():
        kept &= ~dead
    return np.asarray(kept)


def _neighbours(network: Network, kept: NDArray[np.bool_]) -> Ints:
    """How many different nodes each node reaches over the links that are kept."""
    lines = np.unique(np.sort(network.ends[kept], axis=1), axis=0)
    return np.bincount(lines.ravel(), minlength=len(network.nodes)).astype(np.int64)


def fewest_hops(network: Network, start: int, end: int, most: int) -> list[Route]:
    """Up to `most` routes with as few links as there can be; parallel links make routes of their own."""
    left = _hops_to(network, end)
    return list(islice(_descend(network, left, start), most)) if start in left else []


def _hops_to(network: Network, end: int) -> dict[int, int]:
    left, front = {end: 0}, [end]
    while front:
        found = dict.fromkeys(node for at in front for _, node in network.neighbours[at] if node not in left)
        left |= dict.fromkeys(found, left[front[0]] + 1)
        front = list(found)
    return left


def _descend(network: Network, left: dict[int, int], node: int) -> Iterator[Route]:
    """Depth first along nodes that are each one hop nearer; on a stack, because chains may be long."""
    stack: list[tuple[int, Route]] = [(node, ())]
    while stack:
        at, route = stack.pop()
        if left[at] == 0:
            yield route
        steps = [(to, (*route, link)) for link, to in network.neighbours[at] if left.get(to) == left[at] - 1]
        stack += reversed(steps)


@dataclass(frozen=True, eq=False)
class Finder:
    """Finds cheapest routes in one network again and again."""

    network: Network

    @cached_property
    def _lines(self) -> tuple[Ints, Ints, Ints]:
        """Pairs of nodes that links join (lines, 2), the line of each link, and each line's first place by line."""
        lines, line = np.unique(np.sort(self.network.ends, axis=1), axis=0, return_inverse=True)
        line = line.reshape(-1)
        return lines, line, np.searchsorted(np.sort(line), np.arange(len(lines)))

    @cached_property
    def _frame(self) -> Any:
        """Sparse matrix (nodes, nodes) whose data are the numbers of the lines."""
        from scipy.sparse import csr_array

        lines, number = self._lines[0], np.arange(len(self._lines[0]))
        both = np.concatenate([lines, lines[:, ::-1]])
        size = len(self.network.nodes)
        return csr_array((np.tile(number, 2), (both[:, 0], both[:, 1])), shape=(size, size))

    def search(self, price: Floats, starts: Ints) -> Found:
        """Cheapest routes from each of `starts` to everywhere; `price` (links,) >= 0, inf for a link not to be used."""
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import dijkstra

        _, line, first = self._lines
        best = np.lexsort((price, line))[first]
        frame = self._frame
        graph = csr_array((price[best][frame.data], frame.indices, frame.indptr), shape=frame.shape)
        cost, before = dijkstra(graph, indices=starts, return_predecessors=True)
        return Found(self, best, cost, before.astype(np.int64))

    def link(self, best: Ints, a: int, b: int) -> int:
        """Of the links between two nodes the one that `search` chose."""
        return int(best[self._between[min(a, b), max(a, b)]])

    @cached_property
    def _between(self) -> dict[tuple[int, int], int]:
        return {(a, b): number for number, (a, b) in enumerate(self._lines[0].tolist())}


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found."""

    finder: Finder
    best: Ints
    cost: Floats
    """Of the cheapest route, shape (starts, nodes); inf where there is none."""
    before: Ints
    """The node before each, on the way from each start."""

    def route(self, start: int, end: int) -> Route:
        """Links of the cheapest route from the start of this row to a node that it reaches."""
        links, at = [], end
        while (previous := int(self.before[start, at])) >= 0:
            links.append(self.finder.link(self.best, previous, at))
            at = previous
        return tuple(reversed(links))
