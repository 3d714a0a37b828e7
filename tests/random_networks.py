"""Random small networks, what their links deliver and what is asked of them, for property tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from missions.network.demand import Demands
from missions.network.graph import Network
from missions.network.relay import Service, relay
from missions.network.stock import Stores, Supply

END = 24.0
INTS = np.int64


@dataclass(frozen=True)
class Case:
    """All that `relay` is given."""

    network: Network
    supply: Supply
    stores: Stores
    demands: Demands
    slots: np.ndarray | None
    keep: bool = True

    def serve(self, **options: Any) -> Service:
        return relay(
            self.network, self.supply, self.stores, self.demands, END, slots=self.slots, keep=self.keep, **options
        )


def network(ends: list[tuple[int, int]], nodes: int) -> Network:
    """Nodes and links named by their numbers."""
    names = tuple(f"node {number}" for number in range(nodes))
    return Network(names, np.array(ends, dtype=INTS).reshape(-1, 2), tuple(f"link {n}" for n in range(len(ends))))


def chain(links: int) -> Network:
    return network([(number, number + 1) for number in range(links)], links + 1)


def demands(
    pairs: list[tuple[int, int]], rate: list[float], quantum: int | list[int] = 1, priority: Any = 1, paths: Any = 1
) -> Demands:
    def column(values: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(values, dtype=INTS), len(pairs)).copy()

    table = np.array(pairs, dtype=INTS).reshape(-1, 2)
    return Demands(table, np.array(rate, dtype=float), column(quantum), column(priority), column(paths))


def stores(
    links: int, capacity: Any = 10**9, reserve: Any = 0, initial: Any = 0, lifetime: float = float("inf")
) -> Stores:
    column = [np.broadcast_to(np.asarray(values, dtype=INTS), links).copy() for values in (capacity, reserve, initial)]
    return Stores(*column, lifetime)


def supply(*deposits: tuple[float, int, int], taken: list[int] | None = None) -> Supply:
    """Deposits as (time, link, bits), in order."""
    time, link, bits = (list(column) for column in zip(*deposits, strict=True)) if deposits else ([], [], [])
    used = None if taken is None else np.array(taken, dtype=INTS)
    origin = tuple(f"block {number}" for number in range(len(deposits)))
    return Supply(np.array(time, dtype=float), np.array(link, dtype=INTS), np.array(bits, dtype=INTS), origin, used)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    nodes = draw(st.integers(2, 6))
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda ends: ends[0] != ends[1])
    return network(draw(st.lists(pair, min_size=1, max_size=10)), nodes)


@st.composite
def capacities(draw: st.DrawFn, links: int, most: int = 50) -> np.ndarray:
    return np.array(draw(st.lists(st.integers(0, most), min_size=links, max_size=links)), dtype=INTS)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A joined network whose stores are filled, refilled, limited and aged in many ways."""
    nodes = draw(st.integers(2, 5))
    tree = [(draw(st.integers(0, node - 1)), node) for node in range(1, nodes)]
    pair = st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1)).filter(lambda ends: ends[0] != ends[1])
    net = network([*tree, *draw(st.lists(pair, max_size=5))], nodes)
    links = len(net.links)
    held = np.array(draw(st.lists(st.integers(10, 60), min_size=links, max_size=links)), dtype=INTS)
    reserve, initial = (
        (held * np.array(draw(st.lists(st.sampled_from(shares), min_size=links, max_size=links)))).astype(INTS)
        for shares in ((0.0, 0.2), (0.0, 0.5, 1.0))
    )
    lifetime = draw(st.sampled_from([np.inf, 20.0, 7.5, 3.0]))
    asked = draw(
        st.lists(
            st.tuples(
                pair, st.floats(0.5, 8), st.sampled_from([1, 3, 8]), st.integers(1, 2), st.sampled_from([1, 1, 2])
            ),
            min_size=1,
            max_size=3,
        )
    )
    return Case(
        net,
        draw(_supplies(links)),
        stores(links, held, reserve, initial, lifetime),
        demands(*([list(column) for column in zip(*asked, strict=True)])),
        draw(st.sampled_from([None, np.linspace(0, END, 5), np.array([0.0, 1.0, 5.5, END])])),
        draw(st.booleans()),
    )


@st.composite
def _supplies(draw: st.DrawFn, links: int) -> Supply:
    row = st.tuples(st.integers(0, int(END)), st.integers(0, links - 1), st.integers(0, 40))
    rows = sorted(draw(st.lists(row, max_size=30)))
    taken = [bits // 4 for _, _, bits in rows] if draw(st.booleans()) else None
    return supply(*((float(time), link, bits) for time, link, bits in rows), taken=taken)
