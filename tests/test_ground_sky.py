from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ground import sky
from links import Atmosphere
from links.extinction import bodhaine_1999

MICRON = 1e6
"""W m-2 sr-1 per m of wavelength in one W m-2 sr-1 per um."""
V = 545e-9
ZENITH = np.pi / 2
MAUNA_KEA = sky.Air(0.0718, 0.0586, 1.0, 0.65)


def air_of(wavelength: float, visibility: str = "23 km") -> sky.Air:
    atmosphere = Atmosphere(visibility=visibility)
    kind = atmosphere.kind
    return sky.Air(bodhaine_1999(wavelength), atmosphere.aerosol_depth(wavelength), kind.albedo, kind.asymmetry)


def magnitude(radiance: Any) -> Any:
    """V magnitude per square arcsecond of a radiance."""
    return -2.5 * np.log10(radiance / (3631e-5 * sky.ARCSEC2_PER_SR))


@pytest.mark.validation
def test_night_sky_is_the_measured_one(record_figure: Any) -> None:
    ours = float(magnitude(sky.natural_night(V)))
    record_figure("dark sky at the zenith, V mag/arcsec2", 21.6, ours, "0.01", "Patat 2003")
    assert ours == pytest.approx(21.6, abs=0.01)
    assert sky.natural_night(850e-9) / MICRON == pytest.approx(8e-6, rel=0.3)


@pytest.mark.validation
def test_moonlight_is_krisciunas_and_schaefers(record_figure: Any) -> None:
    """Their eqs. 3, 15, 16, 18, 20 and 21 written out with their 0.172 mag per air mass, full Moon at 60 deg."""
    x = (1 - 0.96 * np.sin(np.radians(30)) ** 2) ** -0.5
    moon = (1 - 0.96 * np.sin(np.radians(40)) ** 2) ** -0.5
    scattering = 10**5.36 * (1.06 + np.cos(np.radians(60)) ** 2) + 10 ** (6.15 - 60 / 40)
    nanolambert = scattering * 10 ** (-0.4 * 3.84) * 10 ** (-0.4 * 0.172 * moon) * (1 - 10 ** (-0.4 * 0.172 * x))
    expected = (20.7233 - np.log(nanolambert / 34.08)) / 0.92104  # B = 34.08 exp(20.7233 - 0.92104 V), nL
    angles = (np.radians(60), np.radians(50), np.radians(60), 0.0)
    ours = float(magnitude(sky.krisciunas_schaefer_1991(V, *angles, MAUNA_KEA)))
    record_figure("full Moon 60 deg away, V mag/arcsec2", float(expected), ours, "0.25 (their 8 to 23 %)", "K&S 1991")
    assert ours == pytest.approx(expected, abs=0.25)


@pytest.mark.validation
def test_twilight_is_patats(record_figure: Any) -> None:
    ours = float(magnitude(sky.patat_2006(V, np.radians(np.array(-7.0))) + sky.natural_night(V)))
    published = 11.84 + 1.518 * 2 - 0.057 * 4
    record_figure("twilight, Sun at -7 deg, V mag/arcsec2", published, ours, "0.01", "Patat et al. 2006")
    assert ours == pytest.approx(published, abs=0.01)


@pytest.mark.validation
def test_day_sky_near_840_nm(record_figure: Any) -> None:
    """Mean over the hemisphere with the Sun at 45 deg; the published figure does not name its haze: factor 2."""
    rng = np.random.default_rng(1)
    up, turn = rng.random(20_000), 2 * np.pi * rng.random(20_000)
    across = np.sqrt(1 - up**2)
    separation = np.arccos((across * np.cos(turn) + up) / np.sqrt(2))
    ours = float(sky.day(840e-9, np.arcsin(up), np.pi / 4, separation, air_of(840e-9)).mean() / MICRON)
    record_figure("day sky, 840 nm, Sun at 45 deg, W m-2 sr-1 um-1", 21.0, ours, "factor 2", "sky mean")
    assert 21.0 / 2 < ours < 21.0 * 2


