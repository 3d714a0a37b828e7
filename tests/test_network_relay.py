from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from random_networks import END, Case, cases, chain, demands, network, stores, supply

from missions.network.flows import max_flow
from missions.network.ledger import Kind, balance, check
from missions.network.relay import Service, failures, relay
from missions.network.routing import chosen

STEPS = np.arange(0.0, 11.0)  # ten slots of one second


def serve(net: Any, deposits: Any, held: Any, asked: Any, slots: Any = STEPS, **options: Any) -> Service:
    return relay(net, supply(*deposits), held, asked, float(slots[-1]), slots=slots, **options)


def relays(service: Service) -> dict[tuple[int, int], list[int]]:
    """The entries of every route, by relay and share."""
    found: dict[tuple[int, int], list[int]] = {}
    for row in np.flatnonzero(service.ledger.of(Kind.RELAY)).tolist():
        found.setdefault((int(service.ledger.relay[row]), int(service.ledger.share[row])), []).append(row)
    return found


def nodes_along(service: Service, rows: list[int]) -> list[int]:
    """Nodes of a route, from the first of the demand's pair; fails where a hop does not continue the one before."""
    nodes = [int(service.demands.pairs[service.ledger.demand[rows[0]], 0])]
    for link in service.ledger.link[rows]:
        a, b = service.network.ends[link].tolist()
        assert nodes[-1] in (a, b)
        nodes.append(a + b - nodes[-1])
    return nodes


@given(cases())
def test_the_books_are_in_order(case: Case) -> None:
    service = case.serve()
    check(service.ledger, case.stores.capacity)
    after = balance(service.ledger)
    assert (after >= 0).all()
    assert (after <= case.stores.capacity[service.ledger.link]).all()
    assert (service.level >= 0).all()
    assert (service.level <= case.stores.capacity[:, None]).all()


@given(cases())
def test_key_is_conserved_at_every_moment(case: Case) -> None:
    """What was made up to any entry is in store or was used, thrown away or expired."""
    book = case.serve().ledger
    for link in range(len(case.network.links)):
        rows = book.link == link
        made = np.cumsum(
            np.where(book.of(Kind.FILL, Kind.DEPOSIT, Kind.AUTHENTICATION, Kind.SPILL), book.bits, 0)[rows]
        )
        gone = np.cumsum(
            np.where(book.of(Kind.EXPIRY, Kind.RELAY, Kind.AUTHENTICATION, Kind.SPILL), book.bits, 0)[rows]
        )
        assert (made - gone == balance(book)[rows]).all()
        assert made[-1:].sum() == case.stores.initial[link] + case.supply.bits[case.supply.link == link].sum()


@given(cases())
def test_tables_agree_with_the_supply_and_with_each_other(case: Case) -> None:
    service = case.serve()
    links = range(len(case.network.links))
    assert service.deposited.sum(axis=1).tolist() == [
        case.supply.bits[case.supply.link == link].sum() for link in links
    ]
    taken = case.supply.bits - case.supply.net
    assert service.authentication.sum(axis=1).tolist() == [taken[case.supply.link == link].sum() for link in links]
    final = [balance(service.ledger)[service.ledger.link == link][-1:].sum() for link in links]
    assert service.level[:, -1].tolist() == final
    hops = sum(len(rows) * int(service.ledger.bits[rows[0]]) for rows in relays(service).values())
    assert service.relayed.sum() == hops


@given(cases())
def test_demands_get_whole_keys_and_never_too_many(case: Case) -> None:
    service = case.serve()
    assert (service.served >= 0).all()
    assert (service.served <= service.asked).all()
    assert (service.served % case.demands.quantum[:, None] == 0).all()
    for rows in relays(service).values():
        assert service.ledger.bits[rows[0]] % case.demands.quantum[service.ledger.demand[rows[0]]] == 0


@given(cases())
def test_a_relay_uses_its_bits_on_every_hop_of_every_disjoint_route_and_keeps_the_reserve(case: Case) -> None:
    service = case.serve()
    book, after, between = service.ledger, balance(service.ledger), Counter[tuple[int, int]]()
    for (number, _), rows in relays(service).items():
        assert len(set(book.bits[rows])) == 1
        assert (after[rows] >= case.stores.reserve[book.link[rows]]).all()
        nodes = nodes_along(service, rows)
        assert nodes[-1] == case.demands.pairs[book.demand[rows[0]], 1]
        between.update((number, node) for node in nodes[1:-1])
    assert set(between.values()) <= {1}
    shares = Counter(number for number, _ in relays(service))
    for (number, _), rows in relays(service).items():
        assert shares[number] == case.demands.paths[book.demand[rows[0]]]


