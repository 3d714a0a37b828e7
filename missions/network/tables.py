"""What a network delivers, as tables: pairs of nodes, links, nodes, and what is left when one is lost."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from links.channel import Floats, Ints
from missions.network.flows import max_flow
from missions.network.inputs import MeasuredLink
from missions.network.layout import NodeKind
from missions.network.routing import fewest_hops_widest
from missions.network.service import Service, Usage
from missions.tables import Table
from si import db

if TYPE_CHECKING:
    from missions.network.backbone import Backbone

DAY = 86_400.0
SOLVER = 1e-6
"""Relative: what the linear program leaves open."""


def pairs(backbone: Backbone) -> Table:
    """One row per demand: what was asked and served, over how many hops, what limits it, and what is possible.

    Without demands, one row for each two named places: what they could be given if they had the network to themselves.
    """
    if not len(backbone.demands):
        return _possible(backbone)
    return Table({**demands(backbone).columns, "optimum_bits": _best(backbone)})


def demands(backbone: Backbone) -> Table:
    """The same without the linear program's part."""
    service, cipher = backbone.service, backbone.demands.quantum > 1
    main = [_main(used) for used in service.usage]
    served, days = service.served.sum(axis=1), backbone.end / DAY
    keys = served / service.demands.quantum / days
    return Table(
        {
            **_ends(backbone, service.demands.pairs),
            "use": list(backbone.uses),
            "priority": service.demands.priority,
            "paths": service.demands.paths,
            "hops": [len(one.links) if one else None for one in main],
            "routes": [len(used) for used in service.usage],
            "bottleneck": [_limit(backbone, int(link)) for link in service.bottleneck],
            "asked_bits": service.asked.sum(axis=1),
            "secret_bits": served,
            "keys_per_day": [float(each) if whole else None for each, whole in zip(keys, cipher, strict=True)],
            "secret_bits_per_day": served / days,
            "outage": service.outage,
            "outage_filled": backbone.filled.outage,
            "satellite_key": [backbone.satellite_key] * len(served),
            **_cuts(backbone, service.demands.pairs, service.demands.paths),
        }
    )


def _best(backbone: Backbone) -> Ints:
    """What the best schedule serves; where that is what was served but for the solver's last digits, just that."""
    served, best = backbone.service.served.sum(axis=1), backbone.optimum.served.sum(axis=1)
    same = np.isclose(best, served, rtol=SOLVER, atol=1.0)
    return np.asarray(np.where(same, served, np.rint(best)), dtype=np.int64)


def routes(backbone: Backbone) -> Table:
    """One row for each route that a demand used: its named nodes, what it carried, when it was first and last used."""
    used = [(demand, one) for demand, mine in enumerate(backbone.service.usage) for one in mine]
    pairs = backbone.service.demands.pairs[[demand for demand, _ in used]].reshape(-1, 2)
    return Table(
        {
            **_ends(backbone, pairs),
            "route": [_named(backbone, one, int(a)) for (_, one), a in zip(used, pairs[:, 0], strict=True)],
            "hops": [len(one.links) for _, one in used],
            "relayed_bits": [one.bits for _, one in used],
            "xor_share": [bool(backbone.demands.paths[demand] > 1) for demand, _ in used],
            "first_used_s": [one.since for _, one in used],
            "last_used_s": [one.until for _, one in used],
        }
    )


def _named(backbone: Backbone, used: Usage, source: int) -> str:
    network, nodes = backbone.layout.network, [source]
    for link in used.links:
        nodes.append(int(network.ends[link].sum()) - nodes[-1])
    return " > ".join(network.nodes[node] for node in nodes if not is_relay(backbone, node))


def _possible(backbone: Backbone) -> Table:
    named = [node for node, kind in enumerate(backbone.layout.kind) if kind in (NodeKind.NODE, NodeKind.STATION)]
    both = np.array(list(combinations(named, 2)), dtype=np.int64).reshape(-1, 2)
    cuts, network = _cuts(backbone, both), backbone.layout.network
    everything = [True] * len(network.links)
    routes = [fewest_hops_widest(network, _ever(backbone.service), a, b, everything) for a, b in both.tolist()]
    return Table(
        {
            **_ends(backbone, both),
            "hops": [len(route) if route else None for route in routes],
            "bottleneck": cuts["min_cut"],
            "secret_bits": cuts["min_cut_bits"],
            "outage": [None] * len(both),
            **cuts,
        }
    )


def _ends(backbone: Backbone, both: Ints) -> dict[str, list[str]]:
    names = backbone.layout.network.nodes
    return {f"node_{side}": [names[node] for node in column] for side, column in zip("ab", both.T, strict=True)}


def _cuts(backbone: Backbone, both: Ints, paths: Ints | None = None) -> dict[str, list[Any]]:
    """Most key that each pair could ever be given if it had the network for itself, and the links that say so.

    Nothing for a key of several shares: their routes may not meet, which a cut of links does not know.
    """
    network, there = backbone.layout.network, _ever(backbone.service)
    single = [True] * len(both) if paths is None else (paths == 1).tolist()
    found = [max_flow(network, there, a, b) if one else None for (a, b), one in zip(both.tolist(), single, strict=True)]
    names = [[network.links[link] for link in np.flatnonzero(flow.cut)] if flow else [] for flow in found]
    return {
        "min_cut_bits": [int(flow.value) if flow else None for flow in found],
        "min_cut": [_listed(cut) for cut in names],
    }


def _listed(names: list[str], most: int = 4) -> str:
    return " + ".join(names[:most]) + (f" + {len(names) - most} more" if len(names) > most else "")


def _main(used: tuple[Usage, ...]) -> Usage | None:
    """The route that carried most."""
    return max(used, key=lambda one: one.bits, default=None)


