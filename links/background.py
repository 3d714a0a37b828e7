"""Stray photons that come in through the field stop and the filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ground import sky
from links.channel import Floats
from links.telescope import Receiver, Transmitter
from si import PLANCK, SPEED_OF_LIGHT

if TYPE_CHECKING:
    from ground import Track


def etendue(receiver: Receiver) -> float:
    """Collecting area times solid angle of the field stop, m2 sr; small angles."""
    area = np.pi / 4.0 * receiver.aperture**2 * (1.0 - receiver.obscuration**2)
    return float(area * np.pi / 4.0 * receiver.field_of_view**2)


def count_rate(radiance: Floats, wavelength: float, receiver: Receiver) -> Floats:
    """Photons per second at the detectors' faces from a sky of `radiance` in W m-2 sr-1 per m of wavelength.

    Any shape. The filter is narrow against the structure of the spectrum.
    """
    watt = radiance * (etendue(receiver) * receiver.filter_bandwidth * receiver.optical_efficiency)
    return watt * (wavelength / (PLANCK * SPEED_OF_LIGHT))


def background(track: Track, transmitter: Transmitter, receiver: Receiver) -> Floats:
    """Photons per second at the detectors' faces, shape (samples,), all detectors together."""
    radiance = sky.night(transmitter.wavelength, track.elevation, track.sky_brightness)
    return count_rate(radiance, transmitter.wavelength, receiver)
