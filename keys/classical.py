"""The public talk of a block: what it costs in bytes, and what its authentication costs in key."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from keys.counts import TEST, Counts
from keys.security import Security
from links.channel import Floats

MESSAGE_NAMES = (
    "Bob's clicks and bases",
    "Alice's bases and intensities",
    "error correction and verification",
    "privacy amplification seed",
)
MESSAGES = len(MESSAGE_NAMES)
"""Each is authenticated with a one-time tag."""


@dataclass(frozen=True, eq=False)
class Classical:
    """Bytes over the classical link of n blocks, by purpose, and the key that authentication uses up."""

    announcement_bytes: Floats
    """Which pulses clicked, bases and intensities, and the test bits that are shown."""
    correction_bytes: Floats
    """Parities."""
    verification_bytes: Floats
    """The verification hash of each key, and the seed that it is drawn with."""
    amplification_bytes: Floats
    """Seed of the Toeplitz hash of each key."""
    authentication_bytes: Floats
    """Tags."""
    key_bits: Floats
    """Secret bits used up by one-time encryption of the tags; 0 where there is no key to protect."""

    @property
    def total_bytes(self) -> Floats:
        """All of it."""
        return sum(self.columns().values(), np.zeros_like(self.key_bits))

    def columns(self) -> dict[str, Floats]:
        """Whole bytes by purpose, under the names of the fields."""
        return {name: np.ceil(value) for name, value in vars(self).items() if name.endswith("_bytes")}


def messages(counts: Counts, secret: Floats, leaked: Floats, security: Security) -> Classical:
    """Size of each message: positions at their entropy, everything else as sent.

    Tags are of polynomial hashing under a one-time pad (Wegman and Carter 1981, doi:10.1016/0022-0000(81)90033-7):
    each costs t bits with (message / t) 2^-t at most its share of the authentication epsilon.
    """
    clicked, k = counts.detections, counts.intensities.shape[1]
    positions = clicked * (np.log2(np.maximum(counts.pulses, 1.0) / np.maximum(clicked, 1.0)) + 1.0 / np.log(2.0))
    shown = counts.clicks[:, TEST].sum(axis=1) if counts.source.key_bases == "one" else np.zeros_like(clicked)
    bob = positions + clicked + shown
    alice = clicked * (1.0 + np.ceil(np.log2(max(k, 2))))
    check = _verification(counts, security)
    seed = np.where(secret > 0, counts.sifted + secret - 1.0, 0.0)
    sizes = (bob, alice, leaked + check, seed)
    tags = [tag_bits(size, security.authentication / MESSAGES) for size in sizes]
    tag = np.where(secret > 0, np.sum(tags, axis=0), 0.0)
    return Classical((bob + alice) / 8.0, leaked / 8.0, check / 8.0, seed / 8.0, tag / 8.0, tag)


def _verification(counts: Counts, security: Security) -> Floats:
    """Bits of the verification hash of each key and of its Toeplitz seed, which is as long as the key and the hash."""
    keys = 2 if counts.source.key_bases == "both" else 1
    tag, used = verification_bits(security.correctness / keys), counts.clicks[:, :keys].sum(axis=(1, 2))
    return np.where(used > 0, used + keys * (2.0 * tag - 1.0), 0.0)


def verification_bits(correctness: float) -> int:
    """Length of a universal hash under which two different keys agree with probability `correctness` at most."""
    return math.ceil(math.log2(1.0 / correctness))


def tag_bits(message: Floats, epsilon: float) -> Floats:
    """Least whole t with (message / t + 1) 2^-t at most epsilon."""
    t = np.full(np.shape(message), np.ceil(np.log2(1.0 / epsilon)))
    for _ in range(4):
        t = np.ceil(np.log2((message / t + 1.0) / epsilon))
    return t
