"""Satellites from a file, whatever its format: it is told from the content."""

from __future__ import annotations

from collections.abc import Callable
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from orbits import oem, omm, tle
from orbits.elements import Satellite


def load_satellites(path: Path | str) -> tuple[Satellite, ...]:
    """Every satellite of a file of two- or three-line elements, of OMM (JSON, XML, CSV, KVN), or of an OEM (KVN).

    Raises ValueError, beginning with the file's name, for a file that is none of them or breaks their rules.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _satellites(path, text)
    except (OSError, UnicodeDecodeError, ParseError, JSONDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _satellites(path: Path, text: str) -> tuple[Satellite, ...]:
    head = text.lstrip()
    if "CCSDS_OEM_VERS" in head[:2000]:
        return (Satellite(name=oem.parse(text).name, oem=path),)
    reader = _reader_of_messages(head)
    if reader is not None:
        return omm.satellites(reader(text), Satellite)
    return tle.read(text, Satellite)


def _reader_of_messages(head: str) -> Callable[[str], list[dict[str, Any]]] | None:
    if head[:1] in ("[", "{"):
        return omm.read_json
    if head.startswith("<"):
        return omm.read_xml
    if "CCSDS_OMM_VERS" in head[:2000]:
        return omm.read_kvn
    first = head.partition("\n")[0]
    return omm.read_csv if "MEAN_MOTION" in first and "," in first else None
