"""Key relayed from node to node, as a controller would that looks no further than the present."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nextafter

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.books import Books
from missions.network.demand import Demands, falling_due
from missions.network.graph import Network
from missions.network.ledger import ledger
from missions.network.routing import Pair, Route, chosen
from missions.network.service import Service
from missions.network.stock import Stores, Supply, timeline

__all__ = ["Failures", "Service", "failures", "relay"]


def relay(
    network: Network,
    supply: Supply,
    stores: Stores,
    demands: Demands,
    end: float,
    *,
    slots: Floats | None = None,
    alive: NDArray[np.bool_] | None = None,
    keep: bool = True,
) -> Service:
    """Serve the demands from the stores, slot after slot until `end` (s), each as far as key is there.

    At a slot's end, demands of high priority come first, equal ones in their order. Each takes the route of fewest
    hops, the widest of these, over links that can give at least one key and keep their reserve, until it has all that
    fell due or finds no route; what it did not get is lost to it. It stays on its route as long as this can give a key
    and none is shorter; without `keep` it moves whenever another of as few hops has become wider. A relay of L bits
    takes L of every link on its way, oldest key first. A satellite is a node like others: between two stations, the
    widest route is the one where the smaller of its two stores is largest. Demands with several paths take as many
    node-disjoint routes of least total hops at once, the full length on each, or none.

    `slots` are edges as `timeline` takes them; links that are not `alive` (links,) neither make nor hold key. Raises
    ValueError for what cannot be stored, supplied or cut into slots.
    """
    stores.check()
    if alive is not None:
        supply, stores = _surviving(supply, stores, alive)
    times = timeline(supply, stores.lifetime, end, slots)
    asked = falling_due(demands, times.edges)
    books = Books(supply, stores)
    controller = _Controller(network, demands, books, keep)
    for slot, time in enumerate(times.edges[1:].tolist()):
        books.deposit(times.first[slot], times.first[slot + 1])
        books.expire(before=time)
        controller.serve(time, asked[:, slot].tolist())
    books.expire(before=nextafter(end, inf))
    books.deposit(times.first[-2], times.first[-1])
    return Service(network, supply, stores, demands, times, asked, ledger(books.entries), keep)


def _surviving(supply: Supply, stores: Stores, alive: NDArray[np.bool_]) -> tuple[Supply, Stores]:
    kept = np.flatnonzero(alive[supply.link])
    left = Supply(
        supply.time[kept],
        supply.link[kept],
        supply.bits[kept],
        tuple(supply.origin[row] for row in kept.tolist()) if supply.origin else (),
        None if supply.authentication is None else supply.authentication[kept],
    )
    return left, replace(stores, initial=np.where(alive, stores.initial, 0))


class _Controller:
    """Who is served, and on which routes."""

    def __init__(self, network: Network, demands: Demands, books: Books, keep: bool) -> None:
        self._network, self._books = network, books
        columns = (demands.pairs, demands.quantum, demands.paths)
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        self._demands = [(demand, *rows[demand]) for demand in demands.order]
        self._kept: dict[int, tuple[Route, ...]] | None = {} if keep else None

    def serve(self, time: float, asked: list[int]) -> None:
        """Give every demand as much of what it asks as there is."""
        for demand, pair, quantum, paths in self._demands:
            left = asked[demand]
            while left and (routes := self._routes(demand, pair, quantum, paths)):
                bits = min(left, *(self._books.free[link] for route in routes for link in route)) // quantum * quantum
                self._books.relay(time, demand, routes, bits)
                left -= bits

    def _routes(self, demand: int, pair: Pair, quantum: int, paths: int) -> tuple[Route, ...]:
        free = self._books.free
        routes = chosen(self._network, free, pair, quantum, paths)
        if self._kept is None:
            return routes
        before = self._kept.get(demand, ())
        usable = all(free[link] >= quantum for route in before for link in route)
        if sum(map(len, before)) != sum(map(len, routes)) or not usable:
            self._kept[demand] = routes
        return self._kept.get(demand, ())


@dataclass(frozen=True, eq=False)
class Failures:
    """What each demand gets, bits over the whole time, when a part of the network is lost from the start."""

    served: Ints
    """(demands,) with nothing lost."""
    without_node: Ints
    """(nodes, demands)"""
    without_link: Ints
    """(links, demands)"""


def failures(service: Service) -> Failures:
    """Serve the same demands without each node and each link, in the same slots.

    Costs one `relay` for every part whose loss can make a difference of its own. Links and nodes in a row without a
    branch are lost together, whichever of them fails; what carried nothing is not missed, except that demands with
    several paths may choose otherwise among routes of equal length.
    """
    network, demands = service.network, service.demands
    of_node, of_link = _lost_together(network, demands)
    links = np.arange(len(network.links))
    served: dict[int, Ints] = {}
    for group, alive in [
        *((of_node[node], network.without(node)) for node in range(len(network.nodes))),
        *((of_link[link], links != link) for link in links.tolist()),
    ]:
        if group not in served:
            served[group] = _served_without(service, ~alive)
    shape = (-1, len(demands))
    return Failures(
        served=service.served.sum(axis=1),
        without_node=np.array([served[group] for group in of_node], dtype=np.int64).reshape(shape),
        without_link=np.array([served[group] for group in of_link], dtype=np.int64).reshape(shape),
    )


def _lost_together(network: Network, demands: Demands) -> tuple[list[int], list[int]]:
    """Groups of nodes and of links: a node between two links that no demand ends at is lost with both of them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes, parts = len(network.nodes), len(network.nodes) + len(network.links)
    degree = np.bincount(network.ends.ravel(), minlength=nodes)
    between = (degree == 1) | ((degree == 2) & ~np.isin(np.arange(nodes), demands.pairs))
    link, end = np.nonzero(between[network.ends])
    joined = coo_array((np.ones(len(link)), (network.ends[link, end], nodes + link)), shape=(parts, parts))
    group = connected_components(joined, directed=False)[1].tolist()
    return group[:nodes], group[nodes:]


def _served_without(service: Service, lost: NDArray[np.bool_]) -> Ints:
    """(demands,) bits."""
    if not service.relayed[lost].any() and (service.demands.paths == 1).all():
        return np.asarray(service.served.sum(axis=1))
    edges = service.timeline.edges
    again = relay(
        service.network,
        service.supply,
        service.stores,
        service.demands,
        float(edges[-1]),
        slots=edges,
        alive=~lost,
        keep=service.keep,
    )
    return np.asarray(again.served.sum(axis=1))
