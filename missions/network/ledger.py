"""The record of every bit of key: made, thrown away, used; in time order. Balances are derived from it.

The bits of a store are numbered as they come in, from 0: the store's stream. What leaves a store leaves from its old
end, so that every entry of a stream begins where the last one of its side ended. No bit can be used twice, and whoever
reads the ledger can check it. Bits that authentication takes and bits that find no room never come into the store:
they have no place in its stream.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints


class Kind(IntEnum):
    """What happened to key; the names are the words of the record."""

    FILL = 0
    """In the store at the mission's start."""
    DEPOSIT = 1
    """Made, and put into the store."""
    AUTHENTICATION = 2
    """Made, and used up by the link's own authentication."""
    SPILL = 3
    """Made, and thrown away for want of room."""
    EXPIRY = 4
    """Thrown away because it had become too old."""
    RELAY = 5
    """Used on one hop of a relay."""


INTO = (Kind.FILL, Kind.DEPOSIT)
OUT = (Kind.EXPIRY, Kind.RELAY)


@dataclass(frozen=True, eq=False)
class Ledger:
    """Entries as columns, all of shape (entries,), in time order."""

    time: Floats
    """s since the mission's start."""
    kind: Ints
    """A `Kind`."""
    link: Ints
    bits: Ints
    first: Ints
    """Number of the entry's first bit in the link's stream; -1: never came into the store."""
    deposit: Ints
    """Row of the supply that the key came from; -1 for the initial fill, and for relays, which take what is oldest."""
    relay: Ints
    """Number of the relay, from 0: its entries stand together, all of them or none; -1: no relay."""
    demand: Ints
    """The demand that the relay serves; -1: no relay."""
    share: Ints
    """Which of the relay's routes, whose shares are combined by XOR; -1: no relay."""
    hop: Ints
    """Number of the hop on its route, from the first node of the pair; -1: no relay."""

    def __len__(self) -> int:
        return len(self.time)

    def of(self, *kinds: Kind) -> NDArray[np.bool_]:
        """(entries,) which are of one of these kinds."""
        return np.isin(self.kind, kinds)


Entry = tuple[float, int, int, int, int, int, int, int, int, int]
"""One row of a ledger, in the order of its columns."""


def ledger(entries: Iterable[Entry]) -> Ledger:
    """Entries as columns."""
    rows = list(entries)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(fields(Ledger))
    return Ledger(np.array(columns[0], dtype=float), *(np.array(column, dtype=np.int64) for column in columns[1:]))


def entries(book: Ledger) -> list[Entry]:
    """The rows of a ledger."""
    return list(zip(*(getattr(book, column.name).tolist() for column in fields(Ledger)), strict=True))


@dataclass(frozen=True, eq=False)
class Tables:
    """What a ledger adds up to, whole bits; tables of links are of shape (links, slots)."""

    initial: Ints
    """(links,)"""
    deposited: Ints
    """All that the links made, whatever became of it."""
    authentication: Ints
    spilled: Ints
    expired: Ints
    relayed: Ints
    served: Ints
    """(demands, slots)"""

    @property
    def level(self) -> Ints:
        """Bits in store at the slots' edges, (links, slots + 1), after what was relayed there."""
        change = self.deposited - self.authentication - self.spilled - self.expired - self.relayed
        return np.cumsum(np.column_stack([self.initial, change]), axis=1)


def replay(book: Ledger, edges: Floats, links: int, demands: int) -> Tables:
    """Add a ledger up over the slots between `edges` (slots + 1,), s.

    A relay at an edge belongs to the slot that ends there, everything else to the one that begins there; at the very
    end, to the last.
    """
    slots = len(edges) - 1
    begins = np.minimum(np.searchsorted(edges, book.time, side="right") - 1, slots - 1)
    slot = np.where(book.of(Kind.RELAY), np.searchsorted(edges, book.time, side="left") - 1, begins)

    def table(rows: int, row: Ints, chosen: NDArray[np.bool_]) -> Ints:
        total = np.zeros((rows, slots), dtype=np.int64)
        np.add.at(total, (row[chosen], slot[chosen]), book.bits[chosen])
        return total

    made = table(links, book.link, book.of(Kind.DEPOSIT, Kind.AUTHENTICATION, Kind.SPILL))
    used, lost, old, relayed = (
        table(links, book.link, book.of(kind)) for kind in (Kind.AUTHENTICATION, Kind.SPILL, Kind.EXPIRY, Kind.RELAY)
    )
    initial = table(links, book.link, book.of(Kind.FILL)).sum(axis=1)
    served = table(demands, book.demand, (book.share == 0) & (book.hop == 0))
    return Tables(initial, made, used, lost, old, relayed, served)


