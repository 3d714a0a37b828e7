"""How bright the sky is where the telescope looks, in W m-2 sr-1 per metre of wavelength.

Angles in rad, wavelengths in m; sample arrays broadcast. Sources of light add: the natural night sky, lamps, the Moon,
and the Sun, from twilight to day, without any rule about which hours are night.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

ARCSEC2_PER_SR = (180.0 * 3600.0 / np.pi) ** 2
"""Square arcseconds in a steradian."""
_CENTRE = np.array([366.0, 438.0, 545.0, 641.0, 798.0, 1220.0, 1630.0]) * 1e-9
_ZERO_POINT = np.array([4175.0, 6320.0, 3631.0, 2177.0, 1126.0, 314.7, 113.8]) * 1e-5
"""UBVRIJH: effective wavelengths in m, and irradiance of magnitude 0 in W m-2 per m. Bessell, Castelli & Plez, A&A
333, 231 (1998), table A2."""
_NIGHT = np.array([22.3, 22.6, 21.6, 20.9, 19.7, 15.95, 13.99])
"""mag/arcsec2 at the zenith, moonless: Paranal UBVRI (Patat, A&A 400, 1183 (2003), doi:10.1051/0004-6361:20030030),
Calar Alto JH (Sanchez et al., PASP 120, 1244 (2008), doi:10.1086/593981)."""
_TWILIGHT = np.array([[11.78, 1.376, -0.039], [11.84, 1.411, -0.041], [11.84, 1.518, -0.057], [11.40, 1.567, -0.064]])
_TWILIGHT = np.vstack([_TWILIGHT, [10.93, 1.470, -0.062]])
"""UBVRI, mag/arcsec2 = a + b x + c x^2, x the Sun's depression in degrees less 5. Patat et al. 2006, table 1."""
_V = 2
_V_WAVELENGTH = float(_CENTRE[_V])
_LUMENS_PER_WATT = 683.0
_PHOTOPIC_WIDTH = 106.857e-9
"""m: integral of the CIE photopic curve."""
_ZERO_LUMINANCE = 10.8e4
"""cd/m2 of 0 mag/arcsec2 in V (Allen, Astrophysical Quantities)."""
_NANOLAMBERT = 1e-5 / np.pi
"""cd/m2."""
_SUN_WAVELENGTH = np.arange(350e-9, 1751e-9, 50e-9)
_SUN = (
    np.array(
        [
            1.011,
            1.419,
            1.884,
            1.920,
            1.855,
            1.759,
            1.583,
            1.424,
            1.273,
            1.139,
            1.005,
            0.914,
            0.823,
            0.740,
            0.660,
            0.593,
            0.545,
            0.499,
            0.456,
            0.413,
            0.374,
            0.345,
            0.317,
            0.293,
            0.271,
            0.248,
            0.227,
            0.205,
            0.185,
        ]
    )
    * 1e9
)
"""Sunlight above the air in W m-2 per m, means over 50 nm: extraterrestrial column of ASTM G173-03 (Gueymard 2004)."""
EARTH_ALBEDO = 0.3
"""Of the whole Earth with its clouds: Trenberth, Fasullo & Kiehl, Bull. Am. Meteorol. Soc. 90, 311 (2009)."""
_MAUNA_KEA = {"total": 0.1584, "rayleigh": 0.0718, "aerosol": 0.0586}
"""Optical depths in V behind Krisciunas & Schaefer's constants: their 0.172 mag per air mass at 2800 m, ozone 0.028."""


@dataclass(frozen=True, eq=False)
class Air:
    """What scatters and absorbs above the station at one wavelength: vertical optical depths, scalars or per sample."""

    rayleigh: ArrayLike
    aerosol: ArrayLike
    albedo: float
    """Single-scattering albedo of the aerosol."""
    asymmetry: float
    """Mean cosine of its scattering angle."""


