from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from links import Atmosphere
from links.extinction import bodhaine_1999, kasten_young_1989, pressure_ratio, saemundsson_1986
from si import DECIBEL, ValidityWarning

ROOT = Path(__file__).parent.parent
ZENITH = np.pi / 2
NO_AEROSOL = {532: 0.875, 785: 0.977, 850: 0.980, 1064: 0.992, 1550: 0.998}
"""6S. Asked within 0.02."""
CLEAR = {532: (0.622, 0.686), 785: (0.787, 0.833), 850: (0.799, 0.850), 1064: (0.866, 0.887), 1550: (0.918, 0.932)}
"""LOWTRAN rural and 6S continental at 23 km. Asked: between them, widened by 0.02."""
WATER_BAND = 0.03
"""Asked at 810 nm, which lies in a water band."""
AGREED = 0.02


@pytest.mark.validation
@pytest.mark.parametrize(("nm", "published"), NO_AEROSOL.items())
def test_zenith_transmittance_without_aerosol(nm: int, published: float, record_figure: Any) -> None:
    ours = float(Atmosphere(optical_depth=0.0).transmittance(nm * 1e-9, ZENITH))
    record_figure(f"zenith transmittance without aerosol, {nm} nm", published, ours, "0.02", "6S")
    assert ours == pytest.approx(published, abs=AGREED)


@pytest.mark.validation
@pytest.mark.parametrize("aerosol", ["rural", "continental"])
@pytest.mark.parametrize(("nm", "span"), CLEAR.items())
def test_zenith_transmittance_at_23_km(nm: int, span: tuple[float, float], aerosol: str, record_figure: Any) -> None:
    ours = float(Atmosphere(visibility="23 km", aerosol=aerosol).transmittance(nm * 1e-9, ZENITH))
    claim = f"zenith transmittance, 23 km, {aerosol}, {nm} nm"
    record_figure(claim, f"{span[0]} to {span[1]}", ours, "span widened by 0.02", "LOWTRAN rural, 6S continental")
    assert span[0] - AGREED <= ours <= span[1] + AGREED


@pytest.mark.validation
def test_810_nm_lies_in_a_water_band(record_figure: Any) -> None:
    dry = float(Atmosphere(optical_depth=0.0).transmittance(810e-9, ZENITH))
    hazy = float(Atmosphere(visibility="23 km").transmittance(810e-9, ZENITH))
    record_figure("zenith transmittance without aerosol, 810 nm", 0.972, dry, "0.03", "6S")
    record_figure("zenith transmittance, 23 km, 810 nm", "0.775 to 0.835", hazy, "span widened by 0.03", "as above")
    assert dry == pytest.approx(0.972, abs=WATER_BAND)
    assert 0.775 - WATER_BAND <= hazy <= 0.835 + WATER_BAND
    parched = float(Atmosphere(optical_depth=0.0, water_vapour="0 mm").transmittance(810e-9, ZENITH))
    assert parched > dry + 0.01


@pytest.mark.validation
def test_air_mass_at_10_degrees(record_figure: Any) -> None:
    elevation = np.radians(10.0)
    ours = float(kasten_young_1989(elevation + saemundsson_1986(elevation)))
    record_figure("air mass at 10 deg", 5.51, ours, "2 %", "MODTRAN")
    assert ours == pytest.approx(5.51, rel=0.02)


@pytest.mark.validation
def test_refraction_at_the_horizon_and_at_45_degrees(record_figure: Any) -> None:
    horizon, middle = np.degrees(saemundsson_1986(np.radians([0.0, 45.0]))) * 60
    record_figure("refraction at 45 deg, arcmin", 1.0, float(middle), "0.03", "Meeus 1998")
    assert middle == pytest.approx(1.0, abs=0.03)
    assert horizon == pytest.approx(29.0, abs=0.5)


def test_the_shipped_bands_are_what_the_recipe_makes() -> None:
    recipe = runpy.run_path(str(ROOT / "design" / "make_bands.py"))
    assert (ROOT / "links" / "bands.csv").read_text("utf-8").splitlines() == recipe["rows"]()


def test_oxygen_and_water_darken_their_bands() -> None:
    clean = Atmosphere(optical_depth=0.0)
    assert float(clean.transmittance(761e-9, ZENITH)) < 0.4
    assert float(clean.transmittance(937e-9, ZENITH)) < 0.6
    assert float(clean.transmittance(1400e-9, ZENITH)) < 0.1


def test_rayleigh_scales_with_wavelength_and_pressure() -> None:
    assert bodhaine_1999(400e-9) / bodhaine_1999(800e-9) == pytest.approx(16.0, rel=0.1)
    assert bodhaine_1999(550e-9) == pytest.approx(0.0972, rel=0.01)
    assert float(pressure_ratio(5500.0)) == pytest.approx(0.5, abs=0.01)


def test_a_measured_zenith_loss_grows_with_the_air_mass() -> None:
    lumped = Atmosphere(zenith_loss="3.39 dB")
    depth = -np.log(lumped.transmittance(850e-9, np.radians([90.0, 30.0])))
    assert depth[0] == pytest.approx(3.39 * DECIBEL)
    assert depth[1] / depth[0] == pytest.approx(1.993, abs=0.003)
    assert lumped.turbulence is None
    assert Atmosphere(visibility="23 km").turbulence is not None
    assert Atmosphere(visibility="23 km", turbulence=None).turbulence is None


@given(st.floats(0.09, 1.5), st.floats(1.01, 2.0), st.sampled_from([405e-9, 532e-9, 810e-9, 1550e-9]))
def test_lower_elevations_haze_and_cirrus_cost_more(elevation: float, more: float, wavelength: float) -> None:
    def share(elevation: float = elevation, altitude: float = 0.0, **changes: Any) -> float:
        return float(Atmosphere(**{"visibility": "20 km", **changes}).transmittance(wavelength, elevation, altitude))

    base = share()
    assert 0 < base <= 1
    assert share(elevation / more) < base
    assert share(visibility="10 km") < base
    assert share(cirrus=0.1) < base
    assert share(water_vapour="40 mm") <= base
    assert share(altitude=3000.0) > base


def test_outside_its_validity_the_model_warns_by_name() -> None:
    clear, high = Atmosphere(visibility="23 km"), np.array([1.0])
    for arguments, name in [((1.9e-6, high), "extinction"), ((850e-9, np.array([0.05])), "5 deg")]:
        with pytest.warns(ValidityWarning, match=name):
            clear.check(*arguments)
    with pytest.warns(ValidityWarning, match="koschmieder"):
        Atmosphere(visibility="500 m").check(850e-9, high)
    Atmosphere(zenith_loss="3 dB").check(1.9e-6, np.array([0.05]))


@pytest.mark.parametrize(
    "given_", [{}, {"zenith_loss": "3 dB", "visibility": "23 km"}, {"visibility": 23}, {"haze": 1}]
)
def test_a_wrong_atmosphere_is_refused(given_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Atmosphere(**given_)
