from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from random_networks import network, networks

from missions.network.graph import Network

TRIANGLE = network([(0, 1), (1, 2), (2, 0), (0, 1)], 4)


def test_neighbours_in_order_of_links() -> None:
    assert TRIANGLE.neighbours == (((0, 1), (2, 2), (3, 1)), ((0, 0), (1, 2), (3, 0)), ((1, 1), (2, 0)), ())
    assert TRIANGLE.node("node 2") == 2


def test_links_that_are_left_without_a_node() -> None:
    assert TRIANGLE.without(1).tolist() == [False, False, True, False]
    assert TRIANGLE.without(3).all()


@given(networks())
def test_every_link_is_seen_from_both_ends(net: Network) -> None:
    seen = sorted((link, node, other) for node, ways in enumerate(net.neighbours) for link, other in ways)
    ends = [(link, *pair) for link, (a, b) in enumerate(net.ends.tolist()) for pair in ((a, b), (b, a))]
    assert seen == sorted(ends)


@pytest.mark.parametrize(
    ("nodes", "ends", "links", "message"),
    [
        (("a", "a"), [[0, 1]], ("x",), "two nodes of the network have one name"),
        (("a", "b"), [[0, 1], [0, 1]], ("x", "x"), "two links of the network have one name"),
        (("a", "b"), [[0, 1]], ("x", "y"), "2 links need two ends each"),
        (("a", "b"), [[0, 2]], ("x",), "ends at a node that the network does not have"),
        (("a", "b"), [[-1, 1]], ("x",), "ends at a node that the network does not have"),
        (("a", "b"), [[1, 1]], ("x",), "joins a node with itself"),
    ],
)
def test_networks_that_cannot_be(
    nodes: tuple[str, ...], ends: list[list[int]], links: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Network(nodes, np.array(ends), links)


def test_a_node_that_is_not_there() -> None:
    with pytest.raises(ValueError, match='no node "Atlantis"'):
        TRIANGLE.node("Atlantis")
