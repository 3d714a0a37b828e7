"""Percentiles over weathers, against closed forms."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import pytest
from scipy.stats import binom, norm

from ground import Passes, StationWeather, Weather, find_passes, station
from missions.planning import Ensemble, ensemble
from orbits import Satellite
from orbits.clock import DAY

START, END = "2017-01-01T00:00:00Z", "2017-01-08T00:00:00Z"
WEATHERS = Weather(realisations=4000)
HALF = StationWeather(clear_sky=(0.6,) * 12)
FIVE_SIGMA = 5.0
"""One draw with a fixed seed for each statistic."""
OF_VARIANCE = FIVE_SIGMA * np.sqrt(2 / WEATHERS.realisations)
"""Relative, where the tails are no longer than a normal number's: those of sums of yes and no are shorter."""


@cache
def found() -> Passes:
    """A week of real passes over Graz, Wettzell and Nanshan."""
    orbit = {"epoch": START, "altitude": "500 km", "local_time": "22:30"}
    satellite = Satellite.model_validate({"name": "Polar", "sun_synchronous": orbit})
    return find_passes([satellite], [station(name) for name in ("Graz", "Wettzell", "Nanshan")], START, END)


def passes_at(place: list[int], time: np.ndarray) -> Passes:
    """Passes over the stations by number at the times, all else of no matter here."""
    some = found().select(np.zeros(len(place), dtype=np.int64))
    return replace(some, station=np.array(place), culmination=found().start + time)


def tried(passes: Passes, bits: np.ndarray, setting: Weather = WEATHERS) -> Ensemble:
    return ensemble(passes, bits, [HALF] * 3, setting, 7)


def near(found: float, expected: float, variance: float, size: int = WEATHERS.realisations) -> bool:
    return bool(abs(found - expected) <= FIVE_SIGMA * np.sqrt(variance / size))


def test_the_mean_nears_the_expected_value() -> None:
    bits = np.random.default_rng(0).integers(0, 10**6, len(found()))
    result = tried(found(), bits)
    by_station = np.bincount(found().station, bits, 3)
    np.testing.assert_allclose(result.expected, 0.6 * by_station)
    for mean, expected, spread in zip(result.mean, result.expected, result.bits.std(axis=0), strict=True):
        assert near(mean, expected, spread**2)
    assert (result.bits <= by_station).all()
    np.testing.assert_array_equal(result.total, result.bits.sum(axis=1))


def test_nights_far_apart_are_independent() -> None:
    """One site: variance of the key is the sum of b^2 p (1 - p); of equal keys the number is binomial."""
    time = np.arange(20) * 30 * DAY
    bits = np.arange(1, 21) * 1000
    variance = float(np.sum(bits.astype(float) ** 2) * 0.24)
    result = tried(passes_at([0] * 20, time), bits)
    assert near(result.mean[0], 0.6 * bits.sum(), variance)
    assert result.bits[:, 0].var() == pytest.approx(variance, rel=OF_VARIANCE)
    equal = tried(passes_at([0] * 20, time), np.full(20, 100))
    for percent in (10, 50, 90):
        assert equal.percentile(percent)[0] == 100 * binom(20, 0.6).ppf(percent / 100)


def test_passes_of_one_moment_are_one() -> None:
    """One site, fully correlated: variance (sum b)^2 p (1 - p), all or nothing."""
    result = tried(passes_at([0] * 5, np.zeros(5)), np.full(5, 100))
    assert set(result.bits[:, 0].tolist()) == {0, 500}
    assert near(result.mean[0], 300.0, 500.0**2 * 0.24)
    assert [int(result.percentile(percent)[0]) for percent in (10, 50, 90)] == [0, 500, 500]


def test_a_night_half_remembers() -> None:
    """Two equal passes `lag` apart: variance 2 b^2 (p (1 - p) + cov), cov = arcsin(rho) / 2 pi for p = 1/2."""
    lag = 6 * 3600.0
    even = StationWeather(clear_sky=(0.5,) * 12)
    result = ensemble(passes_at([0, 0], np.array([0.0, lag])), np.full(2, 100), [even] * 3, WEATHERS, 7)
    variance = 2 * 100.0**2 * (0.25 + np.arcsin(np.exp(-lag / even.persistence)) / (2 * np.pi))
    assert result.bits[:, 0].var() == pytest.approx(variance, rel=OF_VARIANCE)


def test_neighbours_are_bad_together_and_so_diversity_is_worth_less() -> None:
    """Graz and Wettzell are 300 km apart, Nanshan 5,000: the pair's total spreads more than the far pair's."""
    bits = np.full(2, 100)
    near_pair = tried(passes_at([0, 1], np.zeros(2)), bits).total.var()
    far_pair = tried(passes_at([0, 2], np.zeros(2)), bits).total.var()
    assert far_pair == pytest.approx(2 * 100.0**2 * 0.24, rel=OF_VARIANCE)
    assert near_pair > 1.2 * far_pair


def test_many_passes_spread_like_a_normal_number() -> None:
    time = np.arange(400) * 10 * DAY
    result = tried(passes_at([0] * 400, time), np.full(400, 1000))
    sigma = np.sqrt(400 * 0.24) * 1000
    for percent in (10, 90):
        quarter_of_sigma = 0.25 * sigma
        expected = 240_000 + sigma * norm.ppf(percent / 100)
        assert result.percentile(percent)[0] == pytest.approx(expected, abs=quarter_of_sigma)


def test_a_station_without_weather_is_always_clear() -> None:
    bits = np.arange(len(found()))
    result = ensemble(found(), bits, [None, HALF, None], Weather(realisations=50), 1)
    full = np.bincount(found().station, bits, 3)
    for values in (result.expected, result.mean, result.percentile(10), result.percentile(90)):
        assert values[[0, 2]].tolist() == full[[0, 2]].tolist()
    assert result.percentile(10)[1] < full[1]


def test_no_key_has_no_spread() -> None:
    result = tried(found(), np.zeros(len(found()), dtype=np.int64), Weather(realisations=10))
    assert result.bits.shape == (10, 3)
    assert result.percentile(50).tolist() == result.expected.tolist() == [0, 0, 0]
    assert result.total_percentile(90) == 0


def test_the_size_of_a_chunk_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bits = np.arange(len(found()))
    whole = tried(found(), bits, Weather(realisations=40)).bits
    monkeypatch.setattr(import_module("missions.planning.ensemble"), "CHUNK", 7)
    np.testing.assert_array_equal(tried(found(), bits, Weather(realisations=40)).bits, whole)
    np.testing.assert_array_equal(tried(found(), bits, Weather(realisations=9)).bits, whole[:9])


def test_the_total_has_percentiles_of_its_own() -> None:
    """Far stations are seldom bad at one time: the tenth percentile of the total exceeds the sum of theirs."""
    result = tried(passes_at([0] * 20 + [2] * 20, np.tile(np.arange(20) * 30 * DAY, 2)), np.full(40, 100))
    assert result.total_percentile(10) > result.percentile(10).sum()
    assert result.total_percentile(90) < result.percentile(90).sum()
