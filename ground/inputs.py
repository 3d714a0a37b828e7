"""A ground station as a person describes it, with units."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ground.place import MIN_ELEVATION, Viewpoint
from si import Angle, Length, SurfaceBrightness

_DEGREE = math.pi / 180


def _within(low: float, high: float, open_end: bool = False) -> AfterValidator:
    """An angle between two in degrees; the end belongs to it unless it is open."""

    def check(value: float) -> float:
        degrees = round(value / _DEGREE, 9)
        if not low <= degrees <= high or (open_end and degrees == high):
            raise ValueError(f"{degrees:g} deg is outside {low:g} to {high:g} deg")
        return value

    return AfterValidator(check)


def _full_circle(horizon: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    azimuths = [azimuth for azimuth, _ in horizon]
    if sorted(set(azimuths)) != azimuths:
        raise ValueError("the azimuths of a horizon must increase from 0 deg to below 360 deg, each written once")
    return horizon


Azimuth = Annotated[Angle, _within(0, 360, open_end=True)]
Elevation = Annotated[Angle, _within(-90, 90)]
HorizonElevation = Annotated[Angle, _within(-10, 89)]


class Station(Viewpoint, BaseModel):
    """A ground station: a place on WGS84, what of the sky it can use, and when it is dark enough."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1)
    latitude: Annotated[Angle, _within(-90, 90)]
    """Geodetic, north positive."""
    longitude: Annotated[Angle, _within(-180, 360, open_end=True)]
    """East positive."""
    altitude: Annotated[Length, Field(ge=-500, le=50_000)] = 0.0
    """Above the ellipsoid WGS84; by default on it. Heights above the sea differ by up to 100 m, which moves a rise by
    0.05 s."""
    min_elevation: HorizonElevation = MIN_ELEVATION
    """No use is made of a satellite lower than this; 10 deg is where the Micius stations begin to track."""
    horizon: Annotated[tuple[tuple[Azimuth, HorizonElevation], ...], AfterValidator(_full_circle)] = ()
    """Mountains and domes: elevations by azimuth (north 0, east 90 deg), straight between and round the circle; it
    counts where it is higher than `min_elevation`. By default there are none."""
    max_sun_elevation: Elevation | None = None
    """Night rule: photons count while the Sun is no higher than this. By default there is no rule."""
    sky_brightness: SurfaceBrightness | None = None
    """V band, at the zenith, without Moon. By default that of a natural dark sky."""
