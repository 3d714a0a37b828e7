"""From events to stretches above the horizon: cut by mountains, cut by the window, each with its highest point."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ground.roots import Ends, bracketed_roots
from ground.search import Events, Found, search
from ground.sightline import direction, sightlines
from ground.sites import Sites
from orbits.ephemeris import Trajectory
from orbits.frames import norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LOOK_AROUND = 360
"""Looks at an uneven horizon per node interval: every second for a low orbit; a crag passed in less may be missed."""
_SLOPE_STEP = 0.01
"""s, over which the slope against an uneven horizon is taken."""
_TOUCH = 1e-9
"""rad; a span that ends on the horizon's lowest part counts as above it there, in spite of rounding."""


@dataclass(frozen=True, eq=False)
class Spans:
    """Stretches of one satellite above the horizons, ordered by station and time, one row each."""

    station: Ints
    rise: Floats
    set: Floats
    clipped: Flags

    def select(self, rows: Flags | Ints) -> Spans:
        """Some of the rows."""
        return Spans(self.station[rows], self.rise[rows], self.set[rows], self.clipped[rows])


@dataclass(frozen=True, eq=False)
class Culminations:
    """The highest point of each span, rad, the shortest range, m, and the satellite's place at the highest, (3, n)."""

    time: Floats
    elevation: Floats
    range: Floats
    place: Floats


_NO_ROWS, _NO_TIMES = np.empty(0, np.int64), np.empty(0)
_NO_EVENTS = Events(_NO_ROWS, _NO_TIMES, np.empty((3, 0)))
_NOTHING = Found((_NO_ROWS, _NO_TIMES), (_NO_ROWS, _NO_TIMES), _NO_EVENTS, _NO_EVENTS)
"""What happens to a satellite that has ended before the window."""


def spans(trajectory: Trajectory, sites: Sites, start: float, end: float) -> tuple[Spans, Culminations]:
    """All spans of a satellite that lie in the window or are cut by it, and their culminations."""
    found = search(trajectory, sites) if len(trajectory.time) > 1 else _NOTHING
    station, rise = found.rises
    whole = Spans(station, rise, found.sets[1], np.zeros(len(rise), bool))
    cut = _clipped(_behind_mountains(trajectory, sites, whole, found.peaks), trajectory, start, end)
    return cut, _culminations(trajectory, sites, cut, found)


def _clipped(spans: Spans, trajectory: Trajectory, start: float, end: float) -> Spans:
    spans = spans.select((spans.rise < end) & (spans.set > start))
    start, end = max(start, trajectory.start), min(end, trajectory.end)
    cut = (spans.rise < start) | (spans.set > end) | (spans.rise == trajectory.start) | (spans.set == trajectory.end)
    return replace(spans, rise=np.maximum(spans.rise, start), set=np.minimum(spans.set, end), clipped=cut)


def _culminations(trajectory: Trajectory, sites: Sites, spans: Spans, found: Found) -> Culminations:
    """Highest and nearest of what lies inside a span, and of its ends where they may be so."""
    ends = spans.clipped | _uneven(sites)[spans.station]
    top = _candidates(trajectory, spans, found.peaks, ends)
    near = _candidates(trajectory, spans, found.closest, ends)
    elevation = direction(sites, spans.station[top.row], top.place).elevation
    distance = norm(near.place - sites.position.take(spans.station[near.row], axis=1))
    best = _best(top.row, elevation, len(ends))
    nearest = distance[_best(near.row, -distance, len(ends))]
    return Culminations(top.time[best], elevation[best], nearest, top.place.take(best, axis=1))


@dataclass(frozen=True, eq=False)
class _Candidates:
    """Moments that may be a span's highest or nearest: its row, the time, and the satellite's place (3, n)."""

    row: Ints
    time: Floats
    place: Floats


def _candidates(trajectory: Trajectory, spans: Spans, events: Events, ends: Flags) -> _Candidates:
    """Events inside spans, with the ends of those spans that are marked or have none."""
    row, which = _inside(spans, events)
    time, place = events.time[which], events.place.take(which, axis=1)
    edge = np.flatnonzero(ends | (np.bincount(row, minlength=len(ends)) == 0))
    if not edge.size:
        return _Candidates(row, time, place)
    edges = np.concatenate([spans.rise[edge], spans.set[edge]])
    places = np.concatenate([place, trajectory.at(edges)[0]], axis=1)
    return _Candidates(np.concatenate([row, edge, edge]), np.concatenate([time, edges]), places)


def _uneven(sites: Sites) -> Flags:
    return np.array([bool(station.horizon) for station in sites.stations], bool)


