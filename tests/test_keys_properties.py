"""What must hold for any link, source and detector."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_keys_gains import SOURCE, channel

from keys import Counts, Detector, Outcome, Security, Source, bounds, detect, distill, finite, pooling, share
from keys.distill import tallies

LOSS, NOISE, FLIP, SECONDS = st.floats(5, 45), st.floats(0, 1e5), st.floats(0, 0.06), st.floats(0.1, 1000)
DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="1 ns")


def counted(loss, noise=0.0, flip=0.01, seconds=100.0, source=SOURCE, detector=DETECTOR):
    return detect(
        channel(10 ** (-np.asarray(loss) / 10), noise, flip, duration=seconds, links=np.size(loss)), source, detector
    )


STANDARD = Security()


def key(*args, security=STANDARD, **more):
    return distill(counted(*args, **more), security)


@given(LOSS, NOISE, FLIP, SECONDS, st.sampled_from(["chernoff", "hoeffding"]), st.sampled_from(["both", "one"]))
def test_finite_is_below_asymptotic_below_plob_and_key_below_sifted_below_clicks(
    loss, noise, flip, seconds, bound, bases
):
    source = SOURCE.model_copy(update={"key_bases": bases})
    counts = counted(loss, noise, flip, seconds, source)
    keys = distill(counts, Security(bound=bound))
    limit = distill(counts, Security(proof="ma-2005"))
    assert keys.secret_bits.dtype == np.int64
    vacuum = keys.estimate.vacuum.sum()  # Lim counts clicks on vacuum as secret, Ma does not
    assert 0 <= keys.secret_bits[0] <= limit.secret_bits[0] + vacuum + 1
    assert limit.secret_bits[0] <= counts.capacity[0]
    assert keys.secret_bits[0] <= counts.sifted[0] <= counts.detections[0] <= counts.pulses[0]
    assert (keys.secret_bits[0] > 0) == (keys.outcome[0] is Outcome.KEY)


ONE_DECOY = {"intensities": (0.5, 0.15), "probabilities": (0.8, 0.2)}
EMITTER = {"protocol": "single-photon-bb84", "intensities": (0.5,), "probabilities": (1.0,)}
PROOFS = st.sampled_from(
    [
        ("lim-2014", "chernoff", {}),
        ("yin-2020", "chernoff", {}),
        ("rusca-2018", "hoeffding", ONE_DECOY),
        ("wiesemann-2024", "azuma", ONE_DECOY),
        ("tomamichel-2012", "chernoff", EMITTER),
    ]
)


@given(PROOFS, LOSS, st.floats(0, 1e4), st.floats(0, 0.05), SECONDS, st.floats(1.0, 3.0))
def test_every_proof_stays_below_its_limits_and_falls_with_loss_noise_and_flips(
    choice, loss, noise, flip, seconds, more
):
    proof, bound, change = choice
    source, security = SOURCE.model_copy(update=change), Security(proof=proof, bound=bound)
    counts = counted(loss, noise, flip, seconds, source)
    keys, limit = distill(counts, security), distill(counts, Security(proof="ma-2005"))
    found = keys.secret_bits[0]
    assert 0 <= found <= limit.secret_bits[0] + keys.estimate.vacuum.sum() + 1
    assert found <= counts.sifted[0] <= counts.detections[0] <= counts.pulses[0]
    assert found <= counts.capacity[0]
    assert (found > 0) == (keys.outcome[0] is Outcome.KEY)
    for worse in ((loss + more, noise, flip), (loss, noise * more + 100, flip), (loss, noise, flip * more)):
        assert key(*worse, seconds, source, security=security).secret_bits[0] <= found + 1


@given(LOSS, st.floats(0, 1e4), st.floats(0, 0.04), st.floats(1.0, 3.0))
def test_a_worse_link_never_gives_more(loss, noise, flip, factor):
    base = key(loss, noise, flip).secret_bits[0]
    assert key(loss + factor, noise, flip).secret_bits[0] <= base
    assert key(loss, noise * factor + 100, flip).secret_bits[0] <= base + 1
    assert key(loss, noise, flip * factor).secret_bits[0] <= base + 1


@given(LOSS, st.floats(1.0, 1.5), st.floats(1e-14, 1e-6))
def test_a_stricter_demand_never_gives_more(loss, f, secrecy):
    base = key(loss, security=Security(secrecy=secrecy)).secret_bits[0]
    assert key(loss, security=Security(secrecy=secrecy / 10)).secret_bits[0] <= base
    assert key(loss, security=Security(secrecy=secrecy, correctness=1e-18)).secret_bits[0] <= base
    relaxed, strict = (key(loss, security=Security(error_correction_efficiency=e)).secret_bits[0] for e in (f, f + 0.1))
    assert strict <= relaxed


def test_finite_tends_to_asymptotic():
    counts = counted(30.0, seconds=1e11)
    finite_bits = distill(counts, Security()).secret_bits[0] - distill(counts, Security()).estimate.vacuum.sum()
    assert finite_bits / distill(counts, Security(proof="ma-2005")).secret_bits[0] == pytest.approx(1, abs=2e-3)


@given(st.floats(15, 35), st.integers(2, 6), st.floats(1, 200))
def test_pooling_passes_of_one_error_rate_never_loses(loss, passes, seconds):
    counts = counted(np.full(passes, loss), seconds=seconds)
    apart = distill(counts, Security()).secret_bits.sum()
    assert distill(counts.pool(np.zeros(passes, dtype=int)), Security()).secret_bits[0] >= apart


@settings(max_examples=20)
@given(st.floats(12, 30), FLIP, st.integers(0, 2**31))
def test_decoy_bounds_hold_against_simulated_truth(loss, flip, seed):
    """Single-photon clicks and errors are drawn apart from the others; the bounds know only the sums."""
    rng, mu, p = np.random.default_rng(seed), np.array([0.5, 0.1, 0.0]), np.array([0.6, 0.2, 0.2])
    eta, dark, sent, n = 10 ** (-loss / 10), 1e-6, 1e9, np.arange(8)[:, None]
    number = np.exp(-mu) * mu**n / np.array([1, 1, 2, 6, 24, 120, 720, 5040])[:, None]
    clicks = rng.poisson(np.stack([sent * p * number * (1 - (1 - dark) * (1 - eta) ** n)] * 2) / 4)
    rate = np.where(n == 0, 0.5, flip) * np.ones(3)
    errors = rng.binomial(clicks, np.broadcast_to(rate, clicks.shape))
    k, t, e = (v.sum(axis=0).astype(float) for v in (clicks[0], clicks[1], errors[1]))
    tally = finite.Tally(k, t, errors[0].sum(axis=0).astype(float), e, mu, p, np.zeros(1), np.zeros(1), None)
    for function in (bounds.chernoff, bounds.hoeffding):
        found = finite.lim_2014(tally, 1e-9, function)
        assert found.vacuum <= clicks[0, 0].sum()
        assert found.single <= clicks[0, 1].sum()
        assert found.test_errors >= errors[1, 1].sum()
        assert found.phase_error >= errors[0, 1].sum() / clicks[0, 1].sum()
    pair = finite.Tally(
        *(v[..., :2] for v in (k, t, tally.key_errors, e)), mu[:2], p[:2], np.zeros(1), np.zeros(1), None
    )
    ours = [
        (finite.yin_2020(tally, 1e-9, bounds.chernoff), True),
        *((finite.rusca_2018(pair, 1e-9, function), True) for function in (bounds.chernoff, bounds.hoeffding)),
        *((finite.wiesemann_2024(pair, 1e-9, function), False) for function in (bounds.hoeffding, bounds.azuma)),
    ]  # the brightest two intensities alone give these their key
    for found, counts_vacuum in ours:
        assert not counts_vacuum or found.vacuum <= clicks[0, 0, :2].sum()
        assert found.single <= clicks[0, 1, :2].sum()
        assert found.test_errors >= errors[1, 1, :2].sum()
        assert found.phase_error >= errors[0, 1, :2].sum() / clicks[0, 1, :2].sum()


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        (counted(20.0, seconds=0.0), Outcome.NOTHING_SENT),
        (counted(400.0, detector=Detector(efficiency=0.5)), Outcome.NO_CLICKS),
        (counted(60.0), Outcome.NO_SINGLE_PHOTONS),
        (counted(20.0, flip=0.2), Outcome.ERROR_RATE),
        (counted(20.0, flip=0.45), Outcome.PHASE_ERROR),
    ],
)
def test_a_key_of_zero_says_why(counts, outcome):
    keys = distill(counts, Security())
    assert keys.secret_bits[0] == 0
    assert keys.outcome[0] in (outcome, Outcome.NO_SINGLE_PHOTONS)
    assert len(keys.to_frame()["outcome"][0]) > 10


def test_blocks_of_different_settings_are_refused():
    other = detect(channel(1e-3), SOURCE.model_copy(update={"intensities": (0.6, 0.1, 0.0)}), DETECTOR)
    with pytest.raises(ValueError, match="different intensities"):
        Counts.concat([counted(30.0), other]).pool(np.array([0, 0]))
    with pytest.raises(ValueError, match="key_bases"):
        Counts.concat([counted(30.0), counted(30.0, source=SOURCE.model_copy(update={"key_bases": "one"}))])


@given(st.lists(st.tuples(st.integers(-1, 3), st.floats(0, 1e6)), min_size=1, max_size=30), st.integers(0, 10**12))
def test_shares_are_whole_and_add_up(passes, bits):
    block = np.array([b for b, _ in passes])
    secret = np.where(np.isin(np.arange(4), block), bits, 0)
    parts = share(secret, block, np.array([s for _, s in passes]))
    np.testing.assert_array_equal(np.bincount(block[block >= 0], parts[block >= 0], minlength=4), secret)
    assert parts.min() >= 0
    assert np.all(parts[block < 0] == 0)


@settings(max_examples=10)
@given(st.integers(0, 2**31))
def test_drawn_counts_scatter_around_the_means(seed):
    link = channel(1e-3, 1e3, 0.01, duration=10.0)
    mean, drawn = detect(link, SOURCE, DETECTOR), detect(link, SOURCE, DETECTOR, seed=seed)
    for name in ("clicks", "errors", "detections"):
        expected, found = getattr(mean, name), getattr(drawn, name)
        assert np.all(found == np.rint(found))
        assert np.all(np.abs(found - expected) <= 6 * np.sqrt(expected) + 10)


def test_rows_do_not_depend_on_each_other():
    loss = np.linspace(10, 40, 7)
    together = counted(loss)
    alone = [counted(x) for x in loss]
    np.testing.assert_array_equal(together.clicks, np.concatenate([c.clicks for c in alone]))
    np.testing.assert_array_equal(
        distill(together, Security()).secret_bits, [distill(c, Security()).secret_bits[0] for c in alone]
    )


def test_the_second_key_swaps_the_bases():
    counts = counted(20.0, source=SOURCE.model_copy(update={"key_basis_probability": 0.7}))
    tally = tallies(counts)
    np.testing.assert_array_equal(tally.key[:, 1], counts.clicks[:, 1])
    np.testing.assert_array_equal(tally.test[:, 1], counts.clicks[:, 0])


WRONG = [
    ({"probabilities": (0.5, 0.25, 0.2)}, "sum to 0.95"),
    ({"intensities": (0.1, 0.8, 0.0)}, "out of order"),
    ({"intensities": (0.8, 0.1)}, "give one for each"),
    ({"photon_numbers": ((0.5, 0.5), (0.9, 0.1), (1.0,))}, "mean"),
    ({"g2": 0.1}, "single-photon"),
    ({"key_basis_probability": 1.0}, "less than 1"),
    ({"pulse_rate": 1e8}, "give a unit"),
]


@pytest.mark.parametrize(("change", "sentence"), WRONG)
def test_wrong_sources_are_refused_with_a_sentence(change, sentence):
    given_ = {"pulse_rate": "1 MHz", "intensities": (0.8, 0.1, 0.0), "probabilities": (0.5, 0.25, 0.25)}
    with pytest.raises(ValueError, match=sentence):
        Source(**(given_ | change))


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[1] / "missions/scenarios").glob("*.toml")), ids=lambda p: p.stem
)
def test_built_in_scenarios_load(path):
    scenario = tomllib.loads(path.read_text())
    defaults = scenario.get("defaults", {})
    sources = [s["source"] for s in scenario.get("satellites", [])] + [
        f["source"] for f in defaults.values() if "source" in f
    ]
    detectors = [d["detector"] for d in defaults.values() if "detector" in d]
    assert all(Source(**s) for s in sources)
    assert all(Detector(**d) for d in detectors)
    assert "security" not in scenario or Security(**scenario["security"])


def test_a_key_above_the_plob_bound_is_an_alarm():
    counts = replace(counted(20.0), capacity=np.array([10.0]))
    with pytest.raises(ArithmeticError, match="PLOB"):
        distill(counts, Security())


def test_pooling_different_error_rates_can_lose_and_says_which_way_is_better():
    counts = Counts.concat([counted(20.0, flip=0.0), counted(20.0, flip=0.06)])
    found = pooling(counts, np.array([0, 0]), Security())
    assert found.gain[0] == found.pooled.secret_bits[0] - found.apart.secret_bits.sum() < 0
    assert found.sentences[0].startswith("apart")
    alike = pooling(counted([30.0, 30.0]), np.array([0, 0]), Security())
    assert alike.gain[0] > 0
    assert alike.sentences[0].startswith("pooled")
