from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from random_networks import Case, cases, chain, demands, stores, supply

from missions.network import journal
from missions.network.ledger import Kind, Ledger, balance, check, entries, ledger, replay
from missions.network.relay import Service, relay

SLOTS = np.arange(0.0, 11.0)
CAPACITY = 100


def service() -> Service:
    """Two links, three demands, one of them over both; key that is taken, spilled and expires."""
    deposits = supply((0.5, 0, 60), (1.5, 1, 90), (2.5, 0, 70), (6.0, 1, 40), (10.0, 0, 9), taken=[5, 0, 0, 8, 0])
    asked = demands([(0, 2), (0, 1), (2, 0)], [6.0, 2.0, 1.0])
    return relay(chain(2), deposits, stores(2, CAPACITY, 1, [10, 30], lifetime=4.0), asked, 10.0, slots=SLOTS)


BOOK = service().ledger


def csv(one: Service, book: Ledger) -> dict[str, bytes]:
    """The tables of a service, from a ledger, as files hold them."""
    tables = replay(book, one.timeline.edges, len(one.network.links), len(one.demands))
    values = {
        name: getattr(tables, name)
        for name in ("initial", "deposited", "authentication", "spilled", "expired", "relayed", "served", "level")
    }
    return {name: pd.DataFrame(table).to_csv().encode() for name, table in values.items()}


def of_service(one: Service) -> dict[str, bytes]:
    values = {
        name: getattr(one, name)
        for name in ("deposited", "authentication", "spilled", "expired", "relayed", "served", "level")
    }
    return {"initial": pd.DataFrame(one.stores.initial).to_csv().encode()} | {
        name: pd.DataFrame(table).to_csv().encode() for name, table in values.items()
    }


@given(cases())
def test_replay_gives_the_report_byte_for_byte(case: Case) -> None:
    one = case.serve()
    assert csv(one, ledger(entries(one.ledger))) == of_service(one)


def test_replay_from_disk_gives_the_report_byte_for_byte(tmp_path: Path) -> None:
    one = service()
    journal.write(
        tmp_path / "ledger.sqlite", one.ledger, one.network.links, one.stores.capacity.tolist(), one.supply.origin
    )
    found = journal.read(tmp_path / "ledger.sqlite")
    assert csv(one, found.ledger) == of_service(one)
    assert entries(found.ledger) == entries(one.ledger)
    assert found.links == one.network.links
    assert [origin for origin in found.origin if origin] == [f"block {row}" for row in found.ledger.deposit if row >= 0]


@given(cases())
def test_the_record_does_not_depend_on_when_it_is_added_up(case: Case) -> None:
    """Over one slot, the tables are the sums of the tables over many."""
    one = case.serve()
    whole = replay(one.ledger, one.timeline.edges[[0, -1]], len(one.network.links), len(one.demands))
    for name in ("deposited", "authentication", "spilled", "expired", "relayed", "served"):
        assert (getattr(whole, name)[:, 0] == getattr(one, name).sum(axis=1)).all()
    assert (whole.level == one.level[:, [0, -1]]).all()


def test_everything_that_happens_to_key_is_on_record() -> None:
    assert set(BOOK.kind.tolist()) == {int(kind) for kind in Kind}
    check(BOOK, np.full(2, CAPACITY))
    first = entries(BOOK)[:4]
    assert first == [
        (0.0, Kind.FILL, 0, 10, 0, -1, -1, -1, -1, -1),
        (0.0, Kind.FILL, 1, 30, 0, -1, -1, -1, -1, -1),
        (0.5, Kind.AUTHENTICATION, 0, 5, -1, 0, -1, -1, -1, -1),
        (0.5, Kind.DEPOSIT, 0, 55, 10, 0, -1, -1, -1, -1),
    ]


def row(*kinds: Kind, hop: int | None = None, last: bool = False) -> int:
    """The first (or last) entry of a kind."""
    chosen = BOOK.of(*kinds) & (True if hop is None else BOOK.hop == hop)
    return int(np.flatnonzero(chosen)[-1 if last else 0])


def changed(at: int, **values: Any) -> Ledger:
    columns = {name: getattr(BOOK, name).copy() for name in values}
    for name, value in values.items():
        columns[name][at] += value
    return replace(BOOK, **columns)


def without(at: int) -> Ledger:
    return ledger(entry for number, entry in enumerate(entries(BOOK)) if number != at)


RELAY, LATE = row(Kind.RELAY), row(Kind.RELAY, last=True)


