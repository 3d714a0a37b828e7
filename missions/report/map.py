"""A map of a network: land, nodes, links as wide as the key they give, satellites in a strip above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.sphere import great_circle
from missions.report import signs, svg
from missions.report.labels import Labels
from missions.report.land import Window, around, clipped
from missions.report.svg import GREY, LINE, Axes

WIDTH, HEIGHT, STRIP, LEGEND = 1040.0, 520.0, 64.0, 66.0
"""Pixels: the map, the satellites' strip above it, the legend below."""
LAND = "#E9EDF0"
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0)
"""Degrees between lines of the grid."""
SMALL: dict[str, Any] = {"colour": GREY, "font_size": 10}
DEG = 180.0 / np.pi


@dataclass(frozen=True, eq=False)
class Places:
    """Nodes: name, place in rad (nan for a satellite, which has none), kind and whether the name is written."""

    names: tuple[str, ...]
    longitude: Floats
    latitude: Floats
    kinds: tuple[str, ...]
    """"node", "relay", "station" or "satellite"; relays are small dots without a name."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Links between nodes: kind "fibre" or "satellite", what they give (0: nothing; nan: not known), what is said."""

    ends: Ints
    kinds: tuple[str, ...]
    weights: Floats
    hints: tuple[str, ...]
    """Shown when the pointer rests on the link."""
    marked: NDArray[np.bool_]
    """Links to be pointed out: a bottleneck, a cut."""


def network_map(places: Places, lines: Lines, unit: str, marks: str = "bottleneck", title: str = "Network") -> str:
    """An SVG map, zoomed to the nodes; `unit` is that of the weights, `marks` says what is marked."""
    aloft = ~np.isfinite(places.longitude)
    if aloft.all():
        raise ValueError("map: no node has a place on the earth; give at least one its coordinates")
    top = STRIP if aloft.any() else 8.0
    curves = [_curve(places, a, b) if not aloft[[a, b]].any() else None for a, b in lines.ends.tolist()]
    window = _window(places, [curve for curve in curves if curve is not None])
    sheet = _sheet(window, top)
    x, y = _pixels(places, lines, window, sheet)
    widths = signs.widths(lines.weights)
    drawn = [
        _link(index, lines, widths, _drawn(curves[index], index, lines, x, y, window, sheet)) for index in _order(lines)
    ]
    bottom = sheet.top + sheet.height
    parts = [*_ground(window, sheet), *_grid(window, sheet), *drawn, *_nodes(places, x, y, sheet)]
    parts += signs.legend(
        places.kinds, lines.kinds, marks if lines.marked.any() else "", lines.weights, unit, bottom + 26.0
    )
    return svg.picture(WIDTH, bottom + LEGEND, parts, f"{title}: map of {len(places.names)} nodes")


def _window(places: Places, curves: list[Floats]) -> Window:
    """What holds every place and every link between places."""
    fixed = np.isfinite(places.longitude)
    nodes = np.column_stack([places.longitude, places.latitude])[fixed] * DEG
    longitude, latitude = np.concatenate([nodes, *curves]).T
    return around(longitude, latitude, WIDTH / HEIGHT)


def _sheet(window: Window, top: float) -> Axes:
    """The map's rectangle, with a degree of longitude as long as a degree of latitude at the middle."""
    wide, high = window.east - window.west, window.north - window.south
    height = WIDTH * high / (wide * np.cos(np.radians(window.middle)))
    return Axes(0.0, top, WIDTH, float(min(height, HEIGHT)), (window.west, window.east), (window.south, window.north))


def _pixels(places: Places, lines: Lines, window: Window, sheet: Axes) -> tuple[Floats, Floats]:
    """Where nodes are drawn; a satellite is above the middle of its stations, beside other satellites."""
    x = sheet.x(window.inside(places.longitude * DEG))
    y = sheet.y(places.latitude * DEG)
    aloft = np.flatnonzero(~np.isfinite(places.longitude))
    x[aloft] = _apart(np.array([_above(node, lines, x) for node in aloft.tolist()]))
    y[aloft] = STRIP - 26.0
    return x, y


def _apart(wanted: Floats) -> Floats:
    """The same places in the strip, moved as little to the right as keeps them apart, then back into the picture."""
    gap = min(130.0, (WIDTH - 160.0) / max(len(wanted) - 1, 1))
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    spread = np.maximum.accumulate(wanted[order] - steps) + steps
    moved = np.minimum(spread, WIDTH - 80.0 - steps[::-1])
    places = np.empty_like(wanted)
    places[order] = moved
    return places


def _above(node: int, lines: Lines, x: Floats) -> float:
    """Mean of the stations that a satellite serves, clear of the picture's edges."""
    mine = lines.ends[(lines.ends == node).any(axis=1)].ravel()
    stations = x[mine[mine != node]]
    stations = stations[np.isfinite(stations)]
    middle = float(stations.mean()) if len(stations) else 0.5 * WIDTH
    return min(max(middle, 80.0), WIDTH - 80.0)


