"""Stations as arrays, for arithmetic on many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.place import Viewpoint

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sites:
    """Stations as arrays: Earth-fixed position, east, north, up (3, stations), sine of the lowest elevation."""

    stations: tuple[Viewpoint, ...]
    position: Floats
    east: Floats
    north: Floats
    up: Floats
    sine: Floats

    @classmethod
    def of(cls, stations: Sequence[Viewpoint]) -> Sites:
        """The stations' arrays."""
        axes = np.array([station.axes for station in stations]).reshape(-1, 3, 3)
        position = np.array([station.position for station in stations]).reshape(-1, 3)
        east, north, up = np.ascontiguousarray(axes.transpose(1, 2, 0))
        sine = np.sin([station.lowest for station in stations])
        return cls(tuple(stations), np.ascontiguousarray(position.T), east, north, up, sine)
