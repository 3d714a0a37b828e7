from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import capacities, chain, network, networks

from missions.network.flows import chain_share, concurrent, max_flow
from missions.network.graph import Network

SOLVED = 1e-9  # relative: HiGHS ends in a vertex, of quantities near 1


def cuts(net: Network, capacity: np.ndarray, source: int, target: int) -> list[int]:
    """Capacity of every cut between two nodes, by trying all sides."""
    others = [node for node in range(len(net.nodes)) if node not in (source, target)]
    sides = [{source, *some} for size in range(len(others) + 1) for some in combinations(others, size)]
    return [int(capacity[[(a in side) != (b in side) for a, b in net.ends.tolist()]].sum()) for side in sides]


def joined(net: Network, usable: np.ndarray, source: int) -> set[int]:
    near: set[int] = set()
    waiting = [source]
    while waiting:
        node = waiting.pop()
        if node not in near:
            near.add(node)
            waiting += [other for link, other in net.neighbours[node] if usable[link]]
    return near


@given(networks(), st.data())
def test_a_flow_is_as_large_as_the_smallest_cut(net: Network, data: st.DataObject) -> None:
    capacity = data.draw(capacities(len(net.links)))
    value, cut = max_flow(net, capacity, 0, 1)
    assert value == min(cuts(net, capacity, 0, 1))
    assert capacity[cut].sum() == value
    assert 1 not in joined(net, ~cut, 0)
    assert max_flow(net, capacity, 1, 0).value == value


@given(networks(), st.data())
def test_one_more_link_never_lowers_a_flow(net: Network, data: st.DataObject) -> None:
    capacity = data.draw(capacities(len(net.links)))
    nodes = len(net.nodes)
    a, b = data.draw(
        st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda ends: ends[0] != ends[1])
    )
    more = network([*map(tuple, net.ends.tolist()), (a, b)], nodes)
    wider = np.append(capacity, data.draw(st.integers(0, 50)))
    assert max_flow(more, wider, 0, 1).value >= max_flow(net, capacity, 0, 1).value


@given(networks(), st.data())
def test_rates_need_not_be_whole(net: Network, data: st.DataObject) -> None:
    capacity = data.draw(capacities(len(net.links)))
    assert max_flow(net, capacity * 0.1, 0, 1).value == pytest.approx(
        0.1 * max_flow(net, capacity, 0, 1).value, rel=SOLVED
    )


@given(networks(), st.data())
def test_one_pair_at_once_gets_the_whole_flow(net: Network, data: st.DataObject) -> None:
    capacity = data.draw(capacities(len(net.links)))
    for scale in (1.0, 1e6):
        rate = concurrent(net, capacity * scale, np.array([[0, 1]]))
        assert rate == pytest.approx(max_flow(net, capacity, 0, 1).value * scale, rel=SOLVED, abs=SOLVED * scale)


@given(networks(), st.data())
def test_all_pairs_at_once_get_between_an_equal_part_and_all_of_the_flow(net: Network, data: st.DataObject) -> None:
    capacity, pairs = data.draw(capacities(len(net.links))), np.array([*combinations(range(len(net.nodes)), 2)])
    rate = concurrent(net, capacity, pairs)
    each = [max_flow(net, capacity, a, b).value for a, b in pairs.tolist()]
    assert rate <= min(each) * (1 + SOLVED) + SOLVED
    assert rate >= min(each) / len(pairs) * (1 - SOLVED) - SOLVED


@pytest.mark.parametrize(("nodes", "share"), [(2, 1), (3, 2), (32, 256), (33, 272)])
def test_a_chain_that_serves_all_pairs_at_once(nodes: int, share: int) -> None:
    """32 trusted nodes: C / 256. A chain of 32 links has 33 nodes, whose pairs get C / 272."""
    rate = 1e6
    pairs = np.array([*combinations(range(nodes), 2)])
    assert concurrent(chain(nodes - 1), np.full(nodes - 1, rate), pairs) == pytest.approx(rate / share, rel=SOLVED)
    assert chain_share(rate, nodes) == rate / share
    assert share == max(i * (nodes - i) for i in range(1, nodes))


def test_a_ring_carries_twice_its_chain() -> None:
    ring = network([(0, 1), (1, 2), (2, 3), (3, 0)], 4)
    assert max_flow(ring, np.full(4, 7), 0, 2).value == 14
    assert concurrent(ring, np.full(4, 7), np.array([[0, 2], [1, 3]])) == pytest.approx(7, rel=SOLVED)


def test_parts_that_are_not_joined() -> None:
    net = network([(0, 1), (2, 3)], 4)
    flow = max_flow(net, np.array([5, 5]), 0, 3)
    assert (flow.value, flow.cut.any()) == (0, False)
    assert concurrent(net, np.array([5, 5]), np.array([[0, 1], [0, 3]])) == pytest.approx(0, abs=SOLVED)
    assert concurrent(net, np.zeros(2), np.array([[0, 1]])) == 0
    assert np.isnan(concurrent(net, np.ones(2), np.empty((0, 2), dtype=np.int64)))


@pytest.mark.parametrize(("capacity", "target"), [(-1, 1), (1, 0)])
def test_flows_that_cannot_be(capacity: int, target: int) -> None:
    with pytest.raises(ValueError, match="a flow leads between two nodes"):
        max_flow(chain(1), np.array([capacity]), 0, target)
    with pytest.raises(ValueError, match="a flow leads between two nodes"):
        concurrent(chain(1), np.array([capacity]), np.array([[0, target]]))
