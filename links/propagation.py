"""What turbulence does to the mean power: spread and wander of a beam going up, image blur and fibre coupling below.

Angles are in rad, lengths in m; `r0` is the Fried parameter of the slant path at the link's wavelength. Everything
broadcasts. Wander and spread are angles here and become metres only when multiplied by the range.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from links.channel import Floats
from links.turbulence import Turbulence

_NOLL_TEXT = (
    "1.0299 0.582 0.134 0.111 0.0880 0.0648 0.0587 0.0525 0.0463 0.0401 0.0377 "
    "0.0352 0.0328 0.0304 0.0279 0.0267 0.0255 0.0243 0.0232 0.0220 0.0208"
)
NOLL = np.array([float(number) for number in _NOLL_TEXT.split()])
"""Phase variance left when the first J Zernike modes are perfect, in (D/r0)^(5/3) rad^2, J = 1 (piston) to 21."""
BACK_PROPAGATED_MODE = 1.12
"""Aperture radius over the radius of the fibre's mode at the pupil, where coupling is best."""


def long_term_spread(wavelength: float, waist: float, r0: ArrayLike) -> Floats:
    """Square of the 1/e2 half angle that turbulence adds to an uplink beam over a long exposure, rad^2.

    (lambda / (pi W0))^2 [(1 + (sqrt 8 W0 / r0)^(5/3))^(6/5) - 1]; W0 the beam's radius as it leaves, r0 that of the
    upward path. The long-term beam at range L has w^2 = w_vacuum^2 + L^2 times this. Andrews & Phillips 2005, ch. 12.
    """
    ratio = np.sqrt(8.0) * waist / np.asarray(r0, dtype=float)
    return np.asarray((wavelength / (np.pi * waist)) ** 2 * np.expm1(1.2 * np.log1p(ratio ** (5.0 / 3.0))))


def beam_wander(wavelength: float, waist: float, r0: ArrayLike) -> Floats:
    """Mean square angle, both axes together, of the wander of an uplink beam's centre, rad^2.

    0.54 (lambda / 2 W0)^2 (2 W0 / r0)^(5/3): part of the long-term spread, not added to it. Andrews & Phillips 2005,
    ch. 12. The wander in metres is its root times the range.
    """
    return np.asarray(0.54 * (wavelength / (2.0 * waist)) ** 2 * (2.0 * waist / np.asarray(r0, dtype=float)) ** (5 / 3))


def tilt_decorrelation(
    turbulence: Turbulence, waist: float, point_ahead: ArrayLike, secant: ArrayLike, station: float = 0.0
) -> Floats:
    """Share of the wander that steering by a beacon `point_ahead` rad away leaves, 0 (same path) to 1 (no use).

    Covariance of the gradient tilts of two Gaussian beams of radius `waist`, 1F1(1/6; 1; -(d / W0)^2) at a separation
    d = angle times slant height, weighted with Cn2; twice its shortfall from 1. Kolmogorov spectrum; the beams are
    taken as wide as at the ground. Sasiela, Electromagnetic Wave Propagation in Turbulence (2007), ch. 4 and 7.
    """
    from scipy.special import hyp1f1

    angle = np.asarray(point_ahead, dtype=float) * np.asarray(secant, dtype=float)
    correlated = turbulence.moment(lambda h: hyp1f1(1 / 6, 1.0, -((angle[..., None] * h / waist) ** 2)), station)
    return np.asarray(np.clip(2.0 * (1.0 - correlated / turbulence.moment(np.ones_like, station)), 0.0, 1.0))


def seeing_share(field_of_view: float, wavelength: float, r0: ArrayLike) -> Floats:
    """Share of a star's long-exposure image inside a field stop of this full angle; telescope much larger than r0.

    Encircled energy of the Kolmogorov image, MTF exp(-3.44 (x / r0)^(5/3)). Fried, J. Opt. Soc. Am. 56, 1372 (1966).
    """
    size, logarithm = _encircled()
    asked = np.log(np.pi * field_of_view * np.asarray(r0, dtype=float) / wavelength)
    beyond = np.maximum(asked - size[-1], 0.0)  # the halo falls as angle^(-5/3)
    outside = np.exp(-np.exp(np.interp(asked, size, logarithm))) * np.exp(-5.0 / 3.0 * beyond)
    return np.asarray(1.0 - outside)


