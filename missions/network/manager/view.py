"""The simulated stores as a key manager would show them to a pair of applications."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from links.channel import Ints
from missions.network.routing import widest
from missions.network.service import Service


@dataclass(frozen=True, eq=False)
class StoreView:
    """End-to-end key that could be relayed for each pair of a service's demands, at any moment of the mission.

    `lost` are numbers of nodes out of service: what they would relay cannot be reached.
    """

    service: Service
    lost: Collection[int] = ()

    @cached_property
    def _demand(self) -> dict[tuple[str, str], tuple[int, int]]:
        """The two nodes of each pair, once in either order."""
        names, found = self.service.network.nodes, dict[tuple[str, str], tuple[int, int]]()
        for a, b in self.service.demands.pairs.tolist():
            if (names[b], names[a]) not in found:
                found[names[a], names[b]] = a, b
        return found

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names of the nodes whose applications ask for key."""
        return tuple(self._demand)

    @cached_property
    def _alive(self) -> NDArray[np.bool_]:
        network = self.service.network
        return np.asarray(~np.isin(network.ends, list(self.lost)).any(axis=1))

    def level(self, pair: int, time: float) -> float:
        """Bits that the widest route could give at `time` (s since the start), reserves kept; nan without a route."""
        edges = self.service.timeline.edges
        at = int(np.clip(np.searchsorted(edges, time, side="right") - 1, 0, len(edges) - 1))
        return self._width(pair, self.service.level[:, at] - self.service.stores.reserve)

    def capacity(self, pair: int) -> float:
        """Bits that the widest route could give were all stores full."""
        width = self._width(pair, self.service.stores.capacity - self.service.stores.reserve)
        return 0.0 if np.isnan(width) else width

    def _width(self, pair: int, free: Ints) -> float:
        source, target = self._demand[self.pairs[pair]]
        route = widest(self.service.network, np.maximum(free, 0), source, target, self._alive)
        return float("nan") if route is None else float(max(0, min(free[link] for link in route)))
