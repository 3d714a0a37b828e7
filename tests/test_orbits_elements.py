"""Orbits in: every format gives the same satellite, and every mistake a sentence."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from sgp4 import exporter
from sgp4.api import Satrec

from ground import find_passes, station
from orbits import Constellation, Satellite, datetimes, ephemeris, load_satellites, seconds, walker
from orbits.tle import checksum, parse
from si import ValidityWarning

ONE = "1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991"
TWO = "2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164"
WINDOW = ("2016-12-18T12:00:00Z", "2016-12-21T12:00:00Z")
DAY = 86400.0


def sealed(line: str) -> str:
    """The line with its right checksum."""
    return line[:68] + str(checksum(line))


BROKEN = {
    "checksum": ((ONE[:-1] + "2", TWO), "checksum"),
    "swapped": ((TWO, ONE), "swapped"),
    "short": ((ONE[:-1], TWO), "68 columns"),
    "shifted": ((sealed(" ".join(["1", ONE[1:68]])[:69]), TWO), "starts with|laid out"),
    "other satellite": ((sealed(ONE.replace("41731", "41732")), TWO), "different satellites"),
    "inclination": ((ONE, sealed(TWO.replace(" 97.3698", "197.3698"))), "inclination 197.3698"),
    "day": ((sealed(ONE.replace("16354.5", "15366.5")), TWO), "day 366.5"),
    "day zero": ((sealed(ONE.replace("16354.5", "16000.5")), TWO), "days 1 to 366"),
    "motion": ((ONE, sealed(TWO.replace("15.23916091", "18.23916091"))), "mean motion"),
    "node": ((ONE, sealed(TWO.replace("268.1064", "368.1064"))), "right ascension"),
    "letters": ((ONE, sealed(TWO.replace("268.1064", "26B.1064"))), "laid out"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_lines_are_refused_with_a_sentence(name: str) -> None:
    lines, sentence = BROKEN[name]
    with pytest.raises(ValidationError, match=sentence):
        Satellite(name="x", tle=lines)


def test_leap_years_have_a_day_366() -> None:
    assert parse((sealed(ONE.replace("16354.5", "16366.5")), TWO)).epoch > parse((ONE, TWO)).epoch


def test_exactly_one_description() -> None:
    with pytest.raises(ValidationError, match="no orbit given"):
        Satellite(name="x")
    circle = {"altitude": "500 km", "inclination": "50 deg", "epoch": "2025-01-01T00:00:00Z"}
    with pytest.raises(ValidationError, match="tle and circular given"):
        Satellite(name="x", tle=(ONE, TWO), circular=circle)


def message(**changes: Any) -> dict[str, Any]:
    return exporter.export_omm(Satrec.twoline2rv(ONE, TWO), "MICIUS") | {"NORAD_CAT_ID": 400_123} | changes


def kvn(fields: dict[str, Any]) -> str:
    return "CCSDS_OMM_VERS = 3.0\nCOMMENT made for a test\n" + "".join(f"{k} = {v}\n" for k, v in fields.items())


def table(fields: dict[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fields)
    writer.writeheader()
    writer.writerow(fields)
    return text.getvalue()


def xml(fields: dict[str, Any]) -> str:
    inside = "".join(f"<{k}>{v}</{k}>" for k, v in fields.items())
    return f"<?xml version='1.0'?><ndm><omm id='CCSDS_OMM_VERS'><body><segment>{inside}</segment></body></omm></ndm>"


def three_lines(fields: dict[str, Any]) -> str:
    return f"0 MICIUS\r\n{ONE}\r\n{TWO}\r\n\r\nSECOND\r\n{ONE}\r\n{TWO}\r\n"


FORMATS = {
    "tle": three_lines,
    "json": lambda fields: json.dumps([fields]),
    "xml": xml,
    "csv": table,
    "kvn": kvn,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_passes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "satellites.dat"
    path.write_text(FORMATS[name](message()), newline="")
    satellites = load_satellites(path)
    assert satellites[0].name == "MICIUS"
    theirs = find_passes(satellites[:1], [station("Graz")], *WINDOW)
    ours = find_passes([Satellite(name="M", tle=(ONE, TWO))], [station("Graz")], *WINDOW)
    assert len(ours) == len(theirs) > 3
    np.testing.assert_allclose(theirs.rise, ours.rise, atol=2e-6, rtol=0)
    if name != "tle":
        assert satellites[0].mean_elements().number == 400_123


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"MEAN_ELEMENT_THEORY": "SGP4-XP"}, "cannot be used"),
        ({"TIME_SYSTEM": "TAI"}, "allowed is UTC"),
        ({"EPOCH": "yesterday"}, "not an epoch"),
        ({"INCLINATION": 197}, "inclination 197"),
        ({"MEAN_MOTION": "nan"}, "finite"),
    ],
)
def test_broken_messages_are_refused(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "omm.json"
    path.write_text(json.dumps(message(**changes)))
    with pytest.raises(ValueError, match=sentence):
        load_satellites(path)


@pytest.mark.parametrize("text", ["", "hello\nworld\n", "{", "<a", ONE])
def test_files_that_hold_no_satellite_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken"
    path.write_text(text)
    with pytest.raises(ValueError, match="broken: "):
        load_satellites(path)


def test_alpha_5_numbers() -> None:
    lines = tuple(sealed(line.replace("41731", "B1731", 1)) for line in (ONE, TWO))
    assert Satellite(name="x", tle=lines).mean_elements().number == 111_731


@pytest.mark.validation
def test_sgp4_verification_set(record_figure: Any) -> None:
    """Positions of the SGP4 authors' own test output, through our reader of elements."""
    worst, cases = 0.0, 0
    elements = verification_elements()
    number = 0
    for line in (files("sgp4") / "tcppver.out").read_text().splitlines():
        words = line.split()
        if len(words) == 2 and words[1] == "xx":
            number = int(words[0])
        elif number in elements and len(words) >= 7:
            error, place, _ = elements[number].sgp4_tsince(float(words[0]))
            worst = (
                max(worst, float(np.abs(np.array(place) - np.array(words[1:4], float)).max())) if not error else worst
            )
            cases += 1
    assert cases > 400
    assert worst < 2e-4
    record_figure("SGP4 verification set, largest difference in place, m", 0.0, worst * 1e3, "0.2", "tcppver.out")


