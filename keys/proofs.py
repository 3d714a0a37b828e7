"""The security proofs that can be asked for: what each needs, what it costs and where its epsilon goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from keys import bounds, finite
from keys.counts import Counts
from keys.security import Security

Condition = Callable[[Counts], NDArray[np.bool_]]
"""Rows that break it."""

FLUCTUATIONS: dict[str, bounds.Fluctuation] = {
    "chernoff": bounds.chernoff,
    "hoeffding": bounds.hoeffding,
    "azuma": bounds.azuma,
}


@dataclass(frozen=True)
class Proof:
    """One proof: its estimate, the bits it takes off, its epsilons and its conditions, each with its sentence."""

    name: str
    estimate: Callable[[finite.Tally, float, bounds.Fluctuation], finite.Estimate]
    cost: Callable[[float, float], float]
    """Bits taken off for secrecy and correctness."""
    parts: tuple[tuple[str, float], ...]
    """Where secrecy goes: each part and its share."""
    bounds: tuple[str, ...]
    conditions: tuple[tuple[str, Condition], ...]
    approximations: tuple[str, ...]

    def check(self, counts: Counts, security: Security) -> None:
        """Raise ValueError, by name, when the counts or the statistical bound are not what the proof is about."""
        if security.bound not in self.bounds:
            allowed = " or ".join(self.bounds)
            raise ValueError(f'proof "{self.name}" with bound "{security.bound}": allowed with {allowed}; change one')
        for sentence, broken in self.conditions:
            rows = broken(counts)
            if rows.any():
                row = int(np.argmax(rows))
                raise ValueError(
                    f'proof "{self.name}" {sentence}; found intensities {counts.intensities[row].tolist()} of a '
                    f"{counts.source.protocol} source: change the source or the proof"
                )


def _intensities(number: int) -> Condition:
    return lambda counts: np.full(max(len(counts), 1), counts.intensities.shape[1] != number)


def _lim_order(counts: Counts) -> NDArray[np.bool_]:
    mu = counts.intensities
    return ~((mu[:, 0] > mu[:, 1] + mu[:, 2]) & (mu[:, 1] > mu[:, 2]) & (mu[:, 2] >= 0))


def _not_poissonian(counts: Counts) -> NDArray[np.bool_]:
    source = counts.source
    plain = source.protocol == "decoy-bb84" and source.statistics == "poisson" and source.photon_numbers is None
    return np.full(max(len(counts), 1), not plain)


POISSONIAN = ("needs a phase-randomised source of Poissonian statistics", _not_poissonian)
SAMPLING = "phase error: Lim's asymptotic form of the hypergeometric tail, with a sound floor at few errors"
VARIABLE = "accepted after the fact: a fixed-length proof used for blocks of variable length"
BASES = "detection probability the same in both bases (fair sampling)"

PROOFS = {
    "lim-2014": Proof(
        name="lim-2014",
        estimate=finite.lim_2014,
        cost=lambda secrecy, correctness: 6.0 * log2(21.0 / secrecy) + log2(2.0 / correctness),
        parts=(
            ("smooth entropies (alpha 1)", 4 / 21),
            ("smooth entropies (alpha 2)", 2 / 21),
            ("smooth entropies (alpha 3)", 2 / 21),
            ("privacy amplification (nu)", 1 / 21),
            ("clicks of each intensity (epsilon 1)", 10 / 21),
            ("errors of each intensity (epsilon 2)", 2 / 21),
        ),
        bounds=("chernoff", "hoeffding"),
        conditions=(
            ("needs three intensities (two decoys)", _intensities(3)),
            ("needs mu1 > mu2 + mu3 and mu2 > mu3 >= 0", _lim_order),
            POISSONIAN,
        ),
        approximations=(SAMPLING, VARIABLE, BASES),
    ),
}
