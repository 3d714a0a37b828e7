"""The result of a run: tables, provenance, self-check, and writing it all to a folder in one piece."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ground import Passes
from keys import Counts, Keys, share
from links.channel import Floats, Ints
from missions import rows
from missions.errors import InputError
from missions.provenance import SCHEMA, provenance
from missions.scenario import Scenario
from missions.tables import Table

if TYPE_CHECKING:
    import pandas as pd

    from missions.network.backbone import Backbone
    from missions.planning import Ensemble
    from missions.simulate import PassLinks

TABLES = ("passes", "blocks", "stations")
NETWORK_TABLES = ("backbone", "network_routes", "network_links", "network_nodes", "network_failures")
FILES = (*(f"{name}.csv" for name in (*TABLES, *NETWORK_TABLES)), "budget.json", "scenario.toml", "report.html")


@dataclass(frozen=True, eq=False)
class Budget:
    """What the mission delivers. Per-pass results have one row per pass of `all_passes`, in its order."""

    scenario: Scenario
    all_passes: Passes
    links: PassLinks
    counts: Counts
    clear: Floats
    """Probability of a clear sky at each pass; 1 where the station states no weather."""
    served: NDArray[np.bool_]
    taken_by: Ints
    block: Ints
    keys: Keys
    notes: tuple[str, ...]
    """Warnings of models that were used outside their validity."""

    @cached_property
    def backbone(self) -> Backbone | None:
        """The network that relays the key; None where the scenario has none."""
        if not self.scenario.has_network:
            return None
        from missions.network.backbone import connect

        return connect(self)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """``passes``, ``blocks`` and ``stations``, as they are written; with a network, its tables too."""
        sky = {"passes": rows.passes(self), "blocks": rows.blocks(self), "stations": rows.stations(self)}
        return {**sky, **self._network_tables()}

    def _network_tables(self) -> dict[str, Table]:
        if self.backbone is None:
            return {}
        from missions.network import tables

        return {
            "backbone": tables.pairs(self.backbone),
            "network_routes": tables.routes(self.backbone),
            "network_links": tables.links(self.backbone),
            "network_nodes": tables.nodes(self.backbone),
            "network_failures": tables.failures(self.backbone),
        }

    @property
    def passes(self) -> pd.DataFrame:
        """One row per pass."""
        return self.tables["passes"].to_frame()

    @property
    def blocks(self) -> pd.DataFrame:
        """One row per finite-key block."""
        return self.tables["blocks"].to_frame()

    @property
    def stations(self) -> pd.DataFrame:
        """One row per ground station."""
        return self.tables["stations"].to_frame()

    @cached_property
    def secret_bits(self) -> Ints:
        """Secret bits of each pass: its share of its block by sifted bits, whole bits that add up to the block's."""
        bits = np.zeros(len(self.all_passes), dtype=np.int64)
        bits[self.served] = share(self.keys.secret_bits, self.block[self.served], self.counts.sifted[self.served])
        return bits

    @property
    def expected_bits(self) -> Floats:
        """Mean secret bits of each pass over clear and cloudy skies."""
        return np.asarray(self.secret_bits * self.clear)

    @cached_property
    def weathers(self) -> Ensemble | None:
        """The stations' key under many weathers; None where no station states its weather."""
        if not self.scenario.has_weather:
            return None
        from ground.weather import Weather
        from missions.planning import ensemble

        climates = [station.weather for station in self.scenario.stations]
        setting = self.scenario.weather or Weather()
        return ensemble(self.all_passes, self.secret_bits, climates, setting, self.scenario.mission.seed)

    def check(self) -> None:
        """Raise RuntimeError if the result contradicts itself: sums, order of quantities, finiteness."""
        if self.secret_bits.sum() != self.keys.secret_bits.sum():
            raise RuntimeError("self-check: secret bits per pass do not add up to those of the blocks")
        sifted = self.counts.sifted
        if (sifted > self.counts.detections * (1 + 1e-12)).any():
            raise RuntimeError("self-check: a pass has more sifted bits than detections")
        block_sifted = np.bincount(self.block[self.served], sifted[self.served], len(self.keys.secret_bits))
        if (self.keys.secret_bits > block_sifted * (1 + 1e-12)).any():
            raise RuntimeError("self-check: a block has more secret bits than sifted bits")

    def to_dict(self) -> dict[str, Any]:
        """Everything, as plain data: what budget.json holds."""
        return {
            "schema": SCHEMA,
            "mission": {"name": self.scenario.mission.name, "title": self.scenario.mission.title},
            "provenance": provenance(self.scenario.digest, self.scenario.mission.seed),
            "security": rows.security(self),
            "assumptions": rows.assumptions(self),
            "notes": list(self.notes),
            **{name: table.records() for name, table in self.tables.items()},
        }

    def write(self, folder: str | Path) -> Path:
        """Write all files of the contract; the folder then holds the old result or the new one, never a mixture.

        Raises InputError when the folder cannot be written.
        """
        from missions.report import render

        self.check()
        texts = {f"{name}.csv": table.to_csv() for name, table in self.tables.items()}
        texts["budget.json"] = json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n"
        texts["scenario.toml"] = self.scenario.to_toml()
        texts["report.html"] = render(self)
        return replace_folder(Path(folder), texts)


def require_writable(folder: str | Path) -> None:
    """Raise InputError unless a result can be written there; nothing is left behind."""
    target = Path(folder)
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is a file; give a folder for the results")
    foreign = sorted({entry.name for entry in target.iterdir()} - set(FILES))[:3] if target.is_dir() else []
    if foreign:
        raise InputError(
            f"{target}: holds other things ({', '.join(foreign)}); give a new folder or one of an earlier run"
        )
    above = next(parent for parent in target.absolute().parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(f"{target}: cannot be written: no permission in {above}; give another folder with -o")


def replace_folder(target: Path, texts: dict[str, str]) -> Path:
    """Put the texts into a new folder beside the target and move it into place."""
    require_writable(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}; give another folder with -o") from None
    try:
        for name, text in texts.items():
            (fresh / name).write_text(text, encoding="utf-8", newline="\n")
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return target


def _swap(fresh: Path, target: Path) -> None:
    """Move the new folder into place; the old one steps aside first and comes back if the move fails."""
    if not target.exists():
        fresh.rename(target)
        return
    aside = fresh.with_name(fresh.name + ".old")
    target.rename(aside)
    try:
        fresh.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside)
