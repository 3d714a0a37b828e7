"""The best intensities, probabilities, basis bias and transmission window of each block, thousands at once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keys.climb import climbed, polished
from keys.counts import Counts
from keys.detection import Settings, detect
from keys.detector import Detector
from keys.distill import distill
from keys.keylength import Keys
from keys.search import LIMIT, Objective, Space
from keys.security import Security
from keys.source import Source
from keys.window import samples, windowed
from links.channel import Channel, Floats, Ints
from si import ValidityWarning

EDGE = 0.02
"""Logistic distance from the box at which an optimum is said to sit on its bound."""


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
    space, rows = Space(source), samples(channel, source, detector, blocks)
    objective, kept = Objective(space, rows.nodes(), detector, security), np.ones(len(channel.link), dtype=bool)
    found = climbed(objective, rows.blocks)
    if window and rows.blocks:
        points, scores, gain = found
        objective, chosen = windowed(objective, rows, points, scores)
        kept[:] = False
        kept[chosen.kept] = True
        # What is left out moves the optimum: those blocks climb again.
        found = points, chosen.scores, np.where(chosen.shortened, np.inf, gain)
    return _chosen(channel, space, detector, security, blocks, polished(objective, found)[0], kept)


def _chosen(
    channel: Channel, space: Space, detector: Detector, security: Security, blocks: Ints, points: Floats,
    kept: NDArray[np.bool_],
) -> Optimum:  # fmt: skip
    """Count the optimum and the configured settings exactly, and keep the better of them for every block."""
    source, count = space.source, points.shape[1]
    own, found = Settings.of(source, count + 1), space.settings(points)
    each = [np.concatenate([new, old]) for new, old in zip(vars(found).values(), vars(own).values(), strict=True)]
    both = Settings(*each)  # a row per block as found, then as configured; the very last is for links of no block
    plain = detect(channel, source, detector)
    trial = detect(channel.select(kept), source, detector, settings=both.select(blocks))
    configured = distill(plain.pool(blocks), security)
    better = distill(trial.pool(blocks), security).secret_bits > configured.secret_bits
    moved = np.append(better, False)[blocks]
    counts = Counts.concat([trial, plain]).select(np.where(moved, 0, len(plain)) + np.arange(len(plain)))
    settings = both.select(np.where(better, 0, count) + np.arange(count))
    transmitting = kept | ~moved[channel.link]
    keys = distill(counts.pool(blocks), security)
    return Optimum(settings, transmitting, counts, keys, configured, _edges(space, points, better))


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
