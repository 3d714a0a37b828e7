"""Published optical ground stations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ground.inputs import Station


@dataclass(frozen=True)
class Site:
    """A station of the catalogue: its place, what it is, and where its numbers were read."""

    station: Station
    title: str
    source: str


@cache
def catalogue() -> Mapping[str, Site]:
    """All published stations by name."""
    import tomllib

    table = tomllib.loads(Path(__file__).with_name("catalogue.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _site(name, row) for name, row in table.items()})


def _site(name: str, row: dict[str, str]) -> Site:
    from ground.inputs import Station

    place = {field: row[field] for field in ("latitude", "longitude", "altitude")}
    return Site(Station.model_validate({"name": name, **place}), row["title"], row["source"])


def station(name: str) -> Station:
    """A published station by name: its place, all else as `Station` has it by default.

    Raises ValueError for a name that is not in the catalogue, with the nearest one that is.
    """
    import difflib

    sites = catalogue()
    if name not in sites:
        near = difflib.get_close_matches(name.casefold(), [one.casefold() for one in sites], n=1, cutoff=0.6)
        known = {one.casefold(): one for one in sites}
        hint = f'; did you mean "{known[near[0]]}"?' if near else f"; it knows {', '.join(sites)}"
        raise ValueError(f'the catalogue has no station "{name}"{hint}')
    return sites[name].station
