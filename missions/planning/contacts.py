"""Contacts on the time lines of the satellites and stations that hold them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from links.channel import Floats, Ints

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, eq=False)
class Contacts:
    """When each pass could be used, shape (passes,): the rows of this table compete."""

    satellite: Ints
    station: Ints
    start: Floats
    """s; nan where the pass has no contact."""
    end: Floats
    slew: Floats
    """s to turn from this contact to another one."""
    satellite_terminals: Ints | None = None
    """Quantum transmitters of each satellite, (satellites,); by default one."""
    station_terminals: Ints | None = None
    """Telescopes of each station, (stations,); by default one."""

    @property
    def usable(self) -> Bools:
        """Which passes have a contact."""
        return ~np.isnan(self.start)


@dataclass(frozen=True, eq=False)
class Line:
    """The contacts of each satellite, or of each station, one resource after another, in order of start.

    A contact holds its terminal from its start until it has ended and the terminal has turned away. Contact `row[i]`
    stands at place i and still holds its terminal at the starts of places i + 1 to `reach[i]` - 1. Most terminals are
    held at the start of some contact, so counting at places is counting at all times.
    """

    row: Ints
    reach: Ints
    terminals: Ints
    """Of the resource, at each place."""

    @property
    def waiting(self) -> Ints:
        """How many contacts would hold a terminal at each place if all were served."""
        steps = np.bincount(self.reach, minlength=len(self.row) + 1)
        return np.arange(1, len(self.row) + 1) - np.cumsum(steps)[:-1]


def lines(contacts: Contacts) -> tuple[Line, Line]:
    """The line of the satellites and that of the stations."""
    return (
        _line(contacts, contacts.satellite, contacts.satellite_terminals),
        _line(contacts, contacts.station, contacts.station_terminals),
    )


def _line(contacts: Contacts, resource: Ints, terminals: Ints | None) -> Line:
    """Each resource has a stretch of time of its own, far from the others': one sort and one search serve all."""
    rows = np.flatnonzero(contacts.usable)
    if not rows.size:
        return Line(rows, rows, rows)
    start, end = contacts.start[rows], contacts.end[rows] + contacts.slew[rows]
    lane = resource[rows] * (end.max() - start.min() + 1.0)
    order = np.argsort(start + lane, kind="stable")
    rows, start, end = rows[order], (start + lane)[order], (end + lane)[order]
    reach = np.maximum(np.searchsorted(start, end, side="left"), np.arange(len(rows)) + 1)
    return Line(rows, reach, np.ones_like(rows) if terminals is None else np.asarray(terminals)[resource[rows]])


def held(line: Line) -> tuple[Ints, Ints]:
    """Every contact still held at the start of a later one, as places (contact, later), each of shape (pairs,)."""
    place = np.arange(len(line.row))
    many = line.reach - place - 1
    first = np.repeat(place, many)
    offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    return first, first + 1 + offset


def conflicts(contacts: Contacts) -> tuple[Ints, Ints]:
    """All pairs of contacts that cannot both have one terminal: rows (first, second), each of shape (pairs,)."""
    pairs = []
    for line in lines(contacts):
        first, second = held(line)
        pairs.append(np.sort(np.stack([line.row[first], line.row[second]]), axis=0))
    both = np.unique(np.concatenate(pairs, axis=1), axis=1)
    return both[0], both[1]
