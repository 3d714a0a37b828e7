"""The report's chapter on the network: who gets how much key, over what, what limits it, and what if a node is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from links.channel import Floats, Ints
from missions.network import tables
from missions.network.layout import NodeKind
from missions.report.lost import exposure, failures
from missions.report.map import Lines, Places, network_map
from missions.report.served import amount, bound, sentences
from missions.report.stores import levels
from missions.report.words import bits, frame, share

if TYPE_CHECKING:
    from missions.budget import Budget
    from missions.network.backbone import Backbone

STORES_SHOWN = 6
SIGNS = {NodeKind.NODE: "node", NodeKind.STATION: "station", NodeKind.SATELLITE: "satellite", NodeKind.RELAY: "relay"}


def chapter(budget: Budget) -> dict[str, Any] | None:
    """What the template needs; None where the mission has no network."""
    backbone = budget.backbone
    if backbone is None:
        return None
    return {
        "sentences": sentences(backbone),
        "map": _map(backbone),
        "pairs": _pairs(backbone),
        "routes": _routes(backbone, budget.scenario.mission.start),
        "bound": bound(backbone),
        "links": _links(backbone),
        "stores": _stores(budget, backbone),
        "failures": failures(backbone),
        "exposure": exposure(backbone),
        "assumed": _assumed(backbone),
        "approximations": backbone.fibres.approximations if backbone.fibres else (),
    }


def _map(backbone: Backbone) -> str:
    layout = backbone.layout
    if not np.isfinite(layout.position).any():
        return ""
    rate = np.array(tables.links(backbone).columns["key_rate_bps"], dtype=float)
    kinds = tuple("satellite" if above else "fibre" for above in layout.by_satellite)
    hints = tuple(f"{name}: {bits(each)}/s" for name, each in zip(layout.network.links, rate, strict=True))
    limiting = np.isin(np.arange(len(kinds)), backbone.service.bottleneck)
    shown = _placed(backbone)
    lines = Lines(layout.network.ends[shown], _at(kinds, shown), rate[shown], _at(hints, shown), limiting[shown])
    signs = tuple(SIGNS[kind] for kind in layout.kind)
    places = Places(layout.network.nodes, layout.position[:, 1], layout.position[:, 0], signs)
    return network_map(places, lines, "bit/s", "stops most of what is missing")


def _placed(backbone: Backbone) -> Ints:
    """Links whose ends are on the map, or a satellite."""
    known = np.isfinite(backbone.layout.position[:, 0]) | np.array(
        [kind is NodeKind.SATELLITE for kind in backbone.layout.kind]
    )
    return np.flatnonzero(known[backbone.layout.network.ends].all(axis=1))


def _at(values: Sequence[str], rows: Ints) -> tuple[str, ...]:
    return tuple(values[row] for row in rows.tolist())


def _pairs(backbone: Backbone) -> dict[str, Any]:
    if not len(backbone.demands):
        return _possible(backbone)
    names = ("pair", "for", "hops", "routes", "asked", "secret bits", "that is", "without key", "stores filled",
             "optimum", "min-cut", "bottleneck")  # fmt: skip
    content = [
        (
            f"{row['node_a']} – {row['node_b']}", row["use"], row["hops"], row["routes"], bits(row["asked_bits"]),
            row["secret_bits"], amount(row["secret_bits"], row["use"], backbone.end / tables.DAY), share(row["outage"]),
            share(row["outage_filled"]), bits(row["optimum_bits"]),
            None if row["min_cut_bits"] is None else f"{bits(row['min_cut_bits'])}: {row['min_cut']}",
            row["bottleneck"] or "none",
        )
        for row in tables.pairs(backbone).records()
    ]  # fmt: skip
    return frame(names, content, numeric=names[2:10])


def _routes(backbone: Backbone, start: datetime) -> dict[str, Any]:
    """Which ways the key went, and when."""

    def when(seconds: float) -> str:
        return f"{start + timedelta(seconds=seconds):%Y-%m-%d %H:%M}"

    content = [
        (f"{row['node_a']} – {row['node_b']}", row["route"].replace(" > ", " → "), row["hops"], row["relayed_bits"],
         when(row["first_used_s"]), when(row["last_used_s"]))
        for row in tables.routes(backbone).records()
    ]  # fmt: skip
    names = ("pair", "route, by its named nodes", "hops", "relayed bits", "first used (UTC)", "last used (UTC)")
    return frame(names, content, numeric=names[2:])


def _possible(backbone: Backbone) -> dict[str, Any]:
    """Pairs of places when nobody asks for key: what each could have for itself."""
    content = [
        (f"{row['node_a']} – {row['node_b']}", row["hops"], row["secret_bits"], row["min_cut"])
        for row in tables.pairs(backbone).records()
    ]
    return frame(("pair", "hops", "secret bits, alone", "min-cut"), content, numeric=("hops", "secret bits, alone"))


def _links(backbone: Backbone) -> dict[str, Any]:
    names = ("link", "what", "spans", "each (km)", "loss (dB)", "error rate (%)", "key rate", "relayed", "spilled",
             "left at the end", "stranded", "used", "worth")  # fmt: skip
    content = [
        (
            row["link"], row["kind"], row["spans"], row["length_km"], row["loss_db"],
            None if row["qber"] is None else f"{100 * row['qber']:.2f}", f"{bits(row['key_rate_bps'])}/s",
            bits(row["relayed_bits"]), bits(row["spilled_bits"]), bits(row["level_bits"]), bits(row["stranded_bits"]),
            None if row["utilisation"] is None else share(row["utilisation"]), f"{row['worth']:.2f}",
        )
        for row in tables.chains(backbone).records()
    ]  # fmt: skip
    return frame(names, content, numeric=names[2:])


def _stores(budget: Budget, backbone: Backbone) -> str:
    """The stores that were drawn on hardest, one of each chain."""
    service, mission = backbone.service, budget.scenario.mission
    chosen = _hardest(backbone)
    if not chosen:
        return ""
    day = service.timeline.edges / tables.DAY
    held = service.level[chosen].astype(np.float64)
    names = [backbone.layout.network.links[link] for link in chosen]
    reserve = float(service.stores.reserve.max(initial=0))
    return levels(names, day, held, reserve, mission.start, backbone.end / tables.DAY)


def _hardest(backbone: Backbone) -> list[int]:
    service = backbone.service
    weight: Floats = np.nan_to_num(service.utilisation)
    found: dict[str, int] = {}
    for link in np.argsort(-weight, kind="stable").tolist():
        found.setdefault(backbone.layout.chain(link) or str(link), link)
    chosen = list(found.values())
    moving = [link for link in chosen if np.median(service.level[link]) < 0.99 * service.stores.capacity[link]]
    return (moving or chosen)[:STORES_SHOWN]


def _assumed(backbone: Backbone) -> str:
    """What the layout had to suppose."""
    chained = {backbone.layout.chain(link) for link in range(len(backbone.layout.entry))} - {""}
    if not chained:
        return ""
    return (
        f"The true spans of {', '.join(sorted(chained))} are not public: equal spans are assumed, and their relays are "
        "drawn evenly along the great circle."
    )
