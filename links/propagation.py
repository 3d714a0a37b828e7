"""What turbulence does to the mean power: spread and wander of a beam going up, image blur and fibre coupling below.

Angles are in rad, lengths in m; `r0` is the Fried parameter of the slant path at the link's wavelength. Everything
broadcasts; shares are from 0 to 1. Wander and spread are angles here and become metres only when multiplied by the
range. Kolmogorov spectrum, no inner or outer scale.
"""

from __future__ import annotations

import math
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
"""Phase variance left when the first J Zernike modes are perfect, in (D/r0)^(5/3) rad^2, J = 1 (piston) to 21; Noll
1976, table IV."""
CENTROID = float(0.033 * 0.5 * math.gamma(1 / 6) * 2.0 ** (2 / 3) / 0.423)
"""Of `beam_wander`: the derivation's constant with int Cn2 ds = r0^(-5/3) / (0.423 k^2) put in: 0.3447."""
BACK_PROPAGATED_MODE = 1.12
"""Aperture radius over the radius of the fibre's mode at the pupil, where coupling is best (Ruilier 1998)."""


def long_term_spread(wavelength: float, waist: float, r0: ArrayLike) -> Floats:
    """Square of the 1/e2 half angle that turbulence adds to an uplink beam over a long exposure, rad^2; shape of r0.

    (lambda / (pi W0))^2 [(1 + (sqrt 8 W0 / r0)^(5/3))^(6/5) - 1]; W0 = `waist` the beam's 1/e2 radius in m as it
    leaves, r0 in m that of the upward path. The long-term beam at range L has w^2 = w_vacuum^2 + L^2 times this.
    Collimated beam, receiver in its far field, beyond pi W0^2 / lambda (a link warns). Against the exact coherence
    integral the intensity on axis is low by at most 7.0 % (0.3 dB, at W0 = r0 / 2) and right in both limits. Andrews &
    Phillips, Laser Beam Propagation through Random Media, 2nd ed. (2005), ch. 12, doi:10.1117/3.626196; its strong
    limit 8 (lambda / (pi r0))^2 is that of Dios et al., Appl. Opt. 43, 3866 (2004), eq. 2, doi:10.1364/AO.43.003866.
    """
    ratio = np.sqrt(8.0) * waist / np.asarray(r0, dtype=float)
    return np.asarray((wavelength / (np.pi * waist)) ** 2 * np.expm1(1.2 * np.log1p(ratio ** (5.0 / 3.0))))


def beam_wander(wavelength: float, waist: float, r0: ArrayLike) -> Floats:
    """Mean square angle, both axes together, of the wander of an uplink beam's centroid, rad^2; shape of r0.

    0.345 (lambda / 2 W0)^2 (2 W0 / r0)^(5/3), W0 = `waist` in m. Twice this is part of the long-term spread, 80 % of
    it at most, and not added to it. The wander in metres is its root times the range. Derived: the phase gradient
    averaged with the intensity exp(-2 r^2 / W0^2) over the spectrum 0.033 Cn2 kappa^(-11/3) has a mean square of
    4 pi^2 0.033 (Gamma(1/6) / 2) (W0 / 2)^(-1/3) int Cn2 ds, which is what a tracker can take out, and within 2 % that
    of an evenly filled aperture of 2 W0. Published constants span a factor of 3.5 about it: design/links.md.
    """
    size = 2.0 * waist
    return np.asarray(CENTROID * (wavelength / size) ** 2 * (size / np.asarray(r0, dtype=float)) ** (5 / 3))


def tilt_decorrelation(
    turbulence: Turbulence, waist: float, point_ahead: ArrayLike, secant: ArrayLike, station: float = 0.0
) -> Floats:
    """Share of the wander that steering by a beacon `point_ahead` rad away leaves, 0 (same path) to 1 (no use).

    `point_ahead` and `secant` broadcast; `waist` and `station` in m. Convention: a perfect tracker at once corrects
    what the beacon shows, and never makes it worse than no tracker. Derived: the covariance of the gradient tilts of
    two Gaussian beams of radius `waist` is 1F1(1/6; 1; -(d / W0)^2) at a separation d = angle times slant height,
    weighted with Cn2; twice its shortfall from 1. The beams are taken as wide as at the ground. The method is that
    of Sasiela, Electromagnetic Wave Propagation in Turbulence, 2nd ed. (2007), ch. 4 and 7.
    """
    from scipy.special import hyp1f1

    angle = np.asarray(point_ahead, dtype=float) * np.asarray(secant, dtype=float)
    correlated = turbulence.moment(lambda h: hyp1f1(1 / 6, 1.0, -((angle[..., None] * h / waist) ** 2)), station)
    return np.asarray(np.clip(2.0 * (1.0 - correlated / turbulence.moment(np.ones_like, station)), 0.0, 1.0))


