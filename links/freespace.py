"""Free-space links as channels: the beam, the pointing, the air and the receiver multiplied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from links import beam
from links.atmosphere import Atmosphere
from links.background import background
from links.channel import Channel, Floats, LossBudget
from links.telescope import Receiver, Transmitter

if TYPE_CHECKING:
    from ground import Track


def downlink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> Channel:
    """A satellite sends, a station receives: one channel with a link per pass, shape (samples,).

    `track` holds the samples of any number of passes. The factors of the loss are in `Channel.budget`.
    """
    shape = track.range.shape
    factors = {
        **_constant("transmitter optics", transmitter.optical_efficiency, shape),
        **_beam(track.range, transmitter, receiver),
        "atmosphere": atmosphere.transmittance(transmitter.wavelength, track.elevation, track.station_altitude),
        **_constant("receiver optics", receiver.optical_efficiency, shape),
    }
    budget = LossBudget(factors)
    nothing = np.zeros(shape)
    return Channel(
        links=len(track.passes),
        link=track.row,
        time=track.time,
        duration=track.duration,
        transmittance=budget.transmittance,
        background=background(track, transmitter, receiver),
        flip=nothing,
        log_variance=nothing,
        budget=budget,
    )


def _constant(name: str, value: float, shape: tuple[int, ...]) -> dict[str, Floats]:
    """A factor that is the same everywhere, left out when it is 1."""
    return {} if value == 1.0 else {name: np.broadcast_to(np.float64(value), shape)}


def _beam(distance: Floats, transmitter: Transmitter, receiver: Receiver) -> dict[str, Floats]:
    radius = _radius(distance, transmitter)
    factors = {"diffraction": _collected(distance, radius, transmitter, receiver)}
    if transmitter.pointing_jitter or transmitter.pointing_bias:
        rms, bias = transmitter.pointing_jitter * distance, transmitter.pointing_bias * distance
        factors["pointing"] = beam.pointing_mean(radius, rms, bias, receiver.aperture, receiver.obscuration)
    return factors


def _radius(distance: Floats, transmitter: Transmitter) -> Floats:
    """1/e2 radius at the receiver, in the transmitter's own convention."""
    angle = transmitter.divergence
    if angle is None:
        angle = 4.0 * transmitter.beam_quality * transmitter.wavelength / (np.pi * transmitter.aperture)
    elif transmitter.divergence_convention == "area-ratio":
        return beam.area_ratio_radius(distance, transmitter.aperture, angle)
    elif transmitter.divergence_convention == "fwhm":
        angle = angle / beam.FWHM_PER_1E2
    return beam.gaussian_radius(distance, angle, transmitter.wavelength)


def _collected(distance: Floats, radius: Floats, transmitter: Transmitter, receiver: Receiver) -> Floats:
    if transmitter.divergence is not None and transmitter.divergence_convention == "area-ratio":
        return beam.area_ratio(
            distance, transmitter.aperture, transmitter.divergence, receiver.aperture, receiver.obscuration
        )
    return beam.gaussian_collected(radius, receiver.aperture, receiver.obscuration)
