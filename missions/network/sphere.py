"""Lines on the globe: great circles between places, and their pieces on either side of the antimeridian.

Places are (longitude, latitude) in rad; the earth is a sphere here, because a drawn line needs no better.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from links.channel import Floats

STEP = 0.02
"""rad between points of a drawn great circle, 130 km: its chords stay within a pixel of it."""
FLAT = 1e-12


def great_circle(start: Floats, end: Floats, step: float = STEP) -> Floats:
    """Points (n, 2) of the shorter great circle, ends included, their longitude unwrapped from that of the start.

    Raises ValueError for antipodes, between which every direction is as short.
    """
    a, b = _unit(start), _unit(end)
    angle = float(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b))
    if np.pi - angle < 1e-9:
        raise ValueError("great circle: the places are antipodes; every direction is as short")
    share = np.linspace(0.0, 1.0, max(2, int(np.ceil(angle / step)) + 1))[:, None]
    if angle < FLAT:
        return np.array([start, end], dtype=float)
    x, y, z = ((np.sin((1.0 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)).T
    points = np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])
    points[[0, -1], 1] = start[1], end[1]
    points[:, 0] = np.unwrap(points[:, 0]) + 2.0 * np.pi * np.rint((start[0] - points[0, 0]) / (2.0 * np.pi))
    # Along a meridian the longitude would run any way that rounding takes it.
    one_way = np.maximum if points[-1, 0] > points[0, 0] else np.minimum
    points[:, 0] = one_way.accumulate(points[:, 0])
    return points


def _unit(place: Floats) -> Floats:
    longitude, latitude = place
    return np.array(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], dtype=float
    )


def cut(points: Floats) -> list[Floats]:
    """A great circle (n, 2) of unwrapped longitude as pieces within -pi to pi, each ending exactly at the antimeridian.

    The longitude must run one way only, as it does along a great circle.
    """
    x, y = points.T
    if x[0] > x[-1]:
        return [piece[::-1] for piece in reversed(cut(points[::-1]))]
    odd = np.arange(np.ceil((x[0] / np.pi - 1.0) / 2.0), np.floor((x[-1] / np.pi - 1.0) / 2.0) + 1.0)
    edges = [edge for edge in np.pi * (2.0 * odd + 1.0) if x[0] < edge < x[-1]]
    return [_piece(points, x, y, low, high) for low, high in pairwise([x[0], *edges, x[-1]])]


def _piece(points: Floats, x: Floats, y: Floats, low: float, high: float) -> Floats:
    """The part between two longitudes, its ends interpolated, moved into -pi to pi."""
    first = points[0] if low == x[0] else [low, np.interp(low, x, y)]
    last = points[-1] if high == x[-1] else [high, np.interp(high, x, y)]
    piece = np.array([first, *points[(low < x) & (x < high)], last])
    return np.asarray(piece - [2.0 * np.pi * np.rint((low + high) / (4.0 * np.pi)), 0.0])
