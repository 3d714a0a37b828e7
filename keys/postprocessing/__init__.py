"""The bit level: two parties, an eavesdropper perhaps, and the keys that they end up with."""

from keys.postprocessing.cascade import cascade
from keys.postprocessing.eavesdropper import Eavesdropper
from keys.postprocessing.exchange import Exchange, exchange
from keys.postprocessing.toeplitz import toeplitz

__all__ = ["Eavesdropper", "Exchange", "cascade", "exchange", "toeplitz"]
