"""Units at the border, SI floats inside.

A field annotated ``Length`` accepts ``"848.6 nm"`` or an astropy Quantity, holds a float in metres, and writes itself
back as text with a unit. A bare number is refused, because nobody can tell what it means; so is a wrong dimension.

Losses are held as optical depths (dimensionless nepers of power, ``exp(-depth)`` is the transmittance) and fibre
attenuations as optical depth per metre, so that no decibel lives inside the program.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

if TYPE_CHECKING:
    from astropy.units import UnitBase
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

SPEED_OF_LIGHT = 299_792_458.0
"""m/s, exact (SI)."""
PLANCK = 6.626_070_15e-34
"""J s, exact (SI)."""
DECIBEL = math.log(10.0) / 10.0
"""Optical depth of one decibel."""

_NUMBER = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")


def db(transmittance: Any) -> Any:
    """Loss in dB, positive, of a transmittance in (0, 1]: the way out of SI for tables and plots."""
    import numpy as np

    return -10.0 * np.log10(transmittance)


def _bare_number(example: str) -> str:
    return f'give a unit, e.g. "{example}"'


def _scale(unit: str, base: str) -> float:
    """How many ``base`` one ``unit`` is; decibels count as optical depth."""
    from astropy import units as u

    if unit == "dB" or unit.startswith("dB/"):
        per = "1" if unit == "dB" else f"1 / ({unit[3:]})"
        return DECIBEL * float(u.Unit(per).to(_base(base)))
    return float(u.Unit(unit).to(_base(base)))


def _base(base: str) -> UnitBase:
    from astropy import units as u

    return u.Unit("" if base == "depth" else base.replace("depth", "1"))


def _from_text(text: str, base: str, example: str) -> float:
    found = _NUMBER.fullmatch(text)
    if not found:
        raise ValueError(f'not a number with a unit; write it like "{example}"')
    number, unit = found.groups()
    if not unit:
        raise ValueError(_bare_number(example))
    if base.startswith("depth") and not unit.startswith("dB"):
        raise ValueError(f'"{unit}" is not a loss; write it like "{example}"')
    return float(number) * _unit_scale(unit, base, example)


# The units that scenario files are written in, so that reading one does not import astropy (0.4 s);
# every other unit, and every mistake, goes to astropy. A test holds this table against astropy's.
_COMMON = {
    "m": {"km": 1e3, "m": 1.0, "cm": 1e-2, "mm": 1e-3, "um": 1e-6, "nm": 1e-9},
    "rad": {"rad": 1.0, "mrad": 1e-3, "urad": 1e-6, "nrad": 1e-9, "deg": math.pi / 180, "arcsec": math.pi / 648_000},
    "s": {"d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "ps": 1e-12},
    "Hz": {"GHz": 1e9, "MHz": 1e6, "kHz": 1e3, "Hz": 1.0},
    "m/s": {"km/s": 1e3, "m/s": 1.0},
    "bit": {"Gbit": 1e9, "Mbit": 1e6, "kbit": 1e3, "bit": 1.0},
    "bit/s": {"Gbit/s": 1e9, "Mbit/s": 1e6, "kbit/s": 1e3, "bit/s": 1.0},
    "depth": {"dB": DECIBEL},
    "depth / m": {"dB/km": DECIBEL / 1e3, "dB/m": DECIBEL},
    "W": {"W": 1.0, "mW": 1e-3, "uW": 1e-6},
    "m^(-2/3)": {"m^(-2/3)": 1.0},
}


@cache
def _unit_scale(unit: str, base: str, example: str) -> float:
    common = _COMMON.get(base, {}).get(unit)
    return _astropy_scale(unit, base, example) if common is None else common


def _astropy_scale(unit: str, base: str, example: str) -> float:
    from astropy import units as u

    try:
        return _scale(unit, base)
    except u.UnitConversionError:
        raise ValueError(f'"{unit}" has the wrong dimension; write it like "{example}"') from None
    except (ValueError, TypeError):
        raise ValueError(f'"{unit}" is not a known unit; write it like "{example}"') from None


def _from_quantity(quantity: Any, base: str, example: str) -> float:
    from astropy import units as u

    if base.startswith("depth"):
        raise ValueError(f'write a loss as text, e.g. "{example}"')
    try:
        return float(quantity.to_value(_base(base)))
    except u.UnitConversionError:
        raise ValueError(f'"{quantity.unit}" has the wrong dimension; write it like "{example}"') from None


def _reader(base: str, example: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, str):
            number = _from_text(value, base, example)
        elif hasattr(value, "to_value"):
            number = _from_quantity(value, base, example)
        else:
            raise ValueError(_bare_number(example))
        if not math.isfinite(number):
            raise ValueError("must be finite")
        return number

    return read


def _writer(*scales: tuple[str, float]) -> Callable[[float], str]:
    """Text in the largest unit in which the number is at least 1 (``scales`` from large to small)."""

    def write(value: float) -> str:
        unit, scale = next((pair for pair in scales if abs(value) >= pair[1] * (1 - 1e-12)), scales[-1])
        if value == 0:
            unit, scale = next((pair for pair in scales if pair[1] == 1), scales[-1])
        return f"{_shortest(value, scale)} {unit}"

    return write


def _shortest(value: float, scale: float) -> str:
    """The shortest number that reads back as exactly this value (or 17 digits where none does)."""
    texts = (f"{value / scale:.{digits}g}" for digits in range(3, 18))
    return next((text for text in texts if float(text) * scale == value), f"{value / scale:.17g}")


@dataclass(frozen=True)
class Border:
    """How a field reads what a person writes and writes it back; pydantic asks it, and is imported only then."""

    read: Callable[[Any], float]
    write: Callable[[float], str]
    example: str
    description: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read before the number is checked."""
        from pydantic_core import core_schema

        text = core_schema.plain_serializer_function_ser_schema(self.write, return_schema=core_schema.str_schema())
        return core_schema.no_info_before_validator_function(self.read, handler(source), serialization=text)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Text, with an example."""
        return {"type": "string", "examples": [self.example], "description": self.description}


def _unit(base: str, example: str, *scales: tuple[str, float]) -> Border:
    return Border(_reader(base, example), _writer(*scales), example, f"a number with its unit, {example!r}")


_ZERO_MAGNITUDE = 10.8e4
"""Luminance in cd/m^2 of 0 mag/arcsec2 in the V band (Allen, Astrophysical Quantities)."""


def _read_magnitude(value: Any) -> float:
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if not found or found[2] != "mag/arcsec2":
        raise ValueError(_bare_number("21.5 mag/arcsec2"))
    return float(_ZERO_MAGNITUDE * 10.0 ** (-0.4 * float(found[1])))


def _write_magnitude(value: float) -> str:
    return f"{-2.5 * math.log10(value / _ZERO_MAGNITUDE):.14g} mag/arcsec2"


_RAD = math.pi / 180
Length = Annotated[float, _unit("m", "1.2 m", ("km", 1e3), ("m", 1.0), ("mm", 1e-3), ("um", 1e-6), ("nm", 1e-9))]
Angle = Annotated[float, _unit("rad", "10 deg", ("deg", _RAD), ("mrad", 1e-3), ("urad", 1e-6), ("rad", 1.0))]
SmallAngle = Annotated[float, _unit("rad", "10 urad", ("rad", 1.0), ("mrad", 1e-3), ("urad", 1e-6), ("nrad", 1e-9))]
Duration = Annotated[
    float,
    _unit(
        "s", "1 s", ("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)
    ),
]
Rate = Annotated[float, _unit("Hz", "100 MHz", ("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1.0))]
Speed = Annotated[float, _unit("m/s", "21 m/s", ("m/s", 1.0))]
Radiance = Annotated[float, _unit("W m-3 sr-1", "1e-5 W m-2 sr-1 um-1", ("W m-2 sr-1 um-1", 1e6))]
SurfaceBrightness = Annotated[
    float, Border(_read_magnitude, _write_magnitude, "21.5 mag/arcsec2", "V band, per square arcsecond")
]
"""A sky's V-band brightness, written in mag/arcsec2, held as luminance in cd/m^2 (10.8e4 * 10^(-0.4 m))."""
Loss = Annotated[float, _unit("depth", "3 dB", ("dB", DECIBEL))]
Attenuation = Annotated[float, _unit("depth / m", "0.2 dB/km", ("dB/km", DECIBEL / 1e3))]
Power = Annotated[float, _unit("W", "1 mW", ("W", 1.0), ("mW", 1e-3), ("uW", 1e-6))]
StructureConstant = Annotated[float, _unit("m^(-2/3)", "1.7e-14 m^(-2/3)", ("m^(-2/3)", 1.0))]
Bits = Annotated[float, _unit("bit", "100 Mbit", ("Gbit", 1e9), ("Mbit", 1e6), ("kbit", 1e3), ("bit", 1.0))]
BitRate = Annotated[float, _unit("bit/s", "2 kbit/s", ("Mbit/s", 1e6), ("kbit/s", 1e3), ("bit/s", 1.0))]


def quantity(text: str, kind: Any) -> float:
    """``quantity("1 s", Duration)``: one value read with the rules of a field of that kind.

    Raises ValueError with the same sentence that a scenario file would get.
    """
    border: Border = kind.__metadata__[0]
    return border.read(text)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("give the time zone, e.g. 2016-12-19T16:52:14Z: a naive time can be read in many ways")
    return value.astimezone(UTC)


class Aware:
    """Tells pydantic to look at a time's zone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """After the time is read."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(_aware, handler(source))


Instant = Annotated[datetime, Aware()]
"""An aware time, held in UTC; a naive one is refused."""


class ValidityWarning(UserWarning):
    """A model was used outside the range in which its source holds."""
