"""The best intensities, probabilities, basis bias and transmission window of each block, thousands at once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from keys.ascent import newton
from keys.counts import Counts
from keys.detection import Settings, detect
from keys.detector import Detector
from keys.distill import distill
from keys.keylength import Keys
from keys.quadrature import Nodes, gauss_nodes
from keys.receiver import Light, faded, received
from keys.search import BRIGHTEST, LIMIT, Objective, Space
from keys.security import Security
from keys.simplex import Score, nelder_mead
from keys.source import Source
from links.channel import Channel, Floats, Ints
from si import ValidityWarning

CHUNK = 1536
"""Blocks searched together: enough that calls cost little beside their arithmetic, in some 100 MB (design/keys.md)."""
CANDIDATES = 8
"""Points tried in every region before the climbs start."""
CLIMB, POLISH = 5, 4
"""Newton steps from each region's best candidate, and for the best of them."""
SHAKE = 0.12
"""Logistic distance of a second climb from the optimum of the first."""
FINE = 1e-8
"""Relative gain of a last step at which a search has arrived."""
SIMPLEX = ((0.2, 1e-5), (0.03, FINE))
"""First size and relative tolerance of the simplex searches, one after the other."""
HOPELESS = -0.5
"""Score of blocks that are not searched further: half of what they would have to pay is not covered."""
EDGE = 0.02
"""Logistic distance from the box at which an optimum is said to sit on its bound."""
NODES = ((0.02, 2), (0.1, 3), (np.inf, 8))
"""Quadrature nodes for blocks of up to so many photons at a detector per pulse: sums agree to 1e-8 (tests)."""
WINDOWS = (0.99, 0.97, 0.94, 0.9, 0.84, 0.76, 0.66, 0.54, 0.4)
"""Shares of a block's transmitted light that a shorter window may keep."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """The best settings found for B blocks, never worse than the configured ones."""

    settings: Settings
    """(B,) rows: what each block sends."""
    samples: NDArray[np.bool_]
    """(samples,) of the channel: where each block transmits."""
    counts: Counts
    """One row per link of the channel, with its block's settings and window."""
    keys: Keys
    """One row per block."""
    configured: Keys
    """The same with the source as configured and the whole contact."""
    on_bound: tuple[tuple[str, ...], ...]
    """(B,) names of the settings that ended on the edge of what is tried."""


def optimise(
    channel: Channel,
    source: Source,
    detector: Detector,
    security: Security,
    blocks: Ints,
    window: bool = True,
) -> Optimum:
    """Search the settings of every block from a cold start; `blocks` (links,) numbers each link's block, -1 is none.

    Means are maximised, so that the choice does not depend on what is drawn later. Warns (ValidityWarning) when an
    optimum with key sits on the edge of the search. With four detectors the splitter follows the basis bias.
    """
    blocks = np.asarray(blocks)
    space, count = Space(source), int(blocks.max(initial=-1)) + 1
    samples = _samples(channel, source, detector, blocks)
    objective = Objective(space, _nodes(*samples[1:], count), detector, security)
    found, mask = _climbed(objective, count), np.ones(len(channel.link), dtype=bool)
    if window and count:
        objective, found, mask = _windowed(objective, samples, found, mask)
    return _chosen(channel, space, detector, security, blocks, _polished(objective, found)[0], mask)


Samples = tuple[Ints, Floats, Light, Ints]
"""Channel sample of each row (a fading sample has several), pulses, light, block."""


def _samples(channel: Channel, source: Source, detector: Detector, blocks: Ints) -> Samples:
    """The samples that belong to a block, those that fade replaced by their fading nodes."""
    light, pulses = received(channel, source, detector), source.pulse_rate * channel.duration
    used = np.flatnonzero(blocks[channel.link] >= 0)
    if channel.log_variance.any():
        light, weights = faded(light, channel)
        pulses = pulses[:, None] * weights
        owner = np.repeat(blocks[channel.link][used], len(weights))
        rows = np.repeat(used, len(weights))
        parts = (values[used].ravel() for values in (light.share, light.flip, light.noise))
        return rows, pulses[used].ravel(), Light(*parts), owner
    parts = (values[used] for values in (light.share, light.flip, light.noise))
    return used, pulses[used], Light(*parts), blocks[channel.link][used]


