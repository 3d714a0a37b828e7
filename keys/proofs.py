"""The security proofs that can be asked for: what each needs, what it costs and where its epsilon goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2

import numpy as np
from numpy.typing import NDArray

from keys import asymptotic, bounds, finite, gains
from keys.counts import Counts
from keys.security import Security
from keys.source import Source

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

    estimate: Callable[[finite.Tally, float, bounds.Fluctuation], finite.Estimate]
    cost: Callable[[float, float], float]
    """Bits taken off for secrecy and correctness."""
    parts: tuple[tuple[str, float], ...]
    """Where secrecy goes: each part and its share."""
    bounds: tuple[str, ...]
    conditions: tuple[tuple[str, Condition], ...]
    approximations: tuple[str, ...]
    key_intensities: int | None = None
    """How many of the intensities give key, from the signal on; None is all."""
    finite: bool = True

    def check(self, counts: Counts, security: Security) -> None:
        """Raise ValueError, by name, when the counts or the statistical bound are not what the proof is about."""
        if security.bound not in self.bounds:
            allowed = " or ".join(self.bounds)
            raise ValueError(
                f'proof "{security.proof}" with bound "{security.bound}": allowed with {allowed}; change one'
            )
        for sentence, broken in self.conditions:
            rows = broken(counts)
            if rows.any():
                row = int(np.argmax(rows))
                raise ValueError(
                    f'proof "{security.proof}" {sentence}; found intensities {counts.intensities[row].tolist()} of a '
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


def _one_decoy_order(counts: Counts) -> NDArray[np.bool_]:
    return ~((counts.intensities[:, 0] > counts.intensities[:, 1]) & (counts.intensities[:, 1] > 0))


def _no_vacuum(counts: Counts) -> NDArray[np.bool_]:
    return np.asarray(counts.intensities[:, 2] != 0)


def _many_photons(counts: Counts) -> NDArray[np.bool_]:
    source = counts.source
    ideal = source.protocol == "single-photon-bb84" and source.g2 == 0
    return np.full(max(len(counts), 1), not ideal)


def _strange_decoys(counts: Counts) -> NDArray[np.bool_]:
    """Decoys of given statistics that are not signal, decoy and vacuum of which the ratios rise as `_rising` asks."""
    strange = counts.intensities.shape[1] > 1 and _not_poissonian(counts)[0] and not _rising(counts.source)
    return np.full(max(len(counts), 1), strange)


def _rising(source: Source) -> bool:
    numbers = distributions(source)
    if numbers is None or len(numbers) != 3 or numbers[2, 0] != 1.0:
        return False
    signal, weak = numbers[0, 1:], numbers[1, 1:]
    first = signal[1] * weak[0] > weak[1] * signal[0]
    return bool(weak[1] > 0 and first and np.all(signal[1:] * weak[1] >= weak[1:] * signal[1] * (1.0 - 1e-12)))


def distributions(source: Source) -> NDArray[np.float64] | None:
    """P(0), P(1), ... of each intensity, rows of equal length; None for Poissonian weak pulses."""
    if source.protocol == "single-photon-bb84":
        return gains.emitter(source.intensities[0], source.g2)[None]
    if source.photon_numbers is not None:
        longest = max(3, *(len(p) for p in source.photon_numbers))
        return np.array([[*p, *[0.0] * (longest - len(p))] for p in source.photon_numbers])
    if source.statistics == "poisson":
        return None
    mu, n = np.array(source.intensities)[:, None], np.arange(THERMAL_NUMBERS)
    return np.asarray(1.0 / (1.0 + mu) * (mu / (1.0 + mu)) ** n)


THERMAL_NUMBERS = 60
"""Photon numbers of thermal light that are looked at; beyond, P(n) < 1e-18 for one photon on average."""
POISSONIAN = ("needs a phase-randomised source of Poissonian statistics", _not_poissonian)
SAMPLING = "phase error: Lim's asymptotic form of the hypergeometric tail, with a sound floor at few errors"
VARIABLE = "accepted after the fact: a fixed-length proof used for blocks of variable length"
BASES = "detection probability the same in both bases (fair sampling)"
TWO_DECOYS = ("needs three intensities (two decoys)", _intensities(3))
ONE_DECOY = ("needs two intensities (one decoy; constants for two are not published in readable form)", _intensities(2))
ONE_DECOY_ORDER = ("needs mu1 > mu2 > 0", _one_decoy_order)


def _lim_cost(parts: float) -> Callable[[float, float], float]:
    return lambda secrecy, correctness: 6.0 * log2(parts / secrecy) + log2(2.0 / correctness)


PROOFS = {
    "lim-2014": Proof(
        estimate=finite.lim_2014,
        cost=_lim_cost(21.0),
        parts=(
            ("smooth entropies (alpha 1)", 4 / 21),
            ("smooth entropies (alpha 2)", 2 / 21),
            ("smooth entropies (alpha 3)", 2 / 21),
            ("privacy amplification (nu)", 1 / 21),
            ("clicks of each intensity (epsilon 1)", 10 / 21),
            ("errors of each intensity (epsilon 2)", 2 / 21),
        ),
        bounds=("chernoff", "hoeffding"),
        conditions=(TWO_DECOYS, ("needs mu1 > mu2 + mu3 and mu2 > mu3 >= 0", _lim_order), POISSONIAN),
        approximations=(SAMPLING, VARIABLE, BASES),
    ),
    "rusca-2018": Proof(
        estimate=finite.rusca_2018,
        cost=_lim_cost(19.0),
        parts=(
            ("smooth entropies (alpha 1)", 2 / 19),
            ("smooth entropies (alpha 2)", 4 / 19),
            ("smooth entropies (alpha 3)", 2 / 19),
            ("privacy amplification (nu)", 1 / 19),
            ("clicks of each intensity (epsilon 1)", 6 / 19),
            ("errors of each intensity (epsilon 2)", 4 / 19),
        ),
        bounds=("chernoff", "hoeffding"),
        conditions=(ONE_DECOY, ONE_DECOY_ORDER, POISSONIAN),
        approximations=(SAMPLING, VARIABLE, BASES),
    ),
    "wiesemann-2024": Proof(
        estimate=finite.wiesemann_2024,
        cost=lambda secrecy, correctness: 4.0 * log2(15.0 / (secrecy * 2.0**0.25)) + log2(2.0 / correctness),
        parts=(("all fifteen equal parts", 1.0),),
        bounds=("hoeffding", "azuma"),
        conditions=(ONE_DECOY, ONE_DECOY_ORDER, POISSONIAN),
        approximations=("constants taken from two independent programs, not from the publication's text", BASES),
    ),
    "yin-2020": Proof(
        estimate=finite.yin_2020,
        cost=_lim_cost(23.0),
        parts=(("all twenty-three equal parts", 1.0),),
        bounds=("chernoff",),
        conditions=(
            TWO_DECOYS,
            ("needs mu1 > mu2 + mu3 and mu2 > mu3 >= 0", _lim_order),
            ("needs a vacuum as its third intensity (mu3 = 0)", _no_vacuum),
            POISSONIAN,
        ),
        approximations=(VARIABLE, BASES),
        key_intensities=2,
    ),
    "tomamichel-2012": Proof(
        estimate=finite.tomamichel_2012,
        cost=lambda secrecy, correctness: log2(2.0 / (secrecy**2 * correctness)),
        parts=(("parameter estimation, as smoothing (twice a quarter)", 1 / 2), ("privacy amplification", 1 / 2)),
        bounds=("chernoff", "hoeffding", "azuma"),
        conditions=(("needs single photons, protocol single-photon-bb84 with g2 = 0", _many_photons),),
        approximations=(VARIABLE, BASES),
    ),
    "ma-2005": Proof(
        estimate=asymptotic.ma_2005,
        cost=lambda secrecy, correctness: 0.0,
        parts=(),
        bounds=("chernoff", "hoeffding", "azuma"),
        conditions=(
            (
                "needs one intensity, or Poissonian light, or a signal, a decoy and an exact vacuum of which the ratio "
                "P_n(signal)/P_n(decoy) rises from n = 1 to 2 and does not fall below that",
                _strange_decoys,
            ),
        ),
        approximations=("asymptotic: no statistical fluctuation is charged, this is not a finite key", BASES),
        finite=False,
    ),
}
