"""Constellations of Walker's patterns (J. G. Walker, J. British Interplanetary Society 37, 559 (1984))."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orbits.design import Altitude, Circular, FullAngle, Inclination
from orbits.elements import Satellite
from si import Instant, Length


class Constellation(BaseModel):
    """Circular orbits of one altitude and inclination in evenly spread planes, evenly filled (total/planes/phasing)."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    name: str = Field(default="Walker", min_length=1)
    """Satellites are called by it, their plane and their place: "Walker 2-5"."""
    pattern: Literal["delta", "star"] = "delta"
    """Planes spread over the whole equator, or over half of it (a star of nearly polar orbits)."""
    total: int = Field(gt=0, le=10_000)
    planes: int = Field(gt=0)
    phasing: int = Field(default=0, ge=0)
    """Steps of 360/total degrees by which a plane runs ahead of the one before; by default none."""
    altitude: Altitude
    inclination: Inclination
    epoch: Instant
    first_node: FullAngle = 0.0
    """Right ascension of the first plane's node; by default the equinox."""
    max_range: Length | None = Field(default=None, gt=0)
    """Each satellite's own limit; by default there is none."""

    @model_validator(mode="after")
    def _divides(self) -> Constellation:
        if self.total % self.planes:
            raise ValueError(f"{self.total} satellites do not fill {self.planes} planes evenly")
        if self.phasing >= self.planes:
            raise ValueError(f"phasing {self.phasing} is not below the number of planes, {self.planes}")
        return self

    def satellites(self) -> tuple[Satellite, ...]:
        """Every satellite, plane by plane."""
        return tuple(self._members())

    def _members(self) -> Iterator[Satellite]:
        spread = 2 * math.pi if self.pattern == "delta" else math.pi
        places = self.total // self.planes
        for plane in range(self.planes):
            for place in range(places):
                turn = place / places + plane * self.phasing / self.total
                circle = Circular.model_construct(
                    epoch=self.epoch,
                    altitude=self.altitude,
                    inclination=self.inclination,
                    right_ascension=(self.first_node + spread * plane / self.planes) % (2 * math.pi),
                    argument_of_latitude=2 * math.pi * (turn % 1),
                )
                name = f"{self.name} {plane + 1}-{place + 1}"
                yield Satellite(name=name, circular=circle, max_range=None).model_copy(
                    update={"max_range": self.max_range}
                )


def walker(**pattern: Any) -> tuple[Satellite, ...]:
    """The satellites of a `Constellation`: ``walker(total=24, planes=6, phasing=1, altitude="600 km", ...)``."""
    return Constellation(**pattern).satellites()
