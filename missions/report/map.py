"""A map of a network: land, nodes, links as wide as the key they give, satellites in a strip above."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats, Ints
from missions.network.sphere import great_circle
from missions.report import svg
from missions.report.labels import Labels
from missions.report.land import Window, around, clipped
from missions.report.svg import BLUE, GREY, INK, LINE, ORANGE, Axes

WIDTH, HEIGHT, STRIP, LEGEND = 1040.0, 520.0, 64.0, 58.0
"""Pixels: the map, the satellites' strip above it, the legend below."""
LAND, GREEN, YELLOW = "#E9EDF0", "#009E73", "#F0E442"
DASH = {"fibre": "", "satellite": "7 4"}
COLOUR = {"fibre": BLUE, "satellite": ORANGE}
THIN, THICK = 1.4, 6.0
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
    widths = _widths(lines.weights)
    drawn = [
        _link(index, lines, widths, _drawn(curves[index], index, lines, x, y, window, sheet)) for index in _order(lines)
    ]
    bottom = sheet.top + sheet.height
    parts = [*_ground(window, sheet), *_grid(window, sheet), *drawn, *_nodes(places, x, y, sheet)]
    parts += _legend(places, lines, widths, unit, marks, bottom + 26.0)
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


def _widths(weights: Floats) -> Floats:
    """Pixels, by the logarithm of the weight; what gives nothing or is not known is thin."""
    given = np.isfinite(weights) & (weights > 0)
    widths = np.full(len(weights), THIN)
    if given.any():
        low, high = np.log(weights[given]).min(), np.log(weights[given]).max()
        share = (np.log(weights[given]) - low) / (high - low) if high > low else np.full(given.sum(), 0.4)
        widths[given] = THIN + (THICK - THIN) * share
    return widths


def _order(lines: Lines) -> list[int]:
    """Satellites' links below, marked ones on top."""
    aloft = np.array([kind == "satellite" for kind in lines.kinds], dtype=bool)
    order: list[int] = np.lexsort((lines.marked, ~aloft)).tolist()
    return order


def _link(index: int, lines: Lines, widths: Floats, along: tuple[Floats, Floats]) -> str:
    kind, width = lines.kinds[index], float(widths[index])
    nothing = lines.weights[index] == 0
    colour, dash = (GREY, "2 4") if nothing else (COLOUR[kind], DASH[kind])
    drawn = svg.line(*along, colour, width, dash, lines.hints[index])
    return svg.line(*along, YELLOW, width + 7.0) + drawn if lines.marked[index] else drawn


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
    radius = _relay_radius(x[relays], y[relays])
    dots = [_mark(kind, float(x[i]), float(y[i]), places.names[i], radius) for i, kind in enumerate(places.kinds)]
    names = [labels.write(float(x[i]), float(y[i]), places.names[i], _reach(places.kinds[i])) for i in named]
    return [*(dots[i] for i in relays), *(dots[i] for i in named), *names]


def _reach(kind: str) -> float:
    """How far a sign extends to its side, in pixels."""
    return 15.0 if kind == "satellite" else 6.0


def _relay_radius(x: Floats, y: Floats) -> float:
    """Small enough that neighbours of a chain stay apart."""
    if len(x) < 2:
        return 2.6
    away = np.hypot(x[:, None] - x, y[:, None] - y) + np.diag(np.full(len(x), np.inf))
    return float(np.clip(0.32 * np.median(away.min(axis=0)), 0.6, 2.6))


def _mark(kind: str, x: float, y: float, name: str, radius: float = 2.6) -> str:
    hint = f"<title>{escape(name)}</title>"
    if kind == "satellite":
        wings = f"M{x - 13:.1f} {y:.1f}h26M{x - 13:.1f} {y - 5:.1f}v10M{x + 13:.1f} {y - 5:.1f}v10"
        body = f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{ORANGE}"/>'
        return f'<g>{hint}<path d="{wings}" stroke="{ORANGE}" stroke-width="2" fill="none"/>{body}</g>'
    if kind == "station":
        corners = f"{x:.1f},{y - 7:.1f} {x - 6.5:.1f},{y + 5:.1f} {x + 6.5:.1f},{y + 5:.1f}"
        return f'<polygon points="{corners}" fill="{GREEN}" stroke="#FFFFFF">{hint}</polygon>'
    if kind == "relay":
        style = f'r="{radius:.1f}" fill="#FFFFFF" stroke="{INK}" stroke-width="{0.4 * radius:.1f}"'
    else:
        style = f'r="5.5" fill="{INK}" stroke="#FFFFFF"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" {style}>{hint}</circle>'


def _legend(places: Places, lines: Lines, widths: Floats, unit: str, marks: str, y: float) -> list[str]:
    """Signs of the nodes that there are, then the links, then what the width says."""
    names = {"node": "trusted node", "relay": "trusted relay", "station": "ground station", "satellite": "satellite"}
    parts, x = [], 14.0
    for kind, name in names.items():
        if kind in places.kinds:
            parts += [_mark(kind, x, y, name), svg.text(x + 18, y + 4, name, font_size=11)]
            x += 46 + 6.2 * len(name)
    for kind, name in (("fibre", "fibre"), ("satellite", "by satellite")):
        if kind in lines.kinds:
            stroke = svg.line([x, x + 28], [y, y], COLOUR[kind], 3.0, DASH[kind])
            parts += [stroke, svg.text(x + 34, y + 4, name, font_size=11)]
            x += 62 + 6.2 * len(name)
    if (lines.weights == 0).any():
        parts += [svg.line([x, x + 28], [y, y], GREY, 2, "2 4"), svg.text(x + 34, y + 4, "no key", font_size=11)]
        x += 92
    if lines.marked.any():
        halo = svg.line([x, x + 28], [y, y], YELLOW, 10) + svg.line([x, x + 28], [y, y], BLUE, 3)
        parts += [halo, svg.text(x + 34, y + 4, marks, font_size=11)]
    return [*parts, *_scale(lines.weights, widths, unit, y + 24)]


def _scale(weights: Floats, widths: Floats, unit: str, y: float) -> list[str]:
    """The least and the greatest weight with their widths."""
    given = np.flatnonzero(np.isfinite(weights) & (weights > 0))
    if not len(given):
        return []
    ends = [int(given[np.argmin(weights[given])]), int(given[np.argmax(weights[given])])]
    chosen = ends if weights[ends[0]] < weights[ends[1]] else ends[:1]
    parts = [svg.text(8, y + 4, "width of a link:", font_size=11)]
    for number, index in enumerate(chosen):
        x = 104.0 + 190.0 * number
        words = f"{float(f'{weights[index]:.3g}'):,.12g} {unit}"
        parts += [
            svg.line([x, x + 28], [y, y], INK, float(widths[index])),
            svg.text(x + 34, y + 4, words, font_size=11),
        ]
    return parts