def _nodes(pulses: Floats, light: Light, owner: Ints, count: int) -> Nodes:
    most = light.share.max(initial=0.0) * BRIGHTEST
    return gauss_nodes(light, pulses, owner, count, next(number for bright, number in NODES if most < bright))


Found = tuple[Floats, Floats, Floats]
"""Points (d, B), their scores (B,) and the relative gain of each search's last step (B,)."""


def _searched(objective: Objective, count: int) -> tuple[Floats, Floats]:
    """Best points (d, B) and scores (B,) of a cold start."""
    return _polished(objective, _climbed(objective, count))


def _climbed(objective: Objective, count: int) -> Found:
    """The best climb of every block, chunk by chunk."""
    candidates = _candidates(objective.space)
    found = [_climb(_some(objective, chunk), candidates, len(chunk)) for chunk in _chunks(count)]
    if not found:
        return np.zeros((len(objective.space.names), 0)), np.zeros(0), np.zeros(0)
    points, scores, gain = (np.concatenate(parts, axis=-1) for parts in zip(*found, strict=True))
    return points, scores, gain


def _chunks(count: int) -> list[Ints]:
    return [np.arange(start, min(start + CHUNK, count)) for start in range(0, count, CHUNK)]


def _some(objective: Objective, blocks: Ints) -> Objective:
    return Objective(objective.space, objective.nodes.select(blocks), objective.detector, objective.security)


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


