from __future__ import annotations

import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from missions.network.journal import Head, JournalError, create, opened, read, verify
from missions.network.ledger import Kind, balance
from missions.network.seals import seal

HOPS = [[0, 1, 2], [3]]  # a relay of two shares
LINKS = ("Vienna–Graz", "Graz–Micius", "Micius–Nanshan", "Nanshan–Urumqi")
CAPACITY = [10**9] * len(LINKS)
MOMENTS = 50
BYTES = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty journal."""
    create(tmp_path / "journal.sqlite", LINKS, CAPACITY)
    return tmp_path / "journal.sqlite"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of some pages."""
    where = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    create(where, LINKS, CAPACITY)
    with opened(where) as journal:
        for number in range(20):
            for link in range(len(LINKS)):
                journal.deposit(60.5 * number, link, 10_000 + number, f"{LINKS[link]}, block {number + 1}")
            journal.relay(60.5 * number, number % 3, HOPS, 1000 + number)
    return where


def test_what_is_written_is_read(written: Path) -> None:
    found = read(written)
    assert (found.links, found.capacity) == (LINKS, tuple(CAPACITY))
    assert found.head.records == len(found.ledger) == 20 * 8
    assert found.ledger.bits[:8].tolist() == [10_000] * 4 + [1000] * 4
    assert found.ledger.first[8:16].tolist() == [10_000] * 4 + [1000] * 4
    assert found.ledger.hop[4:8].tolist() == [0, 1, 2, 0]
    assert found.origin[8] == "Vienna–Graz, block 2"
    assert verify(written, found.head) == found.head


def whole_relays(path: Path) -> int:
    """How many relays a journal holds; fails unless each is whole, and every level what came less what went."""
    book = read(path).ledger
    hops = book.of(Kind.RELAY)
    relays = book.bits[hops].reshape(-1, 4)
    assert (relays == relays[:, :1]).all()
    assert (book.link[hops].reshape(-1, 4) == [0, 1, 2, 3]).all()
    assert (book.relay[hops].reshape(-1, 4) == np.arange(len(relays))[:, None]).all()
    came = np.bincount(book.link[book.of(Kind.DEPOSIT)], book.bits[book.of(Kind.DEPOSIT)], 4)
    levels = [balance(book)[book.link == link][-1:].sum() for link in range(4)]
    assert levels == (came - relays[:, 0].sum()).tolist()
    return len(relays)


# Forks a writer for every line that it is given, so that only the first one has to wait for its imports.
WRITERS = """
import os, sys
from pathlib import Path
from missions.network.journal import opened

def work(path, demand, relays):
    with opened(path) as journal:
        for _ in range(relays):
            for link in range(4):
                journal.deposit(0.0, link, 100, "block")
            journal.relay(0.0, demand, [[0, 1, 2], [3]], 50)
            os.write(1, b".")

for line in sys.stdin:
    demand, relays = map(int, line.split())
    if not (writer := os.fork()):
        work(Path(sys.argv[1]), demand, relays)
        os._exit(0)
    print(writer, file=sys.stderr, flush=True)
    os.waitpid(writer, 0)
    print("ended", file=sys.stderr, flush=True)
"""


class Writers:
    """A process that has writers, one at a time. A writer says a dot for every relay, once it is written."""

    def __init__(self, path: Path) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-c", WRITERS, path], stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )
        self._in, self._out, self._err = self._process.stdin, self._process.stdout, self._process.stderr

    def start(self, demand: int, relays: int) -> int:
        """Its process number."""
        print(demand, relays, file=self._in, flush=True)
        return int(self._err.readline())

    def wait(self) -> None:
        assert self._err.readline() == "ended\n"

    def said(self) -> int:
        """How many relays writers reported since the last time."""
        ready, _, _ = select.select([self._out], [], [], 0.0)
        return len(os.read(self._out.fileno(), 1 << 16)) if ready else 0

    def stop(self) -> None:
        self._process.communicate()
        assert self._process.returncode == 0


