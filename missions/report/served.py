"""How much key each pair of applications is served, and what limits it, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from missions.network import tables
from missions.network.backbone import MEAN
from missions.network.demand import KEY_BITS
from missions.network.optimum import gap
from missions.report.words import bits, share

if TYPE_CHECKING:
    from missions.network.backbone import Backbone


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
    return f"{_counted(secret / max(days, 1.0), use)}{span(days)}"


def span(days: float) -> str:
    """What an amount is of: a day, or all of a mission that is shorter."""
    return f" in {days * 24:.3g} h" if days < 1 else " a day"


def _counted(secret: float, use: str) -> str:
    if use not in CIPHERS:
        return bits(secret)
    keys = secret / KEY_BITS[use]
    return f"{keys:,.{0 if keys >= 1000 else 1}f} {CIPHERS[use]}"


def bound(backbone: Backbone) -> str:
    """Greedy service beside what no schedule exceeds."""
    if not len(backbone.demands):
        return ""
    found = gap(backbone.service.served, backbone.optimum)
    return (
        f"Stores were drawn on greedily: of what was asked, weighted by priority, {share(found.served)} was served. "
        f"With full foresight, and parts of keys allowed, at most {share(found.bound)} could be: a gap of "
        f"{share(found.gap)}. Fairness over the demands (Jain): {backbone.service.jain:.3f}."
    )
