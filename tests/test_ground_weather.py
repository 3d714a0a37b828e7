"""Clouds: the climate as written, and the drawn weathers against closed forms."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import ndtri
from scipy.stats import binom, multivariate_normal

from ground.weather import MONTHS, StationWeather, Weather, clear, clear_sky, clouds, correlation, month
from orbits.clock import DAY, seconds

HOUR = 3600.0
WEATHERS = 20_000
FIVE_SIGMA = 5.0
"""Each statistic is one draw with a fixed seed; five standard errors leave a wrong formula nowhere to hide."""
FAR = np.array([[1e9, 0, 0], [0, 1e9, 0], [0, 0, 1e9], [-1e9, 0, 0], [0, -1e9, 0]])
"""Sites so far apart that they share nothing."""


def drawn(
    position: np.ndarray, tau: np.ndarray, station: list[int], time: list[float], probability: float
) -> np.ndarray:
    field = clouds(position, tau, 300e3, np.array(station), np.array(time))
    return clear(field, np.full(len(station), probability), 5, range(WEATHERS))


def within(found: float, expected: float, variance: float) -> bool:
    return bool(abs(found - expected) <= FIVE_SIGMA * np.sqrt(variance / WEATHERS))


def both(probability: float, rho: float) -> float:
    """Probability that two latent numbers of correlation rho both lie below the level of `probability`."""
    level = ndtri(probability)
    return float(multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf([level, level]))


def test_one_number_is_every_month() -> None:
    weather = StationWeather.model_validate({"clear_sky": 0.65})
    assert weather.clear_sky == (0.65,) * MONTHS
    assert weather.persistence == 12 * HOUR
    assert Weather().correlation_length == 300e3


def test_tables_are_read_and_written_back() -> None:
    months = [0.75, 0.72, 0.68, 0.62, 0.58, 0.45, 0.35, 0.40, 0.55, 0.65, 0.72, 0.76]
    weather = StationWeather.model_validate({"clear_sky": months, "persistence": "6 h"})
    assert weather.clear_sky == tuple(months)
    assert weather.persistence == 6 * HOUR
    assert StationWeather.model_validate(weather.model_dump()) == weather
    common = Weather.model_validate({"correlation_length": "200 km", "realisations": 50})
    assert (common.correlation_length, common.realisations) == (200e3, 50)
    assert Weather.model_validate(common.model_dump()) == common


@pytest.mark.parametrize(
    ("clear_sky", "sentence"),
    [
        (1.2, "1.2 is no probability"),
        ([0.5] * 11, "give one probability or 12, January to December; found 11"),
        ([0.5] * 11 + [-0.1], "-0.1 is no probability"),
        (float("nan"), "nan is no probability"),
        ("often", "'often' is no probability"),
    ],
)
def test_mistakes_are_named(clear_sky: object, sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        StationWeather.model_validate({"clear_sky": clear_sky})


def test_units_and_sizes_are_required() -> None:
    for table in ({"correlation_length": 300}, {"correlation_length": "0 km"}, {"realisations": 0}, {"cover": 1}):
        with pytest.raises(ValidationError):
            Weather.model_validate(table)
    with pytest.raises(ValidationError):
        StationWeather.model_validate({"clear_sky": 0.5, "persistence": "0 h"})


@pytest.mark.parametrize(
    ("degrees", "when", "expected"),
    [
        (0.0, datetime(2017, 1, 15, 0, tzinfo=UTC), 1),
        (0.0, datetime(2017, 2, 1, 3, tzinfo=UTC), 1),  # still the night of 31 January
        (0.0, datetime(2017, 2, 1, 13, tzinfo=UTC), 2),
        (116.0, datetime(2017, 1, 31, 20, tzinfo=UTC), 1),  # 03:44 local, the night of 31 January
        (116.0, datetime(2017, 2, 1, 12, tzinfo=UTC), 2),  # 19:44 local, the evening of 1 February
        (350.0, datetime(2017, 2, 1, 12, 30, tzinfo=UTC), 1),  # 350 deg east is 10 deg west: 11:50 local
        (-155.0, datetime(2017, 2, 1, 6, tzinfo=UTC), 1),  # 19:40 local, the evening of 31 January
        (0.0, datetime(2017, 1, 1, 2, tzinfo=UTC), 12),
    ],
)
def test_a_night_has_the_month_of_its_evening(degrees: float, when: datetime, expected: int) -> None:
    assert month(np.radians([degrees]), np.array([seconds(when)])).tolist() == [expected - 1]


def test_each_pass_gets_its_station_and_month() -> None:
    weather = [
        StationWeather(clear_sky=tuple(i / 20 for i in range(MONTHS))),
        None,
        StationWeather(clear_sky=(0.65,) * 12),
    ]
    evenings = [seconds(datetime(2017, number, 20, 20, tzinfo=UTC)) for number in range(1, 13)]
    station, time = np.repeat([0, 1, 2], MONTHS), np.tile(evenings, 3)
    found = clear_sky(weather, np.zeros(3), station, time).reshape(3, MONTHS)
    np.testing.assert_array_equal(found[0], np.arange(MONTHS) / 20)
    np.testing.assert_array_equal(found[1:], [[1.0] * MONTHS, [0.65] * MONTHS])


def test_independent_sites_are_clear_together_as_coins_are() -> None:
    """N of M: how many of five far sites are clear is binomial."""
    flags = drawn(FAR, np.full(5, 12 * HOUR), [0, 1, 2, 3, 4], [0.0] * 5, 0.6)
    for number, probability in enumerate(binom(5, 0.6).pmf(range(6))):
        assert within(np.mean(flags.sum(axis=1) == number), probability, probability * (1 - probability))


def test_sites_at_one_place_are_clear_together() -> None:
    """Fully correlated: M sites are worth one, whatever is between their passes in the table."""
    flags = drawn(np.repeat(FAR[:1], 5, axis=0), np.full(5, 12 * HOUR), [0, 1, 2, 3, 4], [7.0] * 5, 0.6)
    assert (flags == flags[:, :1]).all()
    assert within(flags[:, 0].mean(), 0.6, 0.24)


def test_certain_skies() -> None:
    field = clouds(FAR, np.full(5, HOUR), 300e3, np.arange(5), np.zeros(5))
    flags = clear(field, np.array([0.0, 1.0, 0.0, 1.0, 1.0]), 1, range(100))
    assert (flags == [False, True, False, True, True]).all()


@pytest.mark.parametrize("lag", [0.0, 60.0, 6 * HOUR, 12 * HOUR, 5 * DAY])
def test_one_site_forgets_as_its_persistence_says(lag: float) -> None:
    """Tetrachoric: both passes clear as often as two normal numbers of correlation exp(-dt/tau) are low."""
    flags = drawn(FAR, np.full(5, 12 * HOUR), [0, 0], [0.0, lag], 0.4)
    expected = both(0.4, np.exp(-lag / (12 * HOUR))) if lag else 0.4
    assert within(np.mean(flags.all(axis=1)), expected, expected * (1 - expected))


@pytest.mark.parametrize(("near", "lag"), [(50e3, 0.0), (300e3, 0.0), (300e3, 6 * HOUR), (600e3, HOUR)])
def test_neighbours_share_clouds_as_the_length_says(near: float, lag: float) -> None:
    position = np.array([[0, 0, 0], [near, 0, 0]])
    flags = drawn(position, np.full(2, 12 * HOUR), [0, 1], [0.0, lag], 0.7)
    expected = both(0.7, np.exp(-near / 300e3 - lag / (12 * HOUR)))
    assert within(np.mean(flags.all(axis=1)), expected, expected * (1 - expected))


def test_sites_of_different_persistence_are_correlated_as_documented() -> None:
    position, tau = np.array([[0, 0, 0], [100e3, 0, 0]]), np.array([6 * HOUR, 24 * HOUR])
    for later, decay in ((0, 6 * HOUR), (1, 24 * HOUR)):
        flags = drawn(position, tau, [1 - later, later], [0.0, 5 * HOUR], 0.5)
        rho = np.exp(-1 / 3) * np.sqrt(6 * 24) / 15 * np.exp(-5 * HOUR / decay)
        expected = both(0.5, rho)
        assert within(np.mean(flags.all(axis=1)), expected, expected * (1 - expected))


def test_long_missions_keep_the_correlations_across_runs() -> None:
    """The latent field of 300 passes over three sites, out of order: its covariance is the documented one."""
    rng = np.random.default_rng(3)
    station, time = rng.integers(0, 3, 300), rng.uniform(0, 4 * DAY, 300)
    position = np.array([[0, 0, 0], [200e3, 0, 0], [0, 900e3, 0]])
    flags = drawn(position, np.full(3, 12 * HOUR), station.tolist(), time.tolist(), 0.5)
    apart = np.linalg.norm(position[station][:, None] - position[station], axis=-1)
    rho = np.exp(-apart / 300e3 - np.abs(time[:, None] - time) / (12 * HOUR))
    expected = np.arcsin(rho) / (2 * np.pi)  # orthant probability less 1/4
    signs = flags - 0.5
    found = signs.T @ signs / WEATHERS
    assert np.abs(found - expected).max() < FIVE_SIGMA * 0.25 / np.sqrt(WEATHERS)


@given(
    st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 3, st.floats(60.0, 1e7)), min_size=1, max_size=8),
    st.floats(1e3, 1e7),
)
def test_the_correlation_is_a_possible_one(sites: list[tuple[float, ...]], length: float) -> None:
    table = np.array(sites)
    found = correlation(table[:, :3], table[:, 3], length)
    np.testing.assert_allclose(np.diag(found), 1.0)
    rounding = 1e-12
    assert np.linalg.eigvalsh(found).min() > -rounding


def test_weathers_do_not_depend_on_how_they_are_cut() -> None:
    rng = np.random.default_rng(1)
    field = clouds(FAR, np.full(5, 12 * HOUR), 300e3, rng.integers(0, 5, 200), rng.uniform(0, 9 * DAY, 200))
    probability = rng.uniform(size=200)
    whole = clear(field, probability, 9, range(100))
    parts = [clear(field, probability, 9, part) for part in (range(1), range(1, 64), range(64, 100))]
    assert (whole == np.concatenate(parts)).all()
    assert (whole != clear(field, probability, 10, range(100))).any()


def test_no_passes_have_no_weather() -> None:
    none = np.empty(0, dtype=np.int64)
    assert clear(clouds(FAR, np.full(5, HOUR), 300e3, none, none * 1.0), none * 1.0, 1, range(3)).shape == (3, 0)
