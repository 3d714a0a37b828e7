"""Free-space links as channels: the beam, the pointing, the air, turbulence and the receiver multiplied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from links import beam, diffraction, slant
from links.atmosphere import LOWEST_ELEVATION, Atmosphere, warn
from links.background import background, from_below
from links.channel import Channel, Floats, LossBudget
from links.fading import log_normal_variance, pointing_variance
from links.propagation import beam_wander, fibre_coupling_in_vacuum, long_term_spread
from links.telescope import Receiver, Transmitter
from links.turbulence import Turbulence

if TYPE_CHECKING:
    from ground import Track


def downlink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> Channel:
    """A satellite sends, a station receives: one channel with a link per pass, arrays of shape (samples,).

    `track` holds the samples of any number of passes over any stations. The named factors of the loss are in
    `Channel.budget`; the fading of scintillation and pointing is in `Channel.log_variance`. Warns outside the
    validity of a model (`si.ValidityWarning`).
    """
    _check(track, transmitter, atmosphere)
    at = slant.slant(track)
    sent = _Beam.of(track.range, transmitter, receiver)
    air = at(at.table(lambda h: slant.transmittance(atmosphere, transmitter.wavelength, h)))
    factors = {
        **_constant("transmitter optics", transmitter.optical_efficiency, air.shape),
        "diffraction": sent.collected,
        **sent.pointing(transmitter, receiver),
        "atmosphere": air,
        **_image(at, transmitter.wavelength, receiver, atmosphere.turbulence, air.shape),
        **_constant("receiver optics", receiver.optical_efficiency, air.shape),
    }
    fading = sent.pointing_fading(transmitter)
    if atmosphere.turbulence is not None:
        eddies = atmosphere.turbulence
        fading = fading + _scintillation(at, eddies, transmitter.wavelength, receiver.aperture)
    stray = background(track, transmitter, receiver, atmosphere, air)
    return _channel(track, factors, stray, receiver, np.broadcast_to(fading, air.shape))


def uplink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> Channel:
    """A station sends, a satellite receives; otherwise as `downlink`.

    The turbulence lies at the sender, so the beam itself spreads and wanders: the factor "turbulence" is the mean over
    both, and the wander is part of the fading. With `transmitter.tip_tilt` the beam is steered by light from the
    satellite, which comes from behind where the beam must go by the point-ahead angle.
    """
    _check(track, transmitter, atmosphere)
    at = slant.slant(track)
    sent = _Beam.of(track.range, transmitter, receiver)
    air = at(at.table(lambda h: slant.transmittance(atmosphere, transmitter.wavelength, h)))
    spread, wander, index = _disturbed(track, at, transmitter, atmosphere.turbulence)
    broad = sent.broadened(spread, receiver)
    factors = {
        **_constant("transmitter optics", transmitter.optical_efficiency, air.shape),
        "diffraction": sent.collected,
        **({} if atmosphere.turbulence is None else {"turbulence": _ratio(broad.collected, sent.collected)}),
        **broad.pointing(transmitter, receiver),
        "atmosphere": air,
        **_coupling(receiver, air.shape),
        **_constant("receiver optics", receiver.optical_efficiency, air.shape),
    }
    fading = broad.pointing_fading(transmitter, wander) + log_normal_variance(index)
    stray = from_below(track, transmitter.wavelength, receiver, air)
    return _channel(track, factors, stray, receiver, np.broadcast_to(fading, air.shape))


def _channel(track: Track, factors: dict[str, Floats], stray: Floats, receiver: Receiver, fading: Floats) -> Channel:
    budget = LossBudget(factors)
    return Channel(
        links=len(track.passes),
        link=track.row,
        time=track.time,
        duration=track.duration,
        transmittance=budget.transmittance,
        background=stray,
        flip=np.broadcast_to(np.float64(receiver.flip), fading.shape),
        log_variance=fading,
        budget=budget,
    )


def _check(track: Track, transmitter: Transmitter, atmosphere: Atmosphere) -> None:
    atmosphere.check(transmitter.wavelength, track.elevation)
    if transmitter.aperture < 10.0 * transmitter.wavelength:
        warn("diffraction: the sender's aperture is below ten wavelengths, where the paraxial theory fails")
    limit = (
        4.0 * transmitter.wavelength / (np.pi * transmitter.aperture) * _NARROWEST[transmitter.divergence_convention]
    )
    if transmitter.divergence is not None and transmitter.divergence < limit:
        warn(
            f"divergence: {transmitter.divergence * 1e6:.3g} urad puts more light on axis than any optics of this "
            f"aperture can ({limit * 1e6:.3g} urad in this convention)"
        )


_NARROWEST = {None: 0.0, "area-ratio": 1.0, "1/e2": np.sqrt(2.0), "fwhm": np.sqrt(2.0) * beam.FWHM_PER_1E2}
"""Divergence with the on-axis intensity of a uniformly filled aperture, the highest there is, in 4 lambda / (pi D)."""


def _constant(name: str, value: float, shape: tuple[int, ...]) -> dict[str, Floats]:
    """A factor that is the same everywhere, left out when it is 1."""
    return {} if value == 1.0 else {name: np.broadcast_to(np.float64(value), shape)}


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.asarray(np.clip(part / whole, 1e-300, 1.0))


@dataclass(frozen=True, eq=False)
class _Beam:
    """The mean beam at the receiver: what a centred receiver collects of it, and the Gaussian that stands for it."""

    distance: Floats
    collected: Floats
    radius: Floats
    exact: diffraction.Terminals | None = None
    """Set while the beam is still the diffraction pattern itself."""

    @classmethod
    def of(cls, distance: Floats, transmitter: Transmitter, receiver: Receiver) -> _Beam:
        """The beam in vacuum, in the transmitter's own convention."""
        angle, size, hole = transmitter.divergence, receiver.aperture, receiver.obscuration
        if angle is None:
            exact = _terminals(transmitter, receiver)
            share = diffraction.interpolated(diffraction.steady(exact), distance)
            return cls(distance, share, beam.equivalent_radius(share, size * np.sqrt(1.0 - hole**2)), exact)
        if transmitter.divergence_convention == "area-ratio":
            radius = beam.area_ratio_radius(distance, transmitter.aperture, angle)
            return cls(distance, beam.area_ratio(distance, transmitter.aperture, angle, size, hole), radius)
        width = angle / beam.FWHM_PER_1E2 if transmitter.divergence_convention == "fwhm" else angle
        radius = beam.gaussian_radius(distance, width, transmitter.wavelength)
        return cls(distance, beam.gaussian_collected(radius, size, hole), radius)

    def broadened(self, spread: Floats, receiver: Receiver) -> _Beam:
        """The Gaussian with `spread` (rad^2, 1/e2 half angle squared) added by turbulence."""
        radius = np.sqrt(self.radius**2 + spread * self.distance**2)
        wider = beam.gaussian_collected(radius, receiver.aperture, receiver.obscuration)
        before = beam.gaussian_collected(self.radius, receiver.aperture, receiver.obscuration)
        return _Beam(self.distance, self.collected * np.minimum(wider / before, 1.0), radius)

    def pointing(self, transmitter: Transmitter, receiver: Receiver) -> dict[str, Floats]:
        """The factor by which jitter and bias lower the mean, if there are any."""
        if not (transmitter.pointing_jitter or transmitter.pointing_bias):
            return {}
        if self.exact is not None:
            return {"pointing": _ratio(diffraction.interpolated(self.exact, self.distance), self.collected)}
        miss = (transmitter.pointing_jitter * self.distance, transmitter.pointing_bias * self.distance)
        caught = beam.gaussian_caught(self.radius, receiver.aperture, receiver.obscuration, *miss)
        centred = beam.gaussian_collected(self.radius, receiver.aperture, receiver.obscuration)
        return {"pointing": _ratio(caught, centred)}

    def pointing_fading(self, transmitter: Transmitter, wander: Floats | float = 0.0) -> Floats:
        """Variance of the logarithm that jitter gives, and `wander` (rad^2, both axes) of a beam going up."""
        variance = transmitter.pointing_jitter**2 + np.asarray(wander, dtype=float) / 2.0
        if not np.any(variance):
            return np.zeros(())
        instant = self.radius**2 - 2.0 * wander * self.distance**2
        return log_normal_variance(pointing_variance(np.sqrt(instant), np.sqrt(variance) * self.distance))


