"""Every pass of one satellite over many stations: nodes, extrema of the elevation, and the roots between them.

Between two neighbouring extrema the sine of the elevation is monotone, so one look at each end tells whether it crosses
the horizon: no pass is lost, however short. All of it is done for all stations and all passes at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.reach import may_rise
from ground.roots import Ends, bracketed_roots
from ground.sites import Sites
from orbits.ephemeris import Arcs, Trajectory
from orbits.frames import dot, norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Moments = tuple[Ints, Floats]
"""Stations and times, ordered by station and time."""

_FINER = 8
"""Parts of an interval in which the rate of the elevation may vanish twice."""


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
        order = np.insert(np.arange(len(self.time)), rows, len(self.time) + np.arange(len(rows)))
        pairs = zip(vars(self).values(), vars(more).values(), strict=True)
        return Nodes(*(np.concatenate(pair).take(order) for pair in pairs))


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
    ends = Ends(width, values[left], values[left + 1], slopes[left], slopes[left + 1])
    return Roots(station, arcs, since + bracketed_roots(value_and_slope, ends, _SLACK[name]))


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
_SLACK = {"above": 2e-5, "climb": 5e-3, "recede": 5e-3}
"""s; a crossing is right to 3e-5 s, an extremum to a few 1e-3 s, which changes its height by less than 1e-8 rad."""


def _nodes_in_reach(trajectory: Trajectory, sites: Sites) -> Nodes:
    """The nodes between which a satellite may come above a station's horizon."""
    station, arc = may_rise(trajectory, sites)
    begins = np.flatnonzero(np.diff(station, prepend=-1) | (np.diff(arc, prepend=-2) != 1))
    station, arc = np.insert(station, begins, station[begins]), np.insert(arc + 1, begins, arc[begins])
    return _look(sites, station, arc, trajectory.time[arc], *trajectory.node(arc))


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