@cache
def _encircled() -> tuple[Floats, Floats]:
    """ln(pi FOV r0 / lambda), and ln(-ln(share outside)), which is smooth."""
    from scipy.special import j1

    size = np.geomspace(0.01, 300.0, 160)
    x, weight = _panels(0.0, 4.0, 120)
    inside = size * (j1(size[:, None] * x) @ (np.exp(-3.44 * x ** (5 / 3)) * weight))
    return np.log(size), np.log(-np.log1p(-inside))


def _panels(start: float, stop: float, count: int) -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(start, stop, count + 1)
    half, middle = np.diff(edges)[:, None] / 2.0, (edges[1:] + edges[:-1])[:, None] / 2.0
    return (middle + half * points).ravel(), (half * weights).ravel()


def fibre_coupling_in_vacuum(obscuration: float = 0.0) -> float:
    """Share of a plane wave through an annular telescope that a matched single-mode fibre takes: 0.815 unobscured.

    2 [exp(-b^2 g^2) - exp(-b^2)]^2 / (b^2 (1 - g^2)), best b. Ruilier, Proc. SPIE 3350, 319 (1998).
    """
    b = np.linspace(0.5, 3.0, 2001)
    overlap = np.exp(-((b * obscuration) ** 2)) - np.exp(-(b**2))
    return float(np.max(2.0 * overlap**2 / (b**2 * (1.0 - obscuration**2))))


def dikmelik_davidson_2005(ratio: ArrayLike) -> Floats:
    """Mean coupling into a single-mode fibre over that in vacuum, uncorrected, for D / r0; any shape, 0 to 1.

    Unobscured aperture, Gaussian approximation of the field's coherence. Dikmelik & Davidson, Appl. Opt. 44, 4946
    (2005), doi:10.1364/AO.44.004946.
    """
    asked = np.log(np.maximum(np.asarray(ratio, dtype=float), 1e-3))
    size, share = _dikmelik()
    beyond = np.maximum(asked - size[-1], 0.0)  # one coherence cell out of (D / r0)^2
    return np.asarray(np.exp(np.interp(asked, size, share) - 2.0 * beyond))


@cache
def _dikmelik() -> tuple[Floats, Floats]:
    from scipy.special import i0e

    size = np.geomspace(1e-3, 20.0, 80)
    x, weight = _panels(0.0, 1.0, 8)
    cells = (2.1 * size / 2.0) ** 2
    a2 = BACK_PROPAGATED_MODE**2
    first, second = x[:, None], x[None, :]
    kernel = first * second * weight[:, None] * weight[None, :]
    total = [
        np.sum(kernel * i0e(2 * c * first * second) * np.exp(-a2 * (first**2 + second**2) - c * (first - second) ** 2))
        for c in (0.0, *cells)
    ]
    return np.log(size), np.log(np.array(total[1:]) / total[0])


def fibre_coupling(ratio: ArrayLike, corrected_modes: int) -> Floats:
    """Mean coupling into a single-mode fibre over that in vacuum with the first Zernike modes above piston corrected.

    exp(-s2) of the light is in the corrected core, s2 the residual of Noll, J. Opt. Soc. Am. 66, 207 (1976),
    perfectly and at once corrected; the rest couples as uncorrected light does. `ratio` is D / r0, any shape.
    """
    ratio = np.asarray(ratio, dtype=float)
    halo = dikmelik_davidson_2005(ratio)
    if corrected_modes == 0:
        return halo
    core = np.exp(-noll_1976(corrected_modes + 1) * ratio ** (5.0 / 3.0))
    return np.asarray(core + (1.0 - core) * halo)


def noll_1976(modes: int) -> float:
    """Residual phase variance in (D/r0)^(5/3) rad^2 with the first `modes` Zernike modes corrected, piston counted."""
    return float(NOLL[modes - 1]) if modes <= len(NOLL) else float(0.2944 * modes ** (-np.sqrt(3.0) / 2.0))
