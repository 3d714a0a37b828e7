"""Low-density parity checks: error correction in few messages, its rate adapted to each part of the key.

Alice sends the parities of a sparse code, at first only the sums of pairs of them; as long as Bob cannot decode, she
sends more single ones, which splits the sums, until he can. That is rate adaptation by puncturing (Elkouss,
Martinez-Mateo, Martin 2012, arXiv:1103.6149) in the blind way of Martinez-Mateo, Elkouss, Martin 2012
(Quantum Inf. Comput. 12, 791): the sum of two parities hides one bit, and the bit is what she sends next. Every bit
that either of them sends is counted as disclosed, Bob's answers too, and nothing else is sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keys.leakage import efficient, one_way_limit
from keys.postprocessing.belief import Beliefs, Search, network, paired
from keys.postprocessing.correction import Correction
from keys.postprocessing.tanner import graph

Bits = NDArray[np.uint8]
LEAST = 128
"""Bits that are fewer are sent as they are."""
FRAME = 1 << 17
"""Most bits of one codeword: longer ones gain little and leave the processor's cache."""
STEP, FEWEST = 0.005, 4
"""How many parities more are sent at a time: this share of those sent at first, but not fewer than that many."""
PATIENCE, LAST = 12, 60
"""Exchanges of messages without fewer wrong parities after which more is sent, or, with all sent, it has failed."""
REACH = 0.9
"""Highest rate of the table of degrees; codes above use the same degrees, and need more."""
START, RESERVE, DOUBT = (1.04, 1.12), (1.12, 1.22), 1e-3
"""First sent over the Shannon limit, within reach and beyond; and all parities over the least that a one-way code of
this length needs but for this probability. The less is held back, the better a code is (design/keys.md)."""


def ldpc(alice: Bits, bob: Bits, error_rate: float, seed: int) -> Correction:
    """Correct Bob's bits towards Alice's, given their estimated error rate; `seed` is public.

    Alice's bits are only ever looked at through the parities that she sends. Parts that cannot be decoded stay as
    they were and are counted in `Correction.failed`. It can also be wrong unnoticed: verify.
    """
    n, fixed = len(alice), bob.copy()
    if n < LEAST:
        return Correction(alice.copy(), n, 1)
    order = np.random.default_rng(seed).permutation(n)
    found = []
    for rows in np.array_split(order, -(-n // FRAME)):
        part = _Part(alice[rows], bob[rows], error_rate)
        fixed[rows] = part.decoded()
        found.append((part.sent + part.rounds, part.rounds, part.failed))  # one bit of Bob's for each message
    sent, rounds, failed = zip(*found, strict=True)
    return Correction(fixed, sum(sent), max(rounds), sum(failed))


def sizes(bits: int, error_rate: float) -> tuple[int, int]:
    """Parities that are sent at first and that there are: from near the Shannon limit to what short codes need."""
    n, q = np.array(float(bits)), np.array(min(max(error_rate, 1.0 / bits), 0.5))
    shannon = float(efficient(n, q, 1.0))
    beyond = START[0] * shannon < (1.0 - REACH) * bits
    first, least = START[beyond] * shannon, RESERVE[beyond] * float(one_way_limit(n, q, DOUBT))
    most = min(max(least, first), 2.0 * first, bits - 1.0)
    return int(np.ceil(min(first, most))), int(np.ceil(most))


class _Part:
    """One codeword: what Alice has sent of its parities, and what Bob makes of them."""

    def __init__(self, alice: Bits, bob: Bits, error_rate: float) -> None:
        self.sent, checks = sizes(len(alice), error_rate)
        self.bob, self.rounds, self.failed = bob, 1, False
        self.hidden = checks - self.sent
        self.step = max(int(STEP * self.sent), FEWEST)
        code = graph(len(alice), checks, self.hidden)
        pairs, parity = paired(checks, self.hidden), code.parities(alice)
        self.single = parity[pairs[:, 0]]
        parity[pairs[:, 1]] ^= self.single
        parity[pairs[:, 0]] = 0
        self.search = Search(network(code, self.hidden), parity, _prior(bob, error_rate, self.hidden))

    def decoded(self) -> Bits:
        """Bob's bits, corrected or, where `failed`, as they were."""
        told = 0
        while not self._settled(PATIENCE if told < self.hidden else LAST):
            if told == self.hidden:
                self.failed = True
                return self.bob
            more = slice(told, min(told + self.step, self.hidden))
            self.search.learn(slice(len(self.bob) + more.start, len(self.bob) + more.stop), self.single[more])
            told, self.sent, self.rounds = more.stop, self.sent + more.stop - more.start, self.rounds + 1
        return self.search.guess[: len(self.bob)]

    def _settled(self, patience: int) -> bool:
        """Exchange messages until every parity is right, or until that many exchanges improve nothing."""
        least, since = np.inf, 0
        while since < patience:
            wrong = self.search.step()
            if not wrong:
                return True
            since = 0 if wrong < least else since + 1
            least = min(wrong, least)
        return False


def _prior(bob: Bits, error_rate: float, hidden: int) -> Beliefs:
    q = min(max(error_rate, 1.0 / len(bob)), 0.5)
    likely = np.float32(np.log((1.0 - q) / q))
    return np.concatenate([np.where(bob, -likely, likely), np.zeros(hidden, dtype=np.float32)])