def test_the_suns_spectrum_is_the_measured_one(reference: Any) -> None:
    table = np.loadtxt(reference / "astm-g173.csv", delimiter=",", skiprows=2)
    for nm in (500, 545, 641, 798, 850, 1064, 1550):
        near = np.abs(table[:, 0] - nm) < 15
        measured = table[near, 1].mean() * 1e9
        assert float(sky.solar_irradiance(nm * 1e-9)) == pytest.approx(measured, rel=0.06)


def test_the_sky_darkens_steadily_from_day_to_night() -> None:
    elevation = np.radians(np.arange(30.0, -25.0, -0.5))
    full = np.ones_like(elevation)
    radiance = sky.sunlight(850e-9, full, elevation, full * 1.5, air_of(850e-9))
    assert np.all(np.diff(radiance) <= 0)
    assert radiance[elevation < np.radians(-18)].max() == 0.0
    assert radiance[0] > 1e6 * sky.natural_night(850e-9) * 0.1


def test_no_moon_no_moonlight_and_phases_fade() -> None:
    def light(elevation: float = 0.8, phase: float = 0.0, separation: float = 1.0) -> float:
        return float(sky.krisciunas_schaefer_1991(850e-9, 1.0, elevation, separation, phase, air_of(850e-9)))

    assert light(elevation=-0.1) == 0.0
    assert light() > 5 * light(phase=np.pi / 2) > 50 * light(phase=0.95 * np.pi) > 0
    assert light(separation=0.1) > light(separation=1.0)


def test_lamps_add_to_the_natural_sky() -> None:
    natural = sky.night(V, ZENITH)
    bright = 10.8e4 * 10 ** (-0.4 * 18.0)
    assert float(sky.night(V, ZENITH, np.nan)) == float(natural)
    assert float(sky.night(V, ZENITH, 1e-9)) == float(natural)
    assert float(magnitude(sky.night(V, ZENITH, bright))) == pytest.approx(18.0, abs=0.15)


def test_a_sunlit_satellite_has_its_magnitude() -> None:
    irradiance = sky.reflected_sunlight(V, 7.0, 550e3, np.pi / 2, 1.0)
    assert float(irradiance) == pytest.approx(3631e-5 * 10**-2.8)
    assert float(sky.reflected_sunlight(V, 7.0, 1100e3, np.pi / 2, 1.0)) == pytest.approx(float(irradiance) / 4)
    assert float(sky.reflected_sunlight(V, 7.0, 550e3, np.pi / 2, 0.0)) == 0.0
    back = sky.reflected_sunlight(V, 7.0, 550e3, np.radians(170), 1.0)
    assert float(back) > float(irradiance)  # opposite the Sun the satellite is full


def test_earth_below_is_bright_by_day_and_dim_by_night() -> None:
    day, full_moon, dark = (
        float(sky.earthshine(850e-9, sun, moon, 0.0)) for sun, moon in ((0.8, -0.5), (-0.8, 0.8), (-0.8, -0.5))
    )
    assert day / full_moon == pytest.approx(10 ** (0.4 * (26.75 - 12.73)), rel=0.2)
    assert full_moon > dark == pytest.approx(sky.natural_night(850e-9))


@given(st.floats(400e-9, 1700e-9), st.floats(0.1, 1.5), st.floats(-1.5, 1.5), st.floats(0.0, 3.1), st.floats(0.0, 3.1))
def test_every_sky_is_finite_and_never_negative(
    wavelength: float, elevation: float, body: float, separation: float, phase: float
) -> None:
    air = air_of(wavelength)
    one = np.array([1.0])
    moon = sky.krisciunas_schaefer_1991(wavelength, elevation * one, body * one, separation * one, phase * one, air)
    sun = sky.sunlight(wavelength, elevation * one, body * one, separation * one, air)
    for light in (moon, sun, sky.night(wavelength, elevation)):
        assert np.all(np.isfinite(light))
        assert np.all(light >= 0)
