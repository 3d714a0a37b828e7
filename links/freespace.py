"""Free-space links as channels: the beam, the pointing, the air, turbulence and the receiver multiplied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from links import beam, diffraction, slant
from links.atmosphere import Atmosphere
from links.background import background, from_below
from links.blocks import Columns, blocks
from links.channel import Channel, Floats, LossBudget
from links.fading import log_normal_variance, pointing_variance
from links.propagation import beam_wander, fibre_coupling_in_vacuum, long_term_spread
from links.telescope import Receiver, Transmitter
from links.validity import check_downlink, check_fading, check_uplink

if TYPE_CHECKING:
    from ground import Track


def downlink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> Channel:
    """A satellite sends, a station receives: one channel with a link per pass, arrays of shape (samples,).

    `track` holds the samples of any number of passes over any stations. The named factors of the loss are in
    `Channel.budget`; the fading of scintillation and pointing is in `Channel.log_variance`. Samples are worked on in
    blocks, so that beside the results the memory does not grow with them. Warns outside the validity of a model
    (`si.ValidityWarning`). Source: each factor's own function.
    """
    check_downlink(track, transmitter, receiver, atmosphere)
    _check_fading(track, transmitter, receiver, moves=transmitter.pointing_jitter > 0)
    tables = _tables_down(track, transmitter.wavelength, receiver, atmosphere)

    def part(some: Track) -> _Part:
        at = slant.slant(some)
        sent = _Beam.of(some.range, transmitter, receiver)
        air = at(tables["atmosphere"])
        factors = {
            **_constant("transmitter optics", transmitter.optical_efficiency),
            "diffraction": sent.collected,
            **sent.pointing(transmitter, receiver),
            "atmosphere": air,
            **_coupling(receiver),
            **{name: at(tables[name]) for name in ("turbulence",) if name in tables},
            **_constant("receiver optics", receiver.optical_efficiency),
        }
        fading = sent.pointing_fading(transmitter)
        if "scintillation" in tables:
            fading = fading + log_normal_variance(at(tables["scintillation"]))
        return factors, background(some, transmitter, receiver, atmosphere, air), fading

    return _channel(track, receiver, part)


def uplink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> Channel:
    """A station sends, a satellite receives; otherwise as `downlink`.

    The turbulence lies at the sender, so the beam itself spreads and wanders: the factor "turbulence" is the mean over
    both, and the wander is part of the fading. With `transmitter.tip_tilt` the beam is steered by light from the
    satellite, which comes from behind where the beam must go by the point-ahead angle. Source: each factor's own
    function.
    """
    check_uplink(track, transmitter, receiver, atmosphere)
    _check_fading(track, transmitter, receiver, moves=transmitter.pointing_jitter > 0 or bool(atmosphere.turbulence))
    tables = _tables_up(track, transmitter, atmosphere)

    def part(some: Track) -> _Part:
        at = slant.slant(some)
        sent = _Beam.of(some.range, transmitter, receiver)
        air = at(tables["atmosphere"])
        spread, wander, index = _disturbed(some, at, transmitter, tables)
        broad = sent.broadened(spread, receiver)
        factors = {
            **_constant("transmitter optics", transmitter.optical_efficiency),
            "diffraction": sent.collected,
            **({} if atmosphere.turbulence is None else {"turbulence": _ratio(broad.collected, sent.collected)}),
            **broad.pointing(transmitter, receiver),
            "atmosphere": air,
            **_coupling(receiver),
            **_constant("receiver optics", receiver.optical_efficiency),
        }
        fading = broad.pointing_fading(transmitter, wander) + log_normal_variance(index)
        return factors, from_below(some, transmitter.wavelength, receiver, air), fading

    return _channel(track, receiver, part)


def _check_fading(track: Track, transmitter: Transmitter, receiver: Receiver, moves: bool) -> None:
    if moves and len(track.range):
        nearest = _Beam.of(np.array([track.range.min()]), transmitter, receiver)
        check_fading(receiver, float(nearest.radius[0]))


_Part = tuple[dict[str, Floats], Floats, Floats]
"""Of a block of samples: the factors, the stray photons per second, and the variance of ln(transmittance)."""


def _channel(track: Track, receiver: Receiver, part: Callable[[Track], _Part]) -> Channel:
    """The channel of a whole track from its parts, a block of samples at a time."""
    factors, columns = Columns(len(track.row)), Columns(len(track.row))
    names: tuple[str, ...] = ()
    for block in blocks(track.row):
        some, stray, fading = part(track.select(np.arange(block.start, block.stop)))
        names = tuple(some)
        factors.put(block, some)
        through = reduce(np.multiply, some.values())
        columns.put(block, {"transmittance": through, "background": stray, "log_variance": fading})
    return Channel(
        links=len(track.passes),
        link=track.row,
        time=track.time,
        duration=track.duration,
        transmittance=columns["transmittance"],
        background=columns["background"],
        flip=np.broadcast_to(np.float64(receiver.flip), track.row.shape),
        log_variance=columns["log_variance"],
        budget=LossBudget({name: factors[name] for name in names}),
    )


def _constant(name: str, value: float) -> dict[str, Floats]:
    """A factor that is the same everywhere, left out when it is 1."""
    return {} if value == 1.0 else {name: np.asarray(value)}


def _ratio(part: Floats, whole: Floats) -> Floats:
    """A share, held within (0, 1] against rounding."""
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
        """The Gaussian with `spread` (rad^2, 1/e2 half angle squared) added by turbulence, shapes (samples,)."""
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
        """Variance of the logarithm (no unit) that jitter gives, and `wander` (rad^2, both axes) of a beam going up.

        The beam at an instant is the mean one without its wander: w^2 less 2 L^2 wander.
        """
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


def _tables_down(track: Track, wavelength: float, receiver: Receiver, atmosphere: Atmosphere) -> dict[str, Floats]:
    """What a downlink reads by station and elevation: the air, and if it is turbulent what that does to the image."""
    altitudes, eddies = slant.altitudes(track), atmosphere.turbulence
    tables = {"atmosphere": slant.table(altitudes, lambda h: slant.transmittance(atmosphere, wavelength, h))}
    if eddies is None:
        return tables
    if receiver.coupling == "fibre":
        key = (eddies, wavelength, receiver.aperture, receiver.adaptive_modes)
        tables["turbulence"] = slant.table(altitudes, lambda h: slant.coupling(*key, h))
    else:
        field = (eddies, wavelength, receiver.field_of_view)
        tables["turbulence"] = slant.table(altitudes, lambda h: slant.seeing(*field, h))
    aperture = receiver.aperture
    tables["scintillation"] = slant.table(altitudes, lambda h: slant.scintillation(eddies, wavelength, aperture, h))
    return tables


def _tables_up(track: Track, transmitter: Transmitter, atmosphere: Atmosphere) -> dict[str, Floats]:
    """What an uplink reads by station and elevation; "decorrelation" by station and point-ahead angle."""
    altitudes, eddies, wavelength = slant.altitudes(track), atmosphere.turbulence, transmitter.wavelength
    tables = {"atmosphere": slant.table(altitudes, lambda h: slant.transmittance(atmosphere, wavelength, h))}
    if eddies is None:
        return tables
    tables["coherence"] = slant.table(altitudes, lambda h: slant.coherence(eddies, wavelength, h))
    tables["speckle"] = slant.table(altitudes, lambda h: slant.speckle(eddies, wavelength, h))
    if transmitter.tip_tilt:
        waist = _exit_radius(transmitter)
        tables["decorrelation"] = slant.table(altitudes, lambda h: slant.decorrelation(eddies, waist, h))
    return tables


def _coupling(receiver: Receiver) -> dict[str, Floats]:
    """Share of an undisturbed wave that a fibre takes, if there is one."""
    coupled = receiver.coupling == "fibre"
    return _constant("fibre coupling", fibre_coupling_in_vacuum(receiver.obscuration) if coupled else 1.0)


def _disturbed(
    track: Track, at: slant.Slant, transmitter: Transmitter, tables: dict[str, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Spread and wander of the uplink beam in rad^2, and the scintillation index at the satellite."""
    if "coherence" not in tables:
        nothing = np.zeros(track.range.shape)
        return nothing, nothing, nothing
    wavelength, waist = transmitter.wavelength, _exit_radius(transmitter)
    r0 = at(tables["coherence"])
    spread, wander = long_term_spread(wavelength, waist, r0), beam_wander(wavelength, waist, r0)
    if "decorrelation" in tables:
        left = _left_by_steering(track, at, tables["decorrelation"])
        spread, wander = spread - 2.0 * wander * (1.0 - left), wander * left
    return spread, wander, at(tables["speckle"])


def _exit_radius(transmitter: Transmitter) -> float:
    """1/e2 radius of the light in the exit pupil; half the aperture when only a divergence is known."""
    return transmitter.pupil_waist if transmitter.divergence is None else transmitter.aperture / 2.0


def _left_by_steering(track: Track, at: slant.Slant, table: Floats) -> Floats:
    """Share of the wander that is left after steering, per sample."""
    angle = np.abs(track.point_ahead) * slant.secant(track.elevation)
    return np.asarray(replace(at, **slant.place(angle / slant.WIDEST, at.station))(table))
