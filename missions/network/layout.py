"""The network of a mission: its nodes with their places, and its links with what each is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.crosscheck import relay_names
from missions.network import chain
from missions.network.graph import Network
from missions.network.inputs import Backbone, FibreLink, Node, Span

Place = tuple[float, float]
NOWHERE = (float("nan"), float("nan"))


class NodeKind(Enum):
    """What a node is; the values are the words that users read."""

    NODE = "node"
    STATION = "ground station"
    SATELLITE = "satellite"
    RELAY = "relay"


@dataclass(frozen=True, eq=False)
class Layout:
    """The network with what its nodes and links are."""

    network: Network
    kind: tuple[NodeKind, ...]
    position: Floats
    """Latitude and longitude in rad, shape (nodes, 2); nan for satellites and where it is not known."""
    assumed: NDArray[np.bool_]
    """(nodes,) places that nobody stated: evenly spread along the great circle."""
    entry: tuple[FibreLink | Backbone | None, ...]
    """(links,) the entry of the scenario that each fibre comes from; None for satellite links."""
    spans: tuple[Span, ...]
    """The distinct kinds of fibre span."""
    span: Ints
    """(links,) which of them each link is; -1 for satellite links."""
    sky: Ints
    """(links, 2) satellite and station number of each satellite link; -1 for fibres."""

    @property
    def fibre(self) -> NDArray[np.bool_]:
        """(links,) whether each link is a fibre."""
        return self.span >= 0

    def chain(self, link: int) -> str:
        """Name of the chain that a link is part of; empty for others."""
        entry = self.entry[link]
        return entry.name if isinstance(entry, Backbone) else ""


@dataclass
class _Draft:
    """A network as it is put together, one place and one link after another."""

    places: dict[str, tuple[NodeKind, Place, bool]] = field(default_factory=dict)
    links: list[tuple[str, str, str, FibreLink | Backbone | None, Span | None, tuple[int, int]]] = field(
        default_factory=list
    )

    def place(self, kind: NodeKind, entries: Iterable[tuple[str, Place]], assumed: bool = False) -> None:
        self.places |= {name: (kind, where, assumed) for name, where in entries}

    def at(self, name: str) -> Place:
        return self.places[name][1]


def layout(
    nodes: Sequence[Node],
    stations: Sequence[tuple[str, Place]],
    satellites: Sequence[str],
    fibres: Sequence[FibreLink],
    backbones: Sequence[Backbone],
    sky: Ints,
) -> Layout:
    """Nodes first, then stations, satellites and the chains' relays; fibres, the chains' spans, satellite links.

    `stations` are names with latitude and longitude in rad; `sky` (pairs, 2) are the satellites and stations (numbers)
    that meet.
    """
    draft = _Draft()
    draft.place(NodeKind.NODE, [(node.name, _place(node)) for node in nodes])
    draft.place(NodeKind.STATION, stations)
    draft.place(NodeKind.SATELLITE, [(name, NOWHERE) for name in satellites])
    for name, fibre in zip(_fibre_names(fibres), fibres, strict=True):
        draft.links.append((name, *fibre.between, fibre, fibre.equal(fibre.length), (-1, -1)))
    for backbone in backbones:
        _add_chain(draft, backbone)
    for satellite, station in sky.tolist():
        ends = satellites[satellite], stations[station][0]
        draft.links.append((f"{ends[0]}–{ends[1]}", *ends, None, None, (satellite, station)))
    return _finished(draft)


def _place(node: Node) -> Place:
    return NOWHERE if node.latitude is None or node.longitude is None else (node.latitude, node.longitude)


def _fibre_names(fibres: Sequence[FibreLink]) -> list[str]:
    """Their own names, or their ends; parallel ones numbered from the second."""
    given, used, names = {fibre.name for fibre in fibres if fibre.name}, Counter[str](), []
    for fibre in fibres:
        name = plain = fibre.name or "–".join(fibre.between)
        while name in used or (name in given and not fibre.name):
            used[plain] += 1
            name = f"{plain} {used[plain]}"
        used[name] += 1
        names.append(name)
    return names


def _add_chain(draft: _Draft, backbone: Backbone) -> None:
    """Its relays as places, its spans as links."""
    spans = backbone.trusted_nodes + 1
    places = np.array([draft.at(name) for name in backbone.through])
    stop = _stops(places, spans)
    names = ["", *relay_names(backbone.name, backbone.trusted_nodes), ""]
    for name, at in zip(backbone.through, stop.tolist(), strict=True):
        names[at] = name
    position = chain.joints(places, stop)
    relays = sorted(set(range(spans + 1)) - set(stop.tolist()))
    draft.place(NodeKind.RELAY, [(names[at], (position[at][0], position[at][1])) for at in relays], assumed=True)
    span, width = backbone.equal(backbone.length / spans), len(str(spans))
    for number in range(spans):
        label = backbone.name if spans == 1 else f"{backbone.name} span {number + 1:0{width}d}"
        draft.links.append((label, names[number], names[number + 1], backbone, span, (-1, -1)))


def _stops(places: Floats, spans: int) -> Ints:
    """Where the places stand; the coordinates of the ends alone need not be known."""
    return chain.stops(places, spans) if len(places) > 2 else np.array([0, spans])


def _finished(draft: _Draft) -> Layout:
    number = {name: row for row, name in enumerate(draft.places)}
    names, first, second, entries, spans, sky = (
        tuple(column) for column in (zip(*draft.links, strict=True) if draft.links else [()] * 6)
    )
    kinds = list(dict.fromkeys(span for span in spans if span is not None))
    ends = [[number[a], number[b]] for a, b in zip(first, second, strict=True)]
    places = list(draft.places.values())
    return Layout(
        network=Network(tuple(draft.places), np.array(ends, dtype=np.int64).reshape(-1, 2), names),
        kind=tuple(kind for kind, _, _ in places),
        position=np.array([where for _, where, _ in places], dtype=float).reshape(-1, 2),
        assumed=np.array([assumed for _, _, assumed in places], dtype=bool),
        entry=entries,
        spans=tuple(kinds),
        span=np.array([-1 if span is None else kinds.index(span) for span in spans], dtype=np.int64),
        sky=np.array(sky, dtype=np.int64).reshape(-1, 2),
    )
