"""What the optimiser varies, and how it judges a choice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from keys.counts import KEY, TEST
from keys.detection import Settings
from keys.detector import Detector
from keys.distill import Lengths, lengths, multiphoton
from keys.finite import Tally
from keys.proofs import PROOFS, distributions
from keys.quadrature import Nodes
from keys.receiver import Clicks, pulse_probabilities
from keys.security import Security
from keys.source import Source
from links.channel import Floats, Ints

LIMIT = 9.0
"""Logistic coordinates stay within this: shares between 1.2e-4 and 1 - 1.2e-4."""
BRIGHTEST, FAINTEST = 2.0, 0.01
"""Mean photons per pulse of the signal that are tried."""

HOPELESS = -0.5
"""Score of blocks that are not searched further: half of what they would have to pay is not covered."""


def _logistic(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _logit(x: Floats) -> Floats:
    x = np.clip(x, 1e-9, 1.0 - 1e-9)
    return np.asarray(np.clip(np.log(x / (1.0 - x)), -LIMIT, LIMIT))


@dataclass(frozen=True)
class Space:
    """Free settings as points of a box: signal, decoy ratio, shares of the intensities, basis bias.

    The last of three intensities is kept as configured (a vacuum, or what leaks through the modulator); so is the
    mean of an emitter, and photon-number distributions as given.
    """

    source: Source

    @property
    def fixed_light(self) -> bool:
        """Whether the intensities cannot be chosen."""
        return distributions(self.source) is not None

    @property
    def names(self) -> tuple[str, ...]:
        """What each coordinate is."""
        k = len(self.source.intensities)
        light = () if self.fixed_light else ("signal intensity", "decoy intensity")[: 1 if k == 1 else 2]
        return (*light, *(f"probability {j + 1}" for j in range(k - 1)), "key basis probability")

    def decode(self, points: Floats) -> tuple[list[Floats], list[Floats], Floats]:
        """Intensities and probabilities, k arrays (n,) each, and the bias, of points (d, n)."""
        shares = list(_logistic(points))
        mu = self._intensities(shares)
        p, rest = [], np.ones(points.shape[1])
        for _ in range(len(mu) - 1):
            share = shares.pop(0)
            p.append(rest * share)
            rest = rest * (1.0 - share)
        return mu, [*p, rest], shares.pop(0)

    def _intensities(self, shares: list[Floats]) -> list[Floats]:
        source = self.source
        if self.fixed_light:
            return [np.full_like(shares[0], m) for m in source.intensities]
        signal = FAINTEST + (BRIGHTEST - FAINTEST) * shares.pop(0)
        if len(source.intensities) == 1:
            return [signal]
        if len(source.intensities) == 2:
            return [signal, signal * shares.pop(0)]
        last = source.intensities[2]
        signal = signal + 2.0 * last
        return [signal, last + (signal - 2.0 * last) * shares.pop(0), np.full_like(signal, last)]

    def encode(self, settings: Settings) -> Floats:
        """Points (d, n) of settings; what lies outside the box is brought to its edge."""
        mu, p = settings.intensities.T, settings.probabilities.T
        last = mu[2] if len(mu) == 3 else np.zeros_like(mu[0])
        light = [(mu[0] - 2.0 * last - FAINTEST) / (BRIGHTEST - FAINTEST)]
        if len(mu) > 1:
            light.append((mu[1] - last) / (mu[0] - 2.0 * last))
        shares = [] if self.fixed_light else light
        rest = np.ones_like(p[0])
        for share in p[:-1]:
            shares.append(share / rest)
            rest = rest - share
        return _logit(np.stack([*shares, settings.key_basis_probability]))

    def settings(self, points: Floats) -> Settings:
        """Settings of points (d, n)."""
        mu, p, bias = self.decode(points)
        return Settings(np.stack(mu, axis=-1), np.stack(p, axis=-1), bias)


@dataclass(frozen=True, eq=False)
class Objective:
    """Expected key of settings, on the blocks' nodes; negative, and rising towards a key, where there is none."""

    space: Space
    nodes: Nodes
    detector: Detector
    security: Security

    def some(self, blocks: Ints) -> Objective:
        """The objective of some of the blocks, numbered anew."""
        return replace(self, nodes=self.nodes.select(blocks))

    def __call__(self, points: Floats, block: Ints) -> Floats:
        """Score (n,) of points (d, n), each for one block."""
        found = self.lengths(points, block)
        key = np.maximum(found.bits, 0.0).sum(axis=0)
        return np.asarray(np.where(key > 0, key, _shortfall(found).max(axis=0)))

    def lengths(self, points: Floats, block: Ints) -> Lengths:
        """Key lengths, arrays (m, n), of points (d, n)."""
        mu, p, bias = self.space.decode(points)
        nodes, source = self.nodes.select(block), self.space.source
        clicks = pulse_probabilities(nodes.light, source, self.detector, mu, p, bias)
        keys = 2 if source.key_bases == "both" else 1
        tally = _tally(clicks, nodes.pulses, mu, p, bias, source)
        return lengths(tally, PROOFS[self.security.proof], self.security, keys, source.intensity_deviation)


def _tally(
    clicks: list[Clicks], pulses: Floats, mu: list[Floats], p: list[Floats], bias: Floats, source: Source
) -> Tally:
    """Counts of each key as views (m, n, k) of arrays in which every intensity is contiguous."""
    alice = (bias, 1.0 - bias)

    def table(name: str, bases: tuple[int, ...]) -> Floats:
        sums = [[share * alice[b] * _total(pulses * getattr(c, name)[b]) for b in (KEY, TEST)] for c, share in pairs]
        return np.moveaxis(np.array([[row[b] for b in bases] for row in sums]), 0, -1)

    pairs = list(zip(clicks, p, strict=True))
    keys = 2 if source.key_bases == "both" else 1
    own, other = (KEY, TEST)[:keys], (TEST, KEY)[:keys]
    light, shares = (np.moveaxis(np.array(values), 0, -1) for values in (mu, p))
    return Tally(
        table("click", own), table("click", other), table("error", own), table("error", other), light, shares,
        *_several(pulses, alice, light, shares, source, own, other), distributions(source),
    )  # fmt: skip


def _several(
    pulses: Floats, alice: tuple[Floats, Floats], mu: Floats, p: Floats, source: Source,
    own: tuple[int, ...], other: tuple[int, ...],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Pulses of several photons sent in each key's basis and in its test's, arrays (m, n); only one intensity asks."""
    if mu.shape[-1] > 1:
        return np.zeros(1), np.zeros(1)
    sent = _total(pulses) * (p * multiphoton(source, mu)).sum(axis=-1)
    rows = [sent * share**2 for share in alice]
    return np.array([rows[b] for b in own]), np.array([rows[b] for b in other])


def _total(values: Floats) -> Floats:
    total = values[0]
    for row in values[1:]:
        total = total + row
    return np.asarray(total)


def _shortfall(found: Lengths) -> Floats:
    """Below 0: how much of leakage and cost is not covered, and how far the phase error is above one half."""
    charged = np.maximum(found.leakage + found.cost, 1e-9)
    above = np.minimum(np.maximum(found.estimate.excess - 0.5, 0.0), 1e9)
    return np.asarray(np.minimum(found.bits, 0.0) / charged - np.log1p(above))
