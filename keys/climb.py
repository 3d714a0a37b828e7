"""The best settings of every block from a cold start: candidates of each region, climbs, and a polish of the best."""

from __future__ import annotations

import numpy as np

from keys.ascent import newton
from keys.detection import Settings
from keys.search import HOPELESS, LIMIT, Objective, Space
from keys.simplex import Score, nelder_mead
from links.channel import Floats, Ints

CHUNK = 1536
"""Blocks searched together: enough that calls cost little beside their arithmetic, in some 100 MB (design/keys.md)."""
CANDIDATES = 8
"""Points tried in every region before the climbs start."""
CLIMB = 4
"""Newton steps of every climb."""
BESIDE = ((-2, 0.12), (-2, -0.12), (-1, 0.2), (-1, -0.2))
"""Where a block is climbed again, beside the optimum that it has: coordinate and logistic distance. The share of the
last decoy and the basis bias are where optima lie close together, or a kink stops a climb (design/keys.md)."""
BEYOND = (
    (-0.2, -0.5, 0.7, 0.1, 0.3), (0.2, 0.5, -0.7, -0.1, -0.3),
    (-0.2, -0.2, 0.5, -1.1, 0.35), (0.2, 0.1, -0.5, 1.0, -0.3),
    (0.0, 0.15, 0.2, 1.6, 0.0), (0.0, -0.15, -0.1, -1.3, 0.0),
)  # fmt: skip
"""And further away, by `_LEAPING` coordinates: between an optimum that counts vacuum clicks and one that does not."""
_LEAPING = ("signal intensity", "decoy intensity", "probability 1", "probability 2", "key basis probability")
FINE = 1e-8
"""Relative gain of a last step at which a search has arrived."""
SIMPLEX = ((0.2, 1e-5), (0.03, FINE))
"""First size and relative tolerance of the simplex searches, one after the other."""

Found = tuple[Floats, Floats, Floats]
"""Points (d, B), their scores (B,) and the relative gain of each search's last step (B,)."""


def searched(objective: Objective, count: int) -> tuple[Floats, Floats]:
    """Best points (d, B) and scores (B,) of a cold start."""
    return polished(objective, climbed(objective, count))


