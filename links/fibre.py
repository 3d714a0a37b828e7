"""A fibre as a channel: attenuation, splices, connectors, a switch, and Raman noise from classical neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field

from links.atmosphere import warn
from links.channel import Channel, Floats, LossBudget
from si import DECIBEL, PLANCK, SPEED_OF_LIGHT, Attenuation, Length, Loss, Power

RAMAN = 3e-3
"""Spontaneous Raman scattering per metre of fibre and metre of wavelength: 3e-9 per km and nm, the highest between
channels of the C band. Kumar, Qin & Alleaume, New J. Phys. 17, 043027 (2015), doi:10.1088/1367-2630/17/4/043027. A
quantum channel in the O band beside classical ones in the C band has some hundred times less."""
C_BAND = (1530e-9, 1565e-9)
"""m; ITU-T G.Sup39."""
_DARK = 690.0
"""Greatest optical depth of one factor: below it exp() is still above zero."""


class Fibre(BaseModel):
    """A span of optical fibre between two nodes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    length: Length = Field(ge=0, le=1e8)
    """As laid, not as the crow flies."""
    attenuation: Attenuation = Field(default=0.2 * DECIBEL / 1e3, ge=0)
    """At the quantum wavelength; 0.2 dB/km: usual of G.652.D fibre at 1550 nm (the Recommendation allows 0.3)."""
    excess_loss: Loss = Field(default=0.0, ge=0)
    """All that is not named below, filters and multiplexers; 0: none."""
    splices: int = Field(default=0, ge=0)
    """Fusion splices that are not inside `attenuation`."""
    splice_loss: Loss = Field(default=0.1 * DECIBEL, ge=0)
    """Each; 0.1 dB: an assumption on the safe side, the largest mean that operators accept of a fusion splice."""
    connectors: int = Field(default=0, ge=0)
    """Mated pairs."""
    connector_loss: Loss = Field(default=0.25 * DECIBEL, ge=0)
    """Each; 0.25 dB: what 97 % of random matings stay below in attenuation grade B of IEC 61755-1."""
    switch_loss: Loss = Field(default=0.0, ge=0)
    """Of an optical switch in the path; 0: no switch."""
    classical_channels: int = Field(default=0, ge=0)
    """Data channels in the same fibre, half of them each way; 0: dark fibre."""
    classical_power: Power = Field(default=1e-3, ge=0)
    """Launched in each; 1 mW (0 dBm): a usual transceiver."""
    filter_bandwidth: Length = Field(default=0.8e-9, gt=0)
    """Of the quantum receiver's filter, for the Raman noise; 0.8 nm: one slot of the 100 GHz grid at 1550 nm."""

    def factors(self) -> dict[str, float]:
        """Optical depth (no unit) of each part that is there, by name. Derived: depth of one times how many."""
        depths = {
            "fibre": self.attenuation * self.length,
            "splices": self.splices * self.splice_loss,
            "connectors": self.connectors * self.connector_loss,
            "switch": self.switch_loss,
            "excess": self.excess_loss,
        }
        return {name: depth for name, depth in depths.items() if depth > 0 or name == "fibre"}


def fibre(spans: Fibre | Sequence[Fibre], wavelength: float, duration: ArrayLike, time: ArrayLike = 0.0) -> Channel:
    """Fibres as channels: one link and one sample for each span, which stands for `duration` seconds around `time`.

    `wavelength` of the quantum light in m; `duration` and `time` broadcast with the spans. Convention: `background` is
    what reaches the detectors' faces, the detector is not in the loss. Warns where `raman_rate` is used outside the C
    band. Source: each part's own.
    """
    spans = [spans] if isinstance(spans, Fibre) else list(spans)
    if any(span.classical_channels for span in spans) and not C_BAND[0] <= wavelength <= C_BAND[1]:
        warn(f"raman_rate: {wavelength * 1e9:.5g} nm is outside the C band, for which its coefficient is", 3)
    names = dict.fromkeys(name for span in spans for name in span.factors())
    depths = {name: np.array([span.factors().get(name, 0.0) for span in spans]) for name in names}
    budget = LossBudget({name: np.exp(-np.minimum(depth, _DARK)) for name, depth in depths.items()})
    noise = np.array([raman_rate(span, wavelength) for span in spans])
    return _stationary(len(spans), duration, time, budget, noise)


def raman_rate(span: Fibre, wavelength: float) -> float:
    """Photons per second of Raman noise at the detectors' faces, both directions of classical light together.

    `wavelength` of the quantum light in m. Forward P L exp(-a L) and backward P (1 - exp(-2 a L)) / (2 a), each times
    `RAMAN` and the filter's width; then the losses after the fibre. Valid for quantum and classical light in the C
    band (`fibre` warns), with equal attenuation. Derived: scattering at each metre, attenuated on its way; as Eraerds
    et al., New J. Phys. 12, 063027 (2010), eqs. 2 and 3, doi:10.1088/1367-2630/12/6/063027.
    """
    a, length = span.attenuation, span.length
    forward = length * np.exp(-a * length)
    backward = -np.expm1(-2.0 * a * length) / (2.0 * a) if a > 0 else length
    power = span.classical_power * span.classical_channels / 2.0 * RAMAN * span.filter_bandwidth * (forward + backward)
    after = np.exp(-(span.switch_loss + span.excess_loss))
    return float(power * after * wavelength / (PLANCK * SPEED_OF_LIGHT))


def fixed(
    depth: ArrayLike,
    duration: ArrayLike,
    background: ArrayLike = 0.0,
    flip: ArrayLike = 0.0,
    log_variance: ArrayLike = 0.0,
    time: ArrayLike = 0.0,
) -> Channel:
    """Links of a given loss: `depth` is an optical depth (`si.Loss`, no unit), one link and one sample for each.

    `duration` and `time` in s, `background` in photons per second at the detectors' faces, `flip` a probability,
    `log_variance` that of ln(transmittance), no unit; all broadcast. Raises ValueError for a negative depth.
    """
    depth = np.atleast_1d(np.asarray(depth, dtype=float))
    if np.any(depth < 0):
        raise ValueError("fixed: a loss is negative, which would be gain; give an optical depth of 0 or more")
    budget = LossBudget({"loss": np.exp(-np.minimum(depth, _DARK))})
    return _stationary(depth.size, duration, time, budget, background, flip, log_variance)


def _stationary(
    links: int,
    duration: ArrayLike,
    time: ArrayLike,
    budget: LossBudget,
    background: ArrayLike,
    flip: ArrayLike = 0.0,
    log_variance: ArrayLike = 0.0,
) -> Channel:
    def column(value: ArrayLike) -> Floats:
        return np.array(np.broadcast_to(np.asarray(value, dtype=float), (links,)))

    return Channel(
        links=links,
        link=np.arange(links),
        time=column(time),
        duration=column(duration),
        transmittance=budget.transmittance,
        background=column(background),
        flip=column(flip),
        log_variance=column(log_variance),
        budget=budget,
    )