def balance(book: Ledger) -> Ints:
    """(entries,) bits in each entry's store after it."""
    change = np.where(book.of(*INTO), book.bits, np.where(book.of(*OUT), -book.bits, 0))
    order = np.argsort(book.link, kind="stable")
    total, link = np.cumsum(change[order]), book.link[order]
    starts = np.flatnonzero(np.diff(link, prepend=-1))
    before = (total - change[order])[starts]
    after = np.empty(len(book), dtype=np.int64)
    after[order] = total - np.repeat(before, np.diff(np.append(starts, len(link))))
    return after


def check(book: Ledger, capacity: Ints) -> None:
    """Go through a ledger as an auditor would; `capacity` (links,) bits.

    Raises ValueError that names the first entry (counted from 1) that is out of order, uses a bit twice or passes one
    over, takes what is not there, holds more than the capacity, or is part of a relay that does not use the same bits
    on every hop.
    """
    after, numbered = balance(book), book.of(*INTO, *OUT)
    related = np.stack([book.relay, book.demand, book.share, book.hop]) >= 0
    for wrong, why in (
        (np.diff(book.time, prepend=0.0) < 0, "is earlier than the one before it"),
        (book.bits <= 0, "moves no key"),
        (_astray(book, book.of(*INTO)), "does not begin where the last bit came into its store"),
        (_astray(book, book.of(*OUT)), "does not begin where the last bit left its store"),
        (~numbered & (book.first != -1), "numbers key that never came into its store"),
        (after < 0, "takes key that is not in its store"),
        (after > capacity[book.link], "puts more into its store than it holds"),
        ((related != book.of(Kind.RELAY)).any(axis=0), "is a hop of no relay, or part of one and no hop of it"),
        (torn(book), "is not the next hop of a relay that uses the same bits on every hop"),
    ):
        if wrong.any():
            raise ValueError(f"entry {int(np.argmax(wrong)) + 1} of the ledger {why}")


def _astray(book: Ledger, side: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(entries,) which of one side of their stores do not begin where the one before them ended."""
    rows = np.flatnonzero(side)
    rows = rows[np.argsort(book.link[rows], kind="stable")]
    ended = np.concatenate([[0], (book.first + book.bits)[rows][:-1]])
    ended[np.diff(book.link[rows], prepend=-1) != 0] = 0
    wrong = np.zeros(len(book), dtype=bool)
    wrong[rows] = book.first[rows] != ended
    return wrong


def torn(book: Ledger, relays: int = 0) -> NDArray[np.bool_]:
    """(entries,) which hops follow neither the hop before them, nor the end of a share, nor that of a relay.

    `relays` is the number of the first relay.
    """
    hops = book.of(Kind.RELAY)
    number, share, hop = (np.where(hops, column, -1) for column in (book.relay, book.share, book.hop))
    step = [np.diff(column, prepend=-1) for column in (number, share, hop)]
    same = (step[0] == 0) & (np.diff(book.bits, prepend=0) == 0) & (np.diff(book.demand, prepend=-1) == 0)
    same &= np.diff(book.time, prepend=0.0) == 0
    follows = same & (((step[1] == 0) & (step[2] == 1)) | ((step[1] == 1) & (hop == 0)))
    latest = np.maximum.accumulate(np.concatenate([[relays - 1], number]))[:-1]
    begins = (number == latest + 1) & (share == 0) & (hop == 0)
    return np.asarray(hops != (follows | begins))
