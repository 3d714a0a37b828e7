"""Simulated key stores as an ETSI GS QKD 014 V1.1.1 (2019-02) key manager would show them. TEST KEYS ONLY.

The field names are the standard's. Keys are made from a seed, so that both sides of a test and a repeated run see the
same ones; whoever knows the seed knows every key. Nothing here has been near a quantum channel.
"""

# ruff: noqa: N815 (the field names are the standard's)

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Extension = dict[str, Any]
Count = Annotated[int, Field(ge=0)]
NOTICE = "simulated key for tests, made from a seed: never protect anything with it"
BAD_REQUEST, UNAUTHORIZED, UNAVAILABLE = 400, 401, 503


class _Format(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Status(_Format):
    """What a key manager says about the keys of a pair of applications (clause 6.1); sizes in bits."""

    source_KME_ID: str
    target_KME_ID: str
    master_SAE_ID: str
    slave_SAE_ID: str
    key_size: Count
    stored_key_count: Count
    max_key_count: Count
    max_key_per_request: Count
    max_key_size: Count
    min_key_size: Count
    max_SAE_ID_count: Count
    status_extension: Extension | None = None


class KeyRequest(_Format):
    """What the master application asks for (clause 6.2); without a number one key, without a size the default size."""

    number: Annotated[int, Field(strict=True)] | None = None
    size: Annotated[int, Field(strict=True)] | None = None
    additional_slave_SAE_IDs: tuple[str, ...] | None = None
    extension_mandatory: tuple[Extension, ...] | None = None
    extension_optional: tuple[Extension, ...] | None = None


class Key(_Format):
    """One key: its UUID, and its bits in base64 (clause 6.3)."""

    key_ID: UUID
    key_ID_extension: Extension | None = None
    key: str
    key_extension: Extension | None = None


class KeyContainer(_Format):
    """Keys on their way to an application (clause 6.3)."""

    keys: tuple[Key, ...]
    key_container_extension: Extension | None = None


class KeyID(_Format):
    """The name of a key that the slave application heard from the master (clause 6.4)."""

    key_ID: UUID
    key_ID_extension: Extension | None = None


class KeyIDs(_Format):
    """The keys that the slave application asks for (clause 6.4)."""

    key_IDs: Annotated[tuple[KeyID, ...], Field(min_length=1)]
    key_IDs_extension: Extension | None = None


class Error(_Format):
    """Why a request failed (clause 6.5)."""

    message: str
    details: tuple[Extension, ...] | None = None


class RefusedError(Exception):
    """A request that is answered with an error: HTTP code and the standard's error object."""

    def __init__(self, code: int, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.error = Error(message=message, details=tuple({name: value} for name, value in details.items()) or None)


@dataclass(frozen=True)
class Limits:
    """What a key manager allows, in bits and keys."""

    key_size: int = 256
    min_key_size: int = 64
    max_key_size: int = 1024
    max_key_per_request: int = 128


def status(master: str, slave: str, level: float, capacity: float, limits: Limits, extension: Extension) -> Status:
    """The status of a store that holds `level` bits of at most `capacity` for this pair."""
    return Status(
        source_KME_ID=manager(master),
        target_KME_ID=manager(slave),
        master_SAE_ID=master,
        slave_SAE_ID=slave,
        key_size=limits.key_size,
        stored_key_count=max(int(level // limits.key_size), 0),
        max_key_count=int(capacity // limits.key_size),
        max_key_per_request=limits.max_key_per_request,
        max_key_size=limits.max_key_size,
        min_key_size=limits.min_key_size,
        max_SAE_ID_count=0,
        status_extension={"test_keys_only": True, "notice": NOTICE, **extension},
    )


def manager(application: str) -> str:
    """The key manager beside an application: one at each node."""
    return f"KME-{application}"


def wanted(request: KeyRequest, limits: Limits) -> tuple[int, int]:
    """How many keys of how many bits a request means.

    Raises RefusedError, in the standard's words, where it asks for what is not supported.
    """
    number = 1 if request.number is None else request.number
    size = limits.key_size if request.size is None else request.size
    if request.extension_mandatory:
        names = [name for option in request.extension_mandatory for name in option]
        message = "not all extension_mandatory parameters are supported"
        raise RefusedError(BAD_REQUEST, message, extension_mandatory_unsupported=names)
    if request.additional_slave_SAE_IDs:
        raise RefusedError(BAD_REQUEST, "additional_slave_SAE_IDs: not supported, max_SAE_ID_count is 0")
    if size % 8:
        raise RefusedError(BAD_REQUEST, "size shall be a multiple of 8")
    if not limits.min_key_size <= size <= limits.max_key_size:
        raise RefusedError(BAD_REQUEST, f"size shall be from {limits.min_key_size} to {limits.max_key_size} bits")
    if not 1 <= number <= limits.max_key_per_request:
        raise RefusedError(BAD_REQUEST, f"number shall be from 1 to {limits.max_key_per_request}")
    return number, size


def made_key(seed: int, master: str, slave: str, index: int, size: int) -> Key:
    """The `index`-th test key that this master asked for with this slave: SHAKE-256 of the seed and of that name."""
    name = f"skykey test key/{seed}/{len(master)}:{master}/{len(slave)}:{slave}/{index}"
    bits = hashlib.shake_256(name.encode() + b"/bits").digest(size // 8)
    number = hashlib.shake_256(name.encode() + b"/number").digest(16)
    return Key(
        key_ID=UUID(bytes=number, version=4),
        key=base64.b64encode(bits).decode("ascii"),
        key_extension={"test_key": True, "notice": NOTICE},
    )
