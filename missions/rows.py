"""The tables of a budget: SI inside, named units on the way out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ground import catalogue
from missions.tables import Table
from orbits import iso
from si import db

if TYPE_CHECKING:
    from keys import LedgerEntry
    from missions.budget import Budget
    from missions.scenario import Scenario

DEG = 180.0 / math.pi


def passes(budget: Budget) -> Table:
    """One row per pass, in order of rise."""
    links, counts, served = budget.links, budget.counts, budget.served
    return Table(
        {
            **budget.all_passes.columns(),
            "contact_s": links.contact_time,
            "selected": served,
            "reason": reasons(budget),
            "min_loss_db": db(links.best_transmittance),
            "mean_loss_db": db(links.mean_transmittance),
            "detections": _when(served, _whole(counts.detections)),
            "sifted_bits": _when(served, _whole(counts.sifted)),
            "sifted_signal_bits": _when(served, _whole(counts.sifted_signal)),
            "qber": _when(served, counts.qber),
            "secret_bits": budget.secret_bits,
            "block": [int(block) if block >= 0 else None for block in budget.block],
            "outcome": outcomes(budget),
            "clear_sky": _in_weather(budget, budget.clear),
            "expected_secret_bits": _in_weather(budget, budget.expected_bits),
        }
    )


def _in_weather(budget: Budget, values: Any) -> list[Any]:
    """The values where the scenario states weather; nothing where the sky is taken as clear."""
    return np.asarray(values).tolist() if budget.scenario.has_weather else [None] * len(values)


def _when(condition: NDArray[np.bool_], values: Any) -> list[Any]:
    """The values where they mean something, nothing elsewhere."""
    return [value if used else None for used, value in zip(condition, np.asarray(values).tolist(), strict=True)]


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.round(values).astype(np.int64)


def reasons(budget: Budget) -> list[str]:
    """Why each pass was not used; empty where it was."""
    found = budget.all_passes
    sun = found.sun_elevation * DEG
    limit = [station.max_sun_elevation for station in found.stations]
    texts = []
    for row, served in enumerate(budget.served):
        taken = budget.taken_by[row]
        if served:
            texts.append("")
        elif taken >= 0:
            texts.append(_competitor(budget, row, int(taken)))
        elif limit[found.station[row]] is not None and found.sun_elevation[row] > (limit[found.station[row]] or 0.0):
            texts.append(f"sun at {sun[row]:.1f} deg")
        else:
            texts.append(f"never nearer than {found.min_range[row] / 1e3:.0f} km")
    return texts


def _competitor(budget: Budget, row: int, taken: int) -> str:
    found = budget.all_passes
    if found.satellite[row] == found.satellite[taken]:
        return f"satellite served {found.stations[found.station[taken]].name}"
    return f"station served {found.satellites[found.satellite[taken]].name}"


def outcomes(budget: Budget) -> list[str]:
    """What the finite-key analysis said of the block that each pass is in; empty for passes not used."""
    sentences = [outcome.value for outcome in budget.keys.outcome]
    return [sentences[block] if block >= 0 else "" for block in budget.block]


def stations(budget: Budget) -> Table:
    """One row per ground station. Percentiles over the weather are empty where the sky is taken as clear."""
    found, served = budget.all_passes, budget.served
    size = len(found.stations)

    def total(values: Any, rows: Any = slice(None)) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = np.bincount(found.station[rows], np.asarray(values, float)[rows], size).astype(
            float
        )
        return sums

    return Table(
        {
            "station": [station.name for station in found.stations],
            "passes": np.bincount(found.station, minlength=size),
            "selected_passes": np.bincount(found.station[served], minlength=size),
            "contact_time_s": total(budget.links.contact_time, served),
            "detections": _whole(total(budget.counts.detections, served)),
            "sifted_bits": _whole(total(budget.counts.sifted, served)),
            "secret_bits": total(budget.secret_bits).astype(np.int64),
            **{f"secret_bits_p{percent}": bits for percent, bits in _percentiles(budget, size).items()},
            "expected_secret_bits": _in_weather(budget, total(budget.expected_bits)),
        }
    )


PERCENTS = (10, 50, 90)


def _percentiles(budget: Budget, size: int) -> dict[int, Any]:
    """Secret bits of each station that so many percent of the weathers do not exceed."""
    weathers = budget.weathers
    if weathers is None:
        return {percent: [None] * size for percent in PERCENTS}
    return {percent: weathers.percentile(percent) for percent in PERCENTS}


def blocks(budget: Budget) -> Table:
    """One row per finite-key block: the passes it pools, its counts, bounds, epsilons and key."""
    first = _first_pass(budget)
    keys = {name: np.broadcast_to(np.asarray(column), len(first)) for name, column in budget.keys.columns().items()}
    found = budget.all_passes
    members = np.bincount(budget.block[budget.served], minlength=len(first))
    return Table(
        {
            "block": np.arange(len(first)),
            "satellite": [found.satellites[index].name for index in found.satellite[first]],
            "station": [found.stations[index].name for index in found.station[first]],
            "passes": members,
            "first_culmination_utc": iso(found.culmination[first]),
            **keys,
        }
    )


def catalogue_table() -> Table:
    """The catalogue of optical ground stations."""
    sites = [site for _, site in sorted(catalogue().items())]
    return Table(
        {
            "station": [site.station.name for site in sites],
            "latitude_deg": [site.station.latitude * DEG for site in sites],
            "longitude_deg": [site.station.longitude * DEG for site in sites],
            "altitude_m": [site.station.altitude for site in sites],
            "what": [site.title for site in sites],
            "source": [site.source for site in sites],
        }
    )


def main_columns(table: Table) -> Table:
    """The columns of the block table that fit a terminal."""
    names = (
        "station",
        "first_culmination_utc",
        "passes",
        "sifted_bits",
        "qber",
        "key_phase_error",
        "secret_bits",
        "outcome",
    )
    return Table({name: table.columns[name] for name in names})


def _first_pass(budget: Budget) -> NDArray[np.int64]:
    """The first pass of each block; blocks are numbered in that order."""
    rows = np.flatnonzero(budget.block >= 0)
    _, first = np.unique(budget.block[rows], return_index=True)
    return rows[first]


def security(budget: Budget) -> dict[str, Any]:
    """Proof, bound, the epsilon ledger of a block, and what is an approximation; no proof for rates that are stated."""
    rule, parts, approximations = budget.scenario.security, *_proven(budget)
    if not parts:
        return {"proof": None, "bound": None, "block": None, "epsilon": {}, "ledger": [], "approximations": []}
    kinds = ("secrecy", "correctness", "authentication")
    return {
        "proof": rule.proof,
        "bound": rule.bound,
        "block": rule.block if budget.scenario.satellites else "fibre",
        "epsilon": {kind: sum(entry.epsilon for entry in parts if entry.kind == kind) for kind in kinds},
        "ledger": [vars(entry) for entry in parts],
        "approximations": list(approximations),
    }


def _proven(budget: Budget) -> tuple[Sequence[LedgerEntry], Sequence[str]]:
    """The ledger and the approximations of the passes' blocks or, without satellites, of the fibres'."""
    if budget.scenario.satellites:
        return budget.keys.ledger, budget.keys.approximations
    fibres = budget.backbone.fibres if budget.backbone else None
    return (fibres.ledger, fibres.approximations) if fibres else ((), ())


def claim(budget: Budget) -> str:
    """What the word secret stands for here, in one line."""
    scenario, rule = budget.scenario, budget.scenario.security
    stated = "rates of [[links]] are as stated, nothing here says how they were proven" if scenario.links else ""
    if not (scenario.satellites or scenario.fibres or scenario.backbones):
        return stated
    blocks = [f"a {rule.block}" if rule.block != "mission" else "the mission"] if scenario.satellites else []
    blocks += ["the fibres' time"] if scenario.fibres or scenario.backbones else []
    weather = "; mean and percentiles over the weather" if scenario.has_weather else ""
    sky = [f"passes under a clear sky{weather}"] if scenario.satellites else []
    proof = (
        f"composable finite key, {rule.proof} with {rule.bound} bounds, blocks of {' and of '.join(blocks)}, "
        f"secrecy {rule.secrecy:g}, correctness {rule.correctness:g} each"
    )
    return "; ".join([proof, *sky, *([stated] if stated else [])])


ORDERS = {
    "total": "most key first",
    "proportional": "the station that gains most in proportion first",
    "max-min": "the station with the least key first",
}
"""What the schedule's objectives mean, in words."""


