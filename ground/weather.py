"""Clouds: how often each site is clear, how long its weather lasts, and how far neighbours share it.

A pass is clear or cloudy as a whole. Behind the sky of each site stands a Gaussian number that wanders in time; the
site is clear while it lies below the level that gives the climate's probability (I. I. Gringorten, J. Appl. Meteorol.
5, 606 (1966), for one site). Numbers of two sites move together, the more the nearer the sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from orbits.clock import DAY
from si import Duration, Length

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MONTHS = 12
_NUGGET = 1e-12
"""Added to unit variances, so that sites a hand apart can still be told apart by a Cholesky factor; it moves a latent
value by 1e-6."""
_SHORTEST_RUN = 64
"""Events drawn with one matrix product; runs change the cost, not the distribution."""


def _monthly(value: Any) -> Any:
    if isinstance(value, int | float):
        return (value,) * MONTHS
    if isinstance(value, list | tuple):
        return value
    raise ValueError(f"{value!r} is no probability; give one from 0 to 1, e.g. 0.6, or {MONTHS}, January to December")


def _probabilities(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(values) != MONTHS:
        raise ValueError(f"give one probability or {MONTHS}, January to December; found {len(values)}")
    wrong = next((value for value in values if not 0.0 <= value <= 1.0), None)
    if wrong is not None:
        raise ValueError(f"{wrong:g} is no probability; give numbers from 0 to 1, e.g. 0.6")
    return values


_PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
Monthly = Annotated[
    tuple[float, ...],
    BeforeValidator(_monthly),
    AfterValidator(_probabilities),
    WithJsonSchema(
        {
            "anyOf": [
                _PROBABILITY,
                {"type": "array", "items": _PROBABILITY, "minItems": MONTHS, "maxItems": MONTHS},
            ],
            "description": "probability of a clear sky: one number, or twelve, January to December",
        }
    ),
]


class StationWeather(BaseModel):
    """The climate of a site."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clear_sky: Monthly
    """Probability that the sky is clear, January to December; one number stands for every month."""
    persistence: Annotated[Duration, Field(gt=0)] = 12 * 3600.0
    """Time in which the correlation of the weather with itself falls to 1/e. By default 12 h, assumed: weather outlives
    a pass and a night's passes mostly share it, but the next night is nearly new."""


ALWAYS_CLEAR = StationWeather(clear_sky=(1.0,) * MONTHS)
"""The weather of a station that says nothing of it."""


class Weather(BaseModel):
    """What the weather of all sites has in common, and how many weathers are tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    correlation_length: Annotated[Length, Field(gt=0)] = 300e3
    """Distance at which the correlation between two sites falls to 1/e. By default 300 km, assumed: the size of a cloud
    system, not of a cloud."""
    realisations: Annotated[int, Field(ge=1)] = 1000
    """Weathers drawn for the percentiles; 1,000 place the tenth percentile within 1 % of the weathers."""


def month(longitude: Floats, time: Floats) -> Ints:
    """The month, 0 to 11, of the night at `longitude` (rad) that holds `time` (TT s since J2000); they broadcast.

    Nights are not cut: a night has the date of its evening, a date lasts from local mean noon to noon, so a new month
    begins at noon of its first day. TT is taken for UT1, 70 s of it.
    """
    east = (np.asarray(longitude) / (2 * np.pi) + 0.5) % 1.0 - 0.5
    evening = np.asarray(time + (east - 0.5) * DAY)
    when = np.datetime64("2000-01-01T12:00:00", "s") + np.floor(evening).astype("m8[s]")
    return np.asarray(when.astype("M8[M]").astype(np.int64) % MONTHS)


def clear_sky(weather: Sequence[StationWeather | None], longitude: Floats, station: Ints, time: Floats) -> Floats:
    """Probability of a clear sky for each pass, (passes,); 1 where a station says nothing of its weather.

    `weather` and `longitude` (rad) by station, `station` and `time` (TT s since J2000) by pass. The probability steps
    from month to month: so each month keeps the mean it was given, which a smooth curve through them would not.
    """
    climate = np.array([(site or ALWAYS_CLEAR).clear_sky for site in weather])
    return np.asarray(climate[station, month(longitude[station], time)])


@dataclass(frozen=True, eq=False)
class Stretch:
    """A run of events given the latent field of all sites at its beginning, and the field at its end.

    Columns are the events, then the sites at the end: column i is `decay[i]` times the number that `site[i]` had at the
    beginning, plus row i of `factor` times independent normal numbers.
    """

    site: Ints
    decay: Floats
    factor: Floats
    overpass: Ints
    """The passes of the run."""
    event: Ints
    """The column of each of those passes; passes over one place at one time share one."""


@dataclass(frozen=True, eq=False)
class Clouds:
    """The latent field of a mission's passes, ready to be drawn."""

    beginning: Floats
    """Cholesky factor of the sites' correlation, (sites, sites)."""
    stretches: tuple[Stretch, ...]

    @property
    def normals(self) -> int:
        """How many independent normal numbers one weather takes."""
        return len(self.beginning) + sum(len(stretch.site) for stretch in self.stretches)


