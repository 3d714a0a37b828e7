"""Where the satellite is: orbits in, Earth-fixed trajectories out; and where Sun, Moon and shadow are.

What needs pydantic is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from orbits.clock import datetimes, iso, seconds
from orbits.ephemeris import Ephemeris, Trajectory, ephemeris
from orbits.orbiter import Orbiter, TwoLines

if TYPE_CHECKING:
    from orbits.constellation import Constellation, walker
    from orbits.design import Circular, Keplerian, SunSynchronous
    from orbits.elements import Satellite
    from orbits.files import load_satellites
    from orbits.omm import OMM
else:
    _HOME = {
        "OMM": "orbits.omm",
        "Circular": "orbits.design",
        "Constellation": "orbits.constellation",
        "Keplerian": "orbits.design",
        "Satellite": "orbits.elements",
        "SunSynchronous": "orbits.design",
        "load_satellites": "orbits.files",
        "walker": "orbits.constellation",
    }

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name]), name)


__all__ = [
    "OMM",
    "Circular",
    "Constellation",
    "Ephemeris",
    "Keplerian",
    "Orbiter",
    "Satellite",
    "SunSynchronous",
    "Trajectory",
    "TwoLines",
    "datetimes",
    "ephemeris",
    "iso",
    "load_satellites",
    "seconds",
    "walker",
]
