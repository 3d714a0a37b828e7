"""How much of a beam a telescope collects: pure functions of range and angle.

All functions broadcast. Lengths in metres, angles in radians; results are shares of the power that left the sender.
Conventions: `area_ratio` spreads the light evenly over a disc of diameter Dt + theta L; every other profile is a
Gaussian of 1/e2 intensity radius w. Where a profile is needed for an area-ratio beam (pointing), it is the Gaussian
of the same on-axis intensity, w = (Dt + theta L) / sqrt 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats

FWHM_PER_1E2 = float(np.sqrt(np.log(2.0) / 2.0))
"""Full width at half maximum of a Gaussian, in 1/e2 full widths: 0.5887."""


def area_ratio(
    distance: ArrayLike, sender: float, divergence: float, receiver: float, obscuration: float = 0.0
) -> Floats:
    """Share collected when the light fills a disc of diameter `sender + divergence * distance` evenly.

    `distance` any shape; diameters in m; `divergence` full angle in rad. Never above 1: a receiver larger than the
    disc takes it all, except what the linear central `obscuration` hides. Convention of Liao et al., Nature 549, 43
    (2017), doi:10.1038/nature23655, whose 22 dB at 1200 km it gives.
    """
    disc = sender + divergence * np.asarray(distance, dtype=float)
    return np.asarray(np.minimum((receiver / disc) ** 2, 1.0) * (1.0 - obscuration**2))


def area_ratio_radius(distance: ArrayLike, sender: float, divergence: float) -> Floats:
    """1/e2 radius in m of the Gaussian with the on-axis intensity of `area_ratio`'s disc: (Dt + theta L) / sqrt 2.

    `distance` in m, any shape; `sender` in m; `divergence` full angle in rad. Derived: a Gaussian of power 1 has
    2 / (pi w^2) on its axis, the disc 4 / (pi d^2) everywhere.
    """
    return np.asarray((sender + divergence * np.asarray(distance, dtype=float)) / np.sqrt(2.0))


def gaussian_radius(distance: ArrayLike, divergence: float, wavelength: float) -> Floats:
    """1/e2 radius in m of the Gaussian beam of 1/e2 full angle `divergence`, from its waist on.

    w^2 = w0^2 + (theta L / 2)^2 with w0 = 2 lambda / (pi theta); `distance`, any shape, and `wavelength` in m,
    `divergence` below 0.1 rad: paraxial (a link warns). Siegman, Lasers (1986), ch. 17.
    """
    waist = 2.0 * wavelength / (np.pi * divergence)
    return np.asarray(np.hypot(waist, 0.5 * divergence * np.asarray(distance, dtype=float)))


def gaussian_collected(radius: ArrayLike, receiver: float, obscuration: float = 0.0) -> Floats:
    """Share of a centred Gaussian of 1/e2 `radius` that an annular aperture of diameter `receiver` collects.

    exp(-2 ri^2 / w^2) - exp(-2 ro^2 / w^2), in a form that keeps its digits when the beam is wide. `radius` in m, any
    shape; `receiver` in m, its linear `obscuration` from 0 to below 1. Derived: the integral of the Gaussian, exact.
    """
    inverse = 0.5 * (receiver / np.asarray(radius, dtype=float)) ** 2
    if obscuration == 0.0:
        return np.asarray(-np.expm1(-inverse))
    return -np.exp(-inverse * obscuration**2) * np.expm1(-inverse * (1.0 - obscuration**2))


def gaussian_caught(
    radius: ArrayLike, receiver: float, obscuration: float, offset_rms: ArrayLike, bias: ArrayLike
) -> Floats:
    """Mean share of a Gaussian of 1/e2 `radius` that a receiver catches while the beam's axis misses its centre.

    `offset_rms` is the jitter in m at the receiver, of each axis; `bias` a constant offset in m; any shape. Exact:
    under a Gaussian jitter the mean beam is a Gaussian of w^2 + 4 s^2, and a disc off its axis catches what a
    noncentral chi-square of two degrees of freedom says.
    Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567.
    """
    spread = np.sqrt(np.asarray(radius, dtype=float) ** 2 + 4.0 * np.asarray(offset_rms, dtype=float) ** 2)
    if not np.any(bias):
        return gaussian_collected(spread, receiver, obscuration)
    from scipy.special import chndtr

    offset = (2.0 * np.asarray(bias, dtype=float) / spread) ** 2
    rims = [(receiver * rim / spread) ** 2 for rim in (1.0, obscuration)]
    return np.asarray(chndtr(rims[0], 2.0, offset) - chndtr(rims[1], 2.0, offset))


def equivalent_radius(share: ArrayLike, receiver: float) -> Floats:
    """1/e2 radius in m of the Gaussian of which a centred disc of this diameter in m collects `share` (0 to 1).

    Any shape; a share above 1 - 1e-12 is held there. Derived: the inverse of `gaussian_collected`.
    """
    return np.asarray(0.5 * receiver * np.sqrt(2.0 / -np.log1p(-np.minimum(share, 1.0 - 1e-12))))