def _ground(window: Window, sheet: Axes) -> list[str]:
    """Sea and land."""
    path = "".join(_ring(sheet.x(ring[:, 0]), sheet.y(ring[:, 1])) for ring in clipped(window))
    frame = f'<rect x="{sheet.left:.1f}" y="{sheet.top:.1f}" width="{sheet.width:.1f}" height="{sheet.height:.1f}"'
    return [f'{frame} fill="#FFFFFF" stroke="{LINE}"/>', f'<path d="{path}" fill="{LAND}" fill-rule="evenodd"/>']


def _ring(x: Floats, y: Floats) -> str:
    points = [f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    return f"M{'L'.join(points)}Z"


def _grid(window: Window, sheet: Axes) -> list[str]:
    """A few meridians and parallels, named at the edge."""
    parts, base = [], sheet.top + sheet.height
    for at in _round(window.west, window.east, 7):
        turned = round((at + 180.0) % 360.0 - 180.0, 6)
        x = float(sheet.x(at))
        name = f"{abs(turned):g}°{'' if turned % 180 == 0 else 'E' if turned > 0 else 'W'}"
        parts += [svg.line([x, x], [sheet.top, base], LINE, 0.8), svg.text(x + 3, base - 4, name, **SMALL)]
    for at in _round(window.south, window.north, 5):
        y = float(sheet.y(at))
        if y < sheet.top + 14:
            continue  # no room for its name
        name = f"{abs(at):g}°{'' if at == 0 else 'N' if at > 0 else 'S'}"
        edges = [sheet.left, sheet.left + sheet.width]
        parts += [svg.line(edges, [y, y], LINE, 0.8), svg.text(sheet.left + 4, y - 3, name, **SMALL)]
    return parts


def _round(low: float, high: float, most: int) -> list[float]:
    """Round degrees between low and high, at most so many."""
    step = next((step for step in STEPS if (high - low) / step <= most), STEPS[-1])
    return [round(step * count, 6) for count in range(int(np.ceil(low / step)), int(np.floor(high / step)) + 1)]


def _order(lines: Lines) -> list[int]:
    """Satellites' links below, marked ones on top."""
    aloft = np.array([kind == "satellite" for kind in lines.kinds], dtype=bool)
    order: list[int] = np.lexsort((lines.marked, ~aloft)).tolist()
    return order


def _link(index: int, lines: Lines, widths: Floats, along: tuple[Floats, Floats]) -> str:
    kind, width = lines.kinds[index], float(widths[index])
    nothing = lines.weights[index] == 0
    colour, dash = (GREY, signs.NOTHING) if nothing else (signs.COLOUR[kind], signs.DASH[kind])
    drawn = svg.line(*along, colour, width, dash, lines.hints[index])
    return svg.line(*along, signs.YELLOW, width + signs.HALO) + drawn if lines.marked[index] else drawn


def _drawn(
    curve: Floats | None, index: int, lines: Lines, x: Floats, y: Floats, window: Window, sheet: Axes
) -> tuple[Floats, Floats]:
    """Pixels of a link: a great circle, broken where it leaves the window on one side and comes back on the other."""
    if curve is None:
        return x[lines.ends[index]], y[lines.ends[index]]
    longitude = window.inside(curve[:, 0])
    jumps = np.flatnonzero(np.abs(np.diff(longitude)) > 180.0) + 1
    along, up = (np.insert(values, jumps, np.nan) for values in (sheet.x(longitude), sheet.y(curve[:, 1])))
    return along, up


def _curve(places: Places, a: int, b: int) -> Floats:
    """Points of the great circle between two nodes in degrees, shape (n, 2)."""
    start, end = (np.array([places.longitude[node], places.latitude[node]]) for node in (a, b))
    return great_circle(start, end) * DEG


def _nodes(places: Places, x: Floats, y: Floats, sheet: Axes) -> list[str]:
    """Dots and names; names avoid the dots and each other."""
    named = [index for index, kind in enumerate(places.kinds) if kind != "relay"]
    labels = Labels(sheet.left, 0.0, sheet.width, sheet.top + sheet.height, x, y)
    relays = [i for i, kind in enumerate(places.kinds) if kind == "relay"]
    radius = signs.relay_radius(x[relays], y[relays])
    dots = [signs.mark(kind, float(x[i]), float(y[i]), places.names[i], radius) for i, kind in enumerate(places.kinds)]
    names = [labels.write(float(x[i]), float(y[i]), places.names[i], signs.reach(places.kinds[i])) for i in named]
    return [*(dots[i] for i in relays), *(dots[i] for i in named), *names]
