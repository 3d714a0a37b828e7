"""A linear program over all simple routes, of which it sees few: solve, price, add what pays, until nothing does."""

from __future__ import annotations

import numpy as np

from links.channel import Ints
from missions.network.optimum.batches import Batches
from missions.network.optimum.columns import Case, Columns, Routes, columns
from missions.network.optimum.paths import Finder, Route, fewest_hops
from missions.network.optimum.pricing import WORTH_ADDING, price_routes, proven
from missions.network.optimum.program import Answer, Goal, solve

FIRST_ROUTES = 64
"""Routes of fewest hops that a demand starts with; all others come in when prices call for them."""
AT_FIRST, AT_ONCE = 3, 8
"""How many of its routes a slot starts with, and a group of slots may add in a round: they take turns. Three rounds
with a third of the columns cost less than one with all of them (design/network.md)."""


def first_routes(case: Case, finder: Finder) -> list[Routes]:
    """Routes of fewest hops in turn, and in all slots those that would help if all key were there at once."""
    slots = case.asked.shape[1]
    routes = [_in_turn(case, *pair) for pair in case.demands.pairs.tolist()]
    once = [{route: np.ones(1, dtype=bool) for route in mine} for mine in routes]
    reach(_all_at_once(case), once, Goal(), finder)
    for mine, found in zip(routes, once, strict=True):
        mine |= {route: np.ones(slots, dtype=bool) for route in found if route not in mine}
    return routes


def _in_turn(case: Case, start: int, end: int) -> Routes:
    found = fewest_hops(case.network, start, end, FIRST_ROUTES)
    turn = AT_FIRST * np.arange(case.asked.shape[1])
    return {route: (number - turn) % len(found) < AT_FIRST for number, route in enumerate(found)}


def _all_at_once(case: Case) -> Case:
    """The same in a single slot, with all the key that ever arrives."""
    some, total = case.batches, np.zeros(len(case.network.links))
    np.add.at(total, some.link, some.fresh)
    link = np.flatnonzero(total)
    number = np.full((len(total), 1), -1)
    number[link, 0] = np.arange(len(link))
    none = np.zeros(len(link))
    batches = Batches(number, link, none.astype(np.int64), total[link], none)
    return Case(case.network, case.demands, case.asked.sum(axis=1, keepdims=True), batches)


def reach(
    case: Case, routes: list[Routes], goal: Goal, finder: Finder, enough: float = 0.0
) -> tuple[Columns, Answer, float]:
    """The goal's optimum over all routes, and what its prices prove about what is served; adds to `routes`.

    It ends when no route pays, or when all that pay together cannot add more than `enough`.
    """
    while True:
        known = columns(case, routes)
        cols = known.only(known.ready)
        answer = solve(case, cols, goal)
        priced = price_routes(case, cols, answer, finder, goal.key)
        added = _wake(known, routes, _paying(case, known, answer, goal)) + _add(routes, priced.better)
        if not added or priced.missing <= enough:
            return cols, answer, proven(case, cols, answer, priced.cost)


def _add(routes: list[Routes], better: list[tuple[int, int, Route]]) -> int:
    """Take new routes into all slots; returns how many there were."""
    new = {(demand, route) for demand, _, route in better if route not in routes[demand]}
    for demand, route in sorted(new):
        routes[demand][route] = np.ones_like(next(iter(routes[demand].values())))
    return len(new)


def _wake(known: Columns, routes: list[Routes], chosen: Ints) -> int:
    """Let the program use columns that waited; returns how many."""
    for column in chosen.tolist():
        demand = known.owner[known.serves[column]]
        slots = list(routes[demand].values())[known.number[column]]
        slots |= known.group[demand] == known.serves[column]
    return len(chosen)


def _paying(case: Case, known: Columns, answer: Answer, goal: Goal) -> Ints:
    """Columns that wait and would pay: for each group the best, those equally good in turn."""
    cost = np.bincount(known.of_use, answer.price[known.batch], len(known.hops)) + goal.key * known.hops
    row, column, _ = known.apart_entry
    np.add.at(cost, column, answer.apart[row])
    gain = answer.need[known.serves] - cost
    pays = np.flatnonzero((gain > WORTH_ADDING) & ~known.ready)
    turn = (known.number[pays] - AT_ONCE * known.serves[pays]) % FIRST_ROUTES
    order = pays[np.lexsort((turn, -np.round(gain[pays], 6), known.serves[pays]))]
    place = np.arange(len(order)) - np.searchsorted(known.serves[order], known.serves[order])
    return order[place < AT_ONCE]
