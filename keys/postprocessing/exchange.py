"""A whole exchange at the level of bits: from clicks to two secret keys, or to the reason why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from keys.classical import verification_bits
from keys.counts import KEY, TEST, Counts
from keys.detection import detect
from keys.detector import Detector
from keys.distill import distill
from keys.keylength import Keys
from keys.leakage import efficient
from keys.outcome import Outcome
from keys.postprocessing.cascade import cascade
from keys.postprocessing.correction import Correction
from keys.postprocessing.detections import Detections, counted, draw
from keys.postprocessing.eavesdropper import Eavesdropper
from keys.postprocessing.ldpc import ldpc
from keys.postprocessing.toeplitz import toeplitz
from keys.security import Security
from keys.source import Source
from links.channel import Channel

ALARM = 6.0
"""Standard deviations from an honest channel at which an exchange stops: once in 5e8 honest figures."""
Bits = NDArray[np.uint8]
Progress = Callable[[str, float], None]
"""Called with the stage's name and the share of the work that is done."""
Code = Literal["cascade", "ldpc"]
CODES: dict[Code, Callable[[Bits, Bits, float, int], Correction]] = {"cascade": cascade, "ldpc": ldpc}
"""Alice's bits, Bob's, their error rate and a public seed, to Bob's corrected bits: many small messages, or few."""


@dataclass(frozen=True, eq=False)
class Exchange:
    """What came of an exchange. The two keys are equal whenever `aborted` is None."""

    aborted: str | None
    """Why there is no key, in a sentence; None where there is one."""
    alice_key: Bits
    bob_key: Bits
    counts: Counts
    keys: Keys
    """The formulas' account of the same counts."""
    disclosed: tuple[int, ...]
    """Bits disclosed by error correction for each key."""
    rounds: tuple[int, ...]
    """Messages of Alice that it took."""
    efficiency: tuple[float, ...]
    """Disclosed bits over n h(Q) of each key."""


def exchange(
    channel: Channel, source: Source, detector: Detector, security: Security, seed: int,
    eve: Eavesdropper | None = None, progress: Progress = lambda stage, share: None, code: Code = "cascade",
) -> Exchange:  # fmt: skip
    """Draw, sift, examine, correct, verify and amplify the clicks of a channel of one link.

    Both parties' random choices come from `seed`: for study, not for use. The keys' lengths are the formulas', with
    the larger of their leakage and the one measured.
    """
    rng = np.random.default_rng(seed)
    expected = detect(channel, source, detector)
    progress("detections", 0.0)
    found = draw(channel, source, detector, rng, eve)
    counts = counted(found, source, detector, channel, expected.capacity)
    keys = distill(counts, security)
    progress("estimation", 0.2)
    reason = suspicion(counts, expected)[0] or _no_key(keys)
    if reason:
        return _none(reason, counts, keys)
    return _keyed(found, counts, keys, rng, progress, code)


def _none(reason: str, counts: Counts, keys: Keys, fixed: Sequence[Correction] = ()) -> Exchange:
    empty = np.zeros(0, dtype=np.uint8)
    return Exchange(reason, empty, empty, counts, keys, *_spent(fixed), ())