def test_killed_at_any_moment_every_relay_is_whole_or_absent(path: Path) -> None:
    """What a writer said is there, and at most the relay that it was about to say."""
    choice, writers, before, inside = random.Random(1), Writers(path), 0, 0
    for _ in range(MOMENTS):
        writer = writers.start(0, 1000)
        time.sleep(choice.uniform(0.0, 0.2))
        os.kill(writer, signal.SIGKILL)
        writers.wait()
        inside += path.with_name(f"{path.name}-journal").exists()
        said, found = writers.said(), whole_relays(path)
        assert before + said <= found <= before + said + 1
        before = found
    writers.stop()
    assert before > 0
    assert inside > 0  # at least once the writer was killed within a transaction


def test_two_writers_take_turns(path: Path) -> None:
    both = [Writers(path) for _ in range(2)]
    for demand, writers in enumerate(both):
        writers.start(demand, 20)
    for writers in both:
        writers.wait()
        writers.stop()
    assert whole_relays(path) == 40
    book = read(path).ledger
    demand = book.demand[book.of(Kind.RELAY)].reshape(-1, 4)
    assert (demand == demand[:, :1]).all()
    assert np.bincount(demand[:, 0]).tolist() == [20, 20]
    assert np.diff(demand[:, 0]).any()


def test_a_writer_sees_what_another_used(path: Path) -> None:
    with opened(path) as one, opened(path) as other:
        one.append([entry(Kind.FILL, link, 70, 0, 0.0) for link in range(4)])
        other.relay(0.0, 0, HOPS, 50)
        with pytest.raises(JournalError, match="takes 50 bits of link 0, whose store holds 20"):
            one.relay(0.0, 0, HOPS, 50)
        one.relay(0.0, 0, HOPS, 20)
    assert read(path).ledger.relay[-4:].tolist() == [1] * 4


def size_of(value: float | str | bytes) -> int:
    """Bytes that a value takes in SQLite's record format; whole reals are stored as integers."""
    if isinstance(value, str | bytes):
        return len(value.encode() if isinstance(value, str) else value)
    if value != int(value):
        return 8
    whole = int(value)
    return (
        0
        if whole in (0, 1)
        else next(size for size in (1, 2, 3, 4, 6, 8) if -(2 ** (8 * size - 1)) <= whole < 2 ** (8 * size - 1))
    )


def places_of_records(path: Path) -> list[tuple[int, int]]:
    """Every byte of the file that holds a value of a record: its place and the record's number.

    Without the last record, whose seal stands in the head too.
    """
    content, places = path.read_bytes(), []
    with closing(sqlite3.connect(path)) as connection:
        for number, *values, seal in connection.execute("SELECT * FROM record WHERE number < 160"):
            assert content.count(seal) == 1
            end = content.index(seal) + len(seal)
            places += [(place, number) for place in range(end - len(seal) - sum(map(size_of, values)), end)]
    return places


def altered(written: Path, path: Path, place: int, byte: int) -> None:
    content = bytearray(written.read_bytes())
    content[place] = byte
    path.write_bytes(content)


def test_every_altered_byte_of_a_record_is_found_and_the_record_named(written: Path, tmp_path: Path) -> None:
    choice, content = random.Random(2), written.read_bytes()
    for place, number in choice.sample(places_of_records(written), BYTES):
        altered(written, tmp_path / "altered", place, content[place] ^ choice.randrange(1, 256))
        with pytest.raises(JournalError, match=rf"record {number} (was altered|cannot be read)"):
            read(tmp_path / "altered")


def test_a_byte_altered_anywhere_is_found_or_changes_nothing(written: Path, tmp_path: Path) -> None:
    choice, content, intact = random.Random(3), written.read_bytes(), contents(written)
    found = 0
    for place in choice.sample(range(len(content)), BYTES):
        altered(written, tmp_path / "altered", place, content[place] ^ choice.randrange(1, 256))
        try:
            assert contents(tmp_path / "altered") == intact
        except JournalError:
            found += 1
    assert found > 0


def contents(path: Path) -> str:
    one = read(path)
    return repr(
        (
            one.head,
            one.links,
            one.capacity,
            one.origin,
            [getattr(one.ledger, name).tolist() for name in vars(one.ledger)],
        )
    )


