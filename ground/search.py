"""Every pass of one satellite over many stations: nodes, extrema of the elevation, and the roots between them.

Between two neighbouring extrema the sine of the elevation is monotone, so one look at each end tells whether it crosses
the horizon: no pass is lost, however short. All of it is done for all stations and all passes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.roots import Ends, bracketed_roots
from ground.station import Station
from orbits.ephemeris import Arcs, Trajectory
from orbits.frames import EARTH_RATE, dot, norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Moments = tuple[Ints, Floats]
"""Stations and times, ordered by station and time."""

_FINER = 8
"""Parts of an interval in which the rate of the elevation may vanish twice."""
_TILT = np.radians(0.25)
"""The vertical leans from the Earth's centre by up to 0.19 deg."""
_DIP = 0.03
"""Part of its distance by which a satellite may come lower between two nodes."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Stations as arrays: Earth-fixed position, east, north, up (3, stations), sine of the lowest elevation."""

    stations: tuple[Station, ...]
    position: Floats
    east: Floats
    north: Floats
    up: Floats
    sine: Floats

    @classmethod
    def of(cls, stations: Sequence[Station]) -> Sites:
        """The stations' arrays."""
        axes = np.array([station.axes for station in stations]).reshape(-1, 3, 3)
        position = np.array([station.position for station in stations]).reshape(-1, 3)
        east, north, up = np.ascontiguousarray(axes.transpose(1, 2, 0))
        sine = np.sin([station.lowest for station in stations])
        return cls(tuple(stations), np.ascontiguousarray(position.T), east, north, up, sine)


@dataclass(frozen=True, eq=False)
class Nodes:
    """Moments at stations, ordered by station and time, and signs that tell what happens between neighbours.

    `above` is positive over the horizon, `climb` has the sign of the elevation's rate, `recede` that of the range's;
    each with its rate of change. `arc` numbers the curve that begins at or before the node.
    """

    station: Ints
    arc: Ints
    time: Floats
    above: Floats
    above_rate: Floats
    climb: Floats
    climb_rate: Floats
    recede: Floats
    recede_rate: Floats

    def insert(self, rows: Ints, more: Nodes) -> Nodes:
        """These nodes with others inserted, each before the row that it names."""
        pairs = zip(vars(self).values(), vars(more).values(), strict=True)
        return Nodes(*(np.insert(column, rows, new) for column, new in pairs))


@dataclass(frozen=True, eq=False)
class Events:
    """Moments at stations, ordered by station and time, and where the satellite is then, Earth-fixed (3, n)."""

    station: Ints
    time: Floats
    place: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """All that happens to one satellite above the stations' lowest elevations."""

    rises: Moments
    sets: Moments
    peaks: Events
    closest: Events


def search(trajectory: Trajectory, sites: Sites) -> Found:
    """Every crossing of each station's lowest elevation, every highest point and closest approach above it.

    A satellite that is above the horizon at the trajectory's first node rises there; at its last node it sets there.
    """
    nodes = _refined(trajectory, sites, _nodes_in_reach(trajectory, sites))
    left, right = _neighbours(nodes)
    seen = (nodes.above[left] > 0) | (nodes.above[right] > 0)
    turns = _sign_changes(nodes.climb, left, right) & (seen | (nodes.climb[left] > 0))
    turn = _solve(trajectory, sites, nodes, "climb", left[turns])
    states = (part(turn.since) for part in (turn.arcs.position, turn.arcs.velocity, turn.arcs.acceleration))
    tops = _look(sites, turn.station, nodes.arc[left[turns]], turn.time, *states)
    peaks = np.flatnonzero((tops.above > 0) & (nodes.climb[left[turns]] > 0))
    return _events(trajectory, sites, nodes.insert(right[turns], tops), turn.events(peaks))


@dataclass(frozen=True, eq=False)
class Roots:
    """Moments where something vanishes: on which curve, and how many seconds after its begin."""

    station: Ints
    arcs: Arcs
    since: Floats

    @property
    def time(self) -> Floats:
        """When."""
        return self.arcs.begin + self.since

    def events(self, rows: Ints) -> Events:
        """Some of them."""
        return Events(self.station[rows], self.time[rows], self.arcs.position(self.since).take(rows, axis=1))


def _events(trajectory: Trajectory, sites: Sites, nodes: Nodes, peaks: Events) -> Found:
    """Crossings and closest approaches on the monotone pieces between nodes and turning points."""
    left, right = _neighbours(nodes)
    seen = (nodes.above[left] > 0) | (nodes.above[right] > 0)
    crossings = left[_sign_changes(nodes.above, left, right)]
    nearest = left[seen & (nodes.recede[left] <= 0) & (nodes.recede[right] > 0)]
    cross, near = (
        _solve(trajectory, sites, nodes, name, rows) for name, rows in (("above", crossings), ("recede", nearest))
    )
    rising, up = nodes.above[crossings] <= 0, nodes.above > 0
    return Found(
        rises=_with_edge(cross, rising, nodes, up & (nodes.time == trajectory.start)),
        sets=_with_edge(cross, ~rising, nodes, up & (nodes.time == trajectory.end)),
        peaks=peaks,
        closest=near.events(np.arange(len(near.time))),
    )


