"""A scenario file's conveniences, and what contradicts itself in it: each mistake is one sentence with its remedy."""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from sgp4 import exporter
from sgp4.api import Satrec
from test_orbits_elements import ONE, TWO, kvn, oem, xml

from missions.crosscheck import contradictions
from missions.errors import InputError
from missions.scenario import Scenario, built_in, load
from orbits import TwoLines, ephemeris, seconds, walker

Tables = dict[str, Any]
Change = Callable[[Tables], Any]
MICIUS = tomllib.loads(built_in()["micius-2016"])
PATTERN = {
    "name": "Rosette", "total": 6, "planes": 3, "phasing": 1, "altitude": "600 km", "inclination": "60 deg",
    "epoch": "2016-12-18T00:00:00Z", "max_range": "1500 km",
}  # fmt: skip
PAYLOAD = {name: MICIUS["satellites"][0][name] for name in ("transmitter", "source")}
CHAIN = {
    "name": "Chain", "through": ["Graz", "Linz", "Xinglong"], "trusted_nodes": 3, "length": "90 km",
    "attenuation": "0.2 dB/km", "source": {**PAYLOAD["source"], "wavelength": "1550 nm"},
    "detector": MICIUS["defaults"]["station"]["detector"],
}  # fmt: skip
REKEY = {"use": "aes-256", "rekey": "1 h"}
START = seconds("2016-12-19T12:00:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of scenarios with a folder of orbits in it, in every format."""
    orbits = tmp_path / "orbits"
    orbits.mkdir()
    message = exporter.export_omm(Satrec.twoline2rv(ONE, TWO), "MICIUS") | {"NORAD_CAT_ID": 400_123}
    files = {
        "one.tle": f"0 MICIUS\n{ONE}\n{TWO}\n",
        "two.tle": f"MICIUS\n{ONE}\n{TWO}\nTWIN\n{ONE}\n{TWO}\n",
        "same.tle": f"MICIUS\n{ONE}\n{TWO}\nMICIUS\n{ONE}\n{TWO}\n",
        "bad.tle": f"MICIUS\n{ONE[:-1]}7\n{TWO}\n",
        "one.json": json.dumps([message]),
        "two.json": json.dumps([message, message | {"OBJECT_NAME": "TWIN"}]),
        "bad.json": json.dumps([message | {"INCLINATION": 197.0}]),
        "poor.json": json.dumps([{"OBJECT_NAME": "MICIUS", "EPOCH": message["EPOCH"]}]),
        "five.json": "[5]",
        "torn.json": "[{",
        "torn.xml": "<omm",
        "one.xml": xml(message),
        "one.kvn": kvn(message),
        "one.oem": states(),
        "bad.oem": states().replace("ITRF", "MOON_ME"),
    }
    for name, text in files.items():
        (orbits / name).write_text(text)
    (orbits / "latin.tle").write_bytes(b"M\xfccius\n")
    return tmp_path


def states() -> str:
    t = START + np.arange(-7200.0, 86400.0, 120.0)
    trajectory = ephemeris([TwoLines("M", (ONE, TWO))], float(t[0]), float(t[-1])).trajectories[0]
    return oem(t, *trajectory.at(t))


def changed(*changes: Change) -> Tables:
    raw = copy.deepcopy(MICIUS)
    for change in changes:
        change(raw)
    return raw


def put(**tables: Any) -> Change:
    return lambda raw: raw.update(tables)


def satellite(**fields: Any) -> Change:
    """The first satellite with other fields; one that is None is taken away."""

    def change(raw: Tables) -> None:
        entry = raw["satellites"][0] | fields
        raw["satellites"][0] = {name: value for name, value in entry.items() if value is not None}

    return change


def station(**fields: Any) -> Change:
    return lambda raw: raw["stations"][0].update(fields)


def without(*names: str) -> Change:
    return lambda raw: [raw.pop(name) for name in names]


def scenario(*changes: Change, folder: Path | None = None) -> Scenario:
    return Scenario.from_tables(changed(*changes), "mine.toml", folder)


def test_a_constellation_becomes_its_satellites_with_payload_and_defaults() -> None:
    read = scenario(
        put(constellations=[PATTERN | PAYLOAD | {"terminals": 2}]),
        lambda raw: raw["defaults"].update(satellite={"slew": "90 s", "terminals": 3}),
    )
    fleet = walker(**PATTERN)
    assert [one.name for one in read.satellites] == ["Micius", *(one.name for one in fleet)]
    for one, designed in zip(read.satellites[1:], fleet, strict=True):
        assert one.mean_elements() == designed.mean_elements()
        assert (one.max_range, one.slew, one.terminals) == (1.5e6, 90.0, 2)
        assert one.transmitter == read.satellites[0].transmitter
    assert (read.satellites[0].slew, read.satellites[0].terminals) == (90.0, 3)
    assert Scenario.from_tables(tomllib.loads(read.to_toml())) == read


def test_a_constellation_may_be_all_there_is_in_the_sky() -> None:
    read = scenario(without("satellites"), put(constellations=[PATTERN | PAYLOAD]))
    assert len(read.satellites) == 6


def test_a_place_lies_under_the_defaults_and_both_under_the_entry() -> None:
    read = scenario(
        lambda raw: raw["defaults"]["station"].update(altitude="1 km", min_elevation="15 deg"),
        station(min_elevation="20 deg", latitude="41 deg", receiver={"aperture": "1.2 m"}),
    )
    first, second, _ = read.stations
    assert (first.name, second.name) == ("Xinglong", "Nanshan")
    assert np.degrees([first.min_elevation, second.min_elevation]) == pytest.approx([20, 15])
    assert np.degrees([first.latitude, second.latitude]) == pytest.approx([41, 43.475461])
    assert (first.altitude, second.altitude) == (1000.0, 1000.0)
    assert (first.receiver.aperture, second.receiver.aperture) == (1.2, 1.0)
    assert first.receiver.field_of_view == second.receiver.field_of_view


@pytest.mark.parametrize(
    ("key", "file"),
    [("tle", "one.tle"), ("omm", "one.json"), ("omm", "one.xml"), ("omm", "one.kvn"), ("oem", "one.oem")],
)
def test_paths_of_orbits_start_at_the_scenarios_folder(
    key: str, file: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = changed(satellite(tle=None, name=None), satellite(**{key: f"orbits/{file}"}))
    raw["mission"] |= {"start": "2016-12-19T12:00:00Z", "end": "2016-12-20T10:00:00Z"}
    (folder / "mine.toml").write_text(tomli_w.dumps(raw))
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    by_path, by_relative_path = load(folder / "mine.toml"), load(Path("..") / "mine.toml")
    (one,) = by_path.satellites
    assert one.name == ("M" if key == "oem" else "MICIUS")
    assert getattr(one, key) is not None
    assert by_path.digest == by_relative_path.digest
    (folder / "elsewhere" / "resolved.toml").write_text(by_relative_path.to_toml())
    monkeypatch.chdir(folder)
    assert load(folder / "elsewhere" / "resolved.toml").digest == by_path.digest


@pytest.mark.parametrize(("key", "file"), [("tle", "two.tle"), ("omm", "two.json")])
def test_several_satellites_of_a_file_are_chosen_by_name(key: str, file: str, folder: Path) -> None:
    twins = [{**PAYLOAD, "name": name, key: f"orbits/{file}"} for name in ("TWIN", "MICIUS")]
    read = scenario(put(satellites=twins), folder=folder)
    assert [one.name for one in read.satellites] == ["TWIN", "MICIUS"]
    assert all(getattr(one, key) is not None for one in read.satellites)


def test_a_file_may_be_the_default_of_all_satellites(folder: Path) -> None:
    twins = [{**PAYLOAD, "name": name} for name in ("TWIN", "MICIUS")]
    read = scenario(
        put(satellites=twins), lambda raw: raw["defaults"].update(satellite={"tle": "orbits/two.tle"}), folder=folder
    )
    assert [one.tle for one in read.satellites] == [(ONE, TWO)] * 2


def test_the_only_satellite_of_a_file_may_have_a_name_of_our_own(folder: Path) -> None:
    (one,) = scenario(satellite(tle="orbits/one.tle", name="Mozi"), folder=folder).satellites
    assert (one.name, one.tle) == ("Mozi", (ONE, TWO))


def orbit(key: str, file: str, **fields: Any) -> Change:
    return satellite(**({"tle": None, key: f"orbits/{file}"} | fields))


MISTAKES: dict[str, tuple[Change, str]] = {
    "use is no text": (station(use=5), "stations.5.use: found 5; write the name"),
    "use is unknown": (station(use="Xinlong"), 'stations.Xinlong.use: the catalogue has no station "Xinlong"; did you mean "Xinglong"?'),
    "use of an own name": (station(use="Xinlong", name="X"), 'stations.X.use: the catalogue has no station "Xinlong"'),
    "missing file": (orbit("tle", "none.tle"), 'satellites.Micius.tle: found "orbits/none.tle"; there is no file'),
    "missing oem": (orbit("oem", "none.oem"), "there is no file"),
    "a folder": (satellite(tle="orbits"), "satellites.Micius.tle: found \"orbits\"; there is no file"),
    "not utf-8": (orbit("tle", "latin.tle"), "latin.tle: cannot be read: it is not UTF-8 text"),
    "unknown name": (orbit("tle", "two.tle", name="TWINE"), 'it holds 2 satellites, none of them is named "TWINE"; did you mean "TWIN"?'),
    "very unknown name": (orbit("omm", "two.json", name="zz"), 'none of them is named "zz"; known are MICIUS, TWIN'),
    "no name": (orbit("tle", "two.tle", name=None), "satellites.0.tle: found \"orbits/two.tle\"; it holds 2 satellites, say which by its name"),
    "name of two": (orbit("tle", "same.tle", name="MICIUS"), 'it holds 2 satellites named "MICIUS"; give the one you mean a file'),
    "bad lines": (orbit("tle", "bad.tle"), "bad.tle: line 1 ends in 7, its checksum is 1: a character was changed; copy it"),
    "bad message": (orbit("omm", "bad.json"), "the message of MICIUS is wrong: "),
    "poor message": (orbit("omm", "poor.json"), "the message of MICIUS is wrong: MEAN_MOTION: missing, ECCENTRICITY: missing"),
    "no message": (orbit("omm", "five.json"), "found 5 where a message must be"),
    "torn json": (orbit("omm", "torn.json"), "torn.json: not JSON"),
    "torn xml": (orbit("omm", "torn.xml"), "torn.xml: not XML"),
    "bad ephemeris": (orbit("oem", "bad.oem"), 'bad.oem: the OEM\'s REF_FRAME is "MOON_ME"; allowed are'),
    "lines as message": (orbit("omm", "one.tle"), 'it holds two-line elements: write tle = "orbits/one.tle"'),
    "message as lines": (orbit("tle", "one.json"), 'it holds orbit mean-elements messages: write omm = "orbits/one.json"'),
    "ephemeris as lines": (orbit("tle", "one.oem"), 'it holds an orbit ephemeris message: write oem = "orbits/one.oem"'),
    "two orbits": (orbit("oem", "one.oem", tle="orbits/one.tle"), "tle and oem given; describe the orbit by exactly one"),
    "defaults are no table": (put(defaults=5, stations=[]), "defaults: found 5; write a table for each kind"),
    "a default is no table": (lambda raw: raw["defaults"].update(satellite=5), "defaults.satellite: found 5; write a table, [defaults.satellite]"),
    "unknown default": (lambda raw: raw["defaults"].update(sattelite={}), 'defaults.sattelite: unknown key; did you mean "satellite"?'),
    "one bracket": (lambda raw: raw.update(satellites=raw["satellites"][0]), "satellites: a single table; write [[satellites]], with two brackets"),
    "one bracket above a constellation": (put(constellations=PATTERN | PAYLOAD), "constellations: a single table; write [[constellations]]"),
    "one bracket above a demand": (put(demands={"between": ["Graz", "Xinglong"], **REKEY}), "demands: a single table; write [[demands]]"),
    "stations are text": (put(stations="Graz"), 'stations: found "Graz"; write a table for every entry, [[stations]]'),
    "satellites are text": (put(satellites="Micius", constellations=[PATTERN | PAYLOAD]), 'satellites: found "Micius"; write a table'),
    "constellations are a number": (put(constellations=5), "constellations: found 5; write a table"),
    "a station is text": (put(stations=["Graz"]), 'stations.0: found "Graz"; write it as a table, [[stations]]'),
    "a constellation is text": (put(constellations=["Iridium"]), 'constellations.0: found "Iridium"; write it as a table'),
    "a node is text": (put(nodes=["Wien"]), 'nodes.0: found "Wien"; write it as a table, [[nodes]]'),
    "empty constellation": (put(constellations=[PAYLOAD]), "constellations.0.total: missing"),
    "unknown key of a pattern": (put(constellations=[PATTERN | PAYLOAD | {"plains": 3}]), 'constellations.Rosette.plains: unknown key; did you mean "planes"?'),
    "uneven planes": (put(constellations=[PATTERN | PAYLOAD | {"planes": 4, "phasing": 0}]), "constellations.Rosette: 6 satellites do not fill 4 planes evenly"),
    "no payload": (put(constellations=[PATTERN]), "constellations.Rosette.transmitter: missing"),
    "payload with a mistake": (put(constellations=[PATTERN | PAYLOAD | {"slew": "5 m"}]), 'constellations.Rosette.slew: found "5 m"; "m" has the wrong dimension'),
    "constellations of one name": (put(constellations=[PATTERN | PAYLOAD] * 2), 'two satellites are named "Rosette 1-1"; every name must be its own'),
    "satellites without stations": (without("stations"), "stations: give at least one, as [[stations]]"),
    "constellations without stations": (lambda raw: (without("stations", "satellites")(raw), raw.update(constellations=[PATTERN | PAYLOAD])), "stations: give at least one, as [[stations]]"),
    "stations without satellites": (without("satellites"), "satellites: give at least one, as [[satellites]]"),
    "nothing": (without("satellites", "stations"), "satellites: give [[satellites]] and [[stations]], or a network"),
    "two stations of one name": (station(use="Nanshan"), 'stations: two stations are named "Nanshan"; every name must be its own'),
    "two places of one name": (put(nodes=[{"name": "Graz"}]), 'two places are named "Graz"; every name must be its own'),
    "satellite and station of one name": (satellite(name="Graz"), 'two places are named "Graz"'),
    "a chain's node of a place's name": (put(nodes=[{"name": "Linz", "latitude": "48 deg", "longitude": "14 deg"}, {"name": "Chain 2"}], backbones=[CHAIN]), 'two places are named "Chain 2"'),
    "two links of one name": (put(backbones=[CHAIN | {"through": ["Graz", "Xinglong"]}], links=[{"name": "Chain", "between": ["Graz", "Nanshan"], "rate": "1 kbit/s"}]), 'two links are named "Chain"'),
    "unknown place in a demand": (put(demands=[{"between": ["Graz", "Xinlong"], **REKEY}]), 'demands.Graz–Xinlong.between: found "Xinlong"; no node, station or satellite has that name; did you mean "Xinglong"?'),
    "unknown place in a link": (put(links=[{"between": ["Graz", "Wien"], "rate": "1 kbit/s"}]), 'links.Graz–Wien.between: found "Wien"; no node, station or satellite has that name; known are Graz, Nanshan, Xinglong'),
    "a satellite in a link": (put(links=[{"between": ["Graz", "Micius"], "rate": "1 kbit/s"}]), 'links.Graz–Micius.between: found "Micius"; a satellite has no fibre'),
    "unknown place in a chain": (put(backbones=[CHAIN]), 'backbones.Chain.through: found "Linz"; no node'),
    "no place at all": (lambda raw: (without("satellites", "stations")(raw), raw.update(links=[{"between": ["A", "A B"], "rate": "1 bit/s"}])), 'links.A–A B.between: found "A"; describe it as [[nodes]]'),
    "a chain through a place without coordinates": (put(nodes=[{"name": "Linz"}], backbones=[CHAIN]), 'backbones.Chain.through: "Linz" needs latitude and longitude'),
}  # fmt: skip
TOLD_WITH_MORE = {
    "no payload": 2, "defaults are no table": 2, "no place at all": 2, "empty constellation": 5,
}  # fmt: skip
"""Mistakes that are several: two fields missing, no stations besides, two places unknown, five fields missing."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_a_sentence(
    name: str, folder: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    change, sentence = MISTAKES[name]
    file, before = folder / "mine.toml", len(list(folder.iterdir()))
    file.write_text(tomli_w.dumps(changed(change)))
    assert skykey("run", str(file), "-o", str(folder / "out")) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert "Traceback" not in printed.err
    count, lines = TOLD_WITH_MORE.get(name, 1), printed.err.splitlines()
    assert lines[0].startswith(f"{file}: ")
    assert len(lines) == (1 if count == 1 else 1 + count)
    assert len(list(folder.iterdir())) == before + 1


def test_what_a_file_cannot_say_is_refused_too() -> None:
    with pytest.raises(InputError, match="use: found \\['Graz'\\]; write the name"):
        scenario(station(use=["Graz"]))
    with pytest.raises(InputError, match="two nodes are named"):
        scenario(put(nodes=[{"name": "A"}, {"name": "A"}]))
    assert len(scenario(put(stations=tuple(MICIUS["stations"]))).stations) == 3


def test_malformed_tables_contradict_nothing() -> None:
    """They are told of elsewhere, field by field; here they must not be stumbled over."""
    tables: Tables = {
        "satellites": [5, {"name": ["x"]}], "stations": "Graz", "nodes": [{"name": 7}], "fibres": [{"between": 3}],
        "backbones": [{"name": "C", "trusted_nodes": "many", "through": [["x"], "y", "z"]}], "demands": [{"between": [1, 2]}],
        "security": 1,
    }  # fmt: skip
    assert list(contradictions(tables)) == [
        'backbones.C.through: found "y"; describe it as [[nodes]]',
        'backbones.C.through: found "z"; describe it as [[nodes]]',
    ]
