"""The report's pictures. Marks differ in shape or dash as well as in colour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from links.channel import Floats
from missions.report import svg
from missions.report.svg import BLUE, GREY, INK, LINE, ORANGE, Axes

Flags = NDArray[np.bool_]
DASH = "4 3"
HALO: dict[str, Any] = {"paint_order": "stroke", "stroke": "#FFFFFF", "stroke_width": 3}
"""Keeps letters readable over lines."""


@dataclass(frozen=True, eq=False)
class SkyTrack:
    """One pass on the station's sky: azimuth and elevation in rad, where photons were counted, and a name."""

    azimuth: Floats
    elevation: Floats
    contact: Flags
    served: bool
    name: str


@dataclass(frozen=True, eq=False)
class PassKey:
    """One pass in time: days since the mission's start, secret kbit, whether it was served, and a name."""

    day: float
    kilobits: float
    served: bool
    name: str


@dataclass(frozen=True, eq=False)
class BestPass:
    """The pass with the most key: minutes from culmination, loss in dB, elevation in degrees, contact."""

    title: str
    minutes: Floats
    loss_db: Floats
    elevation_deg: Floats
    contact: Flags


def station_picture(
    name: str, tracks: list[SkyTrack], keys: list[PassKey], best: BestPass | None, start: datetime, days: float
) -> str:
    """Three panels for one station: its sky, its key pass by pass, and its best pass."""
    parts = [*_sky(tracks), *_key(keys, start, days), *_best(best)]
    return svg.picture(1040, 338, parts, f"{name}: tracks on the sky, secret key of each pass, and the best pass")


def _sky(tracks: list[SkyTrack]) -> list[str]:
    """Zenith in the middle, north up, east to the right, as on a map."""
    x, y, radius = 135.0, 170.0, 103.0
    rings = [svg.ring(x, y, radius * share, LINE if share < 1 else GREY) for share in (1 / 3, 2 / 3, 1)]
    names = zip("NESW", (0, 1, 0, -1), (-1, 0, 1, 0), strict=True)
    marks = [
        svg.text(x + east * (radius + 13), y + south * (radius + 13) + 4, side, "middle") for side, east, south in names
    ]
    degrees = [
        svg.text(x + 3, y - radius * share + 12, label, colour=INK, font_size=10, **HALO)
        for share, label in ((1 / 3, "60°"), (2 / 3, "30°"))
    ]
    lines = []
    for track in sorted(tracks, key=lambda track: track.served):
        away = radius * (1 - track.elevation / (np.pi / 2))
        along_x, along_y = x + away * np.sin(track.azimuth), y - away * np.cos(track.azimuth)
        lines.append(svg.line(along_x, along_y, GREY, 0.9, DASH, track.name))
        if track.served:
            used = np.where(track.contact, along_x, np.nan)
            lines.append(svg.line(used, along_y, BLUE, 2.0, hint=track.name))
    legend = [svg.line([30, 52], [314, 314], BLUE, 2), svg.text(58, 318, "photons counted", font_size=11)]
    legend += [svg.line([168, 190], [314, 314], GREY, 1, DASH), svg.text(196, 318, "not used", font_size=11)]
    return [
        svg.text(12, 34, "The station's sky", font_size=13, font_weight=600),
        *rings,
        *marks,
        *lines,
        *degrees,
        *legend,
    ]


def _key(keys: list[PassKey], start: datetime, days: float) -> list[str]:
    top = max([key.kilobits for key in keys], default=0.0) * 1.1 or 1.0
    axes = Axes(340, 46, 300, 216, (0.0, days), (0.0, top))
    parts = [axes.title("Secret key, pass by pass"), *axes.side(svg.ticks(0, top, 5), "secret key (kbit)")]
    parts += axes.bottom(dates(start, days), f"culmination, {years(start, days)}", grid=False)
    for key in keys:
        x, base = float(axes.x(key.day)), float(axes.y(0.0))
        if key.served and key.kilobits > 0:
            y = float(axes.y(key.kilobits))
            parts += [svg.line([x, x], [base, y], BLUE, 2), svg.dot(x, y, BLUE, hint=key.name)]
        elif key.served:
            parts.append(svg.cross(x, base, ORANGE, hint=key.name))
    legend = [svg.dot(346, 322, BLUE), svg.text(355, 326, "key", font_size=11)]
    return [*parts, *legend, svg.cross(400, 322, ORANGE), svg.text(410, 326, "served, but no key", font_size=11)]


def years(start: datetime, days: float) -> str:
    """What the dates on an axis leave out."""
    first, last = start.year, (start + timedelta(days=days)).year
    return f"{first} UTC" if first == last else f"{first} to {last} UTC"


