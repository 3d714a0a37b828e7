"""What each station sees: places, horizons, passes and the geometry along them."""

from ground.catalogue import Site, catalogue, station
from ground.passes import Passes, find_passes
from ground.station import Station
from ground.track import Track
from ground.weather import StationWeather, Weather

__all__ = ["Passes", "Site", "Station", "StationWeather", "Track", "Weather", "catalogue", "find_passes", "station"]
