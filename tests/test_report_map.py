from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from links.channel import Floats
from missions.network.sphere import cut, great_circle
from missions.report import land
from missions.report.labels import LETTER, Labels
from missions.report.land import Window, around, clipped
from missions.report.map import WIDTH, Lines, Places, network_map
from missions.report.signs import THICK, THIN, widths

DEG = np.pi / 180.0
KILOMETRE = 1.0 / 6371.0  # rad on the sphere
AREA = 0.01  # of the drawn land of the earth; the clipped copies are cut exactly, rounding is 0.01 degree
PIXEL = 0.11  # coordinates are written with one decimal


def area(ring: Floats) -> float:
    x, y = ring.T
    return 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))


def place(longitude: float, latitude: float) -> Floats:
    return np.array([longitude, latitude]) * DEG


longitudes, latitudes = st.floats(-180.0, 180.0), st.floats(-85.0, 85.0)


@given(longitudes, latitudes, longitudes, latitudes)
def test_great_circles_join_their_ends_the_short_way(a: float, b: float, c: float, d: float) -> None:
    start, end = place(a, b), place(c, d)
    chord = np.cos(b * DEG) * np.cos(d * DEG) * np.cos((a - c) * DEG) + np.sin(b * DEG) * np.sin(d * DEG)
    if chord < -1 + 1e-6:
        return
    points = great_circle(start, end)
    assert np.allclose(points[0], start, atol=1e-9)
    assert np.allclose(np.exp(1j * points[-1, 0]), np.exp(1j * end[0]), atol=1e-6)
    assert points[-1, 1] == end[1]
    assert np.abs(np.diff(points[:, 0])).max() <= np.pi + 1e-9
    x = np.column_stack([np.cos(points[:, 1]) * np.cos(points[:, 0]), np.cos(points[:, 1]) * np.sin(points[:, 0]),
                         np.sin(points[:, 1])])  # fmt: skip
    length = np.arccos(np.clip((x[1:] * x[:-1]).sum(axis=1), -1, 1)).sum()
    assert length == pytest.approx(np.arccos(np.clip(chord, -1, 1)), abs=KILOMETRE)


def test_antipodes_have_no_shortest_way() -> None:
    with pytest.raises(ValueError, match="antipodes"):
        great_circle(place(0, 0), place(180, 0))


def test_vienna_to_beijing_passes_where_it_should() -> None:
    """Half way lies on the bisector of the two directions from the earth's centre."""
    points = great_circle(place(16.37, 48.21), place(116.41, 39.90), step=1e-4)
    middle = points[len(points) // 2]
    a, b = (np.array([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)]) for x, y in points[[0, -1]])
    half = (a + b) / np.linalg.norm(a + b)
    assert middle[1] == pytest.approx(np.arcsin(half[2]), abs=1e-4)
    assert middle[0] == pytest.approx(np.arctan2(half[1], half[0]), abs=2e-4)


@given(longitudes, latitudes, longitudes, latitudes)
def test_pieces_stay_within_the_map_and_meet_at_the_antimeridian(a: float, b: float, c: float, d: float) -> None:
    if abs(abs(a - c) - 180.0) < 0.1:
        return
    points = great_circle(place(a, b), place(c, d))
    pieces = cut(points)
    assert len(pieces) <= 2
    for piece in pieces:
        assert np.abs(piece[:, 0]).max() <= np.pi + 1e-9
        assert np.abs(np.diff(piece[:, 0])).max(initial=0.0) < np.pi
    if len(pieces) == 2:
        left, right = pieces[0][-1], pieces[1][0]
        assert abs(left[0]) == pytest.approx(np.pi)
        assert right[0] == pytest.approx(-left[0])
        assert left[1] == pytest.approx(right[1])
    assert np.exp(1j * pieces[0][0, 0]) == pytest.approx(np.exp(1j * points[0, 0]))
    assert pieces[-1][-1, 1] == points[-1, 1]


def test_a_line_that_ends_on_the_antimeridian_is_not_cut() -> None:
    for ends in [((170, 0), (180, 5)), ((170, 0), (-180, 5)), ((180, 1), (170, 0)), ((180, 0), (180, 10))]:
        (piece,) = cut(great_circle(place(*ends[0]), place(*ends[1])))
        assert np.abs(piece[:, 0]).max() == pytest.approx(np.pi)


