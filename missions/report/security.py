"""The report's chapter on security: what "secret" means in this run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from missions import rows
from missions.report.words import frame

if TYPE_CHECKING:
    from missions.budget import Budget


def chapter(budget: Budget) -> dict[str, Any]:
    """Claims, the epsilon ledger of a block, approximations and the trust model, for the template."""
    security, scenario = rows.security(budget), budget.scenario
    trust = "trusted nodes hold every key that they relay; stations, links" if scenario.has_network else "stations"
    if scenario.satellites:
        trust = f"the satellite holds every key it shares (a trusted node); {trust}"
    sentences = [_composable(budget)] if security["ledger"] else []
    if scenario.links:
        sentences.append("Rates of links are as stated in the scenario: nothing here says how that key was proven.")
    return {
        "sentences": sentences,
        "ledger": frame(
            ("kind", "key", "pays for", "epsilon"),
            [(*list(entry.values())[:3], f"{entry['epsilon']:.3g}") for entry in security["ledger"]],
            numeric=("epsilon",),
        ),
        "approximations": security["approximations"],
        "trust": f"Trust model: {trust} and detectors are taken as built as described; side channels of real devices "
        "are excluded.",
    }


def _composable(budget: Budget) -> str:
    rule = budget.scenario.security
    return (
        "Each block's key is composable: indistinguishable from an ideal key except with probability "
        f"{_epsilon(rule.secrecy)} (secrecy) + {_epsilon(rule.correctness)} (correctness). "
        f"Proof {rule.proof}, statistical bound {rule.bound}, error correction at "
        f"{rule.error_correction_efficiency:g} times the Shannon limit or the one-way finite-size limit, whichever is "
        "larger. The epsilons of several blocks add up."
    )


def _epsilon(value: float) -> str:
    return f"{value:.3g}".replace("e-0", "e‑").replace("e-", "e‑")
