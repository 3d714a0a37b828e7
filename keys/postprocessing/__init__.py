"""The bit level: two parties, an eavesdropper perhaps, and the keys that they end up with."""

from keys.postprocessing.cascade import cascade
from keys.postprocessing.correction import Correction
from keys.postprocessing.eavesdropper import Eavesdropper
from keys.postprocessing.exchange import CODES, Code, Exchange, exchange
from keys.postprocessing.ldpc import ldpc
from keys.postprocessing.toeplitz import toeplitz

__all__ = ["CODES", "Code", "Correction", "Eavesdropper", "Exchange", "cascade", "exchange", "ldpc", "toeplitz"]
