"""A small local server of test keys, for trying key-management software against a simulated outage.

Needs the extra: pip install "skykey[serve]". Listens on this computer only, over plain HTTP with a token for each
application; the standard's HTTPS with client certificates is left to a proxy.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import os
import secrets
import socket
import stat
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from missions.errors import InputError
from missions.network.manager import etsi014
from missions.network.manager.delivery import Desk, Provider
from missions.network.manager.etsi014 import Limits, RefusedError

if TYPE_CHECKING:
    from fastapi import FastAPI

HOST, PORT = "127.0.0.1", 8014
SHORTEST = 20
"""Characters of a token from a file; ours have 43."""
MISSING = 'the key server needs FastAPI and uvicorn, which are not installed: pip install "skykey[serve]"'


@dataclass(frozen=True)
class Clock:
    """Simulated seconds since the mission's start: `speed` of them pass in a second, from `start` on."""

    start: float = 0.0
    speed: float = 1.0
    now: Callable[[], float] = time.monotonic
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begun", self.now())

    def __call__(self) -> float:
        """The simulated moment."""
        return self.start + self.speed * (self.now() - self.begun)


def app(
    provider: Provider,
    tokens: Mapping[str, str],
    clock: Callable[[], float],
    seed: int = 0,
    limits: Limits | None = None,
) -> FastAPI:
    """The server as an ASGI application; `tokens` has one for each application that may ask.

    Raises InputError when FastAPI is not installed.
    """
    try:
        from missions.network.manager.routes import build
    except ModuleNotFoundError:
        raise InputError(MISSING) from None
    return build(Desk(provider, clock, seed, limits or Limits()), identifier(tokens))


def identifier(tokens: Mapping[str, str]) -> Callable[[str | None], str]:
    """Who sent an Authorization header. Every token is compared in constant time, whichever fits."""
    digests = {name: hashlib.sha256(token.encode()).digest() for name, token in tokens.items()}

    def identify(header: str | None) -> str:
        scheme, _, token = (header or "").partition(" ")
        given = hashlib.sha256(token.strip().encode()).digest()
        fitting = [name for name, digest in digests.items() if hmac.compare_digest(digest, given)]
        if scheme.lower() != "bearer" or not fitting:
            raise RefusedError(etsi014.UNAUTHORIZED, "give the application's token: Authorization: Bearer ...")
        return fitting[0]

    return identify


def new_tokens(provider: Provider) -> dict[str, str]:
    """A fresh token for every application of the pairs."""
    return {name: secrets.token_urlsafe(32) for name in applications(provider)}


def applications(provider: Provider) -> tuple[str, ...]:
    """Every application once, in order."""
    return tuple(dict.fromkeys(name for pair in provider.pairs for name in pair))


def read_tokens(path: Path, provider: Provider) -> dict[str, str]:
    """Tokens from a JSON object, application to token; a file that others may read is refused."""
    try:
        with path.open(encoding="utf-8") as file:
            about = os.fstat(file.fileno())
            if stat.S_IMODE(about.st_mode) & 0o077:
                raise InputError(f"{path}: others may read the tokens; chmod 600 {path}")
            tokens = json.load(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot read the tokens: {error}") from None
    return _checked(path, tokens, applications(provider))


def _checked(path: Path, tokens: object, names: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(tokens, dict) or not all(isinstance(token, str) for token in tokens.values()):
        raise InputError(f'{path}: write one JSON object, {{"application": "token", ...}}')
    missing = [name for name in names if name not in tokens]
    if missing:
        raise InputError(f"{path}: no token for {', '.join(missing)}")
    if any(len(token) < SHORTEST for token in tokens.values()):
        raise InputError(f"{path}: a token is shorter than {SHORTEST} characters; make them with a random generator")
    if len(set(tokens.values())) < len(tokens):
        raise InputError(f"{path}: two applications share a token; give each its own")
    return {name: tokens[name] for name in names}


def require_local(host: str, anywhere: bool) -> None:
    """Raise InputError for an address that other computers reach, unless that was asked for."""
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not (local or anywhere):
        raise InputError(f"{host}: other computers would reach the test keys; use {HOST}, or ask for it explicitly")


def serve(
    provider: Provider,
    tokens: Path | None = None,
    host: str = HOST,
    port: int = PORT,
    anywhere: bool = False,
    clock: Clock | None = None,
    seed: int = 0,
) -> None:
    """Run until interrupted. Without a file of tokens, fresh ones are printed once, on stderr."""
    require_local(host, anywhere)
    try:
        import uvicorn
    except ModuleNotFoundError:
        raise InputError(MISSING) from None
    require_free(host, port)
    known = read_tokens(tokens, provider) if tokens else new_tokens(provider)
    application = app(provider, known, clock or Clock(), seed)
    print(introduction(provider, f"http://{host}:{port}/api/v1/keys", {} if tokens else known), file=sys.stderr)
    uvicorn.run(application, host=host, port=port, log_level="warning", access_log=False)
    print("stopped", file=sys.stderr)


def require_free(host: str, port: int) -> None:
    """Raise InputError for an address on which somebody listens already, or nobody may."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"{host}:{port}: cannot listen there: {error.strerror}; give another --port") from None


def introduction(provider: Provider, url: str, tokens: Mapping[str, str]) -> str:
    """What is served, and how each application asks for it; tokens are told only where they were made just now."""
    lines = [f"TEST KEYS ONLY, on {url} until Ctrl-C. An application asks for the other one of a pair:"]
    for one in applications(provider):
        other = next(b if a == one else a for a, b in provider.pairs if one in (a, b))
        token = tokens.get(one, "TOKEN-FROM-THE-FILE")
        lines.append(f'  {one}: curl -H "Authorization: Bearer {token}" "{url}/{quote(other)}/status"')
    keys = "Keys: .../enc_keys?number=1 gives one; the other side fetches it as .../dec_keys?key_ID=..."
    return "\n".join([*lines, keys])
