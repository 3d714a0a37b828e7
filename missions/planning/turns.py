"""Contacts one at a time, where the next one depends on what the stations have got so far."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from math import inf

import numpy as np

from links.channel import Floats, Ints
from missions.planning.contacts import Bools, Contacts, Line, lines

Order = Callable[[float, float, float], tuple[float, float]]
"""Whose turn it is: the smallest of these, made of the value of a station's next contact, what the station has got so
far, and the value of all its contacts that others want too. What comes second breaks ties; then the greater value, then
the earlier row."""


def _most_key(value: float, got: float, chances: float) -> tuple[float, float]:
    return -value, 0.0


def _most_growth(value: float, got: float, chances: float) -> tuple[float, float]:
    """The gain of log(got) to first order: infinite from nothing; then whoever has fewest chances comes first."""
    return -value / got if got else -inf, -value / chances


def _least_so_far(value: float, got: float, chances: float) -> tuple[float, float]:
    return got, 0.0


ORDERS: Mapping[str, Order] = {"total": _most_key, "proportional": _most_growth, "max-min": _least_so_far}


def in_turn(contacts: Contacts, value: Floats, order: Order) -> tuple[Bools, Ints]:
    """Serve what nobody else wants; then, time after time, the next contact of the station whose turn it is.

    A station's contacts come by value, which suits every order here, so that only the stations' next contacts have to
    be compared: cost passes * log(stations).
    """
    both = lines(contacts)
    wanted = contested(both, len(value))
    served, taken_by = contacts.usable & ~wanted, np.full(len(value), -1)
    turns = _Turns(contacts, value, wanted, order)
    terminals = [_Terminals(line, len(value)) for line in both]
    while turns.queue:
        row, station = turns.next()
        holders = [holder for kind in terminals if (holder := kind.holder(row)) >= 0]
        if holders:
            taken_by[row] = holders[0]
        else:
            served[row] = True
            turns.got[station] += turns.value[row]
            for kind in terminals:
                kind.take(row)
        turns.enter(station)
    return served, taken_by


def contested(both: tuple[Line, Line], passes: int) -> Bools:
    """The contacts, (passes,), that hold a terminal at some place where more want one than there are."""
    found = np.zeros(passes, dtype=bool)
    for line in both:
        short = np.append(0, np.cumsum(line.waiting > line.terminals))
        found[line.row[short[line.reach] > short[:-1]]] = True
    return found


class _Turns:
    """What each station has got, and its contacts that have not had their turn."""

    def __init__(self, contacts: Contacts, value: Floats, wanted: Bools, order: Order) -> None:
        stations = range(int(contacts.station.max(initial=-1)) + 1)
        free = contacts.usable & ~wanted
        rows = np.flatnonzero(wanted)
        rows = rows[np.lexsort((-rows, value[rows], contacts.station[rows]))]
        edges = np.searchsorted(contacts.station[rows], [*stations, len(stations)])
        self.order, self.value = order, value.tolist()
        self.got = np.bincount(contacts.station[free], value[free], len(stations)).tolist()
        self.waiting = [rows[edges[station] : edges[station + 1]].tolist() for station in stations]
        self.chances = np.bincount(contacts.station[wanted], value[wanted], len(stations)).tolist()
        self.queue: list[tuple[tuple[float, float], float, int, int]] = []
        for station in stations:
            self.enter(station)

    def enter(self, station: int) -> None:
        """Queue the station's most valuable contact that is left, if there is one."""
        if self.waiting[station]:
            row = self.waiting[station].pop()
            value = self.value[row]
            urgency = self.order(value, self.got[station], self.chances[station] or 1.0)
            heapq.heappush(self.queue, (urgency, -value, row, station))

    def next(self) -> tuple[int, int]:
        """The pass whose turn it is, and its station."""
        _, _, row, station = heapq.heappop(self.queue)
        return row, station


class _Terminals:
    """How many terminals of each resource on a line are free at each place, while contacts take them."""

    def __init__(self, line: Line, passes: int) -> None:
        self.place = np.full(passes, -1)
        self.place[line.row] = np.arange(len(line.row))
        self.reach: list[int] = line.reach.tolist()
        self.free: list[int] = line.terminals.tolist()
        self.last = [-1] * len(line.row)
        """Who took the last terminal."""

    def _span(self, row: int) -> slice:
        place = int(self.place[row])
        return slice(place, self.reach[place])

    def holder(self, row: int) -> int:
        """The pass that stands in the way of this one, or -1."""
        span = self._span(row)
        free = self.free[span]
        return self.last[span.start + free.index(0)] if 0 in free else -1

    def take(self, row: int) -> None:
        """Hold a terminal for this pass."""
        span = self._span(row)
        for place in range(span.start, span.stop):
            self.free[place] -= 1
            if not self.free[place]:
                self.last[place] = row
