"""Published optical ground stations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from ground.place import Place
from si import Angle, Length, quantity

_PLACE = {"latitude": Angle, "longitude": Angle, "altitude": Length}


@dataclass(frozen=True)
class Site:
    """A station of the catalogue: its place, what it is, and where its numbers were read."""

    station: Place
    title: str
    source: str
    written: Mapping[str, str]
    """Name, latitude, longitude and the altitude if there is one, as a scenario file spells them, with units."""


@cache
def catalogue() -> Mapping[str, Site]:
    """All published stations by name."""
    import tomllib

    table = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _site(name, row) for name, row in table.items()})


def _site(name: str, row: dict[str, str]) -> Site:
    place = {field: quantity(row[field], kind) for field, kind in _PLACE.items() if field in row}
    written = {"name": name, **{field: row[field] for field in place}}
    where = Place(name, place["latitude"], place["longitude"], place.get("altitude", 0.0))
    return Site(where, row["title"], row["source"], MappingProxyType(written))


def site(name: str) -> Site:
    """A published station by name, with its source.

    Raises ValueError for a name that is not in the catalogue, with the nearest one that is.
    """
    sites = catalogue()
    if name not in sites:
        raise ValueError(f'the catalogue has no station "{name}"{_hint(name, sites)}')
    return sites[name]


def _hint(name: str, sites: Mapping[str, Site]) -> str:
    import difflib

    known = {one.casefold(): one for one in sites}
    near = difflib.get_close_matches(name.casefold(), known, n=1, cutoff=0.6)
    return f'; did you mean "{known[near[0]]}"?' if near else f"; it knows {', '.join(sites)}"


def station(name: str) -> Place:
    """A published station's place by name, without mountains and rules: `dataclasses.replace` adds them, in SI.

    Raises ValueError for a name that is not in the catalogue, with the nearest one that is.
    """
    return site(name).station