def test_a_cut_file_is_found(written: Path, tmp_path: Path) -> None:
    choice, content = random.Random(4), written.read_bytes()
    for length in [0, 1, 100, 4096, len(content) - 1, *choice.sample(range(len(content)), 50)]:
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(JournalError):
            read(tmp_path / "cut")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("DELETE FROM record WHERE number = 57", "record 57 is missing"),
        ("DELETE FROM record WHERE number > 157", "record 158 is missing: the journal went as far as 160"),
        ("UPDATE record SET bits = bits + 1 WHERE number = 99", "record 99 was altered"),
        ("UPDATE record SET origin = 'elsewhere' WHERE number = 1", "record 1 was altered"),
        ("UPDATE record SET number = -number WHERE number = 57", "record 1 is missing"),
        ("UPDATE head SET records = 150", "record 150, or one before it, was replaced"),
        ("UPDATE head SET seal = zeroblob(32)", "record 160, or one before it, was replaced"),
        ("UPDATE head SET records = -1", "the journal went as far as -1"),
        ("UPDATE head SET records = 150, seal = (SELECT seal FROM record WHERE number = 150)", "record 151 was put in"),
        ("UPDATE header SET value = '[1, 1, 1, 1]' WHERE what = 'capacity'", "record 1 was altered"),
        ("DROP TRIGGER record_DELETE", "the file's rules, which keep it append-only, were altered"),
        ("DROP INDEX went", "the file's rules"),
        ("PRAGMA application_id = 0", "no journal of key"),
    ],
)  # fmt: skip
def test_who_rewrites_it_is_found_out(change: str, message: str, written: Path, tmp_path: Path) -> None:
    rewrite(written, tmp_path / "rewritten", change)
    with pytest.raises(JournalError, match=message):
        read(tmp_path / "rewritten")


def rewrite(written: Path, path: Path, *changes: str) -> None:
    """Change a journal as one who can do what he likes with its file, and leave its rules as they were."""
    path.write_bytes(written.read_bytes())
    with closing(sqlite3.connect(path)) as connection:
        rules = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid"
        ).fetchall()
        if not changes[0].startswith("DROP"):
            for name, _ in rules:
                connection.execute(f"DROP TRIGGER {name}")
            changes = (*changes, *(sql for _, sql in rules))
        for change in changes:
            connection.execute(change)
        connection.commit()


def test_sealed_records_that_contradict_each_other_are_found(path: Path) -> None:
    """As only a program could write them that does not hold to the rules of a ledger."""
    with opened(path) as journal:
        journal.deposit(0.0, 0, 100)
    with closing(sqlite3.connect(path)) as connection:
        (before,) = connection.execute("SELECT seal FROM record").fetchone()
        record = (2, 0.0, int(Kind.RELAY), 0, 101, 0, -1, 0, 0, 0, 0, "")
        sealed = seal(before, record)
        connection.execute(f"INSERT INTO record VALUES ({', '.join('?' * 13)})", (*record, sealed))
        connection.execute("UPDATE head SET records = 2, seal = ?", (sealed,))
        connection.commit()
    with pytest.raises(
        JournalError, match=r"as they were sealed, .* entry 2 of the ledger takes key that is not in its store"
    ):
        read(path)


def test_a_journal_cut_together_with_its_head_is_found_by_the_head_that_was_kept(written: Path, tmp_path: Path) -> None:
    kept = verify(written)
    rewrite(
        written,
        tmp_path / "cut",
        "DELETE FROM record WHERE number > 152",
        "UPDATE head SET records = 152, seal = (SELECT seal FROM record WHERE number = 152)",
    )
    assert verify(tmp_path / "cut").records == 152
    with pytest.raises(JournalError, match="record 153 is missing: the journal went as far as 160"):
        verify(tmp_path / "cut", kept)
    with pytest.raises(JournalError, match="record 160, or one before it, was replaced"):
        verify(written, Head(160, bytes(32)))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE record SET bits = 1 WHERE number = 5",
        "DELETE FROM record WHERE number = 160",
        "INSERT OR REPLACE INTO record SELECT * FROM record WHERE number = 5",
        "INSERT INTO record SELECT 999, time, kind, link, bits, first, deposit, relay, demand, share, hop, origin, seal FROM record WHERE number = 5",
        "UPDATE header SET value = ''",
        "DELETE FROM header",
        "INSERT OR REPLACE INTO header VALUES ('links', '[]')",
        "DELETE FROM head",
        "UPDATE head SET records = records - 1",
        "INSERT OR REPLACE INTO head VALUES (1, 0, zeroblob(32))",
    ],
)
def test_it_is_append_only(change: str, written: Path) -> None:
    with (
        closing(sqlite3.connect(written)) as connection,
        pytest.raises(sqlite3.DatabaseError, match=r"append-only|after the last one only"),
    ):
        connection.execute(change)


