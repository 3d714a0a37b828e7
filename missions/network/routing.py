"""Ways through a network: the shortest, the widest, and several that share no node."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.graph import Network

Pair = tuple[int, int]
Route = tuple[int, ...]
"""Numbers of the links along a way, from the source to the target."""
Levels = Sequence[float] | Ints | Floats
Mask = Sequence[bool] | NDArray[np.bool_]


def chosen(network: Network, free: Sequence[int], pair: Pair, quantum: int, paths: int) -> tuple[Route, ...]:
    """The routes that a demand of this pair takes now: each can give at least `quantum` of its `free` bits (links,).

    One by `fewest_hops_widest`, several by `disjoint`; none where there are too few.
    """
    usable = [bits >= quantum for bits in free]
    if paths > 1:
        return disjoint(network, usable, *pair, paths) or ()
    route = fewest_hops_widest(network, free, *pair, usable)
    return (route,) if route else ()


def fewest_hops_widest(network: Network, level: Levels, source: int, target: int, usable: Mask) -> Route | None:
    """The route of fewest hops over `usable` links, and among these the one whose smallest `level` is largest.

    `level` and `usable` are of shape (links,); lists are read faster than arrays. None where there is no way. Every
    node on it is reached by the widest way of fewest hops to that node; between equally wide ones the lower number of
    the last link decides, so a link that is not on the route never matters.
    """
    came: dict[int, tuple[int, int]] = {source: (-1, -1)}
    layer: dict[int, float] = {source: float("inf")}
    while layer and target not in came:
        found: dict[int, tuple[float, int, int]] = {}
        for node, width in layer.items():
            for link, other in network.neighbours[node]:
                if usable[link] and other not in came:
                    reach = min(width, level[link])
                    best = found.get(other)
                    if best is None or reach > best[0] or (reach == best[0] and link < best[1]):
                        found[other] = reach, link, node
        layer = {node: width for node, (width, _, _) in found.items()}
        came |= {node: (link, before) for node, (_, link, before) in found.items()}
    return _traced(came, source, target) if target in came else None


def widest(network: Network, level: Levels, source: int, target: int, usable: Mask) -> Route | None:
    """The route over `usable` links whose smallest `level` is largest, both (links,); None where there is no way.

    For a pair that found no route with key: the smallest level on this one is what stopped it.
    """
    came: dict[int, tuple[int, int]] = {}
    waiting = [(-float("inf"), 0, -1, source, source)]
    while waiting and target not in came:
        width, hops, link, before, node = heappop(waiting)
        if node not in came:
            came[node] = link, before
            for further, other in network.neighbours[node]:
                if usable[further] and other not in came:
                    heappush(waiting, (max(width, -level[further]), hops + 1, further, node, other))
    return _traced(came, source, target) if target in came else None


def _traced(came: dict[int, tuple[int, int]], source: int, target: int) -> Route:
    route, node = [], target
    while node != source:
        link, node = came[node]
        route.append(link)
    return tuple(reversed(route))


def disjoint(network: Network, usable: Mask, source: int, target: int, m: int) -> tuple[Route, ...] | None:
    """`m` routes of least total hops that share no link and no node but their ends; None where there are not so many.

    Shortest first. Successive shortest paths in the graph of split nodes, each of which lets one route through: J. W.
    Suurballe 1974, doi:10.1002/net.3230040204.
    """
    residual = _Residual(network, usable)
    for _ in range(m):
        if not residual.augment(2 * source + 1, 2 * target):
            return None
    return tuple(sorted(residual.routes(2 * source + 1, 2 * target), key=lambda route: (len(route), route)))


class _Residual:
    """What is left of a graph of split nodes: arc 2k and its return 2k + 1, of which one is open.

    Node v is entered at 2v and left at 2v + 1.
    """

    def __init__(self, network: Network, usable: Mask) -> None:
        self.head: list[int] = []
        self.cost: list[int] = []
        self.open: list[bool] = []
        self.link: list[int] = []
        self.leaving: list[list[int]] = [[] for _ in range(2 * len(network.nodes))]
        for node in range(len(network.nodes)):
            self._arc(2 * node, 2 * node + 1, 0, -1)
        for node, ways in enumerate(network.neighbours):
            for link, other in ways:
                if usable[link]:
                    self._arc(2 * node + 1, 2 * other, 1, link)

    def _arc(self, tail: int, head: int, cost: int, link: int) -> None:
        for start, end, price, free in ((tail, head, cost, True), (head, tail, -cost, False)):
            self.leaving[start].append(len(self.head))
            self.head.append(end)
            self.cost.append(price)
            self.open.append(free)
            self.link.append(link)

    def augment(self, source: int, target: int) -> bool:
        """Send one more unit the cheapest way; False where there is none."""
        best, came, waiting = {source: 0}, {source: -1}, deque([source])
        while waiting:
            node = waiting.popleft()
            for arc in self.leaving[node]:
                there, price = self.head[arc], best[node] + self.cost[arc]
                if self.open[arc] and price < best.get(there, price + 1):
                    best[there], came[there] = price, arc
                    waiting.append(there)
        if target not in came:
            return False
        node = target
        while (arc := came[node]) >= 0:
            self.open[arc], self.open[arc ^ 1] = False, True
            node = self.head[arc ^ 1]
        return True

    def routes(self, source: int, target: int) -> list[Route]:
        """The units that were sent, each as the links of its way."""
        found = []
        for arc in self._used(source):
            route, node = [self.link[arc]], self.head[arc]
            while node != target:
                (arc,) = self._used(node)
                node = self.head[arc]
                route += [self.link[arc]] if self.link[arc] >= 0 else []
            found.append(tuple(route))
        return found

    def _used(self, node: int) -> list[int]:
        return [arc for arc in self.leaving[node] if arc % 2 == 0 and not self.open[arc]]
