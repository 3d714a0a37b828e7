"""Frames: the SGP4 frame TEME to the Earth-fixed ITRS, and the ellipsoid WGS84. Vectors are arrays (3, ...).

Arithmetic is by component, so that a value does not depend on what it is computed together with.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orbits.clock import DAY, EarthOrientation, earth_orientation

Floats = NDArray[np.float64]

EQUATORIAL_RADIUS = 6_378_137.0
"""m, WGS84."""
FLATTENING = 1 / 298.257223563
"""WGS84."""
MU = 3.986004418e14
"""m^3/s^2, WGS84 (EGM96): the Earth's gravity where SGP4's own constants are not asked for."""
J2 = 1.08262998905e-3
"""The Earth's oblateness, WGS84."""
_CENTURY = 36525 * DAY
EARTH_RATE = 2 * np.pi / DAY * (1 + 8_640_184.812866 / _CENTURY)
"""rad/s, the rate of `gmst_1982`; its drift (1e-15 of it per day) is left out."""


def dot(a: Floats, b: Floats) -> Floats:
    """Scalar product of vectors (3, ...), by component."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def norm(a: Floats) -> Floats:
    """Length of vectors (3, ...)."""
    return np.asarray(np.sqrt(dot(a, a)))


def angle(a: Floats, b: Floats) -> Floats:
    """Angle in rad between vectors (3, ...), exact for small and for large ones (Kahan's formula)."""
    u, v = a * norm(b), b * norm(a)
    return np.asarray(2 * np.arctan2(norm(u - v), norm(u + v)))


def gmst_1982(t: ArrayLike, ut1_minus_tt: ArrayLike) -> Floats:
    """Greenwich mean sidereal time (rad) at TT seconds since J2000, IAU 1982 (Aoki et al., A&A 105, 359)."""
    ut1 = np.asarray(t, float) + np.asarray(ut1_minus_tt, float)
    T = ut1 / _CENTURY
    seconds = ut1 - DAY * np.floor(ut1 / DAY) + 67310.54841 + (8640184.812866 + (0.093104 - 6.2e-6 * T) * T) * T
    return np.asarray(2 * np.pi / DAY * (seconds - DAY * np.floor(seconds / DAY)))


def _about_pole(angle: Floats, vector: Floats) -> Floats:
    """Components in axes turned by an angle about the third."""
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = vector
    return np.stack([x * cos + y * sin, y * cos - x * sin, z])


def _to_itrs_axes(vector: Floats, earth: EarthOrientation) -> Floats:
    """Polar motion, to first order (the rest is below 0.1 mm at GEO)."""
    x, y, z = vector
    return np.stack([x + earth.xp * z, y - earth.yp * z, z - earth.xp * x + earth.yp * y])


def teme_to_itrs(t: Floats, position: Floats, velocity: Floats) -> tuple[Floats, Floats]:
    """Earth-fixed position and velocity (m, m/s, arrays (3, n)) of TEME ones at TT seconds since J2000.

    GMST of 1982 with UT1, then polar motion (Vallado et al., AIAA 2006-6753, appendix C).
    """
    earth = earth_orientation(t)
    theta = gmst_1982(t, earth.ut1_minus_tt)
    place, speed = _about_pole(theta, position), _about_pole(theta, velocity)
    speed = speed - rotation_cross(place)
    return _to_itrs_axes(place, earth), _to_itrs_axes(speed, earth)


def celestial_to_itrs(t: Floats, position: Floats, velocity: Floats) -> tuple[Floats, Floats]:
    """Earth-fixed position and velocity (m, m/s, (3, n)) of GCRS ones at TT seconds since J2000: IAU 2000B, UT1, pole.

    The slow turning of the equator (1e-12 rad/s) is left out of the velocity.
    """
    import erfa

    earth = earth_orientation(t)
    ut1 = t + earth.ut1_minus_tt
    whole = np.full(t.shape, 2451545.0)
    turn = erfa.c2t00b(whole, t / DAY, whole, ut1 / DAY, earth.xp, earth.yp)
    place, speed = (np.einsum("nij,jn->in", turn, vector) for vector in (position, velocity))
    return place, speed - rotation_cross(place)


def direction_to_itrs(t: Floats, vector: Floats) -> Floats:
    """Earth-fixed components of vectors (3, n) given in TEME's axes at TT seconds since J2000."""
    earth = earth_orientation(t)
    return _to_itrs_axes(_about_pole(gmst_1982(t, earth.ut1_minus_tt), vector), earth)


def rotation_cross(vector: Floats) -> Floats:
    """The Earth's rotation vector times vectors (3, ...): the velocity of a point that turns with the Earth."""
    x, y, z = vector
    return np.stack([-EARTH_RATE * y, EARTH_RATE * x, np.zeros_like(z)])


def gravity(position: Floats) -> Floats:
    """Acceleration (m/s^2) by the Earth's mass and oblateness J2, in any frame whose third axis is the pole's."""
    x, y, z = position
    square = x * x + y * y + z * z
    pull = -MU / (square * np.sqrt(square))
    oblate = 1.5 * J2 * EQUATORIAL_RADIUS**2 / square
    tilt = 5 * z * z / square
    sideways = pull * (1 + oblate * (1 - tilt))
    return np.stack([sideways * x, sideways * y, pull * (1 + oblate * (3 - tilt)) * z])


def earth_fixed_acceleration(position: Floats, velocity: Floats) -> Floats:
    """Acceleration of a free body in the Earth-fixed frame: gravity, Coriolis and centrifugal terms, (3, n)."""
    x, y, _ = position
    apparent = np.stack([EARTH_RATE**2 * x, EARTH_RATE**2 * y, np.zeros_like(x)])
    return np.asarray(gravity(position) - 2 * rotation_cross(velocity) + apparent)


def earth_fixed_jerk(position: Floats, velocity: Floats, acceleration: Floats) -> Floats:
    """Rate of `earth_fixed_acceleration` along the path, m/s^3, (3, n); gravity's by a difference over two seconds."""
    pull = 0.5 * (gravity(position + velocity) - gravity(position - velocity))
    x, y, _ = velocity
    apparent = np.stack([EARTH_RATE**2 * x, EARTH_RATE**2 * y, np.zeros_like(x)])
    return np.asarray(pull - 2 * rotation_cross(acceleration) + apparent)


def geodetic_to_itrs(latitude: ArrayLike, longitude: ArrayLike, altitude: ArrayLike) -> Floats:
    """Earth-fixed position (3, ...) in m of geodetic coordinates (rad, rad, m above the ellipsoid WGS84)."""
    latitude, longitude = np.asarray(latitude, float), np.asarray(longitude, float)
    squared = FLATTENING * (2 - FLATTENING)
    normal = EQUATORIAL_RADIUS / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    across = (normal + altitude) * np.cos(latitude)
    up = (normal * (1 - squared) + altitude) * np.sin(latitude)
    return np.stack([across * np.cos(longitude), across * np.sin(longitude), up])


def itrs_to_geodetic(position: Floats) -> tuple[Floats, Floats, Floats]:
    """Geodetic latitude, longitude (rad) and altitude (m, WGS84) of Earth-fixed positions (3, ...).

    Bowring's formula (Survey Review 23, 323 (1976)), iterated twice: below 1e-9 m up to GEO.
    """
    x, y, z = position
    squared, across = FLATTENING * (2 - FLATTENING), np.hypot(x, y)
    polar = EQUATORIAL_RADIUS * (1 - FLATTENING)
    reduced = np.arctan2(z * EQUATORIAL_RADIUS, across * polar)
    for _ in range(3):
        latitude = np.arctan2(
            z + squared / (1 - squared) * polar * np.sin(reduced) ** 3,
            across - squared * EQUATORIAL_RADIUS * np.cos(reduced) ** 3,
        )
        reduced = np.arctan2((1 - FLATTENING) * np.sin(latitude), np.cos(latitude))
    normal = EQUATORIAL_RADIUS / np.sqrt(1 - squared * np.sin(latitude) ** 2)
    altitude = across * np.cos(latitude) + z * np.sin(latitude) - EQUATORIAL_RADIUS**2 / normal
    return latitude, np.arctan2(y, x), altitude


def local_axes(latitude: ArrayLike, longitude: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Unit vectors east, north, up (each (3, ...), Earth-fixed) at geodetic latitude and longitude in rad."""
    latitude, longitude = np.asarray(latitude, float), np.asarray(longitude, float)
    cos, sin = np.cos(latitude), np.sin(latitude)
    east = np.stack([-np.sin(longitude), np.cos(longitude), np.zeros_like(longitude)])
    north = np.stack([-sin * np.cos(longitude), -sin * np.sin(longitude), cos])
    return east, north, np.stack([cos * np.cos(longitude), cos * np.sin(longitude), sin])
