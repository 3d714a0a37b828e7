"""Units at the border."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import si

ROUND_TRIP = 1e-12  # magnitudes are written with fourteen digits, everything else exactly or with seventeen


class Everything(BaseModel):
    length: si.Length = 1.0
    angle: si.Angle = 1.0
    attenuation: si.Attenuation = 1.0
    loss: si.Loss = 1.0
    duration: si.Duration = 1.0
    sky: si.SurfaceBrightness = 1.0
    when: si.Instant | None = None


def message(**field: object) -> str:
    with pytest.raises(ValidationError) as error:
        Everything(**field)
    return str(error.value)


@pytest.mark.parametrize("base", si._COMMON)
def test_common_units_are_astropys(base: str) -> None:
    for unit, scale in si._COMMON[base].items():
        assert scale == pytest.approx(si._astropy_scale(unit, base, ""), rel=1e-15)


def test_quantity_and_text_agree() -> None:
    assert Everything(length=848.6 * u.nm).length == Everything(length="848.6 nm").length


def test_losses_are_optical_depths() -> None:
    assert math.exp(-Everything(loss="3 dB").loss) == pytest.approx(10**-0.3)
    assert math.exp(-Everything(attenuation="0.2 dB/km").attenuation * 50e3) == pytest.approx(0.1)


def test_rare_units_are_read_too() -> None:
    assert Everything(length="2 AU").length == pytest.approx(2 * 149_597_870_700)


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ({"length": 1.2}, 'give a unit, e.g. "1.2 m"'),
        ({"length": "1.2"}, 'give a unit, e.g. "1.2 m"'),
        ({"length": "3 s"}, '"s" has the wrong dimension'),
        ({"length": "3 parsnip"}, '"parsnip" is not a known unit'),
        ({"length": "tall"}, "not a number with a unit"),
        ({"length": 3 * u.s}, '"s" has the wrong dimension'),
        ({"length": "1e999 m"}, "must be finite"),
        ({"loss": "3 m"}, '"m" is not a loss'),
        ({"sky": "21.5"}, 'give a unit, e.g. "21.5 mag/arcsec2"'),
        ({"when": "2016-12-19T16:52:14"}, "give the time zone"),
    ],
)
def test_mistakes_are_explained(field: dict[str, object], sentence: str) -> None:
    assert sentence in message(**field)


@given(st.floats(1e-12, 1e12))
def test_what_is_written_reads_back(value: float) -> None:
    for name in ("length", "angle", "attenuation", "loss", "duration", "sky"):
        text = Everything.model_construct(**{name: value}).model_dump()[name]
        assert getattr(Everything(**{name: text}), name) == pytest.approx(value, rel=ROUND_TRIP)


def test_si_stands_below_all_packages() -> None:
    source = Path(si.__file__).read_text(encoding="utf-8")
    assert not any(
        f"import {name}" in source or f"from {name}" in source for name in ("orbits", "ground", "links", "keys")
    )
