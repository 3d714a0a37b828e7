"""A network's results as files of the field: a table, JSON, GeoJSON, and the ledger as a journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from missions.errors import InputError, suggestion
from missions.network import export, journal, tables
from missions.network.manager.view import StoreView

if TYPE_CHECKING:
    from missions.network.backbone import Backbone
    from missions.scenario import Scenario


def connected(scenario: Scenario, source: str) -> Backbone:
    """The network of a scenario, with its passes flown; raises InputError where it has none."""
    from missions.simulate import run

    if not scenario.has_network:
        raise InputError(f"{source}: has no network; add [[fibres]], [[backbones]], [[links]] or [[demands]]")
    backbone = run(scenario).backbone
    assert backbone is not None
    return backbone


def view(backbone: Backbone, lost: Sequence[str] = ()) -> StoreView:
    """The stores as a key manager shows them, some nodes out of service; raises InputError for what is not there."""
    names = backbone.layout.network.nodes
    unknown = next((name for name in lost if name not in names), None)
    if unknown is not None:
        raise InputError(f'--lost "{unknown}": no such node{suggestion(unknown, names)}')
    if not len(backbone.demands):
        raise InputError("the scenario asks for no key; add [[demands]], whose nodes are the applications")
    return StoreView(backbone.service, [names.index(name) for name in lost])


def document(backbone: Backbone) -> dict[str, Any]:
    """Nodes, links, pairs and failures as plain JSON values."""
    made = {
        "backbone": tables.pairs(backbone),
        "routes": tables.routes(backbone),
        "failures": tables.failures(backbone),
    }
    return export.document(
        _graph(backbone),
        _without(tables.nodes(backbone).columns, "node", "latitude_deg", "longitude_deg"),
        _without(tables.links(backbone).columns, "link", "node_a", "node_b"),
        **{name: table.columns for name, table in made.items()},
    )


def geojson(backbone: Backbone) -> dict[str, Any]:
    """The network as a map (RFC 7946), results as properties of nodes and links."""
    return export.geojson(
        _graph(backbone),
        _without(tables.nodes(backbone).columns, "node", "latitude_deg", "longitude_deg"),
        _without(tables.links(backbone).columns, "link", "node_a", "node_b"),
    )


def _graph(backbone: Backbone) -> export.Graph:
    network, position = backbone.layout.network, backbone.layout.position
    return export.Graph(network.nodes, position[:, 1], position[:, 0], network.links, network.ends)


def _without(columns: export.Columns, *names: str) -> dict[str, Any]:
    return {name: column for name, column in columns.items() if name not in names}


def _ledger(backbone: Backbone, path: Path) -> None:
    service = backbone.service
    journal.write(path, service.ledger, service.network.links, service.stores.capacity.tolist(), service.supply.origin)


TEXTS: dict[str, Callable[[Backbone], str]] = {
    ".csv": lambda backbone: tables.pairs(backbone).to_csv(),
    ".json": lambda backbone: export.text(document(backbone)),
    ".geojson": lambda backbone: export.text(geojson(backbone)),
}
JOURNAL = ".sqlite"


def require_format(path: Path | None) -> None:
    """Raise InputError for a file of a kind that is not written, before anything is computed."""
    if path is not None and path.suffix not in (*TEXTS, JOURNAL):
        raise InputError(f"{path}: write .csv, .json, .geojson, or .sqlite for the ledger")


def write(backbone: Backbone, path: Path) -> None:
    """Write one file, of the kind that its name says; raises InputError when it cannot be written."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        if path.suffix == JOURNAL:
            _ledger(backbone, fresh)
        else:
            fresh.write_text(TEXTS[path.suffix](backbone), encoding="utf-8", newline="\n")
        fresh.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; give another file with -o") from None
