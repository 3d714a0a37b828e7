"""How many of the clicks came from vacuum and from single photons: decoy-state bounds.

Pure functions. Intensities, probabilities and counts have the intensities on their last axis and broadcast over the
others; lower and upper are bounds of the expected counts.
"""

from __future__ import annotations

from math import factorial

import numpy as np

from links.channel import Floats


def photons(number: int, intensities: Floats, probabilities: Floats) -> Floats:
    """tau_n: probability that a pulse, of whichever intensity, has `number` photons (Poissonian)."""
    terms = probabilities * np.exp(-intensities) * intensities**number / factorial(number)
    return _added(terms)


def _added(terms: Floats) -> Floats:
    total = terms[..., 0]
    for j in range(1, terms.shape[-1]):
        total = total + terms[..., j]
    return total


def weights(intensities: Floats, probabilities: Floats) -> Floats:
    """e^mu / p: turns a count of one intensity into what Poissonian algebra works with."""
    return np.asarray(np.exp(intensities) / probabilities)


def two_decoy_vacuum(mu: Floats, tau0: Floats, lower: Floats, upper: Floats) -> Floats:
    """Least clicks on vacuum (Lim et al. 2014, equation 2); can be negative. `lower`, `upper` are weighted."""
    return np.asarray(tau0 * (mu[..., 1] * lower[..., 2] - mu[..., 2] * upper[..., 1]) / (mu[..., 1] - mu[..., 2]))


def two_decoy_single(mu: Floats, tau0: Floats, tau1: Floats, vacuum: Floats, lower: Floats, upper: Floats) -> Floats:
    """Least clicks on single photons (Lim et al. 2014, equation 3); can be negative."""
    squares = mu[..., 1] ** 2 - mu[..., 2] ** 2
    more = squares / mu[..., 0] ** 2 * (upper[..., 0] - vacuum / tau0)
    scale = tau1 * mu[..., 0] / (mu[..., 0] * (mu[..., 1] - mu[..., 2]) - squares)
    return np.asarray(scale * (lower[..., 1] - upper[..., 2] - more))


def decoy_errors(mu: Floats, tau1: Floats, lower: Floats, upper: Floats, pair: tuple[int, int] = (1, 2)) -> Floats:
    """Most errors on single photons from two intensities (Lim et al. 2014, equation 4; Rusca et al. 2018)."""
    strong, weak = pair
    return np.asarray(tau1 * (upper[..., strong] - lower[..., weak]) / (mu[..., strong] - mu[..., weak]))


def one_decoy_vacuum(mu: Floats, tau0: Floats, lower: Floats, upper: Floats) -> Floats:
    """Least clicks on vacuum (Rusca et al. 2018); can be negative."""
    return np.asarray(tau0 * (mu[..., 0] * lower[..., 1] - mu[..., 1] * upper[..., 0]) / (mu[..., 0] - mu[..., 1]))


def one_decoy_single(mu: Floats, tau0: Floats, tau1: Floats, vacuum: Floats, lower: Floats, upper: Floats) -> Floats:
    """Least clicks on single photons, given the MOST clicks on vacuum (Rusca et al. 2018); can be negative."""
    squares = (mu[..., 0] ** 2 - mu[..., 1] ** 2) / mu[..., 0] ** 2
    inside = lower[..., 1] - mu[..., 1] ** 2 / mu[..., 0] ** 2 * upper[..., 0] - squares * vacuum / tau0
    return np.asarray(tau1 * mu[..., 0] / (mu[..., 1] * (mu[..., 0] - mu[..., 1])) * inside)
