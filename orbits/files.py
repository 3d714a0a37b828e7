"""Satellites from a file, whatever its format: it is told from the content."""

from __future__ import annotations

from pathlib import Path

from orbits import tle
from orbits.orbiter import Orbiter, TwoLines


def load_satellites(path: Path | str) -> tuple[Orbiter, ...]:
    """Every satellite of a file of two- or three-line elements, of OMM (JSON, XML, CSV, KVN), or of an OEM (KVN).

    Two-line elements come as `TwoLines`, messages as `Satellite`; the search takes both. Raises ValueError, beginning
    with the file's name, for a file that is none of them or breaks their rules.
    """
    path = Path(path)
    try:
        return _satellites(path, path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path}: cannot be read: it is not UTF-8 text") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _satellites(path: Path, text: str) -> tuple[Orbiter, ...]:
    message = _message_kind(text)
    return tle.read(text, TwoLines) if message is None else _messages(message, path, text)


def _messages(kind: str, path: Path, text: str) -> tuple[Orbiter, ...]:
    from orbits import oem, omm
    from orbits.elements import Satellite

    if kind == "oem":
        return (Satellite(name=oem.read(path).name, oem=path),)
    readers = {"json": omm.read_json, "xml": omm.read_xml, "kvn": omm.read_kvn, "csv": omm.read_csv}
    return omm.satellites(readers[kind](text), Satellite)


def _message_kind(text: str) -> str | None:
    head = text.lstrip()
    if "CCSDS_OEM_VERS" in head[:2000]:
        return "oem"
    if head[:1] in ("[", "{"):
        return "json"
    if head.startswith("<"):
        return "xml"
    if "CCSDS_OMM_VERS" in head[:2000]:
        return "kvn"
    first = head.partition("\n")[0]
    return "csv" if "MEAN_MOTION" in first and "," in first else None
