"""Gains and errors per pulse against exact sums over photon numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln

from keys import Detector, Source, detect, gains
from keys.receiver import Light, _passive
from links.channel import Channel

EXACT = 1e-9
"""The reference sums carry thirty digits; ours are double precision with the cancellations written out."""


def channel(transmittance, background=0.0, flip=0.0, log_variance=0.0, duration=1.0, links=1, samples=1):
    n = links * samples
    full = [np.broadcast_to(np.asarray(v, float), n).copy() for v in (transmittance, background, flip, log_variance)]
    return Channel(links, np.repeat(np.arange(links), samples), np.arange(n) * 1.0, np.full(n, duration), *full)


@pytest.mark.validation
@pytest.mark.parametrize("convention", ["A_two", "B_GLLP", "C_Ma2005"])
def test_each_published_convention(reference, convention, record_figure):
    cases = json.loads((reference / "photon-statistics.json").read_text())["cases"]
    worst = 0.0
    for case in cases:
        mu, eta, dark, flip = (np.array(case[n]) for n in ("mu", "eta", "pd_per_detector", "e_d"))
        ours = {
            "A_two": lambda m=mu, t=eta, d=dark, f=flip: gains.coherent_pair(m * t, f, d),
            "B_GLLP": lambda m=mu, t=eta, d=dark, f=flip: gains.gllp_2004(m, t, f, 2 * d - d * d),
            "C_Ma2005": lambda m=mu, t=eta, d=dark, f=flip: gains.ma_2005(m, t, f, 2 * d - d * d),
        }[convention]()
        published = next(value for name, value in case.items() if name.startswith(convention))
        for value, expected in ((ours[0], published["gain"]), (ours[1] / ours[0], published["qber"])):
            assert value == pytest.approx(expected, rel=EXACT, abs=1e-15)
            worst = max(worst, abs(float(value) / expected - 1) if expected else 0.0)
    record_figure(f"Gains and error rates, convention {convention}", "as summed", f"within {worst:.1e}", "1e-9",
                  "own numeric summation, photon-statistics.json")  # fmt: skip


@given(st.floats(1e-6, 2), st.floats(1e-5, 1), st.floats(0, 0.2), st.floats(0, 0.01), st.floats(0.05, 0.95))
def test_the_general_receiver_is_the_fast_one_for_laser_light(mu, eta, flip, dark, bias):
    light = Light(np.array(eta), np.array(flip), np.array(dark))
    fast = _passive(np.array(mu), light, np.array(bias), (light.noise, light.noise))
    general = _passive(gains.poisson(np.array(mu)), light, np.array(bias), (light.noise, light.noise))
    np.testing.assert_allclose(general.click, fast.click, rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(general.error, fast.error, rtol=1e-8, atol=1e-14)


def test_a_photon_number_table_of_laser_light_is_laser_light():
    n = np.arange(40)
    table = np.exp(-0.8 + n * np.log(0.8) - gammaln(n + 1))
    share = np.array([1e-6, 0.01, 0.5, 1.0])
    np.testing.assert_allclose(gains.distributed(table)(share), gains.poisson(np.array(0.8))(share), rtol=1e-12)


def test_two_photons_of_an_emitter_follow_g2():
    p = gains.emitter(0.6, 0.05)
    assert p.sum() == pytest.approx(1)
    assert p @ np.arange(3) == pytest.approx(0.6)
    assert 2 * p[2] / 0.6**2 == pytest.approx(0.05)


SOURCE = Source(pulse_rate="100 MHz", intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25))


def test_fading_is_averaged_and_small_loss_does_not_feel_it():
    steady, faded = (detect(channel(1e-3, log_variance=v), SOURCE, Detector(efficiency=0.5)) for v in (0.0, 0.5))
    assert faded.sifted[0] == pytest.approx(steady.sifted[0], rel=1e-3)
    eta, v, x = 0.3, 0.4, np.linspace(-9, 9, 20001)
    weight = np.exp(-(x**2) / 2) / np.exp(-(x**2) / 2).sum()
    mean = (weight * -np.expm1(-0.8 * np.minimum(eta * np.exp(np.sqrt(v) * x - v / 2), 1))).sum()
    one = Source(pulse_rate="1 Hz", intensities=(0.8,), probabilities=(1.0,))
    got = detect(channel(eta, log_variance=v), one, Detector(efficiency=1.0, count=2))
    assert got.detections[0] == pytest.approx(mean, rel=2e-3)  # the cap at 1 is a kink


def test_a_gate_shorter_than_the_jitter_loses_photons():
    sharp, blurred = Detector(efficiency=0.5, gate="1 ns"), Detector(efficiency=0.5, gate="1 ns", jitter="1 ns")
    ratio = detect(channel(1e-3), SOURCE, blurred).sifted[0] / detect(channel(1e-3), SOURCE, sharp).sifted[0]
    assert ratio == pytest.approx(0.7610, abs=2e-4)  # erf(sqrt(ln 2)): half a width either side


def test_dead_time_saturates_at_its_inverse():
    fast = Detector(efficiency=0.9, dead_time="1 us")
    assert detect(channel(0.9), SOURCE, fast).detections[0] == pytest.approx(1e6, rel=0.1)
    slow = (
        detect(channel(1e-7), SOURCE, fast).detections[0]
        / detect(channel(1e-7), SOURCE, Detector(efficiency=0.9)).detections[0]
    )
    assert slow == pytest.approx(1, abs=1e-5)


def test_afterpulses_echo_the_mean_rate_in_every_intensity():
    clean, echo = (
        detect(channel(1e-3), SOURCE, Detector(efficiency=0.5, afterpulse_probability=p)) for p in (0.0, 0.02)
    )
    assert echo.detections[0] / clean.detections[0] == pytest.approx(1 / 0.98, rel=1e-3)
    assert clean.clicks[0, 0, 2] == 0
    assert echo.clicks[0, 0, 2] > 0


def echoed_gates(fires, probability, rng):
    """Gates (gates, detectors) in which a detector fires, each click echoed in one of its next thousand gates."""
    fires, fresh = fires.copy(), np.argwhere(fires)
    while len(fresh):
        fresh = fresh[rng.random(len(fresh)) < probability]
        fresh[:, 0] += rng.integers(1, 1000, len(fresh))
        fresh = fresh[fresh[:, 0] < len(fires)]
        fresh = np.unique(fresh[~fires[fresh[:, 0], fresh[:, 1]]], axis=0)
        fires[fresh[:, 0], fresh[:, 1]] = True
    return fires


@pytest.mark.parametrize("count", [2, 4])
def test_afterpulses_fall_where_the_detectors_that_clicked_are_used_next(count):
    """Gate by gate, unlike `draw`, which knows the formulas: light on each detector, echoes in later gates of the same."""
    gates, mu, bias, flip, probability = 8 * 10**6, 0.4, 0.9, 0.02, 0.2
    source = Source(pulse_rate="1 MHz", intensities=(mu,), probabilities=(1.0,), key_basis_probability=bias)
    detector = Detector(efficiency=1.0, count=count, afterpulse_probability=probability)
    expected = detect(channel(0.1, flip=flip, duration=gates / 1e6), source, detector)
    rng = np.random.default_rng(5)
    alice, bob, bit = (rng.random(gates) < bias, rng.random(gates) < bias, rng.random(gates) < 0.5)
    clicks, errors = np.zeros(2), np.zeros(2)
    pairs = [np.ones(gates)] if count == 2 else [np.full(gates, bias), np.full(gates, 1 - bias)]
    fired = []
    for number, share in enumerate(pairs):
        same = (alice == bob) if count == 2 else (alice == (number == 0))
        one = np.where(same, np.where(bit, 1 - flip, flip), 0.5)
        light = np.stack([rng.random(gates) < -np.expm1(-0.1 * mu * share * part) for part in (1 - one, one)], axis=1)
        fired.append(echoed_gates(light, probability, rng))
    for basis, chosen in enumerate((True, False)):
        pair = fired[0] if count == 2 else fired[basis]
        seen = pair.any(axis=1) & (alice == chosen)
        if count == 2:
            seen &= bob == chosen
        else:
            seen &= ~fired[1 - basis].any(axis=1) | (rng.random(gates) < 0.5)
        value = np.where(pair.all(axis=1), rng.random(gates) < 0.5, pair[:, 1])
        clicks[basis], errors[basis] = seen.sum(), (seen & (value != bit)).sum()
    for found, mean in ((clicks, expected.clicks[0, :, 0]), (errors, expected.errors[0, :, 0])):
        assert np.all(np.abs(found - mean) <= 5 * np.sqrt(mean)), (found, mean)


def test_mismatch_costs_the_better_detectors_clicks():
    equal, unequal = (detect(channel(1e-4), SOURCE, Detector(efficiency=0.5, efficiency_mismatch=m)) for m in (0, 0.2))
    assert unequal.sifted[0] / equal.sifted[0] == pytest.approx(0.8, rel=1e-4)
    assert any("mismatch" in label for label in unequal.approximations)
