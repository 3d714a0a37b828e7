"""How much key a network can carry between two nodes, and between many pairs at once: bounds for any way of routing.

Capacities are whatever can be relayed: rates, or bits that are there. Both directions of a link share its capacity.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.graph import Network


class Flow(NamedTuple):
    """The most that can be relayed between two nodes, and the links that limit it."""

    value: float
    cut: NDArray[np.bool_]
    """(links,) a smallest set of links, by capacity, without which the two are apart: their capacity is `value`."""


def max_flow(network: Network, capacity: Floats | Ints, source: int, target: int) -> Flow:
    """Most that `source` and `target` can share over all routes together, by capacities (links,).

    The cut is the one nearest to the source; of whole numbers the value is exact. Always along a path of fewest hops:
    J. Edmonds, R. M. Karp 1972, doi:10.1145/321694.321699. Raises ValueError for a negative capacity and for a pair of
    one node.
    """
    if source == target or (capacity < 0).any():
        raise ValueError("a flow leads between two nodes, over capacities of at least 0")
    forward: list[float] = capacity.tolist()
    backward, starts = list(forward), network.ends[:, 0].tolist()
    value: float = 0
    while True:
        came = _reached(network, forward, backward, source)
        if target not in came:
            break
        path, node = [], target
        while node != source:
            link, node = came[node]
            path.append((link, (forward, backward) if starts[link] == node else (backward, forward)))
        amount = min(along[link] for link, (along, _) in path)
        for link, (along, against) in path:
            along[link] -= amount
            against[link] += amount
        value += amount
    near = np.isin(network.ends, list(came))
    return Flow(value, near[:, 0] != near[:, 1])


def _reached(network: Network, forward: list[float], backward: list[float], source: int) -> dict[int, tuple[int, int]]:
    """Nodes that more could be sent to, each with the link and the node before it, in order of hops."""
    came, waiting = {source: (-1, -1)}, deque([source])
    starts: list[int] = network.ends[:, 0].tolist()
    while waiting:
        node = waiting.popleft()
        for link, other in network.neighbours[node]:
            left = forward[link] if starts[link] == node else backward[link]
            if left > 0 and other not in came:
                came[other] = link, node
                waiting.append(other)
    return came


def concurrent(network: Network, capacity: Floats | Ints, pairs: Ints) -> float:
    """Largest rate that all `pairs` (pairs, 2) of nodes can have at once, each the same, over all routes.

    A linear programme of flows over links, those from one node taken together, solved by HiGHS in units of the mean
    capacity. 0 where a pair is not connected; nan without pairs. Raises ValueError for a negative capacity and for a
    pair of one node.
    """
    if (capacity < 0).any() or (pairs[:, 0] == pairs[:, 1]).any():
        raise ValueError("a flow leads between two nodes, over capacities of at least 0")
    if not len(pairs) or not capacity.any():
        return 0.0 if len(pairs) else float("nan")
    from scipy.optimize import linprog

    unit = float(capacity.mean())
    balance, shared = _balance(network, pairs), _shared(network, len(np.unique(pairs[:, 0])))
    cost = np.zeros(balance.shape[1])
    cost[-1] = -1.0
    best: Any = linprog(cost, A_ub=shared, b_ub=capacity / unit, A_eq=balance, b_eq=np.zeros(balance.shape[0]))
    if best.status != 0:
        raise RuntimeError(f"the linear programme of concurrent flows was not solved: {best.message}")
    return float(-best.fun) / len(pairs) * unit


def _balance(network: Network, pairs: Ints) -> Any:
    """What flows into each node from each source, less what flows on, less its share of all that the pairs get.

    Columns are (source, direction, link), and last the sum of the rates of all pairs, which is of the capacities' size.
    """
    from scipy.sparse import block_diag, csr_array, hstack

    links, nodes = np.arange(len(network.links)), len(network.nodes)
    a, b = network.ends.T
    rows = np.concatenate([b, a, a, b])
    columns = np.concatenate([links, links, links + len(links), links + len(links)])
    sign = np.repeat([1.0, -1.0, 1.0, -1.0], len(links))
    one = csr_array((sign, (rows, columns)), shape=(nodes, 2 * len(links)))
    sources, row = np.unique(pairs[:, 0], return_inverse=True)
    wanted = np.zeros((len(sources), nodes))
    np.add.at(wanted, (row, pairs[:, 1]), 1.0 / len(pairs))
    wanted[np.arange(len(sources)), sources] = -wanted.sum(axis=1)
    return csr_array(hstack([block_diag([one] * len(sources)), -csr_array(wanted.reshape(-1, 1))]))


def _shared(network: Network, sources: int) -> Any:
    """What flows over each link, both directions and all sources together."""
    from scipy.sparse import csr_array, eye_array, hstack

    each = eye_array(len(network.links))
    return csr_array(hstack([each] * (2 * sources) + [csr_array((len(network.links), 1))]))


def chain_share(rate: float, nodes: int) -> float:
    """What every pair gets when all pairs of a chain of equal links of `rate` are served at once.

    The link after the i-th of n nodes carries all i (n - i) pairs across it, most in the middle: C / 256 for 32 nodes.
    """
    return rate / ((nodes // 2) * (nodes - nodes // 2))
