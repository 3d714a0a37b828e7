"""Geometry along passes: flat samples, each the middle of a cell of a pass."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ground.passes import Passes
from ground.sightline import direction, elevation_of, point_ahead, range_rate
from orbits import bodies
from orbits.frames import angle
from si import Duration, quantity

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CHUNK = 16_384
"""Samples worked on at a time: as many as stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class Track:
    """Samples along passes, ordered by pass and time, each standing for `duration` seconds around `time`.

    All columns have shape (samples,): times in TT seconds since J2000, angles in rad, lengths in m. The columns about
    Sun, Moon and contact are computed when they are first asked for.
    """

    passes: Passes
    row: Ints
    """Which pass the sample belongs to, ascending."""
    time: Floats
    duration: Floats
    azimuth: Floats
    """From north by east, 0 to 2 pi."""
    elevation: Floats
    """Geometric, without refraction."""
    range: Floats
    range_rate: Floats
    """m/s, positive while the satellite recedes."""
    point_ahead: Floats
    """Angle between where the satellite is seen and where light must be sent."""

    def __len__(self) -> int:
        return len(self.row)

    def select(self, samples: Flags | Ints) -> Track:
        """Some of the samples of the same passes."""
        columns = [getattr(self, field.name)[samples] for field in fields(self)[1:]]
        return Track(self.passes, *columns)

    @property
    def station(self) -> Ints:
        """Index of each sample's station in `passes.stations`."""
        return self.passes.station[self.row]

    @property
    def satellite(self) -> Ints:
        """Index of each sample's satellite in `passes.satellites`."""
        return self.passes.satellite[self.row]

    @cached_property
    def satellite_position(self) -> Floats:
        """Earth-fixed position of the satellite, (3, samples)."""
        return _positions(self.passes, self.satellite, self.time)

    @cached_property
    def _sun(self) -> Floats:
        return bodies.sun(self.time)

    @cached_property
    def _moon(self) -> Floats:
        return bodies.moon(self.time)

    @cached_property
    def sun_elevation(self) -> Floats:
        """Of the Sun's centre over the station, geometric."""
        return elevation_of(self.passes.sites, self.station, self._sun)

    @cached_property
    def sun_separation(self) -> Floats:
        """Angle on the station's sky between satellite and Sun."""
        return self._separation(self._sun)

    @cached_property
    def sunlit(self) -> Floats:
        """Part of the Sun's disc that the satellite sees: 1 in sunlight, 0 in the umbra."""
        return bodies.sunlit(self.satellite_position, self._sun)

    @cached_property
    def moon_elevation(self) -> Floats:
        """Of the Moon's centre over the station, parallax included, geometric."""
        return elevation_of(self.passes.sites, self.station, self._moon)

    @cached_property
    def moon_separation(self) -> Floats:
        """Angle on the station's sky between satellite and Moon."""
        return self._separation(self._moon)

    @cached_property
    def moon_phase(self) -> Floats:
        """Phase angle: between station and Sun as seen from the Moon; 0 is full, pi is new."""
        place = self.passes.sites.position[:, self.station]
        return angle(place - self._moon, self._sun - self._moon)

    @cached_property
    def contact(self) -> Flags:
        """Whether photons count: dark enough for the station and near enough for the satellite."""
        near = self.range <= _limits([one.max_range for one in self.passes.satellites])[self.satellite]
        night = _limits([one.max_sun_elevation for one in self.passes.stations])
        if np.isinf(night).all():
            return near
        return np.asarray(near & (self.sun_elevation <= night[self.station]))

    @property
    def station_altitude(self) -> Floats:
        """Of each sample's station above the ellipsoid."""
        return np.array([one.altitude for one in self.passes.stations])[self.station]

    @property
    def sky_brightness(self) -> Floats:
        """The station's own dark sky, cd/m^2; nan where it names none."""
        stated = [np.nan if one.sky_brightness is None else one.sky_brightness for one in self.passes.stations]
        return np.array(stated)[self.station]

    def _separation(self, body: Floats) -> Floats:
        place = self.passes.sites.position[:, self.station]
        return angle(self.satellite_position - place, body - place)


def _limits(values: list[float | None]) -> Floats:
    return np.array([np.inf if value is None else value for value in values])


def sample(passes: Passes, step: str | float) -> Track:
    """Every pass in equal cells no longer than `step` ("1 s", or seconds), sampled in their middles."""
    longest = quantity(step, Duration) if isinstance(step, str) else float(step)
    if not longest > 0:
        raise ValueError(f"a step of {longest:g} s does not advance; it must be longer than 0 s")
    length = passes.set - passes.rise
    cells = np.maximum(np.ceil(length / longest), 1).astype(np.int64)
    row = np.repeat(np.arange(len(passes)), cells)
    place = np.arange(len(row)) - np.repeat(np.cumsum(cells) - cells, cells)
    duration = (length / cells)[row]
    time = passes.rise[row] + (place + 0.5) * duration
    return Track(passes, row, time, duration, *_geometry(passes, row, time))


def _geometry(passes: Passes, row: Ints, time: Floats) -> Floats:
    """Azimuth, elevation, range, range rate and point-ahead angle, (5, samples)."""
    result = np.empty((5, len(row)))
    for number, samples in _by_satellite(passes.satellite[row]):
        trajectory = passes.ephemeris.trajectories[number]
        position, velocity = trajectory.at(time[samples])
        line = direction(passes.sites, passes.station[row[samples]], position)
        rates = range_rate(line, velocity), point_ahead(line, velocity)
        for column, values in zip(result, (line.azimuth, line.elevation, line.range, *rates), strict=True):
            column[samples] = values
    return result


def _positions(passes: Passes, satellite: Ints, time: Floats) -> Floats:
    """Earth-fixed positions of the samples' satellites, (3, samples)."""
    result = np.empty((3, len(time)))
    for number, samples in _by_satellite(satellite):
        result[:, samples] = passes.ephemeris.trajectories[number].at(time[samples])[0]
    return result


def _by_satellite(satellite: Ints) -> list[tuple[int, Ints | slice]]:
    """Samples of one satellite each, a cacheful at a time; those of a lone satellite as slices, which copy nothing."""
    if not len(satellite) or (satellite == satellite[0]).all():
        return [(int(satellite[i]), slice(i, i + _CHUNK)) for i in range(0, len(satellite), _CHUNK)]
    order = np.argsort(satellite, kind="stable")
    edges = np.flatnonzero(np.diff(satellite[order])) + 1
    groups = np.split(order, edges)
    return [(int(satellite[group[0]]), group[i : i + _CHUNK]) for group in groups for i in range(0, len(group), _CHUNK)]
