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
from missions.network.inputs import Backbone, FibreLink, MeasuredLink, Node, Span

Place = tuple[float, float]
Entry = FibreLink | Backbone | MeasuredLink
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
    entry: tuple[Entry | None, ...]
    """(links,) the entry of the scenario that each link comes from; None for satellite links."""
    spans: tuple[Span, ...]
    """The distinct kinds of fibre span."""
    span: Ints
    """(links,) which of them each link is; -1 for links that are no fibre described here."""
    sky: Ints
    """(links, 2) satellite and station number of each satellite link; -1 for others."""

    @property
    def by_satellite(self) -> NDArray[np.bool_]:
        """(links,) whether each link is between a satellite and a station."""
        return self.sky[:, 0] >= 0

    def chain(self, link: int) -> str:
        """Name of the chain that a link is part of; empty for others."""
        entry = self.entry[link]
        return entry.name if isinstance(entry, Backbone) else ""


@dataclass(frozen=True)
class _Line:
    """A link as it is put together."""

    name: str
    ends: tuple[str, str]
    entry: Entry | None = None
    span: Span | None = None
    sky: tuple[int, int] = (-1, -1)


@dataclass
class _Draft:
    """A network as it is put together, one place and one link after another."""

    places: dict[str, tuple[NodeKind, Place, bool]] = field(default_factory=dict)
    links: list[_Line] = field(default_factory=list)

    def place(self, kind: NodeKind, entries: Iterable[tuple[str, Place]], assumed: bool = False) -> None:
        self.places |= {name: (kind, where, assumed) for name, where in entries}

    def at(self, name: str) -> Place:
        return self.places[name][1]


@dataclass(frozen=True)
class Sky:
    """Stations with latitude and longitude (rad), satellites, and the pairs of them (by number) that share key."""

    stations: tuple[tuple[str, Place], ...] = ()
    satellites: tuple[str, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()


def layout(
    nodes: Sequence[Node],
    fibres: Sequence[FibreLink],
    backbones: Sequence[Backbone],
    measured: Sequence[MeasuredLink],
    sky: Sky,
) -> Layout:
    """Nodes first, then stations, satellites and the chains' relays; fibres, measured links, spans, satellite links."""
    draft = _Draft()
    draft.place(NodeKind.NODE, [(node.name, _place(node)) for node in nodes])
    draft.place(NodeKind.STATION, sky.stations)
    draft.place(NodeKind.SATELLITE, [(name, NOWHERE) for name in sky.satellites])
    entries: list[FibreLink | MeasuredLink] = [*fibres, *measured]
    for name, entry in zip(_names(entries), entries, strict=True):
        span = entry.equal(entry.length) if isinstance(entry, FibreLink) else None
        draft.links.append(_Line(name, entry.between, entry, span))
    for backbone in backbones:
        _add_chain(draft, backbone)
    for satellite, station in sky.pairs:
        ends = sky.satellites[satellite], sky.stations[station][0]
        draft.links.append(_Line(f"{ends[0]}–{ends[1]}", ends, sky=(satellite, station)))
    return _finished(draft)


def _place(node: Node) -> Place:
    return NOWHERE if node.latitude is None or node.longitude is None else (node.latitude, node.longitude)


def _names(links: Sequence[FibreLink | MeasuredLink]) -> list[str]:
    """Their own names, or their ends; parallel ones numbered from the second."""
    given, used, names = {link.name for link in links if link.name}, Counter[str](), []
    for link in links:
        name = plain = link.name or "–".join(link.between)
        while name in used or (name in given and not link.name):
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
        draft.links.append(_Line(label, (names[number], names[number + 1]), backbone, span))


def _stops(places: Floats, spans: int) -> Ints:
    """Where the places stand; the coordinates of the ends alone need not be known."""
    return chain.stops(places, spans) if len(places) > 2 else np.array([0, spans])


def _finished(draft: _Draft) -> Layout:
    number = {name: row for row, name in enumerate(draft.places)}
    kinds = list(dict.fromkeys(link.span for link in draft.links if link.span is not None))
    ends = [[number[name] for name in link.ends] for link in draft.links]
    places = list(draft.places.values())
    span = [-1 if link.span is None else kinds.index(link.span) for link in draft.links]
    return Layout(
        network=Network(
            tuple(draft.places), np.array(ends, dtype=np.int64).reshape(-1, 2), tuple(link.name for link in draft.links)
        ),
        kind=tuple(kind for kind, _, _ in places),
        position=np.array([where for _, where, _ in places], dtype=float).reshape(-1, 2),
        assumed=np.array([assumed for _, _, assumed in places], dtype=bool),
        entry=tuple(link.entry for link in draft.links),
        spans=tuple(kinds),
        span=np.array(span, dtype=np.int64),
        sky=np.array([link.sky for link in draft.links], dtype=np.int64).reshape(-1, 2),
    )
