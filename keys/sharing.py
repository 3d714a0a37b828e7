"""Giving a block's key back to the passes that it pools."""

from __future__ import annotations

import numpy as np

from links.channel import Floats, Ints


def share(secret_bits: Ints, block: Ints, sifted: Floats) -> Ints:
    """Whole bits of each pass, in proportion to its sifted bits, that add up exactly to its block's.

    `secret_bits` (blocks,), `block` (passes,) the block of each pass (-1: none, gets 0), `sifted` (passes,).
    Largest remainder; ties go to the earlier pass. A block without any sifted bits is shared evenly.
    """
    block, secret_bits = np.asarray(block), np.asarray(secret_bits)
    result = np.zeros(len(block), dtype=np.int64)
    inside = np.flatnonzero(block >= 0)
    own, blocks = block[inside], len(secret_bits)
    weight = np.asarray(sifted, dtype=np.float64)[inside]
    total = np.bincount(own, weights=weight, minlength=blocks)
    weight = np.where(total[own] > 0, weight, 1.0)
    total = np.bincount(own, weights=weight, minlength=blocks)
    exact = secret_bits[own] * (weight / total[own])
    whole = np.floor(exact).astype(np.int64)
    left = secret_bits - np.bincount(own, weights=whole, minlength=blocks).astype(np.int64)
    order = np.lexsort((inside, whole - exact, own))
    starts = np.searchsorted(own[order], np.arange(blocks))
    rank = np.arange(len(order)) - starts[own[order]]
    whole[order] += rank < left[own[order]]
    result[inside] = whole
    return result
