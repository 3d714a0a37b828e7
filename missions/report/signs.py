"""Signs of a network map and what they mean: nodes by shape, links by colour, dash and width."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import numpy as np

from links.channel import Floats
from missions.report import svg
from missions.report.svg import BLUE, GREY, INK, ORANGE

GREEN, YELLOW = "#009E73", "#F0E442"
"""Of Okabe and Ito's palette, as the report's blue and orange are."""
DASH = {"fibre": "", "satellite": "7 4"}
COLOUR = {"fibre": BLUE, "satellite": ORANGE}
NOTHING = "2 4"
"""Dash of a link without key."""
THIN, THICK, HALO = 1.4, 6.0, 7.0
DECADE = np.log(10.0)
"""The widths span at least this ratio, so that links that give about the same look about the same."""
NODES = {"node": "trusted node", "relay": "trusted relay", "station": "ground station", "satellite": "satellite"}
LINKS = {"fibre": "fibre", "satellite": "by satellite"}
Stroke = Callable[[float], str]
"""A piece of line from some x on."""


def mark(kind: str, x: float, y: float, name: str, radius: float = 2.6) -> str:
    """The sign of a node; the pointer shows its name. `radius` is that of a relay."""
    hint = f"<title>{escape(name)}</title>"
    if kind == "satellite":
        wings = f"M{x - 13:.1f} {y:.1f}h26M{x - 13:.1f} {y - 5:.1f}v10M{x + 13:.1f} {y - 5:.1f}v10"
        body = f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{ORANGE}"/>'
        return f'<g>{hint}<path d="{wings}" stroke="{ORANGE}" stroke-width="2" fill="none"/>{body}</g>'
    if kind == "station":
        corners = f"{x:.1f},{y - 7:.1f} {x - 6.5:.1f},{y + 5:.1f} {x + 6.5:.1f},{y + 5:.1f}"
        return f'<polygon points="{corners}" fill="{GREEN}" stroke="#FFFFFF">{hint}</polygon>'
    if kind == "relay":
        style = f'r="{radius:.1f}" fill="#FFFFFF" stroke="{INK}" stroke-width="{0.4 * radius:.1f}"'
    else:
        style = f'r="5.5" fill="{INK}" stroke="#FFFFFF"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" {style}>{hint}</circle>'


def reach(kind: str) -> float:
    """How far a sign extends to its side, in pixels."""
    return 15.0 if kind == "satellite" else 6.0


def relay_radius(x: Floats, y: Floats) -> float:
    """Small enough that neighbours of a chain stay apart."""
    if len(x) < 2:
        return 2.6
    away = np.hypot(x[:, None] - x, y[:, None] - y) + np.diag(np.full(len(x), np.inf))
    return float(np.clip(0.32 * np.median(away.min(axis=0)), 0.6, 2.6))


def widths(weights: Floats) -> Floats:
    """Pixels, by the logarithm of the weight; what gives nothing or is not known is thin."""
    given = np.isfinite(weights) & (weights > 0)
    drawn = np.full(len(weights), THIN)
    if given.any():
        logarithm = np.log(weights[given])
        low, high = logarithm.min(), logarithm.max()
        share = 0.5 + (logarithm - 0.5 * (low + high)) / max(high - low, DECADE)
        drawn[given] = THIN + (THICK - THIN) * share
    return drawn


def legend(
    kinds: tuple[str, ...], links: tuple[str, ...], marked: str, weights: Floats, unit: str, y: float
) -> list[str]:
    """Signs of the nodes that there are, then the links, then what the width says; `marked` is empty without a mark."""
    parts, x = [], 14.0
    for kind, name in NODES.items():
        if kind in kinds:
            parts += [mark(kind, x, y, name), svg.text(x + 18, y + 4, name, font_size=11)]
            x += 46 + 6.2 * len(name)
    for stroke, name in _strokes(links, marked, weights, y):
        parts += [stroke(x), svg.text(x + 34, y + 4, name, font_size=11)]
        x += 62 + 6.2 * len(name)
    return [*parts, *_scale(weights, unit, y + 24)]


def _strokes(links: tuple[str, ...], marked: str, weights: Floats, y: float) -> list[tuple[Stroke, str]]:
    """How each kind of link that there is looks from some x on, and its name."""

    def stroke(colour: str, width: float, dash: str = "") -> Stroke:
        return lambda x: svg.line([x, x + 28], [y, y], colour, width, dash)

    found = [(stroke(COLOUR[kind], 3.0, DASH[kind]), name) for kind, name in LINKS.items() if kind in links]
    if (weights == 0).any():
        found.append((stroke(GREY, 2.0, NOTHING), "no key"))
    if marked:
        below, above = stroke(YELLOW, 3.0 + HALO), stroke(BLUE, 3.0)
        found.append((lambda x: below(x) + above(x), marked))
    return found


def _scale(weights: Floats, unit: str, y: float) -> list[str]:
    """The least and the greatest weight with their widths."""
    drawn, given = widths(weights), np.flatnonzero(np.isfinite(weights) & (weights > 0))
    if not len(given):
        return []
    ends = [int(given[np.argmin(weights[given])]), int(given[np.argmax(weights[given])])]
    chosen = ends if weights[ends[0]] < weights[ends[1]] else ends[:1]
    parts = [svg.text(8, y + 4, "width of a link:", font_size=11)]
    for number, index in enumerate(chosen):
        x = 104.0 + 190.0 * number
        words = f"{float(f'{weights[index]:.3g}'):,.12g} {unit}"
        parts += [
            svg.line([x, x + 28], [y, y], INK, float(drawn[index])),
            svg.text(x + 34, y + 4, words, font_size=11),
        ]
    return parts