def correlation(position: Floats, persistence: Floats, length: float) -> Floats:
    """Correlation of the latent field between sites at one time, (sites, sites).

    `position` (sites, 3) in m, `persistence` (sites,) in s, `length` in m: exp(-d / length) by the straight-line
    distance d, times sqrt(tau_g tau_h) / ((tau_g + tau_h) / 2), which is 1 for equal persistences.
    """
    distance = np.linalg.norm(position[:, None] - position[None], axis=-1)
    mean = (persistence[:, None] + persistence) / 2
    return np.asarray(np.exp(-distance / length) * np.sqrt(persistence[:, None] * persistence) / mean)


def clouds(position: Floats, persistence: Floats, length: float, station: Ints, time: Floats) -> Clouds:
    """Prepare the latent field for passes over `station` (passes,) at `time` (passes,) in s.

    `position` (stations, 3) in m and `persistence` (stations,) in s by station, `length` (m) the correlation length.
    Each site's number is an Ornstein-Uhlenbeck process of rate 1/tau_g, driven by white noise that is correlated
    exp(-d/length) between sites. With one persistence the field's correlation is exp(-d/length - dt/tau) exactly; with
    several it is `correlation` exp(-dt/tau of the later site), which is what such noise gives and hence a possible
    one, as a product of exponentials with mean persistences is not always. (G. E. Uhlenbeck, L. S. Ornstein, Phys. Rev.
    36, 823 (1930), doi:10.1103/PhysRev.36.823.)

    The process is Markov in all sites together: a run of events needs the sites at its beginning only. So the cost
    is linear in passes, in runs that are exact whatever their length.
    """
    places, latent = _distinct(np.column_stack([position, persistence])[station])
    events, row = _distinct(np.column_stack([time, latent]))
    rho = correlation(places[:, :3], places[:, 3], length)
    size = max(_SHORTEST_RUN, 2 * len(places))
    order = np.argsort(row, kind="stable")
    firsts = np.arange(0, len(events) + size, size)
    stretches, start = [], events[:1, 0]
    for first, (begin, end) in zip(firsts, pairwise(np.searchsorted(row[order], firsts)), strict=False):
        run, passes = events[first : first + size], order[begin:end]
        site, decay, factor = _run(rho, 1 / places[:, 3], run[:, 0] - start, run[:, 1].astype(np.int64))
        stretches.append(Stretch(site, decay, factor, passes, row[passes] - first))
        start = run[-1:, 0]
    return Clouds(_factor(rho), tuple(stretches))


def _distinct(rows: Floats) -> tuple[Floats, Ints]:
    """The different rows of a table, sorted, and which of them each row is."""
    found, which = np.unique(rows, axis=0, return_inverse=True)
    return found, which.reshape(-1)


def _factor(covariance: Floats) -> Floats:
    return np.asarray(np.linalg.cholesky(covariance + _NUGGET * np.eye(len(covariance))), dtype=np.float64)


def _run(rho: Floats, rate: Floats, elapsed: Floats, site: Ints) -> tuple[Ints, Floats, Floats]:
    """Site, decay and factor of the events `elapsed` s after their run's beginning, and of the sites at its end."""
    site = np.append(site, np.arange(len(rho)))
    elapsed = np.append(elapsed, np.full(len(rho), elapsed[-1]))
    a = rate[site]
    ahead = elapsed - elapsed[:, None]
    apart = np.maximum(ahead, 0) * a + np.maximum(-ahead, 0) * a[:, None]
    new = -np.expm1(-(a[:, None] + a) * np.minimum(elapsed[:, None], elapsed))
    covariance = rho[np.ix_(site, site)] * np.exp(-apart) * new
    return site, np.exp(-a * elapsed), _factor(covariance)


def clear(clouds: Clouds, probability: Floats, seed: int, realisations: range) -> Flags:
    """Whether each pass is clear in each weather, (realisations, passes), where `probability` is (passes,).

    Weather i has a generator of its own, SeedSequence(seed, spawn_key=(i,)): it is the same whichever others are drawn
    with it, so a long ensemble can be drawn in parts.
    """
    from scipy.special import ndtri

    noise = np.empty((len(realisations), clouds.normals))
    for line, number in zip(noise, realisations, strict=True):
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,))).standard_normal(out=line)
    below, flags = ndtri(probability), np.empty((len(noise), len(probability)), dtype=bool)
    for stretch, values in zip(clouds.stretches, _latent(clouds, noise), strict=True):
        flags[:, stretch.overpass] = values[:, stretch.event] < below[stretch.overpass]
    return flags


def _latent(clouds: Clouds, noise: Floats) -> Iterator[Floats]:
    """The latent field of each stretch's columns, (realisations, events and sites)."""
    sites = len(clouds.beginning)
    state, used = noise[:, :sites] @ clouds.beginning.T, sites
    for stretch in clouds.stretches:
        fresh = noise[:, used : used + len(stretch.site)]
        values = state[:, stretch.site] * stretch.decay + fresh @ stretch.factor.T
        yield values
        state, used = values[:, -sites:], used + len(stretch.site)
