"""Someone in between: what three attacks do to the clicks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from keys.receiver import Clicks
from keys.source import Source
from links.channel import Channel, Floats


@dataclass(frozen=True)
class Eavesdropper:
    """An attack on a share of the pulses."""

    attack: Literal["intercept-resend", "photon-number-splitting", "beam-splitting"]
    share: float
    """Of the pulses (or, beam splitting, of the light) that she takes, 0 to 1."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"an eavesdropper's share of {self.share} is not between 0 and 1")

    def tapped(self, channel: Channel) -> Channel:
        """The channel with her in it.

        Intercept-resend: half her bases are wrong, and then half the bits; what she sends is as bright as what came.
        Beam splitting: her share of the light is lost.
        """
        if self.attack == "intercept-resend":
            return replace(channel, flip=channel.flip * (1.0 - 0.5 * self.share) + 0.25 * self.share)
        if self.attack == "beam-splitting":
            return replace(channel, transmittance=channel.transmittance * (1.0 - self.share))
        return channel

    def split(self, clicks: list[Clicks], source: Source) -> list[Clicks]:
        """Photon-number splitting: single photons of her share are blocked, and one of several is kept.

        She sends the others on without loss, as many pulses as keep the signal's rate.
        """
        if self.attack != "photon-number-splitting":
            return clicks
        several = [1.0 - np.exp(-mu) * (1.0 + mu) for mu in source.intensities]
        passed = np.minimum(clicks[0].any / several[0], 1.0)
        return [self._thinned(click, passed * many) for click, many in zip(clicks, several, strict=True)]

    def _thinned(self, click: Clicks, attacked: Floats) -> Clicks:
        ratio = np.divide(attacked, click.any, out=np.zeros_like(attacked), where=click.any > 0)
        return click.scaled((1.0 - self.share) + self.share * ratio)
