"""The stores as they are while time goes on, and everything that is written down about them."""

from __future__ import annotations

from collections import deque
from math import inf, nextafter

from missions.network.ledger import Entry, Kind
from missions.network.routing import Route
from missions.network.stock import Stores, Supply


class Books:
    """How much came into each store and how much left it. Changes as time goes on: made and used by `relay` alone."""

    def __init__(self, supply: Supply, stores: Stores) -> None:
        self.entries: list[Entry] = []
        self.come: list[int] = [0] * len(stores.initial)
        """Bits that ever came into each store."""
        self.gone: list[int] = [0] * len(stores.initial)
        """Bits that ever left it."""
        self.free: list[int] = (-stores.reserve).tolist()
        """Bits above the reserve."""
        self._capacity: list[int] = stores.capacity.tolist()
        self._lifetime = stores.lifetime
        self._ageing: deque[tuple[float, int, int, int]] = deque()
        """When key expires, on which link, up to which bit of its stream, from which deposit; in time order."""
        self._relays = 0
        self._rows = list(zip(supply.time.tolist(), supply.link.tolist(), supply.bits.tolist(), supply.net.tolist(),
                              strict=True))  # fmt: skip
        for link, bits in enumerate(stores.initial.tolist()):
            self._enter(0.0, Kind.FILL, link, bits, -1)

    def deposit(self, start: int, stop: int) -> None:
        """Put the supply's deposits from row `start` to before `stop` into their stores, as far as they fit."""
        for row in range(start, stop):
            time, link, bits, net = self._rows[row]
            self.expire(before=nextafter(time, inf))
            kept = min(net, self._capacity[link] - self.come[link] + self.gone[link])
            self._note(time, Kind.AUTHENTICATION, link, bits - net, -1, row)
            self._enter(time, Kind.DEPOSIT, link, kept, row)
            self._note(time, Kind.SPILL, link, net - kept, -1, row)

    def expire(self, before: float) -> None:
        """Throw away what becomes too old before a moment."""
        while self._ageing and self._ageing[0][0] < before:
            time, link, until, row = self._ageing.popleft()
            if until > self.gone[link]:
                self._leave(time, Kind.EXPIRY, link, until - self.gone[link], row)

    def relay(self, time: float, demand: int, routes: tuple[Route, ...], bits: int) -> None:
        """Take `bits` from every link of every route."""
        for share, route in enumerate(routes):
            for hop, link in enumerate(route):
                self._leave(time, Kind.RELAY, link, bits, -1, (self._relays, demand, share, hop))
        self._relays += 1

    def _enter(self, time: float, kind: Kind, link: int, bits: int, row: int) -> None:
        self._note(time, kind, link, bits, self.come[link], row)
        self.come[link] += bits
        self.free[link] += bits
        if bits and self._lifetime < inf:
            self._ageing.append((time + self._lifetime, link, self.come[link], row))

    def _leave(
        self, time: float, kind: Kind, link: int, bits: int, row: int, why: tuple[int, int, int, int] = (-1,) * 4
    ) -> None:
        self.entries.append((time, kind, link, bits, self.gone[link], row, *why))
        self.gone[link] += bits
        self.free[link] -= bits

    def _note(self, time: float, kind: Kind, link: int, bits: int, first: int, row: int) -> None:
        if bits:
            self.entries.append((time, kind, link, bits, first, row, -1, -1, -1, -1))
