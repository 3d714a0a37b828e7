"""The project as a newcomer meets it: packages, README, notebooks, command line."""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from missions import cli

ROOT = Path(__file__).parent.parent
PACKAGES = ("orbits", "ground", "links", "keys", "missions")
HELP_S = 0.3  # what a person feels as at once
TIMINGS = 5  # the machine may be busy: the fastest of so many counts


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_are_ours(name: str) -> None:
    """PyPI has unrelated packages of some of these names."""
    module = importlib.import_module(name)
    assert Path(str(module.__file__)).parent == ROOT / name
    assert (ROOT / name / "py.typed").is_file()


def test_every_package_is_shipped_and_no_test_is() -> None:
    declared = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert declared == found


def test_help_is_quick() -> None:
    """The whole process, the fastest of several."""
    times = []
    for _ in range(TIMINGS):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "missions", "--help"], capture_output=True, text=True, check=True, cwd=ROOT
        )
        times.append(time.perf_counter() - start)
    assert "run" in done.stdout
    assert min(times) < HELP_S


def test_help_imports_no_physics() -> None:
    code = "import sys, missions.cli; print(sorted({'numpy', 'scipy', 'astropy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


COMMANDS = {
    "check": (["check", "micius-2016"], "right"),
    "passes": (["passes", "micius-2016"], "Xinglong"),
    "links": (["links", "micius-2016"], "diffraction"),
    "keys": (["keys", "micius-2016"], "secret key"),
    "run": (["run", "micius-2016"], "AES-256"),
    "scenarios": (["scenarios"], "micius-2016"),
    "stations": (["stations"], "Xinglong"),
    "schema": (["schema"], '"$schema"'),
    "cite": (["cite", "micius-2016"], "10.1103/PhysRevA.89.022307"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_commands(name: str, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    arguments, expected = COMMANDS[name]
    assert skykey(*arguments) == 0
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize("name", ["passes", "links", "keys", "run"])
def test_json(name: str, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert skykey(name, "micius-2016", "--json") == 0
    assert json.loads(capsys.readouterr().out)


def test_table_as_a_file(tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "passes.csv"
    assert skykey("passes", "micius-2016", "-o", str(file)) == 0
    assert file.read_text().startswith("satellite,station,rise_utc")
    assert capsys.readouterr().out == ""
    assert skykey("passes", "micius-2016", "-o", str(tmp_path / "no" / "passes.csv")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_readme_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert len(blocks) >= 2
    for block in blocks:
        exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "out" / "script" / "report.html").is_file()


def test_readme_commands_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\.venv/bin/skykey (\w+)", text))
    assert used == {
        command.name or command.callback.__name__ for command in cli.app.registered_commands if command.callback
    }


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "design").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
@pytest.mark.filterwarnings("ignore")  # Jupyter's own machinery warns about itself
def test_notebooks_run_and_are_up_to_date(path: Path) -> None:
    """Each notebook runs; what it prints is what is committed. Pictures may differ in a byte with the font library."""
    specification = importlib.util.spec_from_file_location("execute", ROOT / "notebooks" / "execute.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    committed = json.loads(path.read_text(encoding="utf-8"))
    fresh = module.execute(path)
    assert [_printed(cell) for cell in fresh.cells] == [_printed(cell) for cell in committed["cells"]]


def _printed(cell: dict[str, object]) -> list[str]:
    outputs: list[dict[str, object]] = cell.get("outputs", [])  # type: ignore[assignment]
    return ["".join(output["text"]) for output in outputs if output.get("output_type") == "stream"]  # type: ignore[arg-type]
