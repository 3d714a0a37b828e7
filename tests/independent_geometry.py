"""A slow, independent search for passes, to prove ours: SGP4 by its own TLE reader, dense samples, golden section."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sgp4.api import Satrec

from ground import Station
from orbits.clock import DAY, earth_orientation, seconds
from orbits.elements import Satellite

Floats = NDArray[np.float64]
WGS84_A, WGS84_F = 6378137.0, 1 / 298.257223563


def record(satellite: Satellite) -> tuple[Satrec, float]:
    """SGP4's record, by its own reader where there are lines, and the epoch as TT seconds since J2000."""
    if satellite.tle:
        own = Satrec.twoline2rv(*satellite.tle)
        days = (own.jdsatepoch - 2451545.0) + own.jdsatepochF
        leap = 37 if days > 6209.5 else 36 if days > 5659.5 else 33 if days > 2191.5 else 32
        return own, days * DAY + leap + 32.184
    elements = satellite.mean_elements()
    return elements.satrec(), elements.epoch_t


def sine_of_elevation(satellite: Satellite, station: Station, t: Floats) -> Floats:
    """Straight from SGP4 at every moment, with full rotation matrices."""
    own, epoch = record(satellite)
    error, place, _ = own.sgp4_array(np.full(len(t), own.jdsatepoch), own.jdsatepochF + (t - epoch) / DAY)
    assert not error.any()
    return elevation_sine(earth_fixed(t, 1e3 * place), station)


def earth_fixed(t: Floats, teme: Floats) -> Floats:
    """TEME to ITRS after Vallado: GMST 1982 in degrees from the Julian date, and the pole as exact rotations."""
    earth = earth_orientation(t)
    ut1 = (t + earth.ut1_minus_tt) / DAY
    midnight = np.floor(ut1 - 0.5) + 0.5
    T = midnight / 36525
    gmst = 24110.54841 + 8640184.812866 * T + 0.093104 * T**2 - 6.2e-6 * T**3 + 1.00273790935 * (ut1 - midnight) * DAY
    angle = 2 * np.pi * (gmst / DAY % 1)
    turned = np.stack([_about(2, a) @ row for a, row in zip(angle, teme, strict=True)])
    return np.stack([_about(1, -x) @ _about(0, -y) @ row for x, y, row in zip(earth.xp, earth.yp, turned, strict=True)])


def _about(axis: int, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[i, i] = matrix[j, j] = cos
    matrix[i, j], matrix[j, i] = sin, -sin
    return matrix


def elevation_sine(place: Floats, station: Station) -> Floats:
    lat, lon, h = station.latitude, station.longitude, station.altitude
    e2 = WGS84_F * (2 - WGS84_F)
    n = WGS84_A / np.sqrt(1 - e2 * np.sin(lat) ** 2)
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    site = np.array([(n + h) * up[0], (n + h) * up[1], (n * (1 - e2) + h) * up[2]])
    way = place - site
    return (way @ up) / np.linalg.norm(way, axis=1)


def dense_passes(
    satellite: Satellite, station: Station, start: float, end: float, step: float
) -> list[tuple[float, ...]]:
    """Passes over a flat horizon inside the window, (rise, set, highest elevation), roots polished by bisection."""
    t = np.append(np.arange(start, end, step), end)
    values = sine_of_elevation(satellite, station, t)
    sine = np.sin(station.min_elevation)
    walled = np.concatenate([[-np.inf], values, [-np.inf]])
    peaks = np.flatnonzero((values >= walled[:-2]) & (values > walled[2:]))
    tops = [
        _golden(satellite, station, t[max(i - 1, 0)], t[min(i + 1, len(t) - 1)])
        for i in peaks
        if values[i] > sine - _slack(values, i)
    ]
    t = np.concatenate([t, [top for top, _ in tops]])
    values = np.concatenate([values, [value for _, value in tops]])
    order = np.argsort(t)
    t, up = t[order], values[order] > sine
    edges = [_bisect(satellite, station, t[i], t[i + 1]) for i in np.flatnonzero(up[1:] != up[:-1])]
    edges = [start] * bool(up[0]) + edges + [end] * bool(up[-1])
    pairs = zip(edges[::2], edges[1::2], strict=True)
    inside = [(rise, fall, values[order][(t >= rise) & (t <= fall)]) for rise, fall in pairs]
    return [(rise, fall, float(np.arcsin(max(top, default=sine)))) for rise, fall, top in inside]


def _slack(values: Floats, i: int) -> float:
    """How much higher than its highest sample a peak may be; at the window's ends it may be anything."""
    if i in (0, len(values) - 1):
        return np.inf
    return float(2 * max(values[i] - values[i - 1], values[i] - values[i + 1]))


def _golden(satellite: Satellite, station: Station, low: float, high: float) -> tuple[float, float]:
    for _ in range(4):
        t = np.linspace(low, high, 41)
        values = sine_of_elevation(satellite, station, t)
        best = int(np.clip(values.argmax(), 1, 39))
        low, high = t[best - 1], t[best + 1]
    return t[best], values[best]


def _bisect(satellite: Satellite, station: Station, low: float, high: float) -> float:
    sine = np.sin(station.min_elevation)
    for _ in range(3):
        t = np.linspace(low, high, 65)
        up = sine_of_elevation(satellite, station, t) > sine
        i = int(np.flatnonzero(up[1:] != up[:-1])[0])
        low, high = t[i], t[i + 1]
    return 0.5 * (low + high)


__all__ = ["dense_passes", "seconds", "sine_of_elevation"]
