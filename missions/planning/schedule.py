"""Which of the passes that compete for a terminal are served.

A satellite has one quantum transmitter and a station one telescope; turning to another partner takes the slew time.
"""

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


def choose(contacts: Contacts, value: Floats) -> tuple[Bools, Ints]:
    """Serve the most valuable contact first, then the next that does not compete with one already served.

    `value` (passes,) ranks the contacts (expected key). Returns which are served, and for each pass the row of the
    pass that took its terminal (-1: none did). Ties go to the earlier row. Greedy: no proof of optimality; every
    round serves all contacts that beat every open competitor, which gives the same answer as going one by one.
    """
    first, second = conflicts(contacts)
    rank = np.empty(len(value), dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = np.arange(len(value))
    beaten = np.where(rank[first] < rank[second], second, first)
    winner = first + second - beaten
    open_, served = ~np.isnan(contacts.start), np.zeros(len(value), dtype=bool)
    taken_by = np.full(len(value), -1)
    while open_.any():
        live = open_[winner] & open_[beaten]
        now = open_.copy()
        now[beaten[live]] = False
        served |= now
        lost = live & now[winner]
        taken_by[beaten[lost]] = winner[lost]
        open_ &= ~now
        open_[beaten[lost]] = False
    return served, taken_by


def conflicts(contacts: Contacts) -> tuple[Ints, Ints]:
    """All pairs of contacts that cannot both be served: rows (first, second), each of shape (pairs,)."""
    pairs = [_overlaps(contacts, resource) for resource in (contacts.satellite, contacts.station)]
    both = np.unique(np.concatenate(pairs, axis=1), axis=1)
    return both[0], both[1]


def _overlaps(contacts: Contacts, resource: Ints) -> Ints:
    """Pairs that use the same resource with less than the slew time between them, shape (2, pairs).

    Contacts of one resource are laid on a time line of their own, far from the others', so that one sort and one
    search find all pairs; cost grows with the number of pairs.
    """
    rows = np.flatnonzero(~np.isnan(contacts.start))
    if not rows.size:
        return np.empty((2, 0), dtype=np.int64)
    start, end = contacts.start[rows], contacts.end[rows] + contacts.slew[rows]
    lane = resource[rows] * (end.max() - start.min() + 1.0)
    order = np.argsort(start + lane, kind="stable")
    rows, start, end = rows[order], (start + lane)[order], (end + lane)[order]
    reach = np.searchsorted(start, end, side="left")
    many = np.maximum(reach - np.arange(len(rows)) - 1, 0)
    first = np.repeat(np.arange(len(rows)), many)
    offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    pair = np.stack([rows[first], rows[first + 1 + offset]])
    return np.sort(pair, axis=0)
