"""From a scenario file's conveniences to plain tables: defaults, places of the catalogue, constellations, files.

What is wrong here is collected with the path of its entry, which is then left out of the further checks, so that one
mistake is told once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ground.catalogue import site
from missions.entries import PAYLOAD
from missions.errors import DEFAULTED, field_path, sentences, suggestion
from orbits import Constellation, Orbiter, load_satellites
from orbits.elements import DESCRIPTIONS

Tables = dict[str, Any]

LISTS = ("satellites", "stations", "constellations", "nodes", "fibres", "backbones", "links", "demands")
"""Tables of which a file has many, each as ``[[satellites]]``."""
ORBIT_FILES = ("tle", "omm", "oem")
"""Descriptions of an orbit that may be the path of a file."""
_HELD = {"tle": "two-line elements", "omm": "orbit mean-elements messages", "oem": "an orbit ephemeris message"}
_FEW = 12
"""So many names are listed in a message."""


@dataclass
class Resolved:
    """The tables of a file without its conveniences, and what was wrong with them."""

    tables: Tables
    mistakes: list[str] = field(default_factory=list)
    broken: set[tuple[Any, ...]] = field(default_factory=set)
    """What has such a mistake: tables, and entries as (table, number)."""
    idle: list[str] = field(default_factory=list)
    """What would be passed over in silence; told where nothing else is wrong."""
    members: dict[int, int] = field(default_factory=dict)
    """Satellites that come from a constellation: their number, and the constellation's."""

    def place(self, loc: tuple[Any, ...]) -> tuple[Any, ...]:
        """Where the user wrote what is at `loc` of the resolved tables."""
        if len(loc) > 1 and loc[0] == "satellites" and loc[1] in self.members:
            return ("constellations", self.members[loc[1]], *loc[2:])
        return loc


def resolved(raw: Tables, folder: Path) -> Resolved:
    """The tables that `Scenario` validates; relative paths of files start at `folder`."""
    found = Resolved({name: table for name, table in raw.items() if name not in ("defaults", "constellations")})
    defaults = _defaults(found, raw)
    for plural in LISTS:
        below = defaults.get(DEFAULTED.get(plural, ""), {})
        for number, entry in enumerate(_entries(found, plural, raw.get(plural, []))):
            if plural == "constellations":
                _launch(found, number, entry, below, raw)
            else:
                found.tables[plural][number] = _entry(found, (plural, number), merged(below, entry), raw, folder)
    return found


def _defaults(found: Resolved, raw: Tables) -> dict[str, Tables]:
    """The tables of ``[defaults]`` by name."""
    defaults = raw.get("defaults", {})
    if not isinstance(defaults, dict):
        found.mistakes.append(f"defaults: {_shown(defaults)}; write a table for each kind, e.g. [defaults.station]")
        return {}
    known = dict.fromkeys(DEFAULTED.values())
    for name, table in defaults.items():
        if name not in known:
            found.mistakes.append(f"defaults.{name}: unknown key{suggestion(name, known)}")
        elif not isinstance(table, dict):
            found.mistakes.append(f"defaults.{name}: {_shown(table)}; write a table, [defaults.{name}]")
        elif not any(raw.get(plural) for plural, singular in DEFAULTED.items() if singular == name):
            found.idle.append(f"defaults.{name}: there is no entry that it could serve; leave it out")
    return {name: table for name, table in defaults.items() if isinstance(table, dict)}


def _entries(found: Resolved, plural: str, rows: Any) -> list[Tables]:
    """The entries of a table that has many; one that is no table is told, and empty here."""
    if isinstance(rows, dict):
        found.mistakes.append(f"{plural}: a single table; write [[{plural}]], with two brackets, for every entry")
        rows = [rows]
    if not isinstance(rows, list | tuple):
        found.mistakes.append(f"{plural}: {_shown(rows)}; write a table for every entry, [[{plural}]]")
        found.broken.add((plural,))
        return []
    for number, entry in enumerate(rows):
        if not isinstance(entry, dict):
            found.mistakes.append(f"{plural}.{number}: {_shown(entry)}; write it as a table, [[{plural}]]")
            found.broken.add((plural, number))
    entries = [entry if isinstance(entry, dict) else {} for entry in rows]
    if rows and plural != "constellations":
        found.tables[plural] = list(entries)
    return entries


