"""What applications ask of the network: key for two nodes, by rate, in whole keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from links.channel import Floats, Ints
from missions.network.inputs import Between
from si import BitRate, Duration

if TYPE_CHECKING:
    from missions.network.graph import Network

Use = Literal["aes-256", "aes-128", "one-time-pad", "video-call"]
KEY_BITS = {"aes-256": 256, "aes-128": 128}
VIDEO_CALL = 128e3
"""bit/s: the one-time-padded video call of the Tokyo network, M. Sasaki et al. 2011, doi:10.1364/OE.19.010387."""


class Demand(BaseModel):
    """Key that an application of two nodes asks for.

    An AES cipher asks for a whole key every `rekey`; a one-time pad and a video call (itself one-time padded) ask for
    as many bits as they send. Demands of a higher `priority` are served first. With `paths` = m the key is the XOR of
    m shares sent over node-disjoint routes, so that m - 1 trusted nodes together learn nothing of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    between: Between
    use: Use
    rekey: Annotated[Duration, Field(gt=0)] | None = None
    rate: Annotated[BitRate, Field(gt=0)] | None = None
    priority: int = Field(default=1, ge=1, le=1_000_000, strict=True)
    paths: int = Field(default=1, ge=1, le=100, strict=True)

    @model_validator(mode="after")
    def _rate_fits_the_use(self) -> Self:
        cipher = self.use in KEY_BITS
        needed, other = ("rekey", "rate") if cipher else ("rate", "rekey")
        meaning = 'how long one key is used, e.g. rekey = "10 min"' if cipher else 'e.g. rate = "2 kbit/s"'
        if getattr(self, other) is not None:
            raise ValueError(f'use = "{self.use}" takes no {other}; give {needed}, {meaning}')
        if getattr(self, needed) is None and self.use != "video-call":
            raise ValueError(f'use = "{self.use}" needs {needed}, {meaning}')
        return self

    @property
    def quantum(self) -> int:
        """Bits that are only of use together: the length of a cipher's key, or 1."""
        return KEY_BITS.get(self.use, 1)

    @property
    def bits_per_second(self) -> float:
        """Key asked for, bit/s; a video call without a rate asks for `VIDEO_CALL`."""
        return self.rate or (self.quantum / self.rekey if self.rekey else VIDEO_CALL)


@dataclass(frozen=True, eq=False)
class Demands:
    """Demands as columns, one row per demand."""

    pairs: Ints
    """Numbers of the two nodes, shape (demands, 2)."""
    rate: Floats
    """bit/s."""
    quantum: Ints
    """Bits of one key: served whole or not at all."""
    priority: Ints
    paths: Ints
    """Node-disjoint routes whose shares are combined by XOR."""

    def __len__(self) -> int:
        return len(self.rate)

    @property
    def order(self) -> list[int]:
        """The demands' numbers in the order in which they are served: by priority, equal ones as they are listed."""
        return [int(demand) for demand in np.argsort(-self.priority, kind="stable")]


def tabulate(network: Network, demands: Sequence[Demand]) -> Demands:
    """The demands with their nodes' numbers; raises ValueError for a node that the network does not have."""
    pairs = [[network.node(name) for name in demand.between] for demand in demands]
    return Demands(
        pairs=np.array(pairs, dtype=np.int64).reshape(-1, 2),
        rate=np.array([demand.bits_per_second for demand in demands], dtype=float),
        quantum=np.array([demand.quantum for demand in demands], dtype=np.int64),
        priority=np.array([demand.priority for demand in demands], dtype=np.int64),
        paths=np.array([demand.paths for demand in demands], dtype=np.int64),
    )


def falling_due(demands: Demands, edges: Floats) -> Ints:
    """Bits that fall due in each slot between `edges` (slots + 1,), s: whole keys, shape (demands, slots).

    By time t a demand has asked for floor(rate t / quantum) keys; a key due at a slot's end belongs to that slot.
    """
    keys = np.multiply.outer(demands.rate / demands.quantum, edges)
    # A key due at an edge counts there although rate * t may fall short of the whole number by rounding.
    whole = np.floor(keys * (1 + 1e-12) + 1e-9).astype(np.int64)
    return np.asarray(np.diff(whole, axis=1) * demands.quantum[:, None])
