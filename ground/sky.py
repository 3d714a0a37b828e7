"""How bright the sky is where the telescope looks, in W m-2 sr-1 per metre of wavelength."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ARCSEC2_PER_SR = (180.0 * 3600.0 / np.pi) ** 2
"""Square arcseconds in a steradian."""

_BANDS = ("U", "B", "V", "R", "I", "J", "H")
_CENTRE = np.array([366.0, 438.0, 545.0, 641.0, 798.0, 1220.0, 1630.0]) * 1e-9
_ZERO_POINT = np.array([4175.0, 6320.0, 3631.0, 2177.0, 1126.0, 314.7, 113.8]) * 1e-5
"""Spectral irradiance of magnitude 0 in W m-2 m-1. Bessell, Castelli & Plez, A&A 333, 231 (1998), table A2."""
_NIGHT = np.array([22.3, 22.6, 21.6, 20.9, 19.7, 15.95, 13.99])
"""mag/arcsec2 at the zenith, moonless: Paranal UBVRI (Patat, A&A 400, 1183 (2003), doi:10.1051/0004-6361:20030030),
Calar Alto JH (Sanchez et al., PASP 120, 1244 (2008), doi:10.1086/593981)."""
_PHOTOMETRIC_WIDTH = 106.857e-9
"""m: integral of the CIE photopic curve V(lambda)."""
_LUMENS_PER_WATT = 683.0


def band_radiance(magnitude: Floats) -> Floats:
    """Radiance in each of the bands UBVRIJH from its surface brightness in mag/arcsec2, last axis the band."""
    return _ZERO_POINT * 10.0 ** (-0.4 * magnitude) * ARCSEC2_PER_SR


def natural_night(wavelength: float) -> float:
    """Radiance of the moonless, unpolluted sky at the zenith: airglow, zodiacal light, stars.

    `wavelength` in m, 366 to 1630 nm, held constant outside; broad-band, so a filter between airglow lines sees
    less and one on a line more. Interpolated in the logarithm between the bands. Patat 2003, Sanchez et al. 2008.
    """
    return float(np.exp(np.interp(wavelength, _CENTRE, np.log(band_radiance(_NIGHT)))))


def krisciunas_schaefer_airmass(elevation: ArrayLike) -> Floats:
    """Relative path through the air for scattered and airglow light, (1 - 0.96 cos^2 elevation)^-1/2.

    Any shape; 1 at the zenith, 5 at the horizon. Krisciunas & Schaefer, PASP 103, 1033 (1991), doi:10.1086/132921.
    """
    return np.asarray((1.0 - 0.96 * np.cos(np.asarray(elevation, dtype=float)) ** 2) ** -0.5)


def equal_energy_radiance(luminance: ArrayLike) -> Floats:
    """Radiance of light of flat spectrum (CIE illuminant E) that has this luminance in cd/m2."""
    return np.asarray(luminance, dtype=float) / (_LUMENS_PER_WATT * _PHOTOMETRIC_WIDTH)


def light_pollution(sky_brightness: ArrayLike) -> Floats:
    """Radiance of artificial light at the zenith: what a sky of this V-band luminance (cd/m2) has above a natural one.

    nan means a natural sky. Lamps are taken as an equal-energy spectrum: high in the near infrared for white LEDs.
    """
    excess = np.asarray(sky_brightness, dtype=float) - 10.8e4 * 10.0 ** (-0.4 * _NIGHT[_BANDS.index("V")])
    return equal_energy_radiance(np.maximum(np.nan_to_num(excess, nan=0.0), 0.0))


def night(wavelength: float, elevation: ArrayLike, sky_brightness: ArrayLike = np.nan) -> Floats:
    """Radiance of the moonless night sky at an elevation in rad; `sky_brightness` in cd/m2, nan: natural."""
    zenith = natural_night(wavelength) + light_pollution(sky_brightness)
    return zenith * krisciunas_schaefer_airmass(elevation)
