"""A mission as a file: TOML on one side, the domain's own types on the other.

The file *is* these models spelled in TOML. Two conveniences exist in the file only, and are gone once it is read:
``[defaults.station]`` and ``[defaults.satellite]`` (what every one has unless it says otherwise), and
``use = "Xinglong"`` (start from the catalogue's place; the defaults and the entry's own fields override it).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from ground import Station, catalogue, station
from keys import Detector, Security, Source
from links import Atmosphere, Receiver, Transmitter
from missions.errors import InputError, sentences, suggestion
from orbits import Satellite
from si import Duration, Instant


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Mission(_Table):
    """Which time is simulated, and how finely."""

    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    title: str = ""
    start: Instant
    end: Instant
    seed: int = Field(default=0, ge=0)
    step: Duration = Field(default=1.0, gt=0, description="sampling along a pass; the loss changes by < 0.1 dB in 1 s")

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: datetime, info: ValidationInfo) -> datetime:
        start = info.data.get("start")
        if start is not None and end <= start:
            raise ValueError(f"must come after mission.start, {start.isoformat()}")
        return end


class Spacecraft(Satellite):
    """A satellite with its quantum payload."""

    transmitter: Transmitter
    source: Source
    slew: Duration = Field(default=60.0, ge=0, description="to turn from one station to another; assumed")


class GroundStation(Station):
    """A place with its telescope, its detectors and the air above it."""

    receiver: Receiver
    detector: Detector
    atmosphere: Atmosphere


class Scenario(_Table):
    """Everything that a run needs, every default filled in."""

    mission: Mission
    satellites: tuple[Spacecraft, ...]
    stations: tuple[GroundStation, ...]
    security: Security

    @field_validator("satellites", "stations")
    @classmethod
    def _names_differ(cls, entries: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        if not entries:
            raise ValueError(f"give at least one, as [[{info.field_name}]]")
        names = [entry.name for entry in entries]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f'two {info.field_name} are named "{twice}"; every name must be its own')
        return entries

    def to_toml(self) -> str:
        """The scenario as resolved, every default written out; it reads back as the same scenario."""
        import tomli_w

        return tomli_w.dumps(_without_none(self.model_dump()))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the resolved scenario: two files that mean the same have the same."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()

    @classmethod
    def from_tables(cls, raw: dict[str, Any], source: str = "scenario") -> Self:
        """Read tables as `tomllib` gives them; raises InputError with one sentence per mistake."""
        try:
            return cls.model_validate(_resolved(raw))
        except ValidationError as error:
            mistakes = sentences(error, cls, raw)
        except ValueError as error:
            mistakes = [str(error)]
        raise InputError(_message(source, mistakes))


def _message(source: str, mistakes: list[str]) -> str:
    if len(mistakes) == 1:
        return f"{source}: {mistakes[0]}"
    return "\n  ".join([f"{source}: {len(mistakes)} mistakes", *mistakes])


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list | tuple) else value


def _resolved(raw: dict[str, Any]) -> dict[str, Any]:
    """The tables without ``defaults`` and ``use``."""
    defaults = raw.get("defaults", {})
    unknown = next((name for name in defaults if name not in ("station", "satellite")), None)
    if unknown is not None:
        raise ValueError(f"defaults.{unknown}: unknown key{suggestion(unknown, ('station', 'satellite'))}")
    tables = {name: table for name, table in raw.items() if name != "defaults"}
    for plural, singular in (("stations", "station"), ("satellites", "satellite")):
        if isinstance(raw.get(plural), list):
            tables[plural] = [_with_defaults(entry, defaults.get(singular, {})) for entry in raw[plural]]
    return tables


def _with_defaults(entry: Any, defaults: dict[str, Any]) -> Any:
    if not isinstance(entry, dict):
        return entry
    place = _place(entry["use"]) if "use" in entry else {}
    own = {key: value for key, value in entry.items() if key != "use"}
    return _merged(_merged(place, defaults), own)


def _place(name: str) -> dict[str, Any]:
    try:
        return _without_none(station(name).model_dump(exclude_unset=True))  # type: ignore[no-any-return]
    except ValueError as error:
        raise ValueError(f"stations.{name}.use: {error}") from None


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """`above` laid over `below`, table by table."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


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
    text = _read(Path(scenario)) if _looks_like_path(name) else _built_in_text(name)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not valid TOML: {error}") from None
    return Scenario.from_tables(raw, name)


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


def schema() -> dict[str, Any]:
    """JSON schema of a scenario file, ``use`` and ``[defaults]`` included, for editors and other programs."""
    full = Scenario.model_json_schema()
    for kind in ("GroundStation", "Spacecraft"):
        full["$defs"][kind]["required"] = []
    full["$defs"]["GroundStation"]["properties"]["use"] = _use_schema(catalogue())
    partial = {"station": "GroundStation", "satellite": "Spacecraft"}
    full["properties"]["defaults"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {"$ref": f"#/$defs/{kind}"} for key, kind in partial.items()},
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **full}


def _use_schema(names: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": sorted(names), "description": "start from the catalogue's place"}