def solar_irradiance(wavelength: ArrayLike) -> Floats:
    """Sunlight above the air in W m-2 per m at the mean distance of the Sun; any shape, 350 to 1750 nm.

    Means over 50 nm of ASTM G173-03, straight between; held outside. Lines of the solar spectrum are not in it.
    """
    return np.asarray(np.interp(np.asarray(wavelength, dtype=float), _SUN_WAVELENGTH, _SUN))


def band_radiance(magnitude: Floats, bands: int = 7) -> Floats:
    """Radiance from a surface brightness in mag/arcsec2 in each of the first bands of UBVRIJH, last axis the band."""
    return np.asarray(_ZERO_POINT[:bands] * 10.0 ** (-0.4 * magnitude) * ARCSEC2_PER_SR)


def natural_night(wavelength: float) -> float:
    """Radiance of the moonless, unpolluted sky at the zenith: airglow, zodiacal light, stars.

    366 to 1630 nm, held constant outside; broad-band, so a filter between airglow lines sees less and one on a line
    more. Straight in the logarithm between the bands. Patat 2003; Sanchez et al. 2008.
    """
    return float(np.exp(np.interp(wavelength, _CENTRE, np.log(band_radiance(_NIGHT)))))


def krisciunas_schaefer_airmass(elevation: ArrayLike) -> Floats:
    """Relative path of scattered light and airglow, (1 - 0.96 cos^2 elevation)^-1/2: 1 at the zenith, 5 at the horizon.

    Any shape. Krisciunas & Schaefer, PASP 103, 1033 (1991), doi:10.1086/132921, eq. 3.
    """
    return np.asarray((1.0 - 0.96 * np.cos(np.asarray(elevation, dtype=float)) ** 2) ** -0.5)


def equal_energy_radiance(luminance: ArrayLike) -> Floats:
    """Radiance of light of flat spectrum (CIE illuminant E) of this luminance in cd/m2; any shape."""
    return np.asarray(luminance, dtype=float) / (_LUMENS_PER_WATT * _PHOTOPIC_WIDTH)


def light_pollution(sky_brightness: ArrayLike) -> Floats:
    """Radiance of artificial light at the zenith: what a V-band luminance in cd/m2 has above the natural sky's.

    nan means a natural sky. Lamps are taken to have a flat spectrum: too much in the near infrared for white LEDs.
    """
    excess = np.asarray(sky_brightness, dtype=float) - _ZERO_LUMINANCE * 10.0 ** (-0.4 * _NIGHT[_V])
    return equal_energy_radiance(np.maximum(np.nan_to_num(excess, nan=0.0), 0.0))


def night(wavelength: float, elevation: ArrayLike, sky_brightness: ArrayLike = np.nan) -> Floats:
    """Radiance of the moonless night sky at an elevation; `sky_brightness` at the zenith in cd/m2, nan: natural."""
    return (natural_night(wavelength) + light_pollution(sky_brightness)) * krisciunas_schaefer_airmass(elevation)


def lunar_illuminance(phase: ArrayLike) -> Floats:
    """Moonlight above the air, in the unit of Krisciunas & Schaefer, for a phase angle: 0 full, pi new.

    10^(-0.4 (3.84 + 0.026 a + 4e-9 a^4)), a in degrees; their eq. 20.
    """
    degrees = np.abs(np.degrees(np.asarray(phase, dtype=float)))
    return np.asarray(10.0 ** (-0.4 * (3.84 + 0.026 * degrees + 4e-9 * degrees**4)))


def _lunar_scattering(separation: Floats) -> tuple[Floats, Floats]:
    """Rayleigh and Mie scattering functions of angle; their eqs. 16 to 19."""
    degrees = np.maximum(np.degrees(separation), 0.25)
    mie = np.where(degrees >= 10.0, 10.0 ** (6.15 - degrees / 40.0), 6.2e7 / degrees**2)
    return 10.0**5.36 * (1.06 + np.cos(separation) ** 2), mie


