"""A place on the ground that looks up: its position, its directions, its horizon. SI throughout."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orbits.frames import geodetic_to_itrs, local_axes

Floats = NDArray[np.float64]

MIN_ELEVATION = math.radians(10)
"""rad; where the Micius stations begin to track."""
_TURN = 2 * math.pi


class Viewpoint:
    """What the search asks of a station: `Station` is one, and so is `Place`. Angles in rad, lengths in m."""

    if TYPE_CHECKING:

        @property
        def name(self) -> str:
            """What the station is called."""

        @property
        def latitude(self) -> float:
            """Geodetic, north positive."""

        @property
        def longitude(self) -> float:
            """East positive."""

        @property
        def altitude(self) -> float:
            """Above WGS84."""

        @property
        def min_elevation(self) -> float:
            """No use is made of a satellite lower than this."""

        @property
        def horizon(self) -> tuple[tuple[float, float], ...]:
            """Azimuths and elevations of what stands in the way."""

        @property
        def max_sun_elevation(self) -> float | None:
            """Night rule; None: none."""

        @property
        def sky_brightness(self) -> float | None:
            """At the zenith, without Moon; None: a natural dark sky."""

    @property
    def position(self) -> Floats:
        """Earth-fixed position in m, (3,)."""
        return geodetic_to_itrs(self.latitude, self.longitude, self.altitude)

    @property
    def axes(self) -> tuple[Floats, Floats, Floats]:
        """Unit vectors east, north, up, Earth-fixed."""
        return local_axes(self.latitude, self.longitude)

    @property
    def lowest(self) -> float:
        """The lowest elevation of the horizon, rad: below it nothing is ever visible."""
        return max(self.min_elevation, min((edge for _, edge in self.horizon), default=self.min_elevation))

    def horizon_at(self, azimuth: Floats) -> Floats:
        """Elevation of the horizon (rad) in the directions `azimuth` (rad, any shape)."""
        if not self.horizon:
            return np.full(np.shape(azimuth), self.min_elevation)
        corners, edge = np.array(self.horizon).T
        return np.asarray(np.maximum(self.min_elevation, np.interp(azimuth, corners, edge, period=2 * np.pi)))


@dataclass(frozen=True)
class Place(Viewpoint):
    """A station in SI floats: what the catalogue holds, and scripts that are started often, since it needs no pydantic.

    Latitude (geodetic), longitude, `horizon` (azimuths from north by east, each with its elevation) and elevations in
    rad, altitude in m above WGS84, sky brightness in cd/m^2; fields mean what they mean for a `Station`. Raises
    ValueError for angles that no place has, which degrees taken for radians nearly always are.
    """

    name: str
    latitude: float
    longitude: float
    altitude: float = 0.0
    min_elevation: float = MIN_ELEVATION
    horizon: tuple[tuple[float, float], ...] = ()
    max_sun_elevation: float | None = None
    sky_brightness: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no place has."""
        azimuths, edges = [edge[0] for edge in self.horizon], [edge[1] for edge in self.horizon]
        elevations = (self.latitude, self.min_elevation, self.max_sun_elevation or 0.0, *edges)
        upright = all(abs(one) <= math.pi / 2 for one in elevations)
        if not (upright and -math.pi <= self.longitude < _TURN and all(0 <= one < _TURN for one in azimuths)):
            raise ValueError(
                f"{self.name}: latitude {self.latitude:g}, longitude {self.longitude:g} or the elevations are not "
                "radians of a place; use math.radians, or a Station, which reads units"
            )
        if sorted(set(azimuths)) != azimuths:
            raise ValueError(f"{self.name}: the azimuths of a horizon must increase, each written once")