def test_no_bit_is_taken_twice_from_outside_either(written: Path, tmp_path: Path) -> None:
    """The file itself refuses a second use that begins where a first one did."""
    (tmp_path / "copy").write_bytes(written.read_bytes())
    with (
        closing(sqlite3.connect(tmp_path / "copy")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="UNIQUE"),
    ):
        connection.execute(
            "INSERT INTO record SELECT 161, time, kind, link, bits, first, deposit, relay, demand, share, hop, origin, seal FROM record WHERE number = 5"
        )


def entry(
    kind: Kind, link: int, bits: int, first: int, time: float = 1.0, relay: tuple[int, int, int, int] = (-1, -1, -1, -1)
) -> tuple[tuple[float, int, int, int, int, int, int, int, int, int], str]:
    return (time, kind, link, bits, first, -1, *relay), ""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (entry(Kind.DEPOSIT, 0, 1, 100, time=0.5), "entry 4 is of 0.5 s, earlier than the last one, 1.0 s"),
        (entry(Kind.DEPOSIT, 4, 1, 0), "name a link of the journal"),
        (entry(Kind.DEPOSIT, 0, 0, 100), "at least 1 bit"),
        (entry(Kind.DEPOSIT, 0, 1, 99), "puts 1 bits into link 0 from bit 99: its store goes on at 100"),
        (entry(Kind.DEPOSIT, 0, 10**9, 100), "and is limited"),
        (entry(Kind.EXPIRY, 0, 1, 0), "uses link 0 from bit 0: the next one that was never used is 40"),
        (entry(Kind.EXPIRY, 0, 1, 50), "uses link 0 from bit 50"),
        (entry(Kind.EXPIRY, 0, 61, 40), "takes 61 bits of link 0, whose store holds 60"),
        (entry(Kind.RELAY, 0, 1, 40, relay=(0, 0, 0, 1)), "is of relay 0, which was complete; the next one is 1"),
        (entry(Kind.RELAY, 0, 1, 40, relay=(2, 0, 0, 0)), "the next one is 1"),
        (entry(Kind.RELAY, 0, 1, 40, relay=(1, 0, 0, 1)), "entry 4 is not the next hop of a relay"),
    ],
)
def test_entries_that_cannot_follow_are_refused_with_all_that_come_with_them(
    wrong: tuple[tuple[float, int, int, int, int, int, int, int, int, int], str], message: str, path: Path
) -> None:
    with opened(path) as journal:
        journal.append([
            entry(Kind.FILL, 0, 100, 0, 0.0), entry(Kind.FILL, 1, 100, 0, 0.0), entry(Kind.RELAY, 0, 40, 0, 1.0, (0, 0, 0, 0))
        ])  # fmt: skip
        before = journal.head
        with pytest.raises(JournalError, match=message):
            journal.append([wrong])
        with pytest.raises(JournalError):
            journal.append([entry(Kind.DEPOSIT, 1, 5, 100), wrong])
        journal.append([])
        assert journal.head == before
    assert verify(path) == before


def test_a_journal_is_never_overwritten_and_never_made_by_reading(path: Path, tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="exists already"):
        create(path, LINKS, CAPACITY)
    with pytest.raises(JournalError, match="unable to open"):
        read(tmp_path / "missing")
    assert not (tmp_path / "missing").exists()
    (tmp_path / "text").write_text("not a journal, but a text of some length" * 200)
    with pytest.raises(JournalError, match="not a database"), opened(tmp_path / "text"):
        pass
    assert verify(path).records == 0
