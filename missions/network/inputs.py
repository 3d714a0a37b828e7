"""The network as a scenario file spells it: nodes, fibres, chains of trusted nodes, key stores."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from keys import Detector, Source
from links import Fibre
from si import Angle, BitRate, Bits, Duration, Instant

Pair = tuple[str, str]
_HOUR = 3600.0
_INFRARED = 1.25e-6
"""m; below it a fibre loses several times what it does at 1550 nm."""


def _at_most(degrees: float) -> AfterValidator:
    def check(value: float) -> float:
        if abs(value) > math.radians(degrees) * (1 + 1e-12):
            raise ValueError(f"{math.degrees(value):g} deg is outside {-degrees:g} to {degrees:g} deg")
        return value

    return AfterValidator(check)


def two_places(pair: Any) -> Any:
    """Two different names."""
    if not isinstance(pair, list | tuple) or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
        raise ValueError('name two places, e.g. ["Vienna", "Graz"]')
    if pair[0] == pair[1]:
        raise ValueError(f'joins "{pair[0]}" with itself; name two places')
    return tuple(pair)


def _places_in_order(names: Any) -> Any:
    if not isinstance(names, list | tuple) or len(names) < 2 or not all(isinstance(name, str) for name in names):
        raise ValueError('name the two ends and what lies between, in order, e.g. ["Beijing", "Jinan", "Shanghai"]')
    return tuple(names)


Between = Annotated[Pair, BeforeValidator(two_places)]
Through = Annotated[tuple[str, ...], BeforeValidator(_places_in_order)]


def _not_blank(name: str) -> str:
    if name != " ".join(name.split()):
        raise ValueError("a name has no line break and no blank at its ends")
    return name


Name = Annotated[str, AfterValidator(_not_blank)]


class Node(BaseModel):
    """A trusted node on the ground. Stations and satellites are nodes too, without an entry of their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(min_length=1)
    latitude: Annotated[Angle, _at_most(90)] | None = None
    """Geodetic, north positive; without it the node is on no map, and no chain may lead through it."""
    longitude: Annotated[Angle, _at_most(360)] | None = None
    """East positive."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude, or neither")
        return self


class Outage(BaseModel):
    """A time without quantum signal on a fibre. Keys that are in store can still be relayed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: Instant
    end: Instant

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: datetime, info: Any) -> datetime:
        if "start" in info.data and end <= info.data["start"]:
            raise ValueError(f"must come after the outage's start, {info.data['start'].isoformat()}")
        return end


class Span(Fibre):
    """A fibre with the equipment at its ends: what its key rate depends on."""

    source: Source
    detector: Detector
    block: Duration = Field(default=_HOUR, gt=0)
    """Time of one finite-key block, whose key is in store at its end; `security.block` is about passes. By default 1 h,
    as the field trials take it."""
    throughput: BitRate | None = Field(default=None, gt=0)
    """Sifted bits per second that post-processing keeps up with; what comes faster is thrown away. By default it keeps
    up with everything."""

    @field_validator("source")
    @classmethod
    def _has_wavelength(cls, source: Source) -> Source:
        if source.wavelength is None:
            raise ValueError('a fibre needs source.wavelength, e.g. "1550.12 nm"')
        return source

    @model_validator(mode="after")
    def _attenuation_is_known(self) -> Self:
        if "attenuation" not in self.model_fields_set and (self.source.wavelength or 0.0) < _INFRARED:
            raise ValueError('give attenuation, e.g. "2.5 dB/km": the one that is there by default is that of 1550 nm')
        return self

    def equal(self, length: float) -> Span:
        """The same equipment on another length (m) of fibre, without names and outages."""
        fields = {name: getattr(self, name) for name in Span.model_fields}
        return Span.model_construct(**{**fields, "length": length})


class _Faults(BaseModel):
    """The times without signal of a link, planned and drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    outages: tuple[Outage, ...] = ()
    """Planned times without signal; by default there are none."""
    availability: float = Field(default=1.0, gt=0, le=1, allow_inf_nan=False)
    """Share of the time with signal, planned outages aside; below 1, outages are drawn from the mission's seed: lengths
    exponential with mean `repair`, and times between them exponential too. By default nothing fails."""
    repair: Duration = Field(default=4 * _HOUR, gt=0)
    """Mean length of an outage that is drawn; 4 h: a splicing crew on its way, assumed."""


class FibreLink(Span, _Faults):
    """A fibre between two places."""

    between: Between
    name: Name = ""
    """By default its two ends; parallel fibres are numbered."""


class MeasuredLink(_Faults):
    """A link whose rate of secret key is known from elsewhere: a product's data sheet, a published network."""

    between: Between
    name: Name = ""
    """By default its two ends; parallel links are numbered."""
    rate: BitRate = Field(ge=0)
    """Secret key, after every cost. Nothing here says how it was proven: that is for whoever measured it."""
    interval: Duration = Field(default=_HOUR, gt=0)
    """Key is in store at the end of each; by default 1 h, as a fibre's block."""
    initial: Bits | None = Field(default=None, ge=0)
    """In its store at the mission's start; by default `stores.initial`."""
    capacity: Bits | None = Field(default=None, gt=0)
    """Of its store; by default `stores.capacity`."""


class Backbone(Span, _Faults):
    """A chain of trusted nodes of equal spans, where the true spans are not public. `length` is the whole chain's."""

    name: Name = Field(min_length=1)
    through: Through
    """Both ends, and places between them, in order; the latter are among the trusted nodes."""
    trusted_nodes: int = Field(ge=0, le=10_000, strict=True)
    """Between the two ends: n of them make n + 1 spans."""

    @model_validator(mode="after")
    def _room(self) -> Self:
        if len(set(self.through)) != len(self.through):
            raise ValueError("through names a place twice; a ring is two chains")
        if self.trusted_nodes < len(self.through) - 2:
            raise ValueError(
                f"{len(self.through) - 2} places lie between the ends, but there are {self.trusted_nodes} trusted nodes"
            )
        return self


class StoreRules(BaseModel):
    """The key stores: every link has one, shared by both directions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    capacity: Bits | None = Field(default=None, gt=0)
    """What does not fit is spilled; by default everything fits."""
    reserve: Bits = Field(default=0.0, ge=0)
    """A store at or below it is not used for relay."""
    initial: Bits = Field(default=0.0, ge=0)
    """In every store at the mission's start; by default a cold start."""
    lifetime: Duration | None = Field(default=None, gt=0)
    """After which a key is destroyed unused; by default keys keep."""
    routes: Literal["widest", "kept"] = "widest"
    """Among routes of fewest hops a demand takes the `widest` at every step, or it has its route `kept` as long as that
    gives key, as the published networks did. The widest empties stores evenly, several satellites' above all."""
    step: Duration = Field(default=_HOUR, gt=0)
    """Demands are served whenever key arrives or expires, and at least this often. By default 1 h, as fibre blocks."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for name in ("reserve", "initial"):
            if self.capacity is not None and getattr(self, name) > self.capacity:
                raise ValueError(f"{name} is more than capacity")
        return self
