"""From a scenario file's conveniences to plain tables: defaults, places of the catalogue, constellations, files.

What is wrong here is collected with the path of its entry, which is then left out of the further checks, so that one
mistake is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ground.catalogue import site
from missions.entries import PAYLOAD
from missions.errors import DEFAULTED, sentences, suggestion
from orbits import Constellation, load_satellites

Tables = dict[str, Any]


@dataclass
class Resolved:
    """The tables of a file without its conveniences, and what was wrong with them."""

    tables: Tables
    mistakes: list[str] = field(default_factory=list)
    broken: set[tuple[str, int]] = field(default_factory=set)
    """Entries with such a mistake: (table, number)."""
    members: dict[int, int] = field(default_factory=dict)
    """Satellites that come from a constellation: their number, and the constellation's."""

    def place(self, loc: tuple[Any, ...]) -> tuple[Any, ...]:
        """Where the user wrote what is at `loc` of the resolved tables."""
        if len(loc) > 1 and loc[0] == "satellites" and loc[1] in self.members:
            return ("constellations", self.members[loc[1]], *loc[2:])
        return loc


def resolved(raw: Tables, folder: Path) -> Resolved:
    """The tables that `Scenario` validates; relative paths of files start at `folder`."""
    defaults = raw.get("defaults", {})
    found = Resolved({name: table for name, table in raw.items() if name not in ("defaults", "constellations")})
    known = dict.fromkeys(DEFAULTED.values())
    for name in defaults:
        if name not in known:
            found.mistakes.append(f"defaults.{name}: unknown key{suggestion(name, known)}")
    for plural, singular in DEFAULTED.items():
        if isinstance(raw.get(plural), list) and plural != "constellations":
            below = _table(defaults.get(singular))
            entries = enumerate(raw[plural])
            found.tables[plural] = [_entry(found, (plural, number), entry, below, folder) for number, entry in entries]
    for number, entry in enumerate(_list(raw.get("constellations"))):
        _launch(found, number, entry, _table(defaults.get("satellite")), raw)
    return found


def _table(value: Any) -> Tables:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _entry(found: Resolved, at: tuple[str, int], entry: Any, defaults: Tables, folder: Path) -> Any:
    if not isinstance(entry, dict):
        return entry
    try:
        read = _place(entry) if at[0] == "stations" else _orbit(entry, folder) if at[0] == "satellites" else {}
    except ValueError as error:
        found.mistakes.append(str(error))
        found.broken.add(at)
        read = {}
    own = {key: value for key, value in entry.items() if key != "use" or at[0] != "stations"}
    replaced = {key: read.pop(key) for key in ORBIT_FILES if key in read}
    return merged(merged(read, defaults), {**own, **replaced})


def _place(entry: Tables) -> Tables:
    """The place of the catalogue that the entry starts from."""
    if "use" not in entry:
        return {}
    try:
        return dict(site(entry["use"]).written)
    except ValueError as error:
        raise ValueError(f"stations.{entry['use']}.use: {error}") from None


ORBIT_FILES = ("tle", "omm", "oem")


def _orbit(entry: Tables, folder: Path) -> Tables:
    """The orbit that the entry names by a file; its name too, where the entry has none."""
    key = next((key for key in ORBIT_FILES if isinstance(entry.get(key), str)), None)
    if key is None:
        return {}
    path, name = folder / entry[key], entry.get("name")
    try:
        if key == "oem":
            return {"oem": path}
        satellites = {one.name: one for one in load_satellites(path)}
        one = next(iter(satellites.values())) if len(satellites) == 1 else satellites.get(str(name))
        if one is None:
            raise ValueError(
                f'{path}: holds several satellites, none named "{name}"{suggestion(str(name), satellites)}'
            )
        if getattr(one, key) is None:
            raise ValueError(f"{path}: holds no {key.upper()}; write the field that it holds")
    except ValueError as error:
        raise ValueError(f'satellites.{name or entry[key]}.{key}: found "{entry[key]}"; {error}') from None
    return {"name": one.name, key: without_none(one.model_dump(include={key}))[key]}


def _launch(found: Resolved, number: int, entry: Any, defaults: Tables, raw: Tables) -> None:
    """Add a constellation's satellites."""
    table = _table(entry)
    payload = {key: value for key, value in table.items() if key in PAYLOAD}
    pattern = {key: value for key, value in table.items() if key not in PAYLOAD}
    try:
        orbits = Constellation.model_validate(pattern).satellites()
    except ValidationError as error:
        found.mistakes += sentences(error, Constellation, raw, lambda loc: ("constellations", number, *loc))
        return
    satellites = found.tables.setdefault("satellites", [])
    if not isinstance(satellites, list):
        return
    for one in orbits:
        found.members[len(satellites)] = number
        orbit = one.model_dump(include={"name", "circular", "max_range"}, exclude_none=True)
        satellites.append(merged(defaults, merged(payload, orbit)))


def merged(below: Tables, above: Tables) -> Tables:
    """`above` laid over `below`, table by table."""
    both = dict(below)
    for key, value in above.items():
        deeper = isinstance(value, dict) and isinstance(both.get(key), dict)
        both[key] = merged(both[key], value) if deeper else value
    return both


def without_none(value: Any) -> Any:
    """The value as TOML can hold it: no None, lists for tuples, text for paths."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, Path):
        return str(value)
    return [without_none(item) for item in value] if isinstance(value, list | tuple) else value
