"""Belief propagation: the likeliest bits that have given parities, from how likely each bit is by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from keys.postprocessing.tanner import Graph, degree_groups
from links.channel import Ints

Beliefs = NDArray[np.float32]
CERTAIN = np.float32(20.0)
"""Log-likelihood ratio of a bit that is known."""
NEARLY = np.float32(1.0 - 1e-7)
"""Largest hyperbolic tangent from which single precision still comes back."""


@dataclass(frozen=True, eq=False)
class Network:
    """A graph laid out for messages: a table of checks, padded to one width, and the place of each bit's edges."""

    table: Ints
    """(width, checks) the bit at each place of a check; past its edges, the number of bits, a bit that is known."""
    places: list[tuple[slice, Ints]]
    """Runs of bits of one degree, and where in the table their edges stand, (degree, bits)."""
    bits: int


def paired(checks: int, pairs: int) -> Ints:
    """Checks (pairs, 2) of each pair: one of the last ones, and one of the others."""
    others = np.random.default_rng(checks).permutation(checks - pairs)[:pairs]
    return np.column_stack([checks - pairs + np.arange(pairs), others])


@lru_cache(maxsize=4)
def network(graph: Graph, pairs: int) -> Network:
    """The graph with `pairs` hidden bits more, each in both checks of a pair."""
    hidden, ends = np.repeat(graph.bits + np.arange(pairs), 2), paired(graph.checks, pairs).ravel()
    bit, check = np.concatenate([graph.bit, hidden]), np.concatenate([graph.check, ends])
    count = np.bincount(check, minlength=graph.checks)
    order = np.argsort(check, kind="stable")
    rank = np.empty(len(bit), dtype=np.int64)
    rank[order] = np.arange(len(bit)) - np.repeat(np.cumsum(count) - count, count)
    table = np.full((int(count.max()), graph.checks), graph.bits + pairs, dtype=np.int64)
    table[rank, check] = bit
    flat, degree = rank * graph.checks + check, np.bincount(bit, minlength=graph.bits + pairs)
    start = np.cumsum(degree) - degree
    runs = [(slice(a, b), flat[start[a:b] + np.arange(d)[:, None]]) for d, a, b in degree_groups(degree)]
    return Network(table, runs, graph.bits + pairs)


class Search:
    """Messages between bits and checks, and what the bits look like after them."""

    def __init__(self, network: Network, parity: NDArray[np.uint8], prior: Beliefs) -> None:
        self.network, self.prior = network, np.append(prior, CERTAIN)
        self.parity, self.sign = parity.astype(bool), np.where(parity, np.float32(-1.0), np.float32(1.0))
        self.heard = np.zeros(network.table.shape, dtype=np.float32)
        self.total = self.prior.copy()

    def step(self) -> int:
        """One exchange of messages; how many parities are still wrong before it (0: nothing more to do)."""
        seen = self.total[self.network.table]
        wrong = np.count_nonzero(np.logical_xor.reduce(seen < 0, axis=0) ^ self.parity)
        if wrong:
            seen -= self.heard
            self._answer(seen)
            self._add()
        return int(wrong)

    def _answer(self, told: Beliefs) -> None:
        """What each check concludes about each of its bits from all the others (Gallager's tanh rule)."""
        half = np.clip(np.tanh(told * np.float32(0.5), out=told), -NEARLY, NEARLY, out=told)
        before, answer = self.sign.copy(), self.heard
        for row, out in zip(half, answer, strict=True):
            out[:] = before
            before *= row
        after = np.ones_like(self.sign)
        for row, out in zip(half[::-1], answer[::-1], strict=True):
            out *= after
            after *= row
        np.clip(answer, -NEARLY, NEARLY, out=answer)
        np.divide(1.0 + answer, 1.0 - answer, out=answer)
        np.log(answer, out=answer)

    def _add(self) -> None:
        heard = self.heard.ravel()
        for run, places in self.network.places:
            self.total[run] = self.prior[run] + heard[places].sum(axis=0)

    def learn(self, bits: slice, values: NDArray[np.uint8]) -> None:
        """Take some bits for certain from now on."""
        self.prior[bits] = np.where(values, -CERTAIN, CERTAIN)
        self.total[bits] = self.prior[bits]

    @property
    def guess(self) -> NDArray[np.uint8]:
        """(bits,) the likelier value of every bit."""
        return (self.total[:-1] < 0).astype(np.uint8)
