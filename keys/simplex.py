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
    """One step of every problem, in place: reflect, then expand or contract where that asks for it, else shrink."""
    corners, scores, problem = simplices.corners, simplices.scores, simplices.problem
    d, n = corners.shape[1:]
    each = np.arange(n)
    worst, best = scores.argmin(axis=0), scores.max(axis=0)
    lowest = scores[worst, each]
    scores[worst, each] = np.inf
    second = scores.min(axis=0)
    scores[worst, each] = lowest
    out = corners[worst, :, each].T
    centre = (corners.sum(axis=0) - out) / d
    away = centre - out
    point = np.clip(centre + away, -limit, limit)
    value = score(point, problem)
    again = np.flatnonzero((value > best) | (value <= second))
    failed = _second_try(score, simplices, limit, (point, value), (centre, away), again, best, lowest)
    kept = np.ones(n, dtype=bool)
    kept[failed] = False
    corners[worst[kept], :, each[kept]] = point[:, kept].T
    scores[worst[kept], each[kept]] = value[kept]
    _shrink(score, simplices, failed)


def _second_try(
    score: Score, simplices: Simplices, limit: float, reflected: tuple[Floats, Floats],
    ray: tuple[Floats, Floats], again: Ints, best: Floats, lowest: Floats,
) -> Ints:  # fmt: skip
    """Expand beyond a new best, contract where reflection did not help; returns the problems that must shrink."""
    (point, value), (centre, away), d = reflected, ray, simplices.corners.shape[1]
    first = value[again]
    contraction = 0.75 - 0.5 / d
    length = np.where(first > best[again], 1.0 + 2.0 / d, np.where(first > lowest[again], contraction, -contraction))
    trial = np.clip(centre[:, again] + length * away[:, again], -limit, limit)
    scored = score(trial, simplices.problem[again])
    better = scored > np.where(length > 0, first, lowest[again])
    point[:, again[better]], value[again[better]] = trial[:, better], scored[better]
    return np.asarray(again[~better & (length < 1.0)])


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
