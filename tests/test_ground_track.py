"""Geometry along passes against SGP4 taken straight, light's own times, and another ephemeris of Sun and Moon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from independent_geometry import earth_fixed, record
from test_orbits_elements import ONE, TWO

from ground import Track, find_passes, station
from orbits import Satellite, walker
from orbits.clock import DAY
from orbits.frames import EARTH_RATE
from si import SPEED_OF_LIGHT

MICIUS = Satellite(name="M", tle=(ONE, TWO))
PLACE = 5.0
"""m; the interpolated orbit lies no farther from SGP4's (design/geometry.md), and closer by far on most of the way."""
SPEED = 0.1
"""m/s; 5 m over a quarter of the 360 s between two nodes, and twice the rounding of a difference over 0.2 s."""
ANGLE = np.radians(0.01)
"""Asked of Sun and Moon."""


@pytest.fixture(scope="module")
def track() -> Track:
    sites = [station("Graz"), station("Delingha")]
    return find_passes([MICIUS], sites, "2016-12-18T00:00:00Z", "2016-12-20T00:00:00Z").sample(20.0)


def places(t: np.ndarray) -> np.ndarray:
    """Earth-fixed, (n, 3), from SGP4 itself."""
    own, epoch = record(MICIUS)
    error, place, _ = own.sgp4_array(np.full(len(t), own.jdsatepoch), own.jdsatepochF + (t - epoch) / DAY)
    assert not error.any()
    return earth_fixed(t, 1e3 * place)


def sites(track: Track) -> np.ndarray:
    return np.array([one.position for one in track.passes.stations])[track.station]


def test_direction_and_distance(track: Track) -> None:
    way = places(track.time) - sites(track)
    axes = np.array([one.axes for one in track.passes.stations])[track.station]
    east, north, up = np.einsum("nij,nj->in", axes, way)
    distance = np.linalg.norm(way, axis=1)
    assert np.abs(track.range - distance).max() < PLACE
    assert (np.abs(track.elevation - np.arcsin(up / distance)) * distance).max() < PLACE
    turned = (track.azimuth - np.arctan2(east, north) + np.pi) % (2 * np.pi) - np.pi
    assert (np.abs(turned) * np.hypot(east, north)).max() < PLACE
    assert (track.azimuth >= 0).all() and (track.azimuth < 2 * np.pi).all()


def test_range_rate_is_the_ranges_rate(track: Track) -> None:
    before, after = (np.linalg.norm(places(track.time + shift) - sites(track), axis=1) for shift in (-0.1, 0.1))
    assert np.abs(track.range_rate - (after - before) / 0.2).max() < SPEED


def test_point_ahead_is_the_angle_between_light_that_comes_and_light_that_goes(track: Track) -> None:
    """As one moves who moves evenly with the station, in axes that do not turn: only relative motion matters to light.

    The satellite when it sent what is seen now, and when light that is sent now will meet it.
    """
    late, site = track.range / SPEED_OF_LIGHT, sites(track)
    drift = EARTH_RATE * np.stack([-site[:, 1], site[:, 0], 0 * late], axis=1)
    seen, met = (unturned(places(track.time + shift), shift) - site - drift * shift[:, None] for shift in (-late, late))
    # Light's time differs between the two ways by the range's rate over c: 2.5e-5 of it at 7.5 km/s.
    np.testing.assert_allclose(track.point_ahead, between(seen, met), rtol=1e-4)


def unturned(place: np.ndarray, since: np.ndarray) -> np.ndarray:
    """Components in the axes that the Earth's were `since` seconds before."""
    cos, sin, (x, y, z) = np.cos(EARTH_RATE * since), np.sin(EARTH_RATE * since), place.T
    return np.stack([x * cos - y * sin, x * sin + y * cos, z], axis=1)


@pytest.mark.validation
def test_moon_beside_the_satellite(track: Track, record_figure: Callable[..., None]) -> None:
    """Against ERFA's series by astropy: elevation, separation from satellite and Sun, phase."""
    moon, sun = (apparent(body, track) for body in ("moon", "sun"))
    line = places(track.time) - sites(track)
    ours = {
        "elevation of the Moon": (track.moon_elevation, elevation(moon, track)),
        "elevation of the Sun": (track.sun_elevation, elevation(sun, track)),
        "Moon to satellite": (track.moon_separation, between(line, moon)),
        "Sun to satellite": (track.sun_separation, between(line, sun)),
        "phase of the Moon": (track.moon_phase, between(-moon, sun - moon)),
    }
    for name, (mine, theirs) in ours.items():
        worst = float(np.abs(mine - theirs).max())
        assert worst < ANGLE, name
        record_figure(f"{name} along passes, deg", 0.0, round(float(np.degrees(worst)), 4), "0.01", "ERFA by astropy")


def apparent(body: str, track: Track) -> np.ndarray:
    """From each sample's station to the body, Earth-fixed axes, (n, 3) in m."""
    from astropy import units as u
    from astropy.coordinates import ITRS, EarthLocation, get_body
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download, iers.conf.auto_max_age = False, None
    found = np.empty((len(track), 3))
    for number, one in enumerate(track.passes.stations):
        rows = track.station == number
        site: Any = EarthLocation.from_geocentric(*(one.position * u.m))
        when = Time(2451545.0, track.time[rows] / DAY, format="jd", scale="tt")
        seen = get_body(body, when, site, ephemeris="builtin").transform_to(ITRS(obstime=when, location=site))
        found[rows] = seen.cartesian.xyz.to_value(u.m).T
    return found


def elevation(way: np.ndarray, track: Track) -> np.ndarray:
    up = np.array([one.axes[2] for one in track.passes.stations])[track.station]
    return np.arcsin((way * up).sum(axis=1) / np.linalg.norm(way, axis=1))


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = (way / np.linalg.norm(way, axis=1)[:, None] for way in (a, b))
    return np.asarray(2 * np.arcsin(0.5 * np.linalg.norm(a - b, axis=1)))


def test_samples_of_many_satellites_are_those_of_each_alone() -> None:
    fleet = [MICIUS, *walker(total=3, planes=3, altitude="600 km", inclination="60 deg", epoch="2016-12-18T00:00:00Z")]
    window = ("2016-12-18T12:00:00Z", "2016-12-19T12:00:00Z")
    together = find_passes(fleet, [station("Graz")], *window).sample(10.0)
    for number, one in enumerate(fleet):
        alone = find_passes([one], [station("Graz")], *window).sample(10.0)
        mine = together.select(together.satellite == number)
        assert len(mine) == len(alone) > 0
        for name in ("time", "azimuth", "range", "range_rate", "point_ahead", "sunlit", "satellite_position"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(alone, name))
