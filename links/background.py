"""Stray photons: what the sky and a sunlit satellite send through the field stop and the filter.

The sky changes slowly along a pass: it is computed at knots at most 8 s apart and interpolated in between; the edge
of the Earth's shadow, which is sharp, is computed at every sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ground import sky
from links.atmosphere import Atmosphere
from links.channel import Floats, Ints
from links.extinction import bodhaine_1999, pressure_ratio
from links.telescope import Receiver, Transmitter
from si import PLANCK, SPEED_OF_LIGHT

if TYPE_CHECKING:
    from ground import Track

KNOT = 8.0
"""s between the samples at which the sky is computed; a low satellite moves 8 deg at most meanwhile."""
NIGHT = float(np.radians(-18.0))
"""Sun elevation below which it lights no air."""
_DARKEST = 1e-30
"""Added under a logarithm; far below any radiance of a sky in W m-3 sr-1."""


def area(receiver: Receiver) -> float:
    """Collecting area in m2: pi / 4 D^2 (1 - g^2). Derived: an annulus of D in m and linear obscuration g."""
    return float(np.pi / 4.0 * receiver.aperture**2 * (1.0 - receiver.obscuration**2))


def etendue(receiver: Receiver, wavelength: float) -> float:
    """Area times solid angle that the receiver takes in, m2 sr: the field stop's, or one fibre mode, wavelength^2.

    `wavelength` in m. Convention: `field_of_view` is a full angle, pi / 4 of its square the solid angle, small. One
    mode: Siegman's antenna theorem, Proc. IEEE 54, 1350 (1966), doi:10.1109/PROC.1966.5122.
    """
    if receiver.coupling == "fibre":
        return wavelength**2
    return float(area(receiver) * np.pi / 4.0 * receiver.field_of_view**2)


def count_rate(radiance: Floats, wavelength: float, receiver: Receiver) -> Floats:
    """Photons per second at the detectors' faces from a `radiance` in W m-2 sr-1 per m of wavelength; any shape.

    `wavelength` in m. The filter is taken to be narrow against the structure of the spectrum. Derived: power over
    photon energy, radiance times etendue, filter width and optics.
    """
    return np.asarray(radiance * (etendue(receiver, wavelength) * _per_watt(wavelength, receiver)))


def _per_watt(wavelength: float, receiver: Receiver) -> float:
    """Photons per second at the detectors' faces for each watt per metre of wavelength that enters the aperture.

    Derived: filter width times optics over the photon's energy h c / lambda; `wavelength` in m.
    """
    photons_per_joule = wavelength / (PLANCK * SPEED_OF_LIGHT)
    return receiver.filter_bandwidth * receiver.optical_efficiency * photons_per_joule


def background(
    track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere, through: Floats
) -> Floats:
    """Photons per second at a station's detectors, shape (samples,), all detectors together.

    `through` is the transmittance of the air per sample, which the light of a sunlit satellite has to cross too.
    350 to 1750 nm (a link warns outside). Source: `ground.sky`, function by function.
    """
    wavelength = transmitter.wavelength
    between = Between.of(track)
    some = track.select(between.knots)
    radiance, glint = _radiance(some, wavelength, atmosphere), _from_satellite(some, transmitter)
    sky_rate = count_rate(np.exp(between(np.log(radiance + _DARKEST))), wavelength, receiver)
    if not glint.any():
        return sky_rate
    flux = between(glint)
    edge = between.changing(some.sunlit)
    flux[edge] = _from_satellite(track.select(edge), transmitter)
    return np.asarray(sky_rate + flux * through * (area(receiver) * _per_watt(wavelength, receiver)))


def from_below(track: Track, wavelength: float, receiver: Receiver, through: Floats) -> Floats:
    """Photons per second, shape (samples,), that a satellite's receiver takes in when it looks down at the station.

    `wavelength` in m; `through` the transmittance of the air per sample. Source: `ground.sky.earthshine`.
    """
    between = Between.of(track)
    some = track.select(between.knots)
    radiance = sky.earthshine(wavelength, some.sun_elevation, some.moon_elevation, some.moon_phase)
    return count_rate(between(radiance) * through, wavelength, receiver)


@dataclass(frozen=True, eq=False)
class Between:
    """Straight interpolation in time between knots of the same pass."""

    knots: Ints
    """Which samples are knots: the first and last of each pass, and those at most `KNOT` seconds apart."""
    before: Ints
    """For each sample the knot at or before it."""
    share: Floats
    """How far it is on the way to the next."""

    @classmethod
    def of(cls, track: Track) -> Between:
        """The knots of a track; those of a pass depend on no other pass."""
        row, index = track.row, np.arange(len(track.row))
        first = np.diff(row, prepend=-1) != 0
        last = np.diff(row, append=-1) != 0
        start = np.maximum.accumulate(np.where(first, index, 0))
        stride = np.maximum((KNOT / track.duration).astype(np.int64), 1)
        is_knot = first | last | ((index - start) % stride == 0)
        knots = np.flatnonzero(is_knot)
        before = np.cumsum(is_knot) - 1
        after = np.minimum(before + 1, len(knots) - 1)
        time = track.time[knots]
        span = np.where(is_knot, 1.0, time[after] - time[before])
        return cls(knots, before, (track.time - time[before]) / span)

    def __call__(self, values: Floats) -> Floats:
        """Values at the knots, carried to all samples."""
        step = np.append(np.diff(values), 0.0)
        return np.asarray(values[self.before] + self.share * step[self.before])

    def changing(self, values: Floats) -> Ints:
        """Samples between two knots with different values: where a shadow's edge must be looked at closely."""
        step = np.append(np.diff(values), 0.0)
        return np.flatnonzero((step[self.before] != 0.0) & (self.share > 0.0))


