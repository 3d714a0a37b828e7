"""Names beside dots that do not lie on each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats
from missions.report import svg

LETTER, LINE_HEIGHT, CLEAR = 6.7, 13.0, 6.0
"""Pixels: mean width of a letter and height of a line at 12 px; free distance around a dot."""
SIDES = ((1, 0, "start"), (-1, 0, "end"), (0, -1, "middle"), (0, 1, "middle"),
         (1, -1, "start"), (-1, -1, "end"), (1, 1, "start"), (-1, 1, "end"))  # fmt: skip
"""Right, left, above, below, then the corners."""
DISTANCES = (4.0, 14.0, 28.0)
"""Pixels from the end of a node's sign."""
Box = tuple[float, float, float, float]


class Labels:
    """Places names one after another, each where it covers the least of what is there already."""

    def __init__(self, left: float, top: float, width: float, height: float, x: Floats, y: Floats) -> None:
        self._frame = np.array([left, top, left + width, height])
        seen = np.isfinite(x) & np.isfinite(y)
        dots = np.column_stack([x, y, x, y])[seen]
        self._taken = dots + np.array([-CLEAR, -CLEAR, CLEAR, CLEAR])

    def write(self, x: float, y: float, name: str, reach: float = 6.0) -> str:
        """The name as SVG text, with a thin line to its sign, `reach` wide, where it stands far from it."""
        distances = [reach + away for away in DISTANCES]
        tries = [(self._box(x, y, name, side, away), side, away) for away in distances for side in SIDES]
        costs = [self._covered(np.array(box)) + 0.01 * rank for rank, (box, _, _) in enumerate(tries)]
        box, side, away = tries[int(np.argmin(costs))]
        self._taken = np.vstack([self._taken, box])
        anchor = {"start": box[0], "middle": 0.5 * (box[0] + box[2]), "end": box[2]}[side[2]]
        words = svg.text(anchor, box[3] - 3, name, side[2], paint_order="stroke", stroke="#FFFFFF", stroke_width=3)
        far = away > distances[0]
        return svg.line([x, x + side[0] * away], [y, y + side[1] * away], svg.GREY, 0.8) + words if far else words

    def _box(self, x: float, y: float, name: str, side: tuple[int, int, str], away: float) -> Box:
        wide = LETTER * len(name)
        across = {"start": 0.0, "middle": -0.5 * wide, "end": -wide}[side[2]]
        left = x + side[0] * (away if side[1] == 0 else 0.7 * away) + across
        top = y + side[1] * away - 0.5 * LINE_HEIGHT
        return (left, top, left + wide, top + LINE_HEIGHT)

    def _covered(self, box: NDArray[np.float64]) -> float:
        """Square pixels of what is taken, and of what lies outside the frame, which weighs more."""
        low, high = np.maximum(self._taken[:, :2], box[:2]), np.minimum(self._taken[:, 2:], box[2:])
        shared = np.prod(np.maximum(high - low, 0.0), axis=1).sum()
        inside = np.prod(np.minimum(box[2:], self._frame[2:]) - np.maximum(box[:2], self._frame[:2]))
        return float(shared + 10.0 * (np.prod(box[2:] - box[:2]) - inside))
