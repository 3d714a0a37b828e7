"""Routes in groups of slots: the columns of the linear program of relay over time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.demand import Demands
from missions.network.graph import Network
from missions.network.optimum.batches import Batches
from missions.network.optimum.paths import Route


@dataclass(frozen=True, eq=False)
class Case:
    """What is asked and what there is, in units of the typical amount asked."""

    network: Network
    demands: Demands
    asked: Floats
    """(demands, slots)."""
    batches: Batches

    @property
    def weight(self) -> Floats:
        """What a unit served is worth, (demands,): the priority."""
        return self.demands.priority.astype(float)

    @property
    def most(self) -> float:
        """Worth of all that is asked."""
        return float(self.weight @ self.asked.sum(axis=1))


@dataclass(frozen=True, eq=False)
class Columns:
    """Routes as columns of the program: one for each route of a demand and each group of slots.

    Between two slots of a group no store of the demand's routes begins a new batch, so that it does not matter in
    which of them key is relayed.
    """

    group: Ints
    """Group of each demand's slot, shape (demands, slots), numbered through."""
    asked: Floats
    """(groups,)."""
    owner: Ints
    """Demand of each group."""
    serves: Ints
    """Group of each column."""
    number: Ints
    """Which of its demand's routes each column is."""
    hops: Ints
    """Links of each column."""
    link: Ints
    """Links of all columns one after the other, and the batches that they use."""
    batch: Ints
    ready: NDArray[np.bool_]
    """Whether the program uses a column; the others wait until prices call for them."""
    apart: dict[tuple[int, int], int]
    """First row of a demand and a part of the network that no two shares of its key may pass: a node, or the number of
    nodes plus that of a direct link."""
    apart_entry: Ints
    """Row, column and group of each entry of these rows, shape (3, entries)."""
    apart_rows: int

    @property
    def of_use(self) -> Ints:
        """Column of each entry of `batch`."""
        return np.repeat(np.arange(len(self.hops)), self.hops)

    def only(self, kept: NDArray[np.bool_]) -> Columns:
        """The same without the columns that are not kept; groups and rows stay."""
        entries = kept[self.of_use]
        row, column, group = self.apart_entry[:, kept[self.apart_entry[1]]]
        return replace(
            self,
            serves=self.serves[kept],
            number=self.number[kept],
            hops=self.hops[kept],
            link=self.link[entries],
            batch=self.batch[entries],
            ready=self.ready[kept],
            apart_entry=np.stack([row, np.cumsum(kept)[column] - 1, group]),
        )


Routes = dict[Route, NDArray[np.bool_]]
"""A demand's routes, each with the slots in which the program may use it."""


def columns(case: Case, routes: list[Routes]) -> Columns:
    """Group the slots and set up a column for each group and route; those that cannot carry key are left out."""
    number = case.batches.number
    group = _groups(number, routes)
    asked = np.bincount(group.ravel(), case.asked.ravel()).astype(np.float64)
    owner = np.repeat(np.arange(len(routes)), np.ptp(group, axis=1) + 1)
    draft = _Draft(len(case.network.nodes))
    for demand, mine in enumerate(routes):
        first = np.flatnonzero(np.diff(group[demand], prepend=-1))
        for place, (route, slots) in enumerate(mine.items()):
            batch = number[list(route)][:, first]
            open_ = (batch >= 0).all(axis=0) & (asked[group[demand, first]] > 0)
            ready = np.logical_or.reduceat(slots, first)[open_]
            draft.add(place, route, group[demand, first[open_]], batch[:, open_], ready)
            if case.demands.paths[demand] > 1:
                parts = _parts(case.network, case.demands.pairs[demand], route)
                draft.set_apart(demand, parts, np.flatnonzero(open_), len(first))
    return draft.finished(group, asked, owner)


def _groups(number: Ints, routes: list[Routes]) -> Ints:
    """Number the groups of each demand's slots: a new one where a batch begins on any of its routes."""
    begins = np.diff(number, axis=1, prepend=-2) != 0
    starts = np.zeros((len(routes), number.shape[1]), dtype=bool)
    for demand, mine in enumerate(routes):
        links = sorted({link for route in mine for link in route})
        starts[demand] = begins[links].any(axis=0)
    starts[:, 0] = True
    return np.asarray(np.cumsum(starts).reshape(starts.shape) - 1)


def _parts(network: Network, pair: Ints, route: Route) -> list[int]:
    """The inner nodes of a route; or, as a number behind those of the nodes, the link that is all of it."""
    inner = set(network.ends[list(route)].ravel().tolist()) - set(pair.tolist())
    return sorted(inner) or [len(network.nodes) + route[0]]


class _Draft:
    """Columns as they are put together."""

    def __init__(self, nodes: int) -> None:
        self.nodes, self.count, self.rows = nodes, 0, 0
        self.serves: list[Ints] = [np.empty(0, dtype=np.int64)]
        self.number: list[Ints] = [np.empty(0, dtype=np.int64)]
        self.hops: list[Ints] = [np.empty(0, dtype=np.int64)]
        self.link: list[Ints] = [np.empty(0, dtype=np.int64)]
        self.batch: list[Ints] = [np.empty(0, dtype=np.int64)]
        self.ready: list[NDArray[np.bool_]] = [np.empty(0, dtype=bool)]
        self.apart: dict[tuple[int, int], int] = {}
        self.entries: list[Ints] = [np.empty((3, 0), dtype=np.int64)]

    def add(self, number: int, route: Route, serves: Ints, batch: Ints, ready: NDArray[np.bool_]) -> None:
        self.serves.append(serves)
        self.number.append(np.full(len(serves), number))
        self.hops.append(np.full(len(serves), len(route)))
        self.link.append(np.tile(route, len(serves)))
        self.batch.append(batch.T.ravel())
        self.ready.append(ready)
        self.count += len(serves)

    def set_apart(self, demand: int, parts: list[int], place: Ints, groups: int) -> None:
        """Entries of the columns added last; `place` is their group among the `groups` of the demand."""
        column = np.arange(self.count - len(place), self.count)
        for part in parts:
            if (demand, part) not in self.apart:
                self.apart[demand, part] = self.rows
                self.rows += groups
            self.entries.append(np.stack([self.apart[demand, part] + place, column, self.serves[-1]]))

    def finished(self, group: Ints, asked: Floats, owner: Ints) -> Columns:
        columns = (self.serves, self.number, self.hops, self.link, self.batch)
        serves, number, hops, link, batch = (np.concatenate(one) for one in columns)
        entries, ready = np.concatenate(self.entries, axis=1), np.concatenate(self.ready)
        return Columns(group, asked, owner, serves, number, hops, link, batch, ready, self.apart, entries, self.rows)
