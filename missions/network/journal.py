"""A ledger on disk: one SQLite file, append-only, every record sealed to the one before it.

SQLite does the locking and the crash safety: whatever one `append` writes is there as a whole or not at all, and two
writers wait for each other. The seals are SHA-256 hashes of each record with the seal before it, so a record that was
altered, taken out or put in is found and named. Nobody who may rewrite the whole file can be found out by the file
alone: keep its `Head` somewhere else, and `verify` holds the file to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from missions.network import seals
from missions.network.ledger import INTO, OUT, Entry, Kind, Ledger, check, entries, ledger, torn
from missions.network.seals import Head, JournalError, connected, transaction

__all__ = ["Contents", "Head", "Journal", "JournalError", "create", "opened", "read", "verify", "write"]


def create(path: Path, links: Sequence[str], capacity: Sequence[int]) -> None:
    """Make an empty journal for stores of these links; raises JournalError where a file is already."""
    if path.exists():
        raise JournalError(f"{path} exists already; a journal is never overwritten")
    about = {"format": "1", "links": json.dumps(list(links)), "capacity": json.dumps([int(bits) for bits in capacity])}
    with connected(path, "rwc") as connection, transaction(connection):
        seals.new(connection, about)


class Journal:
    """A journal that is open for writing; see `opened`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._capacity: list[int] = json.loads(seals.about(connection)["capacity"])

    @property
    def head(self) -> Head:
        """How far the journal goes now."""
        return seals.head(self._connection)

    def append(self, rows: Iterable[tuple[Entry, str]]) -> None:
        """Add entries, each with where its key came from: all of them or, where one cannot be, none.

        Raises JournalError for an entry that is earlier than the last one, uses key that is used already or not there,
        or continues a relay that was complete.
        """
        with self._writing() as writer:
            for entry, origin in rows:
                writer.add(entry, origin)

    def deposit(self, time: float, link: int, bits: int, origin: str = "") -> None:
        """Put new key into a store, at `time` (s), or at that of the last record if it is later."""
        with self._writing() as writer:
            place = writer.reach(link, INTO)
            writer.add((max(time, writer.latest), Kind.DEPOSIT, link, bits, place, -1, -1, -1, -1, -1), origin)

    def relay(self, time: float, demand: int, routes: Sequence[Sequence[int]], bits: int) -> None:
        """Take the oldest `bits` of every link of every route, at `time` (s) or when the last record is later."""
        with self._writing() as writer:
            time, number = max(time, writer.latest), writer.relays
            for share, route in enumerate(routes):
                for hop, link in enumerate(route):
                    place = writer.reach(link, OUT)
                    writer.add((time, Kind.RELAY, link, bits, place, -1, number, demand, share, hop), "")

    @contextmanager
    def _writing(self) -> Iterator[_Writer]:
        with transaction(self._connection):
            writer = _Writer(self._connection, self._capacity)
            yield writer
            writer.finish()


