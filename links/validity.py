"""Whether a free-space link lies inside the range in which its models' sources hold: each warns by its own name.

The atmosphere's own limits are in `Atmosphere.check`. All are `si.ValidityWarning`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from links import beam, slant
from links.atmosphere import Atmosphere, warn
from links.diffraction import NEAREST
from links.telescope import Receiver, Transmitter
from links.turbulence import coherence_at_satellite, fried_parameter

if TYPE_CHECKING:
    from ground import Track

SPECTRA = (350e-9, 1750e-9)
"""m; where the light of sky, Sun and Moon is known to `ground.sky`."""
NARROWEST = {None: 0.0, "area-ratio": 1.0, "1/e2": np.sqrt(2.0), "fwhm": np.sqrt(2.0) * beam.FWHM_PER_1E2}
"""Divergence with the on-axis intensity of a uniformly filled aperture, the highest there is, in 4 lambda / (pi D)."""


def check_downlink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> None:
    """Warn of each model that a downlink uses outside its validity."""
    _check_path(track, transmitter, atmosphere)
    _check_beam(transmitter)
    _check_image(track, transmitter.wavelength, receiver, atmosphere)


def check_uplink(track: Track, transmitter: Transmitter, receiver: Receiver, atmosphere: Atmosphere) -> None:
    """Warn of each model that an uplink uses outside its validity."""
    _check_path(track, transmitter, atmosphere)
    _check_beam(transmitter)
    _check_speckle(track, transmitter.wavelength, receiver, atmosphere)
    _check_spread(track, transmitter, atmosphere)


def check_fading(receiver: Receiver, radius: float) -> None:
    """Warn when the receiver is wider than a beam of 1/e2 `radius` in m: it then averages what pointing does."""
    if receiver.aperture > 2.0 * radius:
        warn("pointing_variance: the receiver is wider than the beam, whose fading it averages: the figure is too high")


def _check_path(track: Track, transmitter: Transmitter, atmosphere: Atmosphere) -> None:
    atmosphere.check(transmitter.wavelength, track.elevation, slant.altitudes(track))
    if track.range.size and track.range.min() < NEAREST:
        warn("diffraction, turbulence: a range below 100 km is inside the air, and too near for the fast diffraction")
    if not SPECTRA[0] <= transmitter.wavelength <= SPECTRA[1]:
        warn(f"background: {transmitter.wavelength * 1e9:.4g} nm is outside the sky's spectra, 350 to 1750 nm")


def _check_beam(transmitter: Transmitter) -> None:
    if transmitter.aperture < 10.0 * transmitter.wavelength:
        warn("diffraction: the sender's aperture is below ten wavelengths, where the paraxial theory fails")
    if transmitter.divergence is None:
        if transmitter.waist is None and transmitter.obscuration > 0.4:
            warn("klein_degnan_1974: an obscuration above 0.4 is outside the fit; give the waist")
        return
    if transmitter.divergence > 0.1:
        warn("divergence: above 0.1 rad the beam is outside the paraxial theory")
    limit = NARROWEST[transmitter.divergence_convention] * 4.0 * transmitter.wavelength / (np.pi * transmitter.aperture)
    if transmitter.divergence < limit:
        warn(
            f"divergence: {transmitter.divergence * 1e6:.3g} urad puts more light on axis than any optics of this "
            f"aperture can ({limit * 1e6:.3g} urad in this convention)"
        )


def _check_image(track: Track, wavelength: float, receiver: Receiver, atmosphere: Atmosphere) -> None:
    if atmosphere.turbulence is None:
        return
    if receiver.coupling == "fibre":
        if receiver.obscuration:
            warn("dikmelik_davidson_2005, noll_1976: turbulence is that of an aperture without obscuration")
        return
    lowest = min(slant.altitudes(track), default=0.0)
    if receiver.aperture < fried_parameter(atmosphere.turbulence, wavelength, station=lowest):
        warn("seeing_share: the telescope is smaller than r0, and its own diffraction is not in the image")


def _check_spread(track: Track, transmitter: Transmitter, atmosphere: Atmosphere) -> None:
    if atmosphere.turbulence is None or transmitter.divergence is not None or not track.range.size:
        return
    if track.range.min() < np.pi * transmitter.pupil_waist**2 / transmitter.wavelength:
        warn("long_term_spread: the satellite is in the near field of the beam; the spread is that of the far field")


def _check_speckle(track: Track, wavelength: float, receiver: Receiver, atmosphere: Atmosphere) -> None:
    if atmosphere.turbulence is None or not track.range.size:
        return
    if receiver.aperture > coherence_at_satellite(atmosphere.turbulence, wavelength, float(track.range.min())):
        warn("speckle: the satellite's telescope is wider than the speckles, which it averages: fading is too high")
