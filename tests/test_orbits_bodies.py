"""Sun, Moon and shadow against skyfield on the same DE421; time across leap seconds; frames against skyfield."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from ground import Station, catalogue, find_passes, station
from orbits import Satellite, bodies, datetimes, iso, seconds
from orbits.clock import covered, earth_orientation, tables, time_of_day
from orbits.frames import geodetic_to_itrs, itrs_to_geodetic, teme_to_itrs

MICIUS = (
    "1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991",
    "2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164",
)
ANGLE = 0.01
"""deg: asked for; a planner's twilight is rounder than that."""


@contextmanager
def kernel() -> Iterator[Any]:
    from skyfield.jpllib import SpiceKernel

    opened = SpiceKernel(str(files("orbits.data") / "de421-excerpt.bsp"))
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.validation
@pytest.mark.parametrize("body", ["sun", "moon"])
def test_elevations_of_sun_and_moon(body: str, record_figure: Callable[..., None]) -> None:
    from skyfield.api import load, wgs84

    t = seconds("2016-01-01T00:00:00Z") + np.linspace(0, 10 * 365.25 * 86400, 3000)
    graz = station("Graz")
    degrees = np.degrees([graz.latitude, graz.longitude])
    with kernel() as ephemeris:
        site = ephemeris["earth"] + wgs84.latlon(*degrees, elevation_m=graz.altitude)
        when = load.timescale(builtin=True).tt_jd(2451545 + t / 86400)
        theirs = site.at(when).observe(ephemeris[body]).apparent(deflectors=()).altaz()[0].degrees
    up, place = graz.axes[2], graz.position
    way = getattr(bodies, body)(t) - place[:, None]
    ours = np.degrees(np.arcsin(up @ way / np.linalg.norm(way, axis=0)))
    worst = float(np.abs(ours - theirs).max())
    assert worst < ANGLE
    record_figure(f"elevation of the {body}, ten years, deg", 0.0, round(worst, 5), "0.01", "skyfield with DE421")


@pytest.mark.validation
@pytest.mark.parametrize("body", ["sun", "moon"])
def test_elevations_against_another_ephemeris(body: str, record_figure: Callable[..., None]) -> None:
    """ERFA's series (VSOP for the Earth, Meeus's ELP for the Moon) by astropy: neither numbers nor code are ours."""
    from astropy import units as u
    from astropy.coordinates import AltAz, EarthLocation, get_body
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download, iers.conf.auto_max_age = False, None
    t = seconds("2010-01-01T00:00:00Z") + np.linspace(0, 15 * 365.25 * 86400, 300)
    graz = station("Graz")
    site = EarthLocation.from_geodetic(graz.longitude * u.rad, graz.latitude * u.rad, graz.altitude * u.m)
    when = Time(2451545.0, t / 86400, format="jd", scale="tt")
    theirs = get_body(body, when, site, ephemeris="builtin").transform_to(AltAz(obstime=when, location=site)).alt.deg
    way = getattr(bodies, body)(t) - graz.position[:, None]
    ours = np.degrees(np.arcsin(graz.axes[2] @ way / np.linalg.norm(way, axis=0)))
    worst = float(np.abs(ours - theirs).max())
    assert worst < ANGLE
    record_figure(
        f"elevation of the {body}, fifteen years, deg", 0.0, round(worst, 5), "0.01", "ERFA's series by astropy"
    )


@pytest.mark.validation
def test_sunlit_wherever_the_margin_is_clear(record_figure: Callable[..., None]) -> None:
    """Against skyfield's sphere and point Sun: equal where the Sun is more than 0.5 deg from the Earth's limb."""
    from skyfield.api import EarthSatellite, load

    track = find_passes([Satellite(name="M", tle=MICIUS)], [station("Graz"), station("Xinglong")],
                        "2016-12-18T00:00:00Z", "2016-12-22T00:00:00Z").sample(5.0)  # fmt: skip
    scale = load.timescale(builtin=True)
    with kernel() as ephemeris:
        when = scale.tt_jd(2451545 + track.time / 86400)
        theirs = EarthSatellite(*MICIUS, "M", scale).at(when).is_sunlit(ephemeris)
    place, sun = track.satellite_position, bodies.sun(track.time)
    limb = np.arcsin(6378e3 / np.linalg.norm(place, axis=0))
    apart = np.arccos(
        (-place * (sun - place)).sum(0) / np.linalg.norm(place, axis=0) / np.linalg.norm(sun - place, axis=0)
    )
    clear = np.abs(np.degrees(apart - limb)) > 0.5
    assert clear.sum() > 1000
    differ = int(((track.sunlit > 0.5) != theirs)[clear].sum())
    assert differ == 0
    record_figure("sunlit flags that differ, margin over 0.5 deg", 0, differ, "0", "skyfield with DE421")


def test_shadow_by_hand() -> None:
    sun = np.array([[1.496e11], [0.0], [0.0]])
    radius = 7.0e6
    angle = np.arcsin(6378137.0 / radius)
    turned = np.pi - angle + np.radians([-1.0, 0.0, 1.0])
    place = radius * np.array([np.cos(turned), np.sin(turned), 0 * turned])
    lit = bodies.sunlit(place, np.repeat(sun, 3, axis=1))
    np.testing.assert_allclose(lit, [1.0, 0.5, 0.0], atol=0.02)
    ring = 1 - (np.arcsin(6378137.0 / 1.496e9) / np.arcsin(bodies.SUN_RADIUS / (1.496e11 + 1.496e9))) ** 2
    assert bodies.sunlit(-sun / 1.0e2, sun)[0] == pytest.approx(ring, rel=1e-6)


