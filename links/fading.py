"""How the received power fluctuates: scintillation, pointing, and the margin an outage costs.

A margin is what must be added to a link so that it fails seldom; it is no loss, and no factor of a `LossBudget`.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats


def scintillation_index(rytov: ArrayLike) -> Floats:
    """Variance of normalised irradiance from the Rytov variance, weak to saturated, plane wave; any shape.

    Andrews & Phillips 2005, ch. 9; used for slant paths in ch. 12.
    """
    rytov = np.asarray(rytov, dtype=float)
    saturation = rytov**1.2
    large = 0.49 * rytov / (1.0 + 1.11 * saturation) ** (7 / 6)
    small = 0.51 * rytov / (1.0 + 0.69 * saturation) ** (5 / 6)
    return np.asarray(np.expm1(large + small))


def log_normal_variance(*relative_variances: ArrayLike) -> Floats:
    """Variance of ln(I) of a log-normal with the relative variance of a product of independent factors."""
    return np.asarray(sum(np.log1p(np.asarray(variance, dtype=float)) for variance in relative_variances))


def pointing_variance(radius: ArrayLike, offset_rms: ArrayLike) -> Floats:
    """Relative variance of the power on axis of a Gaussian of 1/e2 `radius` under jitter `offset_rms` of each axis.

    1 / (b (b + 2)) with b = w^2 / (4 s^2): the irradiance is u^(1/b), u uniform. Same units for both; any shape.
    Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567.
    """
    inverse = 4.0 * (np.asarray(offset_rms, dtype=float) / np.asarray(radius, dtype=float)) ** 2
    return np.asarray(inverse**2 / (1.0 + 2.0 * inverse))


def pointing_fade_probability(fraction: ArrayLike, radius: ArrayLike, offset_rms: ArrayLike) -> Floats:
    """Probability that jitter takes the irradiance below `fraction` (0 to 1) of its value on axis: fraction^b.

    b = w^2 / (4 s^2). Toyoshima et al., J. Opt. Soc. Am. A 19, 567 (2002), doi:10.1364/JOSAA.19.000567.
    """
    power = (np.asarray(radius, dtype=float) / (2.0 * np.asarray(offset_rms, dtype=float))) ** 2
    return np.asarray(np.asarray(fraction, dtype=float) ** power)


def outage_margin(log_variance: float, probability: float) -> float:
    """Optical depth below the mean transmittance that a log-normal fade exceeds with this probability.

    A margin beside the mean loss, never part of it. 0 < probability < 1.
    """
    return -NormalDist().inv_cdf(probability) * sqrt(log_variance) + 0.5 * log_variance
