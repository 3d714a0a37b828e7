"""The waist of skykey: what any link, of any kind, is to a QKD protocol.

A satellite pass, a fibre span and a table of measured losses all become a `Channel`; `keys` sees nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LossBudget:
    """Named factors, each a transmittance in (0, 1] over the same samples, whose product is the link's transmittance.

    The detector's efficiency is not among them: it belongs to the detector.
    """

    factors: Mapping[str, Floats]

    @property
    def transmittance(self) -> Floats:
        """The product of all factors, shape (samples,), a share in (0, 1]. Derived: independent losses multiply."""
        return reduce(np.multiply, self.factors.values())

    def select(self, samples: NDArray[np.bool_] | Ints) -> LossBudget:
        """The same factors at some of the samples."""
        return LossBudget({name: factor[samples] for name, factor in self.factors.items()})


@dataclass(frozen=True, eq=False)
class Channel:
    """Photon transmission of many links at once: flat samples, each belonging to one link (a pass, a span).

    All arrays have shape (samples,). `transmittance` is the mean over fading, from the sender's exit to the detectors'
    faces. `background` counts photons per second that reach the detectors' faces, all detectors together, inside
    filter and field of view but before any gate. `flip` is the probability that the link and the receiver's optics
    turn a photon into the orthogonal state. `log_variance` is the variance of ln(transmittance) around that mean
    (log-normal fading; 0 is none).
    """

    links: int
    """How many links there are: the rows of the counts that this channel gives."""
    link: Ints
    """Which link each sample belongs to, 0 <= link < links, ascending."""
    time: Floats
    """Middle of the sample, seconds since the epoch of `orbits.clock` (or of the user's own choice)."""
    duration: Floats
    """Seconds that the sample stands for."""
    transmittance: Floats
    background: Floats
    flip: Floats
    log_variance: Floats
    budget: LossBudget | None = None

    def __post_init__(self) -> None:
        """Refuse arrays of different lengths and transmittances outside [0, 1]."""
        shapes = {name: getattr(self, name).shape for name in _SAMPLED}
        if len(set(shapes.values())) != 1:
            raise ValueError(f"channel: arrays differ in shape: {shapes}")
        if self.transmittance.size and not (self.transmittance.min() >= 0 and self.transmittance.max() <= 1):
            raise ValueError("channel: a transmittance lies outside 0 to 1")

    def select(self, samples: NDArray[np.bool_] | Ints) -> Channel:
        """The same links with only some of their samples (a contact, a transmission window)."""
        some = {name: getattr(self, name)[samples] for name in _SAMPLED}
        return replace(self, **some, budget=self.budget and self.budget.select(samples))


_SAMPLED = ("link", "time", "duration", "transmittance", "background", "flip", "log_variance")
