"""Passes that compete for a terminal."""

from __future__ import annotations

from dataclasses import replace
from itertools import compress, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from missions.planning import Contacts, Schedule, choose, prospect
from missions.planning.contacts import conflicts, lines
from missions.planning.turns import ORDERS, contested, in_turn

CONTACT = st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 60), st.integers(1, 20), st.integers(0, 5))
DRAWN = st.lists(CONTACT, min_size=1, max_size=25)
OBJECTIVES = pytest.mark.parametrize("objective", sorted(ORDERS))
SATELLITES, STATIONS = 3, 4
TERMINALS = st.tuples(
    st.lists(st.integers(1, 3), min_size=3, max_size=3), st.lists(st.integers(1, 3), min_size=4, max_size=4)
)
SOLVER = 1e-6
"""HiGHS meets its rows within 1e-7; a few of them add up."""


def contacts_of(drawn: list[tuple[int, int, int, int, int]]) -> tuple[Contacts, np.ndarray]:
    satellite, station, start, length, value = (np.array(column) for column in zip(*drawn, strict=True))
    begin = start.astype(float)
    begin[value == 0] = np.nan
    return Contacts(satellite, station, begin, begin + length, np.full(len(drawn), 2.0)), value.astype(float)


def with_terminals(contacts: Contacts, terminals: tuple[list[int], list[int]]) -> Contacts:
    return replace(contacts, satellite_terminals=np.array(terminals[0]), station_terminals=np.array(terminals[1]))


def clash(contacts: Contacts, a: int, b: int) -> bool:
    """By definition: a resource in common, and less than the slew time between them."""
    if contacts.satellite[a] != contacts.satellite[b] and contacts.station[a] != contacts.station[b]:
        return False
    return overlap(contacts, a, b)


def overlap(contacts: Contacts, a: int, b: int) -> bool:
    gap = max(contacts.start[a], contacts.start[b]) - min(contacts.end[a], contacts.end[b])
    return bool(gap < contacts.slew[a])


def possible(contacts: Contacts, rows: list[int]) -> bool:
    """By definition: whenever a contact begins, no resource holds more contacts than it has terminals."""
    for resource, terminals in (
        (contacts.satellite, contacts.satellite_terminals),
        (contacts.station, contacts.station_terminals),
    ):
        for row in rows:
            held = [
                other
                for other in rows
                if resource[other] == resource[row]
                and contacts.start[other] <= contacts.start[row] < contacts.end[other] + contacts.slew[other]
            ]
            if len(held) > (1 if terminals is None else terminals[resource[row]]):
                return False
    return True


def without_ties(value: np.ndarray) -> np.ndarray:
    return value + np.random.default_rng(1).uniform(size=len(value))


def best_by_trying_all(contacts: Contacts, value: np.ndarray) -> float:
    usable = np.flatnonzero(contacts.usable).tolist()
    choices = (list(compress(usable, mask)) for mask in product((False, True), repeat=len(usable)))
    return max(float(value[rows].sum()) for rows in choices if possible(contacts, rows))


@given(DRAWN)
def test_conflicts_are_those_of_the_definition(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, _ = contacts_of(drawn)
    found = set(zip(*(rows.tolist() for rows in conflicts(contacts)), strict=True))
    size = len(drawn)
    live = contacts.usable
    assert found == {
        (a, b) for a in range(size) for b in range(a + 1, size) if live[a] and live[b] and clash(contacts, a, b)
    }


@given(DRAWN)
def test_rounds_give_what_one_by_one_gives(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, value = contacts_of(drawn)
    expected: list[int] = []
    for row in np.argsort(-value, kind="stable"):
        if contacts.usable[row] and not any(clash(contacts, row, other) for other in expected):
            expected.append(int(row))
    served, taken_by = choose(contacts, value)
    assert np.flatnonzero(served).tolist() == sorted(expected)
    lost = np.flatnonzero(taken_by >= 0)
    assert served[taken_by[lost]].all()
    assert all(clash(contacts, row, taken_by[row]) for row in lost)
    assert (served | (taken_by >= 0) | ~contacts.usable).all()


@given(DRAWN, TERMINALS)
def test_several_terminals_most_key_is_one_by_one_too(
    drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]]
) -> None:
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    expected: list[int] = []
    for row in np.argsort(-value, kind="stable"):
        if contacts.usable[row] and possible(contacts, [*expected, int(row)]):
            expected.append(int(row))
    served, _ = choose(contacts, value, "total")
    assert np.flatnonzero(served).tolist() == sorted(expected)