@pytest.mark.parametrize(
    ("book", "entry", "message"),
    [
        (changed(LATE, time=-9.0), LATE, "earlier than the one before"),
        (changed(LATE, bits=-1000), LATE, "moves no key"),
        (changed(row(Kind.DEPOSIT), first=1), row(Kind.DEPOSIT), "last bit came into"),
        (changed(RELAY, first=1), RELAY, "last bit left"),
        (changed(row(Kind.EXPIRY), first=-1), row(Kind.EXPIRY), "last bit left"),
        (changed(row(Kind.SPILL), first=1), row(Kind.SPILL), "numbers key that never came"),
        (changed(row(Kind.FILL), bits=CAPACITY), row(Kind.DEPOSIT), "last bit came into"),
        (without(row(Kind.EXPIRY)), None, "last bit left"),
        (without(row(Kind.RELAY, hop=1)), None, "last bit left"),
    ],
)
def test_what_is_wrong_is_named(book: Ledger, entry: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message) as found:
        check(book, np.full(2, CAPACITY))
    assert entry is None or f"entry {entry + 1} of" in str(found.value)


def stream(*rows: tuple[float, Kind, int, int, int, tuple[int, int, int, int]]) -> Ledger:
    """Entries as (time, kind, link, bits, first bit, (relay, demand, share, hop))."""
    return ledger((time, kind, link, bits, first, -1, *relay) for time, kind, link, bits, first, relay in rows)


NONE = (-1, -1, -1, -1)
FULL = ((0.0, Kind.FILL, 0, 9, 0, NONE), (0.0, Kind.FILL, 1, 9, 0, NONE))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([(1.0, Kind.RELAY, 0, 10, 0, (0, 0, 0, 0))], "entry 3 .* takes key that is not in its store"),
        ([(1.0, Kind.DEPOSIT, 0, 2, 9, NONE)], "entry 3 .* puts more into its store than it holds"),
        (
            [(1.0, Kind.RELAY, 0, 5, 0, (0, 0, 0, 0)), (1.0, Kind.RELAY, 1, 4, 0, (0, 0, 0, 1))],
            "entry 4 .* same bits on every hop",
        ),
        ([(1.0, Kind.RELAY, 0, 5, 0, (0, 0, 0, 0)), (2.0, Kind.RELAY, 1, 5, 0, (0, 0, 0, 1))], "entry 4 .* next hop"),
        ([(1.0, Kind.RELAY, 0, 5, 0, (0, 0, 0, 0)), (1.0, Kind.RELAY, 1, 5, 0, (0, 1, 0, 1))], "entry 4 .* next hop"),
        ([(1.0, Kind.RELAY, 0, 5, 0, (0, 0, 0, 0)), (1.0, Kind.RELAY, 1, 5, 0, (0, 0, 0, 2))], "entry 4 .* next hop"),
        ([(1.0, Kind.RELAY, 0, 5, 0, (1, 0, 0, 0))], "entry 3 .* next hop"),
        ([(1.0, Kind.RELAY, 0, 5, 0, (0, 0, 1, 0))], "entry 3 .* next hop"),
        ([(1.0, Kind.RELAY, 0, 5, 0, NONE)], "entry 3 .* a hop of no relay"),
        ([(1.0, Kind.EXPIRY, 0, 5, 0, (0, 0, 0, 0))], "entry 3 .* no hop of it"),
    ],
)
def test_what_cannot_happen_to_key_is_named(rows: list[Any], message: str) -> None:
    check(stream(*FULL), np.full(2, 10))
    with pytest.raises(ValueError, match=message):
        check(stream(*FULL, *rows), np.full(2, 10))


@pytest.mark.parametrize("second", [(0, 0, 0, 1), (0, 0, 1, 0), (1, 7, 0, 0)])
def test_a_hop_is_followed_by_the_next_or_a_new_share_or_a_new_relay(second: tuple[int, int, int, int]) -> None:
    check(stream(*FULL, (1.0, Kind.RELAY, 0, 5, 0, (0, 0, 0, 0)), (1.0, Kind.RELAY, 1, 5, 0, second)), np.full(2, 10))


@given(cases())
def test_balances_are_sums_of_what_came_and_went(case: Case) -> None:
    book, level = case.serve().ledger, [0] * len(case.network.links)
    for entry, after in zip(entries(book), balance(book).tolist(), strict=True):
        _, kind, link, bits, *_ = entry
        level[link] += {Kind.FILL: bits, Kind.DEPOSIT: bits, Kind.EXPIRY: -bits, Kind.RELAY: -bits}.get(Kind(kind), 0)
        assert level[link] == after
