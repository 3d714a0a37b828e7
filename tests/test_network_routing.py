from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import capacities, chain, network, networks

from missions.network.graph import Network
from missions.network.routing import chosen, disjoint, fewest_hops_widest, widest

EVERY = [True] * 20


def simple_routes(
    net: Network, source: int, target: int, usable: list[bool]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All routes without a node twice, by trying: their links, and the nodes between."""
    waiting: list[tuple[tuple[int, ...], tuple[int, ...]]] = [((), (source,))]
    while waiting:
        links, nodes = waiting.pop()
        if nodes[-1] == target:
            yield links, nodes[1:-1]
            continue
        for link, (a, b) in enumerate(net.ends.tolist()):
            for here, there in ((a, b), (b, a)):
                if usable[link] and here == nodes[-1] and there not in nodes:
                    waiting.append(((*links, link), (*nodes, there)))


@given(networks(), st.data())
def test_fewest_hops_then_widest(net: Network, data: st.DataObject) -> None:
    level = data.draw(capacities(len(net.links), 6))
    usable = data.draw(st.lists(st.booleans(), min_size=len(net.links), max_size=len(net.links)))
    routes = [links for links, _ in simple_routes(net, 0, 1, usable)]
    found = fewest_hops_widest(net, level, 0, 1, usable)
    if not routes:
        assert found is None
        return
    assert found in routes
    assert (len(found), -level[list(found)].min()) == min((len(route), -level[list(route)].min()) for route in routes)


@given(networks(), st.data())
def test_a_link_off_the_route_never_matters(net: Network, data: st.DataObject) -> None:
    level = data.draw(capacities(len(net.links), 2))
    found = fewest_hops_widest(net, level, 0, 1, EVERY)
    for lost in set(range(len(net.links))) - set(found or ()):
        assert fewest_hops_widest(net, level, 0, 1, [link != lost for link in range(len(net.links))]) == found


@given(networks(), st.data())
def test_widest(net: Network, data: st.DataObject) -> None:
    level = data.draw(capacities(len(net.links), 6)) - 3
    usable = data.draw(st.lists(st.booleans(), min_size=len(net.links), max_size=len(net.links)))
    routes = [links for links, _ in simple_routes(net, 0, 1, usable)]
    found = widest(net, level, 0, 1, usable)
    if not routes:
        assert found is None
        return
    assert found in routes
    assert level[list(found)].min() == max(level[list(route)].min() for route in routes)


@given(networks(), st.integers(1, 3), st.data())
def test_disjoint_routes_of_least_total_hops(net: Network, m: int, data: st.DataObject) -> None:
    usable = data.draw(st.lists(st.booleans(), min_size=len(net.links), max_size=len(net.links)))
    routes = list(simple_routes(net, 0, 1, usable))
    apart = [
        some
        for some in combinations(routes, m)
        if all(not {*a[0]} & {*b[0]} and not {*a[1]} & {*b[1]} for a, b in combinations(some, 2))
    ]
    found = disjoint(net, usable, 0, 1, m)
    if not apart:
        assert found is None
        return
    assert found is not None
    assert set(found) in [{links for links, _ in some} for some in apart]
    assert sum(map(len, found)) == min(sum(len(links) for links, _ in some) for some in apart)
    assert list(found) == sorted(found, key=lambda route: (len(route), route))


def test_disjoint_routes_leave_the_shortest_one_where_it_is_in_the_way() -> None:
    """The shortest route 0-1-2-3 uses both ways out; the two disjoint ones cross it."""
    net = network([(0, 1), (1, 2), (2, 3), (0, 4), (4, 2), (1, 5), (5, 3)], 6)
    assert fewest_hops_widest(net, np.ones(7), 0, 3, EVERY) == (0, 1, 2)
    assert disjoint(net, EVERY, 0, 3, 2) == ((0, 5, 6), (3, 4, 2))


def test_of_two_satellites_the_one_whose_smaller_store_is_larger() -> None:
    net = network([(0, 2), (2, 1), (0, 3), (3, 1)], 4)
    assert fewest_hops_widest(net, [900, 10, 20, 30], 0, 1, EVERY) == (2, 3)
    assert fewest_hops_widest(net, [900, 21, 20, 30], 0, 1, EVERY) == (0, 1)


def test_between_equals_the_lower_link() -> None:
    net = network([(0, 1), (0, 1), (1, 2), (1, 2)], 3)
    assert fewest_hops_widest(net, [5, 5, 5, 5], 0, 2, EVERY) == (0, 2)
    assert fewest_hops_widest(net, [5, 6, 5, 5], 0, 2, EVERY) == (1, 2)


@pytest.mark.parametrize(
    ("quantum", "paths", "routes"), [(1, 1, ((0,),)), (6, 1, ((1, 2),)), (1, 2, ((0,), (1, 2))), (6, 2, ()), (9, 1, ())]
)
def test_routes_that_a_demand_takes(quantum: int, paths: int, routes: tuple[tuple[int, ...], ...]) -> None:
    net = network([(0, 1), (0, 2), (2, 1)], 3)
    assert chosen(net, [5, 7, 8], (0, 1), quantum, paths) == routes


def test_a_chain_has_one_way() -> None:
    assert fewest_hops_widest(chain(3), [1, 1, 1], 3, 0, EVERY) == (2, 1, 0)
    assert disjoint(chain(3), EVERY, 0, 3, 2) is None
