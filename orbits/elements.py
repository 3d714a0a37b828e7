"""A satellite as the user describes it: exactly one description of its orbit."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orbits.mean import MeanElements
from orbits.tle import parse
from si import Length


def _valid_lines(lines: tuple[str, str]) -> tuple[str, str]:
    parse(lines)
    return lines[0].rstrip(), lines[1].rstrip()


class Satellite(BaseModel):
    """A satellite: its name, one description of its orbit, and its own limits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    tle: Annotated[tuple[str, str], AfterValidator(_valid_lines)] | None = None
    """Two lines of 69 columns; checked by column, checksum and range."""
    max_range: Length | None = Field(default=None, gt=0)
    """The satellite sends to no station farther away; by default there is no such limit."""

    @model_validator(mode="after")
    def _one_description(self) -> Satellite:
        if self.tle is None:
            raise ValueError("no orbit given; describe it by tle")
        return self

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements of the orbit."""
        assert self.tle is not None
        return parse(self.tle)
