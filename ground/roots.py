"""Many roots at once: Newton's method kept inside brackets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ValueAndSlope = Callable[[Floats, Ints], tuple[Floats, Floats]]

TOLERANCE = 1e-6
"""s; ten thousand times finer than the accuracy of the orbit's interpolation asks for, and cheap."""
_ROUNDS = 80
"""Even bisection alone ends an interval of an hour below the tolerance in 32 rounds."""


def bracketed_roots(function: ValueAndSlope, low: Floats, high: Floats, at_low: Floats, at_high: Floats) -> Floats:
    """Where functions with values of opposite sign at `low` and `high` (n,) vanish, to `TOLERANCE`.

    `function(x, rows)` gives values and slopes of the functions numbered `rows` at `x`. A step of Newton that leaves
    its bracket is replaced by a bisection. Each row's result depends on that row alone, to the last bit.
    """
    low, high = low.copy(), high.copy()
    x = low + (high - low) * (at_low / (at_low - at_high))
    rows = np.arange(len(x))
    rising = at_high > at_low
    for _ in range(_ROUNDS):
        if not rows.size:
            break
        here = x[rows]
        value, slope = function(here, rows)
        beyond = (value > 0) == rising[rows]
        high[rows] = np.where(beyond, here, high[rows])
        low[rows] = np.where(beyond, low[rows], here)
        x[rows] = _next(here, value, slope, low[rows], high[rows])
        rows = rows[(np.abs(x[rows] - here) > TOLERANCE) & (value != 0)]
    return x


def _next(x: Floats, value: Floats, slope: Floats, low: Floats, high: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        newton = x - value / slope
    inside = (newton >= low) & (newton <= high)
    return np.where(value == 0, x, np.where(inside, newton, 0.5 * (low + high)))
