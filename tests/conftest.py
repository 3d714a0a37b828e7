"""What every test has: no network, and a place to record validation figures."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from hypothesis import settings

REFERENCE = Path(__file__).parent / "reference"
mpl.use("Agg")
settings.register_profile("skykey", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("skykey")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--validation-page", metavar="FILE", help="write the recorded validation figures to this page")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


FIGURES: pytest.StashKey[list[dict[str, Any]]] = pytest.StashKey()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The product never needs a network: an attempt to reach one is a failure."""

    def guarded(connect: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX:
                raise AssertionError(f"a test tried to reach the network: {address!r}")
            return connect(self, address)

        return refuse

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield


@pytest.fixture
def reference() -> Path:
    """The folder of reference numbers."""
    return REFERENCE


@pytest.fixture
def skykey(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command in this process: its exit code for the given arguments."""
    from missions import cli

    def command(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["skykey", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return int(end.value.code or 0)

    return command


@pytest.fixture
def record_figure(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Record a figure for design/validation.md: claim, published, ours, tolerance, source.

    `differs` is the reason for a figure that lies outside its tolerance; the test then asserts the reason.
    """

    def record(
        claim: str, published: float | str, ours: float | str, tolerance: str, source: str, differs: str = ""
    ) -> None:
        figure = {"claim": claim, "published": published, "ours": ours, "tolerance": tolerance, "source": source}
        figure["differs"] = differs
        request.config.stash[FIGURES].append({"test": request.node.nodeid, "node": request.node, **figure})

    return record


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.when == "call":
        item.stash[PASSED] = report.passed


PASSED: pytest.StashKey[bool] = pytest.StashKey()


def pytest_sessionfinish(session: pytest.Session) -> None:
    page = session.config.getoption("--validation-page")
    if page:
        from validation_page import write

        figures = [
            {**figure, "passed": figure.pop("node").stash.get(PASSED, False)}
            for figure in session.config.stash[FIGURES]
        ]
        write(Path(page), json.loads(json.dumps(figures, default=str)))
