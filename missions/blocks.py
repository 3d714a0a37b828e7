"""Which passes are pooled into one finite-key block.

A block belongs to one satellite and one station, since those two share its key. Days and weeks are counted at the
station from local mean noon, so that a night is never cut in two.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ground import Passes
from keys import Counts, Keys, distill
from links.channel import Ints
from missions.equipment import optimised
from missions.scenario import Scenario

DAY = 86_400.0
_DAYS = {"day": 1, "week": 7}


def block_of(scenario: Scenario, passes: Passes, served: NDArray[np.bool_]) -> Ints:
    """The block of each pass, numbered in order of first use; -1 for passes that are not served."""
    pair = passes.satellite * len(scenario.stations) + passes.station
    period = _period(scenario, passes)
    identity = np.stack([pair, period], axis=1)[served]
    _, first, inverse = np.unique(identity, axis=0, return_index=True, return_inverse=True)
    number = np.empty(len(first), dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    block = np.full(len(passes), -1)
    block[served] = number[inverse.reshape(-1)]
    return block


def _period(scenario: Scenario, passes: Passes) -> Ints:
    policy = scenario.security.block
    if policy == "pass":
        return np.arange(len(passes))
    if policy == "mission":
        return np.zeros(len(passes), dtype=np.int64)
    longitude = np.array([station.longitude for station in scenario.stations])[passes.station]
    local = passes.culmination - passes.start + _utc_seconds(scenario) + longitude / (2 * math.pi) * DAY
    first = _utc_seconds(scenario) + longitude / (2 * math.pi) * DAY
    noon = DAY / 2
    day = np.floor((local - noon) / DAY) - np.floor((first - noon) / DAY)
    return (day // _DAYS[policy]).astype(np.int64)


def _utc_seconds(scenario: Scenario) -> float:
    """Seconds into its UTC day at which the mission starts."""
    start = scenario.mission.start
    return start.hour * 3600.0 + start.minute * 60.0 + start.second + start.microsecond * 1e-6


def pooled(scenario: Scenario, passes: Passes, counts: Counts, served: NDArray[np.bool_]) -> tuple[Counts, Ints, Keys]:
    """Counts of each pass as it was flown, the block of each pass, and one key per block."""
    block = block_of(scenario, passes, served)
    if scenario.security.optimise:
        counts = optimised(scenario, passes, counts, block)
    rows = np.flatnonzero(served)
    return counts, block, distill(counts.select(rows).pool(block[rows]), scenario.security)
