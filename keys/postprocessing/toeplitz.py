"""Toeplitz hashing with FFT: privacy amplification and verification tags, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
"""One bit per byte, 0 or 1."""
BLOCK = 1 << 23
"""Bits of input and output handled at once: about 700 MB of work space whatever the length of the key."""
SAFE = 0.25
"""Distance from a whole number at which a convolution could be rounded wrongly."""


def toeplitz(bits: Bits, seed: Bits, length: int, block: int = BLOCK) -> Bits:
    """Hash n bits to `length` bits with the Toeplitz matrix T[i, j] = seed[i - j + n - 1], modulo 2.

    `seed` has n + length - 1 bits. Double precision; raises ArithmeticError if rounding is ever in doubt.
    Krawczyk 1994 (doi:10.1007/3-540-48658-5_15).
    """
    n = len(bits)
    if len(seed) != max(n + length - 1, 0):
        raise ValueError(f"the seed has {len(seed)} bits; {n} bits to {length} need {n + length - 1}")
    block = min(block, 1 << max(int(np.ceil(np.log2(max(n, length, 2)))), 1))
    starts = range(0, length, block)
    parts = [_rows(bits, seed, start, min(block, length - start), block) for start in starts]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint8)


def _rows(bits: Bits, seed: Bits, start: int, rows: int, block: int) -> Bits:
    """Output bits start to start + rows: blocks of input are summed before the one inverse transform."""
    n, size = len(bits), 2 * block
    total = np.zeros(block + 1, dtype=np.complex128)
    for first in range(0, n, block):
        some = bits[first : first + block]
        low = start - (first + len(some) - 1) + n - 1
        padded = np.zeros(block)
        padded[block - len(some) :] = some  # every block ends alike, so that one inverse serves their sum
        diagonal = seed[low : low + rows + len(some) - 1]
        total += np.fft.rfft(padded, size) * np.fft.rfft(diagonal.astype(np.float64), size)
    sums = np.fft.irfft(total, size)[block - 1 : block - 1 + rows]
    whole = np.rint(sums)
    if np.max(np.abs(sums - whole), initial=0.0) > SAFE:
        raise ArithmeticError("privacy amplification: rounding in doubt; use a smaller block")
    return (whole.astype(np.int64) & 1).astype(np.uint8)
