"""What is left when a node is lost, and what a node could read: tables in which the relays of a chain share a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from missions.network import tables
from missions.report.served import CIPHERS, amount, span
from missions.report.words import bits, frame

if TYPE_CHECKING:
    from missions.network.backbone import Backbone


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
    return f"{f' {whole}' if whole else ''}{span(backbone.end / tables.DAY)}"


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


def exposure(backbone: Backbone) -> dict[str, Any]:
    """Key of others that trusted nodes could read; relays of a chain with equal exposure in one row."""
    rows: dict[tuple[str, int, int], list[str]] = {}
    seen, shares = backbone.service.exposure.tolist(), backbone.service.shares_seen.tolist()
    for node, name in enumerate(backbone.layout.network.nodes):
        if seen[node] or shares[node]:
            rows.setdefault((_group(backbone, node), seen[node], shares[node]), []).append(name)
    content = [(_label(group, members), bits(read), bits(part)) for (group, read, part), members in rows.items()]
    return frame(("node", "read in clear", "XOR shares"), content, numeric=("read in clear", "XOR shares"))
