"""What each station sees: places, horizons, passes and the geometry along them.

What needs pydantic is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from ground.catalogue import Site, catalogue, station
from ground.passes import Passes, find_passes
from ground.place import Place

if TYPE_CHECKING:
    from ground.inputs import Station
    from ground.track import Track
    from ground.weather import StationWeather, Weather
else:
    _HOME = {
        "Station": "ground.inputs",
        "StationWeather": "ground.weather",
        "Track": "ground.track",
        "Weather": "ground.weather",
    }

    def __getattr__(name: str) -> Any:
        from importlib import import_module

        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOME[name]), name)


__all__ = [
    "Passes",
    "Place",
    "Site",
    "Station",
    "StationWeather",
    "Track",
    "Weather",
    "catalogue",
    "find_passes",
    "station",
]
