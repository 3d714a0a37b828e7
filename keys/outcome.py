"""Why a block gives the key that it gives."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """The values are the sentences that users read."""

    KEY = "secret key"
    NOTHING_SENT = "nothing was sent"
    NO_CLICKS = "no clicks in matched bases"
    NO_SINGLE_PHOTONS = "too few clicks to show that any came from single photons"
    PHASE_ERROR = "the phase error rate cannot be bounded below one half"
    ERROR_RATE = "error rate too high: its correction would disclose more than the single photons keep secret"
    TOO_SHORT = "block too short: the finite-key cost exceeds what is secret in it"
    AUTHENTICATION = "block too short: authenticating its messages costs more than its key"


ORDER = tuple(Outcome)
"""Codes of outcomes in arrays are positions in this order."""