def _radiance(some: Track, wavelength: float, atmosphere: Atmosphere) -> Floats:
    """Of the sky where the telescope looks, W m-3 sr-1, shape (samples,): night, Moon and Sun added."""
    radiance = sky.night(wavelength, some.elevation, some.sky_brightness)
    for lit, light in ((some.moon_elevation > 0.0, _moonlight), (some.sun_elevation > NIGHT, _sunlight)):
        at = np.flatnonzero(lit)
        if at.size:
            radiance[at] += light(some, at, wavelength, _air(some, at, wavelength, atmosphere))
    return radiance


def _air(some: Track, at: Ints, wavelength: float, atmosphere: Atmosphere) -> sky.Air:
    """Vertical depths (no unit) of what scatters over the stations of some samples."""
    rayleigh = bodhaine_1999(wavelength) * pressure_ratio(some.station_altitude[at])
    kind = atmosphere.kind
    return sky.Air(rayleigh, atmosphere.aerosol_depth(wavelength), kind.albedo, kind.asymmetry)


def _moonlight(some: Track, at: Ints, wavelength: float, air: sky.Air) -> Floats:
    """W m-3 sr-1 at some samples."""
    angles = (some.moon_elevation[at], some.moon_separation[at], some.moon_phase[at])
    return sky.krisciunas_schaefer_1991(wavelength, some.elevation[at], *angles, air)


def _sunlight(some: Track, at: Ints, wavelength: float, air: sky.Air) -> Floats:
    """W m-3 sr-1 at some samples."""
    return sky.sunlight(wavelength, some.elevation[at], some.sun_elevation[at], some.sun_separation[at], air)


def _from_satellite(some: Track, transmitter: Transmitter) -> Floats:
    """Irradiance of sunlight that the satellite reflects, above the air, W m-2 per m."""
    flux = np.zeros(some.range.shape)
    at = np.flatnonzero(some.sunlit > 0.0)
    if transmitter.sunlit_magnitude is None or not at.size:
        return flux
    seen = (some.range[at], some.sun_separation[at], some.sunlit[at])
    flux[at] = sky.reflected_sunlight(transmitter.wavelength, transmitter.sunlit_magnitude, *seen)
    return flux
