"""Many roots at once: Newton's method kept inside brackets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
ValueAndSlope = Callable[[Floats, Ints], tuple[Floats, Floats]]

LAST_STEP = 1e-3
"""s; a step of Newton's method this short leaves an error of about its square over the time to the next turning point:
below 1e-5 s for a pass that lasts a fifth of a second, and below 1e-8 s for any other."""
_ROUNDS = 80
"""Even bisection alone ends an interval of an hour below the last step in 22 rounds."""
_GUESSES = 3
"""Steps of Newton's method on the cubic that has the ends' values and slopes, before the function itself is asked."""


@dataclass(frozen=True, eq=False)
class Ends:
    """Values and slopes of functions at the two ends of their brackets, 0 and `width`, all (n,)."""

    width: Floats
    left: Floats
    right: Floats
    left_slope: Floats
    right_slope: Floats


def bracketed_roots(function: ValueAndSlope, ends: Ends, slack: float = 0.0) -> Floats:
    """Where functions with values of opposite sign at 0 and `width` vanish, (n,).

    `function(x, rows)` gives values and slopes of the functions numbered `rows` at `x`. A step of Newton that leaves
    its bracket is replaced by a bisection. Where no turning point lies inside the brackets, a step whose square is
    below `slack` (s) times the distance to the nearer end may be the last: it leaves an error of about `slack`.
    Each row's result depends on that row alone, to the last bit.
    """
    low, high = np.zeros(len(ends.width)), ends.width.copy()
    rising = ends.right > ends.left
    x = _guess(ends)
    rows = np.arange(len(x))
    for _ in range(_ROUNDS):
        if not rows.size:
            break
        here = x[rows]
        value, slope = function(here, rows)
        beyond = (value > 0) == rising[rows]
        high[rows] = np.where(beyond, here, high[rows])
        low[rows] = np.where(beyond, low[rows], here)
        there, newton = _next(here, value, slope, low[rows], high[rows])
        x[rows] = there
        step, room = np.abs(there - here), np.minimum(there, ends.width[rows] - there)
        done = (step <= LAST_STEP) | (newton & (step * step < slack * room)) | (value == 0)
        rows = rows[~done]
    return x


def _next(x: Floats, value: Floats, slope: Floats, low: Floats, high: Floats) -> tuple[Floats, Flags]:
    """Where to look next, and whether Newton's method says so."""
    with np.errstate(divide="ignore", invalid="ignore"):
        newton = x - value / slope
    inside = (newton >= low) & (newton <= high)
    return np.where(value == 0, x, np.where(inside, newton, 0.5 * (low + high))), inside


def _guess(ends: Ends) -> Floats:
    """The root of the cubic through the ends, nearly; a straight line's where that fails."""
    rise = ends.right - ends.left
    p, q = ends.left_slope * ends.width, ends.right_slope * ends.width
    second, third = 3 * rise - 2 * p - q, p + q - 2 * rise
    line = -ends.left / rise
    u = line
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_GUESSES):
            slope = (3 * third * u + 2 * second) * u + p
            u = u - (((third * u + second) * u + p) * u + ends.left) / slope
    return np.asarray(np.where((u > 0) & (u < 1), u, line) * ends.width)