def _limit(backbone: Backbone, link: int) -> str:
    return "" if link < 0 else backbone.layout.network.links[link]


def _ever(service: Service) -> Floats:
    """Key that each link ever had to give, (links,): initial fill and what it made, above the reserve.

    After authentication; what found no room or grew too old is in it, so it is an upper limit.
    """
    made = (service.deposited - service.authentication).sum(axis=1)
    return np.asarray(np.maximum(service.stores.initial + made - service.stores.reserve, 0), dtype=np.float64)


def links(backbone: Backbone) -> Table:
    """One row per link: what it is, what it made, and what became of that."""
    layout, service = backbone.layout, backbone.service
    network, total = layout.network, _totals(service)
    return Table(
        {
            "link": list(network.links),
            "node_a": [network.nodes[node] for node in network.ends[:, 0]],
            "node_b": [network.nodes[node] for node in network.ends[:, 1]],
            "kind": [kind(backbone, link) for link in range(len(network.links))],
            "chain": [layout.chain(link) for link in range(len(network.links))],
            **_physics(backbone),
            "key_rate_bps": (total["deposited"] - total["authentication"]) / backbone.end,
            "initial_bits": service.stores.initial,
            **{f"{name}_bits": bits for name, bits in total.items()},
            "level_bits": service.level[:, -1],
            "stranded_bits": service.stranded,
            "utilisation": service.utilisation,
            "no_signal_s": backbone.dark,
            "worth": backbone.optimum.link_worth,
        }
    )


def _totals(service: Service) -> dict[str, Ints]:
    names = ("deposited", "authentication", "spilled", "expired", "relayed")
    return {name: getattr(service, name).sum(axis=1) for name in names}


def kind(backbone: Backbone, link: int) -> str:
    """What a link is, in a word."""
    if backbone.layout.by_satellite[link]:
        return "satellite"
    return "measured" if isinstance(backbone.layout.entry[link], MeasuredLink) else "fibre"


def _physics(backbone: Backbone) -> dict[str, list[Any]]:
    """Of the fibres: length, loss, the settings that were counted, error rate and PLOB bound; nothing for others."""
    fibres, span = backbone.fibres, backbone.layout.span.tolist()
    if fibres is None:
        return {name: [None] * len(span) for name in _OF_FIBRES}
    columns = {
        "length_km": [one.length / 1e3 for one in fibres.spans],
        "loss_db": db(fibres.transmittance),
        "intensities": [_spaced(mu) for mu in fibres.settings.intensities],
        "probabilities": [_spaced(part) for part in fibres.settings.probabilities],
        "key_basis_probability": fibres.settings.key_basis_probability,
        "qber": fibres.qber,
        "plob_bps": fibres.capacity / np.array([one.block for one in fibres.spans]),
    }
    return {name: [values[at] if at >= 0 else None for at in span] for name, values in columns.items()}


_OF_FIBRES = ("length_km", "loss_db", "intensities", "probabilities", "key_basis_probability", "qber", "plob_bps")


def _spaced(values: Floats) -> str:
    return " ".join(f"{value:.4g}" for value in values)


def nodes(backbone: Backbone) -> Table:
    """One row per node: what it is, and how much key of others it could read."""
    layout, service = backbone.layout, backbone.service
    degrees = np.degrees(layout.position)
    return Table(
        {
            "node": list(layout.network.nodes),
            "kind": [kind.value for kind in layout.kind],
            "latitude_deg": degrees[:, 0],
            "longitude_deg": degrees[:, 1],
            "place_assumed": layout.assumed,
            "exposure_bits": service.exposure,
            "shares_seen_bits": service.shares_seen,
        }
    )


def failures(backbone: Backbone) -> Table:
    """One row for each node or link that is lost, and each demand: what it still gets."""
    network, lost = backbone.layout.network, backbone.failures
    names = [*(("node", name) for name in network.nodes), *(("link", name) for name in network.links)]
    served = np.concatenate([lost.without_node, lost.without_link])
    before = lost.served
    a, b = (np.array(network.nodes)[backbone.demands.pairs[:, side]] for side in (0, 1))
    rows = [(what, name, demand) for what, name in names for demand in range(len(before))]
    flat, place = served.reshape(-1), [demand for _, _, demand in rows]
    return Table(
        {
            "lost": [name for _, name, _ in rows],
            "what": [what for what, _, _ in rows],
            "node_a": a[place],
            "node_b": b[place],
            "secret_bits": flat,
            "change_bits": flat - before[place],
        }
    )


def is_relay(backbone: Backbone, node: int) -> bool:
    """Whether a node is one of a chain's, without a name that anybody gave it."""
    return backbone.layout.kind[node] is NodeKind.RELAY


def chains(backbone: Backbone) -> Table:
    """The links for the eye: a chain's spans in one row, by the one that gives least, of equal ones the busiest."""
    whole = links(backbone)
    groups: dict[str, list[int]] = {}
    for row, (name, chain) in enumerate(zip(whole.columns["link"], whole.columns["chain"], strict=True)):
        groups.setdefault(chain or name, []).append(row)
    weakest = np.lexsort((-np.asarray(whole.columns["relayed_bits"]), np.asarray(whole.columns["key_rate_bps"])))
    place = np.argsort(weakest)
    least = [min(rows, key=lambda row: int(place[row])) for rows in groups.values()]
    chosen = {name: [whole.columns[name][row] for row in least] for name in _SHOWN}
    return Table({"link": list(groups), "spans": [len(rows) for rows in groups.values()], **chosen})


_SHOWN = ("kind", "length_km", "loss_db", "qber", "key_rate_bps", "relayed_bits", "spilled_bits", "level_bits",
          "stranded_bits", "utilisation", "worth")  # fmt: skip
