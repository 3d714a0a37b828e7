"""Directions, distances and their rates from stations to a satellite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ground.sites import Sites
from orbits.ephemeris import Trajectory
from orbits.frames import dot, norm, rotation_cross
from si import SPEED_OF_LIGHT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sightlines:
    """Azimuth from north by east, elevation (rad), range (m) and the vector from the station, Earth-fixed (3, n)."""

    azimuth: Floats
    elevation: Floats
    range: Floats
    way: Floats


def direction(sites: Sites, station: Ints, place: Floats) -> Sightlines:
    """Lines of sight from stations to Earth-fixed places (3, n), geometric: without refraction."""
    way = place - sites.position.take(station, axis=1)
    east, north, up = (dot(axis.take(station, axis=1), way) for axis in (sites.east, sites.north, sites.up))
    across = east * east + north * north
    azimuth = np.arctan2(east, north)
    azimuth += (azimuth < 0) * (2 * np.pi)
    return Sightlines(azimuth, np.arctan2(up, np.sqrt(across)), np.sqrt(across + up * up), way)


def sightlines(trajectory: Trajectory, sites: Sites, station: Ints, t: Floats) -> Sightlines:
    """Lines of sight from stations to a satellite at times (n,)."""
    return direction(sites, station, trajectory.at(t)[0])


def range_rate(line: Sightlines, velocity: Floats) -> Floats:
    """Rate of the range, m/s, of Earth-fixed velocities (3, n)."""
    return np.asarray(dot(line.way, velocity) / line.range)


def point_ahead(line: Sightlines, velocity: Floats) -> Floats:
    """Angle (rad) between where a satellite is seen and where light sent now will meet it: twice v/c across the line.

    The velocity is Earth-fixed; the relative motion in space adds what the Earth's rotation does to the line of sight.
    """
    relative = velocity + rotation_cross(line.way)
    along = dot(line.way, relative) / line.range
    across = np.sqrt(np.maximum(0.0, dot(relative, relative) - along * along))
    return np.asarray(2 * across / SPEED_OF_LIGHT)


def elevation_of(sites: Sites, station: Ints, place: Floats) -> Floats:
    """Elevation (rad) of Earth-fixed places (3, n) over stations."""
    way = place - sites.position.take(station, axis=1)
    return np.asarray(np.arcsin(dot(sites.up.take(station, axis=1), way) / norm(way)))
