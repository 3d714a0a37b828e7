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
    from scipy.special import ndtri

    usable = (bits >= 1) & (error_rate > 0) & (error_rate < 0.5)
    n, q = np.where(usable, bits, 1.0), np.where(usable, error_rate, 0.25)
    excess = _excess_errors(n, q, ndtri(np.minimum(correctness * (1.0 + 1.0 / np.sqrt(n)), 0.5)))
    limit = n * entropy(q) + (excess - 1.0) * np.log2((1.0 - q) / q) - 0.5 * np.log2(n) - np.log2(1.0 / correctness)
    return np.where(usable, np.maximum(limit, 0.0), 0.0)


def _excess_errors(n: Floats, q: Floats, z: Floats) -> Floats:
    """Errors above n q at the normal deviate -z of their binomial distribution: 2 n D(q + x/n || q) = z^2 by Newton."""
    x = np.abs(z) * np.sqrt(n * q * (1.0 - q))
    for _ in range(6):
        share = np.minimum(q + x / n, 1.0 - 1e-12)
        divergence = share * np.log(share / q) + (1.0 - share) * np.log((1.0 - share) / (1.0 - q))
        slope = np.log(share * (1.0 - q) / (q * (1.0 - share)))
        x = np.clip(x - (n * divergence - 0.5 * z**2) / np.maximum(slope, 1e-12), 0.0, n * (1.0 - q))
    return x


def disclosed(bits: Floats, error_rate: Floats, efficiency: float, correctness: float) -> Floats:
    """Bits charged for error correction: the larger of f n h(Q) and the one-way limit."""
    return np.maximum(efficient(bits, error_rate, efficiency), one_way_limit(bits, error_rate, correctness))
