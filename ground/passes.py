"""Passes: from rise to set above a station's horizon, as tables of all satellites over all stations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ground.place import Viewpoint
from ground.sightline import elevation_of
from ground.sites import Sites
from ground.spans import Culminations, Spans, spans
from orbits import bodies
from orbits.clock import DAY, iso, window
from orbits.ephemeris import Ephemeris, ephemeris
from orbits.orbiter import Orbiter

if TYPE_CHECKING:
    import pandas as pd

    from ground.track import Track

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Passes:
    """Passes of satellites over stations, one row each, sorted by rise, then satellite, then station.

    Times are TT seconds since J2000 (`orbits.clock`), angles rad, lengths m; all columns have shape (passes,).
    A pass that the window or the end of an orbit cuts is `clipped`: its rise or set is the cut, and its culmination the
    highest point that is left.
    """

    satellites: tuple[Orbiter, ...]
    stations: tuple[Viewpoint, ...]
    satellite: Ints
    """Index into `satellites`."""
    station: Ints
    """Index into `stations`."""
    rise: Floats
    culmination: Floats
    set: Floats
    max_elevation: Floats
    min_range: Floats
    sun_elevation: Floats
    """Of the Sun's centre, at culmination, without refraction."""
    sunlit: Floats
    """Part of the Sun's disc that the satellite sees at culmination: 1 in sunlight, 0 in the umbra."""
    clipped: Flags
    start: float
    end: float
    ephemeris: Ephemeris

    def __len__(self) -> int:
        return len(self.rise)

    @cached_property
    def sites(self) -> Sites:
        """The stations as arrays."""
        return Sites.of(self.stations)

    def select(self, rows: Flags | Ints) -> Passes:
        """Some of the passes, of the same satellites and stations."""
        return replace(self, **{name: getattr(self, name)[rows] for name in _COLUMNS})

    def sample(self, step: str | float) -> Track:
        """Geometry along the passes, in equal cells no longer than `step` ("1 s", or seconds)."""
        from ground.track import sample

        return sample(self, step)

    def columns(self) -> Columns:
        """Columns for people: one row per pass, names that end in their units, UTC."""
        return {
            "satellite": np.array([one.name for one in self.satellites], object)[self.satellite],
            "station": np.array([one.name for one in self.stations], object)[self.station],
            "rise_utc": iso(self.rise),
            "culmination_utc": iso(self.culmination),
            "set_utc": iso(self.set),
            "duration_s": self.set - self.rise,
            "max_elevation_deg": np.degrees(self.max_elevation),
            "min_range_km": self.min_range / 1e3,
            "sun_elevation_deg": np.degrees(self.sun_elevation),
            "sunlit": self.sunlit,
            "clipped": self.clipped,
            "elements_age_d": self._age() / DAY,
        }

    def _age(self) -> Floats:
        """Seconds between a pass and the epoch of its satellite's elements; nan where these were not measured."""
        epochs = [np.nan if one.age(self.start) is None else one.mean_elements().epoch_t for one in self.satellites]
        return np.asarray(np.abs(self.culmination - np.array(epochs)[self.satellite]))

    def to_frame(self) -> pd.DataFrame:
        """The columns as a table for pandas."""
        import pandas as pd

        return pd.DataFrame(self.columns())


_COLUMNS = (
    "satellite",
    "station",
    "rise",
    "culmination",
    "set",
    "max_elevation",
    "min_range",
    "sun_elevation",
    "sunlit",
    "clipped",
)


def find_passes(
    satellites: Sequence[Orbiter],
    stations: Sequence[Viewpoint],
    start: datetime | str | float,
    end: datetime | str | float,
) -> Passes:
    """Every pass of every satellite over every station that culminates in the window or is cut by it.

    The window's ends are aware datetimes, ISO 8601 texts with a zone, or TT seconds since J2000; each station's own
    horizon counts, elevation is geometric. Rise, culmination and set are roots of an orbit interpolated to well below
    0.01 s (design/geometry.md). Raises ValueError for an end before the start, for empty lists, and for dates outside
    2000 to 2053.
    """
    first, last = window(start, end)
    if not satellites or not stations:
        raise ValueError("passes need at least one satellite and one station")
    orbits = ephemeris(satellites, first, last)
    sites = Sites.of(stations)
    found = [spans(trajectory, sites, first, last) for trajectory in orbits.trajectories]
    return _table(orbits, sites, [_lit(orbits, sites, number, *pair) for number, pair in enumerate(found)])


def _lit(orbits: Ephemeris, sites: Sites, number: int, found: Spans, top: Culminations) -> Columns:
    """The columns of one satellite's passes."""
    sun = bodies.sun(top.time)
    return {
        "satellite": np.full(len(top.time), number),
        "station": found.station,
        "rise": found.rise,
        "culmination": top.time,
        "set": found.set,
        "max_elevation": top.elevation,
        "min_range": top.range,
        "sun_elevation": elevation_of(sites, found.station, sun),
        "sunlit": bodies.sunlit(top.place, sun),
        "clipped": found.clipped,
    }


def _table(orbits: Ephemeris, sites: Sites, parts: list[Columns]) -> Passes:
    columns = {name: np.concatenate([part[name] for part in parts]) for name in _COLUMNS}
    order = np.lexsort((columns["station"], columns["satellite"], columns["rise"]))
    columns = {name: column[order] for name, column in columns.items()}
    return Passes(orbits.satellites, sites.stations, **columns, start=orbits.start, end=orbits.end, ephemeris=orbits)
