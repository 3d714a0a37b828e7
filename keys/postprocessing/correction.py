"""What an error correction leaves behind, whichever code it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Correction:
    """Bob's corrected bits, the bits about Alice's that were disclosed for it, and the messages that it took."""

    bits: NDArray[np.uint8]
    disclosed: int
    rounds: int
    failed: int = 0
    """Parts of the key of which Bob himself knows that they were not corrected."""
