"""Key that the passes leave in the satellites' stores, one store for each station."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from links.channel import Ints
from missions.network.fibres import before_authentication
from missions.network.layout import Layout
from missions.network.stock import Supply
from missions.network.supply import in_order

if TYPE_CHECKING:
    from missions.budget import Budget


def pairs(budget: Budget) -> tuple[tuple[int, int], ...]:
    """Satellite and station (numbers) of every pair with a pass that was served, each once, in order."""
    found = budget.all_passes
    both = np.stack([found.satellite, found.station], axis=1)[budget.served]
    return tuple((int(satellite), int(station)) for satellite, station in np.unique(both, axis=0))


def of_passes(layout: Layout, budget: Budget) -> Supply:
    """One deposit for each finite-key block, when its last pass has set.

    Where stations state weather, a pass gives its expected key: the key under a clear sky times the probability of one.
    """
    rows = np.flatnonzero(budget.served)
    block, passes = budget.block[rows], budget.all_passes
    blocks = len(budget.keys.secret_bits)
    net = np.bincount(block, np.floor(budget.expected_bits[rows]), blocks).astype(np.int64)
    taken = _share(before_authentication(budget.keys)[1], net, budget.keys.secret_bits)
    last = np.full(blocks, -np.inf)
    np.maximum.at(last, block, passes.set[rows] - passes.start)
    link = np.zeros(blocks, dtype=np.int64)
    link[block] = _links(layout, passes.satellite[rows], passes.station[rows])
    return in_order(last, link, net + taken, taken, _origins(layout, link, block, rows))


def _share(authentication: Ints, expected: Ints, secret: Ints) -> Ints:
    """Authentication of the blocks in the same weather as their key."""
    return np.asarray(authentication * expected // np.maximum(secret, 1))


def _links(layout: Layout, satellite: Ints, station: Ints) -> Ints:
    """The link of each pass."""
    above = np.flatnonzero(layout.by_satellite)
    width = int(station.max(initial=-1)) + 1
    identity = layout.sky[above, 0] * width + layout.sky[above, 1]
    order = np.argsort(identity)
    return np.asarray(above[order[np.searchsorted(identity, satellite * width + station, sorter=order)]])


def _origins(layout: Layout, link: Ints, block: Ints, rows: Ints) -> list[str]:
    members: list[list[str]] = [[] for _ in link]
    for number, row in zip(block.tolist(), rows.tolist(), strict=True):
        members[number].append(str(row))
    names = layout.network.links
    return [f"{names[at]}, block {number}, pass {'+'.join(members[number])}" for number, at in enumerate(link.tolist())]