def krisciunas_schaefer_1991(
    wavelength: float,
    elevation: ArrayLike,
    moon_elevation: ArrayLike,
    separation: ArrayLike,
    phase: ArrayLike,
    air: Air,
) -> Floats:
    """Radiance of moonlight scattered by clear air; 0 while the Moon is below the horizon.

    Their V-band model, within 8 to 23 %, carried to other wavelengths and sites by the depths of `air` (its Rayleigh
    and Mie terms in proportion, extinction by the sum) and the Sun's spectrum; on Mauna Kea in V it is theirs. The
    Moon's disc itself is not in it. PASP 103, 1033 (1991), doi:10.1086/132921.
    """
    rayleigh, mie = _lunar_scattering(np.asarray(separation, dtype=float))
    depth = np.asarray(air.rayleigh) + np.asarray(air.aerosol)
    scattering = rayleigh * (np.asarray(air.rayleigh) / _MAUNA_KEA["rayleigh"])
    scattering = scattering + mie * (np.asarray(air.aerosol) / _MAUNA_KEA["aerosol"])
    path = np.exp(-depth * krisciunas_schaefer_airmass(moon_elevation))
    caught = -np.expm1(-depth * krisciunas_schaefer_airmass(elevation)) * (_MAUNA_KEA["total"] / depth)
    luminance = scattering * lunar_illuminance(phase) * path * caught * _NANOLAMBERT
    colour = solar_irradiance(wavelength) / solar_irradiance(_V_WAVELENGTH)
    return np.where(np.asarray(moon_elevation) > 0.0, equal_energy_radiance(luminance) * colour, 0.0)


def patat_2006(wavelength: float, sun_elevation: ArrayLike) -> Floats:
    """Radiance that twilight adds at the zenith, for a Sun 5 to 18 deg below the horizon; any shape.

    UBVRI fits of Patat, Ugolnikov & Postylyakov, A&A 455, 385 (2006), doi:10.1051/0004-6361:20064992, valid to 15 deg,
    less the night sky that is in them; then fading out at 18 deg. Beyond I as sunlight scattered by air, lambda^-4.
    """
    depression = np.degrees(-np.asarray(sun_elevation, dtype=float))
    x = np.clip(depression, 5.0, 15.0) - 5.0
    bands = len(_TWILIGHT)
    magnitude = _TWILIGHT @ np.array([np.ones_like(x), x, x**2]).reshape(3, -1)
    radiance = np.maximum(band_radiance(magnitude.T, bands) - band_radiance(_NIGHT[:bands], bands), 1e-12)
    faded = _between_bands(wavelength, radiance).reshape(x.shape) * np.clip((18.0 - depression) / 3.0, 0.0, 1.0)
    return np.asarray(faded)


def _between_bands(wavelength: float, radiance: Floats) -> Floats:
    """Straight in the logarithm between UBVRI, whose radiances are on the last axis; Rayleigh's law redward of I."""
    centre = _CENTRE[: radiance.shape[-1]]
    at = np.interp(wavelength, centre, np.arange(len(centre)))
    low = min(int(at), len(centre) - 2)
    share = float(at) - low
    mixed = np.exp((1.0 - share) * np.log(radiance[..., low]) + share * np.log(radiance[..., low + 1]))
    last = float(centre[-1])
    if wavelength <= last:
        return np.asarray(mixed)
    return np.asarray(mixed * (solar_irradiance(wavelength) / solar_irradiance(last)) * (last / wavelength) ** 4)


