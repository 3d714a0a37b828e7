"""Low-density parity checks: the code as it should be, every bit that is sent counted, equal bits or a stated failure."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from test_keys_gains import SOURCE
from test_keys_postprocessing import DETECTOR, link

from keys import Security
from keys.leakage import entropy
from keys.postprocessing import exchange, ldpc
from keys.postprocessing.belief import Search, network, paired
from keys.postprocessing.ldpc import LEAST, sizes
from keys.postprocessing.tanner import CONDITIONED, EDGES, graph

ROOM = sys.modules["keys.postprocessing.ldpc"]  # the package's name for it is the function
PRINTED = 2e-4
"""The table is printed to five digits, up to twenty of them in a row."""


def pair_of_keys(n, q, seed):
    rng = np.random.default_rng(seed)
    alice = rng.integers(0, 2, n, dtype=np.uint8)
    return alice, alice ^ (rng.random(n) < q)


@pytest.mark.parametrize("rate", EDGES)
def test_the_degrees_are_a_distribution(rate):
    printed = 1.0515 if rate == 0.85 else 1.0  # a misprint that the publication does not let one mend
    assert sum(EDGES[rate].values()) == pytest.approx(printed, abs=PRINTED)
    assert list(EDGES[rate]) == sorted(EDGES[rate])


@pytest.mark.parametrize(("n", "q"), [(20000, 0.01), (5000, 0.03), (20000, 0.08)])
def test_the_graph_has_no_short_cycles_that_matter(n, q):
    sent, checks = sizes(n, q)
    made = graph(n, checks, checks - sent)
    count = np.bincount(made.bit, minlength=n)
    per_check = np.bincount(made.check, minlength=checks)
    assert per_check.max() - per_check.min() <= 1
    assert not np.any(np.diff(count) < 0)
    low = count[made.bit] <= CONDITIONED
    incidence = coo_array((np.ones(low.sum()), (made.bit[low], made.check[low])), shape=(n, checks)).tocsr()
    assert incidence.data.max() == 1  # no bit is twice in a check
    shared = (incidence @ incidence.T).tocoo()
    assert shared.data[shared.row != shared.col].max() == 1  # no two bits share two checks


def test_bits_of_two_checks_form_no_cycle_even_where_checks_are_added_up():
    """A cycle of such bits would be a word that no parity tells from nothing."""
    n, q = 20000, 0.05
    sent, checks = sizes(n, q)
    hidden = checks - sent
    made = graph(n, checks, hidden)
    merged, pairs = np.arange(checks), paired(checks, hidden)
    assert len(np.unique(pairs)) == 2 * hidden > 0
    merged[pairs[:, 0]] = pairs[:, 1]
    two = np.bincount(made.bit, minlength=n) == 2
    ends = merged[made.check[two[made.bit]]].reshape(-1, 2)
    assert len(ends) > 1000
    links = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(checks, checks))
    trees = connected_components(links, directed=False)[0]
    assert len(ends) == checks - trees  # as many links as a forest has


def test_both_parties_draw_the_same_graph_and_another_seed_draws_another():
    made = graph(3000, 400, 40)
    graph.cache_clear()
    again, other = graph(3000, 400, 40), graph(3000, 400, 40, seed=2)
    np.testing.assert_array_equal(made.check, again.check)
    assert np.any(made.check != other.check)


def test_parities_are_those_of_the_dense_matrix():
    made, bits = graph(600, 90, 10), np.random.default_rng(1).integers(0, 2, 600, dtype=np.uint8)
    dense = np.zeros((90, 600), dtype=int)
    np.add.at(dense, (made.check, made.bit), 1)
    np.testing.assert_array_equal(made.parities(bits), dense @ bits % 2)
    table = network(made, 0).table
    padded = np.append(bits, 0)
    np.testing.assert_array_equal(padded[table].sum(axis=0) % 2, made.parities(bits))


@pytest.mark.parametrize(
    ("n", "q", "most"),
    [(1000, 0.03, 1.50), (10**4, 0.01, 1.35), (10**4, 0.03, 1.18), (10**4, 0.08, 1.13), (10**5, 0.02, 1.13), (10**5, 0.05, 1.10)],
)  # fmt: skip
def test_ldpc_corrects_near_the_shannon_limit(n, q, most):
    alice, bob = pair_of_keys(n, q, seed=1)
    rate = float(np.mean(alice != bob))
    found = ldpc(alice, bob, rate, seed=1)
    np.testing.assert_array_equal(found.bits, alice)
    assert not found.failed
    assert 1.0 <= found.disclosed / (n * float(entropy(np.array(rate)))) <= most


def test_every_bit_that_is_sent_is_counted_and_bob_sees_nothing_else(monkeypatch):
    """A recording stands between the parties: sums and single parities, told apart by what Alice holds."""
    told = []

    class Recorded(Search):
        def __init__(self, net, parity, prior):
            told.append(len(parity) - (net.bits - N))  # the first of each pair is a zero, not a message
            pairs = paired(len(parity), net.bits - N)
            assert not parity[pairs[:, 0]].any()
            super().__init__(net, parity, prior)

        def learn(self, bits, values):
            assert bits.start >= N  # never one of the key's own
            assert bits.stop - bits.start == len(values)
            told.append(len(values))
            super().learn(bits, values)

    N = 8000
    monkeypatch.setattr(ROOM, "Search", Recorded)
    alice, bob = pair_of_keys(N, 0.03, seed=3)
    found = ldpc(alice, bob, 0.03, seed=1)
    assert len(told) == found.rounds > 2
    assert sum(told) + found.rounds == found.disclosed  # Bob answers every message with one bit
    np.testing.assert_array_equal(found.bits, alice)


def test_what_cannot_be_decoded_is_said_and_left_as_it_was():
    alice, bob = pair_of_keys(5000, 0.06, seed=4)
    found = ldpc(alice, bob, 0.02, seed=1)  # three times as many errors as expected
    assert found.failed == 1
    np.testing.assert_array_equal(found.bits, bob)
    assert found.disclosed == sizes(5000, 0.02)[1] + found.rounds


def test_few_bits_are_sent_as_they_are():
    for n in (0, 1, LEAST - 1):
        alice, bob = pair_of_keys(n, 0.1, seed=5)
        found = ldpc(alice, bob, 0.1, seed=1)
        np.testing.assert_array_equal(found.bits, alice)
        assert found.disclosed == n


def test_a_key_of_several_codewords_is_put_together_in_its_own_order(monkeypatch):
    monkeypatch.setattr(ROOM, "FRAME", 3000)
    alice, bob = pair_of_keys(10_001, 0.04, seed=6)
    found = ldpc(alice, bob, 0.04, seed=9)
    np.testing.assert_array_equal(found.bits, alice)


def test_an_exchange_with_it_gives_two_equal_keys_or_says_that_it_failed(monkeypatch):
    found = exchange(link(3.0), SOURCE, DETECTOR, Security(), seed=3, code="ldpc")
    assert found.aborted is None
    np.testing.assert_array_equal(found.alice_key, found.bob_key)
    assert len(found.alice_key) > 1000
    more = sum(max(bits - leak, 0.0) for bits, leak in zip(found.disclosed, found.keys.leakage[0], strict=True))
    assert len(found.alice_key) == pytest.approx(found.keys.secret_bits[0] - more, abs=2)
    assert max(found.rounds) < 100
    monkeypatch.setattr(ROOM, "RESERVE", (0.5, 0.5))
    monkeypatch.setattr(ROOM, "START", (0.5, 0.5))
    failed = exchange(link(3.0), SOURCE, DETECTOR, Security(), seed=3, code="ldpc")
    assert "error correction failed" in failed.aborted
    assert not len(failed.alice_key) and not len(failed.bob_key)
