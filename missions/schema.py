"""The JSON schema of a scenario file, with what exists in the file only, for editors and other programs."""

from __future__ import annotations

from typing import Any

from ground import catalogue
from missions.entries import PAYLOAD
from missions.errors import DEFAULTED
from missions.resolve import ORBIT_FILES
from missions.scenario import Scenario
from orbits import Constellation

Schema = dict[str, Any]
_MODELS = {"stations": "GroundStation", "satellites": "Spacecraft", "fibres": "FibreLink", "backbones": "Backbone"}


def schema() -> Schema:
    """Every table, ``use``, ``[defaults]``, ``[[constellations]]`` and orbits in files included."""
    full = Scenario.model_json_schema()
    parts = full["$defs"]
    own = {name: parts[name].pop("required", []) for name in _MODELS.values()}
    parts["GroundStation"]["properties"]["use"] = _use()
    parts["Constellation"] = _constellation(parts)
    for key in ORBIT_FILES:
        _or_file(parts["Spacecraft"]["properties"][key])
    for name in ("FibreLink", "Backbone"):
        parts[name]["required"] = [key for key in own[name] if key not in ("source", "detector")]
    full["properties"]["constellations"] = {"type": "array", "items": {"$ref": "#/$defs/Constellation"}}
    full["properties"]["defaults"] = _defaults(parts)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **full}


def _use() -> Schema:
    return {"type": "string", "enum": sorted(catalogue()), "description": "start from the catalogue's place"}


def _or_file(field: Schema) -> None:
    """A description of an orbit may be the path of a file that holds it."""
    options = field.setdefault("anyOf", [])
    options.insert(0, {"type": "string", "description": "path of a file, from the scenario file's folder"})


def _constellation(parts: Schema) -> Schema:
    """A Walker pattern with the payload of its satellites."""
    pattern = Constellation.model_json_schema()
    payload = parts["Spacecraft"]["properties"]
    pattern["properties"] |= {name: payload[name] for name in PAYLOAD}
    return {name: pattern[name] for name in ("type", "additionalProperties", "required", "properties", "description")}


def _defaults(parts: Schema) -> Schema:
    """What every entry has unless it says otherwise: any of its fields, none required."""
    tables = {singular: _MODELS[plural] for plural, singular in reversed(DEFAULTED.items()) if plural in _MODELS}
    for model in tables.values():
        parts[f"{model}Defaults"] = {**parts[model], "required": [], "title": f"{model}Defaults"}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key: {"$ref": f"#/$defs/{model}Defaults"} for key, model in tables.items()},
    }