def day(wavelength: float, elevation: ArrayLike, sun_elevation: ArrayLike, separation: ArrayLike, air: Air) -> Floats:
    """Radiance of the clear day sky, Sun above 5 deg: light scattered once in a flat atmosphere.

    Rayleigh's and Henyey & Greenstein's (Astrophys. J. 93, 70 (1941)) phase functions at the angle `separation` from
    the Sun. Low by about the scattering depth, since light scattered twice is missing: 10 % at 850 nm, more in the
    blue. Liou, An Introduction to Atmospheric Radiation, 2nd ed. (2002), ch. 6.
    """
    cosine = np.cos(np.asarray(separation, dtype=float))
    g = air.asymmetry
    forward = (1.0 - g**2) / (1.0 + g**2 - 2.0 * g * cosine) ** 1.5
    scattered = np.asarray(air.rayleigh) * 0.75 * (1.0 + cosine**2) + air.albedo * np.asarray(air.aerosol) * forward
    view, sun = _secant(elevation), _secant(sun_elevation)
    depth = np.asarray(air.rayleigh) + np.asarray(air.aerosol)
    growth = depth * (view - sun)
    safe = np.where(np.abs(growth) < 1e-9, 1e-9, growth)
    path = view * np.exp(-depth * sun) * (-np.expm1(-safe) / safe)
    return np.asarray(solar_irradiance(wavelength) / (4.0 * np.pi) * scattered * path)


def _secant(elevation: ArrayLike) -> Floats:
    return np.asarray(1.0 / np.sin(np.maximum(np.asarray(elevation, dtype=float), np.radians(5.0))))


def sunlight(
    wavelength: float, elevation: ArrayLike, sun_elevation: ArrayLike, separation: ArrayLike, air: Air
) -> Floats:
    """Radiance that the Sun adds to the sky at any hour; 0 when it is 18 deg below the horizon or lower.

    `day` with the Sun above 5 deg, `patat_2006` below -5 deg, and straight in the logarithm between. Inputs of one
    shape.
    """
    degrees = np.degrees(np.asarray(sun_elevation, dtype=float))
    above = day(wavelength, elevation, np.radians(np.maximum(degrees, 5.0)), separation, air)
    below = patat_2006(wavelength, np.radians(np.minimum(degrees, -5.0)))
    share = np.clip((degrees + 5.0) / 10.0, 0.0, 1.0)
    lit = np.maximum(below, 1e-300)
    return np.where(degrees > -18.0, np.exp(share * np.log(above) + (1.0 - share) * np.log(lit)), 0.0)


def earthshine(wavelength: float, sun_elevation: ArrayLike, moon_elevation: ArrayLike, moon_phase: ArrayLike) -> Floats:
    """Radiance of the ground and clouds as a satellite's uplink receiver sees them, any hour; any shape.

    A Lambertian Earth of albedo 0.3 in the light of Sun and Moon, with the airglow below the satellite. Twilight as
    100 cd/m2-class skylight is left out, and so are lamps. Bonato et al., New J. Phys. 11, 045017 (2009).
    """
    sun = np.maximum(np.sin(np.asarray(sun_elevation, dtype=float)), 0.0)
    moon = np.maximum(np.sin(np.asarray(moon_elevation, dtype=float)), 0.0) * lunar_illuminance(moon_phase)
    full = 10.0 ** (-0.4 * (-12.73 - -26.75)) / lunar_illuminance(0.0)
    lit = solar_irradiance(wavelength) * (sun + full * moon)
    return np.asarray(EARTH_ALBEDO / np.pi * lit + natural_night(wavelength))


def reflected_sunlight(
    wavelength: float, magnitude: float, distance: ArrayLike, separation: ArrayLike, sunlit: ArrayLike
) -> Floats:
    """Irradiance above the air of sunlight that the satellite reflects, W m-2 per m.

    `magnitude` in V at 550 km and 90 deg of phase; `distance` in m; `separation` from the Sun in rad (the phase angle
    is pi less it); `sunlit` 0 in the umbra, 1 in full light. A diffuse sphere with the Sun's colour: Vallado & Cefola,
    63rd Int. Astronautical Congress (2012), IAC-12-A6.6.11.
    """
    separation = np.asarray(separation, dtype=float)
    shape = np.sin(separation) - separation * np.cos(separation)
    zero = float(_ZERO_POINT[_V] * solar_irradiance(wavelength) / solar_irradiance(_V_WAVELENGTH))
    nearness = (550e3 / np.asarray(distance, dtype=float)) ** 2
    return np.asarray(zero * 10.0 ** (-0.4 * magnitude) * shape * nearness * np.asarray(sunlit, dtype=float))
