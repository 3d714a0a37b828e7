"""Time: aware UTC at the border, seconds of Terrestrial Time since J2000.0 inside, and the Earth's own clock, UT1.

Leap seconds and the Earth's orientation come from the tables of the astropy-iers-data package; nothing is downloaded.
Before 1972 the offset of 1972 is held; beyond the tables' ends the last values are held (`covered` tells).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from si import ValidityWarning

Floats = NDArray[np.float64]

DAY = 86400.0
TT_MINUS_TAI = 32.184
"""s, by definition of Terrestrial Time."""
_J2000_MJD = 51544.5
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_ARCSECOND = np.pi / 648000
_BLOCK = 128
"""Days of the Earth's orientation that are read at a time: a short window does not wait for sixty years of them."""
DATA = Path(__file__).with_name("data")
"""The folder of packaged data."""
_LEAP_SECOND = re.compile(r"(T\d\d:59):60(?=[.Z+-])")


@dataclass(frozen=True, eq=False)
class EarthOrientation:
    """UT1 - TT in seconds and the pole's coordinates in radians, arrays of one shape."""

    ut1_minus_tt: Floats
    xp: Floats
    yp: Floats


def _files() -> dict[str, Path]:
    import astropy_iers_data as iers

    return {"finals2000A": Path(iers.IERS_A_FILE), "leap-seconds": Path(iers.IERS_LEAP_SECOND_FILE)}


@cache
def tables() -> dict[str, str]:
    """SHA-256 of each table in use (time, Earth's orientation, Sun and Moon), by name, for a result's provenance."""
    import hashlib

    contents = {name: path.read_bytes() for name, path in _files().items()}
    contents["de421-excerpt"] = (DATA / "de421-excerpt.bsp").read_bytes()
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


@cache
def _leap_seconds() -> tuple[Floats, Floats]:
    """TT - UTC in s, and the TT at which each value begins."""
    lines = _files()["leap-seconds"].read_text(encoding="ascii").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    mjd, offset = np.array([(row[0], row[-1]) for row in rows], float).T
    tt_minus_utc = offset + TT_MINUS_TAI
    return tt_minus_utc, (mjd - _J2000_MJD) * DAY + tt_minus_utc


def _tt_minus_utc_at_utc(utc: ArrayLike) -> Floats:
    offset, begin = _leap_seconds()
    row = np.searchsorted(begin - offset, utc, side="right") - 1
    return np.asarray(offset[np.maximum(row, 0)])


def from_utc(utc: ArrayLike) -> Floats:
    """TT seconds since J2000 of UTC seconds since 2000-01-01T12:00:00Z counted in days of 86400 s."""
    return np.asarray(utc, float) + _tt_minus_utc_at_utc(utc)


def seconds(when: datetime | str | float) -> float:
    """TT seconds since J2000 of an aware datetime or an ISO 8601 string with its zone; a number passes through.

    The string may be a leap second (``2016-12-31T23:59:60Z``). Raises ValueError for a naive time.
    """
    if isinstance(when, int | float | np.floating):
        return float(when)
    leap = 0.0
    if isinstance(when, str):
        when, leap = _parse(when)
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone; write it like 2016-12-19T16:52:14Z")
    return float(from_utc((when - _J2000) / timedelta(seconds=1))) + leap


def _parse(text: str) -> tuple[datetime, float]:
    plain = _LEAP_SECOND.sub(r"\1:59", text.strip())
    try:
        return datetime.fromisoformat(plain), float(plain != text.strip())
    except ValueError:
        raise ValueError(f'"{text}" is not a time; write it like 2016-12-19T16:52:14Z') from None


