"""What Bob's detectors do."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from si import Duration, Rate

FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Full width at half maximum of a Gaussian in units of its standard deviation."""


class Detector(BaseModel):
    """Threshold detectors behind a passive (four) or an active (two) choice of basis.

    Four: the light is split between the bases in the ratio of `Source.key_basis_probability`, every basis has its own
    pair, and all four count dark. Two: one pair measures the basis that was chosen. A pair that fires twice gives a
    random bit; both pairs at once (four detectors) give a random basis.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    efficiency: Annotated[float, Field(gt=0.0, le=1.0)]
    """Probability that a photon at a detector's face makes a click; of the best detector where they differ."""
    dark_count_rate: Annotated[Rate, Field(ge=0.0)] = 0.0
    """Of each detector, background not included; 0 is an ideal one."""
    count: Literal[2, 4] = 4
    """Four: passive choice of basis, as on most ground stations; two: active choice."""
    gate: Annotated[Duration, Field(gt=0.0)] = 1e-9
    """Time around each expected pulse in which clicks are accepted; 1 ns holds the jitter of silicon APDs."""
    dead_time: Annotated[Duration, Field(ge=0.0)] = 0.0
    """After any click ALL detectors are held off this long, so that none is live while its partner is blind."""
    afterpulse_probability: Annotated[float, Field(ge=0.0, lt=0.5)] = 0.0
    """Probability that a click is followed, in some later gate of the same detector, by one without a photon."""
    jitter: Annotated[Duration, Field(ge=0.0)] = 0.0
    """Full width at half maximum of the timing error; clicks outside the gate are lost."""
    efficiency_mismatch: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """(best - worst) / best efficiency. Clicks of better detectors are discarded at random down to the worst."""

    def inside_gate(self, pulse_width: float) -> float:
        """Share of the photons' clicks that fall in the gate: Gaussian pulse and jitter, widths in quadrature."""
        width = math.hypot(self.jitter, pulse_width) / FWHM
        return 1.0 if width == 0 else math.erf(self.gate / (2.0 * math.sqrt(2.0) * width))

    @property
    def balanced_efficiency(self) -> float:
        """The efficiency of every detector once the better ones' clicks are thinned to the worst one's."""
        return self.efficiency * (1.0 - self.efficiency_mismatch)
