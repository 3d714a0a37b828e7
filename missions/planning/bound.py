"""What no schedule can exceed, and what competition costs each station."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from links.channel import Floats, Ints
from missions.planning.contacts import Bools, Contacts, Line, held, lines

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Prospect:
    """Expected key of a schedule beside its limits, in the unit of the values."""

    got: Floats
    """By the schedule, (stations,)."""
    alone: Floats
    """What each station would get if it had the satellites for itself, (stations,)."""
    bound: float
    """No schedule gives all stations together more."""

    @property
    def gap(self) -> float:
        """The part of the bound that the schedule leaves: what greed loses, and what fairness costs."""
        return max(0.0, 1.0 - float(self.got.sum()) / self.bound) if self.bound > 0 else 0.0


def prospect(contacts: Contacts, value: Floats, served: Bools, stations: int) -> Prospect:
    """What a schedule gives each of the `stations`, what each would get alone, and the bound of the total.

    `value` (passes,) is the expected key and `served` (passes,) the schedule. The limits are two linear programs: 0.3 s
    for 22,000 passes. A station alone competes with nobody but itself: its own passes for its own telescopes.
    """

    def by_station(values: Floats) -> Floats:
        return np.bincount(contacts.station, values, stations).astype(np.float64)

    bound = float(value @ relaxed(contacts, value))
    alone = by_station(value * relaxed(_each_its_own_satellites(contacts, stations), value))
    return Prospect(by_station(value * served), alone, bound)


def _each_its_own_satellites(contacts: Contacts, stations: int) -> Contacts:
    many = contacts.satellite_terminals
    return replace(
        contacts,
        satellite=contacts.satellite * stations + contacts.station,
        satellite_terminals=None if many is None else np.repeat(many, stations),
    )


def relaxed(contacts: Contacts, value: Floats) -> Floats:
    """The part of each contact, (passes,) from 0 to 1, of the most valuable schedule that may serve parts of contacts.

    No schedule of whole contacts is worth more. At no moment may the parts exceed the terminals of a satellite or a
    station: one row for each set of contacts held at once, which bounds far better than one row for each pair.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import vstack

    part = contacts.usable.astype(np.float64)
    rows, terminals = zip(*(cliques(line, len(value)) for line in lines(contacts)), strict=True)
    limit = np.concatenate(terminals)
    if not limit.size or not value.any():
        return part
    # Bits are brought to numbers up to 1: the solver's tolerances are absolute.
    found = milp(
        -value / value.max(), bounds=Bounds(0.0, part), constraints=LinearConstraint(vstack(rows), -np.inf, limit)
    )
    return np.asarray(found.x, dtype=np.float64)


def cliques(line: Line, passes: int) -> tuple[csr_array, Ints]:
    """Rows (sets, passes), 1 for each contact that is held at one place, and the terminals that they share.

    Only sets that are larger than that and not part of another: the last places before a terminal turns away.
    """
    from scipy.sparse import csr_array

    place = np.arange(len(line.row))
    binding = np.isin(place + 1, line.reach) & (line.waiting > line.terminals)
    number = np.cumsum(binding) - 1
    first, later = (np.append(place, pairs) for pairs in held(line))
    first, later = first[binding[later]], later[binding[later]]
    entries = (np.ones(len(first)), (number[later], line.row[first]))
    return csr_array(entries, shape=(np.count_nonzero(binding), passes)), line.terminals[binding]
