"""Where a block transmits: its samples as few nodes, and the shorter window that gives more key.

A window keeps a block's samples of the highest signal to noise. The samples are put into layers by that order, each
layer becomes a few quadrature nodes, and every window is then judged from the nodes of its layers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from keys.detector import Detector
from keys.quadrature import Nodes, gauss_nodes
from keys.receiver import Light, faded, received
from keys.search import BRIGHTEST, HOPELESS, Objective
from keys.source import Source
from links.channel import Channel, Floats, Ints

NODES = ((0.02, 2), (0.1, 3), (np.inf, 4))
"""Quadrature nodes for blocks of up to so many photons at a detector per pulse: sums agree to 1e-8 (tests)."""
WINDOWS = (0.4, 0.54, 0.66, 0.76, 0.84, 0.9, 0.94, 0.97, 0.99)
"""Shares of a block's transmitted light that a shorter window may keep."""
LAYERS = len(WINDOWS) + 1
DARKEST = 1e-12
"""Noise per gate that is always there, so that of samples with equal errors and no noise the brighter come first."""


@dataclass(frozen=True, eq=False)
class Samples:
    """What the blocks' samples receive; a fading sample has several rows."""

    sample: Ints
    """(rows,) number of the channel's sample."""
    pulses: Floats
    """(rows,)"""
    light: Light
    """Over (rows,)."""
    block: Ints
    """(rows,)"""
    blocks: int
    width: int = 1
    """Rows of each sample, one after another."""

    def nodes(self) -> Nodes:
        """The rows of each block as few."""
        return gauss_nodes(self.light, self.pulses, self.block, self.blocks, self._enough)

    @property
    def _enough(self) -> int:
        most = self.light.share.max(initial=0.0) * BRIGHTEST
        return next(number for bright, number in NODES if most < bright)

    def select(self, rows: NDArray[np.bool_]) -> Samples:
        """Some rows of samples of one row each; the blocks stay."""
        light = Light(*(values[rows] for values in vars(self.light).values()))
        return replace(self, sample=self.sample[rows], pulses=self.pulses[rows], light=light, block=self.block[rows])

    def layered(self, layer: Ints) -> tuple[Samples, Ints]:
        """Every layer of every block as few rows, numbered anew, and the layer of each."""
        parts = gauss_nodes(self.light, self.pulses, self.block * LAYERS + layer, self.blocks * LAYERS, self._enough)
        each = np.arange(self.blocks * LAYERS)
        place = np.broadcast_to(each, parts.pulses.shape).ravel()
        light = Light(*(values.ravel() for values in vars(parts.light).values()))
        few = Samples(place, parts.pulses.ravel(), light, place // LAYERS, self.blocks)
        return few, place % LAYERS


def samples(channel: Channel, source: Source, detector: Detector, blocks: Ints) -> Samples:
    """The samples that belong to a block, those that fade replaced by their fading nodes."""
    light, pulses = received(channel, source, detector), source.pulse_rate * channel.duration
    used, count = np.flatnonzero(blocks[channel.link] >= 0), int(blocks.max(initial=-1)) + 1
    width = 1
    if channel.log_variance.any():
        light, weights = faded(light, channel)
        pulses, width = pulses[:, None] * weights, len(weights)
    rows = np.repeat(used, width)
    parts = (values[used].ravel() for values in (light.share, light.flip, light.noise))
    return Samples(rows, pulses[used].ravel(), Light(*parts), blocks[channel.link][rows], count, width)


@dataclass(frozen=True, eq=False)
class Window:
    """Where the blocks transmit."""

    scores: Floats
    """(B,) what that gives at the points that it was chosen for."""
    kept: Ints
    """Channel samples that are sent, those that fade several times."""
    shortened: NDArray[np.bool_]
    """(B,) blocks of which something is left out."""


def windowed(whole: Objective, rows: Samples, points: Floats, scores: Floats) -> tuple[Objective, Window]:
    """Keep only a block's best samples where that gives more at its points (d, B), of which the scores are known."""
    layer = np.repeat(np.searchsorted(WINDOWS, _kept_light(rows)), rows.width)
    few, part = rows.layered(layer)
    best, last = scores.copy(), np.full(rows.blocks, LAYERS - 1)
    near = np.flatnonzero(scores > HOPELESS)
    for window in reversed(range(LAYERS - 1)):
        inside = replace(whole, nodes=few.select(part <= window).nodes())
        value = inside(points[:, near], near)
        last[near] = np.where(value > best[near], window, last[near])
        best[near] = np.maximum(value, best[near])
    objective = replace(whole, nodes=few.select(part <= last[few.block]).nodes())
    return objective, Window(best, rows.sample[layer <= last[rows.block]], last < LAYERS - 1)


def _kept_light(rows: Samples) -> Floats:
    """Share of its block's light that samples of at least this one's signal to noise carry together, (samples,).

    Fading is averaged: one sample is sent as a whole or not at all.
    """
    each = slice(None, None, rows.width)
    pulses, light = (v.reshape(-1, rows.width).sum(axis=1) for v in (rows.pulses, rows.pulses * rows.light.share))
    share, owner = light / np.maximum(pulses, 1e-300), rows.block[each]
    worth = share / (rows.light.noise[each] + rows.light.flip[each] * share + DARKEST)
    order = np.lexsort((-worth, owner))
    sums = np.cumsum(light[order])
    start = np.searchsorted(owner[order], np.arange(rows.blocks))
    before = np.concatenate([[0.0], sums])[start]
    total = np.maximum(np.bincount(owner, weights=light, minlength=rows.blocks), 1e-300)
    kept = np.empty(len(owner))
    kept[order] = (sums - before[owner[order]]) / total[owner[order]]
    return kept
