"""The best that any relay could do with full foresight: a linear program over time, its proof, and its prices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from links.channel import Floats, Ints
from missions.network.demand import Demands, falling_due
from missions.network.graph import Network
from missions.network.optimum.batches import Batches, batches, deposits, held
from missions.network.optimum.columns import Case, Columns
from missions.network.optimum.goals import in_order
from missions.network.optimum.paths import useful
from missions.network.optimum.worth import worth_of_a_bit
from missions.network.stock import Stores, Supply, timeline


@dataclass(frozen=True, eq=False)
class Optimum:
    """What no scheduler exceeds, and one way to reach it. Bits, as parts of keys too."""

    edges: Floats
    """Edges of the slots, (slots + 1,), s."""
    asked: Ints
    """(demands, slots)."""
    weight: Floats
    """Worth of a bit served, (demands,): the demands' priority."""
    served: Floats
    """(demands, slots)."""
    relayed: Floats
    """Key that each link gives, (links, slots)."""
    level: Floats
    """In each store at the slots' edges, after what is relayed there, (links, slots + 1)."""
    spilled: Floats
    """What found no room or expired, (links, slots)."""
    worth: Floats
    """Weighted bits served for one more bit that a link delivers at a slot's start, (links, slots). The derivative, and
    at most this for any amount; at a moment when the link itself delivers nothing, an upper bound of it."""
    link_worth: Floats
    """The same for a link as a whole, (links,): for more of what it delivers, or of an even flow if that is nothing."""
    bound: float
    """Weighted bits that no scheduler exceeds, proven by prices."""
    least: float
    """Least part of what it asks that a demand gets, among those with enough routes over links that ever get key, early
    enough or not (1 when there are none)."""

    @property
    def unmet(self) -> Floats:
        """Bits asked for and not served, (demands, slots)."""
        return self.asked - self.served

    @property
    def share(self) -> float:
        """The bound as part of what is asked, weighted."""
        asked = float(self.weight @ self.asked.sum(axis=1))
        return self.bound / asked if asked else 1.0


@dataclass(frozen=True)
class Gap:
    """What a scheduler served beside the bound, as parts of what was asked, weighted by priority."""

    served: float
    bound: float

    @property
    def gap(self) -> float:
        """The part of the bound that is missing."""
        return max(0.0, 1.0 - self.served / self.bound) if self.bound > 0 else 0.0

    def __str__(self) -> str:
        """The comparison in one line."""
        return f"greedy serves {self.served:.2%}, the bound is {self.bound:.2%}, gap {self.gap:.2%}"


def gap(served: Floats | Ints, best: Optimum) -> Gap:
    """Compare what a scheduler `served` (demands, slots) of the same demands with the optimum."""
    asked = float(best.weight @ best.asked.sum(axis=1))
    return Gap(float(best.weight @ served.sum(axis=1)) / asked if asked else 1.0, best.share)


def optimum(
    network: Network, supply: Supply, stores: Stores, demands: Demands, end: float, *, slots: Floats | None = None
) -> Optimum:
    """The best service of the demands from the stores that full foresight allows, until `end` (s).

    In this order: least unmet demand weighted by priority; the greatest least satisfaction of any demand; least link
    key used. Slots are those of `timeline`. Keys may be served in parts, and see `batches` for finite lifetimes: so
    the outcome is an upper bound for whole keys. All simple routes are taken into account: it begins with those of
    fewest hops and adds others as long as any would help. A key over m disjoint routes is a flow of m shares of which
    at most one passes each inner node, which is exact but for whole keys. Raises ValueError as `timeline` and
    `Stores.check` do, and RuntimeError when the solver's answer is not proven by its prices.
    """
    stores.check()
    line = timeline(supply, stores.lifetime, end, slots)
    asked = falling_due(demands, line.edges)
    pairs = demands.pairs[asked.any(axis=1)]
    full = batches(supply, stores, line).only(useful(network, pairs))
    first = _first_of_merged(full)
    unit = _typical(np.add.reduceat(asked, first, axis=1))
    case = Case(network, demands, np.add.reduceat(asked, first, axis=1) / unit, full.merged(first, unit))
    found = in_order(case)
    last, final = found.final_cols, found.final
    merged = np.searchsorted(first, np.arange(line.slots), side="right") - 1
    group = last.group[:, merged]
    part = np.where(asked > 0, asked / np.maximum(unit * last.asked[group], 1e-300), 0.0)
    relayed = _relayed(network, last, unit * final.relayed, group, part)
    arrived = deposits(supply, stores, line)
    most = held(supply, stores, line, arrived)
    level, spilled = _levels(stores, arrived, most, relayed)
    worth = worth_of_a_bit(case, found.cols, found.best, first, line, stores, arrived, most)
    return Optimum(
        edges=line.edges,
        asked=asked,
        weight=case.weight,
        served=unit * final.served[group] * part,
        relayed=relayed,
        level=level,
        spilled=spilled,
        worth=worth,
        link_worth=_by_link(worth, arrived),
        bound=unit * found.bound,
        least=final.least,
    )


def _first_of_merged(full: Batches) -> Ints:
    """First slots of runs in which no batch begins: within one it does not matter when key is relayed."""
    begins = (np.diff(full.number, axis=1) != 0).any(axis=0)
    return np.concatenate([[0], 1 + np.flatnonzero(begins)])


def _typical(asked: Ints) -> float:
    """An amount that some demand asks for, near the mean of all.

    It is taken from the data so that the program stays the same to the last digit when all quantities are scaled: bits
    near 1e6 beside costs near 1e-7 have led HiGHS to a wrong optimum.
    """
    some = asked[asked > 0]
    return float(some[np.argmin(np.abs(some - some.mean()))]) if some.size else 1.0


def _relayed(network: Network, cols: Columns, relayed: Floats, group: Ints, part: Floats) -> Floats:
    """Key that each link gives in each slot: what a group relays is spread over its slots as its demand is."""
    from scipy.sparse import coo_array

    groups, slots = len(cols.asked), group.shape[1]
    use = coo_array(
        (np.repeat(relayed, cols.hops), (cols.link, np.repeat(cols.serves, cols.hops))),
        shape=(len(network.links), groups),
    )
    slot = np.broadcast_to(np.arange(slots), group.shape)
    spread = coo_array((part.ravel(), (group.ravel(), slot.ravel())), shape=(groups, slots))
    return np.asarray((use.tocsr() @ spread.tocsr()).todense(), dtype=float)


def _levels(stores: Stores, arrived: Ints, most: Ints, relayed: Floats) -> tuple[Floats, Floats]:
    """Level at the edges of the slots, (links, slots + 1), and what is lost in each slot."""
    level = np.empty((len(arrived), arrived.shape[1] + 1))
    level[:, 0] = stores.initial
    lost = np.empty(arrived.shape)
    for slot in range(arrived.shape[1]):
        there = level[:, slot] + arrived[:, slot]
        kept = np.minimum(there, most[:, slot])
        lost[:, slot] = there - kept
        level[:, slot + 1] = kept - relayed[:, slot]
    return level, lost


def _by_link(worth: Floats, arrived: Ints) -> Floats:
    """Mean over what arrived; over the slots where nothing did."""
    total = arrived.sum(axis=1)
    weighted = (worth * arrived).sum(axis=1) / np.maximum(total, 1)
    return np.asarray(np.where(total > 0, weighted, worth.mean(axis=1)))
