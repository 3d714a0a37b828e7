"""What a result was made from: enough to make it again."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from orbits.clock import tables

SCHEMA = "skykey/budget/1"
_PACKAGES = ("skykey", "numpy", "scipy", "sgp4", "pyerfa", "jplephem", "astropy-iers-data", "pydantic")


def provenance(scenario_digest: str, seed: int) -> dict[str, Any]:
    """Versions, the scenario's hash, the seed, and the data tables with their hashes; no clock, no host, no path."""
    return {
        "scenario_sha256": scenario_digest,
        "seed": seed,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
        "data_sha256": tables(),
    }