def _with_edge(cross: Roots, wanted: Flags, nodes: Nodes, edge: Flags) -> Moments:
    station, time = cross.station[wanted], cross.time[wanted]
    if not edge.any():
        return station, time
    station, time = np.concatenate([station, nodes.station[edge]]), np.concatenate([time, nodes.time[edge]])
    order = np.lexsort((time, station))
    return station[order], time[order]


def _solve(trajectory: Trajectory, sites: Sites, nodes: Nodes, name: str, left: Ints) -> Roots:
    """Where the column `name` of the nodes vanishes between the rows `left` and the next ones."""
    arcs, station = trajectory.arcs(nodes.arc[left]), nodes.station[left]
    function, values, slopes = _FUNCTIONS[name], getattr(nodes, name), getattr(nodes, f"{name}_rate")
    since = nodes.time[left] - arcs.begin

    def value_and_slope(x: Floats, rows: Ints) -> tuple[Floats, Floats]:
        if len(rows) == len(station):
            return function(sites, station, arcs, x + since)
        return function(sites, station[rows], arcs.select(rows), x + since[rows])

    width = nodes.time[left + 1] - nodes.time[left]
    x = since + bracketed_roots(
        value_and_slope, Ends(width, values[left], values[left + 1], slopes[left], slopes[left + 1])
    )
    return Roots(station, arcs, x)


