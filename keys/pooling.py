"""What pooling passes into one block gains, or loses, against a block for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keys.counts import Counts
from keys.distill import distill
from keys.keylength import Keys
from keys.security import Security
from links.channel import Ints


@dataclass(frozen=True, eq=False)
class Pooling:
    """The same counts both ways."""

    pooled: Keys
    """One row per block."""
    apart: Keys
    """One row per pass of any block, in the order of the passes."""
    gain: Ints
    """(blocks,) secret bits of the pooled block less the sum of its passes' own; negative where pooling loses."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Which way is better for each block, and by how much."""
        return tuple(
            f"pooled: {gain} bits more than a block for each pass" if gain >= 0
            else f"apart: {-gain} bits more than pooled, since the passes' error rates differ"
            for gain in self.gain.tolist()
        )  # fmt: skip


def pooling(counts: Counts, block: Ints, security: Security) -> Pooling:
    """Distill passes pooled and apart; `block` (n,) numbers each pass's block, -1 leaves a pass out.

    Pooling shares the finite-key cost, but entropy is concave: passes of different error rates can lose by it. The
    security parameters hold for each block, so k passes apart have k times their failure probability in total.
    """
    block = np.asarray(block)
    pooled = distill(counts.pool(block), security)
    apart = distill(counts.select(block >= 0), security)
    sums = np.bincount(block[block >= 0], weights=apart.secret_bits, minlength=len(pooled)).astype(np.int64)
    return Pooling(pooled, apart, pooled.secret_bits - sums)