def test_outside_the_planetary_ephemeris() -> None:
    with pytest.raises(ValueError, match="known from 2000 to 2053"):
        bodies.sun(np.array([seconds("1990-01-01T00:00:00Z")]))


@pytest.mark.parametrize("day", ["2005-12-31", "2008-12-31", "2012-06-30", "2015-06-30", "2016-12-31"])
def test_leap_seconds(day: str) -> None:
    last, leap = seconds(f"{day}T23:59:59Z"), seconds(f"{day}T23:59:60.5Z")
    assert leap - last == pytest.approx(1.5, abs=1e-6)
    assert str(iso(leap)) == f"{day}T23:59:60.500Z"
    midnight = last + 2.0
    assert str(iso(midnight)).endswith("T00:00:00.000Z")
    assert datetimes(midnight)[0].microsecond == 0


def test_times_go_round() -> None:
    when = datetime(2016, 12, 19, 16, 52, 14, 123456, tzinfo=UTC)
    assert datetimes(seconds(when)) == [when]
    assert iso([seconds(when)]).tolist() == ["2016-12-19T16:52:14.123Z"]
    assert seconds("2000-01-01T12:00:00Z") == pytest.approx(64.184)
    with pytest.raises(ValueError, match="not a time"):
        seconds("noon")
    with pytest.raises(ValueError, match="time of day"):
        time_of_day("25:00")


def test_earth_orientation_against_astropy() -> None:
    from astropy.time import Time
    from astropy.utils import iers

    iers.conf.auto_download, iers.conf.auto_max_age = False, None
    t = seconds("2005-01-01T00:00:00Z") + np.linspace(0, 20 * 365.25 * 86400, 200)
    when = Time(2451545.0, t / 86400, format="jd", scale="tt")
    theirs = ((when.ut1.jd1 - when.jd1) + (when.ut1.jd2 - when.jd2)) * 86400
    assert np.abs(earth_orientation(t).ut1_minus_tt - theirs).max() < 2e-4
    assert set(tables()) == {"finals2000A", "leap-seconds", "de421-excerpt"}
    assert tables()["de421-excerpt"] == "68bbfd2204ad24b05f1d62903c035b5e6927320ec7d290364626003b5b64b1da"
    assert not covered(seconds("1960-01-01T00:00:00Z"), seconds("2016-01-01T00:00:00Z"))


def test_teme_against_astropy() -> None:
    from astropy import units as u
    from astropy.coordinates import ITRS, TEME, CartesianRepresentation
    from astropy.time import Time

    t = seconds("2020-06-01T00:00:00Z") + np.linspace(0, 3e7, 40)
    place = 7.0e6 * np.array([np.cos(t), np.sin(t) * 0.6, np.sin(t) * 0.8])
    when = Time(2451545.0, t / 86400, format="jd", scale="tt")
    theirs = TEME(CartesianRepresentation(place * u.m), obstime=when).transform_to(ITRS(obstime=when))
    ours, _ = teme_to_itrs(t, place, 0 * place)
    assert np.abs(ours - theirs.cartesian.xyz.to_value(u.m)).max() < 0.5


def test_geodetic_goes_round() -> None:
    lat, lon, alt = (
        np.radians([-90, -33.9, 0, 47.1, 90]),
        np.radians([0, 18.5, -179.9, 15.5, 0]),
        np.array([0, -400, 4e7, 490, 1e3]),
    )
    np.testing.assert_allclose(itrs_to_geodetic(geodetic_to_itrs(lat, lon, alt))[2], alt, atol=1e-6)
    np.testing.assert_allclose(itrs_to_geodetic(geodetic_to_itrs(lat, lon, alt))[0], lat, atol=1e-12)


def test_catalogue() -> None:
    assert len(catalogue()) >= 25
    assert {
        "Xinglong", "Nanshan", "Delingha", "Lijiang", "Ngari", "Jinan", "Graz", "Tenerife", "Matera", "Calern", "Helmos",
        "Zvenigorod", "Chilbolton", "Hobart", "Waterloo", "Table Mountain", "Haleakala",
    } <= set(catalogue())  # fmt: skip
    assert all(site.source and site.title for site in catalogue().values())
    with pytest.raises(ValueError, match='did you mean "Xinglong"'):
        station("Xinlong")
    with pytest.raises(ValueError, match="it knows"):
        station("nowhere at all")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("latitude", "95 deg", "outside -90 to 90"),
        ("longitude", "360 deg", "outside -180 to 360"),
        ("altitude", "-5 km", "greater than or equal"),
        ("horizon", (("10 deg", "5 deg"), ("10 deg", "6 deg")), "must increase"),
    ],
)
def test_places_that_do_not_exist(field: str, value: object, sentence: str) -> None:
    fields: dict[str, Any] = {"name": "x", "latitude": "0 deg", "longitude": "0 deg"} | {field: value}
    with pytest.raises(ValueError, match=sentence):
        Station(**fields)
