"""Sun and Moon as seen from the turning Earth, and the Earth's shadow.

Positions are apparent (light time and annual aberration), from an excerpt of JPL's DE421 (W. M. Folkner et al., IPN
Progress Report 42-178 (2009)), turned by precession and nutation IAU 2000B. Both change slowly in TEME's axes: they
are computed at nodes on an absolute grid, interpolated, and turned with the Earth at each moment.
"""

from __future__ import annotations

from contextlib import closing
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orbits.clock import DATA, DAY, earth_orientation, iso
from orbits.frames import EQUATORIAL_RADIUS, FLATTENING, angle, direction_to_itrs, gmst_1982, norm
from si import SPEED_OF_LIGHT

Floats = NDArray[np.float64]

SUN_RADIUS = 6.957e8
"""m, nominal (IAU 2015 resolution B3)."""
EXCERPT = "de421-excerpt.bsp"
_J2000_JD = 2451545.0
_SUN_STEP, _MOON_STEP = 1.0, 0.25
"""Days between nodes: the cubics through four of them are right to 3e-7 of the distance."""
_AXES_STEP = 4.0
"""Days between nodes of precession and nutation: straight lines between them are right to 0.1 arcsecond."""
_BARYCENTRE, _EARTH_MOON, _SUN, _MOON, _EARTH = 0, 3, 10, 301, 399


def sun(t: Floats) -> Floats:
    """Apparent geocentric position of the Sun, Earth-fixed, (3, n) in m, at TT seconds since J2000 (n,).

    Raises ValueError outside the years of the packaged ephemeris, 2000 to 2053.
    """
    return _apparent(t, _SUN, _SUN_STEP)


def moon(t: Floats) -> Floats:
    """Apparent geocentric position of the Moon, Earth-fixed, (3, n) in m; as `sun`."""
    return _apparent(t, _MOON, _MOON_STEP)


def sunlit(position: Floats, sun_position: Floats) -> Floats:
    """The part of the Sun's disc that a satellite sees past the Earth: 1 in full light, 0 in the umbra, (n,).

    Both positions are Earth-fixed, (3, n) in m. The Earth is the ellipsoid WGS84 without air, made a sphere by
    stretching the polar axis; the discs overlap as in O. Montenbruck & E. Gill, Satellite Orbits (2000), section 3.4.2.
    """
    stretch = np.array([[1.0], [1.0], [1 / (1 - FLATTENING)]])
    place, light = position * stretch, sun_position * stretch
    towards = light - place
    disc = np.arcsin(SUN_RADIUS / norm(towards))
    earth = np.arcsin(np.minimum(1.0, EQUATORIAL_RADIUS / norm(place)))
    return 1 - _covered(disc, earth, angle(-place, towards))


def _covered(disc: Floats, cover: Floats, apart: Floats) -> Floats:
    """The part of a disc hidden by another one, all angles in rad; the discs are taken as flat."""
    near, far = np.abs(cover - disc), cover + disc
    between = np.clip(apart, near, far)
    x = (between**2 + disc**2 - cover**2) / (2 * np.maximum(between, np.finfo(float).tiny))
    y = np.sqrt(np.maximum(0.0, disc**2 - x**2))
    lens = disc**2 * np.arccos(np.clip(x / disc, -1, 1)) - between * y
    lens += cover**2 * np.arccos(np.clip((between - x) / cover, -1, 1))
    inside = np.minimum(1.0, (cover / disc) ** 2)
    return np.asarray(np.where(apart <= near, inside, np.where(apart >= far, 0.0, lens / (np.pi * disc**2))))


def _apparent(t: Floats, body: int, step: float) -> Floats:
    if not t.size:
        return np.empty((3, 0))
    days = t / DAY
    nodes = _nodes(days, step)
    return direction_to_itrs(t, _cubic(days, nodes[0], step, _geocentric(body, nodes)))


