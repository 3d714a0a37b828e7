"""Quantities that depend on a station's altitude and the elevation only: computed on a grid, read per sample.

The grid is 0.05 deg, straight between: within 0.001 dB above 5 deg of elevation for a clear sky.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from links import propagation
from links.atmosphere import LOWEST_ELEVATION, Atmosphere
from links.channel import Floats, Ints
from links.fading import scintillation_index
from links.turbulence import Turbulence, fried_parameter, rytov_averaged, rytov_down

if TYPE_CHECKING:
    from ground import Track

NODES = 1801
GRID = np.linspace(0.0, np.pi / 2.0, NODES)
"""Elevations in rad."""
_COARSE = slice(None, None, 5)


@dataclass(frozen=True, eq=False)
class Slant:
    """Where each sample lies in tables of shape (stations, NODES)."""

    altitudes: tuple[float, ...]
    station: Ints
    start: Ints
    share: Floats

    def __call__(self, tables: Floats) -> Floats:
        """The tabulated quantity at every sample."""
        flat = tables.ravel()
        low = flat[self.start]
        return np.asarray(low + self.share * (flat[self.start + 1] - low))

    def table(self, quantity: Callable[[float], Floats]) -> Floats:
        """quantity(altitude) over the grid, for every station."""
        return np.stack([quantity(altitude) for altitude in self.altitudes])


class _Place(TypedDict):
    start: Ints
    share: Floats


def place(position: Floats, station: Ints) -> _Place:
    """Cell and share of a position from 0 to 1 along the rows of tables with one row per station; held outside."""
    cells = np.clip(position, 0.0, 1.0) * (NODES - 1)
    cell = np.minimum(cells.astype(np.int64), NODES - 2)
    return {"start": station * NODES + cell, "share": cells - cell}


def slant(track: Track) -> Slant:
    """Each sample's place in the tables of its station."""
    station = np.asarray(track.passes.station, dtype=np.int64)[track.row]
    altitudes = tuple(float(one.altitude) for one in track.passes.stations)
    return Slant(altitudes, station, **place(track.elevation / (np.pi / 2.0), station))


@lru_cache(maxsize=256)
def transmittance(atmosphere: Atmosphere, wavelength: float, altitude: float) -> Floats:
    """Of the air over the grid."""
    return atmosphere.transmittance(wavelength, GRID, altitude)


def secant() -> Floats:
    """Secant of the zenith angle on the coarse grid, held below 5 deg."""
    return np.asarray(1.0 / np.sin(np.maximum(GRID[_COARSE], LOWEST_ELEVATION)))


def _fine(coarse: Floats) -> Floats:
    return np.interp(GRID, GRID[_COARSE], coarse)


@lru_cache(maxsize=256)
def seeing(turbulence: Turbulence, wavelength: float, field_of_view: float, altitude: float) -> Floats:
    """Share of the image inside the field stop, over the grid."""
    r0 = fried_parameter(turbulence, wavelength, secant(), altitude)
    return _fine(propagation.seeing_share(field_of_view, wavelength, r0))


@lru_cache(maxsize=256)
def coupling(turbulence: Turbulence, wavelength: float, aperture: float, modes: int, altitude: float) -> Floats:
    """Fibre coupling over that in vacuum, over the grid."""
    r0 = fried_parameter(turbulence, wavelength, secant(), altitude)
    return _fine(propagation.fibre_coupling(aperture / r0, modes))


@lru_cache(maxsize=256)
def scintillation(turbulence: Turbulence, wavelength: float, aperture: float, altitude: float) -> Floats:
    """Relative variance of the power through the aperture of a wave from above, over the grid.

    The strong-fluctuation index of a point, times the weak-fluctuation averaging of the aperture.
    """
    point = rytov_down(turbulence, wavelength, secant(), altitude)
    averaging = np.minimum(rytov_averaged(turbulence, wavelength, aperture, secant(), altitude) / point, 1.0)
    return _fine(scintillation_index(point) * averaging)


@lru_cache(maxsize=256)
def coherence(turbulence: Turbulence, wavelength: float, altitude: float) -> Floats:
    """r0 in m over the grid: that of an uplink too, whose satellite is far above the air (0.2 % at 500 km)."""
    return _fine(fried_parameter(turbulence, wavelength, secant(), altitude))


@lru_cache(maxsize=256)
def speckle(turbulence: Turbulence, wavelength: float, altitude: float) -> Floats:
    """Scintillation index at a satellite far above the air over the grid; its telescope is smaller than a speckle."""
    return _fine(scintillation_index(rytov_down(turbulence, wavelength, secant(), altitude)))


WIDEST = 600e-6
"""rad: greatest point-ahead angle times secant in the table; a low satellite at 5 deg of elevation."""
_ANGLES = np.linspace(0.0, 1.0, 121)


@lru_cache(maxsize=256)
def decorrelation(turbulence: Turbulence, waist: float, altitude: float) -> Floats:
    """Share of the wander that steering leaves, over point-ahead angle times secant from 0 to WIDEST."""
    left = propagation.tilt_decorrelation(turbulence, waist, _ANGLES * WIDEST, 1.0, altitude)
    return np.interp(np.linspace(0.0, 1.0, NODES), _ANGLES, left)
