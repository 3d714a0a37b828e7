from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from links import Fibre, fibre, fixed
from links.fibre import RAMAN, raman_rate
from si import DECIBEL, PLANCK, SPEED_OF_LIGHT, db

BAND = 1550.12e-9
PLAIN = Fibre(length="100 km", attenuation="0.2 dB/km")


def test_loss_is_the_sum_of_its_parts() -> None:
    span = Fibre(
        length="50 km", attenuation="0.25 dB/km", excess_loss="1.5 dB", splices=4, splice_loss="0.05 dB",
        connectors=2, connector_loss="0.3 dB", switch_loss="0.8 dB",
    )  # fmt: skip
    channel = fibre([span, PLAIN], BAND, 3600.0)
    assert db(channel.transmittance) == pytest.approx([12.5 + 1.5 + 0.2 + 0.6 + 0.8, 20.0])
    assert list(channel.budget.factors) == ["fibre", "splices", "connectors", "switch", "excess"]
    product = np.prod(list(channel.budget.factors.values()), axis=0)
    assert np.allclose(product, channel.transmittance, rtol=1e-12, atol=0)
    assert np.all(channel.duration == 3600.0)
    assert channel.link.tolist() == [0, 1]


def test_the_defaults_of_the_built_in_backbone_fit() -> None:
    path = Path(__file__).parent.parent / "missions" / "scenarios" / "beijing-shanghai.toml"
    if not path.exists():
        given_ = {"attenuation": "0.25 dB/km", "excess_loss": "1.5 dB", "classical_channels": 0}
    else:
        others = {"block", "source", "detector"}
        table = tomllib.loads(path.read_text("utf-8"))["defaults"]["fibre"]
        given_ = {name: value for name, value in table.items() if name not in others}
    span = Fibre(length="12 km", **given_)
    assert float(db(fibre(span, BAND, 1.0).transmittance)[0]) == pytest.approx(4.5)
    assert fibre(span, BAND, 1.0).background[0] == 0.0


def test_a_thousand_decibels_are_finite() -> None:
    channel = fibre(Fibre(length="5000 km", attenuation="0.2 dB/km"), BAND, 1.0)
    assert 0 < channel.transmittance[0] < 1e-90
    assert np.isfinite(channel.transmittance).all()
    assert fixed(1e6 * DECIBEL, 1.0).transmittance[0] > 0


def test_raman_noise_scales_as_its_source_says() -> None:
    one = Fibre(length="20 km", classical_channels=2)
    rate = raman_rate(one, BAND)
    a, length = one.attenuation, one.length
    path = length * np.exp(-a * length) + (1 - np.exp(-2 * a * length)) / (2 * a)
    assert rate == pytest.approx(1e-3 * RAMAN * 0.8e-9 * path * BAND / (PLANCK * SPEED_OF_LIGHT))
    assert raman_rate(one.model_copy(update={"classical_channels": 8}), BAND) == pytest.approx(4 * rate)
    assert raman_rate(one.model_copy(update={"filter_bandwidth": 1.6e-9}), BAND) == pytest.approx(2 * rate)
    assert 1e6 < rate < 1e9  # a milliwatt beside single photons is loud
    assert raman_rate(PLAIN, BAND) == 0.0


@given(st.floats(0.0, 3e5), st.floats(1.0, 1e5))
def test_longer_fibres_pass_less(length: float, more: float) -> None:
    spans = [PLAIN.model_copy(update={"length": length}), PLAIN.model_copy(update={"length": length + more})]
    near, far = fibre(spans, BAND, 1.0).transmittance
    assert 0 < far < near <= 1


def test_a_fixed_loss_is_a_channel() -> None:
    channel = fixed(np.array([3.0, 30.0]) * DECIBEL, 10.0, background=[5.0, 6.0], flip=0.01)
    assert db(channel.transmittance) == pytest.approx([3.0, 30.0])
    assert channel.background.tolist() == [5.0, 6.0]
    with pytest.raises(ValueError, match="negative"):
        fixed(-1.0, 1.0)


@pytest.mark.parametrize("mistake", [{"length": 5}, {"length": "-1 km"}, {"length": "1 km", "colour": "red"}])
def test_a_wrong_fibre_is_refused(mistake: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Fibre(**mistake)
