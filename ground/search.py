"""Every pass of one satellite over many stations: nodes, extrema of the elevation, and the roots between them.

Between two neighbouring extrema the sine of the elevation is monotone, so one look at each end tells whether it crosses
the horizon: no pass is lost, however short. All of it is done for all stations and all passes at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.roots import bracketed_roots
from ground.station import Station
from orbits.ephemeris import Arcs, Trajectory
from orbits.frames import dot, norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FINER = 8
"""Parts of an interval in which the rate of the elevation may vanish twice."""


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
    `climb_rate` is the rate of `climb`. `arc` numbers the curve that begins at or before the node.
    """

    station: Ints
    arc: Ints
    time: Floats
    above: Floats
    climb: Floats
    recede: Floats
    climb_rate: Floats

    def select(self, rows: Ints) -> Nodes:
        """Some of the nodes, in the order of `rows`."""
        return Nodes(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True, eq=False)
class Events:
    """Moments at stations, ordered by station and time."""

    station: Ints
    time: Floats


@dataclass(frozen=True, eq=False)
class Found:
    """All that happens to one satellite above the stations' lowest elevations."""

    rises: Events
    sets: Events
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
    left, right = left[turns], right[turns]
    time = _solve(trajectory, sites, nodes, "climb", left, right)
    tops = _look_between(trajectory, sites, nodes.station[left], nodes.arc[left], time)
    peaks = (tops.above > 0) & (nodes.climb[left] > 0)
    found = Events(tops.station[peaks], tops.time[peaks])
    return _events(trajectory, sites, _merged(nodes, tops), found)


def _events(trajectory: Trajectory, sites: Sites, nodes: Nodes, peaks: Events) -> Found:
    """Crossings and closest approaches on the monotone pieces between nodes and turning points."""
    left, right = _neighbours(nodes)
    crossing = _sign_changes(nodes.above, left, right)
    seen = (nodes.above[left] > 0) | (nodes.above[right] > 0)
    nearest = seen & (nodes.recede[left] <= 0) & (nodes.recede[right] > 0)

    def at(wanted: Flags, name: str) -> Events:
        rows = left[wanted]
        return Events(nodes.station[rows], _solve(trajectory, sites, nodes, name, rows, right[wanted]))

    rising = nodes.above[right] > 0
    rises, sets = at(crossing & rising, "above"), at(crossing & ~rising, "above")
    up = nodes.above > 0
    return Found(
        rises=_with_edge(rises, nodes, up & (nodes.time == trajectory.start)),
        sets=_with_edge(sets, nodes, up & (nodes.time == trajectory.end)),
        peaks=peaks,
        closest=at(nearest, "recede"),
    )


def _with_edge(events: Events, nodes: Nodes, edge: Flags) -> Events:
    station = np.concatenate([events.station, nodes.station[edge]])
    time = np.concatenate([events.time, nodes.time[edge]])
    order = np.lexsort((time, station))
    return Events(station[order], time[order])


def _solve(trajectory: Trajectory, sites: Sites, nodes: Nodes, name: str, left: Ints, right: Ints) -> Floats:
    """Times at which the column `name` of the nodes vanishes between the rows `left` and `right`."""
    arcs, station = trajectory.arcs(nodes.arc[left]), nodes.station[left]
    function, values = _FUNCTIONS[name], getattr(nodes, name)

    def value_and_slope(x: Floats, rows: Ints) -> tuple[Floats, Floats]:
        return function(sites, station[rows], arcs.select(rows), x)

    low, high = nodes.time[left] - arcs.begin, nodes.time[right] - arcs.begin
    return np.asarray(arcs.begin + bracketed_roots(value_and_slope, low, high, values[left], values[right]))


def _above(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    up, speed = sites.up[:, station], arcs.velocity(x)
    way = arcs.position(x) - sites.position[:, station]
    distance, sine = norm(way), sites.sine[station]
    return dot(up, way) - distance * sine, dot(up, speed) - dot(way, speed) / distance * sine


def _climb(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    nodes = _look(sites, station, station, x, arcs.position(x), arcs.velocity(x), arcs.acceleration(x))
    return nodes.climb, nodes.climb_rate


def _recede(sites: Sites, station: Ints, arcs: Arcs, x: Floats) -> tuple[Floats, Floats]:
    way, speed = arcs.position(x) - sites.position[:, station], arcs.velocity(x)
    return dot(way, speed), dot(speed, speed) + dot(way, arcs.acceleration(x))


_FUNCTIONS = {"above": _above, "climb": _climb, "recede": _recede}


def _nodes_in_reach(trajectory: Trajectory, sites: Sites) -> Nodes:
    """The nodes from which a satellite could come above the horizon before the next one or since the one before."""
    height = sites.up.T @ trajectory.position - dot(sites.up, sites.position)[:, None]
    width = np.diff(trajectory.time)
    near = np.maximum(height[:, 1:], height[:, :-1]) + 0.5 * width * trajectory.fastest > _lowest(trajectory, sites)
    wanted = np.zeros(height.shape, bool)
    wanted[:, 1:] = near
    wanted[:, :-1] |= near
    station, arc = np.nonzero(wanted)
    parts = (trajectory.position, trajectory.velocity, trajectory.acceleration)
    return _look(sites, station, arc, trajectory.time[arc], *(part[:, arc] for part in parts))


def _lowest(trajectory: Trajectory, sites: Sites) -> Floats:
    """The lowest height over each station's tangent plane at which its horizon can be reached, (stations, 1), m."""
    farthest = norm(trajectory.position).max() + norm(sites.position)
    return np.asarray((np.minimum(0, sites.sine) * farthest)[:, None])


def _look(sites: Sites, station: Ints, arc: Ints, time: Floats, place: Floats, speed: Floats, pull: Floats) -> Nodes:
    up, way = sites.up[:, station], place - sites.position[:, station]
    height, square = dot(up, way), dot(way, way)
    rise, recede = dot(up, speed), dot(way, speed)
    return Nodes(
        station=station,
        arc=arc,
        time=time,
        above=height - np.sqrt(square) * sites.sine[station],
        climb=rise * square - height * recede,
        recede=recede,
        climb_rate=dot(up, pull) * square + rise * recede - height * (dot(speed, speed) + dot(way, pull)),
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
    return _merged(nodes, _look_between(trajectory, sites, nodes.station[left], nodes.arc[left], time))


def _may_touch(nodes: Nodes, left: Ints, right: Ints) -> Flags:
    """Whether a cubic with these ends and slopes may vanish between them: its two end tangents cross beyond zero."""
    width = nodes.time[right] - nodes.time[left]
    a, b = nodes.climb[left], nodes.climb[right]
    p, q = nodes.climb_rate[left], nodes.climb_rate[right]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = (b - a - q * width) / (p - q)
        tip = a + p * x
    return np.asarray((tip > 0) != (a > 0))


def _merged(nodes: Nodes, more: Nodes) -> Nodes:
    both = Nodes(*(np.concatenate(pair) for pair in zip(vars(nodes).values(), vars(more).values(), strict=True)))
    return both.select(np.lexsort((both.time, both.station)))
