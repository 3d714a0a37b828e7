"""The file of a journal: its tables, their rules, and the seals of its records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from missions.network.ledger import INTO, OUT, Kind, Ledger

APPLICATION = 0x534B594B
"""SQLite's application_id: "SKYK" in ASCII."""
PATIENCE = 60.0
"""s that a writer waits for others."""
COLUMNS = (*(column.name for column in fields(Ledger)), "origin")
_TYPES = {"time": "REAL", "origin": "TEXT"}
_FIELDS = ", ".join(f"{name} {_TYPES.get(name, 'INTEGER')} NOT NULL" for name in COLUMNS)
SIDES: dict[tuple[Kind, ...], str] = {side: ", ".join(str(int(kind)) for kind in side) for side in (INTO, OUT)}
"""The kinds of either side of a store, as SQL lists them."""
SCHEMA = (
    "CREATE TABLE header (what TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    f"CREATE TABLE record (number INTEGER PRIMARY KEY, {_FIELDS}, seal BLOB NOT NULL) STRICT",
    "CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), records INTEGER NOT NULL, seal BLOB NOT NULL) STRICT",
    f"CREATE UNIQUE INDEX came ON record (link, first) WHERE kind IN ({SIDES[INTO]})",
    f"CREATE UNIQUE INDEX went ON record (link, first) WHERE kind IN ({SIDES[OUT]})",
    "CREATE TRIGGER follow BEFORE INSERT ON record "
    "WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM record) "
    "BEGIN SELECT RAISE(ABORT, 'a record is added after the last one only'); END",
    *(
        f"CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} WHEN {when} "
        f"BEGIN SELECT RAISE(ABORT, 'the {table} of a journal is append-only'); END"
        for table, verb, when in (
            ("record", "UPDATE", "true"),
            ("record", "DELETE", "true"),
            ("header", "INSERT", "EXISTS (SELECT * FROM head)"),
            ("header", "UPDATE", "true"),
            ("header", "DELETE", "true"),
            ("head", "INSERT", "EXISTS (SELECT * FROM head)"),
            ("head", "UPDATE", "NEW.records <= OLD.records"),
            ("head", "DELETE", "true"),
        )
    ),
)


UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What SQLite raises over a damaged file: its own errors, and where it cannot even spell them."""


class JournalError(ValueError):
    """What is wrong with a journal, or with what should be written into it."""


class Head(NamedTuple):
    """How far a journal goes. Whoever keeps it can tell later that nothing before it was changed."""

    records: int
    seal: bytes


@contextmanager
def connected(path: Path, mode: str = "rw") -> Iterator[sqlite3.Connection]:
    """A connection that waits for others. What it commits outlasts a loss of power: key that was used stays used.

    Raises JournalError for whatever SQLite finds wrong.
    """
    address = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(address, PATIENCE, isolation_level=None, uri=True)) as connection:
            connection.execute("PRAGMA synchronous = EXTRA")
            yield connection
    except UNREADABLE as error:
        raise JournalError(f"{path.name}: {error}") from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is done within, or nothing of it; others who write wait."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def new(connection: sqlite3.Connection, about: dict[str, str]) -> None:
    """Lay out an empty journal; `about` says what it is of, and is sealed with the first record."""
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    for statement in SCHEMA:
        connection.execute(statement)
    connection.executemany("INSERT INTO header VALUES (?, ?)", about.items())
    connection.execute("INSERT INTO head VALUES (1, 0, ?)", (_genesis(about),))


def about(connection: sqlite3.Connection) -> dict[str, str]:
    """What the journal is of; raises JournalError for another kind of file."""
    ((application,),) = connection.execute("PRAGMA application_id")
    if application != APPLICATION:
        raise JournalError("the file is no journal of key")
    return dict(connection.execute("SELECT what, value FROM header ORDER BY rowid"))


def head(connection: sqlite3.Connection) -> Head:
    """How far the journal says that it goes; raises JournalError where it does not say."""
    ends = connection.execute("SELECT records, seal FROM head").fetchall()
    if [(type(records), type(seal)) for records, seal in ends] != [(int, bytes)]:
        raise JournalError("the file is damaged: its head, which says where it ends, cannot be read")
    return Head(*ends[0])


def seal(before: bytes, record: Sequence[Any]) -> bytes:
    """Seal of a record (number, *COLUMNS) on the one before it; JSON gives every float its shortest exact form."""
    return sha256(before + json.dumps(record, separators=(",", ":"), default=repr).encode()).digest()


def _genesis(about: dict[str, str]) -> bytes:
    return sha256(json.dumps([*about.items()], default=repr).encode()).digest()


def unsealed(connection: sqlite3.Connection, kept: Head | None) -> list[tuple[Any, ...]]:
    """All records, in the order of COLUMNS, each held to its seal; raises JournalError that names the first wrong one.

    The last one is held to the journal's head, one before it to the head that was `kept`; then the file to its rules.
    """
    seals, rows = [_genesis(about(connection))], list[tuple[Any, ...]]()
    try:
        for number, *row, sealed in connection.execute("SELECT * FROM record ORDER BY number"):
            if number != len(seals):
                raise JournalError(f"record {len(seals)} is missing")
            seals.append(seal(seals[-1], (number, *row)))
            if seals[-1] != sealed:
                raise JournalError(f"record {number} was altered, or does not follow on the one before it")
            rows.append(tuple(row))
    except UNREADABLE as error:
        raise JournalError(f"the file is damaged: record {len(seals)} cannot be read: {error}") from error
    if kept is not None:
        _require(seals, kept)
    _require(seals, head(connection))
    if len(rows) > head(connection).records:
        raise JournalError(f"record {head(connection).records + 1} was put in: the journal ends before it")
    _require_sound(connection)
    return rows


def _require(seals: list[bytes], known: Head) -> None:
    if not 0 <= known.records < len(seals):
        raise JournalError(f"record {len(seals)} is missing: the journal went as far as {known.records}")
    if seals[known.records] != known.seal:
        raise JournalError(f"record {known.records}, or one before it, was replaced")


def _require_sound(connection: sqlite3.Connection) -> None:
    (report, *_) = [line for (line,) in connection.execute("PRAGMA integrity_check")]
    if report != "ok":
        raise JournalError(f"the file is damaged: {report}")
    rules = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql <> '' ORDER BY rowid")]
    if rules != list(SCHEMA):
        raise JournalError("the file's rules, which keep it append-only, were altered")
