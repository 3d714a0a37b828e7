"""Entanglement-based BB84 (BBM92) with a source between the parties: key of short blocks."""

from __future__ import annotations

import numpy as np

from keys.bounds import yin_gamma, zero_error_rate
from keys.leakage import efficient, phase_entropy
from links.channel import Floats


def bbm92(bits: Floats, errors: Floats, secrecy: float, correctness: float, efficiency: float) -> Floats:
    """Secret bits (not rounded, at least 0) of both bases, `bits` and `errors` (..., 2) sifted in each.

    Each basis gives key whose phase error is bounded by the other's errors: entropic uncertainty (Tomamichel et al.
    2012, doi:10.1038/ncomms1631) with random sampling without replacement after Yin et al. 2020
    (doi:10.1038/s41598-020-71107-6), the source not trusted. Secrecy and correctness are halved between the keys.
    Error correction is charged f n h(Q) alone.
    """
    epsilon, other = secrecy / 8.0, (bits[..., ::-1], errors[..., ::-1])
    usable = (bits > 0) & (other[0] > 0)
    n, k = np.where(usable, bits, 1.0), np.where(usable, other[0], 1.0)
    rate = other[1] / k
    gamma = yin_gamma(epsilon, np.clip(rate, 1e-12, 0.5), k, n)
    phase = np.maximum(rate + gamma, zero_error_rate(epsilon**2, k, n))
    cost = np.log2(2.0 / ((secrecy / 2.0) ** 2 * (correctness / 2.0)))
    key = n * (1.0 - phase_entropy(phase)) - efficient(n, errors / n, efficiency) - cost
    return np.asarray(np.where(usable, np.maximum(key, 0.0), 0.0).sum(axis=-1))
