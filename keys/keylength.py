"""The result of key distillation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from keys.classical import Classical, verification_bits
from keys.counts import Counts
from keys.finite import Estimate
from keys.security import Security
from links.channel import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LedgerEntry:
    """One part of a failure probability: its kind, the key it belongs to, what it pays for."""

    kind: str
    key: str
    part: str
    epsilon: float


@dataclass(frozen=True, eq=False)
class Keys:
    """Secret key of n blocks, with everything it was made of. m is 2 when both bases give key, else 1."""

    counts: Counts
    security: Security
    secret_bits: Ints
    """(n,) whole secret bits after every cost."""
    outcome: NDArray[np.object_]
    """(n,) an `Outcome` each: key, or the reason for none."""
    estimate: Estimate
    """(n, m) bounds on vacuum and single photons, phase error."""
    leakage: Floats
    """(n, m) bits disclosed by error correction."""
    key_bits: Floats
    """(n, m) whole bits out of privacy amplification, before authentication is paid."""
    finite_key_cost: float
    """Bits taken off each key for secrecy and correctness."""
    classical: Classical
    """(n,) what the public talk costs in key and in bytes."""
    ledger: tuple[LedgerEntry, ...]
    approximations: tuple[str, ...]
    """What the figures rest on beyond the proof."""

    def __len__(self) -> int:
        return len(self.secret_bits)

    @property
    def proof(self) -> str:
        """Name of the security proof."""
        return self.security.proof

    @property
    def bound(self) -> str:
        """Name of the statistical bound."""
        return self.security.bound

    def epsilon(self, kind: str) -> float:
        """Sum of the ledger's entries of a kind: "secrecy", "correctness" or "authentication"."""
        return sum(entry.epsilon for entry in self.ledger if entry.kind == kind)

    def columns(self) -> dict[str, Any]:
        """Named columns, one row per block: counts, bounds of each key, costs, epsilon, secret bits and outcome."""
        return {**_counted(self.counts), **_bounded(self), **_charged(self)}

    def to_frame(self) -> pd.DataFrame:
        """The columns as a table for pandas."""
        import pandas as pd

        return pd.DataFrame(self.columns())


def _counted(counts: Counts) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "pulses": counts.pulses,
        "detections": counts.detections,
        "sifted_bits": counts.sifted,
        "sifted_signal_bits": counts.sifted_signal,
        "qber": counts.qber,
        "key_basis_probability": counts.key_basis_probability,
    }
    for j in range(counts.intensities.shape[1]):
        columns |= {f"intensity_{j + 1}": counts.intensities[:, j], f"probability_{j + 1}": counts.probabilities[:, j]}
    for b, basis in enumerate(("key", "test")):
        for j in range(counts.intensities.shape[1]):
            columns[f"{basis}_clicks_{j + 1}"] = counts.clicks[:, b, j]
            columns[f"{basis}_errors_{j + 1}"] = counts.errors[:, b, j]
    return columns


def _bounded(keys: Keys) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    estimate = keys.estimate
    for b in range(keys.key_bits.shape[1]):
        name = ("key", "test")[b]
        columns |= {
            f"{name}_vacuum_bits": estimate.vacuum[:, b],
            f"{name}_single_photon_bits": estimate.single[:, b],
            f"{name}_tested_bits": estimate.test_single[:, b],
            f"{name}_tested_errors": estimate.test_errors[:, b],
            f"{name}_gamma": estimate.gamma[:, b],
            f"{name}_phase_error": estimate.phase_error[:, b],
            f"{name}_disclosed_bits": keys.leakage[:, b],
            f"{name}_bits": keys.key_bits[:, b].astype(np.int64),
        }
    return columns


def _charged(keys: Keys) -> dict[str, Any]:
    """What was taken off; the verification's bits are part of the finite-key cost."""
    correctness = keys.security.correctness / keys.key_bits.shape[1]
    return {
        "finite_key_cost_bits": keys.finite_key_cost,
        "verification_bits": keys.key_bits.shape[1] * verification_bits(correctness),
        "authentication_bits": keys.classical.key_bits,
        **keys.classical.columns(),
        "classical_bytes": keys.classical.total_bytes,
        "proof": keys.proof,
        "bound": keys.bound,
        "secrecy": keys.security.secrecy,
        "correctness": keys.security.correctness,
        "authentication": keys.security.authentication,
        "secret_bits": keys.secret_bits,
        "outcome": [outcome.value for outcome in keys.outcome],
    }
