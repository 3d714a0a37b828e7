"""What the key must withstand: the proof, the statistics and the failure probabilities that are accepted."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Proof = Literal["lim-2014", "rusca-2018", "wiesemann-2024", "yin-2020", "tomamichel-2012", "ma-2005"]
Epsilon = Annotated[float, Field(gt=0.0, lt=1.0)]


class Security(BaseModel):
    """Which security proof turns counts into key, and how much of every kind of failure is allowed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    proof: Proof = "lim-2014"
    """Structure of the key length; two decoys and a finite key (Lim et al. 2014) is what most experiments use."""
    bound: Literal["chernoff", "hoeffding", "azuma"] = "chernoff"
    """Statistics of the counts: Chernoff (Yin et al. 2020) is the tightest at low counts."""
    secrecy: Epsilon = 1e-9
    """Distance of the whole block's key from a uniform one that nobody knows; 1e-9 as published for Micius."""
    correctness: Epsilon = 1e-15
    """Probability that the two keys differ and nobody notices; 1e-15 costs only about 50 bits."""
    authentication: Epsilon = 1e-15
    """Probability that a forged classical message of the block passes; beside secrecy and correctness."""
    error_correction_efficiency: Annotated[float, Field(ge=1.0, le=3.0)] = 1.16
    """Disclosed bits over the Shannon limit n h(Q); 1.16 is the customary figure for Cascade and short LDPC codes."""
    block: Literal["pass", "day", "week", "mission"] = "pass"
    """Which passes are pooled into one finite-key block; one pass waits for no other."""
    optimise: bool = False
    """Look for the best intensities, probabilities and basis bias of each block; false keeps the configured ones."""
