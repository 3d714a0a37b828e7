"""Goals one after another: serve most, then spare the demand that fares worst, then use least link key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from missions.network.optimum.columns import Case, Columns, Routes
from missions.network.optimum.paths import Finder
from missions.network.optimum.program import Answer, Goal
from missions.network.optimum.rounds import first_routes, reach

LATER = 0.1
"""Weight of a later goal beside the one before it; ten times less where that one would suffer."""
SMALLEST = 1e-6
"""Below this weight a later goal is given up: HiGHS meets prices within 1e-7."""
KEPT = 1e-7
"""Part of an earlier goal by which it may be missed: HiGHS's tolerance."""
FAIR_ENOUGH, THRIFTY_ENOUGH = 1e-4, 1e-2
"""What routes that are not looked for any more could still add to the least satisfaction, and save of the key used."""
PROOF = 1e-6
"""Greatest difference between what is served and what the prices prove: ten times HiGHS's tolerance."""


@dataclass(frozen=True, eq=False)
class Solved:
    """The optimum of the first goal, which sets the prices, and of all goals; each with its columns."""

    cols: Columns
    best: Answer
    bound: float
    """Weighted units that the prices prove to be the most."""
    final_cols: Columns
    final: Answer


def in_order(case: Case) -> Solved:
    """Reach the goals one after another; a later one never costs an earlier one more than `KEPT`.

    Each goal after the first is added with a small weight, and what it did to the earlier ones is looked at. Rows that
    hold the earlier goals' values would leave the solver a program without an inside, which it may call infeasible.
    Raises RuntimeError when the first goal's optimum is not proven by its prices.
    """
    finder = Finder(case.network)
    routes = first_routes(case, finder)
    cols, best, bound = reach(case, routes, Goal(), finder)
    _check(best, bound)
    total = case.asked.sum(axis=1)
    asking = total[total > 0].min(initial=case.most)

    def fair(weight: float) -> Goal:
        return Goal(least=weight * asking)

    goal, middle, answer = _later(case, routes, finder, (Goal(), cols, best), fair, 0.0)

    def thrifty(weight: float) -> Goal:
        return Goal(least=goal.least, key=weight / max(1, middle.hops.max(initial=0)))

    _, last, final = _later(case, routes, finder, (goal, middle, answer), thrifty, answer.least)
    return Solved(cols, best, bound, last, final)


def _check(best: Answer, bound: float) -> None:
    if bound - best.worth > PROOF * max(1.0, bound) or best.excess > PROOF:
        raise RuntimeError(
            f"the optimum of the relay is not proven: the solver serves {best.worth:.9g}, its prices prove "
            f"{bound:.9g}, a row is broken by {best.excess:.1g} (unit: the typical amount asked)"
        )


State = tuple[Goal, Columns, Answer]


def _later(
    case: Case, routes: list[Routes], finder: Finder, before: State, goal: Callable[[float], Goal], least: float
) -> State:
    """The state with one more goal, of the greatest weight that leaves what is served and the `least` as they were."""
    weight = LATER
    while weight > SMALLEST:
        wanted = goal(weight)
        enough = THRIFTY_ENOUGH * wanted.key * before[2].key if wanted.key else FAIR_ENOUGH * wanted.least
        cols, answer, _ = reach(case, routes, wanted, finder, enough)
        if answer.worth >= before[2].worth * (1 - KEPT) and answer.least >= least - KEPT:
            return wanted, cols, answer
        weight /= 10
    return before
