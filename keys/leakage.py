"""What error correction discloses, and what the classical talk costs."""

from __future__ import annotations

import numpy as np

from links.channel import Floats


def entropy(x: Floats) -> Floats:
    """Binary entropy in bits of x, clipped to [0, 1]."""
    x = np.minimum(np.maximum(x, 1e-300), 1.0)
    rest = np.maximum(1.0 - x, 1e-300)
    return np.asarray(-(x * np.log2(x) + rest * np.log2(rest)))


def phase_entropy(rate: Floats) -> Floats:
    """Binary entropy that stays 1 above one half: a bound on a rate, not a rate."""
    return entropy(np.minimum(rate, 0.5))


def efficient(bits: Floats, error_rate: Floats, efficiency: float) -> Floats:
    """f n h(Q) bits."""
    return np.asarray(efficiency * bits * entropy(error_rate))


def one_way_limit(bits: Floats, error_rate: Floats, correctness: float) -> Floats:
    """Least disclosure of any one-way code (Tomamichel et al. 2017, doi:10.1007/s11128-017-1709-5), in bits.

    A limit, not what a code achieves. The binomial quantile is the continuous one of the large-deviation expansion
    (within a bit or two of the exact, test_keys_leakage); 0 where nothing was counted or nothing is wrong.
    """
    usable = (bits >= 1) & (error_rate > 0) & (error_rate < 0.5)
    n, q = np.where(usable, bits, 1.0), np.where(usable, error_rate, 0.25)
    excess = _excess_errors(n, q, _deviate(correctness, n))
    limit = n * entropy(q) + (excess - 1.0) * np.log2((1.0 - q) / q) - 0.5 * np.log2(n) + np.log2(correctness)
    return np.where(usable, np.maximum(limit, 0.0), 0.0)


def _deviate(correctness: float, n: Floats) -> Floats:
    """Normal deviate of which the tail is correctness (1 + 1/sqrt n), to first order in ln(1 + 1/sqrt n)."""
    from statistics import NormalDist

    normal = NormalDist()
    z = -normal.inv_cdf(min(correctness, 0.5))
    return np.maximum(z - correctness / normal.pdf(z) * np.log1p(1.0 / np.sqrt(n)), 0.0)


def _excess_errors(n: Floats, q: Floats, z: Floats) -> Floats:
    """Errors above n q at the normal deviate z of their binomial distribution: 2 n D(q + x/n || q) = z^2.

    Newton from the quantile of second order in skewness, which is close enough for three steps.
    """
    x = z * np.sqrt(n * q * (1.0 - q)) + z**2 * (1.0 - 2.0 * q) / 6.0
    most = n * (1.0 - q) * (1.0 - 1e-12)
    for _ in range(3):
        x = np.minimum(np.maximum(x, 1e-6), most)
        right, wrong = np.log1p(-x / n / (1.0 - q)), np.log1p(x / n / q)
        share = q + x / n
        divergence = share * wrong + (1.0 - share) * right
        x = x - (n * divergence - 0.5 * z**2) / (wrong - right)
    return np.minimum(np.maximum(x, 0.0), most)


def disclosed(bits: Floats, error_rate: Floats, efficiency: float, correctness: float) -> Floats:
    """Bits charged for error correction: the larger of f n h(Q) and the one-way limit."""
    return np.maximum(efficient(bits, error_rate, efficiency), one_way_limit(bits, error_rate, correctness))
