"""The entries of a scenario file that are not the network's: mission, satellites, stations."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from ground import Station
from ground.weather import StationWeather
from keys import Detector, Source
from links import Atmosphere, Receiver, Transmitter
from orbits import Satellite
from si import Bits, Duration, Instant


class Table(BaseModel):
    """A table of the scenario file: frozen, and every key known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mission(Table):
    """Which time is simulated, and how finely."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str = ""
    start: Instant
    end: Instant
    seed: int = Field(default=0, ge=0)
    step: Duration = Field(default=1.0, gt=0, description="sampling along a pass; the loss changes by < 0.1 dB in 1 s")

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start")
        if start is not None and end <= start:
            raise ValueError(f"must come after mission.start, {start.isoformat()}")
        return end


class Spacecraft(Satellite):
    """A satellite with its quantum payload."""

    transmitter: Transmitter
    source: Source
    slew: Duration = Field(default=60.0, ge=0, description="to turn from one station to another; assumed")
    terminals: int = Field(default=1, ge=1, description="stations that it serves at the same time")
    store_capacity: Bits | None = Field(
        default=None, gt=0, description="of each of its key stores, one per station; by default stores.capacity"
    )


PAYLOAD = ("transmitter", "source", "slew", "terminals", "store_capacity", "max_age")
"""Fields of a satellite that say nothing of its orbit: a constellation has them too."""


class GroundStation(Station):
    """A place with its telescope, its detectors, the air above it and its weather."""

    receiver: Receiver
    detector: Detector
    atmosphere: Atmosphere
    terminals: int = Field(default=1, ge=1, description="satellites that it receives at the same time")
    weather: StationWeather | None = None
