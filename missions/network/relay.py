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
from missions.network.routing import chosen
from missions.network.service import Service
from missions.network.stock import Stores, Supply, Timeline, timeline

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
) -> Service:
    """Serve the demands from the stores, slot after slot until `end` (s), each as far as key is there.

    At a slot's end, demands of high priority come first, equal ones in their order. Each takes the route of fewest
    hops, the widest of these, over links that can give at least one key and keep their reserve, until it has all that
    fell due or finds no route; what it did not get is lost to it. A relay of L bits takes L of every link on its way,
    oldest key first. A satellite is a node like others: between two stations, the widest route is the one where the
    smaller of its two stores is largest. Demands with several paths take as many node-disjoint routes of least total
    hops at once, the full length on each, or none.

    `slots` are edges as `timeline` takes them; links that are not `alive` (links,) neither make nor hold key. Raises
    ValueError for what cannot be stored, supplied or cut into slots.
    """
    stores.check()
    if alive is not None:
        supply, stores = _surviving(supply, stores, alive)
    times = timeline(supply, stores.lifetime, end, slots)
    asked = falling_due(demands, times.edges)
    books, order = Books(supply, stores), demands.order
    for slot, time in enumerate(times.edges[1:].tolist()):
        _arrivals(books, times, slot)
        books.expire(before=time)
        for demand in order:
            _serve(network, books, demands, demand, time, int(asked[demand, slot]))
    books.expire(before=nextafter(end, inf))
    _arrivals(books, times, times.slots)
    return Service(network, supply, stores, demands, times, asked, ledger(books.entries))


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


def _arrivals(books: Books, times: Timeline, slot: int) -> None:
    for row in range(int(times.first[slot]), int(times.first[slot + 1])):
        books.deposit(row)


def _serve(network: Network, books: Books, demands: Demands, demand: int, time: float, asked: int) -> None:
    source, target = demands.pairs[demand].tolist()
    quantum, paths = int(demands.quantum[demand]), int(demands.paths[demand])
    while asked:
        routes = chosen(network, books.free, (source, target), quantum, paths)
        if not routes:
            return
        bits = min(asked, min(books.free[link] for route in routes for link in route)) // quantum * quantum
        books.relay(time, demand, routes, bits)
        asked -= bits


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
    )
    return np.asarray(again.served.sum(axis=1))
