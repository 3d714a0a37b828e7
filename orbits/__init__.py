"""Where the satellite is: orbits in, Earth-fixed trajectories out; and where Sun, Moon and shadow are."""

from orbits.clock import datetimes, iso, seconds
from orbits.constellation import Constellation, walker
from orbits.design import Circular, Keplerian, SunSynchronous
from orbits.elements import Satellite
from orbits.ephemeris import Ephemeris, Trajectory, ephemeris
from orbits.files import load_satellites
from orbits.omm import OMM

__all__ = [
    "OMM",
    "Circular",
    "Constellation",
    "Ephemeris",
    "Keplerian",
    "Satellite",
    "SunSynchronous",
    "Trajectory",
    "datetimes",
    "ephemeris",
    "iso",
    "load_satellites",
    "seconds",
    "walker",
]
