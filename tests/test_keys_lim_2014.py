"""Lim 2014 against two independent programs, every intermediate, from the counts they recorded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from keys import bounds, decoy, finite, leakage

SAME_FORMULA = 1e-6
"""Both programs print about 16 digits; what remains is rounding through differences of large counts."""


def _columns(frame, *names):
    return np.column_stack([frame[name].to_numpy(float) for name in names])


@pytest.fixture
def satquma(reference):
    return pd.read_csv(reference / "finite-key-fixed.csv")


@pytest.fixture
def hoeffding_table(reference):
    return pd.read_csv(reference / "lim2014-hoeffding.csv")


def _satquma_bounds(frame, name, bound):
    """That program's weighted bounds, lower ones not clipped at zero."""
    mu, p = _columns(frame, "mu1", "mu2", "mu3"), _columns(frame, "p1", "p2")
    p = np.column_stack([p, 1 - p.sum(axis=1)])
    counts = _columns(frame, *(f"{name}_{j}" for j in (1, 2, 3)))
    scale = decoy.weights(mu, p)
    lower, upper = bound(counts, frame["eps_s"].iloc[0] / 21)
    return mu, p, scale * lower, scale * upper


@pytest.mark.validation
@pytest.mark.parametrize("bound", ["Chernoff", "Hoeffding"])
def test_every_intermediate_of_satquma_follows_from_its_counts(satquma, bound, record_figure):
    rows = satquma[satquma["bound"] == bound]
    function = {"Chernoff": bounds.chernoff, "Hoeffding": bounds.hoeffding}[bound]
    parts = {}
    for basis, counts in (("x", "nx"), ("z", "nz"), ("errors", "mZ")):
        mu, p, lower, upper = _satquma_bounds(rows, counts, function)
        name = {"nx": "nX", "nz": "nZ", "mZ": "mZ"}[counts]
        for j in (1, 2, 3):
            np.testing.assert_allclose(lower[:, j - 1], rows[f"{name}min_{j}"], rtol=SAME_FORMULA)
            np.testing.assert_allclose(upper[:, j - 1], rows[f"{name}plus_{j}"], rtol=SAME_FORMULA)
        parts[basis] = lower, upper
    tau0, tau1 = decoy.photons(0, mu, p), decoy.photons(1, mu, p)
    floor = 1e-10  # that program's least count
    s0, s1 = {}, {}
    for basis in ("x", "z"):
        s0[basis] = np.maximum(decoy.two_decoy_vacuum(mu, tau0, *parts[basis]), floor)
        s1[basis] = np.maximum(decoy.two_decoy_single(mu, tau0, tau1, s0[basis], *parts[basis]), floor)
    raw = decoy.decoy_errors(mu, tau1, *parts["errors"])
    v1 = np.minimum(np.maximum(raw, floor), rows["mZtot"])
    tested = s1["z"] > floor  # elsewhere that program holds ratio and gamma at sentinels, and the phase error at 1/2
    ratio = np.where(tested, v1 / s1["z"], np.nan)
    gamma = bounds.lim_gamma(1e-9 / 21, ratio, s1["z"], s1["x"])
    ours = {"sx0": s0["x"], "sz0": s0["z"], "sx1": s1["x"], "sz1": s1["z"], "vz1_raw": raw, "vz1": v1}
    ours |= {"tau0": tau0, "tau1": tau1, "ratio": ratio, "gamma": gamma}
    ours["phi_x"] = np.where(tested, np.minimum(ratio + gamma, 0.5), 0.5)
    ours["leak_block"] = leakage.efficient(rows["nX"].to_numpy(), rows["QBERx"].to_numpy(), 1.16)
    cost = 6 * np.log2(21e9) + np.log2(2e15)
    secret = s0["x"] + s1["x"] * (1 - leakage.phase_entropy(ours["phi_x"])) - rows["lambdaEC"] - cost
    ours["SKL_total"] = np.maximum(secret, 0)
    for name, values in ours.items():
        known = tested | ~np.isin(name, ("ratio", "gamma"))
        recorded = rows[name].to_numpy()
        np.testing.assert_allclose(values[known], recorded[known], rtol=SAME_FORMULA, atol=SAME_FORMULA, err_msg=name)
    worst = np.max(np.abs(ours["SKL_total"] - rows["SKL_total"]))
    record_figure(f"Lim 2014, {bound}: key length of {len(rows)} rows", "as recorded", f"within {worst:.1e} bit",
                  "1e-6", "SatQuMA 2.0, finite-key-fixed.csv")  # fmt: skip


