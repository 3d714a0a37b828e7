"""The bit level: two equal keys or a reason, every time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_keys_gains import SOURCE, channel

from keys import Detector, Security, detect
from keys.leakage import entropy
from keys.postprocessing import CODES, Eavesdropper, cascade, exchange, toeplitz
from keys.postprocessing.detections import counted, draw, totals
from keys.postprocessing.exchange import suspicion

DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="2 ns")
HONEST = {"flip": 0.01}


def link(seconds, loss=25.0, samples=4):
    return channel(10 ** (-loss / 10), 0.0, 0.01, duration=seconds / samples, samples=samples)


@given(st.integers(1, 300), st.integers(0, 300), st.integers(2, 7), st.integers(0, 2**31))
def test_toeplitz_is_the_dense_matrix(n, length, log_block, seed):
    rng = np.random.default_rng(seed)
    bits, diagonals = (rng.integers(0, 2, size, dtype=np.uint8) for size in (n, max(n + length - 1, 0)))
    matrix = (
        diagonals[np.arange(length)[:, None] - np.arange(n) + n - 1].astype(int) if length else np.zeros((0, n), int)
    )
    np.testing.assert_array_equal(toeplitz(bits, diagonals, length, 1 << log_block), matrix @ bits % 2)


DEGREE = 61
MODULUS = (1 << DEGREE) | 0b100111
"""x^61 + x^5 + x^2 + x + 1, irreducible: a wrong product is divisible by it with probability 2^-61."""


def times(words, constant):
    """Every word times a constant, as polynomials over two elements modulo MODULUS; integers only."""
    product, top = np.zeros_like(words), np.uint64(DEGREE)
    for place in reversed(range(DEGREE)):
        product = product << np.uint64(1)
        product ^= (product >> top) * np.uint64(MODULUS)
        if constant >> place & 1:
            product ^= words
    return product


def residue(bits):
    """The polynomial with these bits as coefficients, the lowest first, modulo MODULUS."""
    rows = -(-len(bits) // DEGREE)
    padded = np.zeros((rows, DEGREE), dtype=np.uint64)
    padded.ravel()[: len(bits)] = bits
    words = (padded << np.arange(DEGREE, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    while len(words) > 1:
        half = (len(words) + 1) // 2
        high = np.zeros(half, dtype=np.uint64)
        high[: len(words) - half] = words[half:]
        words = words[:half] ^ times(high, power(DEGREE * half))
    return words


def power(exponent):
    """x^exponent modulo MODULUS."""
    result, square = np.array([1], dtype=np.uint64), 2
    while exponent:
        if exponent & 1:
            result = times(result, square)
        square = int(times(np.array([square], dtype=np.uint64), square)[0])
        exponent >>= 1
    return int(result[0])


def test_residues_are_those_of_long_division():
    bits = np.random.default_rng(1).integers(0, 2, 1000, dtype=np.uint8)
    number = int("".join(map(str, bits[::-1])), 2)
    while number.bit_length() > DEGREE:
        number ^= MODULUS << (number.bit_length() - DEGREE - 1)
    assert int(residue(bits)[0]) == number


def test_toeplitz_of_ten_million_bits_is_exact_over_all_bits():
    """The whole product of bits and seed as polynomials, against its residue in integers; the hash is its middle."""
    n, length, rng = 10**7, 10**5, np.random.default_rng(1)
    bits, seed = (rng.integers(0, 2, size, dtype=np.uint8) for size in (n, n + length - 1))
    around = np.zeros(n - 1, dtype=np.uint8)
    product = toeplitz(bits, np.concatenate([around, seed, around]), len(seed) + n - 1)
    assert residue(product) == times(residue(seed), int(residue(bits)[0]))
    np.testing.assert_array_equal(toeplitz(bits, seed, length), product[n - 1 : n - 1 + length])
    wrong = product.copy()
    wrong[12_345_678] ^= 1
    assert residue(wrong) != residue(product)


@pytest.mark.parametrize(
    ("n", "q", "most"),
    [
        (10**3, 0.005, 1.8),
        (10**3, 0.08, 1.25),
        (10**4, 0.02, 1.12),
        (10**5, 0.01, 1.08),
        (10**5, 0.03, 1.08),
        (10**5, 0.05, 1.08),
    ],
)
def test_cascade_corrects_near_the_shannon_limit(n, q, most):
    rng = np.random.default_rng(int(n * q))
    alice = rng.integers(0, 2, n, dtype=np.uint8)
    bob = alice ^ (rng.random(n) < q)
    found = cascade(alice, bob, q, seed=1)
    np.testing.assert_array_equal(found.bits, alice)
    assert 1.0 <= found.disclosed / (n * float(entropy(np.array(np.mean(alice != bob))))) + 0.1 <= most + 0.1


def test_two_equal_keys_of_the_length_that_the_formulas_give():
    found = exchange(link(3.0), SOURCE, DETECTOR, Security(), seed=3)
    assert found.aborted is None
    np.testing.assert_array_equal(found.alice_key, found.bob_key)
    assert len(found.alice_key) == found.keys.secret_bits[0] > 1000
    assert abs(found.alice_key.mean() - 0.5) < 5 / np.sqrt(len(found.alice_key))
    assert max(found.disclosed) <= found.keys.leakage.max()


@pytest.mark.parametrize("code", CODES)
def test_a_failed_correction_is_never_silent(monkeypatch, code):
    real = CODES[code]

    def careless(alice, bob, rate, seed):
        found = real(alice, bob, rate, seed)
        found.bits[7] ^= 1
        return found

    monkeypatch.setitem(CODES, code, careless)
    found = exchange(link(3.0), SOURCE, DETECTOR, Security(), seed=3, code=code)
    assert "verification failed" in found.aborted
    assert not len(found.alice_key) and not len(found.bob_key)


def test_clicks_agree_with_the_formulas_within_their_own_statistics():
    where = link(6.0, loss=20.0)
    found = draw(where, SOURCE, DETECTOR, np.random.default_rng(2))
    expected = detect(where, SOURCE, DETECTOR)
    drawn = counted(found, SOURCE, DETECTOR, where, expected.capacity)
    assert len(found) > 10**6
    for name in ("clicks", "errors", "detections"):
        mean, got = getattr(expected, name), getattr(drawn, name)
        assert np.all(np.abs(got - mean) <= 5 * np.sqrt(mean) + 5), name
    assert np.all(np.diff(found.pulse) >= 0)
    assert found.pulse[-1] < found.pulses


RUNS = 1000
ATTACKS = [("intercept-resend", 0.02), ("beam-splitting", 0.05), ("photon-number-splitting", 2.0)]
"""Each with an exchange long enough to see it: seconds at 25 dB, from some thousand clicks to a hundred thousand."""


def same_counts(one, other):
    for name in ("pulses", "clicks", "errors", "detections"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(("attack", "seconds"), ATTACKS)
def test_an_eavesdropper_on_thirty_percent_is_always_caught_and_the_honest_never_accused(attack, seconds):
    """A thousand seeds each, by the counts on which an exchange decides; they are those of its single clicks."""
    where = link(seconds)
    expected = detect(where, SOURCE, DETECTOR)
    for who, caught in ((Eavesdropper(attack, 0.3), True), (None, False)):
        for seed in range(RUNS):
            counts = totals(where, SOURCE, DETECTOR, np.random.default_rng(seed), expected.capacity, who)
            if seed < 3:
                found = draw(where, SOURCE, DETECTOR, np.random.default_rng(seed), who)
                same_counts(counts, counted(found, SOURCE, DETECTOR, where, expected.capacity))
            reason = suspicion(counts, expected)[0]
            assert bool(reason) == caught, (seed, who, reason)


def test_an_exchange_with_an_eavesdropper_stops_with_the_reason():
    for attack, words in (
        ("intercept-resend", "error rate"),
        ("beam-splitting", "sifted clicks"),
        ("photon-number-splitting", "photon numbers"),
    ):
        found = exchange(link(3.0), SOURCE, DETECTOR, Security(), 1, Eavesdropper(attack, 0.3))
        assert words in found.aborted
        assert not len(found.alice_key)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Eavesdropper("beam-splitting", 1.5)
