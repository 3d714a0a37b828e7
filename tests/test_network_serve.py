from __future__ import annotations

import asyncio
import base64
import builtins
import json
import socket
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from missions.errors import InputError
from missions.network.manager import serve
from missions.network.manager.serve import Clock, app, applications, new_tokens, read_tokens, require_local

TOKENS = {"Vienna": "v" * 24, "Shanghai University": "s" * 24, "Graz": "g" * 24}


class Store:
    """Vienna and Shanghai: 4 keys at first, nothing from 60 s to 120 s, 8 keys afterwards."""

    pairs = (("Vienna", "Shanghai University"), ("Vienna", "Graz"))

    def level(self, pair: int, time: float) -> float:
        return 256.0 * (4 if time < 60 else 0 if time < 120 else 8)

    def capacity(self, pair: int) -> float:
        return 256_000.0


class Now:
    """A hand on the clock."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Client:
    """Sends requests to an ASGI application inside this process: no socket is opened."""

    def __init__(self, application: Any) -> None:
        self._transport = httpx.ASGITransport(application)

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=self._transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, **content)

        return asyncio.run(send())

    def get(self, path: str, **content: Any) -> httpx.Response:
        return self.request("GET", path, **content)

    def post(self, path: str, **content: Any) -> httpx.Response:
        return self.request("POST", path, **content)


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def client(now: Now) -> Client:
    return Client(app(Store(), TOKENS, now, seed=3))


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKENS[name]}"}


VIENNA, SHANGHAI = bearer("Vienna"), bearer("Shanghai University")
KEYS = "/api/v1/keys"


def test_status(client: Client) -> None:
    answer = client.get(f"{KEYS}/Shanghai University/status", headers=VIENNA)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    shown = answer.json()
    assert (shown["master_SAE_ID"], shown["slave_SAE_ID"]) == ("Vienna", "Shanghai University")
    assert (shown["stored_key_count"], shown["max_key_count"]) == (4, 1000)
    assert shown["status_extension"]["test_keys_only"] is True


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_keys_travel_from_master_to_slave(client: Client, method: str) -> None:
    where = f"{KEYS}/Shanghai%20University/enc_keys"
    if method == "GET":
        answer = client.get(where, params={"number": 1, "size": 128}, headers=VIENNA)
    else:
        answer = client.post(where, json={"number": 1, "size": 128}, headers=VIENNA)
    (key,) = answer.json()["keys"]
    assert answer.status_code == 200
    assert set(key) == {"key_ID", "key", "key_extension"}
    assert len(base64.b64decode(key["key"])) == 16
    where = f"{KEYS}/Vienna/dec_keys"

    def fetch() -> Any:
        if method == "GET":
            return client.get(where, params={"key_ID": key["key_ID"]}, headers=SHANGHAI)
        return client.post(where, json={"key_IDs": [{"key_ID": key["key_ID"]}]}, headers=SHANGHAI)

    fetched = fetch()
    assert fetched.status_code == 200
    assert fetched.json()["keys"] == [key]
    again = fetch()
    assert again.status_code == 400
    assert again.json()["message"] == "one or more keys specified are not found on KME"


def test_an_outage_is_replayed(client: Client, now: Now) -> None:
    where = f"{KEYS}/Shanghai University/enc_keys"
    assert client.post(where, json={"number": 2}, headers=VIENNA).status_code == 200
    now.seconds = 60.0
    answer = client.post(where, json={}, headers=VIENNA)
    assert answer.status_code == 503
    assert answer.json()["message"] == "not enough key in the store"
    now.seconds = 120.0
    assert client.get(where, headers=VIENNA).status_code == 200


def test_a_slave_of_another_pair_is_unauthorized(client: Client) -> None:
    (key,) = client.get(f"{KEYS}/Shanghai University/enc_keys", headers=VIENNA).json()["keys"]
    answer = client.get(f"{KEYS}/Vienna/dec_keys", params={"key_ID": key["key_ID"]}, headers=bearer("Graz"))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", f"Basic {TOKENS['Vienna']}", TOKENS["Vienna"], "Bearer é"]
)
def test_without_a_token_nothing_is_told(client: Client, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode()}
    for where in ("Shanghai University/status", "Shanghai University/enc_keys", "Nobody/status"):
        answer = client.get(f"{KEYS}/{where}", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert set(answer.json()) == {"message"}


def test_an_application_speaks_for_itself_only(client: Client) -> None:
    answer = client.get(f"{KEYS}/Shanghai University/status", headers=bearer("Graz"))
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "Graz/enc_keys", '{"number": "one"}'),
        ("POST", "Graz/enc_keys", '{"number": 1, "colour": "red"}'),
        ("POST", "Graz/enc_keys", "{"),
        ("POST", "Graz/enc_keys", "[]"),
        ("POST", "Graz/enc_keys", '{"size": 7}'),
        ("GET", "Graz/enc_keys?number=x", None),
        ("GET", "Graz/enc_keys?number=1000", None),
        ("GET", "Graz/dec_keys", None),
        ("GET", "Graz/dec_keys?key_ID=7", None),
        ("POST", "Graz/dec_keys", '{"key_IDs": []}'),
        ("POST", "Graz/dec_keys", "{}"),
    ],
)
def test_malformed_requests_get_the_standards_error(client: Client, method: str, path: str, body: str | None) -> None:
    answer = client.request(method, f"{KEYS}/{path}", content=body, headers=VIENNA)
    assert answer.status_code == 400
    assert set(answer.json()) <= {"message", "details"}
    assert client.get(f"{KEYS}/Graz/status", headers=VIENNA).json()["stored_key_count"] == 4


def test_other_paths_and_methods(client: Client) -> None:
    assert client.get("/docs").status_code == 404
    assert client.get("/openapi.json").json() == {"message": "Not Found"}
    assert client.post(f"{KEYS}/Graz/status", headers=VIENNA).status_code == 405


def test_the_clock_runs_at_its_speed() -> None:
    now = Now()
    now.seconds = 5.0
    clock = Clock(start=100.0, speed=3600.0, now=now)
    assert clock() == 100.0
    now.seconds = 7.0
    assert clock() == 7300.0


def test_fresh_tokens_are_long_and_different() -> None:
    tokens = new_tokens(Store())
    assert applications(Store()) == ("Vienna", "Shanghai University", "Graz")
    assert len(set(tokens.values())) == 3
    assert min(map(len, tokens.values())) >= 43


def write(path: Path, content: str, mode: int = 0o600) -> Path:
    path.write_text(content, encoding="utf-8")
    path.chmod(mode)
    return path


def test_tokens_from_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "tokens.json", json.dumps(TOKENS))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_tokens(path, Store()) == TOKENS


@pytest.mark.parametrize(
    ("content", "mode", "complaint"),
    [
        (json.dumps(TOKENS), 0o644, "chmod 600"),
        (json.dumps(TOKENS), 0o640, "chmod 600"),
        ("{", 0o600, "cannot read"),
        ("[]", 0o600, "one JSON object"),
        (json.dumps(TOKENS | {"Graz": 7}), 0o600, "one JSON object"),
        (json.dumps({"Vienna": "v" * 24}), 0o600, "no token for Shanghai University, Graz"),
        (json.dumps(TOKENS | {"Graz": "short"}), 0o600, "shorter than 20"),
        (json.dumps(TOKENS | {"Graz": TOKENS["Vienna"]}), 0o600, "share a token"),
    ],
)
def test_files_of_tokens_that_are_refused(tmp_path: Path, content: str, mode: int, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_tokens(write(tmp_path / "tokens.json", content, mode), Store())


def test_a_missing_file_of_tokens(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_tokens(tmp_path / "none.json", Store())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_computer_is_allowed(host: str) -> None:
    require_local(host, anywhere=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "::", "example.org", ""])
def test_other_hosts_only_when_asked_for(host: str) -> None:
    with pytest.raises(InputError, match="explicitly"):
        require_local(host, anywhere=False)
    require_local(host, anywhere=True)


def test_without_fastapi_there_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.split(".")[0] in ("fastapi", "uvicorn") or name == "missions.network.manager.routes":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=r"skykey\[serve\]"):
        app(Store(), TOKENS, Now())
    with pytest.raises(InputError, match=r"skykey\[serve\]"):
        serve.serve(Store())


def test_a_port_that_is_taken_is_told_before_any_token(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"127.0.0.1:{port}: cannot listen there: .*; give another --port"):
            serve.serve(Store(), port=port)
    assert capsys.readouterr().err == ""


def test_serving_prints_the_tokens_once_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import uvicorn

    served: list[dict[str, Any]] = []
    monkeypatch.setattr(uvicorn, "run", lambda application, **options: served.append(options))
    serve.serve(Store())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("Bearer") == 3
    assert "TEST KEYS ONLY" in err
    assert served[0]["host"] == "127.0.0.1"
    serve.serve(Store(), tokens=write(tmp_path / "tokens.json", json.dumps(TOKENS)))
    told = capsys.readouterr().err
    assert not any(token in told for token in TOKENS.values())
    with pytest.raises(InputError):
        serve.serve(Store(), host="0.0.0.0")
    assert len(served) == 2