def dates(start: datetime, days: float) -> list[tuple[float, str]]:
    """Midnights, or first days of months in a long mission, at most six."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    step = next((step for step in (1, 2, 5, 10, 20, 30, 60, 90) if days / step <= 6), 180)
    marks = [midnight + timedelta(days=step * count) for count in range(int(days / step) + 2)]
    offsets = [((mark - start).total_seconds() / 86_400, mark) for mark in marks]
    return [(offset, f"{mark.day} {mark:%b}") for offset, mark in offsets if 0 <= offset <= days]


def _best(best: BestPass | None) -> list[str]:
    if best is None:
        words = svg.text(850, 154, "no pass gave key", "middle", GREY)
        return [svg.text(720, 34, "Best pass", font_size=13, font_weight=600), words]
    low, high = 5 * np.floor(best.loss_db.min() / 5), 5 * np.ceil(best.loss_db.max() / 5)
    reach = float(np.abs(best.minutes).max())
    axes = Axes(720, 46, 260, 216, (-reach, reach), (high, low))
    angle = Axes(720, 46, 260, 216, (-reach, reach), (0.0, 90.0))
    used = np.where(best.contact, best.loss_db, np.nan)
    return [
        axes.title(best.title),
        *axes.side(svg.ticks(low, high), "loss without detector (dB)", BLUE),
        *axes.bottom(svg.ticks(-reach, reach, 5), "minutes from culmination"),
        *angle.side([(30.0 * part, f"{30 * part}") for part in range(4)], "elevation (°), dashed", ORANGE, right=True),
        angle.line(best.minutes, best.elevation_deg, ORANGE, 1.6, DASH),
        axes.line(best.minutes, best.loss_db, GREY, 1.0),
        axes.line(best.minutes, used, BLUE, 2.4),
    ]


def waterfall(names: list[str], losses_db: list[list[float]], stations: list[str]) -> str:
    """Where the photons go: each factor's loss in dB for each station, adding up to the total; three in a row."""
    rows, height = -(-len(stations) // 3), 26 * (len(names) + 1) + 96
    longest = 1.15 * max(sum(losses) for losses in losses_db)
    parts = []
    for number, (losses, station) in enumerate(zip(losses_db, stations, strict=True)):
        across, down = number % 3, number // 3
        axes = Axes(150 + 300 * across, 40 + height * down, 260, 26 * (len(names) + 1), (0.0, longest), (0.0, 1.0))
        parts += _waterfall_panel(axes, [*names, "total"], losses, station, first=across == 0)
    return svg.picture(1040, rows * height, parts, "Loss of each factor in dB: " + ", ".join(names))


def _waterfall_panel(axes: Axes, names: list[str], losses: list[float], station: str, first: bool) -> list[str]:
    starts = [*np.concatenate([[0.0], np.cumsum(losses)])[:-1].tolist(), 0.0]
    parts = [axes.title(station), *axes.bottom(svg.ticks(0, axes.x_range[1], 5), "loss (dB)")]
    for row, (name, start, loss) in enumerate(zip(names, starts, [*losses, sum(losses)], strict=True)):
        y, left, right = axes.top + 26 * row + 5, float(axes.x(start)), float(axes.x(start + loss))
        parts.append(svg.bar(left, y, right - left, 16, INK if name == "total" else BLUE))
        parts.append(svg.text(right + 5, y + 12, f"{loss:.1f}", font_size=11))
        if first:
            parts.append(svg.text(axes.left - 8, y + 12, name, "end"))
    return parts


SHADES = ((INK, ""), (BLUE, "7 3"), (ORANGE, "2 3"), (GREY, "8 3 2 3"), ("#009E73", "12 4"), ("#CC79A7", "4 2 1 2"))
"""Colour (Okabe and Ito) and dash of each factor's line, in order."""


def against_elevation(name: str, elevation_deg: Floats, losses_db: dict[str, Floats]) -> str:
    """Loss of each factor against elevation along one pass, the total drawn heavier, named beside the plot."""
    order = np.argsort(elevation_deg)
    low, high = 10 * np.floor(elevation_deg.min() / 10), 90.0
    top = 5 * np.ceil(max(loss.max() for loss in losses_db.values()) / 5)
    axes = Axes(80, 46, 680, 240, (float(low), high), (0.0, float(top)))
    parts = [axes.title(name), *axes.side(svg.ticks(0, float(top)), "loss (dB)")]
    parts += axes.bottom([(float(at), f"{at}°") for at in range(int(low), 91, 10)], "elevation")
    for row, (factor, loss) in enumerate(losses_db.items()):
        colour, dash = (INK, "") if factor == "total" else SHADES[1 + row % (len(SHADES) - 1)]
        width = 2.6 if factor == "total" else 1.6
        parts.append(axes.line(elevation_deg[order], loss[order], colour, width, dash))
        y = 60.0 + 22 * row
        parts += [svg.line([790, 826], [y, y], colour, width, dash), svg.text(834, y + 4, factor)]
    return svg.picture(1040, 340, parts, f"Loss of each factor against elevation, {name}")
