"""Missions: scenarios in, key budgets out.

``run(load("micius-2016"))`` is the whole road; `skykey run` is the same from the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from missions.budget import Budget as Budget
    from missions.errors import InputError as InputError
    from missions.scenario import Scenario as Scenario
    from missions.scenario import built_in as built_in
    from missions.scenario import load as load
    from missions.simulate import run as run

_HOME = {"Budget": "budget", "InputError": "errors", "Scenario": "scenario", "built_in": "scenario", "load": "scenario"}
_HOME |= {"run": "simulate"}
__all__ = ["Budget", "InputError", "Scenario", "built_in", "load", "run"]


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``skykey --help`` need not wait for the physics."""
    if name in _HOME:
        return getattr(import_module(f"missions.{_HOME[name]}"), name)
    raise AttributeError(f"module 'missions' has no attribute {name!r}")
