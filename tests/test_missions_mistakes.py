"""A wrong input gets one message (file, field, value found, what is allowed), exit code 2, and nothing is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from missions.scenario import built_in

MICIUS = built_in()["micius-2016"]
LINE_1 = "1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991"
LINE_2 = "2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164"

MISTAKES = {
    "unknown key": ('aperture = "300 mm"', 'apertur = "300 mm"', "satellites.Micius.transmitter.apertur", 'did you mean "aperture"'),
    "unknown table": ("[security]", "[securty]", "securty", 'did you mean "security"'),
    "missing unit": ('aperture = "1 m"', "aperture = 1.0", "defaults.station.receiver.aperture: found 1.0", 'give a unit, e.g. "1.2 m"'),
    "wrong dimension": ('gate = "2 ns"', 'gate = "2 nm"', 'defaults.station.detector.gate: found "2 nm"', "wrong dimension"),
    "naive time": ("start = 2016-12-18T12:00:00Z", "start = 2016-12-18T12:00:00", "mission.start: found 2016-12-18T12:00:00", "time zone"),
    "end before start": ("end = 2016-12-25", "end = 2016-12-15", "mission.end: found 2016-12-15", "must come after mission.start"),
    "latitude 95": ('latitude = "47.0671 deg"', 'latitude = "95 deg"', 'stations.Graz.latitude: found "95 deg"', "90"),
    "too high, with its unit": ('altitude = "490 m"', 'altitude = "5000 km"', 'stations.Graz.altitude: found "5000 km"', "should be less than or equal to 50 km"),
    "too much, without one": ("efficiency = 0.5\n", "efficiency = 1.5\n", "defaults.station.detector.efficiency: found 1.5", "should be less than or equal to 1"),
    "duplicate station": ('use = "Nanshan"', 'use = "Xinglong"', "stations", 'two stations are named "Xinglong"'),
    "unknown place": ('use = "Nanshan"', 'use = "Nanshen"', "stations.Nanshen.use", 'did you mean "Nanshan"'),
    "bad checksum": (LINE_1, LINE_1[:-1] + "2", "satellites.Micius.tle", "checksum"),
    "swapped lines": (f'"{LINE_1}",\n  "{LINE_2}"', f'"{LINE_2}",\n  "{LINE_1}"', "satellites.Micius.tle", "swap"),
    "probabilities": ("[0.5, 0.25, 0.25]", "[0.5, 0.25, 0.15]", "satellites.Micius.source.probabilities: found [0.5, 0.25, 0.15]", "sum"),
    "intensities": ("[0.8, 0.1, 0.0]", "[0.1, 0.8, 0.0]", "satellites.Micius.source.intensities: found [0.1, 0.8, 0.0]", "order"),
    "not a choice": ('bound = "chernoff"', 'bound = "chernof"', 'security.bound: found "chernof"', "chernoff"),
    "missing field": ('name = "Graz"\n', "", "stations.2.name", "missing"),
    "not TOML": ("[security]", "[security", "", "not valid TOML"),
    "wrong defaults": ("[defaults.station]", "[defaults.stations]", "defaults.stations", 'did you mean "station"'),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name: str, tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, field, sentence = MISTAKES[name]
    assert right in MICIUS
    file, out = tmp_path / "mine.toml", tmp_path / "out"
    file.write_text(MICIUS.replace(right, wrong, 1))
    assert skykey("run", str(file), "-o", str(out)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{file}: ")
    assert field in printed.err
    assert sentence in printed.err
    assert "Traceback" not in printed.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine.toml"]


def test_several_mistakes_are_told_at_once(
    tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MICIUS.replace('"1 m"', '"1 s"').replace("0.16 ", "16 "))
    assert skykey("check", str(file)) == 2
    message = capsys.readouterr().err
    assert "mistakes" in message
    assert "receiver.aperture" in message
    assert "receiver.optical_efficiency" in message


def test_unknown_scenario(skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert skykey("run", "micius-2061") == 2
    assert 'did you mean "micius-2016"?' in capsys.readouterr().err


def test_missing_file(tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert skykey("run", str(tmp_path / "none.toml")) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_output_is_a_file(tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("mine")
    assert skykey("run", "micius-2016", "-o", str(tmp_path / "out")) == 2
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"


def test_output_holds_other_things(
    tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    assert skykey("run", "micius-2016", "-o", str(tmp_path)) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_output_not_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    # The superuser may write anywhere, so ask the question as the system would answer it for anyone else.
    monkeypatch.setattr(os, "access", lambda path, mode: bool(Path(path).stat().st_mode & stat.S_IWUSR))
    assert skykey("run", "micius-2016", "-o", str(tmp_path / "out")) == 2
    assert "cannot be written: no permission" in capsys.readouterr().err
    tmp_path.chmod(stat.S_IRWXU)
    assert [entry.name for entry in tmp_path.iterdir()] == []
