"""The report's chapter on the network: who gets how much key, over what, what limits it, and what if a node is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from links.channel import Floats, Ints
from missions.network import tables
from missions.network.backbone import MEAN
from missions.network.demand import KEY_BITS
from missions.network.layout import NodeKind
from missions.report.map import Lines, Places, network_map
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
        "exposure": _exposure(backbone),
        "assumed": _assumed(backbone),
        "approximations": backbone.fibres.approximations if backbone.fibres else (),
    }


def sentences(backbone: Backbone) -> list[str]:
    """One for each demand: how much reaches it, by how many hops, and what limits it."""
    if not len(backbone.demands):
        return []
    told = [_sentence(row, backbone.end / tables.DAY) for row in tables.demands(backbone).records()]
    return told + ([MEAN_SUPPLY] if backbone.satellite_key == MEAN else [])


MEAN_SUPPLY = (
    "Satellites' key is its mean over the weather: every pass gives its part of a clear one. Under real clouds whole "
    "nights are missing, and the time without key is longer."
)


def _sentence(row: dict[str, Any], days: float) -> str:
    ends, hops = f"{row['node_a']} – {row['node_b']}", row["hops"]
    if not hops:
        return f"{ends}: nothing. {_nothing(row)}"
    most_bits = row["min_cut_bits"] or 0
    got, asked, most = (
        amount(secret, row["use"], days) for secret in (row["secret_bits"], row["asked_bits"], most_bits)
    )
    way = f"over {hops} {'hop' if hops == 1 else 'hops'}"
    alone = f" Alone on the network the pair could have {most}; {row['min_cut']} sets that limit." if most_bits else ""
    return f"{ends}: {got} {way}, of {asked} asked. {_missing(row)}{alone}"


def _nothing(row: dict[str, Any]) -> str:
    if not row["asked_bits"]:
        return "No key fell due within the mission."
    several = f"{row['paths']} routes without a common node" if row["paths"] > 1 else "a route"
    return f"There never was key on {several} between them."


def _missing(row: dict[str, Any]) -> str:
    if row["outage"] == 0:
        return "Nothing is missing."
    where = f"most often at {row['bottleneck']}"
    if row["outage_filled"] == 0:
        return f"What is missing ({where}) fell due before the first key had come; with full stores nothing would be."
    return f"{share(row['outage'])} of the time a due key was missing, {where}."


CIPHERS = {"aes-256": "AES-256 keys", "aes-128": "AES-128 keys"}


def amount(secret: float, use: str, days: float) -> str:
    """Key in the application's own unit: a day's, or all of a mission that is shorter."""
    return f"{_counted(secret / max(days, 1.0), use)}{_span(days)}"


def _span(days: float) -> str:
    return f" in {days * 24:.3g} h" if days < 1 else " a day"


def _counted(secret: float, use: str) -> str:
    if use not in CIPHERS:
        return bits(secret)
    keys = secret / KEY_BITS[use]
    return f"{keys:,.{0 if keys >= 1000 else 1}f} {CIPHERS[use]}"


def bound(backbone: Backbone) -> str:
    """Greedy service beside the best that any schedule could do."""
    if not len(backbone.demands):
        return ""
    served, best = int(backbone.service.served.sum()), float(backbone.optimum.served.sum())
    gap = max(0.0, 1.0 - served / best) if best > 0 else 0.0
    return (
        f"Stores were drawn on greedily: {bits(served)} served. With full foresight, and parts of keys allowed, at "
        f"most {bits(best)} could be: a gap of {share(gap)}. Fairness over the demands (Jain): "
        f"{backbone.service.jain:.3f}."
    )


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


def failures(backbone: Backbone) -> dict[str, Any] | None:
    """What each demand still gets per day when a node is lost; relays of a chain with equal effect in one row."""
    if not len(backbone.demands):
        return None
    network, rows = backbone.layout.network, dict[tuple[str, ...], list[str]]()
    for node, served in enumerate(backbone.failures.without_node.tolist()):
        cells = tuple(_left(backbone, demand, value) for demand, value in enumerate(served))
        rows.setdefault((_group(backbone, node), *cells), []).append(network.nodes[node])
    ends = [f"{network.nodes[a]} – {network.nodes[b]}" for a, b in backbone.demands.pairs.tolist()]
    all_ = ("nothing", *(_left(backbone, demand, int(value)) for demand, value in enumerate(backbone.failures.served)))
    content = [all_, *((_label(cells[0], members), *cells[1:]) for cells, members in rows.items())]
    heads = tuple(f"{pair},{_unit(backbone, demand)}" for demand, pair in enumerate(ends))
    return frame(("lost", *heads), content, numeric=heads)


def _left(backbone: Backbone, demand: int, served: int) -> str:
    return amount(served, backbone.uses[demand], backbone.end / tables.DAY).removesuffix(_unit(backbone, demand))


def _unit(backbone: Backbone, demand: int) -> str:
    """What all amounts of a demand end with."""
    whole = CIPHERS.get(backbone.uses[demand], "")
    return f"{f' {whole}' if whole else ''}{_span(backbone.end / tables.DAY)}"


def _group(backbone: Backbone, node: int) -> str:
    """The chain of a relay; each other node stands for itself."""
    if not tables.is_relay(backbone, node):
        return backbone.layout.network.nodes[node]
    link, _ = backbone.layout.network.neighbours[node][0]
    return backbone.layout.chain(link)


def _label(group: str, members: list[str]) -> str:
    if members == [group]:
        return group
    if len(members) == 1:
        return members[0]
    return f"any of {len(members)} relays of {group}: {_ranges([name.removeprefix(group).strip() for name in members])}"


def _ranges(numbers: list[str]) -> str:
    """Numbers as ranges: 01 to 09, 23 to 32; anything else as it is."""
    if not all(number.isdigit() for number in numbers):
        return ", ".join(numbers)
    runs: list[list[str]] = []
    for number in numbers:
        if runs and int(number) == int(runs[-1][-1]) + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def _exposure(backbone: Backbone) -> dict[str, Any]:
    """Key of others that trusted nodes could read; relays of a chain with equal exposure in one row."""
    rows: dict[tuple[str, int, int], list[str]] = {}
    seen, shares = backbone.service.exposure.tolist(), backbone.service.shares_seen.tolist()
    for node, name in enumerate(backbone.layout.network.nodes):
        if seen[node] or shares[node]:
            rows.setdefault((_group(backbone, node), seen[node], shares[node]), []).append(name)
    content = [(_label(group, members), bits(read), bits(part)) for (group, read, part), members in rows.items()]
    return frame(("node", "read in clear", "XOR shares"), content, numeric=("read in clear", "XOR shares"))


def _assumed(backbone: Backbone) -> str:
    """What the layout had to suppose."""
    chained = {backbone.layout.chain(link) for link in range(len(backbone.layout.entry))} - {""}
    if not chained:
        return ""
    return (
        f"The true spans of {', '.join(sorted(chained))} are not public: equal spans are assumed, and their relays are "
        "drawn evenly along the great circle."
    )