def test_the_land_is_the_earths() -> None:
    """29.2 % of the sphere is land; 1:110 million leaves out the small islands and adds the ice shelves."""
    assert 100 < len(land.rings()) < 140
    for ring in land.rings():
        assert np.abs(np.diff(ring[:, 0], append=ring[0, 0])).max() <= 360.0
        assert np.abs(ring[:, 1]).max() <= 90.0
    share = sum(
        0.5 * abs(np.dot(np.radians(x), np.sin(np.radians(np.roll(y, 1))))
                  - np.dot(np.sin(np.radians(y)), np.radians(np.roll(x, 1))))
        for x, y in (ring.T for ring in land.rings())
    ) / (4 * np.pi)  # fmt: skip
    assert share == pytest.approx(0.292, abs=0.01)


@pytest.mark.parametrize("west", [-180.0, -90.0, 0.0, 77.0, 179.0])
def test_the_whole_earth_shows_all_land_wherever_it_is_cut(west: float) -> None:
    shown = sum(area(ring) for ring in clipped(Window(west, -90.0, west + 360.0, 90.0)))
    assert shown == pytest.approx(sum(area(ring) for ring in land.rings()), rel=AREA)


@given(st.floats(-180, 180), st.floats(-80, 70), st.floats(1, 200), st.floats(1, 20))
def test_clipped_land_stays_in_its_window(west: float, south: float, wide: float, high: float) -> None:
    window = Window(west, south, west + wide, south + high)
    for ring in clipped(window):
        assert np.all(ring.min(axis=0) >= np.array([window.west, window.south]) - 1e-9)
        assert np.all(ring.max(axis=0) <= np.array([window.east, window.north]) + 1e-9)


def test_two_halves_of_a_window_add_up() -> None:
    whole, west, east = Window(0, 0, 60, 60), Window(0, 0, 31, 60), Window(31, 0, 60, 60)
    sums = [sum(area(ring) for ring in clipped(window)) for window in (whole, west, east)]
    assert sums[0] == pytest.approx(sums[1] + sums[2])
    assert sums[0] > 0


def test_a_window_across_the_antimeridian() -> None:
    window = around(np.array([170.0, -170.0]), np.array([-20.0, 20.0]), 2.0)
    assert window.east - window.west < 180
    assert np.all(window.west < window.inside(np.array([170.0, -170.0, 180.0])))
    assert np.all(window.inside(np.array([170.0, -170.0, 180.0])) < window.east)


@given(st.lists(st.tuples(longitudes, st.floats(-89, 89)), min_size=1, max_size=8), st.floats(1.0, 3.0))
def test_a_window_holds_its_places(places: list[tuple[float, float]], shape: float) -> None:
    longitude, latitude = np.array(places).T
    window = around(longitude, latitude, shape)
    inside = window.inside(longitude)
    assert np.all((window.west - 1e-9 <= inside) & (inside <= window.east + 1e-9))
    assert np.all((window.south - 1e-9 <= latitude) & (latitude <= window.north + 1e-9))
    assert window.east - window.west <= 360 + 1e-9
    assert -90 - 1e-9 <= window.south < window.north <= 90 + 1e-9


NAMES = ("Beijing", "relay 1", "Shanghai", "Graz", "Micius", "Vienna")
LONGITUDE = np.array([116.41, 119.0, 121.47, 15.49, np.nan, 16.37]) * DEG
LATITUDE = np.array([39.9, 35.6, 31.23, 47.07, np.nan, 48.21]) * DEG
KINDS = ("node", "relay", "node", "station", "satellite", "node")
PLACES = Places(NAMES, LONGITUDE, LATITUDE, KINDS)
LINES = Lines(
    ends=np.array([[0, 1], [1, 2], [4, 3], [4, 0], [3, 5]]),
    kinds=("fibre", "fibre", "satellite", "satellite", "fibre"),
    weights=np.array([12e3, 9e3, 40.0, 0.0, np.nan]),
    hints=("Beijing–relay 1 <1>", "b", "c", "d", "e"),
    marked=np.array([False, False, True, False, False]),
)


def test_the_map_is_well_formed_and_says_what_it_shows() -> None:
    text = network_map(PLACES, LINES, "bit/s", "bottleneck", "Test & map")
    root = ElementTree.fromstring(text)
    words = [element.text for element in root.iter("text")]
    for name in ("Beijing", "Shanghai", "Graz", "Vienna", "Micius"):
        assert name in words
    assert "relay 1" not in words  # a hint, not a label
    for name in ("trusted node", "trusted relay", "ground station", "satellite", "fibre", "by satellite", "no key",
                 "bottleneck", "40 bit/s", "12,000 bit/s"):  # fmt: skip
        assert name in words
    hints = [element.text for element in root.iter("title")]
    assert "relay 1" in hints
    assert "Beijing–relay 1 <1>" in hints
    assert root.get("aria-label") == "Test & map: map of 6 nodes"
    assert "http" not in text
    assert "nan" not in text
    assert network_map(PLACES, LINES, "bit/s", "bottleneck", "Test & map") == text