def _shown(value: Any) -> str:
    return f'found "{value}"' if isinstance(value, str) else f"found {value}"


def _entry(found: Resolved, at: tuple[str, int], entry: Tables, raw: Tables, folder: Path) -> Tables:
    """The entry with what it names elsewhere, a place of the catalogue or an orbit in a file, laid under it."""
    key = _reference(at[0], entry)
    if key is None:
        return entry
    try:
        read = _place(entry["use"]) if key == "use" else _orbit(entry, key, folder)
    except ValueError as error:
        found.mistakes.append(f"{field_path((*at, key), raw)}: {error}")
        found.broken.add(at)
        read = {}
    return merged(read, {name: value for name, value in entry.items() if name != key})


def _reference(plural: str, entry: Tables) -> str | None:
    """The field that names something elsewhere."""
    if plural == "stations":
        return "use" if "use" in entry else None
    if plural == "satellites":
        return next((key for key in ORBIT_FILES if isinstance(entry.get(key), str)), None)
    return None


def _place(name: Any) -> Tables:
    """Name and coordinates of a place of the catalogue, with units."""
    if not isinstance(name, str):
        raise ValueError(f"{_shown(name)}; write the name of a place of the catalogue as text")
    return dict(site(name).written)


def _orbit(entry: Tables, key: str, folder: Path) -> Tables:
    """The orbit that the entry names by a file; the name that it has there too."""
    given = [name for name in DESCRIPTIONS if name in entry]
    if len(given) > 1:
        raise ValueError(f"{' and '.join(given)} given; describe the orbit by exactly one")
    path = folder / entry[key]
    if not path.is_file():
        raise ValueError(f"{_shown(entry[key])}; there is no file {path}: paths start at the scenario file's folder")
    try:
        one = _chosen(load_satellites(path), entry.get("name"))
    except ValueError as error:
        raise ValueError(f"{_shown(entry[key])}; {error}") from None
    held = next(kind for kind in ORBIT_FILES if getattr(one, kind, None) is not None)
    if held != key:
        raise ValueError(f'{_shown(entry[key])}; it holds {_HELD[held]}: write {held} = "{entry[key]}"')
    return {"name": one.name, key: _spelled(getattr(one, key))}


def _chosen(satellites: Sequence[Orbiter], name: Any) -> Orbiter:
    """The only satellite of a file, or the one of that name."""
    if len(satellites) == 1:
        return satellites[0]
    named = [one for one in satellites if one.name == name]
    if len(named) == 1:
        return named[0]
    if named:
        raise ValueError(f'it holds {len(named)} satellites named "{name}"; give the one you mean a file of its own')
    hint = suggestion(str(name), {one.name for one in satellites})
    short = hint if len(satellites) <= _FEW or "did you mean" in hint else ""
    which = "say which by its name" if name is None else f'none of them is named "{name}"'
    raise ValueError(f"it holds {len(satellites)} satellites, {which}{short}")


def _spelled(orbit: Any) -> Any:
    """As a scenario file spells it; paths are absolute, so that they mean the same from any folder."""
    if isinstance(orbit, Path):
        return str(orbit.absolute())
    return without_none(orbit.model_dump() if hasattr(orbit, "model_dump") else orbit)


def _launch(found: Resolved, number: int, table: Tables, defaults: Tables, raw: Tables) -> None:
    """Add a constellation's satellites."""
    if ("constellations", number) in found.broken:
        return
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
