"""A network and what it delivers as JSON, and as GeoJSON (RFC 7946) for maps of all kinds: arrays in, text out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from links.channel import Floats, Ints
from missions.network.sphere import cut, great_circle

SCHEMA = "skykey-network/1"
DIGITS = 6
"""Decimals of a degree: a decimetre, as RFC 7946 (11.2) advises."""
Columns = Mapping[str, Sequence[Any] | np.ndarray[Any, Any]]
"""A table: columns of equal length. Names end in their unit."""


@dataclass(frozen=True, eq=False)
class Graph:
    """What is drawn: nodes at their places (rad; nan where a node has none, a satellite) and links between them."""

    nodes: tuple[str, ...]
    longitude: Floats
    latitude: Floats
    links: tuple[str, ...]
    ends: Ints
    """(links, 2) numbers of nodes."""


def document(graph: Graph, nodes: Columns, links: Columns, **results: Columns) -> dict[str, Any]:
    """Everything as plain JSON values: nodes, links and further tables as lists of records; nan becomes null.

    `nodes` and `links` are more columns of those; `results` are tables of their own (pairs, demands, failures).
    Raises ValueError when the columns of a table differ in length.
    """
    places: dict[str, Any] = {
        "name": graph.nodes,
        "longitude_deg": np.degrees(graph.longitude),
        "latitude_deg": np.degrees(graph.latitude),
    }
    between = [[graph.nodes[a], graph.nodes[b]] for a, b in graph.ends.tolist()]
    tables: dict[str, Columns] = {
        "nodes": {**places, **nodes},
        "links": {"name": graph.links, "between": between, **links},
        **results,
    }
    return {"schema": SCHEMA, **{name: records(columns) for name, columns in tables.items()}}


def geojson(graph: Graph, nodes: Columns, links: Columns) -> dict[str, Any]:
    """A FeatureCollection: nodes as points, links as great circles, split where they cross the antimeridian.

    What has no place on the earth, a satellite and its links, has a null geometry, as RFC 7946 (3.2) provides.
    """
    points = [_feature("node", number, _point(graph, number), row) for number, row in enumerate(_named(graph, nodes))]
    between = [{"between": [graph.nodes[a], graph.nodes[b]]} for a, b in graph.ends.tolist()]
    rows = records({"name": graph.links, **links})
    lines = [
        _feature("link", number, _line(graph, number), {"name": row.pop("name"), **ends, **row})
        for number, (ends, row) in enumerate(zip(between, rows, strict=True))
    ]
    return {"type": "FeatureCollection", "features": points + lines}


def text(value: dict[str, Any]) -> str:
    """JSON as it is written to a file: equal content gives equal bytes."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def records(columns: Columns) -> list[dict[str, Any]]:
    """One dictionary per row, of plain JSON values."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"columns differ in length: {lengths}")
    names, plain = list(columns), [[_plain(value) for value in column] for column in columns.values()]
    return [dict(zip(names, row, strict=True)) for row in zip(*plain, strict=True)]


def _plain(value: Any) -> Any:
    """What JSON can say: numpy's numbers as Python's, enumerations by name, nan and inf as null."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, np.generic | np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _named(graph: Graph, nodes: Columns) -> list[dict[str, Any]]:
    return records({"name": graph.nodes, **nodes})


def _feature(kind: str, number: int, geometry: dict[str, Any] | None, properties: dict[str, Any]) -> dict[str, Any]:
    properties = {"feature": kind, **properties}
    return {"type": "Feature", "id": f"{kind}-{number}", "geometry": geometry, "properties": properties}


def _point(graph: Graph, node: int) -> dict[str, Any] | None:
    longitude, latitude = graph.longitude[node], graph.latitude[node]
    if not (np.isfinite(longitude) and np.isfinite(latitude)):
        return None
    turned = math.remainder(float(longitude), 2.0 * math.pi)
    return {"type": "Point", "coordinates": _positions(np.array([[turned, latitude]]))[0]}


def _line(graph: Graph, link: int) -> dict[str, Any] | None:
    """Longitude before latitude, in degrees; pieces where it crosses the antimeridian (RFC 7946, 3.1.9)."""
    start, end = (np.array([graph.longitude[node], graph.latitude[node]]) for node in graph.ends[link])
    if not (np.isfinite(start).all() and np.isfinite(end).all()):
        return None
    pieces = [_positions(piece) for piece in cut(great_circle(start, end))]
    if len(pieces) == 1:
        return {"type": "LineString", "coordinates": pieces[0]}
    return {"type": "MultiLineString", "coordinates": pieces}


def _positions(points: Floats) -> list[list[float]]:
    positions: list[list[float]] = (np.round(np.degrees(points), DIGITS) + 0.0).tolist()
    return positions
