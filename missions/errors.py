"""What a person is told when an input is wrong: where, what was found, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


DEFAULTED = {
    "stations": "station",
    "satellites": "satellite",
    "constellations": "satellite",
    "fibres": "fibre",
    "backbones": "fibre",
}
"""Tables of a scenario whose entries have defaults, and what these are called."""


class InputError(Exception):
    """The input is wrong (exit code 2). The text is the whole message; there is nothing else to read."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """``; did you mean "latitude"?`` or the list of what there is."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else f"; known are {', '.join(known)}"


Loc = tuple[Any, ...]


def sentences(
    error: ValidationError,
    model: type[BaseModel],
    raw: dict[str, Any],
    place: Callable[[Loc], Loc] = tuple,
    skip: Callable[[Loc], bool] = lambda loc: False,
) -> list[str]:
    """One sentence per mistake: path of the field, value found, what is allowed.

    `place` says where in the raw tables the user wrote what the model has at a place; `skip` leaves places out.
    """
    details = [detail for detail in error.errors(include_url=False) if not skip(detail["loc"])]
    return [_sentence(detail, model, raw, place(detail["loc"])) for detail in details]


def _sentence(detail: Any, model: type[BaseModel], raw: dict[str, Any], loc: Loc) -> str:
    path = field_path(loc, raw)
    if detail["type"] == "extra_forbidden":
        return f"{path}: unknown key{suggestion(str(loc[-1]), _fields(model, detail['loc'][:-1]))}"
    if detail["type"] == "missing":
        return f"{path}: missing"
    message = _limit(detail, model) or detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    found = detail["input"]
    shown = "" if _is_table(found) or _is_long(found) else f"found {_spell(found)}; "
    return f"{path}: {shown}{message}" if path else f"{shown}{message}"


BOUNDS = {"greater_than": "gt", "greater_than_equal": "ge", "less_than": "lt", "less_than_equal": "le"}
"""Pydantic's names of a broken limit, and of the limit itself."""


def _limit(detail: Any, model: type[BaseModel]) -> str:
    """A broken limit as the file would write it, with its unit; empty for anything else, and for plain numbers."""
    if detail["type"] not in BOUNDS:
        return ""
    spelled = [part.write for part in _metadata(model, detail["loc"]) if hasattr(part, "write")]
    words = detail["msg"].removeprefix("Input ").rpartition(" ")[0]
    return f"{words} {spelled[0](detail['ctx'][BOUNDS[detail['type']]])}" if spelled else ""


def _metadata(model: Any, loc: Loc) -> list[Any]:
    """What is said of a field beside its type, that of an optional one included."""
    for key in loc[:-1]:
        if isinstance(key, str) and _is_model(model) and key in model.model_fields:
            model = _model_in(model.model_fields[key].annotation)
    field = model.model_fields.get(loc[-1]) if _is_model(model) else None
    if field is None:
        return []
    inner = [part for one in getattr(field.annotation, "__args__", ()) for part in getattr(one, "__metadata__", ())]
    return [*field.metadata, *inner]


def _is_table(found: Any) -> bool:
    return isinstance(found, dict) or hasattr(found, "model_dump")


def _is_long(found: Any) -> bool:
    return isinstance(found, list | tuple) and any(_is_table(item) for item in found)


def _spell(found: Any) -> str:
    """The value as the file spells it."""
    if isinstance(found, str):
        return f'"{found}"'
    if isinstance(found, bool):
        return str(found).lower()
    return found.isoformat() if hasattr(found, "isoformat") else str(found)


def field_path(loc: Sequence[str | int], raw: Any) -> str:
    """``("stations", 0, "altitude")`` as ``stations.Xinglong.altitude``, or in ``defaults`` if it came thence."""
    path, here = [], raw
    for key in loc:
        here = _step(here, key)
        named = isinstance(key, int) and isinstance(here, dict)
        path.append(str(_name(here, key)) if named else str(key))
    return ".".join(_origin(loc, path, raw))


def _step(here: Any, key: str | int) -> Any:
    try:
        return here[key]
    except (KeyError, IndexError, TypeError):
        return None


def _name(table: dict[str, Any], index: int | str) -> Any:
    ends = table.get("between")
    joined = "–".join(map(str, ends)) if isinstance(ends, list | tuple) else None
    return table.get("name") or (None if joined else table.get("use")) or joined or index


def _origin(loc: Sequence[str | int], path: list[str], raw: Any) -> list[str]:
    """A field that only the defaults spell is named there."""
    if len(loc) < 3 or loc[0] not in DEFAULTED:
        return path
    kind = DEFAULTED[str(loc[0])]
    own, default = _walk(raw, loc), _walk(raw, ("defaults", kind, *loc[2:]))
    return ["defaults", kind, *path[2:]] if own is None and default is not None else path


def _walk(here: Any, loc: Sequence[str | int]) -> Any:
    for key in loc:
        here = _step(here, key)
    return here


def _fields(model: Any, loc: Sequence[str | int]) -> list[str]:
    """The fields that the model has at a place."""
    for key in loc:
        if isinstance(key, str) and _is_model(model) and key in model.model_fields:
            model = _model_in(model.model_fields[key].annotation)
    return list(model.model_fields) if _is_model(model) else []


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and hasattr(candidate, "model_fields")


def _model_in(annotation: Any) -> Any:
    """The model inside ``Model``, ``Model | None`` or ``tuple[Model, ...]``."""
    if _is_model(annotation):
        return annotation
    inner = (_model_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in inner if _is_model(model)), None)