def _split(t: ArrayLike, resolution: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """UTC ticks of 1/resolution s since J2000, rounded; those inside a leap second repeat the one before, flagged."""
    offset, begin = _leap_seconds()
    t = np.rint((np.asarray(t, float) - TT_MINUS_TAI) * resolution) / resolution + TT_MINUS_TAI
    row = np.maximum(np.searchsorted(begin, t + 0.5 / resolution, side="right") - 1, 0)
    following = np.minimum(row + 1, len(begin) - 1)
    inside = (following > row) & (t >= begin[following] - 1 - 0.5 / resolution)
    ticks = np.rint((t - offset[row] - inside) * resolution).astype(np.int64)
    return ticks, inside


def datetimes(t: ArrayLike) -> list[datetime]:
    """Aware UTC datetimes (microseconds) of TT seconds since J2000; a leap second repeats the second before it."""
    ticks, _ = _split(np.atleast_1d(t), 1_000_000)
    return [_J2000 + timedelta(microseconds=int(tick)) for tick in ticks]


def iso(t: ArrayLike) -> NDArray[np.str_]:
    """ISO 8601 UTC to the millisecond, ``2016-12-19T16:52:14.123Z``, of TT seconds since J2000, in their shape."""
    ticks, inside = _split(t, 1000)
    text = np.datetime_as_string(np.datetime64("2000-01-01T12:00:00", "ms") + ticks.astype("m8[ms]"), unit="ms")
    if inside.any():
        text = np.where(inside, np.char.replace(text, ":59.", ":60."), text)
    return np.asarray(np.char.add(text, "Z"))


@cache
def _finals() -> NDArray[np.bytes_]:
    """Bulletin A of finals2000A as characters (days, columns), one row a day, as far as UT1 is known.

    The file is mapped, so that only those days are read that are asked for.
    """
    text = np.memmap(_files()["finals2000A"], "S1", mode="r")
    lines = text.reshape(-1, 1 + text[:1000].tobytes().index(b"\n"))
    known = bisect_left(range(len(lines)), True, key=lambda day: bool(lines[day, 67] == b" "))
    return np.asarray(lines[:known])


@lru_cache(maxsize=1024)
def _days(first: int, last: int) -> tuple[Floats, EarthOrientation]:
    """TT of 0 h UTC of some days of the table, and the orientation then."""
    lines = _finals()[first:last]

    def column(begin: int, end: int) -> Floats:
        text = np.ascontiguousarray(lines[:, begin - 1 : end]).view(f"S{end - begin + 1}")
        return text.ravel().astype(float)

    utc = (column(8, 15) - _J2000_MJD) * DAY
    offset = _tt_minus_utc_at_utc(utc)
    pole = [column(begin, end) * _ARCSECOND for begin, end in ((19, 27), (38, 46))]
    return utc + offset, EarthOrientation(column(59, 68) - offset, *pole)


def _days_around(t: Floats) -> tuple[Floats, EarthOrientation]:
    """Blocks of days from before the first to after the last of the times; the table's end for times beyond it."""
    begin, total = known()[0], len(_finals())
    ends = np.array([t.min(), t.max()]) if t.size else np.array([begin, begin])
    low, high = (int(end) for end in np.clip((ends - begin) // DAY, 0, total - 1) // _BLOCK)
    return _days(max(low * _BLOCK - 1, 0), min((high + 1) * _BLOCK + 2, total))


def earth_orientation(t: ArrayLike) -> EarthOrientation:
    """UT1 - TT (s) and polar motion (rad) at TT seconds since J2000, in their shape: finals2000A (IERS), linear."""
    t = np.asarray(t, float)
    days, table = _days_around(t)
    columns = (table.ut1_minus_tt, table.xp, table.yp)
    return EarthOrientation(*(np.asarray(np.interp(t, days, column)) for column in columns))


@cache
def known() -> tuple[float, float]:
    """The first and the last moment in the table of the Earth's orientation, TT seconds since J2000."""
    days = len(_finals())
    return float(_days(0, 1)[0][0]), float(_days(days - 1, days)[0][0])


def covered(start: float, end: float) -> bool:
    """Whether the table of the Earth's orientation holds the whole window (TT seconds since J2000)."""
    first, last = known()
    return first <= start and end <= last


def warn_if_not_covered(start: float, end: float) -> None:
    """Warn by name when UT1 and the pole have to be held at the ends of their table."""
    import warnings

    if not covered(start, end):
        first, last = iso(known())
        warnings.warn(
            f"Earth orientation: the packaged table holds {first[:10]} to {last[:10]}; outside it UT1 and the pole "
            "keep their last values, and passes drift by about 0.001 s a day",
            ValidityWarning,
            stacklevel=3,
        )


def window(start: Any, end: Any) -> tuple[float, float]:
    """Both ends as TT seconds since J2000; ValueError unless the end comes after the start."""
    first, last = seconds(start), seconds(end)
    if not first < last:
        raise ValueError(f"the end {iso(last)} does not come after the start {iso(first)}; swap or move them")
    return first, last


def time_of_day(text: str) -> float:
    """Seconds since midnight of a text like "10:30" or "22:15:30"; ValueError says how to write it."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", text)
    if found is None:
        raise ValueError(f'"{text}" is not a time of day; write it like "10:30"')
    hours, minutes, rest = found.groups()
    return int(hours) * 3600.0 + int(minutes) * 60.0 + int(rest or 0)
