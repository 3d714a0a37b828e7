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
    multiphoton: Floats
    """(...) pulses of more than one photon that were sent in the key basis of both."""
    test_multiphoton: Floats
    """(...) the same for the test basis."""
    numbers: Floats | None
    """(k, numbers) P(0), P(1), ... of each intensity where the light is not Poissonian."""


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


def rusca_2018(tally: Tally, secrecy: float, fluctuation: bounds.Fluctuation) -> Estimate:
    """One decoy (Rusca, Boaron, Gruenenfelder, Martin, Zbinden 2018, doi:10.1063/1.5023340), appendix A.

    Needs mu1 > mu2 > 0. Each of the 19 parts is secrecy / 19.
    """
    epsilon = secrecy / 19.0
    vacuum, single, tested, errors = one_decoy(tally, epsilon, fluctuation)
    return estimate(epsilon, vacuum, single, tested, errors)


def one_decoy(tally: Tally, epsilon: float, fluctuation: bounds.Fluctuation) -> tuple[Floats, Floats, Floats, Floats]:
    """Vacuum and single-photon clicks of the key, single-photon clicks and errors of the test, from two intensities."""
    mu, p = tally.intensities, tally.probabilities
    tau0, tau1 = decoy.photons(0, mu, p), decoy.photons(1, mu, p)

    def basis(counts: Floats, wrong: Floats) -> tuple[Floats, Floats]:
        lower, upper = weighted(counts, mu, p, epsilon, fluctuation)
        _, errors = weighted(wrong, mu, p, epsilon, fluctuation)
        total, mistakes = counts.sum(axis=-1), wrong.sum(axis=-1)
        deviation = fluctuation(total[..., None], epsilon)[1][..., 0] - total
        most = 2.0 * (np.minimum(tau0 * errors.min(axis=-1), mistakes) + deviation)
        single = decoy.one_decoy_single(mu, tau0, tau1, np.minimum(most, total), lower, upper)
        vacuum = np.maximum(decoy.one_decoy_vacuum(mu, tau0, lower, upper), 0.0)
        return vacuum, np.minimum(np.maximum(single, 0.0), total)

    vacuum, single = basis(tally.key, tally.key_errors)
    _, tested = basis(tally.test, tally.test_errors)
    lower, upper = weighted(tally.test_errors, mu, p, epsilon, fluctuation)
    most = np.maximum(decoy.decoy_errors(mu, tau1, lower, upper, pair=(0, 1)), 0.0)
    return vacuum, single, tested, np.minimum(most, tally.test_errors.sum(axis=-1))


def wiesemann_2024(tally: Tally, secrecy: float, fluctuation: bounds.Fluctuation) -> Estimate:
    """One decoy (Wiesemann et al. 2026, arXiv:2405.16578), Serfling's sampling bound, no vacuum contribution.

    Each of the 15 parts is secrecy / 15.
    """
    epsilon = secrecy / 15.0
    _, single, tested, errors = one_decoy(tally, epsilon, fluctuation)
    usable = (tested > LEAST) & (single > LEAST)
    n, k = np.where(usable, single, 1.0), np.where(usable, tested, 1.0)
    gamma = np.where(usable, bounds.serfling(epsilon, k, n), np.inf)
    excess = np.where(usable, errors / k + gamma, np.inf)
    return Estimate(np.zeros_like(single), single, tested, errors, gamma, np.minimum(excess, 0.5), excess)


def yin_2020(tally: Tally, secrecy: float, fluctuation: bounds.Fluctuation) -> Estimate:
    """Two decoys, one of them vacuum (Yin et al. 2020, doi:10.1038/s41598-020-71107-6); key from the other two.

    Bounds the expectations first and from them what was realised. Each of the 23 parts is secrecy / 23.
    """
    epsilon, mu, p = secrecy / 23.0, tally.intensities, tally.probabilities
    bright, shares = mu[..., :2], p[..., :2]
    tau0, tau1 = decoy.photons(0, bright, shares), decoy.photons(1, bright, shares)

    def basis(counts: Floats) -> tuple[Floats, Floats]:
        lower, upper = weighted(counts, mu, p, epsilon, fluctuation)
        vacuum = tau0 * lower[..., 2]
        single = np.maximum(decoy.two_decoy_single(mu, np.ones_like(tau0), tau1, upper[..., 2], lower, upper), 0.0)
        realised = [np.maximum(bounds.chernoff_observed(v, epsilon)[0], 0.0) for v in (vacuum, single)]
        return realised[0], np.minimum(realised[1], counts[..., :2].sum(axis=-1))

    (vacuum, single), (_, tested) = basis(tally.key), basis(tally.test)
    wrong, nothing = (weighted(c, mu, p, epsilon, fluctuation) for c in (tally.test_errors, tally.test))
    expected = tau1 / mu[..., 1] * np.maximum(wrong[1][..., 1] - 0.5 * nothing[0][..., 2], 0.0)
    errors = np.minimum(bounds.chernoff_observed(expected, epsilon)[1], tally.test_errors[..., :2].sum(axis=-1))
    return _yin_phase(epsilon, vacuum, single, tested, errors)


def _yin_phase(epsilon: float, vacuum: Floats, single: Floats, tested: Floats, errors: Floats) -> Estimate:
    usable = (tested > LEAST) & (single > LEAST)
    n, k = np.where(usable, single, 1.0), np.where(usable, tested, 1.0)
    rate = errors / k
    inner = np.minimum(np.maximum(rate, 1e-12), 0.5)
    floor = bounds.zero_error_rate(epsilon**2, k, n)
    gamma = np.where(usable, np.maximum(bounds.yin_gamma(epsilon, inner, k, n), floor - rate), np.inf)
    excess = np.where(usable, rate + gamma, np.inf)
    return Estimate(vacuum, single, tested, errors, gamma, np.minimum(excess, 0.5), excess)


def tomamichel_2012(tally: Tally, secrecy: float, fluctuation: bounds.Fluctuation) -> Estimate:
    """Single photons (Tomamichel, Lim, Gisin, Renner 2012, doi:10.1038/ncomms1631): the test's error rate and mu.

    Needs one photon in every pulse that carries any.
    """
    single, tested = tally.key.sum(axis=-1), tally.test.sum(axis=-1)
    errors = tally.test_errors.sum(axis=-1)
    usable = (tested > LEAST) & (single > LEAST)
    n, k = np.where(usable, single, 1.0), np.where(usable, tested, 1.0)
    gamma = np.where(usable, bounds.serfling(secrecy / 4.0, k, n), np.inf)
    excess = np.where(usable, errors / k + gamma, np.inf)
    return Estimate(np.zeros_like(single), single, tested, errors, gamma, np.minimum(excess, 0.5), excess)
