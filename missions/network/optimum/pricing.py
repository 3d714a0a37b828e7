"""Which routes would better a linear program's answer, and what no routes at all can exceed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from links.channel import Floats, Ints
from missions.network.optimum.columns import Case, Columns
from missions.network.optimum.paths import Finder, Found, Route
from missions.network.optimum.program import Answer

WORTH_ADDING = 1e-8
"""A route that is cheaper by less is not added; what it could bring is in the proven bound all the same."""


@dataclass(frozen=True, eq=False)
class Priced:
    """Every demand's cheapest route in each slot at an answer's prices."""

    cost: Floats
    """Of m shares as the prices stand, per share: shape (demands, slots); inf where no route carries key."""
    better: list[tuple[int, int, Route]]
    """Demand, slot and route where the program does not use a route that would pay."""
    missing: float
    """The program's optimum over all routes is better by no more than this."""


def price_routes(case: Case, cols: Columns, answer: Answer, finder: Finder, key: float) -> Priced:
    """Shortest routes in every slot; `key` is the goal's own cost of each link used."""
    count, slots = case.asked.shape
    worth = np.where(case.asked > 0, answer.need[cols.group] - WORTH_ADDING, -np.inf)
    cost, better = np.full((count, slots), np.inf), list[tuple[int, int, Route]]()
    for slot in range(slots):
        price = slot_prices(case, answer, slot) + key
        for demands, found, row in _searches(case, cols, answer, finder, slot, price):
            ends = case.demands.pairs[demands, 1]
            cost[demands, slot] = found.cost[row, ends]
            pays = np.flatnonzero(cost[demands, slot] < worth[demands, slot])
            better += [(int(demands[one]), slot, found.route(row[one], ends[one])) for one in pays]
    shares = case.demands.paths[:, None] * case.asked
    missing = shares * np.maximum(np.where(case.asked > 0, answer.need[cols.group] - cost, 0.0), 0.0)
    return Priced(cost, better, float(missing.sum()))


def slot_prices(case: Case, answer: Answer, slot: int) -> Floats:
    """Price of a unit on each link in a slot, (links,); inf where there is nothing to relay."""
    number = case.batches.number[:, slot]
    return np.where(number >= 0, np.append(answer.price, np.inf)[number], np.inf)


def _searches(
    case: Case, cols: Columns, answer: Answer, finder: Finder, slot: int, price: Floats
) -> list[tuple[Ints, Found, Ints]]:
    """Demands, what was found for them, and the row in it: one search for all of one route, one for each other."""
    single = np.flatnonzero(case.demands.paths == 1)
    starts, row = np.unique(case.demands.pairs[single, 0], return_inverse=True)
    done = [(single, finder.search(price, starts), row)] if single.size else []
    for demand in np.flatnonzero(case.demands.paths > 1):
        extra = _surcharge(case, cols, answer, int(demand), slot)
        found = finder.search(price + extra, case.demands.pairs[demand, :1])
        done.append((np.array([demand]), found, np.zeros(1, dtype=np.int64)))
    return done


def _surcharge(case: Case, cols: Columns, answer: Answer, demand: int, slot: int) -> Floats:
    """What passing the parts of the network costs that no two shares may pass: half a node's price on either side."""
    nodes, place = len(case.network.nodes), cols.group[demand, slot] - cols.group[demand, 0]
    part = np.zeros(nodes + len(case.network.links))
    for (whose, number), first in cols.apart.items():
        if whose == demand:
            part[number] = answer.apart[first + place]
    return np.asarray(part[case.network.ends].sum(axis=1) / 2 + part[nodes:])


def proven(case: Case, cols: Columns, answer: Answer, cost: Floats) -> float:
    """What is served is worth no more than this, whatever the routes: the prices prove it, not the solver.

    Any prices >= 0 give a bound (weak duality): all key at its price, what a store could carry at the price's rise, and
    for each demand and slot what serving it is worth above its cheapest routes, which are searched among all.
    """
    gain = case.demands.paths[:, None] * np.maximum(stakes(case, cols, answer) - cost, 0.0)
    return float((case.asked * gain).sum() + answer.price @ case.batches.fresh + _carried(case, answer))


def stakes(case: Case, cols: Columns, answer: Answer) -> Floats:
    """Most that a share may cost before it is better not served, (demands, slots)."""
    apart = np.zeros(len(cols.asked))
    row, _, group = cols.apart_entry
    once = np.unique(np.stack([row, group]), axis=1)
    np.add.at(apart, once[1], answer.apart[once[0]])
    return np.asarray((case.weight[:, None] + apart[cols.group]) / case.demands.paths[:, None])


def _carried(case: Case, answer: Answer) -> float:
    """At most everything that arrived on the link before can be carried on."""
    link, fresh = case.batches.link, case.batches.fresh
    before = np.cumsum(fresh) - fresh
    before -= np.maximum.accumulate(np.where(np.diff(link, prepend=-1) > 0, before, 0.0))
    rise = rises(case, answer)
    return float(rise @ np.minimum(case.batches.carry, before))


def rises(case: Case, answer: Answer) -> Floats:
    """By how much a batch is dearer than the one before it, (batches,); 0 for a link's first."""
    price, same = answer.price, np.diff(case.batches.link, prepend=-1) == 0
    return np.where(same, np.maximum(np.diff(price, prepend=0.0), 0.0), 0.0)