def _above(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    up, speed = sites.up.take(station, axis=1), arcs.velocity(x)
    way = arcs.position(x) - sites.position.take(station, axis=1)
    distance, sine = norm(way), sites.sine[station]
    return dot(up, way) - distance * sine, dot(up, speed) - dot(way, speed) / distance * sine


def _climb(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    up, speed, pull = sites.up.take(station, axis=1), arcs.velocity(x), arcs.acceleration(x)
    way = arcs.position(x) - sites.position.take(station, axis=1)
    height, square, rise, recede = dot(up, way), dot(way, way), dot(up, speed), dot(way, speed)
    rate = dot(up, pull) * square + rise * recede - height * (dot(speed, speed) + dot(way, pull))
    return rise * square - height * recede, rate


def _recede(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    way, speed = arcs.position(x) - sites.position.take(station, axis=1), arcs.velocity(x)
    return dot(way, speed), dot(speed, speed) + dot(way, arcs.acceleration(x))


_FUNCTIONS = {"above": _above, "climb": _climb, "recede": _recede}


def _nodes_in_reach(trajectory: Trajectory, sites: Sites) -> Nodes:
    """The nodes between which a satellite may come above a station's horizon."""
    station, arc = _may_rise(trajectory, sites)
    begins = np.flatnonzero(np.diff(station, prepend=-1) | (np.diff(arc, prepend=-2) != 1))
    station, arc = np.insert(station, begins, station[begins]), np.insert(arc + 1, begins, arc[begins])
    return _look(sites, station, arc, trajectory.time[arc], *trajectory.node(arc))


def _may_rise(trajectory: Trajectory, sites: Sites) -> tuple[Ints, Ints]:
    """Stations and intervals where the height over the tangent plane may reach what the horizon asks for.

    A satellite on the station's side falls towards the plane, or is lifted from it by no more than `_lift` m/s^2 as the
    Earth turns: its height stays below the tangents to its curve at both ends, plus what that lift gives.
    """
    width = np.diff(trajectory.time) if trajectory.step is None else trajectory.step
    needed = _needed_height(trajectory, sites)[:, None] - _lift(trajectory) * width * width / 8
    coarse = needed - _strongest(trajectory) * width * width / 8
    offset = dot(sites.up, sites.position)
    arcs = [
        np.flatnonzero(_larger(dot(up, trajectory.position) - c) > least)
        for up, c, least in zip(sites.up.T, offset, coarse, strict=True)
    ]
    station, arc = np.repeat(np.arange(len(arcs)), [len(one) for one in arcs]), np.concatenate(arcs)
    near = (
        _highest(trajectory, sites, station, arc)
        > np.broadcast_to(needed, (len(arcs), len(trajectory.time) - 1))[station, arc]
    )
    return station[near], arc[near]


def _strongest(trajectory: Trajectory) -> float:
    """Bound on the acceleration, m/s^2: that at the nodes, and a margin for a perigee between two of them."""
    return 1.2 * float(norm(trajectory.acceleration).max())


def _larger(values: Floats) -> Floats:
    return np.maximum(values[1:], values[:-1])


def _highest(trajectory: Trajectory, sites: Sites, station: Ints, arc: Ints) -> Floats:
    """Bound on the height over the tangent plane between two nodes, by the tangents at both, but for the lift."""
    up, place = sites.up.take(station, axis=1), sites.position.take(station, axis=1)
    width = trajectory.time[arc + 1] - trajectory.time[arc]
    left, right = (dot(up, trajectory.position.take(node, axis=1) - place) for node in (arc, arc + 1))
    climb = dot(up, trajectory.velocity.take(arc, axis=1))
    fall = -dot(up, trajectory.velocity.take(arc + 1, axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        tip = left + climb * (right - left + fall * width) / (climb + fall)
    return np.asarray(np.where((climb > 0) & (fall > 0), tip, np.maximum(left, right)))


def _lift(trajectory: Trajectory) -> float:
    """Bound on the upward acceleration (m/s^2) in the turning frame, above the tangent plane."""
    return max(1.0, 1.2 * EARTH_RATE**2 * float(norm(trajectory.position).max()))


def _needed_height(trajectory: Trajectory, sites: Sites) -> Floats:
    """The least height over the tangent plane at which the horizon can be reached, (stations,), m.

    It is that of the lowest satellite on the horizon, or of the farthest where the horizon lies below the plane. The
    Earth counts as a sphere here; `_TILT` pays for the vertical's tilt, `_DIP` for what lies between nodes.
    """
    distance, radius = norm(trajectory.position), norm(sites.position)
    sine = np.sin(np.maximum(np.arcsin(sites.sine) - _TILT, 0.0))
    nearest = np.maximum(distance.min() * (1 - _DIP), radius)
    slant = np.sqrt(nearest**2 - radius**2 * (1 - sine**2)) - radius * sine
    below = np.minimum(0.0, sites.sine) * (distance.max() + radius)
    return np.asarray(np.where(sites.sine > 0, slant * sine, below))


def _look(sites: Sites, station: Ints, arc: Ints, time: Floats, place: Floats, speed: Floats, pull: Floats) -> Nodes:
    up, way = sites.up.take(station, axis=1), place - sites.position.take(station, axis=1)
    height, square = dot(up, way), dot(way, way)
    rise, recede = dot(up, speed), dot(way, speed)
    distance, sine = np.sqrt(square), sites.sine[station]
    recede_rate = dot(speed, speed) + dot(way, pull)
    return Nodes(
        station=station,
        arc=arc,
        time=time,
        above=height - distance * sine,
        above_rate=rise - recede / distance * sine,
        climb=rise * square - height * recede,
        climb_rate=dot(up, pull) * square + rise * recede - height * recede_rate,
        recede=recede,
        recede_rate=recede_rate,
    )


def _look_between(trajectory: Trajectory, sites: Sites, station: Ints, arc: Ints, time: Floats) -> Nodes:
    arcs = trajectory.arcs(arc)
    x = time - arcs.begin
    return _look(sites, station, arc, time, arcs.position(x), arcs.velocity(x), arcs.acceleration(x))


def _neighbours(nodes: Nodes) -> tuple[Ints, Ints]:
    """Rows of nodes and of those that follow them on the same curve."""
    joined = (nodes.station[1:] == nodes.station[:-1]) & (nodes.arc[1:] - nodes.arc[:-1] <= 1)
    left = np.flatnonzero(joined)
    return left, left + 1


def _sign_changes(values: Floats, left: Ints, right: Ints) -> Flags:
    return np.asarray((values[left] > 0) != (values[right] > 0))


def _refined(trajectory: Trajectory, sites: Sites, nodes: Nodes) -> Nodes:
    """More nodes where the elevation's rate may vanish twice between two: where its cubic has such a bump."""
    left, right = _neighbours(nodes)
    same = ~_sign_changes(nodes.climb, left, right)
    away = nodes.climb_rate * np.where(nodes.climb > 0, 1.0, -1.0)
    left = left[same & (away[left] < 0) & (away[right] > 0) & _may_touch(nodes, left, right)]
    if not left.size:
        return nodes
    part = np.tile(np.arange(1, _FINER) / _FINER, len(left))
    left = np.repeat(left, _FINER - 1)
    time = nodes.time[left] + part * (nodes.time[left + 1] - nodes.time[left])
    return nodes.insert(left + 1, _look_between(trajectory, sites, nodes.station[left], nodes.arc[left], time))


def _may_touch(nodes: Nodes, left: Ints, right: Ints) -> Flags:
    """Whether a cubic with these ends and slopes may vanish between them: its two end tangents cross beyond zero."""
    width = nodes.time[right] - nodes.time[left]
    a, b = nodes.climb[left], nodes.climb[right]
    p, q = nodes.climb_rate[left], nodes.climb_rate[right]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (b - a - q * width) / (p - q)
        tip = a + p * x
    return np.asarray((tip > 0) != (a > 0))
