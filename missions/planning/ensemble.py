"""The same mission under many weathers: percentiles of the key of each station.

The schedule is made before the weather is known and is not changed when clouds come: a served pass under clouds is
lost. A pass is worth the secret bits that the mission's budget gives it under a clear sky. Where a block is one pass
that is exact. Where blocks pool passes it is the pass's share of its block: clouds then make blocks smaller, which
costs more than the share, so that the ensemble is an upper estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ground import Passes
from ground.weather import ALWAYS_CLEAR, Clouds, Flags, StationWeather, Weather, clear, clear_sky, clouds
from links.channel import Floats, Ints

CHUNK = 256
"""Weathers drawn at a time: bounds the memory to about 3 kB a pass. The numbers do not depend on it."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Secret bits of the whole mission for each station, under each weather that was drawn."""

    bits: Ints
    """(weathers, stations)."""
    expected: Floats
    """(stations,): the exact mean over all weathers, the sum of key times probability of a clear sky."""

    @property
    def mean(self) -> Floats:
        """The mean over the weathers drawn, (stations,): it nears `expected` as their number grows."""
        return np.asarray(self.bits.mean(axis=0), dtype=np.float64)

    @property
    def total(self) -> Ints:
        """All stations together, (weathers,)."""
        return np.asarray(self.bits.sum(axis=1))

    def percentile(self, percent: float) -> Ints:
        """Bits of each station, (stations,), that `percent` of the weathers do not exceed.

        P10 is a bad case: nine weathers in ten give more. Each value is that of a weather that was drawn.
        """
        return _percentile(self.bits, percent)

    def total_percentile(self, percent: float) -> int:
        """The same of all stations together; not the sum of theirs, which are not bad at one time."""
        return int(_percentile(self.total, percent))


def _percentile(bits: Ints, percent: float) -> Ints:
    return np.asarray(np.percentile(bits, percent, axis=0, method="inverted_cdf")).astype(np.int64)


def ensemble(
    passes: Passes, bits: Ints, weather: Sequence[StationWeather | None], setting: Weather, seed: int
) -> Ensemble:
    """Draw `setting.realisations` weathers over the `passes`, each worth `bits` (passes,) under a clear sky.

    `weather` is that of each station; None is always clear. A pass has the weather of its culmination. Weather i comes
    from SeedSequence(seed, spawn_key=(i,)).
    """
    rows = np.flatnonzero(bits)
    station, time, worth = passes.station[rows], passes.culmination[rows], bits[rows]
    longitude = np.array([site.longitude for site in passes.stations])
    position = np.array([site.position for site in passes.stations])
    persistence = np.array([(site or ALWAYS_CLEAR).persistence for site in weather])
    probability = clear_sky(weather, longitude, station, time)
    field = clouds(position, persistence, setting.correlation_length, station, time)
    drawn = _drawn(field, probability, seed, setting.realisations)
    sums = [_per_station(flags, worth, station, len(passes.stations)) for flags in drawn]
    expected = np.bincount(station, probability * worth, len(passes.stations)).astype(np.float64)
    return Ensemble(np.concatenate(sums), expected)


def _drawn(field: Clouds, probability: Floats, seed: int, realisations: int) -> Iterator[Flags]:
    for first in range(0, realisations, CHUNK):
        yield clear(field, probability, seed, range(first, min(first + CHUNK, realisations)))


def _per_station(flags: Flags, bits: Ints, station: Ints, stations: int) -> Ints:
    """Bits of the clear passes by station, (weathers, stations), of `flags` (weathers, passes).

    In floats, which are exact to 2^53 bits and have a fast matrix product.
    """
    each, worth = [np.flatnonzero(station == number) for number in range(stations)], bits.astype(np.float64)
    return np.stack([flags[:, rows].astype(np.float64) @ worth[rows] for rows in each], axis=1).astype(np.int64)
