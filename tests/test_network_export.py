from __future__ import annotations

import json
from enum import Enum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions.network.export import SCHEMA, Graph, document, geojson, records, text

DEG = np.pi / 180.0
ROUNDED = 1e-6  # degrees, as written
MEMBERS = {"FeatureCollection": {"type", "features"}, "Feature": {"type", "id", "geometry", "properties"}}


class Verdict(Enum):
    SERVED = "asked and served"


def graph(places: list[tuple[float, float]], ends: list[tuple[int, int]]) -> Graph:
    longitude, latitude = np.array(places, dtype=float).T * DEG
    names = tuple(f"node {number}" for number in range(len(places)))
    links = tuple(f"{a}–{b}" for a, b in ends)
    return Graph(names, longitude, latitude, links, np.array(ends, dtype=np.int64).reshape(-1, 2))


NETWORK = graph([(16.37, 48.21), (116.41, 39.9), (np.nan, np.nan), (-122.4, 37.8)], [(0, 2), (2, 1), (1, 3), (0, 1)])
NODES = {"kind": ["node", "node", "satellite", "node"], "exposure_bits": np.array([1, 2, 3, 4])}
LINKS = {"rate_bps": np.array([1.5, np.nan, np.inf, 0.0]), "verdict": [Verdict.SERVED] * 4}


def check(collection: dict[str, Any]) -> None:
    """The rules of RFC 7946 that a FeatureCollection of points and lines can break."""
    assert set(collection) == MEMBERS["FeatureCollection"]  # 4: no "crs"
    assert collection["type"] == "FeatureCollection"
    identities = [feature["id"] for feature in collection["features"]]
    assert len(set(identities)) == len(identities)
    for feature in collection["features"]:
        assert set(feature) == MEMBERS["Feature"]
        assert feature["type"] == "Feature"
        assert isinstance(feature["properties"], dict)
        if feature["geometry"] is not None:
            check_geometry(feature["geometry"])


def check_geometry(geometry: dict[str, Any]) -> None:
    assert set(geometry) == {"type", "coordinates"}
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        check_positions([coordinates])
        return
    assert kind in ("LineString", "MultiLineString")
    for line in [coordinates] if kind == "LineString" else coordinates:
        assert len(line) >= 2  # 3.1.4
        check_positions(line)
        steps = np.abs(np.diff(np.array(line)[:, 0]))
        assert steps.max() <= 180.0  # 3.1.9: no line jumps over the antimeridian


def check_positions(positions: list[list[float]]) -> None:
    for longitude, latitude in positions:  # 3.1.1: longitude first
        assert -180.0 <= longitude <= 180.0
        assert -90.0 <= latitude <= 90.0


def test_geojson_of_a_network() -> None:
    collection = geojson(NETWORK, NODES, LINKS)
    check(collection)
    nodes, links = collection["features"][:4], collection["features"][4:]
    assert nodes[0]["geometry"] == {"type": "Point", "coordinates": [16.37, 48.21]}
    assert nodes[0]["properties"] == {"feature": "node", "name": "node 0", "kind": "node", "exposure_bits": 1}
    assert nodes[2]["geometry"] is None
    assert [link["geometry"] and link["geometry"]["type"] for link in links] == [
        None, None, "MultiLineString", "LineString"
    ]  # fmt: skip
    assert links[0]["properties"]["between"] == ["node 0", "node 2"]
    assert [link["properties"]["rate_bps"] for link in links] == [1.5, None, None, 0.0]
    assert links[0]["properties"]["verdict"] == "served"


def test_a_link_over_the_pacific_is_split_at_the_antimeridian() -> None:
    west, east = geojson(NETWORK, NODES, LINKS)["features"][6]["geometry"]["coordinates"]
    assert west[0] == [116.41, 39.9]
    assert west[-1][0] == 180.0
    assert east[0] == [-180.0, west[-1][1]]
    assert east[-1] == [-122.4, 37.8]


def test_great_circles_are_sampled() -> None:
    line = geojson(NETWORK, NODES, LINKS)["features"][7]["geometry"]["coordinates"]
    assert line[0] == [16.37, 48.21]
    assert line[-1] == [116.41, 39.9]
    assert max(latitude for _, latitude in line) > 56  # bends to the north of both ends


@given(
    st.lists(st.tuples(st.floats(-540, 540), st.floats(-89.9, 89.9)), min_size=2, max_size=6),
    st.data(),
)
def test_any_network_keeps_the_rules(places: list[tuple[float, float]], data: st.DataObject) -> None:
    number = st.integers(0, len(places) - 1)
    ends = data.draw(st.lists(st.tuples(number, number), max_size=4))
    one = graph(places, ends)
    x, y = one.longitude, one.latitude
    apart = np.sin(y[one.ends[:, 0]]) * np.sin(y[one.ends[:, 1]]) + np.cos(y[one.ends[:, 0]]) * np.cos(
        y[one.ends[:, 1]]
    ) * np.cos(x[one.ends[:, 0]] - x[one.ends[:, 1]])
    if np.any(apart < -1 + 1e-9):
        return
    collection = geojson(one, {}, {})
    check(collection)
    for feature, (a, b) in zip(collection["features"][len(places) :], ends, strict=True):
        coordinates = feature["geometry"]["coordinates"]
        pieces = [coordinates] if feature["geometry"]["type"] == "LineString" else coordinates
        for (longitude, latitude), place in ((pieces[0][0], places[a]), (pieces[-1][-1], places[b])):
            assert latitude == pytest.approx(place[1], abs=ROUNDED)
            away = np.exp(1j * DEG * longitude) - np.exp(1j * DEG * place[0])
            assert abs(away) * np.cos(place[1] * DEG) < 1e-6


def test_the_document_holds_every_table() -> None:
    pairs = {"between": [("node 0", "node 1")], "hops": np.array([3]), "outage": np.array([np.nan])}
    whole = document(NETWORK, NODES, LINKS, pairs=pairs)
    assert whole["schema"] == SCHEMA
    assert list(whole) == ["schema", "nodes", "links", "pairs"]
    assert whole["nodes"][0]["longitude_deg"] == pytest.approx(16.37)
    assert whole["nodes"][2]["latitude_deg"] is None
    assert whole["links"][3] == {
        "name": "0–1", "between": ["node 0", "node 1"], "rate_bps": 0.0, "verdict": "served"
    }  # fmt: skip
    assert whole["pairs"] == [{"between": ["node 0", "node 1"], "hops": 3, "outage": None}]


def test_text_reads_back_and_repeats() -> None:
    whole = document(NETWORK, NODES, LINKS)
    assert json.loads(text(whole)) == whole
    assert text(whole) == text(document(NETWORK, NODES, LINKS))
    assert "–" in text(whole)
    assert text(geojson(NETWORK, NODES, LINKS)).endswith("}\n")


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        records({"a": [1, 2], "b": [1]})
    with pytest.raises(ValueError, match="differ in length"):
        geojson(NETWORK, {"kind": ["node"]}, LINKS)


def test_an_empty_table_has_no_records() -> None:
    assert records({"a": [], "b": np.empty(0)}) == []
