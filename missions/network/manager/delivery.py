"""A key manager's desk: hands test keys out of simulated stores, each key once to either side."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol
from uuid import UUID

from missions.network.manager import etsi014
from missions.network.manager.etsi014 import Key, KeyContainer, KeyIDs, KeyRequest, Limits, RefusedError, Status

LOG = logging.getLogger("skykey.serve")


class Provider(Protocol):
    """Where the key of pairs of applications comes from: a simulated service, or a table made up for a test."""

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The pairs' names, each at most once in either order."""

    def level(self, pair: int, time: float) -> float:
        """Bits in the pair's store at a moment (seconds since the mission's start), were nobody to ask here.

        nan while the store cannot be reached at all, as in the failure of a node.
        """

    def capacity(self, pair: int) -> float:
        """Most bits that are ever stored for the pair."""


@dataclass
class Desk:
    """Keeps what was handed out. Safe to be used by several threads at once."""

    provider: Provider
    clock: Callable[[], float]
    """Simulated seconds since the mission's start."""
    seed: int = 0
    limits: Limits = field(default_factory=Limits)
    _taken: dict[int, int] = field(default_factory=dict)
    _made: dict[tuple[str, str], int] = field(default_factory=dict)
    _waiting: dict[UUID, tuple[str, str, Key]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def status(self, caller: str, slave: str) -> Status:
        """What is there for the caller as master and this slave."""
        pair, now = self._pair(caller, slave), self.clock()
        with self._lock:
            free = self._free(pair, now)
        extension = {"simulated_seconds": round(now, 3), "stored_bits": int(free)}
        return etsi014.status(caller, slave, free, self.provider.capacity(pair), self.limits, extension)

    def keys(self, caller: str, slave: str, request: KeyRequest) -> KeyContainer:
        """New keys for the caller, who is their master; they wait here for the slave."""
        pair = self._pair(caller, slave)
        number, size = etsi014.wanted(request, self.limits)
        with self._lock:
            now = self.clock()
            free = self._free(pair, now)
            if free < number * size:
                LOG.info("TEST KEYS %s, %s: %d bits asked, %d there, %.0f s", caller, slave, number * size, free, now)
                raise RefusedError(
                    etsi014.UNAVAILABLE, "not enough key in the store", stored_bits=int(free), asked_bits=number * size
                )
            made = [self._make(caller, slave, size) for _ in range(number)]
            self._taken[pair] = self._taken.get(pair, 0) + number * size
        LOG.info("TEST KEYS %s to %s: %d of %d bits, %.0f s", caller, slave, number, size, now)
        return _container(made)

    def keys_named(self, caller: str, master: str, names: KeyIDs) -> KeyContainer:
        """The same keys for the caller, who is their slave; all of them or none, and none twice."""
        self._pair(caller, master)
        asked = [name.key_ID for name in names.key_IDs]
        with self._lock:
            missing = [str(name) for name in asked if name not in self._waiting]
            if missing or len(set(asked)) < len(asked):
                message = "one or more keys specified are not found on KME"
                raise RefusedError(etsi014.BAD_REQUEST, message, key_IDs_not_found=missing)
            if any(self._waiting[name][:2] != (master, caller) for name in asked):
                raise RefusedError(etsi014.UNAUTHORIZED, "these keys were made for other applications")
            found = [self._waiting.pop(name)[2] for name in asked]
        LOG.info("TEST KEYS %s from %s: %d fetched", caller, master, len(found))
        return _container(found)

    def _pair(self, caller: str, other: str) -> int:
        for pair, names in enumerate(self.provider.pairs):
            if {caller, other} == set(names):
                return pair
        raise RefusedError(etsi014.UNAUTHORIZED, f"{caller} shares no keys with {other}")

    def _free(self, pair: int, now: float) -> float:
        """Bits left. What was taken here is missing until the simulated store has itself run down to it."""
        level = self.provider.level(pair, now)
        if math.isnan(level):
            raise RefusedError(etsi014.UNAVAILABLE, "the key store is out of service", simulated_seconds=round(now, 3))
        self._taken[pair] = min(self._taken.get(pair, 0), int(level))
        return level - self._taken[pair]

    def _make(self, master: str, slave: str, size: int) -> Key:
        index = self._made.get((master, slave), 0)
        self._made[master, slave] = index + 1
        key = etsi014.made_key(self.seed, master, slave, index, size)
        self._waiting[key.key_ID] = (master, slave, key)
        return key


def _container(keys: list[Key]) -> KeyContainer:
    return KeyContainer(keys=tuple(keys), key_container_extension={"test_keys_only": True, "notice": etsi014.NOTICE})
