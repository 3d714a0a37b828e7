"""Thousands of small maximisations at once by Newton's method, derivatives by differences.

All points that a step looks at are scored in one call, which is what makes many problems cheap. Every step keeps the
best point seen, so that kinks of the score cost progress, never ground.
"""

from __future__ import annotations

import numpy as np

from keys.simplex import Score
from links.channel import Floats

RADIUS = 1.5
"""Longest step in any coordinate."""
DAMPING = (0.0, 0.03, 0.3, 3.0)
"""Added to the curvatures, relative to the steepest of them, in the trial steps."""
WIDEST, NARROWEST = 0.08, 2e-3
"""Distance of the differences: narrower, rounding shows in the curvature; wider, the third derivative does."""


def newton(score: Score, points: Floats, limit: float, steps: int) -> tuple[Floats, Floats, Floats]:
    """Climb from `points` (d, n) in the box -limit..limit: points, scores (n,), relative gain of the last step (n,)."""
    n = points.shape[1]
    width, values, gain = np.full(n, WIDEST), np.full(n, -np.inf), np.full(n, np.inf)
    for _ in range(steps):
        looked, scores = _stencil(score, points, width, limit)
        gradient, curvature = _derivatives(scores, width, points.shape[0])
        tried, trials = _trials(score, points, gradient, curvature, limit)
        everything, every = np.concatenate([looked, tried], axis=1), np.concatenate([scores, trials])
        top, each = every.argmax(axis=0), np.arange(n)
        moved = np.abs(everything[:, top, each] - points).max(axis=0)
        points, values = everything[:, top, each], every[top, each]
        gain = (values - scores[0]) / np.maximum(np.abs(values), 1e-6)
        width = np.clip(np.where(top == 0, 0.3 * width, moved), NARROWEST, np.maximum(0.5 * width, NARROWEST))
    return points, values, gain


def _stencil(score: Score, points: Floats, width: Floats, limit: float) -> tuple[Floats, Floats]:
    """Points (d, s, n) and scores (s, n): the centre, a step back and forth in each coordinate, one in each pair."""
    d, n = points.shape
    shifts = np.concatenate([np.zeros((1, d)), np.eye(d), -np.eye(d), *_pairs(d)])
    inside = np.clip(points, -limit + WIDEST, limit - WIDEST)
    looked = inside[:, None] + shifts.T[:, :, None] * width
    looked[:, 0] = points
    return looked, _all(score, looked, n)


def _pairs(d: int) -> list[Floats]:
    return [np.eye(d)[[i]] + np.eye(d)[[j]] for i in range(d) for j in range(i)]


def _all(score: Score, points: Floats, n: int) -> Floats:
    d, s, _ = points.shape
    return score(points.reshape(d, s * n), np.tile(np.arange(n), s)).reshape(s, n)


def _derivatives(scores: Floats, width: Floats, d: int) -> tuple[Floats, Floats]:
    """Gradient (n, d) and negative second derivatives (n, d, d)."""
    centre, ahead, behind, both = scores[0], scores[1 : d + 1], scores[d + 1 : 2 * d + 1], scores[2 * d + 1 :]
    gradient = ((ahead - behind) / (2.0 * width)).T
    curvature = np.empty((len(width), d, d))
    pairs = [(i, j) for i in range(d) for j in range(i)]
    for i in range(d):
        curvature[:, i, i] = -(ahead[i] - 2.0 * centre + behind[i]) / width**2
    for row, (i, j) in zip(both, pairs, strict=True):
        curvature[:, i, j] = curvature[:, j, i] = -(row - ahead[i] - ahead[j] + centre) / width**2
    return gradient, curvature


def _trials(score: Score, points: Floats, gradient: Floats, curvature: Floats, limit: float) -> tuple[Floats, Floats]:
    """Newton steps at several dampings, uphill even where the score is not concave, and their scores."""
    values, vectors = np.linalg.eigh(curvature)
    steepest = np.abs(values).max(axis=1, keepdims=True) + 1e-300
    slope = (vectors * gradient[:, :, None]).sum(axis=1)
    tried = []
    for damping in DAMPING:
        along = slope / (np.maximum(np.abs(values), 1e-9 * steepest) + damping * steepest)
        step = (vectors * along[:, None]).sum(axis=2)
        step *= np.minimum(1.0, RADIUS / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
        tried.append(np.clip(points + step.T, -limit, limit))
    moved = np.stack(tried, axis=1)
    return moved, _all(score, moved, points.shape[1])