def test_the_product_gives_satqumas_estimates_where_its_clips_do_not_matter(satquma):
    """The composition itself, fed with the recorded counts: only v1 can be smaller, by clipping at no counts."""
    rows = satquma[satquma["bound"] == "Chernoff"]
    p = _columns(rows, "p1", "p2")
    counts = [_columns(rows, *(f"{n}_{j}" for j in (1, 2, 3))) for n in ("nx", "nz", "mZ", "mZ")]
    light = _columns(rows, "mu1", "mu2", "mu3"), np.column_stack([p, 1 - p.sum(axis=1)])
    tally = finite.Tally(*counts, *light, np.zeros(1), np.zeros(1), None)
    ours = finite.lim_2014(tally, 1e-9, bounds.chernoff)
    np.testing.assert_allclose(ours.single, rows["sx1"], rtol=SAME_FORMULA)
    np.testing.assert_allclose(ours.test_single, rows["sz1"], rtol=SAME_FORMULA)
    np.testing.assert_allclose(ours.vacuum, rows["sx0"], atol=1e-6, rtol=SAME_FORMULA)
    assert np.all(ours.test_errors <= rows["vz1"] * (1 + SAME_FORMULA))
    assert np.all(ours.phase_error <= rows["phi_x"] * (1 + SAME_FORMULA))


@pytest.mark.validation
def test_the_independent_hoeffding_program_follows_from_its_counts(hoeffding_table, record_figure):
    rows = hoeffding_table
    mu, p = _columns(rows, "mu1", "mu2", "mu3"), _columns(rows, "p1", "p2", "p3")
    tau0, tau1, epsilon = decoy.photons(0, mu, p), decoy.photons(1, mu, p), 1e-10 / 21

    def basis(name):
        counts = _columns(rows, *(f"{name}{j}" for j in (1, 2, 3)))
        return finite.weighted(counts, mu, p, epsilon, bounds.hoeffding)

    s0 = {b: np.maximum(decoy.two_decoy_vacuum(mu, tau0, *basis(f"n{b}")), 0) for b in "XZ"}
    s1 = {b: np.maximum(decoy.two_decoy_single(mu, tau0, tau1, s0[b], *basis(f"n{b}")), 0) for b in "XZ"}
    v1 = decoy.decoy_errors(mu, tau1, *basis("mZ"))
    ours = {"s0X": s0["X"], "s0Z": s0["Z"], "s1X": s1["X"], "s1Z": s1["Z"], "v1Z": v1}
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = v1 / s1["Z"]
        phi = np.minimum(ratio + bounds.lim_gamma(epsilon, ratio, s1["Z"], s1["X"]), 0.5)
    n, m = _columns(rows, "nX1", "nX2", "nX3").sum(axis=1), _columns(rows, "mX1", "mX2").sum(axis=1)
    cost = leakage.efficient(n, m / n, 1.16) + 6 * np.log2(21e10) + np.log2(2e15)
    ours["phiX"] = np.where(np.isnan(phi), 0.5, phi)
    ours["SKL"] = np.maximum(s0["X"] + s1["X"] * (1 - leakage.phase_entropy(ours["phiX"])) - cost, 0)
    for name, values in ours.items():
        recorded = rows[name].to_numpy(float)
        known = ~np.isnan(recorded) & ((name != "phiX") | (rows["SKL"] > 0))
        np.testing.assert_allclose(values[known], recorded[known], rtol=SAME_FORMULA, atol=1e-3, err_msg=name)
    record_figure(f"Lim 2014, Hoeffding: key length of {len(rows)} rows", "as recorded", "equal", "1e-6",
                  "an independent public implementation, lim2014-hoeffding.csv")  # fmt: skip
