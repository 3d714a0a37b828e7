"""Passes that compete for a terminal."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from missions.planning import Contacts, choose
from missions.planning.schedule import conflicts

CONTACT = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 60), st.integers(1, 20), st.integers(0, 5))


def contacts_of(drawn: list[tuple[int, int, int, int, int]]) -> tuple[Contacts, np.ndarray]:
    satellite, station, start, length, value = (np.array(column) for column in zip(*drawn, strict=True))
    begin = start.astype(float)
    begin[value == 0] = np.nan
    return Contacts(satellite, station, begin, begin + length, np.full(len(drawn), 2.0)), value.astype(float)


def clash(contacts: Contacts, a: int, b: int) -> bool:
    """By definition: a terminal in common, and less than the slew time between them."""
    if contacts.satellite[a] != contacts.satellite[b] and contacts.station[a] != contacts.station[b]:
        return False
    gap = max(contacts.start[a], contacts.start[b]) - min(contacts.end[a], contacts.end[b])
    return bool(gap < contacts.slew[a])


@given(st.lists(CONTACT, min_size=1, max_size=25))
def test_conflicts_are_those_of_the_definition(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, _ = contacts_of(drawn)
    found = set(zip(*(rows.tolist() for rows in conflicts(contacts)), strict=True))
    size = len(drawn)
    live = ~np.isnan(contacts.start)
    assert found == {
        (a, b) for a in range(size) for b in range(a + 1, size) if live[a] and live[b] and clash(contacts, a, b)
    }


@given(st.lists(CONTACT, min_size=1, max_size=25))
def test_rounds_give_what_one_by_one_gives(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, value = contacts_of(drawn)
    expected: list[int] = []
    for row in np.argsort(-value, kind="stable"):
        if not np.isnan(contacts.start[row]) and not any(clash(contacts, row, other) for other in expected):
            expected.append(int(row))
    served, taken_by = choose(contacts, value)
    assert np.flatnonzero(served).tolist() == sorted(expected)
    lost = np.flatnonzero(taken_by >= 0)
    assert served[taken_by[lost]].all()
    assert all(clash(contacts, row, taken_by[row]) for row in lost)
    assert (served | (taken_by >= 0) | np.isnan(contacts.start)).all()


def test_nothing_competes_for_nothing() -> None:
    none = np.empty(0)
    rows = np.empty(0, dtype=np.int64)
    served, taken_by = choose(Contacts(rows, rows, none, none, none), none)
    assert served.shape == taken_by.shape == (0,)