def test_every_node_lies_inside_the_picture() -> None:
    root = ElementTree.fromstring(network_map(PLACES, LINES, "bit/s"))
    _, _, width, height = map(float, str(root.get("viewBox")).split())
    assert width == WIDTH
    for circle in root.iter("circle"):
        assert 0 < float(str(circle.get("cx"))) < width
        assert 0 < float(str(circle.get("cy"))) < height


def test_links_across_the_antimeridian_are_drawn_without_a_line_across_the_map() -> None:
    """Around the whole earth, so that the picture has an edge that a link crosses."""
    longitude = np.array([-100.0, -10.0, 80.0, 130.0, -160.0]) * DEG
    places = Places(tuple("ABCDE"), longitude, np.zeros(5), ("node",) * 5)
    ends = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0]])
    lines = Lines(ends, ("fibre",) * 5, np.ones(5), ("",) * 5, np.zeros(5, dtype=bool))
    text = network_map(places, lines, "bit/s")
    for path in re.findall(r'<path d="([^"]+)" fill="none" stroke="#0072B2"', text):
        for piece in path.split("M")[1:]:
            x = [float(point.split()[0]) for point in piece.split("L")]
            assert max(np.abs(np.diff(x)), default=0.0) < 30  # steps of 130 km, and the legend's 28


def test_widths_follow_the_logarithm_and_do_not_exaggerate() -> None:
    wide = widths(np.array([1.0, 10.0, 100.0, 0.0, np.nan]))
    assert wide[:3] == pytest.approx([THIN, (THIN + THICK) / 2, THICK])
    assert np.all(wide[3:] == THIN)
    alike = widths(np.array([1.00, 1.01]))
    assert alike[1] - alike[0] < 0.05
    assert widths(np.empty(0)).shape == (0,)


def test_a_map_needs_a_place() -> None:
    nowhere = Places(("S",), np.array([np.nan]), np.array([np.nan]), ("satellite",))
    nothing = Lines(np.empty((0, 2), dtype=int), (), np.empty(0), (), np.empty(0, dtype=bool))
    with pytest.raises(ValueError, match="coordinates"):
        network_map(nowhere, nothing, "bit/s")
    alone = Places(("A",), np.array([0.1]), np.array([0.1]), ("node",))
    assert ElementTree.fromstring(network_map(alone, nothing, "bit/s")) is not None


def test_many_satellites_share_the_strip() -> None:
    count = 12
    places = Places(
        ("A", *(f"S{n}" for n in range(count))), np.array([0.1] + [np.nan] * count),
        np.array([0.1] + [np.nan] * count), ("node",) + ("satellite",) * count,
    )  # fmt: skip
    ends = np.array([[0, n + 1] for n in range(count)])
    lines = Lines(ends, ("satellite",) * count, np.ones(count), ("",) * count, np.zeros(count, dtype=bool))
    root = ElementTree.fromstring(network_map(places, lines, "bit/s"))
    bodies = [body for body in root.iter("rect") if body.get("width") == "10" and float(str(body.get("y"))) < 64]
    x = sorted(float(str(body.get("x"))) for body in bodies)
    assert len(x) == count
    assert np.diff(x).min() > 60
    assert min(x) > 0
    assert max(x) < WIDTH


def test_names_do_not_lie_on_each_other() -> None:
    x, y = np.array([100.0, 108.0, 104.0, 300.0]), np.array([100.0, 104.0, 112.0, 100.0])
    labels, boxes = Labels(0, 0, 400, 200, x, y), []
    for number, name in enumerate(("Alpha", "Beta", "Gamma", "Delta")):
        text = labels.write(float(x[number]), float(y[number]), name)
        found = re.search(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)"', text)
        assert found is not None
        across = {"start": 0.0, "middle": 0.5, "end": 1.0}[found[3]]
        left = float(found[1]) - across * LETTER * len(name)
        boxes.append((left, float(found[2]) - 10, left + LETTER * len(name), float(found[2]) + 3))
    for first in range(4):
        for second in range(first):
            a, b = boxes[first], boxes[second]
            across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
            assert across < PIXEL or down < PIXEL
