"""Drawing in SVG text: axes, lines and marks, enough for the report's pictures.

A plotting library takes 0.5 s to start and 0.25 s per picture (design/why.md); the report of a mission with fifty
stations may not. Coordinates are pixels of the picture; numbers are written with one decimal, so equal data give
equal bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from links.channel import Floats

BLUE, ORANGE, GREY, INK, LINE = "#0072B2", "#D55E00", "#8A94A0", "#1F2933", "#E4E7EB"
"""Blue and orange are of Okabe and Ito's palette, which colour-blind readers can tell apart."""


def picture(width: float, height: float, parts: list[str], label: str) -> str:
    """An SVG element that scales with the page; `label` is read to those who cannot see it."""
    head = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}" font-size="12">'
    return "\n".join([head, *parts, "</svg>"])


def text(x: float, y: float, content: str, anchor: str = "start", colour: str = INK, **more: Any) -> str:
    """A line of text; anchor is start, middle or end. `more` are further SVG attributes (font_size, font_weight)."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{_spell(more)}>{escape(content)}</text>'
    )


def line(x: Any, y: Any, colour: str, width: float = 1.0, dash: str = "", hint: str = "") -> str:
    """A line through points, broken where a coordinate is nan; `hint` appears when the pointer rests on it."""
    pen, commands = False, []
    for here_x, here_y in zip(np.asarray(x, float).tolist(), np.asarray(y, float).tolist(), strict=True):
        if math.isfinite(here_x) and math.isfinite(here_y):
            commands.append(f"{'L' if pen else 'M'}{here_x:.1f} {here_y:.1f}")
            pen = True
        else:
            pen = False
    style = f' stroke-dasharray="{dash}"' if dash else ""
    path = f'<path d="{"".join(commands)}" fill="none" stroke="{colour}" stroke-width="{width:g}"{style}'
    return f"{path}>{_hint(hint)}</path>" if hint else f"{path}/>"


def dot(x: float, y: float, colour: str, radius: float = 4.0, hint: str = "") -> str:
    """A filled disc."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}">{_hint(hint)}</circle>'


def cross(x: float, y: float, colour: str, hint: str = "") -> str:
    """A diagonal cross, the mark of a zero."""
    arms = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
    return f'<path d="{arms}" fill="none" stroke="{colour}" stroke-width="2">{_hint(hint)}</path>'


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.0):.1f}" height="{height:.1f}" fill="{colour}"/>'


def ring(x: float, y: float, radius: float, colour: str) -> str:
    """A circle's outline."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="none" stroke="{colour}"/>'


def _hint(content: str) -> str:
    return f"<title>{escape(content)}</title>" if content else ""


def _spell(attributes: dict[str, Any]) -> str:
    return "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())


@dataclass(frozen=True)
class Axes:
    """A rectangle of the picture in which data coordinates hold; `low` and `high` may be swapped to turn an axis."""

    left: float
    top: float
    width: float
    height: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: Any) -> Any:
        """Pixels of data coordinates along x."""
        low, high = self.x_range
        return self.left + (np.asarray(value, float) - low) / (high - low) * self.width

    def y(self, value: Any) -> Any:
        """Pixels of data coordinates along y, upwards."""
        low, high = self.y_range
        return self.top + self.height - (np.asarray(value, float) - low) / (high - low) * self.height

    def line(self, x: Floats, y: Floats, colour: str, width: float = 1.5, dash: str = "") -> str:
        """A line in data coordinates."""
        return line(self.x(x), self.y(y), colour, width, dash)

    def title(self, content: str) -> str:
        """The heading above the axes."""
        return text(self.left, self.top - 12, content, font_size=13, font_weight=600)

    def bottom(self, ticks: list[tuple[float, str]], label: str, grid: bool = True) -> list[str]:
        """The x axis with its ticks and label."""
        base = self.top + self.height
        marks = [text(float(self.x(at)), base + 17, name, "middle", font_size=11) for at, name in ticks]
        rules = [line([self.x(at)] * 2, [self.top, base], LINE) for at, _ in ticks] if grid else []
        axis = line([self.left, self.left + self.width], [base, base], GREY)
        return [*rules, axis, *marks, text(self.left + self.width / 2, base + 36, label, "middle")]

    def side(self, ticks: list[tuple[float, str]], label: str, colour: str = INK, right: bool = False) -> list[str]:
        """The y axis with its ticks and label; the left one draws the grid."""
        edge, away = (self.left + self.width, 1) if right else (self.left, -1)
        anchor = "start" if right else "end"
        marks = [text(edge + 6 * away, float(self.y(at)) + 4, name, anchor, font_size=11) for at, name in ticks]
        rules = [] if right else [line([self.left, self.left + self.width], [self.y(at)] * 2, LINE) for at, _ in ticks]
        axis = line([edge, edge], [self.top, self.top + self.height], GREY)
        x, y = edge + 46 * away, self.top + self.height / 2
        turned = text(x, y, label, "middle", colour, transform=f"rotate(-90 {x:.1f} {y:.1f})")
        return [*rules, axis, *marks, turned]


def ticks(low: float, high: float, most: int = 6) -> list[tuple[float, str]]:
    """Round numbers from low to high, at most so many, with their names."""
    raw = abs(high - low) / most or 1.0
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= raw * (1 - 1e-9))
    first, last = math.ceil(min(low, high) / step - 1e-9), math.floor(max(low, high) / step + 1e-9)
    return [(index * step, f"{index * step:,.6g}".replace("-", "−")) for index in range(first, last + 1)]
