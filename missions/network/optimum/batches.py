"""Stores as a linear program sees them: batches of key, each with what arrives and what may be carried into it.

From one arrival of key at a link (or one expiry) to the next, only the sum of what is relayed matters. So a store needs
one inequality for each batch, not for each slot: relayed + carried on <= arrived + carried in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.stock import Stores, Supply, Timeline


@dataclass(frozen=True, eq=False)
class Batches:
    """The key above each store's reserve, in batches that are numbered link by link and in time order."""

    number: Ints
    """Batch that serves a slot, shape (links, slots); -1 while there has been nothing to relay."""
    link: Ints
    """Link of each batch, shape (batches,)."""
    slot: Ints
    """Slot in which each batch begins."""
    fresh: Floats
    """Bits that arrive with it: after what fills the reserve and what does not fit."""
    carry: Floats
    """Most bits carried into it from the batch before: 0 for a link's first, inf where nothing limits them."""

    def __len__(self) -> int:
        return len(self.link)

    def only(self, links: NDArray[np.bool_]) -> Batches:
        """The same without the batches of other links."""
        kept = links[self.link]
        renumbered = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        return Batches(renumbered[self.number], self.link[kept], self.slot[kept], self.fresh[kept], self.carry[kept])

    def merged(self, first: Ints, unit: float) -> Batches:
        """The same for slots that are merged, of which the `first` are given, in other units than bits."""
        slot = np.searchsorted(first, self.slot)
        return Batches(self.number[:, first], self.link, slot, self.fresh / unit, self.carry / unit)


def batches(supply: Supply, stores: Stores, line: Timeline) -> Batches:
    """Cut every store's time into batches.

    Exact while key does not expire: a full store loses what arrives, so what is carried into a batch is at most what it
    leaves free, and the first bits fill the reserve. With a finite lifetime a store holds at most what arrived within
    it, which alone is exact too (oldest key first); together with a capacity or a reserve it allows more than there
    is, never less: a reserve is then taken not to expire.
    """
    arrived = deposits(supply, stores, line)
    fresh = above_reserve(arrived, stores)
    room = np.maximum(held(supply, stores, line, arrived) - stores.reserve[:, None], 0)
    fresh = np.minimum(fresh, room)
    begun = np.logical_or.accumulate(fresh > 0, axis=1)
    shrinks = np.diff(room, axis=1, prepend=room[:, :1]) < 0
    begins = (fresh > 0) | (shrinks & begun)
    link, slot = np.nonzero(begins)
    number = np.where(begun, np.cumsum(begins).reshape(begins.shape) - 1, -1)
    before = (np.cumsum(fresh, axis=1) - fresh)[begins]
    free = (room - fresh)[begins]
    carry = np.where(before <= free, np.where(before > 0, np.inf, 0.0), free)
    return Batches(number, link, slot, fresh[begins].astype(float), carry)


def deposits(supply: Supply, stores: Stores, line: Timeline) -> Ints:
    """Net bits that arrive at each link in each slot, shape (links, slots)."""
    return _tally(supply, stores, line, line.slot)


def _tally(supply: Supply, stores: Stores, line: Timeline, slot: Ints) -> Ints:
    found = np.zeros((len(stores.capacity), line.slots), dtype=np.int64)
    inside = slot < line.slots
    np.add.at(found, (supply.link[inside], slot[inside]), supply.net[inside])
    return found


def above_reserve(arrived: Ints, stores: Stores) -> Ints:
    """What is left of each arrival once the reserve is full; what the initial fill has above it counts in slot 0."""
    missing = np.maximum(stores.reserve - stores.initial, 0)
    above = np.maximum(np.cumsum(arrived, axis=1) - missing[:, None], 0)
    fresh = np.diff(above, axis=1, prepend=0)
    fresh[:, 0] += np.maximum(stores.initial - stores.reserve, 0)
    return np.asarray(fresh)


def held(supply: Supply, stores: Stores, line: Timeline, arrived: Ints) -> Ints:
    """Most bits that each store can hold at each slot's end before it is used, shape (links, slots).

    Key of exactly the lifetime's age still counts.
    """
    if not np.isfinite(stores.lifetime):
        return np.broadcast_to(stores.capacity[:, None], arrived.shape)
    ends = line.edges[1:]
    gone = _tally(supply, stores, line, np.searchsorted(ends, supply.time + stores.lifetime, side="right"))
    first = np.where(ends > stores.lifetime, 0, stores.initial[:, None])
    return np.asarray(np.minimum(stores.capacity[:, None], first + np.cumsum(arrived - gone, axis=1)))