def _terminals(transmitter: Transmitter, receiver: Receiver) -> diffraction.Terminals:
    return diffraction.Terminals(
        wavelength=transmitter.wavelength * transmitter.beam_quality,
        sender=transmitter.aperture,
        sender_obscuration=transmitter.obscuration,
        waist=transmitter.pupil_waist,
        receiver=receiver.aperture,
        receiver_obscuration=receiver.obscuration,
        jitter=transmitter.pointing_jitter,
        bias=transmitter.pointing_bias,
    )


def _image(
    at: slant.Slant, wavelength: float, receiver: Receiver, turbulence: Turbulence | None, shape: tuple[int, ...]
) -> dict[str, Floats]:
    """What turbulence takes out of the image at the field stop or the fibre."""
    factors = _coupling(receiver, shape)
    if turbulence is None:
        return factors
    if receiver.coupling == "fibre":
        key = (turbulence, wavelength, receiver.aperture, receiver.adaptive_modes)
        return {**factors, "turbulence": at(at.table(lambda h: slant.coupling(*key, h)))}
    field = (turbulence, wavelength, receiver.field_of_view)
    return {**factors, "turbulence": at(at.table(lambda h: slant.seeing(*field, h)))}


def _coupling(receiver: Receiver, shape: tuple[int, ...]) -> dict[str, Floats]:
    coupled = receiver.coupling == "fibre"
    return _constant("fibre coupling", fibre_coupling_in_vacuum(receiver.obscuration) if coupled else 1.0, shape)