ROUTES = {"widest": "widest at every step", "kept": "widest, kept as long as it gives key"}
"""What the rules of routing mean, in words."""


def _sky(scenario: Scenario) -> str:
    if not scenario.has_weather:
        return "clear at every station; the scenario states no weather"
    silent = [station.name for station in scenario.stations if station.weather is None]
    more = f"; always clear over {', '.join(silent)}, which state none" if silent else ""
    return f"secret bits are those under a clear sky, expected ones times its monthly probability{more}"


def assumptions(budget: Budget) -> list[tuple[str, str, str]]:
    """(what, value, observed | derived | assumed) for what the result rests on beside the scenario's own numbers."""
    return [*_of_the_sky(budget.scenario), *_of_the_network(budget.scenario)]


def _of_the_network(scenario: Scenario) -> list[tuple[str, str, str]]:
    if not scenario.has_network:
        return []
    rule = scenario.stores.routes if scenario.stores else "widest"
    when = "when its last pass has set" + (", as its mean over the weather" if scenario.has_weather else "")
    return [
        ("satellites' key", f"a block's key is in store {when}", "derived"),
        ("fibres' key", "a block's key is in store at its end; post-processing takes no time of its own", "assumed"),
        ("relay", "one-time pad on every hop; stores have no direction; oldest key first; key due in a step is served "
         "at its end, or lost", "assumed"),
        ("routes", f"fewest hops, then {ROUTES[rule]}; by priority, then in the order of the scenario", "assumed"),
    ]  # fmt: skip