def _best(row: Ints, value: Floats, rows: int) -> Ints:
    """Index of the largest value of each row; every row has at least one."""
    if len(row) == rows:
        return np.argsort(row)
    order = np.lexsort((value, row))
    return order[np.searchsorted(row[order], np.arange(rows), side="right") - 1]


def _inside(spans: Spans, events: Events) -> tuple[Ints, Ints]:
    """The rows of spans that events lie in, and the indices of those events."""
    station = np.concatenate([spans.station, events.station])
    time = np.concatenate([spans.rise, events.time])
    order = np.lexsort((np.arange(len(time)) >= len(spans.rise), time, station))
    begun = np.empty(len(time), np.int64)
    begun[order] = np.cumsum(order < len(spans.rise)) - 1
    row = begun[len(spans.rise) :]
    inside = row >= 0
    inside[inside] = (spans.station[row[inside]] == events.station[inside]) & (
        events.time[inside] <= spans.set[row[inside]]
    )
    return row[inside], np.flatnonzero(inside)


def _behind_mountains(trajectory: Trajectory, sites: Sites, spans: Spans, peaks: Events) -> Spans:
    """Spans at stations with an uneven horizon, split into the parts above it; the others as they are."""
    uneven = _uneven(sites)[spans.station]
    if not uneven.any():
        return spans
    split = _split(trajectory, sites, spans.select(uneven), peaks)
    even = spans.select(~uneven)
    both = Spans(*(np.concatenate(pair) for pair in zip(vars(even).values(), vars(split).values(), strict=True)))
    return both.select(np.lexsort((both.rise, both.station)))


def _split(trajectory: Trajectory, sites: Sites, spans: Spans, peaks: Events) -> Spans:
    """Crossings of an uneven horizon by looks on an absolute grid of time, each refined to a root."""
    row, time = _looks(trajectory, spans, peaks)
    station = spans.station[row]
    above = _over_horizon(trajectory, sites, station, time)
    up = above > 0
    first, last = np.r_[True, row[1:] != row[:-1]], np.r_[row[1:] != row[:-1], True]
    cross = np.flatnonzero((row[1:] == row[:-1]) & (up[1:] != up[:-1]))

    def value_and_slope(x: Floats, rows: Ints) -> tuple[Floats, Floats]:
        at, t = station[cross][rows], time[cross][rows] + x
        value = _over_horizon(trajectory, sites, at, t)
        return value, (_over_horizon(trajectory, sites, at, t + _SLOPE_STEP) - value) / _SLOPE_STEP

    width, change = time[cross + 1] - time[cross], above[cross + 1] - above[cross]
    slope = change / width
    root = time[cross] + bracketed_roots(value_and_slope, Ends(width, above[cross], above[cross + 1], slope, slope))
    rise = np.concatenate([time[first & up], root[~up[cross]]])
    fall = np.concatenate([time[last & up], root[up[cross]]])
    rise_row = np.concatenate([row[first & up], row[cross][~up[cross]]])
    fall_row = np.concatenate([row[last & up], row[cross][up[cross]]])
    by_rise, by_fall = np.lexsort((rise, rise_row)), np.lexsort((fall, fall_row))
    where = rise_row[by_rise]
    return Spans(spans.station[where], rise[by_rise], fall[by_fall], np.zeros(len(where), bool))


def _looks(trajectory: Trajectory, spans: Spans, peaks: Events) -> tuple[Ints, Floats]:
    """Ends and highest points of each span and multiples of a short step: the span's row and the time."""
    step = (trajectory.step or 60.0) / _LOOK_AROUND
    first = np.floor(spans.rise / step).astype(np.int64) + 1
    count = np.maximum(np.ceil(spans.set / step).astype(np.int64) - first, 0)
    row = np.repeat(np.arange(len(count)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    peak_row, which = _inside(spans, peaks)
    rows = np.concatenate([np.arange(len(count)), row, peak_row, np.arange(len(count))])
    time = np.concatenate([spans.rise, step * (first[row] + place), peaks.time[which], spans.set])
    order = np.lexsort((time, rows))
    return rows[order], time[order]


def _over_horizon(trajectory: Trajectory, sites: Sites, station: Ints, time: Floats) -> Floats:
    """Elevation above an uneven horizon, rad."""
    line = sightlines(trajectory, sites, station, time)
    edge = np.empty(len(time))
    for number in np.unique(station):
        rows = station == number
        edge[rows] = sites.stations[number].horizon_at(line.azimuth[rows])
    return line.elevation - edge + _TOUCH
