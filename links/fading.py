"""How the received power fluctuates: scintillation, pointing, and the margin an outage costs.

A margin is what must be added to a link so that it fails seldom; it is no loss, and no factor of a `LossBudget`.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats


def scintillation_index(rytov: ArrayLike) -> Floats:
    """Variance of normalised irradiance (no unit) at a point, from the Rytov variance; any shape.

    Plane wave, weak to saturated, no inner or outer scale. Andrews & Phillips, Laser Beam Propagation through Random
    Media, 2nd ed. (2005), ch. 9, doi:10.1117/3.626196; used for slant paths in ch. 12.
    """
    return _flux_index(np.asarray(rytov, dtype=float), np.zeros(()))


def averaged_scintillation_index(rytov: ArrayLike, averaging: ArrayLike) -> Floats:
    """Variance of the normalised power (no unit) through an aperture, weak to saturated; shapes broadcast.

    `averaging`, 0 to 1, is the share of the variance that the aperture leaves in weak turbulence. It says how large
    the aperture is against the speckles, for a plane wave as of Andrews & Phillips 2005, ch. 10, eq. 69
    (doi:10.1117/3.626196); their law for a uniform path is then carried to any strength. Derived: that a slant path
    behaves as the uniform one with the same weak averaging.
    """
    size, share = _weak_averaging()
    at = np.interp(-np.log(np.clip(averaging, 1e-12, 1.0)), share, size)
    return _flux_index(np.asarray(rytov, dtype=float), np.expm1(at))


def _flux_index(rytov: Floats, size: Floats) -> Floats:
    """Flux variance from the Rytov variance and size = k D^2 / (4 L)."""
    saturation = rytov**1.2
    large = 0.49 * rytov / (1.0 + 0.65 * size + 1.11 * saturation) ** (7 / 6)
    small = 0.51 * rytov * (1.0 + 0.69 * saturation) ** (-5 / 6) / (1.0 + 0.90 * size + 0.62 * size * saturation)
    return np.asarray(np.expm1(large + small))


@cache
def _weak_averaging() -> tuple[Floats, Floats]:
    """ln(1 + k D^2 / (4 L)), and minus the logarithm of the averaging of `_flux_index` in weak turbulence."""
    logarithm = np.linspace(0.0, 35.0, 701)
    size = np.expm1(logarithm)
    return logarithm, -np.log(0.49 / (1.0 + 0.65 * size) ** (7 / 6) + 0.51 / (1.0 + 0.90 * size))


def log_normal_variance(*relative_variances: ArrayLike) -> Floats:
    """Variance of ln(I) (no unit) of a log-normal with the relative variance of a product of independent factors.

    Derived: the log-normal of relative variance v has ln(1 + v), and independent logarithms add. Shapes broadcast.
    """
    return np.asarray(sum(np.log1p(np.asarray(variance, dtype=float)) for variance in relative_variances))


def pointing_variance(radius: ArrayLike, offset_rms: ArrayLike) -> Floats:
    """Relative variance of the power on axis of a Gaussian of 1/e2 `radius` under jitter `offset_rms` of each axis.

    1 / (b (b + 2)) with b = w^2 / (4 s^2): the irradiance is u^(1/b), u uniform. Both in m, or both in rad; any
    shape; no unit. For a receiver smaller than the beam (a link warns otherwise).
    Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567.
    """
    inverse = 4.0 * (np.asarray(offset_rms, dtype=float) / np.asarray(radius, dtype=float)) ** 2
    return np.asarray(inverse**2 / (1.0 + 2.0 * inverse))


def pointing_fade_probability(fraction: ArrayLike, radius: ArrayLike, offset_rms: ArrayLike) -> Floats:
    """Probability that jitter takes the irradiance below `fraction` (0 to 1) of its value on axis: fraction^b.

    b = w^2 / (4 s^2); `radius` w and `offset_rms` s in m, or both in rad; shapes broadcast. Toyoshima et al., J. Opt.
    Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567.
    """
    power = (np.asarray(radius, dtype=float) / (2.0 * np.asarray(offset_rms, dtype=float))) ** 2
    return np.asarray(np.asarray(fraction, dtype=float) ** power)


def outage_margin(log_variance: float, probability: float) -> float:
    """Optical depth (no unit) below the mean transmittance that a log-normal fade exceeds with this probability.

    A margin beside the mean loss, never part of it. 0 < probability < 1, else ValueError. Derived: the quantile of
    the normal ln(I), whose mean is -log_variance / 2 where the mean of I is 1.
    """
    return -NormalDist().inv_cdf(probability) * sqrt(log_variance) + 0.5 * log_variance
