"""What Alice sends: pulses of chosen intensity, basis and bit, with the photon statistics of her laser or emitter."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from si import Duration, Length, Rate

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
SUM_TOLERANCE = 1e-9
"""Probabilities written with nine digits are taken to sum to 1."""


class Source(BaseModel):
    """A phase-randomised sender of BB84 states: weak coherent pulses with decoys, or single photons.

    Intensities are mean photon numbers per pulse at the sender's exit, from the signal down; losses after the exit
    belong to the link.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: Literal["decoy-bb84", "single-photon-bb84"] = "decoy-bb84"
    """Weak pulses of several intensities, or an emitter of single photons with one mean photon number."""
    pulse_rate: Rate
    intensities: tuple[float, ...] = Field(min_length=1, max_length=8)
    """Mean photons per pulse, in falling order; three are signal and two decoys, two are signal and one decoy."""
    probabilities: tuple[float, ...] = Field(min_length=1, max_length=8)
    """How often each intensity is sent; they sum to 1."""
    key_basis_probability: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5
    """Alice's and Bob's probability of the key basis; one half is the symmetric choice of the first experiments."""
    key_bases: Literal["both", "one"] = "both"
    """"both": each basis gives key, its phase error bounded by the other; "one": only the key basis does."""
    misalignment: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    """Probability that preparation alone turns a photon into the orthogonal state; 0 because the link has its own."""
    wavelength: Length | None = None
    """For fibre, which has no transmitter to carry it; the key engine does not use it."""
    pulse_width: Annotated[Duration, Field(ge=0.0)] = 0.0
    """Full width at half maximum in time; 0 because most receivers' gates are far longer."""
    statistics: Literal["poisson", "thermal"] = "poisson"
    """Photon statistics of weak pulses; a phase-randomised laser is Poissonian."""
    photon_numbers: tuple[tuple[float, ...], ...] | None = None
    """P(0), P(1), ... photons for each intensity, where they were measured; replaces `statistics`."""
    g2: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Second-order correlation at zero delay of a single-photon emitter; 0 is the ideal one."""
    intensity_deviation: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    """Largest relative error of the intensities; the proofs then take the worst corner. 0 is a calibrated source."""

    @field_validator("intensities")
    @classmethod
    def _falling(cls, mu: tuple[float, ...]) -> tuple[float, ...]:
        if any(not math.isfinite(m) or m < 0 for m in mu) or mu[0] == 0:
            raise ValueError("must be finite, not negative, and the signal above 0")
        if any(a <= b for a, b in pairwise(mu)):
            raise ValueError("out of order; write them from the signal down, each smaller")
        return mu

    @field_validator("probabilities")
    @classmethod
    def _certain(cls, p: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 < x <= 1 for x in p):
            raise ValueError("each must lie above 0 and not above 1; leave out an unused intensity")
        if abs(sum(p) - 1) > SUM_TOLERANCE:
            raise ValueError(f"they sum to {sum(p):.9g}; they must sum to 1")
        return p

    @model_validator(mode="after")
    def _consistent(self) -> Source:
        for check in (_lengths, _emitter, _distributions):
            check(self)
        return self


def _lengths(source: Source) -> None:
    if len(source.intensities) != len(source.probabilities):
        raise ValueError(
            f"{len(source.intensities)} intensities but {len(source.probabilities)} probabilities; give one for each"
        )


def _emitter(source: Source) -> None:
    single = source.protocol == "single-photon-bb84"
    if single and len(source.intensities) != 1:
        raise ValueError("a single-photon source has one intensity, its mean photon number; remove the others")
    if single and source.intensities[0] > 1:
        raise ValueError(f"a single-photon source cannot emit {source.intensities[0]} photons per pulse; at most 1")
    if source.g2 and not single:
        raise ValueError('g2 belongs to protocol = "single-photon-bb84"; for weak pulses give statistics')
    if single and source.intensities[0] * source.g2 > 1:
        raise ValueError(f"g2 = {source.g2} leaves no single photons at mean {source.intensities[0]}; lower one")


def _distributions(source: Source) -> None:
    if source.photon_numbers is None:
        return
    if len(source.photon_numbers) != len(source.intensities):
        raise ValueError("photon_numbers needs one list P(0), P(1), ... for each intensity")
    for mu, p in zip(source.intensities, source.photon_numbers, strict=True):
        mean = sum(n * x for n, x in enumerate(p))
        if any(x < 0 for x in p) or abs(sum(p) - 1) > SUM_TOLERANCE:
            raise ValueError(f"photon_numbers {list(p)} must not be negative and must sum to 1")
        if abs(mean - mu) > 1e-6 * max(mu, 1.0):
            raise ValueError(
                f"photon_numbers {list(p)} have mean {mean:.9g}, but the intensity is {mu}; make them agree"
            )
