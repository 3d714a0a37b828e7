"""From counts to what is secret in them: one function per security proof, named by its citation.

Pure functions of arrays that broadcast over blocks and keys. What they return is what the published formulas call
s_0, s_1, v_1, gamma and phi; the key length is put together in `distill`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keys import bounds, decoy
from links.channel import Floats

LEAST = 1e-10
"""Counts below this are none: it keeps ratios finite."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Sifted counts of one key: the basis that gives it, and the test basis that bounds its phase error."""

    key: Floats
    """(..., k) clicks."""
    test: Floats
    """(..., k) clicks."""
    key_errors: Floats
    """(..., k)"""
    test_errors: Floats
    """(..., k)"""
    intensities: Floats
    """(..., k)"""
    probabilities: Floats
    """(..., k)"""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a proof holds against the counts of a key; every array has the shape (...) of the keys."""

    vacuum: Floats
    """Least clicks on vacuum in the key basis: nobody else knows those bits."""
    single: Floats
    """Least clicks on single photons in the key basis."""
    test_single: Floats
    """Least clicks on single photons in the test basis."""
    test_errors: Floats
    """Most errors among them."""
    gamma: Floats
    """Added to their ratio for the phase error of the other basis, which nobody sampled."""
    phase_error: Floats
    """Bound on the phase error rate of the key's single photons, at most 1/2."""
    excess: Floats
    """The same before it was held at 1/2: says how far from a key a block is."""


def phase_error(epsilon: float, errors: Floats, tested: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """Gamma and phase error (not held at 1/2): Lim's, but never below what no error at all would allow.

    Lim's gamma is 0 times infinity at zero errors and too small for a handful of them; the floor `zero_error_rate`
    is sound there, and below Lim's figure from about twenty errors on. inf where nothing was tested.
    """
    usable = (tested > LEAST) & (rest > LEAST)
    n, k = np.where(usable, rest, 1.0), np.where(usable, tested, 1.0)
    rate = errors / k
    inner = np.minimum(np.maximum(rate, 1e-12), 1.0 - 1e-12)
    floor = bounds.zero_error_rate(epsilon**2, k, n)
    gamma = np.maximum(bounds.lim_gamma(epsilon, inner, k, n), floor - rate)
    return np.where(usable, gamma, np.inf), np.where(usable, rate + gamma, np.inf)


def weighted(
    counts: Floats, mu: Floats, p: Floats, epsilon: float, fluctuation: bounds.Fluctuation
) -> tuple[Floats, Floats]:
    """e^mu / p times the lower (at least 0) and upper bounds of the expected counts."""
    lower, upper = fluctuation(counts, epsilon)
    scale = decoy.weights(mu, p)
    return scale * np.maximum(lower, 0.0), scale * upper


def lim_2014(tally: Tally, secrecy: float, fluctuation: bounds.Fluctuation) -> Estimate:
    """Two decoys (Lim, Curty, Walenta, Xu, Zbinden 2014, doi:10.1103/PhysRevA.89.022307), equations 2 to 5.

    Needs mu1 > mu2 + mu3 and mu2 > mu3 >= 0. `secrecy` is the key's own; each of its 21 parts is secrecy / 21.
    """
    epsilon, mu, p = secrecy / 21.0, tally.intensities, tally.probabilities
    tau0, tau1 = decoy.photons(0, mu, p), decoy.photons(1, mu, p)

    def basis(counts: Floats) -> tuple[Floats, Floats]:
        lower, upper = weighted(counts, mu, p, epsilon, fluctuation)
        vacuum = np.maximum(decoy.two_decoy_vacuum(mu, tau0, lower, upper), 0.0)
        single = decoy.two_decoy_single(mu, tau0, tau1, vacuum, lower, upper)
        return vacuum, np.minimum(np.maximum(single, 0.0), counts.sum(axis=-1))

    (vacuum, single), (_, tested) = basis(tally.key), basis(tally.test)
    lower, upper = weighted(tally.test_errors, mu, p, epsilon, fluctuation)
    most = np.maximum(decoy.decoy_errors(mu, tau1, lower, upper), 0.0)
    errors = np.minimum(most, tally.test_errors.sum(axis=-1))
    return estimate(epsilon, vacuum, single, tested, errors)


def estimate(epsilon: float, vacuum: Floats, single: Floats, tested: Floats, errors: Floats) -> Estimate:
    """Complete an estimate with Lim's phase error."""
    gamma, excess = phase_error(epsilon, errors, tested, single)
    return Estimate(vacuum, single, tested, errors, gamma, np.minimum(excess, 0.5), excess)