def _spent(fixed: Sequence[Correction]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bits disclosed and messages of each key."""
    return tuple(one.disclosed for one in fixed), tuple(one.rounds for one in fixed)


def _no_key(keys: Keys) -> str | None:
    outcome: Outcome = keys.outcome[0]
    return None if outcome is Outcome.KEY else outcome.value


def suspicion(counts: Counts, expected: Counts) -> list[str | None]:
    """Per row, the figure that lies too far from an honest channel's, in a sentence, or None.

    Error rates, the brightness of the intensities against each other, and the number of clicks, each against its own
    Poissonian spread around what the channel was expected to give.
    """
    wrong, right = counts.errors.sum(axis=(1, 2)), expected.errors.sum(axis=(1, 2))
    sifted, meant = counts.sifted, expected.sifted
    rate = np.divide(right, meant, out=np.zeros_like(right), where=meant > 0)
    too_wrong = wrong - sifted * rate > ALARM * np.sqrt(sifted * rate + ALARM**2 / 4.0)
    shares = np.divide(
        expected.clicks.sum(axis=1), meant[:, None], out=np.zeros_like(expected.clicks[:, 0]), where=meant[:, None] > 0
    )
    away = np.abs(counts.clicks.sum(axis=1) - sifted[:, None] * shares)
    unlike = (away > ALARM * np.sqrt(sifted[:, None] * shares + ALARM**2 / 4.0)).any(axis=1)
    few = np.abs(sifted - meant) > ALARM * np.sqrt(meant + ALARM**2 / 4.0)
    found = wrong / np.maximum(sifted, 1.0)
    return [
        f"error rate {found[i]:.1%} where {rate[i]:.1%} was expected" if too_wrong[i]
        else "the intensities' clicks do not fit one loss: photon numbers were told apart" if unlike[i]
        else f"{sifted[i]:.0f} sifted clicks where {meant[i]:.0f} were expected" if few[i]
        else None
        for i in range(len(counts))
    ]  # fmt: skip


def _keyed(
    found: Detections, counts: Counts, keys: Keys, rng: np.random.Generator, progress: Progress, code: Code
) -> Exchange:
    """Correct, verify and amplify each key."""
    matched, bases = found.alice_basis == found.bob_basis, (KEY, TEST)[: keys.key_bits.shape[1]]
    pairs, fixed, efficiency = [], [], []
    for b in bases:
        rows = matched & (found.alice_basis == b)
        alice, bob, rate = found.alice_bit[rows], found.bob_bit[rows], float(counts.basis_qber[0, b])
        progress(f"error correction, basis {b + 1}", 0.3 + 0.3 * b)
        fixed.append(CODES[code](alice, bob, rate, int(rng.integers(2**62))))
        efficiency.append(_efficiency(fixed[-1].disclosed, len(alice), rate))
        reason = _mistaken(alice, fixed[-1], keys.security.correctness / len(bases), rng)
        if reason:
            return _none(reason, counts, keys, fixed)
        pairs.append((alice, fixed[-1].bits, _length(keys, b, fixed[-1].disclosed)))
    progress("privacy amplification", 0.9)
    secret = _amplified(pairs, int(keys.classical.key_bits[0]), rng)
    result = Exchange(None, *secret, counts, keys, *_spent(fixed), tuple(efficiency))
    progress("done", 1.0)
    return result if len(secret[0]) else replace(result, aborted=Outcome.AUTHENTICATION.value)


def _efficiency(disclosed: int, bits: int, rate: float) -> float:
    shannon = float(efficient(np.array(bits), np.array(rate), 1.0)) if rate > 0 else 0.0
    return disclosed / shannon if shannon > 0 else 1.0


def _mistaken(alice: Bits, fixed: Correction, correctness: float, rng: np.random.Generator) -> str | None:
    """Why the bits cannot be used, in a sentence, or None where both parties' are the same."""
    if fixed.failed:
        return f"error correction failed: {fixed.failed} parts of the key could not be decoded"
    return None if verified(alice, fixed, correctness, rng) else "verification failed: the corrected bits differ"


def _length(keys: Keys, basis: int, disclosed: int) -> int:
    more = max(disclosed - float(keys.leakage[0, basis]), 0.0)
    return max(int(np.floor(keys.key_bits[0, basis] - more)), 0)


def verified(alice: Bits, fixed: Correction, correctness: float, rng: np.random.Generator) -> bool:
    """Whether tags of a universal hash agree: differing bits pass with probability `correctness` at most."""
    length = verification_bits(correctness)
    seed = rng.integers(0, 2, max(len(alice) + length - 1, 0), dtype=np.uint8)
    return bool(np.array_equal(toeplitz(alice, seed, length), toeplitz(fixed.bits, seed, length)))


def _amplified(pairs: list[tuple[Bits, Bits, int]], paid: int, rng: np.random.Generator) -> tuple[Bits, Bits]:
    """Both parties' keys: each basis hashed with a seed of its own, and the authentication's bits taken off."""
    alice, bob = [], []
    for mine, yours, length in pairs:
        seed = rng.integers(0, 2, len(mine) + length - 1, dtype=np.uint8)
        alice.append(toeplitz(mine, seed, length))
        bob.append(toeplitz(yours, seed, length))
    return np.concatenate(alice)[paid:], np.concatenate(bob)[paid:]
