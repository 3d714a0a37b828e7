"""The land under a map: Natural Earth's outlines (public domain; design/make_land.py made land.json)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from links.channel import Floats

TURN = 360.0


@dataclass(frozen=True)
class Window:
    """An equirectangular piece of the earth in degrees; east may run past 180, so that west < east always."""

    west: float
    south: float
    east: float
    north: float

    @property
    def middle(self) -> float:
        """Latitude on which a degree of longitude is drawn in its true length."""
        return 0.5 * (self.south + self.north)

    def inside(self, longitude: Floats) -> Floats:
        """The same longitudes, turned into 360 degrees around the window's middle."""
        centre = 0.5 * (self.west + self.east)
        return np.asarray(np.remainder(longitude - centre + 0.5 * TURN, TURN) + centre - 0.5 * TURN)


def around(longitude: Floats, latitude: Floats, shape: float) -> Window:
    """The least window that shows the places with a margin, grown to `shape`: its width over its height when drawn.

    Longitudes in degrees, of any turn; places on both sides of the antimeridian make a window across it. A window that
    would be wider than the earth is the whole earth, with less height than asked.
    """
    west, width = _arc(longitude)
    south, north = float(latitude.min()), float(latitude.max())
    wide, high = (1.24 * extent or 2.0 for extent in (width, north - south))
    squeeze = float(np.cos(np.radians(0.5 * (south + north))))
    wide, high = max(wide, high * shape / squeeze), max(high, wide * squeeze / shape)
    wide = min(wide, TURN)
    high = min(high, 0.5 * TURN)
    centre, middle = (west + 0.5 * width + 180.0) % TURN - 180.0, 0.5 * (south + north)
    low = min(max(middle - 0.5 * high, -90.0), 90.0 - high)
    return Window(centre - 0.5 * wide, low, centre + 0.5 * wide, low + high)


def _arc(longitude: Floats) -> tuple[float, float]:
    """Start and length of the shortest arc of longitude that holds all places."""
    turned = np.sort(np.remainder(longitude, TURN))
    gaps = np.diff(turned, append=turned[0] + TURN)
    widest = int(np.argmax(gaps))
    return float(turned[(widest + 1) % len(turned)]), TURN - float(gaps[widest])


@cache
def rings() -> tuple[Floats, ...]:
    """Rings of land: points (n, 2) of longitude and latitude in degrees, unwrapped, not closed by a repeated point."""
    steps = json.loads(files("missions.report").joinpath("land.json").read_text("utf-8"))
    return tuple(np.cumsum(np.array(ring, dtype=float).reshape(-1, 2), axis=0) / 100.0 for ring in steps)


def clipped(window: Window) -> list[Floats]:
    """The rings inside the window, and those of the neighbouring turns, cut at its edges."""
    found = []
    for ring in rings():
        low, high = ring.min(axis=0), ring.max(axis=0)
        if high[1] < window.south or low[1] > window.north:
            continue
        first, last = np.ceil((window.west - high[0]) / TURN), np.floor((window.east - low[0]) / TURN)
        found += [_clip(ring + np.array([TURN * turn, 0.0]), window) for turn in np.arange(first, last + 1.0)]
    return [ring for ring in found if len(ring) > 2]


def _clip(ring: Floats, window: Window) -> Floats:
    """Cut a polygon edge by edge (Sutherland and Hodgman 1974, doi:10.1145/360767.360802)."""
    edges = ((0, window.west, 1.0), (0, window.east, -1.0), (1, window.south, 1.0), (1, window.north, -1.0))
    for axis, at, side in edges:
        if len(ring):
            ring = _half(ring, axis, at, side)
    return ring


def _half(ring: Floats, axis: int, at: float, side: float) -> Floats:
    """The part of a polygon on one side of a line, with the points where it crosses the line."""
    depth = side * (ring[:, axis] - at)
    after, beyond = np.roll(ring, -1, axis=0), np.roll(depth, -1)
    crosses = (depth >= 0) != (beyond >= 0)
    share = np.divide(depth, depth - beyond, out=np.zeros_like(depth), where=crosses)
    meets = ring + share[:, None] * (after - ring)
    both = np.stack([ring, meets], axis=1).reshape(-1, 2)
    return np.asarray(both[np.column_stack([depth >= 0, crosses]).ravel()])
