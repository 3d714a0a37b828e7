"""The loss budget as a person reads it: dB per factor at culmination, at the mask and averaged, for every link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from links.channel import Channel, Floats
from si import db

if TYPE_CHECKING:
    import pandas as pd

    from ground import Track


@dataclass(frozen=True, eq=False)
class BudgetTable:
    """Loss in dB of each factor for each link, arrays of shape (links, factors); the last factor is "total".

    `mean` is the dB of the time-averaged transmittance, so that its factors need not add up to its total: what is
    averaged is what is counted, photons. Links without samples have nan.
    """

    factors: tuple[str, ...]
    culmination: Floats
    mask: Floats
    mean: Floats

    def to_frame(self, link: int) -> pd.DataFrame:
        """One link as a table: a row per factor, columns culmination_db, mask_db, mean_db."""
        import pandas as pd

        columns = {f"{name}_db": getattr(self, name)[link] for name in ("culmination", "mask", "mean")}
        return pd.DataFrame(columns, index=pd.Index(self.factors, name="factor"))


def budget_table(channel: Channel, track: Track) -> BudgetTable:
    """The budget of every link at its highest and lowest used elevation, and averaged over time.

    `channel` must come from `track`'s samples (apply the same selection to both). Raises ValueError when it has no
    budget or another number of samples.
    """
    if channel.budget is None or channel.link.shape != track.elevation.shape:
        raise ValueError("budget_table: give the channel of these very samples, with its budget")
    factors = {**channel.budget.factors, "total": channel.transmittance}
    order = np.lexsort((track.elevation, channel.link))
    used, first = np.unique(channel.link[order], return_index=True)
    last = np.append(first[1:], len(order)) - 1
    pick = {"mask": order[first], "culmination": order[last]} if len(used) else {}
    tables = {name: np.full((channel.links, len(factors)), np.nan) for name in ("culmination", "mask", "mean")}
    weight = np.bincount(channel.link, channel.duration, channel.links)
    for column, factor in enumerate(factors.values()):
        for name, sample in pick.items():
            tables[name][used, column] = db(factor[sample])
        total = np.bincount(channel.link, channel.duration * factor, channel.links)
        tables["mean"][used, column] = db(total[used] / weight[used])
    return BudgetTable(tuple(factors), **tables)
