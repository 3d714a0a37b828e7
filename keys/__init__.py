"""How much key is secret: sources, detectors, counts, security proofs and distillation.

`keys` sees a `links.channel.Channel` and nothing else of the world: a satellite pass and a fibre are the same to it.
"""

from keys.citations import citations
from keys.counts import Counts
from keys.detection import Settings, detect
from keys.detector import Detector
from keys.distill import distill
from keys.keylength import Keys, LedgerEntry
from keys.optimise import Optimum, optimise
from keys.outcome import Outcome
from keys.pooling import Pooling, pooling
from keys.security import Security
from keys.sharing import share
from keys.source import Source

__all__ = [
    "Counts",
    "Detector",
    "Keys",
    "LedgerEntry",
    "Optimum",
    "Outcome",
    "Pooling",
    "Security",
    "Settings",
    "Source",
    "citations",
    "detect",
    "distill",
    "optimise",
    "pooling",
    "share",
]
