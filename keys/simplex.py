"""Thousands of small maximisations at once: the simplex search of Nelder and Mead, vectorised over problems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from links.channel import Floats, Ints

Score = Callable[[Floats, Ints], Floats]
"""Points (d, n) and which problem each belongs to (n,), to their scores (n,), larger is better."""


@dataclass(frozen=True, eq=False)
class Simplices:
    """Corners (d + 1, d, n) and their scores (d + 1, n) for n problems, numbered in `problem`."""

    corners: Floats
    scores: Floats
    problem: Ints

    def keep(self, rows: Ints) -> Simplices:
        """Only some of the problems."""
        return Simplices(self.corners[:, :, rows], self.scores[:, rows], self.problem[rows])

    def best(self) -> tuple[Floats, Floats]:
        """Best corner (d, n) and its score (n,)."""
        top = self.scores.argmax(axis=0)
        each = np.arange(len(top))
        return self.corners[top, :, each].T, self.scores[top, each]


def nelder_mead(
    score: Score, start: Floats, limit: float, step: float, tolerance: float, iterations: int
) -> tuple[Floats, Floats]:
    """Maximise from `start` (d, n) inside the box -limit..limit; best points (d, n) and scores (n,).

    Nelder and Mead 1965 (doi:10.1093/comjnl/7.4.308) with the coefficients of Gao and Han 2012
    (doi:10.1007/s10589-010-9329-3) for several dimensions. A problem stops when its scores agree to `tolerance`
    relative to the best.
    """
    simplices = _first(score, start, limit, step)
    points, scores = start.copy(), np.full(start.shape[1], -np.inf)
    for _ in range(iterations):
        running = _spread(simplices) > tolerance
        if running.mean() < 0.75:
            _record(simplices, points, scores)
            simplices = simplices.keep(np.flatnonzero(running))
        if not len(simplices.problem):
            return points, scores
        _move(score, simplices, limit)
    _record(simplices, points, scores)
    return points, scores


def _first(score: Score, start: Floats, limit: float, step: float) -> Simplices:
    d, n = start.shape
    corners = np.repeat(start[None], d + 1, axis=0)
    for i in range(d):
        corners[i + 1, i] += np.where(corners[0, i] > 0, -step, step)
    corners = np.clip(corners, -limit, limit)
    problem = np.arange(n)
    return Simplices(corners, np.stack([score(corner, problem) for corner in corners]), problem)


def _spread(simplices: Simplices) -> Floats:
    high, low = simplices.scores.max(axis=0), simplices.scores.min(axis=0)
    return np.asarray((high - low) / np.maximum(np.abs(high), 1e-6))


def _record(simplices: Simplices, points: Floats, scores: Floats) -> None:
    points[:, simplices.problem], scores[simplices.problem] = simplices.best()


def _move(score: Score, simplices: Simplices, limit: float) -> None:
    """One step of every problem, in place: reflect, expand or contract the worst corner, or shrink where none helps.

    All four places are scored in one call: for the few problems that run long, a call costs more than its points.
    """
    corners, scores, problem = simplices.corners, simplices.scores, simplices.problem
    d, n = corners.shape[1:]
    each = np.arange(n)
    worst, best = scores.argmin(axis=0), scores.max(axis=0)
    lowest = scores[worst, each]
    second = np.partition(scores, 1, axis=0)[1]
    out = corners[worst, :, each].T
    centre = (corners.sum(axis=0) - out) / d
    contraction = 0.75 - 0.5 / d
    lengths = np.array([1.0, 1.0 + 2.0 / d, contraction, -contraction])
    tried = np.clip(centre[:, None] + lengths[:, None] * (centre - out)[:, None], -limit, limit)
    values = score(tried.reshape(d, 4 * n), np.tile(problem, 4)).reshape(4, n)
    taken = _taken(values, best, second, lowest)
    moved = np.flatnonzero(taken >= 0)
    corners[worst[moved], :, moved] = tried[:, taken[moved], moved].T
    scores[worst[moved], moved] = values[taken[moved], moved]
    _shrink(score, simplices, np.flatnonzero(taken < 0))


def _taken(values: Floats, best: Floats, second: Floats, lowest: Floats) -> Ints:
    """Which of reflection, expansion, outer and inner contraction (4, n) to take; -1 is none of them."""
    reflected, expanded, outer, inner = values
    beyond = np.where(expanded > reflected, 1, 0)
    outside, inside = np.where(outer > reflected, 2, -1), np.where(inner > lowest, 3, -1)
    rules = [reflected > best, reflected > second, reflected > lowest]
    return np.select(rules, [beyond, np.zeros_like(beyond), outside], inside)


def _shrink(score: Score, simplices: Simplices, rows: Ints) -> None:
    """Draw every corner of some problems towards the best one."""
    if not len(rows):
        return
    corners, d = simplices.corners, simplices.corners.shape[1]
    top = simplices.scores[:, rows].argmax(axis=0)
    anchor = corners[top, :, rows].T
    for i in range(d + 1):
        moved = np.flatnonzero(top != i)
        some = rows[moved]
        corners[i][:, some] = anchor[:, moved] + (1.0 - 1.0 / d) * (corners[i][:, some] - anchor[:, moved])
        simplices.scores[i, some] = score(corners[i][:, some], simplices.problem[some])
