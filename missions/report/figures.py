"""The report's pictures: SVG text, the same bytes for the same data.

Colours are of Okabe and Ito's palette, which colour-blind readers can tell apart; every mark also differs in shape
or line style.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import rc_context
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from links.channel import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, GREY, INK = "#0072B2", "#D55E00", "#009E73", "#8A94A0", "#1F2933"
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "skykey",
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Helvetica Neue", "Arial", "DejaVu Sans"],
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E7EB",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}


@dataclass(frozen=True, eq=False)
class SkyTrack:
    """One pass on the station's sky: azimuth and elevation in radians, and whether photons were counted."""

    azimuth: Floats
    elevation: Floats
    contact: np.ndarray[Any, np.dtype[np.bool_]]
    served: bool


@dataclass(frozen=True, eq=False)
class BestPass:
    """The pass with the most key: minutes from culmination, loss in dB, elevation in degrees, contact."""

    title: str
    minutes: Floats
    loss_db: Floats
    elevation_deg: Floats
    contact: np.ndarray[Any, np.dtype[np.bool_]]


def station_picture(
    tracks: list[SkyTrack], when: Any, kilobits: Floats, served: Any, best: BestPass | None, span: tuple[Any, Any]
) -> str:
    """Three panels for one station: its sky, its key pass by pass, and its best pass."""
    with rc_context(STYLE):
        figure = Figure(figsize=(10.4, 3.4), layout="constrained")
        grid = figure.add_gridspec(1, 3, width_ratios=(1.0, 1.35, 1.35))
        _sky(figure.add_subplot(grid[0], projection="polar"), tracks)
        _key(figure.add_subplot(grid[1]), when, kilobits, served, span)
        _best(figure.add_subplot(grid[2]), best)
        return _svg(figure)


def _sky(axes: Any, tracks: list[SkyTrack]) -> None:
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_rlim(0, 90)
    axes.set_yticks([0, 30, 60, 90], ["", "60°", "30°", ""], fontsize=7.5, color=GREY)
    axes.set_xticks(np.radians([0, 90, 180, 270]), ["N", "E", "S", "W"])
    axes.spines["polar"].set_color(GREY)
    for track in sorted(tracks, key=lambda track: track.served):
        zenith = 90 - np.degrees(track.elevation)
        axes.plot(track.azimuth, zenith, color=GREY, lw=0.7, ls=(0, (3, 2)), alpha=0.75)
        if track.served:
            axes.plot(*(np.where(track.contact, part, np.nan) for part in (track.azimuth, zenith)), color=BLUE, lw=1.7)
    axes.plot([], [], color=BLUE, lw=1.7, label="photons counted")
    axes.plot([], [], color=GREY, lw=0.7, ls=(0, (3, 2)), label="not used")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, fontsize=8, handlelength=1.6, columnspacing=1)
    axes.set_title("The station's sky", pad=12)


def _key(axes: Axes, when: Any, kilobits: Floats, served: Any, span: tuple[Any, Any]) -> None:
    axes.set_title("Secret key, pass by pass")
    axes.set_xlim(*span)
    good = np.asarray(served) & (kilobits > 0)
    zero = np.asarray(served) & (kilobits <= 0)
    axes.vlines(when[good], 0, kilobits[good], color=BLUE, lw=2.2)
    axes.plot(when[good], kilobits[good], "o", color=BLUE, ms=4.5, label="key")
    axes.plot(when[zero], kilobits[zero], "x", color=ORANGE, ms=5.5, mew=1.5, label="served, no key", clip_on=False)
    axes.set_ylim(0, max(1.0, float(kilobits.max(initial=0.0))) * 1.28)
    axes.set_ylabel("secret key (kbit)")
    locator = AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.set_xlabel("culmination (UTC)")
    axes.grid(axis="x", visible=False)
    if good.any() or zero.any():
        axes.legend(loc="upper right", ncols=2, fontsize=8)


def _best(axes: Axes, best: BestPass | None) -> None:
    if best is None:
        axes.set_title("Best pass")
        axes.axis("off")
        axes.text(0.5, 0.5, "no pass gave key", ha="center", transform=axes.transAxes, color=GREY)
        return
    axes.set_title(best.title)
    axes.plot(best.minutes, best.loss_db, color=GREY, lw=1.2, ls="--")
    axes.plot(best.minutes, np.where(best.contact, best.loss_db, np.nan), color=BLUE, lw=2)
    axes.set_xlabel("minutes from culmination")
    axes.set_ylabel("loss without detector (dB)", color=BLUE)
    low, high = float(best.loss_db.min()), float(best.loss_db.max())
    axes.set_ylim(high + 0.08 * (high - low), low - 0.35 * (high - low))
    twin = axes.twinx()
    twin.plot(best.minutes, best.elevation_deg, color=ORANGE, lw=1.4, ls=":")
    twin.set_ylabel("elevation (°), dotted", color=ORANGE)
    twin.set_ylim(0, 90)
    twin.grid(visible=False)
    twin.spines["right"].set_visible(True)


def waterfall(names: list[str], losses_db: list[list[float]], stations: list[str]) -> str:
    """Where the photons go: each factor's loss in dB at the culmination of each station's best pass, adding up."""
    with rc_context(STYLE):
        figure = Figure(figsize=(10.4, 0.75 + 0.42 * len(names) * max(1, len(stations)) ** 0.35), layout="constrained")
        panels = figure.subplots(1, len(stations), sharey=True, squeeze=False)[0]
        longest = 1.18 * max(sum(losses) for losses in losses_db)
        for axes, losses, station in zip(panels, losses_db, stations, strict=True):
            _waterfall_panel(axes, names, losses, station)
            axes.set_xlim(0, longest)
        return _svg(figure)


def _waterfall_panel(axes: Axes, names: list[str], losses: list[float], station: str) -> None:
    left = np.concatenate([[0.0], np.cumsum(losses)])
    rows = np.arange(len(names) + 1)
    axes.barh(rows[:-1], losses, left=left[:-1], color=BLUE, height=0.62)
    axes.barh(rows[-1], left[-1], color=INK, height=0.62)
    for row, (start, loss) in enumerate(zip([*left[:-1], 0.0], [*losses, left[-1]], strict=True)):
        axes.text(start + loss, row, f" {loss:.1f}", va="center", fontsize=8.5)
    axes.set_yticks(rows, [*names, "total"])
    axes.invert_yaxis()
    axes.set_title(station)
    axes.set_xlabel("loss (dB)")
    axes.grid(axis="y", visible=False)


def _svg(figure: Figure) -> str:
    """The SVG element alone, without prologue, date or fixed size, so that it scales with the page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    return re.sub(r'<svg ([^>]*?)height="[^"]*"([^>]*?)width="[^"]*"', r"<svg \1\2", svg, count=1)
