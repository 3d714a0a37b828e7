"""A satellite as the user describes it: exactly one description of its orbit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orbits import tle as two_lines
from orbits.design import Circular, Keplerian, SunSynchronous
from orbits.mean import MeanElements
from orbits.oem import read as read_oem
from orbits.omm import OMM
from orbits.orbiter import MAX_AGE
from si import Duration, Length


def _valid_lines(lines: tuple[str, str]) -> tuple[str, str]:
    two_lines.parse(lines)
    return lines[0].rstrip(), lines[1].rstrip()


Orbit = TypeVar("Orbit", OMM, Keplerian, SunSynchronous, Circular)


def _valid(orbit: Orbit) -> Orbit:
    orbit.mean_elements()
    return orbit


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise ValueError(f"there is no file {path}")
    read_oem(path)
    return path


OBSERVED = ("tle", "omm")
"""Descriptions that were measured and grow old."""
DESCRIPTIONS = (*OBSERVED, "keplerian", "sun_synchronous", "circular", "oem")
"""The fields that describe an orbit; a satellite has exactly one of them."""


class Satellite(BaseModel):
    """A satellite: its name, exactly one description of its orbit, and its own limits."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(min_length=1)
    tle: Annotated[tuple[str, str], AfterValidator(_valid_lines)] | None = None
    """Two lines of 69 columns; checked by column, checksum and range."""
    omm: Annotated[OMM, AfterValidator(_valid)] | None = None
    """An Orbit Mean-Elements Message as a table of its fields: {EPOCH = ..., MEAN_MOTION = ..., ...}."""
    keplerian: Annotated[Keplerian, AfterValidator(_valid)] | None = None
    """Mean elements of a designed ellipse."""
    sun_synchronous: Annotated[SunSynchronous, AfterValidator(_valid)] | None = None
    """A circle whose node keeps its local time."""
    circular: Annotated[Circular, AfterValidator(_valid)] | None = None
    """A circle."""
    oem: Annotated[Path, AfterValidator(_readable)] | None = None
    """The path of an Orbit Ephemeris Message: a table of states, used as far as it goes."""
    max_age: Duration | None = Field(default=MAX_AGE, gt=0)
    """A warning tells when a window reaches farther from the epoch of measured elements. By default 30 days: SGP4 loses
    1 to 3 km a day, so that passes are then wrong by about 10 s while a month's total is still right."""
    max_range: Length | None = Field(default=None, gt=0)
    """The satellite sends to no station farther away; by default there is no such limit."""

    @model_validator(mode="after")
    def _one_description(self) -> Satellite:
        given = [name for name in DESCRIPTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "no orbit"
            raise ValueError(f"{found} given; describe the orbit by exactly one of {', '.join(DESCRIPTIONS)}")
        return self

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements of the orbit; ValueError for one that is a table of states."""
        if self.tle is not None:
            return two_lines.parse(self.tle)
        orbit = self.omm or self.keplerian or self.sun_synchronous or self.circular
        if orbit is None:
            raise ValueError(f"{self.name} is described by states, it has no mean elements")
        return orbit.mean_elements()

    def age(self, t: float) -> float | None:
        """Seconds between the epoch of measured elements and `t` (TT seconds since J2000); None for other orbits."""
        if self.tle is None and self.omm is None:
            return None
        return abs(t - self.mean_elements().epoch_t)
