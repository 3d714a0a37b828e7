"""The optimiser against a global search of its own objective, a published table's parameters, and the clock."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import differential_evolution
from test_keys_gains import channel

from keys import Detector, Security, Settings, Source, detect, distill, optimise
from keys.climb import searched
from keys.distill import lengths, tallies
from keys.proofs import PROOFS
from keys.search import LIMIT, Objective, Space
from keys.window import samples
from links.channel import Channel
from si import ValidityWarning

RELATIVE = 1e-6
SOURCE = Source(
    pulse_rate="100 MHz",
    intensities=(0.8, 0.1, 0.0),
    probabilities=(0.5, 0.25, 0.25),
    key_bases="one",
    misalignment=0.01,
)
DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="2 ns")


def passes(number, seed, low=2.5, high=5.0, samples=120):
    """Passes of every quality, those near the edge of no key included."""
    rng = np.random.default_rng(seed)
    link, t = np.repeat(np.arange(number), samples), np.tile(np.linspace(-1, 1, samples), number)
    peak, width, light, flip = (
        10 ** -rng.uniform(low, high, number),
        rng.uniform(1, 10, number),
        10 ** rng.uniform(1, 4, number),
        rng.uniform(0, 0.03, number),
    )
    eta = peak[link] / (1 + width[link] * t**2)
    zero = np.zeros_like(eta)
    return Channel(number, link, t, np.full_like(eta, 2.5), eta, light[link] * (1 + t**2), flip[link], zero)


def objective(link, source=SOURCE, detector=DETECTOR, security=None):
    rows = samples(link, source, detector, np.arange(link.links))
    return Objective(Space(source), rows.nodes(), detector, security or Security())


def global_search(score, block, seed=1, **more):
    """Best point (d, 1) and score of the library's differential evolution."""
    dimensions = len(score.space.names)
    found = differential_evolution(
        lambda x: -score(x.reshape(dimensions, -1), np.full(x.size // dimensions, block)),
        [(-LIMIT, LIMIT)] * dimensions, seed=seed, vectorized=True, updating="deferred", **more,
    )  # fmt: skip
    return found.x[:, None], -found.fun


def length(link, source, detector, settings):
    """Bits of one block at some settings, counted exactly, before rounding and before authentication is paid."""
    security = Security()
    tally = tallies(detect(link, source, detector, settings=settings))
    return float(lengths(tally, PROOFS[security.proof], security, tally.key.shape[1]).bits.sum())


@pytest.mark.parametrize(("bases", "seed"), [("one", 11), ("both", 12)])
def test_no_block_is_worse_than_a_global_search(bases, seed):
    link = passes(300, seed=seed)
    score = objective(link, SOURCE.model_copy(update={"key_bases": bases}))
    _, ours = searched(score, link.links)
    edge = np.argsort(np.where(ours > 0, ours, np.inf))[:4]
    some = [*edge, *np.argsort(-ours)[[0, 60]]]
    for block in some:
        _, best = global_search(score, block, popsize=20, maxiter=250, tol=1e-10, init="sobol")
        assert ours[block] >= best * (1 - RELATIVE), (block, ours[block], best)


@pytest.mark.parametrize(
    ("seed", "low", "high", "blocks"),
    [(32, 2.5, 5.0, [783]), (33, 2.5, 5.0, [188]), (94, 2.5, 5.0, [526]), (75, 1.0, 4.2, [32, 59, 615])],
)
def test_of_several_optima_the_best_one_is_found(seed, low, high, blocks):
    """Blocks that earlier searches left in another optimum, 1.5e-4 to 13 % below; the last three are of bright links."""
    every = passes(1000, seed=seed, low=low, high=high, samples=300)
    score = objective(
        replace(every, duration=np.ones_like(every.time)), SOURCE.model_copy(update={"key_bases": "both"})
    )
    score = score.some(np.array(blocks))
    _, ours = searched(score, len(blocks))
    for block, found in enumerate(ours):
        best = max(global_search(score, block, seed=s, popsize=20, maxiter=250, tol=1e-10)[1] for s in (1, 2))
        assert found >= best * (1 - RELATIVE), (blocks[block], found, best)


@pytest.mark.validation
def test_satquma_optima_are_reached_from_a_cold_start(reference, record_figure):
    rows = pd.read_csv(reference / "finite-key-optimum.csv")
    loss = pd.read_csv(reference / "satquma-zenith-loss.csv")
    loss = loss[loss["time_s"].abs() <= 200].drop_duplicates("time_s")
    eta, n = loss["total_efficiency"].to_numpy(), len(loss)
    gains, over = [], []
    for row in rows.itertuples():
        # A background of 1 Hz in a gate of one noise probability: 1 s stands for it whatever the gate.
        detector = Detector(
            efficiency=1.0, count=2, gate="1 ns", dark_count_rate=f"{row.Pec / 1e-9} Hz", afterpulse_probability=row.Pap
        )
        source = SOURCE.model_copy(update={"misalignment": row.QBERI})
        zero = np.zeros(n)
        link = Channel(
            1,
            np.zeros(n, int),
            np.arange(n) * 1.0,
            np.full(n, float(row.NoPass)),
            eta * 10 ** (-row.ls_dB / 10),
            zero,
            zero,
            zero,
        )
        theirs = Settings(
            np.array([[row.opt_mu1, row.opt_mu2, 0.0]]),
            np.array([[row.opt_p1, row.opt_p2, 1 - row.opt_p1 - row.opt_p2]]),
            np.array([row.opt_Px]),
        )
        found = optimise(link, source, detector, Security(), np.zeros(1, int), window=False)
        score = objective(link, source, detector)
        point, _ = global_search(score, 0, popsize=15, maxiter=150, tol=1e-10)
        ours, at_theirs, best = (
            length(link, source, detector, settings)
            for settings in (found.settings, theirs, score.space.settings(point))
        )
        assert ours >= at_theirs * (1 - RELATIVE)
        assert ours >= best * (1 - RELATIVE)
        whole = distill(detect(link, source, detector, settings=theirs), Security()).secret_bits[0]
        assert found.keys.secret_bits[0] >= whole * (1 - RELATIVE)
        gains.append(ours / at_theirs)
        over.append(ours / best - 1)
    record_figure("Key at our optimum over our key at SatQuMA's, 9 rows", ">= 1", f"{min(gains):.4f} to {max(gains):.4f}",
                  "1e-6 relative below", "SatQuMA 2.0, finite-key-optimum.csv")  # fmt: skip
    record_figure("Key at our optimum over a global search's, less 1, 9 rows", ">= -1e-6", f"{min(over):+.1e} to {max(over):+.1e}",
                  "1e-6 relative below", "scipy's differential evolution, the same key function")  # fmt: skip


def test_the_nodes_count_what_the_samples_count():
    for low, high in ((2.5, 5.0), (1.0, 2.0), (0.05, 0.5)):
        link = passes(20, seed=3, low=low, high=high)
        score = objective(link)
        found = score.lengths(score.space.encode(Settings.of(SOURCE, 20)), np.arange(20))
        exact = distill(detect(link, SOURCE, DETECTOR), Security())
        np.testing.assert_allclose(found.leakage[0], exact.leakage[:, 0], rtol=1e-7)
        np.testing.assert_allclose(found.estimate.single[0], exact.estimate.single[:, 0], rtol=1e-6, atol=1.0)


@pytest.mark.parametrize("bases", ["both", "one"])
def test_an_optimum_is_never_below_the_configured_and_a_window_never_below_none(bases):
    link, source = passes(60, seed=4), SOURCE.model_copy(update={"key_bases": bases})
    blocks = np.where(np.arange(60) < 58, np.arange(60) // 2, -1)
    whole, shorter = (optimise(link, source, DETECTOR, Security(), blocks, window=w) for w in (False, True))
    assert np.all(whole.keys.secret_bits >= whole.configured.secret_bits)
    assert np.all(shorter.keys.secret_bits >= whole.keys.secret_bits * (1 - RELATIVE) - 1)
    assert shorter.samples.sum() < whole.samples.sum()
    assert whole.keys.secret_bits.sum() > 1.2 * whole.configured.secret_bits.sum()
    np.testing.assert_allclose(shorter.counts.pool(blocks).clicks, shorter.keys.counts.clicks)


def test_an_optimum_on_the_edge_warns():
    link, source = channel(1e-2, duration=1e9), SOURCE
    with pytest.warns(ValidityWarning, match="edge"):
        found = optimise(link, source, DETECTOR, Security(proof="ma-2005"), np.zeros(1, int))
    assert "probability 1" in found.on_bound[0]


def test_other_sources_are_optimised_too():
    one = SOURCE.model_copy(update={"intensities": (0.5, 0.15), "probabilities": (0.8, 0.2)})
    emitter = Source(
        pulse_rate="100 MHz", protocol="single-photon-bb84", intensities=(0.5,), probabilities=(1.0,), key_bases="one"
    )
    for source, proof in ((one, "rusca-2018"), (emitter, "tomamichel-2012"), (SOURCE, "yin-2020")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ValidityWarning)
            found = optimise(
                passes(5, seed=6, low=2.5, high=3.5), source, DETECTOR, Security(proof=proof), np.arange(5)
            )
        assert np.all(found.keys.secret_bits >= found.configured.secret_bits)
        assert found.keys.secret_bits.sum() > found.configured.secret_bits.sum()


SLOWEST, FASTER = 500.0, 100.0
"""Blocks per second of CPU time, everything that the call does; and the ratio to the library's global search."""


def test_speed_of_the_optimiser_and_against_differential_evolution():
    link = passes(800, seed=8)
    start = time.process_time()
    optimise(link, SOURCE, DETECTOR, Security(), np.arange(800), window=False)
    each = (time.process_time() - start) / link.links
    score = objective(link)
    _, ours = searched(score, link.links)
    block = int(np.argmax(ours))
    start = time.process_time()
    best = differential_evolution(
        lambda x: -score(x[:, None], np.array([block]))[0], [(-LIMIT, LIMIT)] * 5, seed=1, maxiter=60
    )
    library = time.process_time() - start
    assert 1 / each > SLOWEST
    assert library / each > FASTER
    assert ours[block] >= -best.fun * (1 - RELATIVE)


def test_bounds_of_470000_passes_within_five_seconds():
    counts = detect(passes(1000, seed=9, samples=5), SOURCE, DETECTOR).select(np.tile(np.arange(1000), 470))
    start = time.process_time()
    distill(counts, Security())
    assert time.process_time() - start < 5.0