@given(cases())
def test_no_more_is_served_than_the_smallest_cut_ever_held(case: Case) -> None:
    service = case.serve()
    ever = case.stores.initial + np.bincount(case.supply.link, case.supply.net, len(case.network.links))
    for demand, (a, b) in enumerate(case.demands.pairs.tolist()):
        needed = case.demands.paths[demand] * service.served[demand].sum()
        assert needed <= max_flow(case.network, ever, a, b).value


def after_serving(service: Service) -> np.ndarray:
    """(links, slots) bits above the reserve at the moment when the slots' demands had been served."""
    book, free = service.ledger, service.level[:, 1:] - service.stores.reserve[:, None]
    for row in np.flatnonzero((book.time == END) & book.of(Kind.DEPOSIT, Kind.EXPIRY)).tolist():
        free[book.link[row], -1] -= book.bits[row] * (1 if book.kind[row] == Kind.DEPOSIT else -1)
    return np.asarray(free)


@given(cases())
def test_what_is_unmet_had_no_route(case: Case) -> None:
    service = case.serve()
    free = after_serving(service)
    for demand, slot in zip(*np.nonzero(service.unmet), strict=True):
        pair, quantum = case.demands.pairs[demand].tolist(), int(case.demands.quantum[demand])
        assert not chosen(case.network, free[:, slot].tolist(), pair, quantum, int(case.demands.paths[demand]))


@given(cases())
def test_what_stopped_a_demand_could_not_give_a_key(case: Case) -> None:
    """Every unmet bit of a joined pair has a link that stopped it, and this had less than a key in some slot."""
    service, free = case.serve(), after_serving(case.serve())
    for demand, unmet in enumerate(service.unmet):
        if case.demands.paths[demand] == 1:
            assert service.stopped[demand].sum() == unmet.sum()
        assert (service.bottleneck[demand] == -1) == (not service.stopped[demand].any())
        for link in np.flatnonzero(service.stopped[demand]).tolist():
            assert (free[link, unmet > 0] < case.demands.quantum[demand]).any()


Bit = tuple[int, int]


class Shelf:
    """A store that holds every bit by name: the row of its deposit and its number there."""

    def __init__(self, capacity: int, initial: int, lifetime: float) -> None:
        self.capacity, self.lifetime, self.spilled = capacity, lifetime, 0
        self.bits: list[tuple[float, Bit]] = []
        self.put(0.0, -1, initial)

    def put(self, now: float, row: int, bits: int) -> None:
        self.bits = [(until, bit) for until, bit in self.bits if until > now]
        fits = min(bits, self.capacity - len(self.bits))
        self.bits += [(now + self.lifetime, (row, number)) for number in range(fits)]
        self.spilled += bits - fits

    def take(self, now: float, bits: int) -> list[Bit]:
        taken, self.bits = self.bits[:bits], self.bits[bits:]
        assert len(taken) == bits
        assert all(until >= now for until, _ in taken)
        return [bit for _, bit in taken]


def put_all(case: Case, shelves: list[Shelf], start: float, end: float) -> None:
    """What arrives from `start` until before `end`; what is too old by then is taken away."""
    rows = zip(case.supply.time.tolist(), case.supply.link.tolist(), case.supply.net.tolist(), strict=True)
    for row, (at, link, bits) in enumerate(rows):
        if start <= at < end:
            shelves[link].put(at, row, bits)
    for shelf in shelves:
        shelf.bits = [(until, bit) for until, bit in shelf.bits if until >= end]


@given(cases())
@settings(max_examples=100)
def test_the_relays_out_of_stores_that_hold_every_bit_by_name(case: Case) -> None:
    """Each relay finds its bits there, none too old, none used before; and the levels are those of the tables."""
    service, held = case.serve(), zip(case.stores.capacity.tolist(), case.stores.initial.tolist(), strict=True)
    book, shelves = service.ledger, [Shelf(*bits, case.stores.lifetime) for bits in held]
    used, levels = list[tuple[int, Bit]](), []
    for start, end in pairwise(service.timeline.edges.tolist()):
        put_all(case, shelves, start, end)
        for row in np.flatnonzero(book.of(Kind.RELAY) & (book.time == end)).tolist():
            used += [(int(book.link[row]), bit) for bit in shelves[book.link[row]].take(end, int(book.bits[row]))]
        levels.append([len(shelf.bits) for shelf in shelves])
    put_all(case, shelves, END, np.nextafter(END, np.inf))
    levels[-1] = [len(shelf.bits) for shelf in shelves]
    assert service.level[:, 1:].T.tolist() == levels
    assert service.spilled.sum(axis=1).tolist() == [shelf.spilled for shelf in shelves]
    assert len(set(used)) == len(used)


