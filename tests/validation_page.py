"""Write design/validation.md from the figures that the tests recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HEAD = """# Validation

What skykey says beside what was published or what an independent program says. This page is written by
`make validation` from the numbers of the tests themselves: a verdict is the verdict of the test that recorded the
figure, with the tolerance that the test asserts. A figure outside its tolerance says **differs** and why; its test then
asserts the reason. A figure with too little published about it is not judged. Do not edit this page by hand.
"""
CHAPTERS = {
    "orbits": "Orbits, Sun and Moon",
    "ground": "Passes and stations",
    "links": "Links",
    "keys": "Keys",
    "network": "Networks",
    "missions": "Missions, end to end",
}


def write(page: Path, figures: list[dict[str, Any]]) -> None:
    """One table per package, in the order of the data flow."""
    parts = [HEAD]
    for package, title in CHAPTERS.items():
        mine = [figure for figure in figures if f"test_{package}" in figure["test"]]
        if mine:
            rows = "\n".join(_row(figure) for figure in sorted(mine, key=lambda figure: figure["test"].split("[")[0]))
            head = "| what | published | skykey | tolerance | verdict | source |\n|---|---|---|---|---|---|"
            parts.append(f"## {title}\n\n{head}\n{rows}\n")
    page.write_text("\n".join(parts), encoding="utf-8")


def _row(figure: dict[str, Any]) -> str:
    verdict = "agrees" if figure["passed"] else "**the test fails**"
    if figure["differs"]:
        verdict = f"**differs**: {figure['differs']}"
    if figure["tolerance"] == "none":
        verdict = "not judged" if figure["passed"] else verdict
    cells = (
        figure["claim"],
        _spell(figure["published"]),
        _spell(figure["ours"]),
        figure["tolerance"],
        verdict,
        figure["source"],
    )
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _spell(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
