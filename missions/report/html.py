"""The report as one HTML file that opens offline: text and tables from the budget, pictures as inline SVG."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np

from keys import pooling
from missions import rows
from missions.provenance import provenance
from missions.report import pictures
from missions.report.backbone import chapter
from missions.report.security import chapter as chapter_on_security
from missions.report.words import bits, frame, share

if TYPE_CHECKING:
    from missions.budget import Budget

UNUSED_SHOWN = 200
"""Unused passes listed per station; all of them are in passes.csv."""


def render(budget: Budget) -> str:
    """The whole report; autoescaped, self-contained, the same bytes for the same budget."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    folder = resources.files("missions.report")
    texts = FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8"))
    environment = Environment(loader=texts, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    css = (folder / "style.css").read_text(encoding="utf-8")
    return environment.get_template("template.html").render(css=css, **_context(budget))


def _context(budget: Budget) -> dict[str, Any]:
    mission = budget.scenario.mission
    return {
        "title": mission.title or mission.name,
        "mission": mission.name,
        "lead": _lead(budget),
        "headline": _headline(budget),
        "notes": budget.notes,
        "summary": _summary(budget),
        "reading": _reading(budget),
        "weather": _weather(budget),
        "stations": [_station(budget, index) for index in range(len(budget.scenario.stations))],
        "network": chapter(budget),
        "waterfall": pictures.waterfall(budget),
        "against_elevation": pictures.against_elevation(budget),
        "security": chapter_on_security(budget),
        "assumptions": frame(("assumption", "value", "status"), rows.assumptions(budget)),
        "provenance": frame(("what", "value"), _provenance(budget)),
        "version": provenance("", 0)["versions"]["skykey"],
    }


def _lead(budget: Budget) -> str:
    scenario = budget.scenario
    sky, ground = ([one.name for one in group] for group in (scenario.satellites, scenario.stations))
    who = f"{listed(sky)} over {listed(ground)}" if sky else "A network on the ground"
    weather = "in the mean over the weather" if scenario.has_weather else "clear sky"
    span = f"{scenario.mission.start:%d %B %Y %H:%M} to {scenario.mission.end:%d %B %Y %H:%M} UTC"
    return f"{who}, {span}{f', {weather}' if sky else ''}."


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names as a sentence says them: "A, B and C", or "A, B, C, D and 12 more"."""
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most + 1 else list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _headline(budget: Budget) -> list[dict[str, str]]:
    return _of_passes(budget) if budget.scenario.satellites else _of_network(budget)


def _of_passes(budget: Budget) -> list[dict[str, str]]:
    secret, served = int(budget.secret_bits.sum()), int(budget.served.sum())
    keyed, keys = int((budget.secret_bits > 0).sum()), sum(row["secret_bits"] // 256 for row in _records(budget))
    sifted = budget.counts.sifted[budget.served]
    error = (budget.counts.qber[budget.served] * sifted).sum() / max(sifted.sum(), 1)
    key = {"value": bits(secret), "label": "of secret key"}
    second = {"value": f"{keys:,}", "label": "AES-256 keys"}
    if budget.weathers is not None:
        key["label"] += ", were every pass clear"
        second = {"value": bits(float(budget.expected_bits.sum())), "label": "of it in the mean over the weather"}
    return [
        key,
        second,
        {"value": f"{served} of {len(budget.all_passes)}", "label": f"passes used, {keyed} gave key"},
        {"value": f"{100 * error:.2f} %", "label": "mean error rate"},
    ]


def _of_network(budget: Budget) -> list[dict[str, str]]:
    assert budget.backbone is not None
    service, network = budget.backbone.service, budget.backbone.layout.network
    served, asked = int(service.served.sum()), int(service.asked.sum())
    pairs = "one pair" if len(service.demands) == 1 else f"{len(service.demands)} pairs"
    made = int((service.deposited - service.authentication).sum())
    return [
        {"value": bits(served), "label": f"of key served to {pairs} of applications"},
        {"value": share(served / asked) if asked else "–", "label": "of what they asked"},
        {"value": bits(made), "label": "of key made by the links"},
        {"value": f"{len(network.links)}", "label": f"links between {len(network.nodes)} nodes"},
    ]


def _records(budget: Budget) -> list[dict[str, Any]]:
    return budget.tables["stations"].records()


def _summary(budget: Budget) -> dict[str, Any]:
    days = (budget.scenario.mission.end - budget.scenario.mission.start).total_seconds() / 86_400
    content: list[tuple[Any, ...]] = [
        (
            row["station"], row["passes"], row["selected_passes"], row["contact_time_s"] / 60,
            row["sifted_bits"], row["secret_bits"], bits(row["secret_bits"] / days), row["secret_bits"] // 256,
        )
        for row in _records(budget)
    ]  # fmt: skip
    sums: list[Any] = [sum(row[column] for row in content) for column in (1, 2, 3, 4, 5, 7)]
    total = ("all stations", *sums[:5], bits(sums[4] / days), sums[5])
    names = ("station", "passes", "used", "contact (min)", "sifted bits", "secret bits", "per day", "AES-256 keys")
    return frame(names, [*content, total], numeric=names[1:], total=True)


def _weather(budget: Budget) -> dict[str, Any] | None:
    """Key under the scenario's weather; None where the sky is taken as clear."""
    if budget.weathers is None:
        return None
    records = _records(budget)
    columns = ("secret_bits", "expected_secret_bits", *(f"secret_bits_p{percent}" for percent in rows.PERCENTS))
    content = [(row["station"], *(round(row[column]) for column in columns)) for row in records]
    every = [int(budget.secret_bits.sum()), round(float(budget.expected_bits.sum()))]
    every += [budget.weathers.total_percentile(percent) for percent in rows.PERCENTS]
    names = ("station", "clear sky", "mean", *(f"P{percent}" for percent in rows.PERCENTS))
    return frame(names, [*content, ("all stations", *every)], numeric=names[1:], total=True)


def _reading(budget: Budget) -> str:
    percentiles = (
        f"The weather is that of the table below: {budget.weathers.bits.shape[0]:,} weathers were drawn."
        if budget.weathers is not None
        else "Percentiles over the weather are not given, because the scenario states no weather: the sky is taken as "
        "clear."
    )
    return _pooling(budget) + (
        "Sifted bits are counts, not key: they leak to error correction and to the channel. Secret bits are what "
        f"remains after the finite-key analysis of each block ({budget.scenario.security.block}), under a clear sky. "
        + percentiles
    )


def _pooling(budget: Budget) -> str:
    """What pooling passes in one block brings, and how long its key is waited for; nothing for blocks of one pass."""
    if budget.scenario.security.block == "pass" or not budget.served.any():
        return ""
    block, passes = budget.block[budget.served], budget.all_passes
    gain = int(pooling(budget.counts.select(budget.served), block, budget.scenario.security).gain.sum())
    first, last = np.full(block.max() + 1, np.inf), np.full(block.max() + 1, -np.inf)
    np.minimum.at(first, block, passes.set[budget.served])
    np.maximum.at(last, block, passes.set[budget.served])
    word = "more" if gain >= 0 else "less"
    return (
        f"Pooling the passes of each {budget.scenario.security.block} gives {bits(abs(gain))} {word} than one block "
        f"per pass, and makes the first pass of a block wait up to {(last - first).max() / 3600:.1f} h for its key. "
    )


def _station(budget: Budget, index: int) -> dict[str, Any]:
    station, passes = budget.scenario.stations[index], budget.tables["passes"].records()
    mine = [row for row in passes if row["station"] == station.name]
    used, unused = [row for row in mine if row["selected"]], [row for row in mine if not row["selected"]]
    return {
        "name": station.name,
        "anchor": "station-" + re.sub(r"[^A-Za-z0-9]+", "-", station.name).lower(),
        "place": _place(station),
        "verdict": _verdict(budget, index, used),
        "picture": pictures.station(budget, index),
        "caption": "Left: tracks seen from the station, zenith in the middle. Middle: key of each pass that was "
        "served. Right: the pass with the most key; solid where photons were counted.",
        "used": _used(used),
        "unused": _unused(unused[:UNUSED_SHOWN]),
        "unused_more": f", the first {UNUSED_SHOWN} shown" if len(unused) > UNUSED_SHOWN else "",
        "why_none": _most_common([row["reason"].split(" at ")[0] for row in unused]),
    }


def _most_common(reasons: list[str]) -> str:
    return f"most often, {max(set(reasons), key=reasons.count)}." if reasons else "the satellite never rises here."


def _place(station: Any) -> str:
    north, east = station.latitude * rows.DEG, station.longitude * rows.DEG
    night = (
        "no night rule" if station.max_sun_elevation is None else f"Sun below {station.max_sun_elevation * rows.DEG:g}°"
    )
    where = f"{abs(north):.4f}° {'N' if north >= 0 else 'S'}, {abs(east):.4f}° {'E' if east >= 0 else 'W'}"
    receiver, detector = station.receiver, station.detector
    return (
        f"{where}, {station.altitude:.0f} m. Telescope {receiver.aperture:g} m, optics "
        f"{100 * receiver.optical_efficiency:g} %; {detector.count} detectors at {100 * detector.efficiency:g} %, "
        f"{detector.dark_count_rate:g} dark counts per second each. "
        f"Above {station.min_elevation * rows.DEG:g}°, {night}."
    )


def _verdict(budget: Budget, index: int, used: list[dict[str, Any]]) -> str:
    secret = sum(row["secret_bits"] for row in used)
    if not secret:
        return f"No secret key. {used[0]['outcome'] if used else ''}".strip()
    best = max(used, key=lambda row: row["secret_bits"])
    mean = ""
    if budget.weathers is not None:
        expected = float(budget.weathers.expected[index])
        mean = f" were every pass clear, {bits(expected)} in the mean over the weather"
    when, joined = datetime.fromisoformat(best["culmination_utc"]), ";" if mean else ","
    return (
        f"{bits(secret)} of secret key{mean}{joined} enough for {secret // 256:,} AES-256 keys. The best pass, "
        f"{best['satellite']} culminating at {best['max_elevation_deg']:.1f}° on {when:%d %B %Y, %H:%M} UTC, gave "
        f"{bits(best['secret_bits'])}."
    )


def _used(records: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("culmination (UTC)", "satellite", "contact (s)", "elevation (°)", "range (km)", "loss (dB)", "detections",
             "sifted bits", "error rate (%)", "secret bits", "outcome")  # fmt: skip
    content = [
        (
            _clock(row), row["satellite"], round(row["contact_s"]), row["max_elevation_deg"],
            round(row["min_range_km"]), row["min_loss_db"], row["detections"], row["sifted_bits"],
            f"{100 * row['qber']:.2f}",
            row["secret_bits"], row["outcome"],
        )
        for row in records
    ]  # fmt: skip
    return frame(names, content, numeric=names[2:10])


def _clock(row: dict[str, Any]) -> str:
    return str(row["culmination_utc"])[:19].replace("T", " ") + (" (cut)" if row["clipped"] else "")


def _unused(records: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("culmination (UTC)", "satellite", "elevation (°)", "range (km)", "loss (dB)", "why not")
    content = [
        (
            _clock(row),
            row["satellite"],
            row["max_elevation_deg"],
            round(row["min_range_km"]),
            row["min_loss_db"],
            row["reason"],
        )
        for row in records
    ]
    return frame(names, content, numeric=names[2:5])


def _provenance(budget: Budget) -> list[tuple[str, str]]:
    made = provenance(budget.scenario.digest, budget.scenario.mission.seed)
    versions = ", ".join(f"{name} {number}" for name, number in made["versions"].items())
    data = [(f"data: {name}", digest) for name, digest in made["data_sha256"].items()]
    return [("scenario (SHA-256)", made["scenario_sha256"]), ("seed", str(made["seed"])), ("versions", versions), *data]
