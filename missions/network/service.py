"""What a network did for its demands: all of it added up from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.demand import Demands
from missions.network.graph import Network
from missions.network.ledger import Kind, Ledger, Tables, replay
from missions.network.routing import Pair, Route, chosen, disjoint, widest
from missions.network.stock import Stores, Supply, Timeline


@dataclass(frozen=True)
class Usage:
    """How far a demand used a route."""

    links: Route
    bits: int
    since: float
    """s since the mission's start, when it was first used; slots are served at their end."""
    until: float
    """When it was last used."""


@dataclass(frozen=True, eq=False)
class Service:
    """Demands served from the stores of a network over time; tables are (links, slots) or (demands, slots), in bits."""

    network: Network
    supply: Supply
    stores: Stores
    demands: Demands
    timeline: Timeline
    asked: Ints
    """(demands, slots) bits that fell due."""
    ledger: Ledger
    keep: bool = True
    """Whether demands kept their routes while they could."""

    @cached_property
    def tables(self) -> Tables:
        """The ledger added up over the slots."""
        return replay(self.ledger, self.timeline.edges, len(self.network.links), len(self.demands))

    @property
    def served(self) -> Ints:
        """(demands, slots)"""
        return self.tables.served

    @property
    def deposited(self) -> Ints:
        """(links, slots) all that was made, whatever became of it."""
        return self.tables.deposited

    @property
    def authentication(self) -> Ints:
        """(links, slots)"""
        return self.tables.authentication

    @property
    def spilled(self) -> Ints:
        """(links, slots) what found no room."""
        return self.tables.spilled

    @property
    def expired(self) -> Ints:
        """(links, slots)"""
        return self.tables.expired

    @property
    def relayed(self) -> Ints:
        """(links, slots)"""
        return self.tables.relayed

    @cached_property
    def level(self) -> Ints:
        """(links, slots + 1) bits in store at the slots' edges, after what was relayed there."""
        return self.tables.level

    @property
    def unmet(self) -> Ints:
        """(demands, slots)"""
        return self.asked - self.served

    @property
    def outage(self) -> Floats:
        """(demands,) share of the time without a key that was due; 0 where none fell due.

        A demand's keys fall due evenly and each is for the time until the next one, so this is the share of its keys
        that could not be served when they fell due.
        """
        asked = self.asked.sum(axis=1)
        return np.asarray(self.unmet.sum(axis=1) / np.maximum(asked, 1))

    @property
    def availability(self) -> Floats:
        """(demands,) share of the time with the key that was due."""
        return 1.0 - self.outage

    @property
    def utilisation(self) -> Floats:
        """(links,) bits relayed over all that were there to relay: initial fill and net generation; nan for none."""
        there = self.tables.initial + (self.deposited - self.authentication).sum(axis=1)
        return np.asarray(np.where(there > 0, self.relayed.sum(axis=1) / np.maximum(there, 1), np.nan))

    @property
    def jain(self) -> float:
        """Fairness of the shares served, from 1 / demands to 1 for equal shares; nan where nothing was served.

        R. Jain, D.-M. Chiu, W. Hawe 1984, arXiv:cs/9809099: (sum x)^2 / (n sum x^2), over demands that asked.
        """
        share = (1.0 - self.outage)[self.asked.sum(axis=1) > 0]
        return float(share.sum() ** 2 / (len(share) * (share**2).sum())) if share.any() else float("nan")

    @cached_property
    def usage(self) -> tuple[tuple[Usage, ...], ...]:
        """For each demand the routes that it used, in the order of their first use; shares of XOR each for itself."""
        found: list[dict[Route, Usage]] = [{} for _ in self.demands.rate]
        for demand, links, bits, time in _routes(self.ledger):
            before = found[demand].get(links, Usage(links, 0, time, time))
            found[demand][links] = Usage(links, before.bits + bits, before.since, time)
        return tuple(tuple(used.values()) for used in found)

    @cached_property
    def stranded(self) -> Ints:
        """(links,) bits above the reserve that are left at the end and that no demand could have taken.

        They are what is left when every demand, in its order, goes on asking until it finds no route: the stores
        beyond them, of a satellite the one towards the other station, are spent.
        """
        free = np.maximum(self.level[:, -1] - self.stores.reserve, 0).tolist()
        for demand in self.demands.order:
            pair, quantum, paths = self._demand(demand)
            while routes := chosen(self.network, free, pair, quantum, paths):
                links = [link for route in routes for link in route]
                bits = min(free[link] for link in links) // quantum * quantum
                for link in links:
                    free[link] -= bits
        return np.array(free, dtype=np.int64)

    @cached_property
    def stopped(self) -> Ints:
        """(demands, links) unmet bits for which each link was the one that stopped them.

        That is the emptiest link of the widest route at the slot's end; with several paths, of the shortest disjoint
        ones. Bits that no links could have carried are in no column.
        """
        total = np.zeros((len(self.demands), len(self.network.links)), dtype=np.int64)
        free = self.level[:, 1:] - self.stores.reserve[:, None]
        free[:, -1] -= self._too_late()
        for demand, slot in zip(*np.nonzero(self.unmet), strict=True):
            routes = self._wanted(int(demand), free[:, slot].tolist())
            if links := [link for route in routes for link in route]:
                total[demand, min(links, key=lambda link: free[link, slot])] += self.unmet[demand, slot]
        return total

    def _too_late(self) -> Ints:
        """(links,) bits that came at the very end, when all was served; less what expired there."""
        book, total = self.ledger, np.zeros(len(self.network.links), dtype=np.int64)
        for kind, sign in ((Kind.DEPOSIT, 1), (Kind.EXPIRY, -1)):
            rows = book.of(kind) & (book.time == self.timeline.edges[-1])
            np.add.at(total, book.link[rows], sign * book.bits[rows])
        return total

    @property
    def bottleneck(self) -> Ints:
        """(demands,) the link that stopped most of what each demand did not get; -1 where none did."""
        worst = self.stopped.argmax(axis=1) if len(self.network.links) else np.zeros(len(self.demands), dtype=np.int64)
        return np.where(self.stopped.any(axis=1), worst, -1)

    def _demand(self, demand: int) -> tuple[Pair, int, int]:
        a, b = self.demands.pairs[demand].tolist()
        return (a, b), int(self.demands.quantum[demand]), int(self.demands.paths[demand])

    def _wanted(self, demand: int, free: list[int]) -> tuple[Route, ...]:
        """The routes that a demand would have liked to take."""
        pair, _, paths = self._demand(demand)
        every = [True] * len(free)
        if paths > 1:
            return disjoint(self.network, every, *pair, paths) or ()
        route = widest(self.network, free, *pair, every)
        return (route,) if route else ()

    @property
    def exposure(self) -> Ints:
        """(nodes,) bits of end-to-end key that each node on the way could read, it alone.

        What a demand sent as XOR of shares over disjoint routes is not among them: one share says nothing.
        """
        return self._seen(self.demands.paths == 1)

    @property
    def shares_seen(self) -> Ints:
        """(nodes,) bits of XOR shares that each node on the way saw: key only for whoever sees all shares."""
        return self._seen(self.demands.paths > 1)

    def _seen(self, chosen: NDArray[np.bool_]) -> Ints:
        """Every hop shows its bits to both ends of its link, so who is between two hops of a route counts twice."""
        hops = self.ledger.of(Kind.RELAY)
        hops[hops] = chosen[self.ledger.demand[hops]]
        begins = hops & (self.ledger.hop == 0)
        shown = self._at_nodes(self.network.ends[self.ledger.link[hops]], self.ledger.bits[hops])
        own = self._at_nodes(self.demands.pairs[self.ledger.demand[begins]], self.ledger.bits[begins])
        return np.asarray((shown - own) // 2)

    def _at_nodes(self, pairs: Ints, bits: Ints) -> Ints:
        total = np.zeros(len(self.network.nodes), dtype=np.int64)
        np.add.at(total, pairs, bits[:, None])
        return total


def _routes(book: Ledger) -> Iterator[tuple[int, Route, int, float]]:
    """Demand, links, bits and time of every route of every relay: its hops stand together, in order."""
    hops = np.flatnonzero(book.of(Kind.RELAY))
    begins = np.flatnonzero(book.hop[hops] == 0)
    links, rows = book.link[hops].tolist(), hops[begins]
    told = zip(book.demand[rows].tolist(), book.bits[rows].tolist(), book.time[rows].tolist(), strict=True)
    for (start, stop), (demand, bits, time) in zip(pairwise([*begins.tolist(), len(links)]), told, strict=True):
        yield demand, tuple(links[start:stop]), bits, time