@given(DRAWN)
def test_turns_give_what_rounds_give(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, value = contacts_of(drawn)
    served, _ = choose(contacts, value)
    assert (in_turn(contacts, value, ORDERS["total"])[0] == served).all()
    assert (choose(with_terminals(contacts, ([1] * 3, [1] * 4)), value)[0] == served).all()


@OBJECTIVES
@given(drawn=DRAWN, terminals=TERMINALS)
def test_terminals_and_slew_are_respected_and_none_stands_idle(
    objective: str, drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]]
) -> None:
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    served, taken_by = choose(contacts, value, objective)
    rows = np.flatnonzero(served).tolist()
    assert possible(contacts, rows)
    assert not served[~contacts.usable].any()
    for row in np.flatnonzero(contacts.usable & ~served).tolist():
        assert not possible(contacts, [*rows, row])
        assert served[taken_by[row]]
        assert clash(contacts, row, taken_by[row])
    assert (taken_by[served | ~contacts.usable] == -1).all()


@OBJECTIVES
@given(drawn=DRAWN, terminals=TERMINALS, shuffle=st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    objective: str, drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]], shuffle: object
) -> None:
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    value = (
        value + np.arange(len(value)) / 32 + np.arange(len(value)) ** 2 / 65536
    )  # no ties, within or across stations
    order = np.array(shuffle.sample(range(len(value)), len(value)))  # type: ignore[attr-defined]
    moved = replace(
        contacts, **{name: getattr(contacts, name)[order] for name in ("satellite", "station", "start", "end", "slew")}
    )
    assert (choose(moved, value[order], objective)[0] == choose(contacts, value, objective)[0][order]).all()


def station_keys(contacts: Contacts, value: np.ndarray, served: np.ndarray) -> np.ndarray:
    return np.bincount(contacts.station[served], value[served], STATIONS)


@given(DRAWN, TERMINALS)
def test_who_gets_nothing_lost_to_those_who_had_nothing(
    drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]]
) -> None:
    """Proportional: a station without key is served before any other takes a second contact that others want."""
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    served, taken_by = choose(contacts, value, "proportional")
    without = station_keys(contacts, value, served) == 0
    lost = np.flatnonzero(contacts.usable & without[contacts.station])
    takers = np.unique(taken_by[lost])
    assert len(np.unique(contacts.station[takers])) == len(takers)


@given(DRAWN, st.integers(0, STATIONS - 1), st.integers(-20, 20))
def test_proportional_does_not_care_for_the_size_of_a_stations_key(
    drawn: list[tuple[int, int, int, int, int]], station: int, power: int
) -> None:
    """What defines proportional fairness: the sum of logarithms moves by a constant. Each station begins with some."""
    contacts, value = contacts_of([*drawn, *[(0, each, 1000 * (each + 1), 10, 5) for each in range(STATIONS)]])
    value = without_ties(value)
    scaled = np.where(contacts.station == station, value * 2.0**power, value)
    before, after = choose(contacts, value, "proportional"), choose(contacts, scaled, "proportional")
    assert (before[0] == after[0]).all()


def rich_and_poor(rounds: int) -> tuple[Contacts, np.ndarray]:
    """One satellite; two stations that both want it at the same times; the first gets ten times the key."""
    station, start = np.tile([0, 1], rounds), np.repeat(np.arange(rounds) * 1000.0, 2)
    contacts = Contacts(np.zeros_like(station), station, start, start + 300.0, np.full(2 * rounds, 60.0))
    return contacts, np.where(station == 0, 10.0, 1.0)


@pytest.mark.parametrize(
    ("objective", "rich", "poor"), [("total", 100.0, 0.0), ("proportional", 50.0, 5.0), ("max-min", 10.0, 9.0)]
)
def test_each_objective_does_what_its_name_says(objective: str, rich: float, poor: float) -> None:
    contacts, value = rich_and_poor(10)
    served, _ = choose(contacts, value, objective)
    found = prospect(contacts, value, served, 2)
    assert found.got.tolist() == [rich, poor]
    np.testing.assert_allclose(found.alone, [100.0, 10.0], rtol=SOLVER)
    assert found.bound == pytest.approx(100.0, rel=SOLVER)
    assert found.gap == pytest.approx(1 - (rich + poor) / 100, abs=SOLVER)