def verification_elements() -> dict[int, Satrec]:
    lines = [row[:69] for row in (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines() if row[:2] in ("1 ", "2 ")]
    pairs = [pair for pair in zip(lines[::2], lines[1::2], strict=True) if all(checksum(x) == int(x[68]) for x in pair)]
    return {parse(pair).number: parse(pair).satrec() for pair in pairs}


def test_sun_synchronous_node_keeps_its_local_time() -> None:
    orbit = {"altitude": "500 km", "local_time": "22:30", "epoch": "2025-01-01T00:00:00Z"}
    elements = Satellite(name="s", sun_synchronous=orbit).mean_elements()
    assert 97.3 < elements.inclination < 97.5
    assert elements.satrec().nodedot / 60 * 365.2421897 * DAY == pytest.approx(2 * np.pi, rel=1e-9)
    mean_sun = 280.460 + 0.9856474 * elements.epoch_t / DAY
    assert ((elements.node - mean_sun) / 15 + 12) % 24 == pytest.approx(22.5, abs=0.01)


def test_walker_patterns() -> None:
    pattern = {"total": 24, "planes": 6, "altitude": "600 km", "inclination": "60 deg", "epoch": "2025-01-01T00:00:00Z"}
    delta, star = walker(phasing=1, **pattern), walker(pattern="star", **pattern)
    nodes = [[s.mean_elements().node for s in fleet][::4] for fleet in (delta, star)]
    np.testing.assert_allclose(nodes, [np.arange(6) * 60.0, np.arange(6) * 30.0], atol=1e-9)
    assert delta[4].mean_elements().anomaly == pytest.approx(15.0)
    assert delta[1].mean_elements().anomaly == pytest.approx(90.0)
    assert len({s.name for s in delta}) == 24
    with pytest.raises(ValidationError, match="evenly"):
        Constellation(**(pattern | {"planes": 5}))


def test_an_ephemeris_message_gives_the_passes_of_its_orbit(tmp_path: Path) -> None:
    satellite = Satellite(name="M", tle=(ONE, TWO))
    start = seconds("2016-12-19T12:00:00Z")
    trajectory = ephemeris([satellite], start, start + DAY).trajectories[0]
    t = start + np.arange(0, DAY + 1, 120.0)
    place, speed = trajectory.at(t)
    path = tmp_path / "orbit.oem"
    path.write_text(oem(t, place, speed))
    loaded = load_satellites(path)
    ours, theirs = (
        find_passes(one, [station("Graz")], start + 600, start + DAY - 600) for one in ([satellite], loaded)
    )
    np.testing.assert_allclose(theirs.rise, ours.rise, atol=0.01, rtol=0)
    with pytest.warns(ValidityWarning, match="its states reach"):
        assert find_passes(loaded, [station("Graz")], start + DAY, start + 2 * DAY).clipped.all()


def oem(t: np.ndarray, place: np.ndarray, speed: np.ndarray) -> str:
    head = "CCSDS_OEM_VERS = 2.0\nMETA_START\nOBJECT_NAME = M\nCENTER_NAME = EARTH\nREF_FRAME = ITRF\n"
    head += "TIME_SYSTEM = TT\nMETA_STOP\n"
    when = np.datetime64("2000-01-01T12:00:00", "us") + np.rint(t * 1e6).astype("m8[us]")
    rows = zip(when, *(1e-3 * place), *(1e-3 * speed), strict=True)
    return head + "".join(f"{row[0]} " + " ".join(f"{x:.9f}" for x in row[1:]) + "\n" for row in rows)


def test_a_decayed_satellite_stays_down() -> None:
    lines = [row[:69] for row in (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines() if "29141" in row]
    satellite = Satellite(name="falling", tle=tuple(lines[-2:]), max_age=None)
    epoch = satellite.mean_elements().epoch_t
    with pytest.warns(ValidityWarning, match="SGP4 gives up"):
        trajectory = ephemeris([satellite], epoch, epoch + 10 * DAY).trajectories[0]
    assert trajectory.end < epoch + 2 * DAY
    with pytest.warns(ValidityWarning, match="SGP4 gives up"):
        assert len(find_passes([satellite], [station("Graz")], epoch + 20 * DAY, epoch + 21 * DAY)) == 0


def test_old_elements_are_warned_of() -> None:
    satellite = Satellite(name="M", tle=(ONE, TWO))
    start = satellite.mean_elements().epoch_t + 40 * DAY
    assert satellite.age(start) == pytest.approx(40 * DAY)
    with pytest.warns(ValidityWarning, match=r"41\.0 days"):
        find_passes([satellite], [station("Graz")], start, start + DAY)


ORBITS: dict[str, tuple[dict[str, Any], str]] = {
    "inclination of a circle": ({"circular": {"altitude": "500 km", "inclination": "181 deg", "epoch": "2025-01-01T00:00:00Z"}}, "outside 0 to 180 deg"),
    "perigee in the ground": ({"keplerian": {"semi_major_axis": "7000 km", "eccentricity": 0.2, "inclination": "9 deg", "epoch": "2025-01-01T00:00:00Z"}}, "perigee lies 778.1 km below the ground"),
    "no altitude is sun-synchronous": ({"sun_synchronous": {"altitude": "6000 km", "local_time": "10:30", "epoch": "2025-01-01T00:00:00Z"}}, "less than or equal"),
    "time of day": ({"sun_synchronous": {"altitude": "500 km", "local_time": "10.30", "epoch": "2025-01-01T00:00:00Z"}}, "not a time of day"),
    "naive epoch": ({"circular": {"altitude": "500 km", "inclination": "50 deg", "epoch": "2025-01-01T00:00:00"}}, "time zone"),
    "no unit": ({"circular": {"altitude": 500, "inclination": "50 deg", "epoch": "2025-01-01T00:00:00Z"}}, "give a unit"),
    "no file": ({"oem": "nowhere.oem"}, "there is no file nowhere.oem"),
}  # fmt: skip


@pytest.mark.parametrize("name", ORBITS)
def test_designed_orbits_that_cannot_be_are_refused(name: str) -> None:
    fields, sentence = ORBITS[name]
    with pytest.raises(ValidationError, match=sentence):
        Satellite(name="x", **fields)


def test_messages_in_one_file_and_epochs_by_day_of_the_year(tmp_path: Path) -> None:
    path = tmp_path / "two.kvn"
    ordinal = message(EPOCH=message()["EPOCH"].replace("2016-12-19", "2016-354"), OBJECT_NAME="TWIN")
    path.write_text(
        kvn(message()) + kvn(ordinal).replace(f"= {ordinal['INCLINATION']}", f"= {ordinal['INCLINATION']} [deg]")
    )
    one, two = load_satellites(path)
    assert (one.name, two.name) == ("MICIUS", "TWIN")
    assert two.mean_elements() == one.mean_elements()
    timed = Satellite(name="t", omm=message(EPOCH=datetimes(one.mean_elements().epoch_t)[0]))
    assert timed.mean_elements().epoch == pytest.approx(one.mean_elements().epoch, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ECCENTRICITY": 1.0}, "outside 0 to 1"),
        ({"BSTAR": "inf"}, "finite"),
        ({"RA_OF_ASC_NODE": -1.0}, "right ascension of the node -1.0 deg is outside"),
        ({"MEAN_MOTION": 0}, "mean motion 0"),
        ({"CENTER_NAME": "MOON"}, "allowed is EARTH"),
        ({"REF_FRAME": "GCRF"}, "allowed is TEME"),
        ({"NORAD_CAT_ID": -5}, "NORAD_CAT_ID: should be greater than or equal to 0"),
        ({"EPOCH": None}, "not an epoch"),
    ],
)
def test_a_wrong_message_is_one_sentence(changes: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "omm.json"
    path.write_text(json.dumps(message(**changes)))
    with pytest.raises(ValueError, match=sentence) as error:
        load_satellites(path)
    assert str(error.value).startswith(f"{path}: the message of MICIUS is wrong: ")
    assert "\n" not in str(error.value)


def test_entities_in_xml_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "omm.xml"
    path.write_text('<!DOCTYPE x [<!ENTITY a "aaaa">]><ndm/>')
    with pytest.raises(ValueError, match=r"omm\.xml: an OMM in XML has no DOCTYPE"):
        load_satellites(path)
    path.write_text("<ndm></ndm>")
    with pytest.raises(ValueError, match="no message found"):
        load_satellites(path)


def test_a_table_of_states_has_no_elements_and_no_age(tmp_path: Path) -> None:
    start = seconds("2016-12-19T12:00:00Z")
    t = start + np.arange(0, 3600.0, 120.0)
    path = tmp_path / "orbit.oem"
    path.write_text(oem(t, *ephemeris([Satellite(name="M", tle=(ONE, TWO))], start, start + DAY).trajectories[0].at(t)))
    (loaded,) = load_satellites(path)
    assert loaded.age(start) is None
    with pytest.raises(ValueError, match="M is described by states"):
        loaded.mean_elements()


def test_phasing_stays_below_the_planes() -> None:
    pattern = {"total": 6, "planes": 3, "altitude": "600 km", "inclination": "60 deg", "epoch": "2025-01-01T00:00:00Z"}
    with pytest.raises(ValidationError, match="phasing 3 is not below the number of planes, 3"):
        Constellation(phasing=3, **pattern)


def test_what_lies_beyond_a_decay_is_not_believed() -> None:
    """Whether the decay lies in the window or before it, seen from the epoch."""
    lines = [row[:69] for row in (files("sgp4") / "SGP4-VER.TLE").read_text().splitlines() if "28350" in row]
    satellite = Satellite(name="falling", tle=tuple(lines[-2:]), max_age=None)
    epoch = satellite.mean_elements().epoch_t
    with pytest.warns(ValidityWarning, match="SGP4 gives up"):
        trajectory = ephemeris([satellite], epoch - DAY, epoch + 60 * DAY).trajectories[0]
    assert trajectory.end < epoch + 60 * DAY
    with pytest.warns(ValidityWarning, match="SGP4 gives up"):
        gone = ephemeris([satellite], epoch + 60 * DAY, epoch + 61 * DAY).trajectories[0]
    assert gone.start > gone.end
