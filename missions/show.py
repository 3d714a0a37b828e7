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
    """The table per station, with the security it rests on."""
    mission, security = result.scenario.mission, result.scenario.security
    span = f"{mission.start:%Y-%m-%d %H:%M} to {mission.end:%Y-%m-%d %H:%M} UTC"
    print(f"{mission.title or mission.name}: {span}")
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
    print()
    table(Table(view))
    print(
        f"\nsecret: composable finite key, {security.proof} with {security.bound} bounds, block: {security.block}, "
        f"secrecy {security.secrecy:g}, correctness {security.correctness:g}; clear sky"
    )
    for note in result.notes:
        print(f"note: {note}", file=sys.stderr)


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
