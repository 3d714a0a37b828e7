"""Tables for the terminal, and single tables as files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as RichTable

from missions.errors import InputError
from missions.tables import Table

if TYPE_CHECKING:
    from missions.budget import Budget
    from missions.network.backbone import Backbone

_PIPE_WIDTH = 200


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _PIPE_WIDTH, highlight=False, soft_wrap=False)


def table(data: Table, title: str | None = None) -> None:
    """Print a table; numbers to the right, words to the left."""
    grid = RichTable(
        title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", title_style="bold"
    )
    numeric = {name: not any(isinstance(value, str) for value in column) for name, column in data.columns.items()}
    for name in data.columns:
        grid.add_column(name.replace("_", " "), justify="right" if numeric[name] else "left", overflow="fold")
    for record in data.records():
        grid.add_row(*(_cell(*item) for item in record.items()))
    _console().print(grid)


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if name in ("latitude_deg", "longitude_deg"):
        return f"{value:.4f}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return str(value)


def budget(result: Budget) -> None:
    """The table per station, with the security it rests on, and what becomes of the key in a network."""
    from missions import rows

    mission = result.scenario.mission
    span = f"{mission.start:%Y-%m-%d %H:%M} to {mission.end:%Y-%m-%d %H:%M} UTC"
    print(f"{mission.title or mission.name}: {span}")
    if result.scenario.stations:
        print()
        table(_stations(result), "Secret bits" if result.weathers is not None else None)
    if result.backbone is not None:
        from missions.report.served import sentences

        print()
        for sentence in sentences(result.backbone):
            print(sentence)
    print(f"\nsecret: {rows.claim(result)}")
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)


def _stations(result: Budget) -> Table:
    record = result.tables["stations"].records()
    view = {
        "station": [row["station"] for row in record],
        "passes": [row["passes"] for row in record],
        "used": [row["selected_passes"] for row in record],
        "contact min": [round(row["contact_time_s"] / 60, 1) for row in record],
        "sifted bits": [row["sifted_bits"] for row in record],
        "secret bits": [row["secret_bits"] for row in record],
        "AES-256 keys": [row["secret_bits"] // 256 for row in record],
    }
    if result.weathers is None:
        return Table(view)
    del view["AES-256 keys"]
    view["if clear"] = view.pop("secret bits")
    view |= {"mean in weather": [round(row["expected_secret_bits"]) for row in record]}
    view |= {name: [row[f"secret_bits_{name.lower()}"] for row in record] for name in ("P10", "P50", "P90")}
    return Table(view)


def network(result: Backbone) -> None:
    """Pairs, links and failures of a network, and how far the schedule is from the best there is."""
    from missions.network import tables
    from missions.report.lost import failures
    from missions.report.served import bound, sentences

    for sentence in sentences(result):
        print(sentence)
    print()
    table(Table(_named(tables.pairs(result), _PAIRS)), "Pairs")
    print()
    table(Table(_named(tables.routes(result), _ROUTES)), "Routes (by their named nodes)")
    print()
    table(Table(_named(tables.chains(result), _LINKS)), "Links (one row for a chain: its weakest span)")
    lost = failures(result)
    if lost is not None:
        print()
        heads = [column["name"] for column in lost["columns"]]
        table(Table(dict(zip(heads, zip(*lost["rows"], strict=True), strict=True))), "If a node is lost")
    print(f"\n{bound(result)}")


_PAIRS = {
    "node_a": "from", "node_b": "to", "use": "for", "hops": "hops", "asked_bits": "asked bits",
    "secret_bits": "secret bits", "keys_per_day": "keys a day",
    "secret_bits_per_day": "bits a day", "outage": "without key %",
    "outage_filled": "stores filled %", "optimum_bits": "optimum bits",
    "min_cut_bits": "min-cut bits", "bottleneck": "bottleneck",
}  # fmt: skip
_ROUTES = {
    "route": "route", "hops": "hops", "relayed_bits": "relayed bits", "first_used_s": "first used h",
    "last_used_s": "last used h",
}  # fmt: skip
_LINKS = {
    "link": "link", "kind": "kind", "spans": "spans", "length_km": "km each", "loss_db": "loss dB",
    "qber": "error rate %",
    "key_rate_bps": "key bit/s", "relayed_bits": "relayed bits", "level_bits": "bits left", "stranded_bits": "stranded",
    "utilisation": "used %", "worth": "worth",
}  # fmt: skip


_SCALES = {" %": 100.0, " h": 1 / 3600.0}
"""Of heads that end in another unit than their column."""


def _named(data: Table, heads: dict[str, str]) -> dict[str, Any]:
    """Some columns under shorter heads, shares in percent and times in hours."""
    return {head: _scaled(data.columns[name], head) for name, head in heads.items() if name in data.columns}


def _scaled(column: Any, head: str) -> Any:
    scale = next((scale for unit, scale in _SCALES.items() if head.endswith(unit)), None)
    return column if scale is None else [None if value is None else float(value) * scale for value in column]


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal's stderr, nothing elsewhere."""
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda stage, share: bar.update(task, description=stage, completed=share)


def write(data: Table, path: Path) -> None:
    """One table as CSV; raises InputError when the file cannot be written."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(data.to_csv(), encoding="utf-8", newline="\n")
        fresh.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}; give another file with -o") from None
    print(f"written: {path}", file=sys.stderr)
