"""From counts to secret key: one bound per block, after every cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from keys import classical, leakage
from keys.counts import KEY, TEST, Counts
from keys.finite import LEAST, Estimate, Tally
from keys.keylength import Keys, LedgerEntry
from keys.outcome import ORDER, Outcome
from keys.proofs import FLUCTUATIONS, PROOFS, Proof, distributions
from keys.security import Security
from keys.source import Source
from links.channel import Floats, Ints


def distill(counts: Counts, security: Security) -> Keys:
    """Secret key of every row of the counts, each a finite-key block of its own (pool the counts first).

    Raises ValueError when the proof's conditions do not hold for the counts. Rows without key have 0 bits and say why
    in `Keys.outcome`.
    """
    proof = PROOFS[security.proof]
    proof.check(counts, security)
    found = lengths(tallies(counts), proof, security, _keys(counts), counts.source.intensity_deviation)
    whole = np.where(found.bits >= 1.0, np.floor(found.bits), 0.0).sum(axis=1)
    talk = classical.messages(counts, whole, found.leakage.sum(axis=1), security)
    charged = talk.key_bits if proof.finite else np.zeros_like(whole)
    secret = np.where(whole > charged, whole - charged, 0.0)
    if np.any(secret > counts.capacity):
        raise ArithmeticError("a key is longer than its channel can carry (PLOB bound): please report this")
    outcome = np.array(ORDER, dtype=object)[_outcomes(counts, found, whole, secret)]
    return Keys(
        counts=counts,
        security=security,
        secret_bits=secret.astype(np.int64),
        outcome=outcome,
        estimate=found.estimate,
        leakage=found.leakage,
        key_bits=np.where(found.bits >= 1.0, np.floor(found.bits), 0.0),
        finite_key_cost=found.cost,
        classical=talk,
        ledger=ledger(proof, security, _keys(counts)),
        approximations=counts.approximations + proof.approximations + _deviating(counts),
    )


@dataclass(frozen=True, eq=False)
class Lengths:
    """Key lengths before rounding, shape (n, m) for m keys per block, with what they are made of."""

    estimate: Estimate
    leakage: Floats
    cost: float
    bits: Floats


def _deviating(counts: Counts) -> tuple[str, ...]:
    label = "intensity deviation: the worst of constant offsets at its limits, not fluctuation from pulse to pulse"
    return (label,) if counts.source.intensity_deviation else ()


def _keys(counts: Counts) -> int:
    """Keys per block: one per basis that gives key."""
    return 2 if counts.source.key_bases == "both" else 1


def tallies(counts: Counts) -> Tally:
    """The counts as (n, m, k): the second key swaps the parts of the bases."""
    keys, source = _keys(counts), counts.source
    bases, others = [KEY, TEST][:keys], [TEST, KEY][:keys]
    bias = counts.key_basis_probability
    several = counts.pulses * (counts.probabilities * multiphoton(source, counts.intensities)).sum(axis=1)
    sent = np.stack([several * bias**2, several * (1.0 - bias) ** 2], axis=1)
    return Tally(
        counts.clicks[:, bases], counts.clicks[:, others], counts.errors[:, bases], counts.errors[:, others],
        counts.intensities[:, None], counts.probabilities[:, None], sent[:, bases], sent[:, others],
        distributions(source),
    )  # fmt: skip


def multiphoton(source: Source, mu: Floats) -> Floats:
    """Probability of more than one photon, in the shape of the intensities (..., k)."""
    numbers = distributions(source)
    if numbers is None:
        return np.asarray(-np.expm1(-mu) - mu * np.exp(-mu))
    return np.broadcast_to(1.0 - numbers[:, 0] - numbers[:, 1], mu.shape)


def lengths(tally: Tally, proof: Proof, security: Security, keys: int, deviation: float = 0.0) -> Lengths:
    """Composable length of each key: secrecy and correctness are shared evenly by the keys of a block."""
    secrecy, correctness = security.secrecy / keys, security.correctness / keys
    estimate = _worst(tally, proof, secrecy, security.bound, deviation)
    used = slice(None, proof.key_intensities)
    bits, wrong = tally.key[..., used].sum(axis=-1), tally.key_errors[..., used].sum(axis=-1)
    rate = np.divide(wrong, bits, out=np.zeros_like(bits), where=bits > 0)
    charge = leakage.disclosed(bits, rate, security.error_correction_efficiency, correctness)
    leak = charge if proof.finite else leakage.efficient(bits, rate, security.error_correction_efficiency)
    cost = proof.cost(secrecy, correctness)
    return Lengths(estimate, leak, cost, _secret(estimate) - leak - cost)


def _secret(estimate: Estimate) -> Floats:
    return np.asarray(estimate.vacuum + estimate.single * (1.0 - leakage.phase_entropy(estimate.phase_error)))


def _worst(tally: Tally, proof: Proof, secrecy: float, bound: str, deviation: float) -> Estimate:
    """The estimate, at the corner of the possible intensities that leaves the least secret."""
    corners = product(*[(1.0,) if deviation == 0 else (1.0 - deviation, 1.0 + deviation)] * tally.intensities.shape[-1])
    worst: Estimate | None = None
    for corner in corners:
        moved = replace(tally, intensities=tally.intensities * np.array(corner))
        found = proof.estimate(moved, secrecy, FLUCTUATIONS[bound])
        if worst is None:
            worst = found
        else:
            less = _secret(found) < _secret(worst)
            pairs = zip(vars(found).values(), vars(worst).values(), strict=True)
            worst = Estimate(*(np.where(less, new, old) for new, old in pairs))
    assert worst is not None
    return worst


def _outcomes(counts: Counts, found: Lengths, whole: Floats, secret: Floats) -> Ints:
    """Code of each row's outcome: the first hurdle at which the better of its keys stops."""
    estimate = found.estimate
    gross = found.bits + found.cost
    hurdles: tuple[tuple[NDArray[np.bool_], Outcome], ...] = (
        (np.asarray(counts.pulses <= 0), Outcome.NOTHING_SENT),
        (np.asarray(counts.sifted <= 0), Outcome.NO_CLICKS),
        (_all(np.asarray(estimate.single <= LEAST)), Outcome.NO_SINGLE_PHOTONS),
        (_all(np.asarray(estimate.phase_error >= 0.5)), Outcome.PHASE_ERROR),
        (_all(np.asarray(gross <= 0)), Outcome.ERROR_RATE),
        (np.asarray(whole < 1), Outcome.TOO_SHORT),
        (np.asarray(secret < 1), Outcome.AUTHENTICATION),
    )
    codes = np.select([rows for rows, _ in hurdles], [ORDER.index(outcome) for _, outcome in hurdles], 0)
    return codes.astype(np.int64)


def _all(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(rows.all(axis=1))


def ledger(proof: Proof, security: Security, keys: int) -> tuple[LedgerEntry, ...]:
    """Where every part of secrecy, correctness and authentication goes; each kind adds up to the security's own."""
    entries = []
    for key in ("key basis", "test basis")[:keys]:
        shares = [(part, share * security.secrecy / keys) for part, share in proof.parts]
        entries += [LedgerEntry("secrecy", key, part, epsilon) for part, epsilon in shares]
        entries.append(LedgerEntry("correctness", key, "verification hash", security.correctness / keys))
    each = security.authentication / classical.MESSAGES
    entries += [LedgerEntry("authentication", "block", name, each) for name in classical.MESSAGE_NAMES]
    return tuple(entries)