def climbed(objective: Objective, count: int) -> Found:
    """The best climb of every block, chunk by chunk."""
    candidates = _candidates(objective.space)
    found = [_climb(objective.some(chunk), candidates, len(chunk)) for chunk in _chunks(count)]
    if not found:
        return np.zeros((len(objective.space.names), 0)), np.zeros(0), np.zeros(0)
    points, scores, gain = (np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
    return points, scores, gain


def _chunks(count: int) -> list[Ints]:
    return [np.arange(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]


def _candidates(space: Space) -> list[Floats]:
    """Points (d, CANDIDATES) of each region, spread evenly (Kronecker sequence); the configured ones in the first."""
    d = len(space.names)
    golden = np.array([1.0 / _harmonious(d) ** (i + 1) for i in range(d)])
    spread = np.asarray((0.5 + golden[:, None] * np.arange(CANDIDATES)) % 1.0, dtype=np.float64)
    both = space.source.key_bases == "both"
    regions = [_spread_over(space, spread, region) for region in REGIONS[: 4 if both else 3]]
    configured = space.encode(Settings.of(space.source, 1))
    return [np.concatenate([configured, regions[0]], axis=1), *regions[1:]]


def _spread_over(space: Space, spread: Floats, region: dict[str, tuple[float, float]]) -> Floats:
    ranges = np.array([region[name if name in region else name.split(" ")[0]] for name in space.names])
    return np.asarray(ranges[:, :1] + (ranges[:, 1:] - ranges[:, :1]) * spread)


_COORDINATES = ("signal", "decoy", "probability", "probability 1", "key")
REGIONS = tuple(
    dict(zip(_COORDINATES, ranges, strict=True))
    for ranges in (
        ((-1.7, -0.5), (-2.2, -1.0), (0.6, 1.6), (1.0, 3.0), (1.0, 3.5)),
        ((-1.7, -0.7), (-1.2, -0.4), (0.8, 1.6), (0.0, 1.0), (0.2, 1.2)),
        ((-1.7, -0.7), (-0.7, -0.1), (0.8, 1.6), (-1.8, -0.2), (0.1, 0.8)),
        ((-1.7, -0.7), (-1.0, -0.3), (0.8, 1.6), (-1.0, 1.0), (0.0, 0.02)),
    )
)
"""Where local optima were found, in logistic coordinates: long blocks send much signal in one basis, short ones many
decoys, and where both bases give key the symmetric choice is an optimum of its own (design/keys.md)."""


def _harmonious(d: int) -> float:
    """Root of x^(d+1) = x + 1: its powers fill d dimensions evenly."""
    x = 1.5
    for _ in range(30):
        x = (1.0 + x) ** (1.0 / (d + 1))
    return x


def _climb(objective: Objective, regions: list[Floats], count: int) -> Found:
    """Try each region's candidates, climb from the best of each, and keep the best of the climbs.

    Blocks that no candidate brings near a key are left at their best candidate: keys were only ever found for blocks
    that a candidate brought above -0.02 (design/keys.md).
    """
    every = np.arange(count)
    tried = [np.stack([objective(np.repeat(c[:, None], count, axis=1), every) for c in r.T]) for r in regions]
    starts = [r[:, scores.argmax(axis=0)] for r, scores in zip(regions, tried, strict=True)]
    climbed = [(start, scores.max(axis=0), np.zeros(count)) for start, scores in zip(starts, tried, strict=True)]
    near = np.flatnonzero(np.max([scores for _, scores, _ in climbed], axis=0) > HOPELESS)
    for points, scores, gain in climbed:
        points[:, near], scores[near], gain[near] = newton(_rows(objective, near), points[:, near], LIMIT, CLIMB)
    points, scores, gain = (np.stack([result[i] for result in climbed]) for i in range(3))
    top = scores.argmax(axis=0)
    return points[top, :, every].T, scores[top, every], gain[top, every]


def polished(objective: Objective, found: Found) -> tuple[Floats, Floats]:
    """More Newton steps where the last one still gained; the simplex where kinks stop them, with a key in reach."""
    points, scores, gain = (values.copy() for values in found)
    for chunk in _chunks(len(scores)):
        points[:, chunk], scores[chunk], gain[chunk] = _stepped(
            objective.some(chunk), points[:, chunk], scores[chunk], gain[chunk]
        )
    rows = np.flatnonzero((gain > FINE) & (scores > -0.05))
    if len(rows):
        refined = points[:, rows]
        for step, tolerance in SIMPLEX:
            refined, reached = nelder_mead(_rows(objective, rows), refined, LIMIT, step, tolerance, 250)
        better = reached > scores[rows]
        points[:, rows[better]], scores[rows[better]] = refined[:, better], reached[better]
    return points, scores


def _stepped(objective: Objective, points: Floats, scores: Floats, gain: Floats) -> Found:
    """Newton steps where the last one gained and a key is not hopeless, and again from beside what they reach."""
    rows = np.flatnonzero((gain > FINE) & (scores > HOPELESS))
    last = np.zeros_like(gain)
    points[:, rows], scores[rows], last[rows] = newton(_rows(objective, rows), points[:, rows], LIMIT, CLIMB)
    for shift in _shifts(objective.space):
        _again(objective, points, scores, points + shift)
    if objective.space.source.key_bases == "both":
        even = points.copy()
        even[-1] = 0.0  # both bases alike: an optimum of its own, which a climb passes by
        _again(objective, points, scores, even)
    return points, scores, last


def _shifts(space: Space) -> list[Floats]:
    """The places, relative to the optimum (d, 1), from which it is climbed again; the far ones first."""
    names, d = space.names, len(space.names)
    beyond = [[dict(zip(_LEAPING, leap, strict=True)).get(name, 0.0) for name in names] for leap in BEYOND]
    beside = [distance * np.eye(d)[coordinate] for coordinate, distance in BESIDE if -coordinate <= d]
    return [np.asarray(shift)[:, None] for shift in (*beyond, *beside)]


def _again(objective: Objective, points: Floats, scores: Floats, start: Floats) -> None:
    """Climb again, in place, where there is key: another optimum can be near, and a kink can look like a top."""
    keyed = np.flatnonzero(scores > 0)
    climbed, reached, _ = newton(_rows(objective, keyed), np.clip(start[:, keyed], -LIMIT, LIMIT), LIMIT, CLIMB)
    better = reached > scores[keyed]
    points[:, keyed[better]], scores[keyed[better]] = climbed[:, better], reached[better]


def _rows(objective: Objective, rows: Ints) -> Score:
    return lambda points, problem: objective(points, rows[problem])
