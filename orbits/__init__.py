"""Where the satellite is: orbits in, Earth-fixed trajectories out; and where Sun, Moon and shadow are."""

from orbits.clock import datetimes, iso, seconds
from orbits.elements import Satellite
from orbits.ephemeris import Ephemeris, Trajectory, ephemeris

__all__ = ["Ephemeris", "Satellite", "Trajectory", "datetimes", "ephemeris", "iso", "seconds"]
