"""Entanglement-based BB84 (BBM92) with a source in the middle: key of short blocks."""

from __future__ import annotations

import numpy as np

from keys.leakage import entropy
from links.channel import Floats


def lim_2021(
    sifted: float, error_rate: float, secrecy: float, efficiency: float, tested: Floats, xi: Floats, nu: Floats
) -> Floats:
    """Key bits of a block of `sifted` bits (Lim, Xu, Pan, Ekert 2021, doi:10.1103/PhysRevLett.126.100501).

    `tested` is the share of bits shown for the error rate, 0 < xi < nu the two deviations it allows; all broadcast.
    A tenth of the failure probability goes to verification. -inf where the test alone fails more often than allowed.
    """
    k = tested * sifted
    n = sifted - k
    worst = sifted * (error_rate + xi)
    spread = 1.0 / (worst + 1.0) + 1.0 / (sifted - worst + 1.0)
    missed = np.exp(-2.0 * sifted * k * xi**2 / (n + 1.0)) + np.exp(-2.0 * spread * ((n * (nu - xi)) ** 2 - 1.0))
    left = secrecy * 0.9 - 2.0 * np.sqrt(missed)
    with np.errstate(divide="ignore"):
        cost = np.log2(secrecy / 10.0) + np.log2(4.0 * np.maximum(left, 0.0) ** 2)
    rate = 1.0 - entropy(np.minimum(error_rate + nu, 0.5)) - efficiency * entropy(np.array(error_rate))
    return np.asarray(np.where(nu > xi, n * rate + cost, -np.inf))


def best_of_lim_2021(sifted: float, error_rate: float, secrecy: float, efficiency: float) -> int:
    """Whole key bits of the best share of tested bits and deviations on a grid of three per cent steps."""
    tested, xi, nu = np.ix_(np.geomspace(0.02, 0.9, 80), np.geomspace(1e-3, 0.4, 120), np.geomspace(1e-3, 0.45, 120))
    best = float(lim_2021(sifted, error_rate, secrecy, efficiency, tested, xi, nu).max())
    return max(int(np.floor(best)), 0) if np.isfinite(best) else 0
