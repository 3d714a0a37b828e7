"""Orbits that a mission designer writes down: each becomes SGP4's mean elements, without drag unless given."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from orbits.clock import seconds, time_of_day
from orbits.mean import MeanElements, kozai_motion, utc_of
from si import Angle, Instant, Length

_DEGREE = math.pi / 180
_EQUATOR = 6_378_137.0
"""m, WGS84: altitudes of designed orbits count from here."""
_TROPICAL_YEAR = 365.2421897 * 86400.0
_TURN = 2 * math.pi


def _between(low: float, high: float) -> AfterValidator:
    def check(value: float) -> float:
        degrees = round(value / _DEGREE, 9)
        if not low <= degrees <= high:
            raise ValueError(f"{degrees:g} deg is outside {low:g} to {high:g} deg")
        return value

    return AfterValidator(check)


Inclination = Annotated[Angle, _between(0, 180)]
FullAngle = Annotated[Angle, _between(-360, 360)]
Altitude = Annotated[Length, Field(ge=120e3, le=400_000e3)]


class _Design(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    epoch: Instant
    """When the elements hold."""


class Keplerian(_Design):
    """Mean elements of an ellipse, in the true equator and mean equinox of their epoch (TEME)."""

    semi_major_axis: Annotated[Length, Field(ge=6_478e3, le=400_000e3)]
    eccentricity: float = Field(default=0.0, ge=0, lt=1)
    """By default a circle."""
    inclination: Inclination
    right_ascension: FullAngle = 0.0
    """Of the ascending node; by default the equinox."""
    argument_of_perigee: FullAngle = 0.0
    mean_anomaly: FullAngle = 0.0

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements; ValueError for a perigee below the ground."""
        perigee = self.semi_major_axis * (1 - self.eccentricity) - _EQUATOR
        if perigee < 0:
            raise ValueError(f"the perigee lies {-perigee / 1e3:.1f} km below the ground; raise it")
        return _elements(
            self.epoch,
            self.semi_major_axis,
            self.inclination,
            self.right_ascension,
            self.eccentricity,
            self.argument_of_perigee,
            self.mean_anomaly,
        )


class Circular(_Design):
    """A circle: mean altitude above the equator's radius, inclination, node and place along it."""

    altitude: Altitude
    inclination: Inclination
    right_ascension: FullAngle = 0.0
    """Of the ascending node; by default the equinox."""
    argument_of_latitude: FullAngle = 0.0
    """Of the satellite at the epoch, from the ascending node; by default there."""

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements."""
        radius = _EQUATOR + self.altitude
        return _elements(
            self.epoch, radius, self.inclination, self.right_ascension, 0.0, 0.0, self.argument_of_latitude
        )


class SunSynchronous(_Design):
    """A circle whose node follows the mean Sun: the altitude gives the inclination, the local time the node."""

    altitude: Annotated[Length, Field(ge=120e3, le=5_900e3)]
    """Above 5,970 km no inclination is sun-synchronous."""
    local_time: Annotated[str, AfterValidator(lambda text: (time_of_day(text), text)[1])]
    """Mean local solar time at the ascending node, as "10:30"."""
    argument_of_latitude: FullAngle = 0.0
    """Of the satellite at the epoch, from the ascending node; by default there."""

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements."""
        radius = _EQUATOR + self.altitude
        node = node_at_local_time(self.epoch, time_of_day(self.local_time))
        inclination = sun_synchronous_inclination(self.epoch, radius)
        return _elements(self.epoch, radius, inclination, node, 0.0, 0.0, self.argument_of_latitude)


def node_at_local_time(epoch: datetime, local: float) -> float:
    """Right ascension (rad) of the meridian that has mean local solar time `local` (s) at the epoch."""
    from orbits.clock import DAY, earth_orientation
    from orbits.frames import gmst_1982

    t = seconds(epoch)
    shift = float(earth_orientation(t).ut1_minus_tt)
    ut1 = (t + shift + DAY / 2) % DAY
    return float(gmst_1982(t, shift) + _TURN * (local - ut1) / DAY)


def sun_synchronous_inclination(epoch: datetime, radius: float) -> float:
    """Inclination (rad) at which SGP4's node advances by one turn in a tropical year, for a circle of `radius` m.

    The secant method on SGP4's own secular rate, from the first-order one of J2 (Vallado, Fundamentals, section 9.4).
    """
    wanted = _TURN / _TROPICAL_YEAR

    def surplus(inclination: float) -> float:
        record = _elements(epoch, radius, inclination, 0.0, 0.0, 0.0, 0.0).satrec()
        return float(record.nodedot) / 60 - wanted

    polar = _TURN / 4
    low, high = polar, polar - surplus(polar) / (surplus(polar + 0.01) - surplus(polar)) * 0.01
    for _ in range(8):
        at_low, at_high = surplus(low), surplus(high)
        if at_high == at_low:
            break
        low, high = high, high - at_high * (high - low) / (at_high - at_low)
    return high


def _elements(
    epoch: datetime, axis: float, inclination: float, node: float, eccentricity: float, perigee: float, anomaly: float
) -> MeanElements:
    turned = [angle % _TURN / _DEGREE for angle in (node, perigee, anomaly)]
    return MeanElements(
        epoch=utc_of(epoch),
        inclination=inclination / _DEGREE,
        node=turned[0],
        eccentricity=eccentricity,
        perigee=turned[1],
        anomaly=turned[2],
        motion=kozai_motion(axis, eccentricity, inclination),
    )