def _scintillation(at: slant.Slant, turbulence: Turbulence, wavelength: float, aperture: float) -> Floats:
    return log_normal_variance(at(at.table(lambda h: slant.scintillation(turbulence, wavelength, aperture, h))))


def _disturbed(
    track: Track, at: slant.Slant, transmitter: Transmitter, turbulence: Turbulence | None
) -> tuple[Floats, Floats, Floats]:
    """Spread and wander of the uplink beam in rad^2, and the scintillation index at the satellite."""
    nothing = np.zeros(track.range.shape)
    if turbulence is None:
        return nothing, nothing, nothing
    wavelength, waist = transmitter.wavelength, _exit_radius(transmitter)
    r0 = at(at.table(lambda h: slant.coherence(turbulence, wavelength, h)))
    spread = long_term_spread(wavelength, waist, r0)
    wander = np.minimum(beam_wander(wavelength, waist, r0), spread / 2.0)
    if transmitter.tip_tilt:
        left = _left_by_steering(track, at, turbulence, waist)
        spread, wander = spread - 2.0 * wander * (1.0 - left), wander * left
    index = at(at.table(lambda h: slant.speckle(turbulence, wavelength, h)))
    return spread, wander, index


def _exit_radius(transmitter: Transmitter) -> float:
    """1/e2 radius of the light in the exit pupil; half the aperture when only a divergence is known."""
    return transmitter.pupil_waist if transmitter.divergence is None else transmitter.aperture / 2.0


def _left_by_steering(track: Track, at: slant.Slant, turbulence: Turbulence, waist: float) -> Floats:
    """Share of the wander that is left after steering, per sample."""
    angle = np.abs(track.point_ahead) / np.sin(np.maximum(track.elevation, LOWEST_ELEVATION))
    tables = at.table(lambda h: slant.decorrelation(turbulence, waist, h))
    return np.asarray(replace(at, **slant.place(angle / slant.WIDEST, at.station))(tables))
