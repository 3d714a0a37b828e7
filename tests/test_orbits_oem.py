"""Orbit ephemeris messages: frames and time systems against astropy's, and every mistake a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_orbits_elements import ONE, TWO, oem

from orbits import TwoLines, ephemeris, load_satellites, seconds
from orbits.clock import DAY
from orbits.oem import parse

START = seconds("2016-12-19T12:00:00Z")
T = START + np.arange(0.0, 7200.0, 120.0)
FRAME, SPEED = 0.03, 2e-3
"""m, three times what is found: IAU 2000B differs from astropy's IAU 2006A by 1 mas. m/s: our Earth turns about the
third axis, not about the pole 0.3 arcsecond beside it, which makes 8e-4."""
UTC, TAI, TT = 36.0 + 32.184, 32.184, 0.0
"""TT less each system's time at the end of 2016, s."""


@pytest.fixture(scope="module")
def fixed() -> tuple[np.ndarray, np.ndarray]:
    """Earth-fixed places and velocities, (3, n) each."""
    return ephemeris([TwoLines("M", (ONE, TWO))], START - 600, START + 0.2 * DAY).trajectories[0].at(T)


@pytest.mark.parametrize("frame", ["TEME", "GCRF", "ICRF", "EME2000", "J2000", "ITRF2014"])
def test_frames_are_astropys(frame: str, fixed: tuple[np.ndarray, np.ndarray]) -> None:
    read = parse(oem(T, *turned(frame, *fixed)).replace("= ITRF", f"= {frame}"))
    assert np.abs(read.position - fixed[0]).max() < FRAME
    assert np.abs(read.velocity - fixed[1]).max() < SPEED
    assert read.name == "M"


def turned(frame: str, place: np.ndarray, speed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Earth-fixed states in another frame, by astropy."""
    from astropy import units as u
    from astropy.coordinates import GCRS, ITRS, TEME, CartesianDifferential, CartesianRepresentation
    from astropy.time import Time
    from astropy.utils import iers

    if frame.startswith("ITRF"):
        return place, speed
    iers.conf.auto_download, iers.conf.auto_max_age = False, None
    when = Time(2451545.0, T / DAY, format="jd", scale="tt")
    state = CartesianRepresentation(place * u.m, differentials=CartesianDifferential(speed * u.m / u.s))
    other = TEME(obstime=when) if frame == "TEME" else GCRS(obstime=when)
    found = ITRS(state, obstime=when).transform_to(other).cartesian
    return found.xyz.to_value(u.m), found.differentials["s"].d_xyz.to_value(u.m / u.s)


@pytest.mark.parametrize(("system", "offset"), [("UTC", UTC), ("TAI", TAI), ("TT", TT), ("TDT", TT)])
def test_time_systems(system: str, offset: float, fixed: tuple[np.ndarray, np.ndarray]) -> None:
    text = oem(T - offset, *fixed).replace("TIME_SYSTEM = TT", f"TIME_SYSTEM = {system}")
    np.testing.assert_allclose(parse(text).time, T, atol=1e-6, rtol=0)
    zoned = "\n".join(line.replace(" ", "Z ", 1) if line[:2] == "20" else line for line in text.splitlines())
    np.testing.assert_allclose(parse(zoned).time, T, atol=1e-6, rtol=0)


def test_what_is_beside_the_states_is_left_aside(fixed: tuple[np.ndarray, np.ndarray]) -> None:
    plain = oem(T, *fixed)
    first, second = plain.splitlines()[:7], plain.splitlines()[7:]
    covariance = ["COVARIANCE_START", "EPOCH = 2016-12-19T12:01:08.184", "1 2 3 4 5 6 7", "COVARIANCE_STOP"]
    joined = [*first, "COMMENT of a test", "", *second[:30], *covariance, *first[1:], *second[29:]]
    read, expected = parse("\n".join(joined)), parse(plain)
    np.testing.assert_array_equal(read.time, expected.time)
    np.testing.assert_array_equal(read.position, expected.position)


MISTAKES = {
    "another centre": ("CENTER_NAME = EARTH", "CENTER_NAME = MOON", "centred on MOON, it must be EARTH"),
    "another frame": ("REF_FRAME = ITRF", "REF_FRAME = MOON_ME", 'REF_FRAME is "MOON_ME"; allowed are EME2000'),
    "another time": ("TIME_SYSTEM = TT", "TIME_SYSTEM = GPS", 'TIME_SYSTEM is "GPS"; allowed are UTC, TT and TAI'),
    "no frame": ("REF_FRAME = ITRF\n", "", 'REF_FRAME is ""'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_the_head(name: str, fixed: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    right, wrong, sentence = MISTAKES[name]
    path = tmp_path / "orbit.oem"
    path.write_text(oem(T, *fixed).replace(right, wrong))
    with pytest.raises(ValueError, match=rf"orbit\.oem: the OEM.*{sentence}"):
        load_satellites(path)


def test_mistakes_in_the_states(fixed: tuple[np.ndarray, np.ndarray]) -> None:
    place, speed = fixed
    with pytest.raises(ValueError, match="fewer than two states"):
        parse(oem(T[:1], place[:, :1], speed[:, :1]))
    with pytest.raises(ValueError, match="epochs do not increase"):
        parse(oem(T[[0, 2, 1]], place[:, [0, 2, 1]], speed[:, [0, 2, 1]]))
    with pytest.raises(ValueError, match="inside the Earth; positions must be in km"):
        parse(oem(T, 1e-3 * place, speed))
    with pytest.raises(ValueError, match=r"up to \d+ deg apart, at most 40 deg"):
        parse(oem(T[::8], place[:, ::8], speed[:, ::8]))
    head, *rows = oem(T, place, speed).partition("META_STOP\n")
    two = head + "".join(rows) + head.replace("ITRF", "TEME") + "".join(rows)
    with pytest.raises(ValueError, match="changes its REF_FRAME from ITRF to TEME; give each its own file"):
        parse(two)
