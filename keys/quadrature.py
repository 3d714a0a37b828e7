"""A block's samples replaced by a handful of nodes that give the same sums.

Everything that a block counts is a sum over its samples of a smooth function of the transmittance. Gauss quadrature
of the block's own distribution of transmittance has the block's first 2K moments with K nodes, so the sums agree to
machine precision when intensity times transmittance is small, and searches need not touch the samples again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from keys.receiver import Light
from links.channel import Floats, Ints

NEGLIGIBLE = 1e-13
"""Relative norm below which a block has no more distinct transmittances than nodes already found."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Light at K nodes of B blocks, arrays (K, B), and the pulses that each node stands for."""

    light: Light
    pulses: Floats

    def select(self, blocks: Ints) -> Nodes:
        """Some of the blocks, in any order and as often as wanted."""
        share, flip, noise = (values[:, blocks] for values in vars(self.light).values())
        return Nodes(Light(share, flip, noise), self.pulses[:, blocks])


def gauss_nodes(light: Light, pulses: Floats, block: Ints, blocks: int, nodes: int) -> Nodes:
    """Gauss quadrature of each block's distribution of `light.share`, weighted with pulses (samples,).

    Flip and noise go along as their least-squares polynomials in the share, which keeps their own sums and their
    products with powers of the share; they are held between 0 and 1/2.
    """
    scale = np.zeros(blocks)
    np.maximum.at(scale, block, light.share)
    scale = np.where(scale > 0, scale, 1.0)
    polynomials, jacobi, weight = _orthonormal(light.share / scale[block], pulses, block, blocks, nodes)
    positions, vectors = np.linalg.eigh(jacobi)
    values = {name: _projected(getattr(light, name), polynomials, pulses, block, blocks, vectors) for name in _CARRIED}
    share = np.maximum(positions, 0.0) * scale[:, None]
    return Nodes(
        Light(share.T.copy(), values["flip"], values["noise"]), (weight[:, None] * vectors[:, 0] ** 2).T.copy()
    )


_CARRIED = ("flip", "noise")


def _orthonormal(
    x: Floats, pulses: Floats, block: Ints, blocks: int, nodes: int
) -> tuple[list[Floats], Floats, Floats]:
    """Stieltjes' procedure: orthonormal polynomials at the samples, Jacobi matrices (B, K, K) and total pulses."""

    def inner(values: Floats) -> Floats:
        return np.bincount(block, weights=pulses * values, minlength=blocks).astype(np.float64)

    total = inner(np.ones_like(x))
    jacobi = np.zeros((blocks, nodes, nodes))
    root = np.sqrt(np.where(total > 0, total, 1.0))
    current, before, beta = 1.0 / root[block], np.zeros_like(x), np.zeros(blocks)
    found = [current]
    for j in range(nodes):
        alpha = inner(x * current**2)
        jacobi[:, j, j] = alpha
        if j + 1 == nodes:
            break
        rest = (x - alpha[block]) * current - beta[block] * before
        beta = np.sqrt(inner(rest**2))
        beta = np.where(beta > NEGLIGIBLE**0.5, beta, 0.0)
        jacobi[:, j, j + 1] = jacobi[:, j + 1, j] = beta
        scaled = np.divide(rest, beta[block], out=np.zeros_like(rest), where=beta[block] > 0)
        before, current = current, scaled
        found.append(current)
    return found, jacobi, total


def _projected(
    values: Floats, polynomials: list[Floats], pulses: Floats, block: Ints, blocks: int, vectors: Floats
) -> Floats:
    """Least-squares polynomial of `values` at the nodes, (K, B): node i has v_ji = p_j(x_i) sqrt(w_i)."""
    sums = [np.bincount(block, weights=pulses * values * p, minlength=blocks) for p in polynomials]
    coefficients = np.stack(sums, axis=-1)
    top = sum(coefficients[:, j, None] * vectors[:, j] for j in range(len(polynomials)))
    first = vectors[:, 0]
    total = np.bincount(block, weights=pulses, minlength=blocks)[:, None]
    share = np.abs(first) > 1e-9
    at_nodes = np.divide(
        top * np.sign(first), np.abs(first) * np.sqrt(total), out=np.zeros_like(top), where=share & (total > 0)
    )
    return np.asarray(np.clip(at_nodes, 0.0, 0.5).T.copy())
