"""Orbit Mean-Elements Messages (CCSDS 502.0-B-3) as JSON, XML, CSV and key-value notation; any catalogue number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from orbits.mean import MeanElements, utc_of

_DAY_OF_YEAR = re.compile(r"(\d{4})-(\d{3})(T.*)")


def _epoch(value: object) -> datetime:
    """An epoch of the standard: UTC without a zone, calendar day or day of the year."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    text = str(value).strip()
    ordinal = _DAY_OF_YEAR.fullmatch(text)
    try:
        if ordinal:
            date = datetime.strptime(f"{ordinal[1]} {ordinal[2]}", "%Y %j").date()  # noqa: DTZ007
            text = f"{date}{ordinal[3]}"
        when = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an epoch; write it like 2016-12-19T13:39:33.153408') from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _one_of(*allowed: str) -> AfterValidator:
    def check(value: str) -> str:
        if value.strip().upper() not in allowed:
            raise ValueError(f'"{value}" cannot be used; allowed is {" or ".join(allowed)}')
        return value

    return AfterValidator(check)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


Number = Annotated[float, AfterValidator(_finite)]


class OMM(BaseModel):
    """One message, its fields named as in the standard (degrees, revolutions per day, UTC).

    Fields that say nothing about the orbit are left aside: providers add their own.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, defer_build=True)

    object_name: str = Field(default="", alias="OBJECT_NAME")
    norad_cat_id: int = Field(default=0, alias="NORAD_CAT_ID", ge=0)
    """Any number: it does not pass through SGP4."""
    center_name: Annotated[str, _one_of("EARTH")] = Field(default="EARTH", alias="CENTER_NAME")
    ref_frame: Annotated[str, _one_of("TEME")] = Field(default="TEME", alias="REF_FRAME")
    time_system: Annotated[str, _one_of("UTC")] = Field(default="UTC", alias="TIME_SYSTEM")
    mean_element_theory: Annotated[str, _one_of("SGP4", "SGP/SGP4")] = Field(
        default="SGP4", alias="MEAN_ELEMENT_THEORY"
    )
    epoch: Annotated[datetime, BeforeValidator(_epoch)] = Field(alias="EPOCH")
    mean_motion: Number = Field(alias="MEAN_MOTION")
    eccentricity: Number = Field(alias="ECCENTRICITY")
    inclination: Number = Field(alias="INCLINATION")
    ra_of_asc_node: Number = Field(alias="RA_OF_ASC_NODE")
    arg_of_pericenter: Number = Field(alias="ARG_OF_PERICENTER")
    mean_anomaly: Number = Field(alias="MEAN_ANOMALY")
    bstar: Number = Field(default=0.0, alias="BSTAR")

    def mean_elements(self) -> MeanElements:
        """SGP4's mean elements; ValueError for a number that no orbit has."""
        return MeanElements(
            epoch=utc_of(self.epoch),
            inclination=self.inclination,
            node=self.ra_of_asc_node,
            eccentricity=self.eccentricity,
            perigee=self.arg_of_pericenter,
            anomaly=self.mean_anomaly,
            motion=self.mean_motion,
            drag=self.bstar,
            number=self.norad_cat_id,
        )


def read_json(text: str) -> list[dict[str, Any]]:
    """Messages of a JSON array, or a single one."""
    import json

    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None
    return list(found) if isinstance(found, list) else [found]


def read_csv(text: str) -> list[dict[str, Any]]:
    """Messages of a table whose first row names the fields; empty cells are left out."""
    import csv
    import io

    return [{name: value for name, value in row.items() if value} for row in csv.DictReader(io.StringIO(text))]


def read_xml(text: str) -> list[dict[str, Any]]:
    """Messages of an NDM/XML document: one `omm` element each. Documents that define entities are refused."""
    from xml.etree import ElementTree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("an OMM in XML has no DOCTYPE and defines no entities; remove them")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"not XML: {error}") from None
    messages = [one for one in root.iter() if _plain(one.tag).lower() == "omm"]
    return [{_plain(leaf.tag): leaf.text.strip() for leaf in one.iter() if leaf.text} for one in messages]


def _plain(tag: str) -> str:
    return tag.rpartition("}")[2]


def read_kvn(text: str) -> list[dict[str, Any]]:
    """Messages in key-value notation, each beginning with its CCSDS_OMM_VERS."""
    return list(_messages(text))


def _messages(text: str) -> Iterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or name.startswith("COMMENT"):
            continue
        if name == "CCSDS_OMM_VERS" and fields:
            yield fields
            fields = {}
        fields[name] = re.sub(r"\s*\[[^\]]*\]\s*$", "", value).strip()
    if fields:
        yield fields


def satellites(messages: list[dict[str, Any]], satellite: Callable[..., Any]) -> tuple[Any, ...]:
    """Every message as ``satellite(name=..., omm=...)``, named as it says or by its catalogue number.

    Raises ValueError with one sentence for the first message that is wrong.
    """
    if not messages:
        raise ValueError("no message found: an OMM has at least EPOCH and MEAN_MOTION")
    return tuple(_satellite(message, satellite) for message in messages)


def _satellite(message: Any, satellite: Callable[..., Any]) -> Any:
    if not isinstance(message, dict):
        raise ValueError(f"found {message!r} where a message must be: a table of EPOCH, MEAN_MOTION and so on")
    name = message.get("OBJECT_NAME") or str(message.get("NORAD_CAT_ID", "unnamed"))
    try:
        return satellite(name=name, omm=message)
    except ValidationError as error:
        wrong = [f"{detail['loc'][-1]}: {_reason(detail)}" for detail in error.errors(include_url=False)]
        raise ValueError(f"the message of {name} is wrong: {', '.join(wrong)}") from None


def _reason(detail: Any) -> str:
    reason = "missing" if detail["type"] == "missing" else str(detail["msg"])
    return reason.removeprefix("Value error, ").removeprefix("Input ")
