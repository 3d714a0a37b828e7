"""Tables as they leave the program: columns whose names end in their unit, written with a fixed number of digits."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

# Digits after the point by the column's unit: finer than any model behind the number, and the same on every machine.
_DIGITS = {"_deg": 4, "_km": 4, "_db": 4, "_s": 3, "_d": 4, "qber": 6, "_bits": 1, "detections": 1, "_rad": 9}


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length, in order."""

    columns: Mapping[str, Sequence[Any] | NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def records(self) -> list[dict[str, Any]]:
        """One dict per row, of plain Python values; what is not a finite number is None."""
        plain = [[_plain(name, value) for value in column] for name, column in self.columns.items()]
        return [dict(zip(self.columns, row, strict=True)) for row in zip(*plain, strict=True)]

    def to_csv(self) -> str:
        """RFC 4180 text with Unix line ends; None and nan are empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([_spell(value) for value in row.values()] for row in self.records())
        return text.getvalue()

    def to_frame(self) -> pd.DataFrame:
        """The table for pandas."""
        import pandas as pd

        return pd.DataFrame(self.records(), columns=list(self.columns))


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    digits = next((digits for suffix, digits in _DIGITS.items() if name.endswith(suffix)), None)
    return float(f"{value:.12g}") if digits is None else round(value, digits)


def _spell(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
