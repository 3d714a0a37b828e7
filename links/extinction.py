"""Optical depth of clear air, constituent by constituent: pure functions that broadcast.

Depths have no unit: exp(-depth) is the transmittance. Together they hold from 400 to 1700 nm and above 5 deg of
elevation; `Atmosphere.check` warns outside.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats

AEROSOL_SCALE_HEIGHT = 1500.0
"""m. The air mass of aerosol above the station is one of this depth at the surface's density; it gives the optical
depth of 0.235 at 23 km of visibility that 6S has (Vermote et al. 1997, doi:10.1109/36.581987)."""
WATER_SCALE_HEIGHT = 2000.0
"""m, of water vapour: Reitan, J. Appl. Meteorol. 2, 776 (1963)."""


def kasten_young_1989(elevation: ArrayLike) -> Floats:
    """Relative optical air mass at an apparent elevation in rad; 1 at the zenith, 38 at the horizon.

    Any shape; no unit. Valid from the horizon up, held below (a link warns). Kasten & Young, Appl. Opt. 28, 4735
    (1989), doi:10.1364/AO.28.004735.
    """
    elevation = np.maximum(np.asarray(elevation, dtype=float), 0.0)
    degrees = np.degrees(elevation)
    return np.asarray(np.maximum(1.0 / (np.sin(elevation) + 0.50572 * (degrees + 6.07995) ** -1.6364), 1.0))


def saemundsson_1986(elevation: ArrayLike) -> Floats:
    """Refraction in rad to add to a geometric elevation in rad, at 1010 hPa and 10 C, for visible light.

    Any shape; 0.0003 rad at 45 deg, 0.0084 at the horizon; within 0.1 arcmin from the horizon up, held below.
    Saemundsson, Sky & Telescope 72, 70 (1986); Meeus, Astronomical Algorithms (1998), eq. 16.4.
    """
    degrees = np.degrees(np.maximum(np.asarray(elevation, dtype=float), 0.0))
    arcmin = 1.02 / np.tan(np.radians(degrees + 10.3 / (degrees + 5.11)))
    return np.asarray(np.radians(np.maximum(arcmin, 0.0) / 60.0))


def bodhaine_1999(wavelength: float) -> float:
    """Vertical optical depth (no unit) of Rayleigh scattering by the whole air above sea level (1013.25 hPa, 45 deg).

    `wavelength` in m, 250 nm to 2 um. Bodhaine et al., J. Atmos. Oceanic Technol. 16, 1854 (1999), eq. 30,
    doi:10.1175/1520-0426(1999)016<1854:ORODC>2.0.CO;2.
    """
    squared = (wavelength * 1e6) ** 2
    above = 1.0455996 - 341.29061 / squared - 0.90230850 * squared
    below = 1.0 + 0.0027059889 / squared - 85.968563 * squared
    return 0.0021520 * above / below


def pressure_ratio(altitude: ArrayLike) -> Floats:
    """Air pressure over that at sea level (no unit), at an altitude in m from -500 to 11000 (a link warns outside).

    Any shape. ICAO Doc 7488, Manual of the ICAO Standard Atmosphere (1993).
    """
    return np.asarray((1.0 - 2.25577e-5 * np.asarray(altitude, dtype=float)) ** 5.25588)


def koschmieder(visibility: float) -> float:
    """Aerosol extinction per m at 550 nm from the meteorological range in m (2 % contrast); 0 in clean air.

    Above 1 km of visibility: below, it is fog (a link warns). Koschmieder, Beitr. Phys. freien Atmos. 12, 33 (1924),
    less the 0.01159 per km of the air itself as in LOWTRAN 7 (Kneizys et al., AFGL-TR-88-0177, 1988).
    """
    return float(max(np.log(50.0) / visibility - 0.01159e-3, 0.0))


def angstrom(depth: float, exponent: float, wavelength: float) -> float:
    """Aerosol optical depth (no unit) at `wavelength` in m from the one at 550 nm: (wavelength / 550 nm)^-exponent.

    400 to 1700 nm, over which one exponent is an assumption. Angstrom, Geogr. Ann. 11, 156 (1929).
    """
    return float(depth * (wavelength / 550e-9) ** -exponent)


def growth(amount: ArrayLike, strength: float, saturation: float) -> Floats:
    """Optical depth of a band of unresolved lines: linear in a small `amount` (coefficient times column), then slower.

    `amount` any shape, 0 or more, no unit, as the result. strength a / (1 + saturation a)^0.45. Bird & Riordan,
    J. Climate Appl. Meteorol. 25, 87 (1986), eqs. 8 and 11, doi:10.1175/1520-0450(1986)025<0087:SSSMFD>2.0.CO;2.
    """
    amount = np.asarray(amount, dtype=float)
    return np.asarray(strength * amount / (1.0 + saturation * amount) ** 0.45)


def water_depth(wavelength: float, column: ArrayLike) -> Floats:
    """Slant depth (no unit) of water vapour; `column` in m of liquid along the path, any shape.

    `wavelength` in m, 400 to 1700 nm, about 1 nm resolution; bands below 680 nm (under 1 %) are left out. Derived:
    design/make_bands.py, from ASTM G173-03 with the growth of Bird & Riordan 1986.
    """
    return growth(100.0 * np.asarray(column, dtype=float) * _coefficient(wavelength, 2), 0.2385, 20.07)


def mixed_depth(wavelength: float, airmass: ArrayLike) -> Floats:
    """Slant depth (no unit) of oxygen, carbon dioxide and methane for an air mass corrected for pressure, any shape.

    `wavelength` in m, 400 to 1700 nm, about 1 nm resolution. Derived: as `water_depth`.
    """
    return growth(np.asarray(airmass, dtype=float) * _coefficient(wavelength, 3), 1.41, 118.3)


def ozone_depth(wavelength: float, column: float) -> float:
    """Vertical depth (no unit) of ozone; `column` in m at standard temperature and pressure (3 mm: 300 Dobson units).

    `wavelength` in m, 400 to 1700 nm. Bird & Riordan 1986, table 1,
    doi:10.1175/1520-0450(1986)025<0087:SSSMFD>2.0.CO;2.
    """
    return 100.0 * column * _coefficient(wavelength, 1)


@cache
def _coefficient(wavelength: float, column: int) -> float:
    """Of one column of `_bands` at a wavelength in m."""
    bands = _bands()
    return float(np.interp(wavelength * 1e9, bands[:, 0], bands[:, column]))


@cache
def _bands() -> Floats:
    """Wavelength in nm, ozone and water per cm, mixed gases; made by design/make_bands.py."""
    text = files("links").joinpath("bands.csv").read_text("utf-8").split("\n", 1)[1]
    return np.array([line.split(",") for line in text.split()], dtype=float)
