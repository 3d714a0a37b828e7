"""Numbers as a person says them, and tables for the template."""

from __future__ import annotations

from typing import Any


def bits(number: float) -> str:
    """A number of bits as a person says it: ``1.23 Mbit``."""
    for unit, scale in (("Gbit", 1e9), ("Mbit", 1e6), ("kbit", 1e3)):
        if number >= scale:
            return f"{number / scale:.3g} {unit}" if number / scale < 999.5 else f"{number / scale:,.0f} {unit}"
    return f"{number:.0f} bit"


def share(part: float) -> str:
    """A part of the whole in percent; a small one does not become nothing, a large one not everything."""
    if 0 < part < 5e-4:
        return "< 0.1 %"
    return "> 99.9 %" if 0.9995 < part < 1 else f"{100 * part:.1f} %"


def frame(
    names: tuple[str, ...], content: list[Any], numeric: tuple[str, ...] = (), total: bool = False
) -> dict[str, Any]:
    """A table for the template: column heads, rows of text, whether the last row is a total."""
    cells = [list(row.values()) if isinstance(row, dict) else list(row) for row in content]
    columns = [{"name": name, "numeric": name in numeric} for name in names]
    return {"columns": columns, "rows": [[_cell(cell) for cell in row] for row in cells], "total": total}


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
