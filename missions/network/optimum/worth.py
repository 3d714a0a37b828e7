"""What one more bit on a link would buy: the prices of a linear program, for links that have nothing to relay too."""

from __future__ import annotations

import numpy as np

from links.channel import Floats, Ints
from missions.network.optimum.batches import above_reserve
from missions.network.optimum.columns import Case, Columns
from missions.network.optimum.paths import Finder
from missions.network.optimum.pricing import rises, slot_prices, stakes
from missions.network.optimum.program import Answer
from missions.network.stock import Stores, Timeline


def worth_of_a_bit(
    case: Case, cols: Columns, answer: Answer, first: Ints, line: Timeline, stores: Stores, arrived: Ints, held: Ints
) -> Floats:
    """Weighted units served for one more that a link delivers at a slot's start, (links, slots).

    `first` are the first slots of the merged ones of the case; `arrived` and `held` (links, slots) are what a store
    gets and what it can hold. A unit is worth the price of its batch; less the price's rise from the batch before where
    it takes the room of what would be carried over; and with the rises to come while it lives, where only age keeps key
    from waiting for them. What arrives at a full store, or does not live to the slot's end, is worth nothing.
    """
    merged = np.searchsorted(first, np.arange(line.slots), side="right") - 1
    value = _prices(case, cols, answer)[:, merged]
    rise = np.zeros(value.shape)
    rise[case.batches.link, first[case.batches.slot]] = rises(case, answer)
    full = held == stores.capacity[:, None]
    value -= np.where(full, rise, 0.0)
    if np.isfinite(stores.lifetime):
        to_come = np.cumsum(np.where(full, 0.0, rise), axis=1)
        last = np.searchsorted(line.edges[1:], line.edges[:-1] + stores.lifetime, side="right") - 1
        value += np.maximum(to_come[:, np.maximum(last, 0)] - to_come, 0.0)
        value[:, last < np.arange(line.slots)] = 0.0
    spills = above_reserve(arrived, stores) >= held - stores.reserve[:, None]
    return _behind_reserve(np.where(full & spills, 0.0, value), arrived, stores)


def _prices(case: Case, cols: Columns, answer: Answer) -> Floats:
    """Price of a unit on each link in each slot; before a link's first batch at least the price of what comes later.

    Where there is nothing to relay it is the least price at which no route over the link would pay.
    """
    finder, stake = Finder(case.network), np.minimum(answer.need[cols.group], stakes(case, cols, answer))
    price = np.zeros(case.batches.number.shape)
    slots = case.asked.shape[1]
    for slot in range(slots):
        known = slot_prices(case, answer, slot)
        price[:, slot] = np.where(np.isinf(known), _wanted(case, finder, known, stake[:, slot], slot), known)
    for slot in reversed(range(slots - 1)):
        waits = case.batches.number[:, slot] < 0
        price[waits, slot] = np.maximum(price[waits, slot], price[waits, slot + 1])
    return price


def _wanted(case: Case, finder: Finder, price: Floats, stake: Floats, slot: int) -> Floats:
    """(links,) the most that any demand would pay for a link beside the rest of its cheapest route over it."""
    asking = np.flatnonzero(case.asked[:, slot] > 0)
    starts, row = np.unique(case.demands.pairs[asking], return_inverse=True)
    if not starts.size:
        return np.zeros(len(price))
    row = row.reshape(-1, 2)
    cost = finder.search(price, starts).cost
    near, far = cost[row[:, 0]], cost[row[:, 1]]
    a, b = case.network.ends[:, 0], case.network.ends[:, 1]
    rest = np.minimum(near[:, a] + far[:, b], near[:, b] + far[:, a])
    return np.asarray(np.maximum(stake[asking, None] - rest, 0.0).max(axis=0, initial=0.0))


def _behind_reserve(worth: Floats, arrived: Ints, stores: Stores) -> Floats:
    """The same where a reserve is to be filled first: a bit is worth what it is when that is done; 0 if it never is."""
    missing = np.maximum(stores.reserve - stores.initial, 0)[:, None] > np.cumsum(arrived, axis=1)
    slot = np.arange(worth.shape[1])
    done = np.minimum(np.maximum(missing.sum(axis=1)[:, None], slot), slot[-1])
    return np.where(missing[:, -1:], 0.0, np.take_along_axis(worth, done, axis=1))
