"""Key on its way into the stores: deposits, the stores that take them, and the slots in which they are used.

Everything that a slot serves is served at the slot's end: by then its deposits have arrived, and what was too old or
too much has gone. So a deposit at the start of a slot or inside it serves that slot, one at its end serves the next;
and key that expires at a slot's end can serve there for the last time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from links.channel import Floats, Ints


@dataclass(frozen=True, eq=False)
class Supply:
    """Key that the links deliver, one row per deposit, in time order."""

    time: Floats
    """s since the mission's start."""
    link: Ints
    bits: Ints
    origin: tuple[str, ...] = ()
    """Which pass, interval or block each deposit came from; empty: not told."""
    authentication: Ints | None = None
    """Bits of each deposit that the link's own authentication uses up (None: none); at most the deposit."""

    @property
    def net(self) -> Ints:
        """Bits of each deposit after authentication."""
        return self.bits if self.authentication is None else self.bits - self.authentication


@dataclass(frozen=True, eq=False)
class Stores:
    """The key store of each link, all of shape (links,), bits."""

    capacity: Ints
    reserve: Ints
    """A relay leaves at least this much; a link at or below it is not used for relay."""
    initial: Ints
    lifetime: float = float("inf")
    """s after which key expires: at that age it can be used for the last time."""

    def check(self) -> None:
        """Raises ValueError for a store that cannot be."""
        if (self.reserve < 0).any() or (self.initial < 0).any():
            raise ValueError("a store holds a negative number of bits: reserve and initial must be at least 0")
        if (self.initial > self.capacity).any() or (self.reserve > self.capacity).any():
            raise ValueError("a store is asked to hold more than its capacity: lower initial or reserve")
        if not self.lifetime > 0:
            raise ValueError(f"the lifetime of key is {self.lifetime} s: it must be positive")


@dataclass(frozen=True, eq=False)
class Timeline:
    """Slots, and which deposits arrive in each."""

    edges: Floats
    """Start of each slot and end of the last, shape (slots + 1,), s."""
    slot: Ints
    """Slot of each deposit; a deposit at the very end has the number of slots."""
    first: Ints
    """Row of the first deposit of each slot, shape (slots + 2,): rows first[j] to first[j + 1] arrive in slot j."""

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return len(self.edges) - 1


def timeline(supply: Supply, lifetime: float, end: float, slots: Floats | None) -> Timeline:
    """Sort the deposits into slots.

    `slots` are the edges from 0 to `end`; None lets a slot end wherever key arrives or expires. Raises ValueError for
    deposits outside [0, end] or out of order, for a negative one, and for edges that do not ascend from 0 to `end`.
    """
    _check(supply, end)
    edges = _natural_edges(supply, lifetime, end) if slots is None else np.asarray(slots, dtype=float)
    if len(edges) < 2 or edges[0] != 0 or edges[-1] != end or not (np.diff(edges) > 0).all():
        raise ValueError(f"slot edges must ascend from 0 to the end, {end} s")
    slot = np.searchsorted(edges, supply.time, side="right") - 1
    first = np.searchsorted(slot, np.arange(len(edges) + 1))
    return Timeline(edges, slot, first)


def _check(supply: Supply, end: float) -> None:
    if not (np.diff(supply.time) >= 0).all():
        raise ValueError("deposits must be in time order")
    if len(supply.time) and (supply.time[0] < 0 or supply.time[-1] > end):
        raise ValueError(f"deposits must lie within the mission, 0 to {end} s")
    if (supply.bits < 0).any() or (supply.net < 0).any() or (supply.net > supply.bits).any():
        raise ValueError("a deposit is negative, or less than what its authentication uses")


def _natural_edges(supply: Supply, lifetime: float, end: float) -> Floats:
    """A slot ends where key arrives or expires, and at the end."""
    expiry = np.append(supply.time, 0.0) + lifetime
    moments = np.concatenate([supply.time, expiry[np.isfinite(expiry)]])
    return np.asarray(np.unique(np.concatenate([[0.0, end], moments[(moments > 0) & (moments < end)]])))
