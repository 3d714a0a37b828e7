"""What the search asks of a satellite, and the shortest way to one: two lines, without units or pydantic."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from orbits import tle
from orbits.mean import MeanElements

MAX_AGE = 30 * 86400.0
"""s; SGP4 loses 1 to 3 km a day, so that passes are then wrong by about 10 s while a month's total is still right."""


class Orbiter(Protocol):
    """A satellite as the search sees it: `Satellite` is one, `TwoLines` is one, and so is anything else with these."""

    @property
    def name(self) -> str:
        """What the satellite is called."""

    @property
    def oem(self) -> Path | None:
        """The path of a table of states, where it is described by one."""

    @property
    def max_age(self) -> float | None:
        """Age of the elements (s) beyond which a warning is due; None: never."""

    @property
    def max_range(self) -> float | None:
        """m; it is of no use farther away; None: everywhere."""

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements."""

    def age(self, t: float) -> float | None:
        """Seconds between the epoch and `t`; None where the elements were not measured."""


@dataclass(frozen=True)
class TwoLines:
    """A satellite from its two-line elements, in SI: for scripts that are started often, since it imports no pydantic.

    Raises ValueError as `Satellite` does for lines that are not right.
    """

    name: str
    tle: tuple[str, str]
    max_age: float | None = MAX_AGE
    max_range: float | None = None
    oem: ClassVar[None] = None

    def __post_init__(self) -> None:
        """Read the lines, so that a mistake is told where it is made."""
        tle.parse(self.tle)

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements."""
        return tle.parse(self.tle)

    def age(self, t: float) -> float:
        """Seconds between the epoch and `t` (TT seconds since J2000)."""
        return abs(t - self.mean_elements().epoch_t)