def seeing_share(field_of_view: float, wavelength: float, r0: ArrayLike) -> Floats:
    """Share of a star's long-exposure image inside a field stop of this full angle in rad; shape of `r0` (m).

    `wavelength` in m. Encircled energy of the Kolmogorov image, MTF exp(-3.44 (x / r0)^(5/3)); telescope much larger
    than r0, so that its own diffraction is not in it (a link warns when it is smaller). Fried, J. Opt. Soc. Am. 56,
    1372 (1966), doi:10.1364/JOSA.56.001372.
    """
    size, logarithm = _encircled()
    asked = np.log(np.pi * field_of_view * np.asarray(r0, dtype=float) / wavelength)
    beyond = np.maximum(asked - size[-1], 0.0)  # the halo falls as angle^(-5/3)
    outside = np.exp(-np.exp(np.interp(asked, size, logarithm))) * np.exp(-5.0 / 3.0 * beyond)
    return np.asarray(1.0 - outside)


@cache
def _encircled() -> tuple[Floats, Floats]:
    """ln(pi FOV r0 / lambda), and ln(-ln(share outside)), which is smooth; no units. Fried 1966."""
    from scipy.special import j1

    size = np.geomspace(0.01, 300.0, 160)
    x, weight = _panels(0.0, 4.0, 120)
    inside = size * (j1(size[:, None] * x) @ (np.exp(-3.44 * x ** (5 / 3)) * weight))
    return np.log(size), np.log(-np.log1p(-inside))


def _panels(start: float, stop: float, count: int) -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss and Legendre over equal panels."""
    points, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(start, stop, count + 1)
    half, middle = np.diff(edges)[:, None] / 2.0, (edges[1:] + edges[:-1])[:, None] / 2.0
    return (middle + half * points).ravel(), (half * weights).ravel()


def fibre_coupling_in_vacuum(obscuration: float = 0.0) -> float:
    """Share of a plane wave through an annular telescope that a matched single-mode fibre takes: 0.815 unobscured.

    A share of the power through the aperture, no unit: 2 [exp(-b^2 g^2) - exp(-b^2)]^2 / (b^2 (1 - g^2)), best b; g
    the linear obscuration, 0 to 0.9. Ruilier, Proc. SPIE 3350, 319 (1998), doi:10.1117/12.317094.
    """
    b = np.linspace(0.5, 3.0, 2001)
    overlap = np.exp(-((b * obscuration) ** 2)) - np.exp(-(b**2))
    return float(np.max(2.0 * overlap**2 / (b**2 * (1.0 - obscuration**2))))


def dikmelik_davidson_2005(ratio: ArrayLike) -> Floats:
    """Mean coupling into a single-mode fibre over that in vacuum, uncorrected, for D / r0; any shape, 0 to 1.

    A ratio of powers, no unit. Unobscured aperture (a link warns otherwise), Gaussian approximation of the field's
    coherence; held at 1 below D / r0 of 0.001, one coherence cell of (D / r0)^2 above 20. Dikmelik & Davidson, Appl.
    Opt. 44, 4946 (2005), doi:10.1364/AO.44.004946.
    """
    asked = np.log(np.maximum(np.asarray(ratio, dtype=float), 1e-3))
    size, share = _dikmelik()
    beyond = np.maximum(asked - size[-1], 0.0)  # one coherence cell out of (D / r0)^2
    return np.asarray(np.exp(np.interp(asked, size, share) - 2.0 * beyond))


@cache
def _dikmelik() -> tuple[Floats, Floats]:
    """ln(D / r0), and ln(coupling over that in vacuum); no units. Dikmelik & Davidson 2005."""
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

    A ratio of powers, no unit, 0 to 1; `ratio` is D / r0, any shape. Derived: exp(-s2) of the light is in the
    corrected core (Marechal), s2 the residual of `noll_1976`, perfectly and at once corrected; the rest couples as
    uncorrected light does. Unobscured aperture. Noll, J. Opt. Soc. Am. 66, 207 (1976), doi:10.1364/JOSA.66.000207.
    """
    ratio = np.asarray(ratio, dtype=float)
    halo = dikmelik_davidson_2005(ratio)
    if corrected_modes == 0:
        return halo
    core = np.exp(-noll_1976(corrected_modes + 1) * ratio ** (5.0 / 3.0))
    return np.asarray(core + (1.0 - core) * halo)


def noll_1976(modes: int) -> float:
    """Residual phase variance in (D/r0)^(5/3) rad^2 with the first `modes` Zernike modes corrected, piston counted.

    `modes` from 1 on: table IV to 21, then 0.2944 J^(-sqrt(3) / 2). Full aperture. Noll, J. Opt. Soc. Am. 66, 207
    (1976), doi:10.1364/JOSA.66.000207.
    """
    return float(NOLL[modes - 1]) if modes <= len(NOLL) else float(0.2944 * modes ** (-np.sqrt(3.0) / 2.0))
