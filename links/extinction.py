"""Optical depth of clear air, constituent by constituent: pure functions of wavelength and altitude."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats


def bodhaine_1999(wavelength: float) -> float:
    """Vertical optical depth of Rayleigh scattering by the whole air above sea level (1013.25 hPa, 45 deg).

    `wavelength` in m, 250 nm to 2 um. Bodhaine et al., J. Atmos. Oceanic Technol. 16, 1854 (1999), eq. 30,
    doi:10.1175/1520-0426(1999)016<1854:ORODC>2.0.CO;2.
    """
    squared = (wavelength * 1e6) ** 2
    above = 1.0455996 - 341.29061 / squared - 0.90230850 * squared
    below = 1.0 + 0.0027059889 / squared - 85.968563 * squared
    return 0.0021520 * above / below


def pressure_ratio(altitude: ArrayLike) -> Floats:
    """Air pressure over that at sea level, at an altitude in m from -500 to 11000. ICAO standard atmosphere."""
    return np.asarray((1.0 - 2.25577e-5 * np.asarray(altitude, dtype=float)) ** 5.25588)


def koschmieder(visibility: float) -> float:
    """Aerosol extinction per metre at 550 nm from the meteorological range in m (2 % contrast, air subtracted).

    Koschmieder 1924, with the Rayleigh part of 0.01159 / km subtracted as in LOWTRAN (Kneizys et al. 1983).
    """
    return float(max(np.log(50.0) / visibility - 0.01159e-3, 0.0))


def vertical_depth(wavelength: float, visibility: float, altitude: Floats) -> Floats:
    """Optical depth at the zenith of Rayleigh scattering and aerosol above a station at `altitude` in m."""
    aerosol = koschmieder(visibility) * AEROSOL_SCALE_HEIGHT * (wavelength / 550e-9) ** -1.2
    return np.asarray(bodhaine_1999(wavelength) * pressure_ratio(altitude) + aerosol)


AEROSOL_SCALE_HEIGHT = 1500.0
"""m; the continental aerosol of 6S has an optical depth of 0.235 at 23 km visibility, which this gives."""
