"""The linear program of relay over time: its rows, its goals, and one solver call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from links.channel import Floats, Ints
from missions.network.optimum.columns import Case, Columns
from missions.network.routing import disjoint


@dataclass(frozen=True)
class Goal:
    """What the program is to bring about: weights of its three goals, of which the first counts most."""

    served: float = 1.0
    """Reward of a unit served, times the demand's own weight."""
    least: float = 0.0
    """Reward of the least satisfaction of any demand that can be served at all."""
    key: float = 0.0
    """Cost of a unit of link key."""


@dataclass(frozen=True, eq=False)
class Answer:
    """An optimum of the program over its columns, and its prices (all >= 0)."""

    served: Floats
    """(groups,)."""
    relayed: Floats
    """(columns,)."""
    least: float
    worth: float
    need: Floats
    """What one unit of key less to be relayed for it is worth, (groups,)."""
    price: Floats
    """What one unit in a batch is worth, (batches,)."""
    apart: Floats
    """(rows of `apart`,)."""
    excess: float
    """By how much the solver's answer breaks a row at most."""
    key: float
    """Units of link key used."""


def solve(case: Case, cols: Columns, goal: Goal) -> Answer:
    """One call of HiGHS; raises RuntimeError when it finds no optimum."""
    from scipy.optimize import linprog

    matrix, limit = _rows(case, cols)
    groups, stores, routes = len(cols.asked), len(case.batches), len(cols.serves)
    cost = np.concatenate(
        [-goal.served * case.weight[cols.owner], np.zeros(stores), goal.key * cols.hops, [-goal.least]]
    )
    upper = np.concatenate([cols.asked, case.batches.carry, np.full(routes, np.inf), [1.0]])
    bounds: Any = np.stack([np.zeros(len(cost)), upper], axis=1)
    equal, most = slice(0, groups), slice(groups, None)
    found: Any = linprog(
        cost, matrix[most], limit[most], A_eq=matrix[equal], b_eq=limit[equal], bounds=bounds, method="highs-ipm"
    )
    if found.status != 0:
        raise RuntimeError(f"the linear program of the relay found no optimum: {found.message}")
    x, price = found.x, np.maximum(-found.ineqlin.marginals, 0.0)
    broken = matrix @ x - limit
    return Answer(
        served=x[:groups],
        relayed=x[groups + stores : -1],
        least=max(0.0, float(x[-1])),
        worth=float(case.weight[cols.owner] @ x[:groups]),
        need=np.maximum(-found.eqlin.marginals, 0.0),
        price=price[:stores],
        apart=price[stores : stores + cols.apart_rows],
        excess=float(max(np.abs(broken[equal]).max(initial=0.0), broken[most].max(initial=0.0))),
        key=float(cols.hops @ x[groups + stores : -1]),
    )


def _rows(case: Case, cols: Columns) -> tuple[Any, Floats]:
    """The rows and their limits: one equality for each group, all others "at most".

    Columns: served, carried into batches, routes, least.
    """
    from scipy.sparse import csr_array

    groups, stores = len(cols.asked), len(case.batches)
    able = _able(case, cols)
    count = groups + stores + cols.apart_rows + len(able)
    width = groups + stores + len(cols.serves) + 1
    parts = [*_need(case, cols), *_stores(case, cols), *_apart(case, cols), *_least(case, cols, able, count, width)]
    row, column, value = (np.concatenate([np.broadcast_to(part[i], part[1].shape) for part in parts]) for i in range(3))
    limit = np.zeros(count)
    limit[groups : groups + stores] = case.batches.fresh
    return csr_array((value.astype(float), (row, column)), shape=(count, width)), limit


Entries = list[tuple[Any, Ints, Any]]
"""Row, column and value; row and value may be one for all columns."""


def _need(case: Case, cols: Columns) -> Entries:
    """m times what a group is served comes over its routes, as m shares."""
    group = np.arange(len(cols.asked))
    route = len(group) + len(case.batches) + np.arange(len(cols.serves))
    return [(group, group, case.demands.paths[cols.owner]), (cols.serves, route, -1.0)]


def _stores(case: Case, cols: Columns) -> Entries:
    """Relayed from a batch + carried on <= arrived + carried in."""
    groups, stores = len(cols.asked), len(case.batches)
    batch = np.arange(stores)
    on = batch[1:][np.diff(case.batches.link) == 0]
    route = groups + stores + cols.of_use
    return [
        (groups + cols.batch, route, 1.0),
        (groups + on, groups + on, -1.0),
        (groups + on - 1, groups + on, 1.0),
    ]


def _apart(case: Case, cols: Columns) -> Entries:
    """Over no node, and no direct link, goes more of a key than its length."""
    above = len(cols.asked) + len(case.batches)
    row, column, group = cols.apart_entry
    once = np.unique(np.stack([row, group]), axis=1)
    return [(above + row, above + column, 1.0), (above + once[0], once[1], -1.0)]


def _able(case: Case, cols: Columns) -> Ints:
    """Demands that ask for something and have a column and, over links that ever get key, as many routes as shares."""
    asking = np.flatnonzero(case.asked.sum(axis=1) > 0)
    key = np.bincount(case.batches.link, case.batches.fresh, len(case.network.links)) > 0
    wanted = [
        (demand, *case.demands.pairs[demand].tolist(), int(case.demands.paths[demand])) for demand in asking.tolist()
    ]
    routed = [demand for demand, a, b, paths in wanted if disjoint(case.network, key, a, b, paths)]
    return np.intersect1d(np.array(routed, dtype=np.int64), cols.owner[cols.serves])


def _least(case: Case, cols: Columns, able: Ints, count: int, width: int) -> Entries:
    """No demand that can be served gets less than the least satisfaction."""
    first, total = count - len(able), case.asked.sum(axis=1)
    group = np.flatnonzero(np.isin(cols.owner, able))
    place = np.searchsorted(able, cols.owner[group])
    return [
        (first + place, group, -1.0 / total[cols.owner[group]]),
        (first + np.arange(len(able)), np.full(len(able), width - 1), 1.0),
    ]