def _orbits(scenario: Scenario) -> list[tuple[str, str, str]]:
    """Where each orbit comes from: measured elements, a table of states, or a design."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for satellite in scenario.satellites:
        if satellite.tle is not None or satellite.omm is not None:
            kind = "SGP4 from measured elements", "derived"
        elif satellite.oem is not None:
            kind = "a table of states", "derived"
        else:
            kind = "SGP4 from a design, without drag", "assumed"
        kinds.setdefault(kind, []).append(satellite.name)
    return [("orbit", f"{how}: {_some(names)}", status) for (how, status), names in kinds.items()]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _of_the_sky(scenario: Scenario) -> list[tuple[str, str, str]]:
    if not scenario.satellites:
        return []
    terminals = [one.terminals for one in scenario.satellites] + [one.terminals for one in scenario.stations]
    one = "one transmitter per satellite, one telescope per station"
    several = "as many terminals as stated" if max(terminals) > 1 else one
    return [
        *_orbits(scenario),
        ("Earth's orientation", "IERS tables", "observed"),
        ("elevation", "geometric, WGS84, without refraction", "derived"),
        ("sky", _sky(scenario), "assumed"),
        ("link sampling", f"every {scenario.mission.step:g} s along each pass", "derived"),
        ("contention", f"{several}; {ORDERS[scenario.objective]}", "assumed"),
        ("slew", f"{max(satellite.slew for satellite in scenario.satellites):g} s between two partners", "assumed"),
        ("counts", "expected values; a real pass scatters around them by its photon statistics", "derived"),
    ]
