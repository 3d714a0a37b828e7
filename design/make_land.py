"""Make missions/report/land.json: the outlines of land for maps, in hundredths of a degree.

    python design/make_land.py land-110m.json

Source: Natural Earth, land at 1:110 million (public domain), as the TopoJSON file `land-110m.json` of the npm package
world-atlas 2.0.2 (ISC licence, Michael Bostock). Every ring is unwrapped, so that its longitude runs on past 180°
instead of jumping, and a ring around the south pole is closed along 90° south. What is stored is a list of
rings, each the first point and then the steps from point to point: longitude, latitude, longitude, ...
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from links.channel import Floats

ROOT = Path(__file__).parent.parent
SCALE = 100
"""Steps of 0.01 degree, 1.1 km: the outlines themselves are coarser by ten."""
SMALLEST = 0.05
"""Square degrees; smaller islands would be specks."""


def arcs(topology: dict[str, Any]) -> list[Floats]:
    """Longitude and latitude of every arc in degrees, shape (points, 2)."""
    scale, origin = (np.array(topology["transform"][name]) for name in ("scale", "translate"))
    return [np.cumsum(np.array(arc, dtype=float), axis=0) * scale + origin for arc in topology["arcs"]]


def ring(pieces: list[int], every: list[Floats]) -> Floats:
    """One closed ring out of its arcs; a negative number is an arc read backwards."""
    parts = [every[piece] if piece >= 0 else every[~piece][::-1] for piece in pieces]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def closed(points: Floats) -> Floats:
    """The ring unwrapped; one that goes around the earth is closed along the pole."""
    longitude = np.unwrap(points[:, 0], period=360.0)
    points = np.column_stack([longitude, points[:, 1]])
    if abs(longitude[-1] - longitude[0]) < 180.0:
        return points[:-1]
    pole = [[longitude[-1], -90.0], [longitude[0], -90.0]]
    return np.concatenate([points, pole])


def area(points: Floats) -> float:
    """Square degrees inside a ring."""
    x, y = points.T
    return 0.5 * abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))))


def rows(topology: dict[str, Any]) -> list[list[int]]:
    """The rings in hundredths of a degree, as steps."""
    every = arcs(topology)
    polygons = [geometry["arcs"] for geometry in topology["objects"]["land"]["geometries"]]
    rings = [closed(ring(pieces, every)) for several in polygons for polygon in several for pieces in polygon]
    whole = [np.rint(points * SCALE).astype(int) for points in rings if area(points) > SMALLEST]
    return [np.diff(points, axis=0, prepend=0).ravel().tolist() for points in whole]


if __name__ == "__main__":
    data = rows(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    text = ",\n".join(json.dumps(steps, separators=(",", ":")) for steps in data)
    (ROOT / "missions" / "report" / "land.json").write_text(f"[\n{text}\n]\n")
