"""The loss budget of each pass, factor by factor, in dB."""

from __future__ import annotations

import numpy as np

from ground import Passes
from links import budget_table
from links.channel import Floats
from links.waterfall import BudgetTable
from missions.scenario import Scenario
from missions.simulate import channels, geometry
from missions.tables import Table

WHERE = ("satellite", "station", "culmination_utc", "max_elevation_deg", "min_range_km")


def table(scenario: Scenario) -> Table:
    """One row per pass: the total at culmination, at the pass's lowest elevation and on average, then each factor."""
    passes = geometry(scenario)
    where = passes.columns()
    factors = itemised(scenario, passes, ("culmination", "mask", "mean"))
    totals = {f"{place}_loss_db": factors[place].pop("total") for place in ("culmination", "mask", "mean")}
    single = {f"{name.replace(' ', '_')}_db": losses for name, losses in factors["culmination"].items()}
    return Table({**{name: where[name] for name in WHERE}, **totals, **single})


def itemised(scenario: Scenario, passes: Passes, places: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
    """Loss in dB of each factor (and "total", the last) for each pass, at each of the places asked for.

    Places are "culmination" (the highest sample), "mask" (the lowest) and "mean" (of the transmittance, over time).
    """
    parts = [budget_table(channel, track) for track, channel in channels(scenario, passes)]
    names = dict.fromkeys(name for part in parts for name in part.factors if name != "total")
    return {place: {name: _column(parts, place, name) for name in (*names, "total")} for place in places}


def _column(parts: list[BudgetTable], place: str, name: str) -> Floats:
    """One factor over all parts; a part without it loses nothing there."""
    return np.concatenate([_one(part.factors, getattr(part, place), name) for part in parts])


def _one(factors: tuple[str, ...], losses: Floats, name: str) -> Floats:
    return losses[:, factors.index(name)] if name in factors else np.zeros(len(losses))
