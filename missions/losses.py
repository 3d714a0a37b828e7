"""The loss budget of each pass, factor by factor, in dB."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ground import Passes
from links import budget_table
from links.channel import Floats
from links.waterfall import BudgetTable
from missions.scenario import Scenario
from missions.simulate import channels, geometry
from missions.tables import Table

WHERE = ("satellite", "station", "culmination_utc", "max_elevation_deg", "min_range_km")
PLACES = ("culmination", "mask", "mean")
"""Of a pass: its highest sample, its lowest, and the time average of the transmittance."""


def table(scenario: Scenario) -> Table:
    """Three rows per pass, one for each of `PLACES`: the total loss, then each factor's.

    At the culmination and at the mask the factors add up to the total. A mean is that of the transmittance, in which
    what is added is photons, so that the means of the factors need not.
    """
    passes = geometry(scenario)
    where = passes.columns()
    losses = itemised(scenario, passes, PLACES)
    names = ("total", *(name for name in losses[PLACES[0]] if name != "total"))
    return Table(
        {
            **{name: np.repeat(np.asarray(where[name]), len(PLACES)) for name in WHERE},
            "at": PLACES * len(passes),
            **{f"{name.replace(' ', '_')}_db": _rows([losses[place][name] for place in PLACES]) for name in names},
        }
    )


def _rows(columns: Sequence[Floats]) -> Floats:
    """One column per place, each over the passes, as one column with the places of a pass one below the other."""
    return np.stack(columns, axis=1).ravel()


def itemised(scenario: Scenario, passes: Passes, places: tuple[str, ...]) -> dict[str, dict[str, Floats]]:
    """Loss in dB of each factor (and "total", the last) for each pass, at each of the `PLACES` asked for."""
    parts = [budget_table(channel, track) for track, channel in channels(scenario, passes)]
    names = dict.fromkeys(name for part in parts for name in part.factors if name != "total")
    return {place: {name: _column(parts, place, name) for name in (*names, "total")} for place in places}


def _column(parts: list[BudgetTable], place: str, name: str) -> Floats:
    """One factor over all parts; a part without it loses nothing there."""
    return np.concatenate([_one(part.factors, getattr(part, place), name) for part in parts])


def _one(factors: tuple[str, ...], losses: Floats, name: str) -> Floats:
    return losses[:, factors.index(name)] if name in factors else np.zeros(len(losses))
