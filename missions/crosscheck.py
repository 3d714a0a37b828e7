"""What no single entry of a scenario can know: names that mean nothing, names that mean two things, missing halves."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from missions.errors import field_path, suggestion

Tables = dict[str, Any]
SKY, GROUND, NETWORK = ("satellites", "constellations"), ("stations",), ("fibres", "backbones", "links")
PLACES = ("nodes", "stations", "satellites")


def contradictions(tables: Tables) -> list[str]:
    """One sentence for each; `tables` are those of the file, and whatever is malformed in them is passed over."""
    parts = (_missing_half, _no_security, _named_twice, _strangers, _not_on_the_map)
    return list(chain.from_iterable(part(tables) for part in parts))


def _entries(tables: Tables, name: str) -> list[tuple[int, Tables]]:
    found = tables.get(name)
    rows = enumerate(found) if isinstance(found, list | tuple) else ()
    return [(number, entry) for number, entry in rows if isinstance(entry, dict)]


def _names(tables: Tables, *kinds: str) -> list[str]:
    names = [entry.get("name") for kind in kinds for _, entry in _entries(tables, kind)]
    return [name for name in names if isinstance(name, str)]


def _missing_half(tables: Tables) -> Iterator[str]:
    sky, ground, network = (any(tables.get(name) for name in names) for names in (SKY, GROUND, NETWORK))
    if sky and not ground:
        yield "stations: give at least one, as [[stations]]: satellites need a place to send to"
    elif ground and not sky and not network:
        yield "satellites: give at least one, as [[satellites]], or a network of [[fibres]], [[backbones]] or [[links]]"
    elif not (sky or ground or network):
        yield "satellites: give [[satellites]] and [[stations]], or a network of [[fibres]], [[backbones]] or [[links]]"


def _no_security(tables: Tables) -> Iterator[str]:
    """How key is distilled must be said, unless all key comes from links whose rate is stated."""
    if any(tables.get(name) for name in (*SKY, "fibres", "backbones")) and tables.get("security") is None:
        yield 'security: missing; say how key is distilled, e.g. [security] with proof = "lim-2014", bound = "chernoff"'


def _named_twice(tables: Tables) -> Iterator[str]:
    relays = [name for _, entry in _entries(tables, "backbones") for name in _relays(entry)]
    for kinds, what, more in ((PLACES, "places", relays), (NETWORK, "links", [])):
        if any(_repeated(_names(tables, kind)) for kind in kinds):
            continue  # told by the table itself, with its own name
        twice = _repeated([name for name in _names(tables, *kinds) if name] + more)
        if twice is not None:
            yield f'two {what} are named "{twice}"; every name must be its own'


def _repeated(names: list[str]) -> str | None:
    named, seen = [name for name in names if name], set[str]()
    return next((name for name in named if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def _relays(entry: Tables) -> list[str]:
    name, count = entry.get("name"), entry.get("trusted_nodes")
    if not isinstance(name, str) or not isinstance(count, int) or not 0 < count <= 10_000:
        return []
    return relay_names(name, count)


def relay_names(chain_name: str, count: int) -> list[str]:
    """Names of a chain's trusted nodes that are no places of their own, from the first end: "Beijing-Shanghai 07"."""
    width = len(str(count))
    return [f"{chain_name} {number:0{width}d}" for number in range(1, count + 1)]


def _strangers(tables: Tables) -> Iterator[str]:
    """Places that are named somewhere and described nowhere."""
    ground, all_ = _names(tables, "nodes", "stations"), _names(tables, *PLACES)
    for kind, field, known in (
        ("fibres", "between", ground),
        ("backbones", "through", ground),
        ("links", "between", ground),
        ("demands", "between", all_),
    ):
        for number, entry in _entries(tables, kind):
            named = entry.get(field)
            for name in named if isinstance(named, list | tuple) else ():
                if isinstance(name, str) and name not in known:
                    yield f"{field_path((kind, number, field), tables)}: {_no_such(name, known, all_)}"


def _no_such(name: str, known: list[str], all_: list[str]) -> str:
    if name in all_:
        return f'found "{name}"; a satellite has no fibre'
    if not known:
        return f'found "{name}"; describe it as [[nodes]]'
    return f'found "{name}"; no node, station or satellite has that name{suggestion(name, known)}'


def _not_on_the_map(tables: Tables) -> Iterator[str]:
    """Places inside a chain stand where their coordinates put them: they, and the chain's ends, need some."""
    nowhere = [entry.get("name") for _, entry in _entries(tables, "nodes") if entry.get("latitude") is None]
    for number, entry in _entries(tables, "backbones"):
        through = entry.get("through")
        if isinstance(through, list | tuple) and len(through) > 2:
            for name in through:
                if name in nowhere:
                    path = field_path(("backbones", number, "through"), tables)
                    yield f'{path}: "{name}" needs latitude and longitude, which say where in the chain it stands'