@given(DRAWN, TERMINALS)
def test_max_min_loses_a_contact_only_to_who_had_no_more(
    drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]]
) -> None:
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    served, taken_by = choose(contacts, value, "max-min")
    keys = station_keys(contacts, value, served)
    wanted = contested(lines(contacts), len(value))
    for row in np.flatnonzero(taken_by >= 0):
        taker = taken_by[row]
        own = served & (contacts.station == contacts.station[taker])
        before = (value > value[taker]) | ((value == value[taker]) & (np.arange(len(value)) < taker))
        assert value[own & (before | ~wanted)].sum() <= keys[contacts.station[row]]


@given(st.lists(CONTACT, min_size=1, max_size=9), TERMINALS)
def test_no_schedule_exceeds_the_bound(
    drawn: list[tuple[int, int, int, int, int]], terminals: tuple[list[int], list[int]]
) -> None:
    contacts, value = contacts_of(drawn)
    contacts = with_terminals(contacts, terminals)
    best = best_by_trying_all(contacts, value)
    for objective in ("total", "proportional", "max-min"):
        served, _ = choose(contacts, value, objective)
        found = prospect(contacts, value, served, STATIONS)
        assert found.got.sum() <= best
        assert (found.got <= found.alone + SOLVER * value.sum()).all()
    assert best <= found.bound + SOLVER * value.sum()
    assert found.bound <= found.alone.sum() + SOLVER * value.sum()


@given(st.lists(CONTACT, min_size=1, max_size=9))
def test_alone_is_what_a_station_would_get_alone(drawn: list[tuple[int, int, int, int, int]]) -> None:
    contacts, value = contacts_of(drawn)
    found = prospect(contacts, value, choose(contacts, value)[0], STATIONS)
    for station in range(STATIONS):
        own = replace(contacts, start=np.where(contacts.station == station, contacts.start, np.nan))
        assert found.alone[station] == pytest.approx(best_by_trying_all(own, value), abs=SOLVER * value.sum())


@pytest.mark.parametrize(("satellites", "part"), [(1, 1 / 2), (SATELLITES, 1 / 4)])
@given(drawn=DRAWN)
def test_greed_keeps_a_known_part(drawn: list[tuple[int, int, int, int, int]], satellites: int, part: float) -> None:
    """Of contacts of one length, a served one meets the others at its beginning or its end, on each resource once.

    So it stands in the way of two at most where one satellite is all that they compete for, and of four in general.
    Contacts of different lengths have no such bound: a long one can stand in the way of many.
    """
    contacts, value = contacts_of(drawn)
    contacts = replace(contacts, satellite=contacts.satellite % satellites, end=contacts.start + 10.0)
    if satellites == 1:
        contacts = replace(contacts, station=np.arange(len(drawn)))
    served, _ = choose(contacts, value)
    found = prospect(contacts, value, served, len(drawn) + STATIONS)
    assert found.got.sum() >= part * found.bound * (1 - SOLVER)


def test_a_slot_for_everyone_leaves_no_gap() -> None:
    contacts, value = rich_and_poor(3)
    contacts = replace(contacts, satellite_terminals=np.array([2]), station_terminals=np.array([1, 1]))
    served, taken_by = choose(contacts, value, "proportional")
    assert served.all()
    assert (taken_by == -1).all()
    assert prospect(contacts, value, served, 2).gap == 0.0


@OBJECTIVES
def test_nothing_competes_for_nothing(objective: str) -> None:
    none = np.empty(0)
    rows = np.empty(0, dtype=np.int64)
    contacts = Contacts(rows, rows, none, none, none)
    served, taken_by = choose(contacts, none, objective)
    assert served.shape == taken_by.shape == (0,)
    found = prospect(contacts, none, served, 2)
    assert (found.bound, found.gap, found.alone.tolist()) == (0.0, 0.0, [0.0, 0.0])


def test_the_schedule_table() -> None:
    assert Schedule().objective == "proportional"
    assert Schedule.model_validate({"objective": "max-min"}).objective == "max-min"
    for table in ({"objective": "most"}, {"goal": "total"}):
        with pytest.raises(ValidationError):
            Schedule.model_validate(table)
