"""SGP4's mean elements: the one thing that every description of an orbit becomes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orbits.clock import DAY, from_utc

if TYPE_CHECKING:
    from sgp4.api import Satrec

_MU_WGS72 = 398600.8e9
"""m^3/s^2, the gravity of SGP4's constants."""
_RADIUS_WGS72 = 6378135.0
_J2_WGS72 = 1.082616e-3
_EPOCH_1950 = 18263.5 * DAY
"""Seconds from 1949-12-31T00:00:00, where SGP4 counts days from, to J2000 (1 January 2000, 12 h)."""
_FASTEST = 17.1
"""Revolutions per day of an orbit at the Earth's surface."""


@dataclass(frozen=True)
class MeanElements:
    """Mean elements of SGP4 in the units of their published forms: degrees, revolutions per day (Kozai).

    `epoch` counts UTC seconds from 2000-01-01T12:00:00Z in days of 86400 s; `drag` is B* per Earth radius.
    Raises ValueError for a number that no orbit has.
    """

    epoch: float
    inclination: float
    node: float
    eccentricity: float
    perigee: float
    anomaly: float
    motion: float
    drag: float = 0.0
    number: int = 0

    def __post_init__(self) -> None:
        """Refuse what SGP4 would take without a word."""
        _in_range("inclination", self.inclination, 180.0)
        for name in ("node", "perigee", "anomaly"):
            _in_range(_SPOKEN[name], getattr(self, name), 360.0)
        if not 0 <= self.eccentricity < 1:
            raise ValueError(f"eccentricity {self.eccentricity} is outside 0 to 1 (an ellipse)")
        if not 0 < self.motion <= _FASTEST:
            raise ValueError(f"mean motion {self.motion} is outside 0 to {_FASTEST} revolutions per day")
        if not math.isfinite(self.drag):
            raise ValueError(f"drag term B* is {self.drag}, it must be a finite number")

    @property
    def epoch_t(self) -> float:
        """The epoch as TT seconds since J2000."""
        return float(from_utc(self.epoch))

    @property
    def perigee_rate(self) -> float:
        """Angular rate about the Earth's centre at perigee, rad/s."""
        e = self.eccentricity
        return float(2 * math.pi * self.motion / DAY * math.sqrt(1 + e) / (1 - e) ** 1.5)

    def satrec(self) -> Satrec:
        """SGP4's own record of these elements, with the constants of WGS72; never shared, for it holds state."""
        from sgp4.api import WGS72, Satrec

        record, degree = Satrec(), math.pi / 180
        angles = (self.perigee * degree, self.inclination * degree, self.anomaly * degree)
        motion = self.motion * 2 * math.pi / 1440
        days = (self.epoch + _EPOCH_1950) / DAY
        drag = (self.drag, 0.0, 0.0, self.eccentricity)
        record.sgp4init(WGS72, "i", 0, days, *drag, *angles, motion, self.node * degree)
        return record


_SPOKEN = {"node": "right ascension of the node", "perigee": "argument of perigee", "anomaly": "mean anomaly"}


def _in_range(name: str, value: float, most: float) -> None:
    if not 0 <= value <= most:
        raise ValueError(f"{name} {value} deg is outside 0 to {most:g} deg")


def utc_of_day(year: int, day: float) -> float:
    """UTC seconds since J2000 of a day of the year, 1.0 being 1 January 0 h; ValueError outside the year."""
    days = (datetime(year + 1, 1, 1, tzinfo=UTC) - datetime(year, 1, 1, tzinfo=UTC)).days
    if not 1 <= day < days + 1:
        raise ValueError(f"day {day} is outside the year {year}, which has days 1 to {days}")
    first = datetime(year, 1, 1, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)
    return first / timedelta(seconds=1) + (day - 1) * DAY


def kozai_motion(semi_major_axis: float, eccentricity: float, inclination: float) -> float:
    """Kozai mean motion (rev/day) whose orbit SGP4 gives this semi-major axis (m); inclination in rad.

    Inverts the first lines of SGP4 (Hoots & Roehrich, Spacetrack Report 3, 1980), to second order in J2.
    """
    motion = math.sqrt(_MU_WGS72 / semi_major_axis**3)
    factor = 0.75 * _J2_WGS72 * (3 * math.cos(inclination) ** 2 - 1) / (1 - eccentricity**2) ** 1.5
    return float(motion * (1 + factor * (_RADIUS_WGS72 / semi_major_axis) ** 2) * DAY / (2 * math.pi))


def utc_of(when: datetime) -> float:
    """UTC seconds since 2000-01-01T12:00:00Z, in days of 86400 s, of an aware datetime."""
    return (when - datetime(2000, 1, 1, 12, tzinfo=UTC)) / timedelta(seconds=1)
