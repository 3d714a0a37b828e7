"""A mission as a file: TOML on one side, the domain's own types on the other.

The file *is* these models spelled in TOML. Some conveniences exist in the file only, and are gone once it is read
(`missions.resolve`): ``[defaults.station]``, ``[defaults.satellite]`` and ``[defaults.fibre]`` (what every one has
unless it says otherwise), ``use = "Xinglong"`` (start from the catalogue's place; the defaults and the entry's own
fields override it), ``[[constellations]]`` and orbits named by a file.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator

from ground.weather import Weather
from keys import Security
from missions.crosscheck import contradictions
from missions.entries import GroundStation, Mission, Spacecraft, Table
from missions.errors import InputError, sentences, suggestion
from missions.limits import limits
from missions.network.demand import Demand
from missions.network.inputs import Backbone, FibreLink, MeasuredLink, Node, StoreRules
from missions.planning import Schedule
from missions.planning.schedule import Objective
from missions.resolve import Resolved, resolved, without_none


class Scenario(Table):
    """Everything that a run needs, every default filled in."""

    mission: Mission
    satellites: tuple[Spacecraft, ...] = ()
    stations: tuple[GroundStation, ...] = ()
    weather: Weather | None = None
    schedule: Schedule | None = None
    nodes: tuple[Node, ...] = ()
    fibres: tuple[FibreLink, ...] = ()
    backbones: tuple[Backbone, ...] = ()
    links: tuple[MeasuredLink, ...] = ()
    demands: tuple[Demand, ...] = ()
    stores: StoreRules | None = None
    security: Security = Field(default_factory=Security)
    """How key is distilled; needed wherever photons are counted (`missions.crosscheck` asks for it)."""

    @field_validator("satellites", "stations", "nodes", "fibres", "backbones", "links")
    @classmethod
    def _names_differ(cls, entries: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        names = [entry.name for entry in entries if entry.name]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'two {info.field_name} are named "{twice}"; every name must be its own')
        return entries

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        unsaid = {"security"} - self.model_fields_set
        found = contradictions(self.model_dump(exclude=unsaid))
        if found:
            raise ValueError("; ".join(found))
        return self

    @property
    def has_network(self) -> bool:
        """Whether there is a network whose keys are relayed: links on the ground, or demands."""
        return bool(self.fibres or self.backbones or self.links or self.demands)

    @property
    def objective(self) -> Objective:
        """What the schedule is to bring about: most key, unless the scenario says otherwise."""
        return self.schedule.objective if self.schedule else "total"

    @property
    def has_weather(self) -> bool:
        """Whether any station states how often its sky is clear."""
        return any(station.weather is not None for station in self.stations)

    def to_toml(self) -> str:
        """The scenario as resolved, every default written out; it reads back as the same scenario."""
        import tomli_w

        return tomli_w.dumps(self._plain())

    def _plain(self) -> dict[str, Any]:
        return {name: table for name, table in without_none(self.model_dump()).items() if table != []}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the resolved scenario: two files that mean the same have the same.

        A file of an orbit's states counts by what it holds, not by where it lies.
        """
        import tomli_w

        plain = self._plain()
        for satellite in plain.get("satellites", []):
            if "oem" in satellite:
                satellite["oem"] = hashlib.sha256(Path(satellite["oem"]).read_bytes()).hexdigest()
        return hashlib.sha256(tomli_w.dumps(plain).encode()).hexdigest()

    @classmethod
    def from_tables(cls, raw: dict[str, Any], source: str = "scenario", folder: Path | None = None) -> Self:
        """Read tables as `tomllib` gives them; relative paths in them start at `folder` (by default, here).

        Raises InputError with one sentence per mistake.
        """
        found = resolved(raw, folder or Path())
        try:
            made = cls.model_validate(found.tables)
        except ValidationError as error:
            raise InputError(_message(source, _mistakes(error, found, cls, raw))) from None
        wrong = found.mistakes or [*found.idle, *limits(made)]
        if wrong:
            raise InputError(_message(source, wrong))
        return made


def _mistakes(error: ValidationError, found: Resolved, model: type[Scenario], raw: dict[str, Any]) -> list[str]:
    """All of them: the file's conveniences, each field, and what contradicts; nothing twice."""
    fields = sentences(error, model, raw, found.place, skip=lambda loc: not loc or loc[:2] in found.broken)
    among = contradictions({**found.tables, "constellations": raw.get("constellations")})
    return list(dict.fromkeys([*found.mistakes, *fields, *among]))


def _message(source: str, mistakes: list[str]) -> str:
    if len(mistakes) == 1:
        return f"{source}: {mistakes[0]}"
    return "\n  ".join([f"{source}: {len(mistakes)} mistakes", *mistakes])


def built_in() -> dict[str, str]:
    """The built-in scenarios: name to TOML text, in order of name."""
    folder = resources.files("missions.scenarios")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8") for entry in files}


def load(scenario: str | Path) -> Scenario:
    """Read a scenario: the path of a TOML file, or the name of a built-in mission.

    Raises InputError, whose text names the file, the field, what was found and what is allowed.
    """
    name = str(scenario)
    is_file = _looks_like_path(name)
    text = _read(Path(scenario)) if is_file else _built_in_text(name)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not valid TOML: {error}") from None
    return Scenario.from_tables(raw, name, Path(scenario).parent if is_file else None)


def _looks_like_path(name: str) -> bool:
    return name.endswith(".toml") or Path(name).is_file()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputError(f"{path}: cannot be read: {reason}") from None


def _built_in_text(name: str) -> str:
    known = built_in()
    if name not in known:
        raise InputError(f'"{name}": no file and no built-in scenario of that name{suggestion(name, known)}')
    return known[name]
