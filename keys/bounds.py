"""Statistical fluctuations: how far an expectation can lie from a count, and a rate from a sample.

Pure functions that broadcast. Counts have the intensities on their last axis; `epsilon` is the probability that ONE
bound fails. Lower bounds are as published: they can be negative, and the caller clips them at 0.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from links.channel import Floats

Fluctuation = Callable[[Floats, float], tuple[Floats, Floats]]
"""Counts (..., k) and epsilon to the lower and upper bounds (..., k) of their expectations."""


def hoeffding(counts: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """One deviation sqrt(n ln(1/epsilon) / 2) for all intensities, n their total (Hoeffding 1963; Lim et al. 2014)."""
    deviation = np.sqrt(0.5 * _total(counts) * np.log(1.0 / epsilon))
    return counts - deviation, counts + deviation


def azuma(counts: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """As Hoeffding without independence: sqrt(2 n ln(1/epsilon)) (Azuma 1967; Wiesemann et al. 2024)."""
    deviation = np.sqrt(2.0 * _total(counts) * np.log(1.0 / epsilon))
    return counts - deviation, counts + deviation


def chernoff(counts: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """From observed counts to their expectations (Yin et al. 2020, doi:10.1038/s41598-020-71107-6)."""
    beta = np.log(1.0 / epsilon)
    lower = counts - 0.5 * beta - np.sqrt(2.0 * beta * counts + 0.25 * beta**2)
    return lower, counts + beta + np.sqrt(2.0 * beta * counts + beta**2)


def chernoff_observed(expected: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """From expectations to what can be observed (Yin et al. 2020, doi:10.1038/s41598-020-71107-6)."""
    beta = np.log(1.0 / epsilon)
    upper = expected + 0.5 * beta + np.sqrt(2.0 * beta * expected + 0.25 * beta**2)
    return expected - np.sqrt(2.0 * beta * expected), upper


def asymptotic(counts: Floats, epsilon: float) -> tuple[Floats, Floats]:
    """No fluctuation: the limit of long keys, not a finite-key bound."""
    return counts, counts


def _total(counts: Floats) -> Floats:
    """Sum over the last axis, in its order, kept as an axis of length 1."""
    total = counts[..., :1].copy()
    for j in range(1, counts.shape[-1]):
        total += counts[..., j : j + 1]
    return total


def lim_gamma(epsilon: float, rate: Floats, tested: Floats, rest: Floats) -> Floats:
    """Excess of the error rate of `rest` bits over the `rate` of `tested` ones (Lim et al. 2014, equation 5).

    0 < rate < 1. An asymptotic form of the hypergeometric tail: poor for a handful of errors, see `zero_error_rate`.
    """
    sizes, spread = (tested + rest) / (tested * rest), (1.0 - rate) * rate
    log = np.log2(sizes / spread / epsilon**2)
    return np.asarray(np.sqrt(sizes * spread / np.log(2.0) * np.maximum(log, 0.0)))


def yin_gamma(epsilon: float, rate: Floats, tested: Floats, rest: Floats) -> Floats:
    """As `lim_gamma`, one-sided and tighter (Yin et al. 2020, random sampling without replacement)."""
    n, k = rest, tested
    largest, total = np.maximum(n, k), n + k
    spread = rate * (1.0 - rate)
    g = total / (n * k) * np.maximum(np.log(total / (2.0 * np.pi * n * k * spread * epsilon**2)), 0.0)
    ratio = largest / total
    numerator = (1.0 - 2.0 * rate) * ratio * g + np.sqrt((ratio * g) ** 2 + 4.0 * spread * g)
    return np.asarray(numerator / (2.0 + 2.0 * ratio**2 * g))


def serfling(epsilon: float, tested: Floats, rest: Floats) -> Floats:
    """Excess of the error rate of `rest` bits over that of `tested` ones (Serfling 1974), whatever the rate."""
    sizes = (tested + rest) / (tested * rest) * (tested + 1.0) / tested
    return np.asarray(np.sqrt(sizes * np.log(1.0 / epsilon)))


def zero_error_rate(epsilon: float, tested: Floats, rest: Floats) -> Floats:
    """Largest error rate of `rest` bits when `tested` ones drawn at random had none, but for probability `epsilon`.

    Sampling without replacement is at least as concentrated as with (Hoeffding 1963): with a share q of errors among
    all bits, no error is seen with probability at most (1 - q)^tested. It is a floor for every count of errors, since
    more errors never mean a smaller rate.
    """
    share = -np.expm1(np.log(epsilon) / tested)
    return np.asarray(share * (tested + rest) / rest)
