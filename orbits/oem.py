"""Orbit Ephemeris Messages (CCSDS 502.0-B-3, key-value notation): an orbit as a table of states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orbits.clock import seconds
from orbits.frames import angle, celestial_to_itrs, norm, teme_to_itrs

Floats = NDArray[np.float64]

_FRAMES = {"TEME", "ITRF", "ITRF2000", "ITRF2008", "ITRF2014", "ITRF2020", "EME2000", "J2000", "GCRF", "ICRF"}
_LARGEST_TURN = np.radians(40)
"""Between states; a quintic over more of an orbit is wrong by more than 1 m."""
_NEAREST = 6_300e3


@dataclass(frozen=True, eq=False)
class StateTable:
    """Earth-fixed states: `time` in TT seconds since J2000 (n,), position and velocity (3, n) in SI."""

    name: str
    time: Floats
    position: Floats
    velocity: Floats


def read(path: Path) -> StateTable:
    """The states of an OEM file, Earth-fixed; read once as long as the file does not change.

    Frames: ITRF, TEME, and GCRF, ICRF or EME2000 (taken as one: 0.02 arcsecond apart); time systems UTC, TT and TAI.
    Raises ValueError for anything else, for more than one object, and for states too far apart to interpolate.
    """
    return _read(str(path), path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: str, changed: int) -> StateTable:
    return parse(Path(path).read_text(encoding="utf-8"))


def parse(text: str) -> StateTable:
    """The states of an OEM's text; as `read`."""
    meta, rows = _split(text)
    if meta.get("CENTER_NAME", "EARTH").upper() != "EARTH":
        raise ValueError(f"the OEM is centred on {meta['CENTER_NAME']}, it must be EARTH")
    frame = meta.get("REF_FRAME", "").upper()
    if frame not in _FRAMES:
        raise ValueError(f'the OEM\'s REF_FRAME is "{frame}"; allowed are {", ".join(sorted(_FRAMES))}')
    time = np.array([_time(row[0], meta.get("TIME_SYSTEM", "").upper()) for row in rows])
    values = 1e3 * np.array([[float(value) for value in row[1:7]] for row in rows]).T
    _check(time, values)
    position, velocity = _earth_fixed(frame, time, values[:3], values[3:])
    return StateTable(meta.get("OBJECT_NAME", "unnamed"), time, position, velocity)


def _split(text: str) -> tuple[dict[str, str], list[list[str]]]:
    """The metadata, and the rows of states; covariances are left aside, a repeated segment's first row too."""
    meta: dict[str, str] = {}
    rows: list[list[str]] = []
    aside = False
    for line in text.splitlines():
        words = line.split()
        name, equals, value = (part.strip() for part in line.partition("="))
        if not words or words[0] == "COMMENT":
            continue
        if words[0] in ("COVARIANCE_START", "COVARIANCE_STOP"):
            aside = words[0] == "COVARIANCE_START"
        elif equals and not aside:
            _same_object(meta, name, value)
            meta[name] = value
        elif not aside and len(words) >= 7 and not (rows and rows[-1][0] == words[0]):
            rows.append(words)
    return meta, rows


def _same_object(meta: dict[str, str], name: str, value: str) -> None:
    if name in ("OBJECT_ID", "REF_FRAME", "TIME_SYSTEM") and meta.get(name, value) != value:
        raise ValueError(f"the OEM changes its {name} from {meta[name]} to {value}; give each its own file")


def _time(text: str, system: str) -> float:
    tt_minus = {"TT": 0.0, "TDT": 0.0, "TAI": 32.184}
    if system == "UTC":
        return seconds(text if text.endswith("Z") else f"{text}Z")
    if system not in tt_minus:
        raise ValueError(f'the OEM\'s TIME_SYSTEM is "{system}"; allowed are UTC, TT and TAI')
    since = datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)
    return since.total_seconds() + tt_minus[system]


def _check(time: Floats, values: Floats) -> None:
    if len(time) < 2:
        raise ValueError("the OEM has fewer than two states; it needs at least two lines of epoch, position, velocity")
    if not (np.diff(time) > 0).all():
        raise ValueError("the OEM's epochs do not increase")
    if norm(values[:3]).min() < _NEAREST:
        raise ValueError("the OEM puts the satellite inside the Earth; positions must be in km")
    turn = angle(values[:3, 1:], values[:3, :-1]).max()
    if turn > _LARGEST_TURN:
        raise ValueError(
            f"the OEM's states are up to {np.degrees(turn):.0f} deg apart, at most 40 deg can be interpolated"
        )


def _earth_fixed(frame: str, time: Floats, position: Floats, velocity: Floats) -> tuple[Floats, Floats]:
    if frame.startswith("ITRF"):
        return position, velocity
    if frame == "TEME":
        return teme_to_itrs(time, position, velocity)
    return celestial_to_itrs(time, position, velocity)
