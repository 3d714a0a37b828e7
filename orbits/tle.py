"""Two-line elements, read strictly: SGP4's own reader accepts wrong columns, checksums and ranges without a word.

Format: D. A. Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753 (2006), and Space-Track's Alpha-5.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from orbits.mean import MeanElements, utc_of_day

_LINE_1 = re.compile(
    r"1 (?P<number>[ 0-9A-HJ-NP-Z][ 0-9]{4})[UCTS ] (?P<designator>.{8}) "
    r"(?P<year>[ \d]\d)(?P<day>[ \d]{2}\d\.[ \d]{8}) [ +-]\.\d{8} [ +-][ \d]{5}[ +-]\d "
    r"(?P<bstar>[ +-][ \d]{5}[ +-]\d) [ \d] [ \d]{4}\d"
)
_LINE_2 = re.compile(
    r"2 (?P<number>[ 0-9A-HJ-NP-Z][ 0-9]{4}) (?P<inclination>[ \d]{3}\.\d{4}) (?P<node>[ \d]{3}\.\d{4}) "
    r"(?P<eccentricity>\d{7}) (?P<perigee>[ \d]{3}\.\d{4}) (?P<anomaly>[ \d]{3}\.\d{4}) "
    r"(?P<motion>[ \d]{2}\.\d{8})[ \d]{5}\d"
)
_LENGTH = 69
_ALPHA_5 = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Leading character of a catalogue number, worth its place: A is 10; I and O are left out."""


def checksum(line: str) -> int:
    """The last digit that a line of elements should have: digits add up, a minus counts one, modulo 10."""
    return sum(int(c) if c.isdigit() else c == "-" for c in line[: _LENGTH - 1]) % 10


def catalogue_number(text: str) -> int:
    """A five-column catalogue number, Alpha-5 included: ``"A0001"`` is 100001."""
    text = text.replace(" ", "0")
    return _ALPHA_5.index(text[0]) * 10_000 + int(text[1:])


def parse(lines: tuple[str, str]) -> MeanElements:
    """Elements of two lines; ValueError says which line is wrong, what was found and what is allowed."""
    one, two = _lines(lines)
    numbers = [catalogue_number(line["number"]) for line in (one, two)]
    if numbers[0] != numbers[1]:
        raise ValueError(f"the lines belong to different satellites: {numbers[0]} and {numbers[1]}")
    return MeanElements(
        epoch=_epoch(one),
        inclination=_number(two, "inclination"),
        node=_number(two, "node"),
        eccentricity=float(f"0.{two['eccentricity']}"),
        perigee=_number(two, "perigee"),
        anomaly=_number(two, "anomaly"),
        motion=_number(two, "motion"),
        drag=_power(one["bstar"]),
        number=numbers[0],
    )


def _lines(lines: tuple[str, str]) -> tuple[re.Match[str], re.Match[str]]:
    if lines[0].startswith("2 ") and lines[1].startswith("1 "):
        raise ValueError("the two lines are swapped: the line that starts with 1 comes first")
    return _line(lines[0], 1, _LINE_1), _line(lines[1], 2, _LINE_2)


def _line(line: str, number: int, layout: re.Pattern[str]) -> re.Match[str]:
    line = line.rstrip()
    if not line.startswith(f"{number} "):
        raise ValueError(f'line {number} starts with "{line[:2]}", it must start with "{number} "')
    if len(line) != _LENGTH:
        raise ValueError(f"line {number} has {len(line)} columns, it must have {_LENGTH}; copy it whole")
    if not line[-1].isdigit() or int(line[-1]) != checksum(line):
        raise ValueError(
            f"line {number} ends in {line[-1]}, its checksum is {checksum(line)}: a character was changed; copy it"
        )
    found = layout.fullmatch(line)
    if not found:
        raise ValueError(f'line {number}: "{line}" is not laid out in the columns of two-line elements; copy it again')
    return found


def _number(line: re.Match[str], name: str) -> float:
    return float(line[name].strip())


def _power(text: str) -> float:
    """``" 18801-4"`` is 0.18801e-4."""
    sign = -1.0 if text[0] == "-" else 1.0
    return sign * float(f"0.{text[1:6].strip() or 0}e{text[6:].replace(' ', '+')}")


def _epoch(line: re.Match[str]) -> float:
    """Two digits of the year: 57 to 99 are 1957 to 1999."""
    year = int(line["year"])
    return utc_of_day(year + (1900 if year >= 57 else 2000), float(line["day"].replace(" ", "")))


def read(text: str, satellite: Callable[..., Any]) -> tuple[Any, ...]:
    """Every satellite of a file of two- or three-line elements, as ``satellite(name=..., tle=...)``."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found, name = [], ""
    rows = iter(lines)
    for line in rows:
        if not re.match(r"[12] [ 0-9A-Z][ 0-9]{4}", line):
            name = line.removeprefix("0 ").strip()
            continue
        pair = (line, next(rows, ""))
        found.append(satellite(name=name or _fallback_name(pair), tle=pair))
        name = ""
    if not found:
        raise ValueError("no two-line elements found: a set is a line that starts with 1 and one that starts with 2")
    return tuple(found)


def _fallback_name(lines: tuple[str, str]) -> str:
    return str(parse(lines).number)