@given(cases())
def test_what_nodes_saw(case: Case) -> None:
    service = case.serve()
    seen = {True: Counter[int](), False: Counter[int]()}
    for rows in relays(service).values():
        single = bool(case.demands.paths[service.ledger.demand[rows[0]]] == 1)
        for node in nodes_along(service, rows)[1:-1]:
            seen[single][node] += int(service.ledger.bits[rows[0]])
    nodes = range(len(case.network.nodes))
    assert service.exposure.tolist() == [seen[True][node] for node in nodes]
    assert service.shares_seen.tolist() == [seen[False][node] for node in nodes]


@given(cases())
def test_routes_that_were_used(case: Case) -> None:
    service = case.serve()
    for demand, used in enumerate(service.usage):
        assert sum(one.bits for one in used) == case.demands.paths[demand] * service.served[demand].sum()
        assert len({one.links for one in used}) == len(used)
        assert all(one.since <= one.until for one in used)
        assert [one.since for one in used] == sorted(one.since for one in used)


@given(cases())
def test_stranded_key_has_no_partner(case: Case) -> None:
    service = case.serve()
    assert (service.stranded >= 0).all()
    assert (service.stranded <= np.maximum(service.level[:, -1] - case.stores.reserve, 0)).all()
    for pair, quantum, paths in zip(
        case.demands.pairs.tolist(), case.demands.quantum.tolist(), case.demands.paths.tolist(), strict=True
    ):
        assert not chosen(case.network, service.stranded.tolist(), pair, quantum, paths)


@given(cases())
@settings(max_examples=30)
def test_failures_are_those_of_serving_again(case: Case) -> None:
    service = case.serve()
    lost = failures(service)
    slots = service.timeline.edges
    again = replace(case, slots=slots)
    assert (lost.served == service.served.sum(axis=1)).all()
    for node in range(len(case.network.nodes)):
        assert (lost.without_node[node] == again.serve(alive=case.network.without(node)).served.sum(axis=1)).all()
    links = np.arange(len(case.network.links))
    for link in links.tolist():
        assert (lost.without_link[link] == again.serve(alive=links != link).served.sum(axis=1)).all()


def test_a_relay_of_l_bits_over_h_hops_uses_l_bits_of_every_link() -> None:
    service = serve(chain(3), [], stores(3, initial=100), demands([(0, 3)], [5.0]))
    assert service.relayed.sum(axis=1).tolist() == [50, 50, 50]
    assert service.exposure.tolist() == [0, 50, 50, 0]
    assert service.level[:, ::5].tolist() == [[100, 75, 50]] * 3
    assert service.utilisation.tolist() == [0.5, 0.5, 0.5]


def test_demands_of_high_priority_come_first_then_those_listed_first() -> None:
    asked = demands([(0, 1), (0, 1), (0, 1)], [4.0, 4.0, 4.0], priority=[1, 2, 1])
    service = serve(chain(1), [(float(second), 0, 6) for second in range(10)], stores(1), asked)
    assert service.served[:, 4].tolist() == [2, 4, 0]
    assert service.outage.tolist() == [0.5, 0.0, 1.0]
    assert service.availability.tolist() == [0.5, 1.0, 0.0]
    assert service.jain == pytest.approx(1.5**2 / (3 * 1.25))


def test_a_store_at_its_reserve_is_not_used() -> None:
    service = serve(chain(2), [], stores(2, initial=[30, 90], reserve=[10, 10]), demands([(0, 2)], [4.0], 4))
    assert service.level[:, -1].tolist() == [10, 70]
    assert service.stranded.tolist() == [0, 60]
    assert service.bottleneck.tolist() == [0]
    assert service.stopped.tolist() == [[20, 0]]


def test_keys_are_served_whole() -> None:
    service = serve(chain(1), [], stores(1, initial=100), demands([(0, 1)], [64.0], 64))
    assert service.served[0].tolist() == [64, *[0] * 9]
    assert service.level[0, -1] == 36
    assert service.stranded.tolist() == [36]


