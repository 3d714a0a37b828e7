"""The network as a graph: nodes by name, links between two of them, parallel links allowed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from links.channel import Ints


@dataclass(frozen=True, eq=False)
class Network:
    """Nodes and links. A link serves both directions from one store, so its two ends have no order."""

    nodes: tuple[str, ...]
    ends: Ints
    """Numbers of each link's two nodes, shape (links, 2)."""
    links: tuple[str, ...]
    """The links' names, each its own."""

    def __post_init__(self) -> None:
        """Raises ValueError for names that stand twice and for links that lead nowhere, or from a node to itself."""
        for what, names in (("nodes", self.nodes), ("links", self.links)):
            if len(set(names)) < len(names):
                raise ValueError(f"two {what} of the network have one name")
        if self.ends.shape != (len(self.links), 2):
            raise ValueError(f"{len(self.links)} links need two ends each, found shape {self.ends.shape}")
        if self.ends.size and not (self.ends.min() >= 0 and self.ends.max() < len(self.nodes)):
            raise ValueError("a link ends at a node that the network does not have")
        if (self.ends[:, 0] == self.ends[:, 1]).any():
            raise ValueError("a link joins a node with itself")

    @cached_property
    def _number(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.nodes)}

    def node(self, name: str) -> int:
        """The number of a node; raises ValueError for a name that the network does not have."""
        if name not in self._number:
            raise ValueError(f'the network has no node "{name}"')
        return self._number[name]

    @cached_property
    def neighbours(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each node its (link, node at the other end), in order of links."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
        for link, (a, b) in enumerate(self.ends.tolist()):
            found[a].append((link, b))
            found[b].append((link, a))
        return tuple(tuple(one) for one in found)

    def without(self, node: int) -> NDArray[np.bool_]:
        """(links,) which links are left when a node is lost."""
        return np.asarray(~(self.ends == node).any(axis=1))
