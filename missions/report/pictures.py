"""From a budget to the numbers that the pictures show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from missions.losses import itemised
from missions.report import figures
from missions.simulate import channels
from orbits import datetimes
from si import db

if TYPE_CHECKING:
    from missions.budget import Budget

TRACKS_SHOWN = 80
"""Passes drawn on a station's sky: more would be a grey disc."""
DEG = 180.0 / np.pi
DAY = 86_400.0


def station(budget: Budget, index: int) -> str:
    """The picture of one station."""
    passes = budget.all_passes
    mine = np.flatnonzero(passes.station == index)
    mission = budget.scenario.mission
    return figures.station_picture(
        name=budget.scenario.stations[index].name,
        tracks=_sky(budget, mine),
        keys=_keys(budget, mine),
        best=_best(budget, mine),
        start=mission.start,
        days=(passes.end - passes.start) / DAY,
    )


def _keys(budget: Budget, mine: NDArray[np.int64]) -> list[figures.PassKey]:
    days = (budget.all_passes.culmination[mine] - budget.all_passes.start) / DAY
    rows = zip(mine.tolist(), days.tolist(), strict=True)
    return [
        figures.PassKey(day, float(budget.secret_bits[row]) / 1e3, bool(budget.served[row]), _name(budget, row))
        for row, day in rows
    ]


def _name(budget: Budget, row: int) -> str:
    """What the pointer shows: when, how high, how much."""
    passes, secret = budget.all_passes, int(budget.secret_bits[row])
    when = datetimes(passes.culmination[[row]])[0]
    who = passes.satellites[passes.satellite[row]].name
    return f"{who}, {when:%d %b %H:%M} UTC, {passes.max_elevation[row] * DEG:.0f}°, {secret:,} secret bits"


def _sky(budget: Budget, mine: NDArray[np.int64]) -> list[figures.SkyTrack]:
    """The passes' tracks, those with key first in line when there are too many to draw."""
    ranked = mine[np.lexsort((-budget.all_passes.max_elevation[mine], -budget.secret_bits[mine]))]
    rows = np.sort(ranked[:TRACKS_SHOWN])
    track = budget.all_passes.select(rows).sample(10.0)
    cut = np.flatnonzero(np.diff(track.row)) + 1
    columns = (np.split(column, cut) for column in (track.azimuth, track.elevation, track.contact))
    parts = zip(rows.tolist(), *columns, strict=True) if rows.size else ()
    return [
        figures.SkyTrack(azimuth, elevation, contact, bool(budget.served[row]), _name(budget, row))
        for row, azimuth, elevation, contact in parts
    ]


def best_pass(budget: Budget, mine: NDArray[np.int64]) -> int | None:
    """The row of the station's pass with the most key, or None."""
    return int(mine[np.argmax(budget.secret_bits[mine])]) if budget.secret_bits[mine].any() else None


def _best(budget: Budget, mine: NDArray[np.int64]) -> figures.BestPass | None:
    row = best_pass(budget, mine)
    if row is None:
        return None
    track, channel = next(channels(budget.scenario, budget.all_passes.select(np.array([row]))))
    culmination = budget.all_passes.culmination[row]
    return figures.BestPass(
        title=f"Best pass, {datetimes(np.array([culmination]))[0]:%d %b %H:%M}",
        minutes=(track.time - culmination) / 60,
        loss_db=db(channel.transmittance),
        elevation_deg=track.elevation * DEG,
        contact=track.contact,
    )


def against_elevation(budget: Budget) -> str:
    """Each factor's loss along the used pass that reached highest (of all passes, where none was used)."""
    passes = budget.all_passes
    if not len(passes):
        return ""
    height = np.where(budget.served | ~budget.served.any(), passes.max_elevation, -1.0)
    highest = passes.select(np.array([int(np.argmax(height))]))
    track, channel = next(channels(budget.scenario, highest))
    shown = track.contact if track.contact.any() else np.ones(len(track.contact), dtype=bool)
    factors = dict(channel.budget.factors) if channel.budget else {}
    losses = {factor: db(values)[shown] for factor, values in {**factors, "total": channel.transmittance}.items()}
    where, when = passes.stations[highest.station[0]].name, datetimes(highest.culmination)[0]
    who = passes.satellites[highest.satellite[0]].name
    return figures.against_elevation(f"{who} over {where}, {when:%d %b %H:%M}", track.elevation[shown] * DEG, losses)


def waterfall(budget: Budget) -> str:
    """Loss of each factor at the culmination of each station's best pass (its highest, where none gave key)."""
    passes, rows, names = budget.all_passes, [], []
    for index, place in enumerate(budget.scenario.stations):
        mine = np.flatnonzero(passes.station == index)
        if mine.size:
            best = best_pass(budget, mine)
            rows.append(best if best is not None else int(mine[np.argmax(passes.max_elevation[mine])]))
            names.append(place.name)
    if not rows:
        return ""
    factors = itemised(budget.scenario, passes.select(np.array(rows)), ("culmination",))["culmination"]
    losses = np.array([column for name, column in factors.items() if name != "total"]).T
    return figures.waterfall([name for name in factors if name != "total"], losses.tolist(), names)