def _polished(objective: Objective, found: Found) -> tuple[Floats, Floats]:
    """More Newton steps where the last one still gained; the simplex where kinks stop them, with a key in reach."""
    points, scores, gain = (values.copy() for values in found)
    for chunk in _chunks(len(scores)):
        points[:, chunk], scores[chunk], gain[chunk] = _stepped(
            _some(objective, chunk), points[:, chunk], scores[chunk], gain[chunk]
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
    points[:, rows], scores[rows], last[rows] = newton(_rows(objective, rows), points[:, rows], LIMIT, POLISH)
    _shaken(objective, points, scores, SHAKE)
    if objective.space.source.key_bases == "both":
        _shaken(objective, points, scores, -3.0 * SHAKE)
    return points, scores, last


def _shaken(objective: Objective, points: Floats, scores: Floats, distance: float) -> None:
    """Climb again, in place, from beside each optimum with key: a kink can look like a top to differences."""
    keyed = np.flatnonzero(scores > 0)
    signs = np.where(np.arange(len(points)) % 2, -1.0, 1.0)[:, None]
    climbed, reached, _ = newton(_rows(objective, keyed), points[:, keyed] + distance * signs, LIMIT, POLISH)
    better = reached > scores[keyed]
    points[:, keyed[better]], scores[keyed[better]] = climbed[:, better], reached[better]


def _rows(objective: Objective, rows: Ints) -> Score:
    return lambda points, problem: objective(points, rows[problem])


def _windowed(
    whole: Objective, samples: Samples, found: Found, mask: NDArray[np.bool_]
) -> tuple[Objective, Found, NDArray[np.bool_]]:
    """Keep only a block's best samples where that gives more: those of the highest signal to noise.

    Returns the objective on them, the points with their scores there, and the mask of the channel's samples.
    """
    used, pulses, light, owner = samples
    points, scores, gain = found
    count = len(scores)
    kept_share = _kept_light(light, pulses, owner, count)

    best, share = scores.copy(), np.full(count, np.inf)
    near = np.flatnonzero(scores > HOPELESS)
    number = np.full(count, -1)
    number[near] = np.arange(len(near))
    rows = np.flatnonzero(number[owner] >= 0)
    tried = (kept_share[rows], pulses[rows], Light(*(v[rows] for v in vars(light).values())), number[owner[rows]])
    for limit in WINDOWS:
        value = _some_light(whole, tried, limit, len(near))(points[:, near], np.arange(len(near)))
        share[near] = np.where(value > best[near], limit, share[near])
        best[near] = np.maximum(value, best[near])
    inside = kept_share <= share[owner]
    mask = np.zeros_like(mask)
    mask[used[inside]] = True
    # What is left out moves the optimum: those blocks climb again.
    final = _some_light(whole, (kept_share, pulses, light, owner), share[owner], count)
    return final, (points, best, np.where(np.isfinite(share), np.inf, gain)), mask


def _some_light(
    whole: Objective, samples: tuple[Floats, Floats, Light, Ints], limit: float | Floats, count: int
) -> Objective:
    """The objective on samples (share kept, pulses, light, block) of which the share kept is within the limit."""
    kept, pulses, light, owner = samples
    inside = np.flatnonzero(kept <= limit)
    some = Light(light.share[inside], light.flip[inside], light.noise[inside])
    return replace(whole, nodes=_nodes(pulses[inside], some, owner[inside], count))


def _kept_light(light: Light, pulses: Floats, owner: Ints, count: int) -> Floats:
    """Share of its block's light that samples of at least this one's signal to noise carry together."""
    worth = light.share / (light.noise + light.flip * light.share + 1e-30)
    order = np.lexsort((-light.share, -worth, owner))
    sums = np.cumsum((pulses * light.share)[order])
    start = np.searchsorted(owner[order], np.arange(count))
    before = np.concatenate([[0.0], sums])[start]
    total = np.maximum(np.bincount(owner, weights=pulses * light.share, minlength=count), 1e-300)
    kept = np.empty(len(owner))
    kept[order] = (sums - before[owner[order]]) / total[owner[order]]
    return kept


def _chosen(
    channel: Channel, space: Space, detector: Detector, security: Security, blocks: Ints, points: Floats,
    mask: NDArray[np.bool_],
) -> Optimum:  # fmt: skip
    """Count the optimum and the configured settings exactly, and keep the better of them for every block."""
    source, count = space.source, points.shape[1]
    own, found = Settings.of(source, count), space.settings(points)
    configured = distill(detect(channel, source, detector).pool(blocks), security)
    trial = distill(_counted(channel.select(mask), source, detector, blocks, found).pool(blocks), security)
    better = trial.secret_bits > configured.secret_bits
    settings = Settings(
        *(
            np.where(better.reshape((-1,) + (1,) * (new.ndim - 1)), new, old)
            for new, old in zip(vars(found).values(), vars(own).values(), strict=True)
        )
    )
    samples = np.where(better[blocks[channel.link]] & (blocks[channel.link] >= 0), mask, True)
    counts = _counted(channel.select(samples), source, detector, blocks, settings)
    edges = _edges(space, points, better)
    return Optimum(settings, samples, counts, distill(counts.pool(blocks), security), configured, edges)


def _counted(channel: Channel, source: Source, detector: Detector, blocks: Ints, settings: Settings) -> Counts:
    """Counts per link with its block's settings; links of no block keep the source's own."""
    own = Settings.of(source, 1)
    both = (np.concatenate([a, b]) for a, b in zip(vars(settings).values(), vars(own).values(), strict=True))
    return detect(channel, source, detector, settings=Settings(*both).select(blocks))


def _edges(space: Space, points: Floats, better: NDArray[np.bool_]) -> tuple[tuple[str, ...], ...]:
    """Names of the settings on the edge, per block; warns once for all."""
    on = (np.abs(points) > LIMIT - EDGE) & better
    edges = tuple(
        tuple(name for name, row in zip(space.names, on[:, b], strict=True) if row) for b in range(on.shape[1])
    )
    if on.any():
        names = [name for name, row in zip(space.names, on, strict=True) if row.any()]
        warnings.warn(
            f"optimiser: {int(on.any(axis=0).sum())} of {on.shape[1]} blocks end on the edge of what is tried "
            f"({', '.join(names)}); the true optimum may lie beyond",
            ValidityWarning,
            stacklevel=4,
        )
    return edges
