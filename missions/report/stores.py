"""The key stores of a network over time, drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from links.channel import Floats
from missions.report import svg
from missions.report.figures import SHADES, dates, years
from missions.report.svg import GREY, Axes

POINTS = 600
"""Of a line at most: more are drawn as the lowest and the highest of their neighbours."""


def levels(names: Sequence[str], day: Floats, bits: Floats, reserve: float, start: datetime, days: float) -> str:
    """Levels of a few stores: `bits` (stores, times) at `day` (times,) since the start; the reserve as a thin line."""
    unit, scale = _unit(float(bits.max(initial=0.0)))
    top = 1.05 * float(bits.max(initial=0.0)) / scale or 1.0
    axes = Axes(80, 40, 660, 240, (0.0, days), (0.0, top))
    parts = [axes.title("Key in store"), *axes.side(svg.ticks(0.0, top, 5), unit)]
    parts += axes.bottom(dates(start, days), years(start, days))
    if reserve > 0:
        parts.append(axes.line(np.array([0.0, days]), np.full(2, reserve / scale), GREY, 1.0, "2 2"))
    for row, name in enumerate(names):
        colour, dash = SHADES[row % len(SHADES)]
        parts.append(axes.line(*_thinned(day, bits[row] / scale), colour, 1.8, dash))
        y = 54.0 + 22 * row
        parts += [svg.line([764, 800], [y, y], colour, 1.8, dash), svg.text(808, y + 4, name, font_size=11)]
    if reserve > 0:
        y = 54.0 + 22 * len(names)
        parts += [svg.line([764, 800], [y, y], GREY, 1.0, "2 2"), svg.text(808, y + 4, "reserve", font_size=11)]
    return svg.picture(1040, 330, parts, f"Key in store over time: {', '.join(names)}")


def _unit(most: float) -> tuple[str, float]:
    return next((unit, scale) for unit, scale in (("Gbit", 1e9), ("Mbit", 1e6), ("kbit", 1e3), ("bit", 1.0))
                if most >= scale or scale == 1.0)  # fmt: skip


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The same line with fewer points, its peaks and troughs kept."""
    if len(x) <= POINTS:
        return x, y
    edges = np.linspace(0, len(x), POINTS // 2 + 1).astype(int)
    rows = [first + np.sort([np.argmin(y[first:last]), np.argmax(y[first:last])])
            for first, last in pairwise(edges.tolist())]  # fmt: skip
    chosen = np.unique(np.concatenate([[0], *rows, [len(x) - 1]]))
    return x[chosen], y[chosen]
