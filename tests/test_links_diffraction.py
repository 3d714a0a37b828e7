from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from links import beam
from links.diffraction import Terminals, collected, exit_share, interpolated, klein_degnan_1974, steady
from si import db

EXACT = 1e-3
"""Asked of the exact mode; measured 3e-10."""
FAST_DB = 0.02
"""Asked of the fast mode in the LEO range; measured 0.0002, and 0.003 over a hundred random telescopes."""
CASES = json.loads((Path(__file__).parent / "reference" / "diffraction.json").read_text("utf-8"))["cases"]
MICIUS = Terminals(848.6e-9, 0.3, 0.0, 0.134, 1.0)


def terminals_of(case: dict[str, Any]) -> Terminals:
    waist = np.inf if case["w"] == "uniform" else case["w"]
    return Terminals(case["lam"], case["Dt"], case["et"], waist, case["Dr"], case["er"], case["s"], focused=True)


@pytest.mark.validation
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["inputs"]["id"])
def test_collected_light_equals_the_independent_quadrature(case: dict[str, Any], record_figure: Any) -> None:
    given_, out = case["inputs"], case["outputs"]
    terminals = terminals_of(given_)
    still, shaken = collected(steady(terminals), given_["L"]), collected(terminals, given_["L"])
    assert still == pytest.approx(out["eta_geo_exit"], rel=EXACT)
    assert shaken / still == pytest.approx(out["jitter_factor"], rel=EXACT)
    if np.isfinite(terminals.waist):
        share = exit_share(terminals.waist, terminals.sender, terminals.sender_obscuration)
        assert share == pytest.approx(out["eta_exit_trunc"], rel=EXACT)
    claim = f"light collected, case {given_['id']}"
    record_figure(claim, out["eta_geo_exit"], still, "1e-3 relative", "diffraction.json")


UPLINK = Terminals(532e-9, 1.0, 0.3, 0.47, 0.3)
GREAT = Terminals(532e-9, 2.0, 0.2, 0.9, 1.0)
EDGE = Terminals(532e-9, 0.34, 0.0, 0.15, 0.3)
"""Nearly the largest sender for which the coarsest nodes are taken."""


@pytest.mark.parametrize(
    "terminals",
    [MICIUS, replace(MICIUS, jitter=1e-6), UPLINK, replace(UPLINK, sender_obscuration=0.0), GREAT, EDGE],
)
def test_fast_mode_in_the_leo_range(terminals: Terminals) -> None:
    distance = np.geomspace(3e5, 3e6, 25)
    exact = np.array([collected(terminals, float(x)) for x in distance])
    assert np.abs(db(interpolated(terminals, distance) / exact)).max() < FAST_DB


def test_doubling_the_range_in_the_far_field_costs_6_db() -> None:
    near, far = collected(MICIUS, 2e7), collected(MICIUS, 4e7)
    assert float(db(far / near)) == pytest.approx(20 * np.log10(2.0), abs=0.01)


def test_a_huge_receiver_takes_all_and_no_more() -> None:
    shares = [collected(replace(MICIUS, receiver=d), 5e5) for d in (0.5, 1.0, 5.0, 50.0)]
    assert np.all(np.diff(shares) > 0)
    assert 0.99 < shares[-1] <= 1.0


def test_close_by_nothing_is_lost() -> None:
    assert collected(MICIUS, 2e4) == pytest.approx(1.0, abs=0.01)


@given(st.floats(1e-8, 5e-6), st.floats(1.1, 2.5))
def test_more_jitter_and_more_bias_cost_more(jitter: float, more: float) -> None:
    def at(**pointing: float) -> float:
        return collected(replace(MICIUS, **pointing), 1.2e6)

    assert at(jitter=jitter * more) < at(jitter=jitter) * (1 + 1e-9)
    small = min(jitter, 1e-6)  # three times this is the first dark ring
    assert at(bias=small * more) < at(bias=small) * (1 + 1e-9)


def test_bias_and_jitter_together_lie_below_each_alone() -> None:
    both = collected(replace(MICIUS, jitter=1e-6, bias=1e-6), 1.2e6)
    assert both < collected(replace(MICIUS, jitter=1e-6), 1.2e6)
    assert both < collected(replace(MICIUS, bias=1e-6), 1.2e6)


@given(st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_obscuration_of_the_receiver_costs_light(small: float, step: float) -> None:
    less = collected(replace(MICIUS, receiver_obscuration=small), 1e6)
    assert collected(replace(MICIUS, receiver_obscuration=small + step), 1e6) < less


def test_klein_degnan_waist_is_the_best_on_axis() -> None:
    best = klein_degnan_1974(0.3, 0.0)
    on_axis = [
        collected(replace(MICIUS, waist=w, receiver=0.01), 1.2e6) * exit_share(w, 0.3, 0.0)
        for w in (0.9 * best, best, 1.1 * best)
    ]
    assert on_axis[1] == max(on_axis)


@given(st.floats(1.0, 30.0), st.floats(0.01, 60.0), st.floats(0.0, 0.5), st.floats(0.0, 20.0), st.floats(0.0, 20.0))
def test_gaussian_shares_are_shares(radius: float, disc: float, hole: float, rms: float, bias: float) -> None:
    still = float(beam.gaussian_collected(radius, disc, hole))
    caught = float(beam.gaussian_caught(radius, disc, hole, rms, bias))
    assert 0 < still <= 1
    assert -1e-12 <= caught <= 1


def test_noncentral_and_closed_form_agree_at_zero_bias() -> None:
    closed = beam.gaussian_caught(5.0, 1.0, 0.2, 2.0, 0.0)
    assert float(beam.gaussian_caught(5.0, 1.0, 0.2, 2.0, 1e-9)) == pytest.approx(float(closed), rel=1e-9)


def test_conventions_have_their_meaning() -> None:
    # far away, half the power-density width at half maximum of the fwhm convention
    radius = float(beam.gaussian_radius(1e9, 1e-5, 850e-9))
    assert radius == pytest.approx(0.5e-5 * 1e9, rel=1e-6)
    assert np.exp(-2 * beam.FWHM_PER_1E2**2) == pytest.approx(0.5)
    assert float(beam.equivalent_radius(beam.gaussian_collected(7.0, 1.0), 1.0)) == pytest.approx(7.0, rel=1e-9)
    assert float(beam.area_ratio(0.0, 0.3, 1e-5, 50.0)) == 1.0