def _nodes(days: Floats, step: float) -> Floats:
    """Multiples of the step around the days, one more than needed at both ends."""
    return np.asarray(step * np.arange(np.floor(days.min() / step) - 1, np.floor(days.max() / step) + 3))


def _cubic(x: Floats, first: float, step: float, values: Floats) -> Floats:
    """The cubic through the four nearest nodes (Lagrange), values (3, nodes) from `first` on."""
    place = (x - first) / step
    row = np.floor(place).astype(np.int64)
    u = place - row
    before, here, after, beyond = (values[:, row + shift] for shift in (-1, 0, 1, 2))
    outer = u * (u - 1) / 6 * ((u + 1) * beyond - (u - 2) * before)
    return np.asarray(outer + (u + 1) * (u - 2) / 2 * ((u - 1) * here - u * after))


def _geocentric(body: int, days: Floats) -> Floats:
    """Apparent position (3, n) in m, in TEME's axes, at days of TT since J2000."""
    with closing(_open(str(DATA / EXCERPT))) as kernel:
        known = kernel[_EARTH_MOON, _EARTH]
        if days[0] < known.start_jd - _J2000_JD or days[-1] > known.end_jd - _J2000_JD:
            first, last = iso((np.array([days[0], days[-1]])) * DAY)
            raise ValueError(f"Sun and Moon are known from 2000 to 2053-10-05, asked for {first[:10]} to {last[:10]}")
        place, speed = _earth(kernel, days)
        seen = _barycentric(kernel, body, days) - place
        late = norm(seen) / (SPEED_OF_LIGHT * DAY)
        seen = _barycentric(kernel, body, days - late) - place
    return _to_teme_axes(days, seen + norm(seen) * speed / (SPEED_OF_LIGHT * DAY))


def _open(path: str) -> Any:
    from jplephem.spk import SPK

    return SPK.open(path)


def _earth(kernel: Any, days: Floats) -> tuple[Floats, Floats]:
    """Barycentric place (m) and velocity (m per day) of the Earth."""
    parts = [kernel[pair].compute_and_differentiate(_J2000_JD, days) for pair in _ROADS[_EARTH]]
    return 1e3 * (parts[0][0] + parts[1][0]), 1e3 * (parts[0][1] + parts[1][1])


def _barycentric(kernel: Any, body: int, days: Floats) -> Floats:
    return np.asarray(1e3 * sum(kernel[pair].compute(_J2000_JD, days) for pair in _ROADS[body]))


_ROADS = {
    _SUN: [(_BARYCENTRE, _SUN)],
    _MOON: [(_BARYCENTRE, _EARTH_MOON), (_EARTH_MOON, _MOON)],
    _EARTH: [(_BARYCENTRE, _EARTH_MOON), (_EARTH_MOON, _EARTH)],
}


def _to_teme_axes(days: Floats, vector: Floats) -> Floats:
    """Celestial (GCRS) components to those axes that GMST of 1982 turns into Earth-fixed ones."""
    first = np.floor(days[0] / _AXES_STEP)
    place = days / _AXES_STEP - first
    row = np.floor(place).astype(np.int64)
    axes = np.stack([_axes(first + one) for one in range(int(row[-1]) + 2)], axis=-1)
    part = place - row
    matrix = (1 - part) * axes[:, :, row] + part * axes[:, :, row + 1]
    return np.asarray((matrix * vector).sum(axis=1))


@cache
def _axes(node: float) -> Floats:
    """Rotation (3, 3) at a multiple of `_AXES_STEP`: GCRS to the equator, less what UT1 and GMST of 1982 leave."""
    import erfa

    t = node * _AXES_STEP * DAY
    ut1 = t + earth_orientation(t).ut1_minus_tt
    rest = erfa.era00(_J2000_JD, ut1 / DAY) - gmst_1982(t, ut1 - t)
    return np.asarray(erfa.rxr(erfa.rz(rest, np.eye(3)), erfa.c2i00b(_J2000_JD, t / DAY)))
