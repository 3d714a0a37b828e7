"""Which of the passes that compete for a terminal are served.

Satellites have quantum transmitters and stations have telescopes, one each unless told otherwise; turning to another
partner takes the slew time.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from links.channel import Floats, Ints
from missions.planning.contacts import Bools, Contacts, conflicts
from missions.planning.turns import ORDERS, in_turn

Objective = Literal["total", "proportional", "max-min"]


class Schedule(BaseModel):
    """What the schedule is to bring about."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: Objective = "proportional"
    """`total`: most key, whoever gets it. `proportional`: most of the sum of the logarithms of the stations' keys, so
    that a gain for one outweighs a loss of another when it is greater in proportion. `max-min`: the station that has
    least chooses first."""


def choose(contacts: Contacts, value: Floats, objective: Objective = "total") -> tuple[Bools, Ints]:
    """Serve contacts in the order of the objective, each unless a terminal that it needs is held.

    `value` (passes,) is the expected key of each pass, which must not be negative. Returns which are served, and for
    each pass the row of the pass that took its terminal (the last one, where there are several; -1: none did). Ties go
    to the earlier row. Greedy: no proof of optimality, `prospect` has the bound.
    """
    several = any(np.any(np.asarray(many) > 1) for many in _terminals(contacts))
    if objective == "total" and not several:
        return _rounds(contacts, value)
    return in_turn(contacts, value, ORDERS[objective])


def _terminals(contacts: Contacts) -> list[Ints]:
    return [many for many in (contacts.satellite_terminals, contacts.station_terminals) if many is not None]


def _rounds(contacts: Contacts, value: Floats) -> tuple[Bools, Ints]:
    """Most valuable contact first, where each terminal is the only one of its kind.

    Every round serves all contacts that beat every open competitor, which gives the same as going one by one.
    """
    first, second = conflicts(contacts)
    rank = np.empty(len(value), dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = np.arange(len(value))
    beaten = np.where(rank[first] < rank[second], second, first)
    winner = first + second - beaten
    open_, served = contacts.usable, np.zeros(len(value), dtype=bool)
    taken_by = np.full(len(value), -1)
    while open_.any():
        live = open_[winner] & open_[beaten]
        now = open_.copy()
        now[beaten[live]] = False
        served |= now
        lost = live & now[winner]
        taken_by[beaten[lost]] = winner[lost]
        open_ &= ~now
        open_[beaten[lost]] = False
    return served, taken_by