def test_what_does_not_fit_is_spilled_and_what_authenticates_is_not_stored() -> None:
    service = relay(
        chain(1),
        supply((1.0, 0, 30), (2.5, 0, 30), taken=[5, 10]),
        stores(1, capacity=40),
        demands([(0, 1)], [1.0]),
        10.0,
        slots=STEPS,
    )
    assert service.deposited[0].tolist() == [0, 30, 30, *[0] * 7]
    assert service.authentication[0].tolist() == [0, 5, 10, *[0] * 7]
    assert service.spilled[0].tolist() == [0, 0, 4, *[0] * 7]  # 24 in store, 20 come, 40 fit
    assert service.level[0].tolist() == [0, 0, 24, 39, 38, 37, 36, 35, 34, 33, 32]
    assert service.utilisation.tolist() == [9 / 45]  # of what came into the store or would have


def test_key_serves_for_the_last_time_at_the_moment_when_it_expires() -> None:
    held = stores(1, initial=20, lifetime=3.0)
    service = serve(chain(1), [(1.5, 0, 20)], held, demands([(0, 1)], [2.0]))
    assert service.served[0].tolist() == [2, 2, 2, 2, 0, 0, 0, 0, 0, 0]
    assert service.expired[0].tolist() == [0, 0, 0, 14, 18, 0, 0, 0, 0, 0]
    natural = relay(chain(1), supply((1.5, 0, 20)), held, demands([(0, 1)], [2.0]), 10.0)
    assert natural.timeline.edges.tolist() == [0, 1.5, 3, 4.5, 10]
    assert natural.served[0].tolist() == [3, 3, 3, 0]


def test_key_that_expires_makes_room_for_what_comes_at_the_same_moment() -> None:
    service = serve(
        chain(1), [(3.0, 0, 7)], stores(1, capacity=10, initial=10, lifetime=3.0), demands([(0, 1)], [1e-3])
    )
    assert (service.spilled.sum(), service.expired[:, :4].sum(), service.level[0, 4]) == (0, 10, 7)


def test_a_deposit_at_the_very_end_is_in_store_and_served_nobody() -> None:
    service = serve(chain(1), [(10.0, 0, 7)], stores(1), demands([(0, 1)], [1.0]))
    assert (service.served.sum(), service.level[0, -1], service.level[0, -2]) == (0, 7, 0)
    assert service.deposited[0, -1] == 7


def test_a_satellite_gives_what_the_smaller_store_holds_and_strands_the_rest() -> None:
    """Two stations, two satellites: first the one whose smaller store is larger."""
    net = network([(0, 2), (2, 1), (0, 3), (3, 1)], 4)
    service = serve(net, [], stores(4, initial=[900, 100, 300, 250]), demands([(0, 1)], [40.0]))
    assert [(one.links, one.bits, one.since, one.until) for one in service.usage[0]] == [
        ((2, 3), 250, 1.0, 7.0),
        ((0, 1), 100, 7.0, 9.0),
    ]
    assert service.stranded.tolist() == [800, 0, 50, 0]


TWO_WAYS = network([(0, 1), (1, 3), (0, 2), (2, 3)], 4)


@pytest.mark.parametrize(
    ("keep", "links"),
    [(True, [(0, 1)] * 5), (False, [(0, 1), (0, 1), (2, 3), (0, 1), (2, 3)])],
)
def test_a_demand_keeps_its_route_or_moves_to_a_wider_one(keep: bool, links: list[tuple[int, ...]]) -> None:
    held = stores(4, initial=[55, 55, 40, 40])
    service = serve(TWO_WAYS, [], held, demands([(0, 3)], [10.0]), np.arange(6.0), keep=keep)
    book = service.ledger
    assert list(pairwise(book.link[book.of(Kind.RELAY)].tolist()))[::2] == links


def test_a_demand_leaves_its_route_for_a_shorter_one_and_for_want_of_key() -> None:
    """Two hops, until a direct link has key for two seconds; then the way that is wider by now, until it is empty."""
    net = network([*TWO_WAYS.ends.tolist(), (0, 3)], 4)
    service = serve(net, [(3.0, 4, 20)], stores(5, initial=[55, 55, 40, 40, 0]), demands([(0, 3)], [10.0], 10))
    assert [(one.links, one.bits, one.since, one.until) for one in service.usage[0]] == [
        ((0, 1), 40, 1.0, 10.0),
        ((4,), 20, 4.0, 5.0),
        ((2, 3), 40, 6.0, 9.0),
    ]


def test_shares_of_disjoint_routes_all_or_none() -> None:
    ring = network([(0, 1), (1, 2), (2, 3), (3, 0)], 4)
    held = stores(4, initial=[100, 100, 100, 30])
    alone, twice = (serve(ring, [], held, demands([(0, 2)], [10.0], paths=paths)) for paths in (1, 2))
    assert alone.served.sum() == 100
    assert twice.served.sum() == 30
    assert twice.relayed.sum(axis=1).tolist() == [30, 30, 30, 30]
    assert twice.exposure.tolist() == [0, 0, 0, 0]
    assert twice.shares_seen.tolist() == [0, 30, 0, 30]
    assert twice.bottleneck.tolist() == [3]
    thrice = serve(ring, [], held, demands([(0, 2)], [10.0], paths=3))
    assert thrice.served.sum() == 0
    assert thrice.bottleneck.tolist() == [-1]