class _Writer:
    """What is to be known of the records so far, within one transaction: nobody else writes meanwhile."""

    def __init__(self, connection: sqlite3.Connection, capacity: Sequence[int]) -> None:
        self._connection, self._capacity = connection, capacity
        self.number, self.seal = seals.head(connection)
        self.latest: float = self._one("SELECT time FROM record WHERE number = ?", self.number)[0] or 0.0
        query = f"SELECT relay FROM record WHERE kind = {Kind.RELAY:d} ORDER BY number DESC LIMIT 1"
        last = self._one(query)[0]
        self.relays: int = 0 if last is None else last + 1
        self._begun = self.relays
        self._added: list[Entry] = []
        self._reach: dict[tuple[int, tuple[Kind, ...]], int] = {}

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        return self._connection.execute(query, values).fetchone() or (None,)

    def reach(self, link: int, side: tuple[Kind, ...]) -> int:
        """How many bits ever came into a store, or ever left it."""
        if (link, side) not in self._reach:
            kinds = seals.SIDES[side]
            query = f"SELECT first + bits FROM record WHERE link = ? AND kind IN ({kinds}) ORDER BY first DESC LIMIT 1"
            self._reach[link, side] = self._one(query, link)[0] or 0
        return self._reach[link, side]

    def add(self, entry: Entry, origin: str) -> None:
        time, kind, link, bits, first, _, relay, *_ = entry
        if wrong := self._wrong(time, kind, link, bits, first, relay):
            raise JournalError(f"entry {self.number + 1} {wrong}")
        self._added.append(entry)
        self.number, self.latest = self.number + 1, time
        self.relays = max(self.relays, relay + 1)
        record = (self.number, float(time), *map(int, entry[1:]), origin)  # as SQLite will give them back
        self.seal = seals.seal(self.seal, record)
        marks = ", ".join("?" * (len(record) + 1))
        self._connection.execute(f"INSERT INTO record VALUES ({marks})", (*record, self.seal))
        for side in (INTO, OUT):
            if kind in side:
                self._reach[link, side] = first + bits

    def _wrong(self, time: float, kind: int, link: int, bits: int, first: int, relay: int) -> str:
        """Why an entry cannot come next; empty if it can."""
        if time < self.latest:
            return f"is of {time} s, earlier than the last one, {self.latest} s"
        if not 0 <= link < len(self._capacity) or bits <= 0:
            return f"moves {bits} bits of link {link}: name a link of the journal and at least 1 bit"
        if kind == Kind.RELAY and not self._begun <= relay <= self.relays:
            return f"is of relay {relay}, which was complete; the next one is {self.relays}"
        return self._misplaced(kind, link, bits, first)

    def _misplaced(self, kind: int, link: int, bits: int, first: int) -> str:
        come, gone = self.reach(link, INTO), self.reach(link, OUT)
        if kind in OUT and first != gone:
            return f"uses link {link} from bit {first}: the next one that was never used is {gone}"
        if kind in OUT and gone + bits > come:
            return f"takes {bits} bits of link {link}, whose store holds {come - gone}"
        if kind in INTO and (first != come or come + bits - gone > self._capacity[link]):
            return f"puts {bits} bits into link {link} from bit {first}: its store goes on at {come} and is limited"
        return ""

    def finish(self) -> None:
        """Let the head follow; raises JournalError where a relay is not whole."""
        if wrong := torn(ledger(self._added), self._begun).nonzero()[0].tolist():
            number = self.number - len(self._added) + wrong[0] + 1
            raise JournalError(f"entry {number} is not the next hop of a relay that uses the same bits on every hop")
        if self._added:
            self._connection.execute("UPDATE head SET records = ?, seal = ?", (self.number, self.seal))


@dataclass(frozen=True, eq=False)
class Contents:
    """What a journal holds."""

    head: Head
    links: tuple[str, ...]
    capacity: tuple[int, ...]
    """(links,) bits."""
    ledger: Ledger
    origin: tuple[str, ...]
    """(entries,) which pass, interval or block each entry's key came from; empty: not told."""


@contextmanager
def opened(path: Path) -> Iterator[Journal]:
    """A journal to write into; what a killed process left unfinished is taken back first.

    Raises JournalError where there is none.
    """
    with connected(path) as connection:
        yield Journal(connection)


def write(path: Path, book: Ledger, links: Sequence[str], capacity: Sequence[int], origin: Sequence[str] = ()) -> None:
    """Make a journal of a whole ledger; `origin` are those of the supply's deposits (`Supply.origin`)."""
    create(path, links, capacity)
    told = [origin[row] if origin and row >= 0 else "" for row in book.deposit.tolist()]
    with opened(path) as journal:
        journal.append(zip(entries(book), told, strict=True))


def read(path: Path, kept: Head | None = None) -> Contents:
    """All of a journal, after everything about it was verified.

    Raises JournalError for a file that is no journal, is cut or damaged, or where a record was altered, taken out or
    put in, naming the first one; and where it does not go on from the head that was `kept`.
    """
    with connected(path) as connection:
        connection.execute("BEGIN")  # One moment of the journal, whoever writes meanwhile.
        about, rows, head = seals.about(connection), seals.unsealed(connection, kept), seals.head(connection)
    links, capacity = (tuple(json.loads(about[what])) for what in ("links", "capacity"))
    book = ledger([row[:-1] for row in rows])
    try:
        check(book, np.array(capacity, dtype=np.int64))
    except ValueError as error:
        raise JournalError(f"the records are as they were sealed, but contradict each other: {error}") from error
    return Contents(head, links, capacity, book, tuple(row[-1] for row in rows))


def verify(path: Path, kept: Head | None = None) -> Head:
    """How far a journal goes, after everything about it was verified; raises as `read` does."""
    return read(path, kept).head
