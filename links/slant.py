"""Quantities that depend on a station's altitude and the elevation only: computed on a grid, read per sample.

The grid is 0.05 deg, straight between: within 0.001 dB above 5 deg of elevation for a clear sky. Wavelengths,
apertures and altitudes are in m; what turbulence does is held below 5 deg (a link warns). Sources are those of the
functions that fill the tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypedDict

import numpy as np
from numpy.typing import ArrayLike

from links import propagation
from links.atmosphere import LOWEST_ELEVATION, Atmosphere
from links.channel import Floats, Ints
from links.fading import averaged_scintillation_index, scintillation_index
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

    station: Ints
    start: Ints
    share: Floats

    def __call__(self, tables: Floats) -> Floats:
        """The tabulated quantity at every sample."""
        flat = tables.ravel()
        low = flat[self.start]
        return np.asarray(low + self.share * (flat[self.start + 1] - low))


def altitudes(track: Track) -> tuple[float, ...]:
    """Altitude in m above the sea of each of the track's stations, shape (stations,). Derived: its own."""
    return tuple(float(one.altitude) for one in track.passes.stations)


def table(altitudes: tuple[float, ...], quantity: Callable[[float], Floats]) -> Floats:
    """Rows of `quantity`, a function of an altitude in m over the grid; its unit, shape (stations, NODES).

    Derived: one call for each station.
    """
    return np.stack([quantity(altitude) for altitude in altitudes])


class _Place(TypedDict):
    start: Ints
    share: Floats


def place(position: Floats, station: Ints) -> _Place:
    """Cell and share of a position (samples,) along the rows of tables with one row per station.

    `position` from 0 to 1, no unit, held outside; `station` the row. Derived: linear interpolation.
    """
    cells = np.clip(position, 0.0, 1.0) * (NODES - 1)
    cell = np.minimum(cells.astype(np.int64), NODES - 2)
    return {"start": station * NODES + cell, "share": cells - cell}


def slant(track: Track) -> Slant:
    """Each sample's place in the tables of its station."""
    station = np.asarray(track.passes.station, dtype=np.int64)[track.row]
    return Slant(station, **place(track.elevation / (np.pi / 2.0), station))


@lru_cache(maxsize=256)
def transmittance(atmosphere: Atmosphere, wavelength: float, altitude: float) -> Floats:
    """Of the air over the grid, shape (NODES,), 0 to 1. Source: `Atmosphere.transmittance`."""
    return atmosphere.transmittance(wavelength, GRID, altitude)


def secant(elevation: ArrayLike) -> Floats:
    """Secant of the zenith angle (no unit) at an elevation in rad, any shape; held below 5 deg.

    Derived: a flat atmosphere; above the true air mass by 3 % at 10 deg and 11 % at 5.
    """
    return np.asarray(1.0 / np.sin(np.maximum(elevation, LOWEST_ELEVATION)))


_SECANT = secant(GRID[_COARSE])


def _fine(coarse: Floats) -> Floats:
    """From the coarse grid to the grid."""
    return np.interp(GRID, GRID[_COARSE], coarse)


@lru_cache(maxsize=256)
def seeing(turbulence: Turbulence, wavelength: float, field_of_view: float, altitude: float) -> Floats:
    """Share of the image inside a field stop in rad, shape (NODES,). Source: `propagation.seeing_share`."""
    r0 = fried_parameter(turbulence, wavelength, _SECANT, altitude)
    return _fine(propagation.seeing_share(field_of_view, wavelength, r0))


@lru_cache(maxsize=256)
def coupling(turbulence: Turbulence, wavelength: float, aperture: float, modes: int, altitude: float) -> Floats:
    """Fibre coupling over that in vacuum, 0 to 1, shape (NODES,). Source: `propagation.fibre_coupling`."""
    r0 = fried_parameter(turbulence, wavelength, _SECANT, altitude)
    return _fine(propagation.fibre_coupling(aperture / r0, modes))


@lru_cache(maxsize=256)
def scintillation(turbulence: Turbulence, wavelength: float, aperture: float, altitude: float) -> Floats:
    """Relative variance (no unit) of the power through an aperture in m of a wave from above, shape (NODES,).

    Of any strength, from the weak averaging along the slant path. Source: `fading.averaged_scintillation_index`.
    """
    point = rytov_down(turbulence, wavelength, _SECANT, altitude)
    averaging = rytov_averaged(turbulence, wavelength, aperture, _SECANT, altitude) / point
    return _fine(averaged_scintillation_index(point, averaging))


@lru_cache(maxsize=256)
def coherence(turbulence: Turbulence, wavelength: float, altitude: float) -> Floats:
    """r0 in m, shape (NODES,): that of an uplink too, whose satellite is far above the air (0.2 % at 500 km).

    Source: `turbulence.fried_parameter`.
    """
    return _fine(fried_parameter(turbulence, wavelength, _SECANT, altitude))


@lru_cache(maxsize=256)
def speckle(turbulence: Turbulence, wavelength: float, altitude: float) -> Floats:
    """Scintillation index (no unit) at a satellite far above the air, shape (NODES,).

    Its telescope is smaller than a speckle, which is metres wide there: nothing is averaged (ITU-R P.1622, 4.1.1).
    Plane wave by reciprocity. Source: `fading.scintillation_index`.
    """
    return _fine(scintillation_index(rytov_down(turbulence, wavelength, _SECANT, altitude)))


WIDEST = 600e-6
"""rad: greatest point-ahead angle times secant in the table; a low satellite at 5 deg of elevation."""
_ANGLES = np.linspace(0.0, 1.0, 121)


@lru_cache(maxsize=256)
def decorrelation(turbulence: Turbulence, waist: float, altitude: float) -> Floats:
    """Share of the wander that steering leaves, shape (NODES,) over point-ahead angle times secant, 0 to WIDEST rad.

    Source: `propagation.tilt_decorrelation`.
    """
    left = propagation.tilt_decorrelation(turbulence, waist, _ANGLES * WIDEST, 1.0, altitude)
    return np.interp(np.linspace(0.0, 1.0, NODES), _ANGLES, left)