def test_a_large_request_takes_several_routes() -> None:
    net = network([(0, 1), (0, 2), (2, 1)], 3)
    service = serve(net, [], stores(3, initial=[50, 80, 70]), demands([(0, 1)], [100.0]), np.array([0.0, 1.0]))
    assert [(one.links, one.bits) for one in service.usage[0]] == [((0,), 50), ((1, 2), 50)]


def test_pairs_that_are_not_joined_and_demands_that_ask_for_nothing() -> None:
    net = network([(0, 1)], 3)
    service = serve(net, [(1.0, 0, 5)], stores(1), demands([(0, 2), (0, 1)], [1.0, 1e-3]))
    assert service.outage.tolist() == [1.0, 0.0]
    assert service.bottleneck.tolist() == [-1, -1]
    assert service.utilisation.tolist() == [0.0]
    assert np.isnan(service.jain)
    assert np.isnan(serve(net, [], stores(1), demands([(0, 1)], [1.0])).utilisation[0])


def test_lost_links_neither_make_nor_hold_key() -> None:
    service = serve(
        chain(2),
        [(1.0, 0, 9), (1.0, 1, 9)],
        stores(2, initial=5),
        demands([(0, 1), (1, 2)], [1.0, 1.0]),
        alive=np.array([True, False]),
    )
    assert service.served.sum(axis=1).tolist() == [10, 0]
    assert service.level[1].tolist() == [0] * 11
    assert service.supply.origin == ("block 0",)


def test_failures_of_a_chain_with_a_branch() -> None:
    """Demands 0-3 and 3-4 over links 0-1-2-3, 2-4: losing node 1 is losing its links; losing node 2 is losing all."""
    net = network([(0, 1), (1, 2), (2, 3), (2, 4)], 5)
    lost = failures(serve(net, [], stores(4, initial=15), demands([(0, 3), (3, 4)], [1.0, 1.0])))
    assert lost.served.tolist() == [8, 7]  # link 2-3 has 15 for both
    assert lost.without_node.tolist() == [[0, 10], [0, 10], [0, 0], [0, 0], [10, 0]]
    assert lost.without_link.tolist() == [[0, 10], [0, 10], [0, 0], [10, 0]]


@pytest.mark.parametrize(("keep", "second"), [(True, 15), (False, 25)])
def test_failures_are_served_by_the_same_rule(keep: bool, second: int) -> None:
    """Losing the branch 3-4 leaves the two other demands what they had; whether routes are kept matters to one."""
    net = network([*TWO_WAYS.ends.tolist(), (3, 4)], 5)
    asked = demands([(0, 3), (0, 1), (3, 4)], [10.0, 5.0, 1.0], [10, 5, 1], [2, 1, 1])
    service = serve(net, [], stores(5, initial=[55, 40, 40, 40, 9]), asked, np.arange(6.0), keep=keep)
    assert service.served.sum(axis=1).tolist() == [50, second, 5]
    assert failures(service).without_link[4].tolist() == [50, second, 0]


def test_no_demands_and_no_links() -> None:
    empty = relay(network([], 2), supply(), stores(0), demands([(0, 1)], [1.0]), 10.0)
    assert (empty.outage[0], empty.bottleneck[0], len(empty.ledger)) == (1.0, -1, 0)
    idle = serve(chain(1), [(1.0, 0, 5)], stores(1), demands([], []))
    assert idle.level[0, -1] == 5
    assert idle.stranded.tolist() == [5]


def test_a_backbone_for_a_month_is_served_within_a_second() -> None:
    """32 links, hourly blocks and slots, two demands."""
    links, hours = 32, 720
    times = np.repeat(np.arange(hours) * 3600.0, links)
    deposits = supply(
        *zip(times.tolist(), np.tile(np.arange(links), hours).tolist(), [4_000_000] * links * hours, strict=True)
    )
    asked = demands([(0, links), (5, 20)], [1024.0, 500.0], [256, 1], [2, 1])
    began = time.process_time()
    service = relay(
        chain(links), deposits, stores(links, 10**8, 10**6), asked, hours * 3600.0, slots=np.arange(hours + 1) * 3600.0
    )
    assert time.process_time() - began < 1.0
    assert service.served[0, 10] > 0
