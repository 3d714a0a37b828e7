"""Which intervals between nodes may hold a pass: all others are dropped by bounds, never by a guess."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ground.sites import Sites
from orbits.ephemeris import Trajectory
from orbits.frames import EARTH_RATE, dot, norm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TILT = np.radians(0.25)
"""The vertical leans from the Earth's centre by up to 0.19 deg."""
_DIP = 0.03
"""Part of its distance by which a satellite may come lower between two nodes."""


def may_rise(trajectory: Trajectory, sites: Sites) -> tuple[Ints, Ints]:
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
