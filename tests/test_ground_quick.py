"""The quick road, two lines and places in SI: the same passes to the last bit, the same mistakes told, few imports."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_orbits_elements import BROKEN, ONE, TWO

from ground import Place, Station, catalogue, find_passes, station
from ground.place import MIN_ELEVATION
from orbits import Satellite, TwoLines, load_satellites, seconds
from si import ValidityWarning

WINDOW = ("2016-12-18T12:00:00Z", "2016-12-21T12:00:00Z")
RIDGE = (("0 deg", "12 deg"), ("90 deg", "40 deg"), ("180 deg", "15 deg"))
SCRIPT = """
import sys
from math import radians
from ground import Place, find_passes, station
from orbits import TwoLines, load_satellites

satellites = [*load_satellites(sys.argv[1]), TwoLines("again", load_satellites(sys.argv[1])[0].tle)]
places = [station("Xinglong"), Place("home", radians(47.0), radians(15.5))]
passes = find_passes(satellites, places, "2016-12-18T12:00:00Z", "2016-12-19T12:00:00Z")
assert len(passes.sample(1.0)) > 0
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
HEAVY = {"pydantic", "pydantic_core", "scipy", "astropy", "pandas", "matplotlib"}


def everything(passes: Any) -> list[Any]:
    track = passes.sample("1 s")
    table, samples = passes.columns(), ("azimuth", "elevation", "range", "range_rate", "sun_elevation", "contact")
    return [*table.values(), passes.rise, passes.culmination, passes.set, *(getattr(track, name) for name in samples)]


def test_two_lines_and_places_give_the_same_passes_to_the_last_bit() -> None:
    described = Station(
        name="Graz", latitude="47.0671 deg", longitude="15.4933 deg", altitude="539.4 m", horizon=RIDGE,
        max_sun_elevation="-6 deg",
    )  # fmt: skip
    plain = replace(station("Graz"), horizon=described.horizon, max_sun_elevation=described.max_sun_elevation)
    slow = find_passes([Satellite(name="M", tle=(ONE, TWO), max_range="1500 km")], [described], *WINDOW)
    quick = find_passes([TwoLines("M", (ONE, TWO), max_range=1.5e6)], [plain], *WINDOW)
    assert len(slow) > 3
    assert 0 < slow.sample("1 s").contact.sum() < len(slow.sample("1 s"))
    for one, other in zip(everything(slow), everything(quick), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_catalogue_reads_as_a_scenario_file_would() -> None:
    for name, site in catalogue().items():
        described = Station.model_validate(site.written)
        assert site.station == Place(name, described.latitude, described.longitude, described.altitude)
        assert site.station.min_elevation == described.min_elevation == MIN_ELEVATION


@pytest.mark.parametrize("name", BROKEN)
def test_broken_lines_are_refused_as_a_satellites_are(name: str) -> None:
    lines, sentence = BROKEN[name]
    with pytest.raises(ValueError, match=sentence):
        TwoLines("x", lines)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"latitude": 47.07}, "latitude 47.07, longitude 0.2 or the elevations are not radians"),
        ({"longitude": 15.5}, "not radians"),
        ({"longitude": -100.0}, "not radians"),
        ({"latitude": float("nan")}, "not radians"),
        ({"min_elevation": 10.0}, "not radians"),
        ({"max_sun_elevation": -6.0}, "not radians"),
        ({"horizon": ((90.0, 0.1),)}, "not radians"),
        ({"horizon": ((0.1, 20.0),)}, "not radians"),
        ({"horizon": ((1.0, 0.1), (0.5, 0.2))}, "must increase"),
    ],
)
def test_degrees_taken_for_radians_are_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=f"home: .*{sentence}"):
        Place(**({"name": "home", "latitude": 0.8, "longitude": 0.2} | changes))


def test_old_two_lines_are_warned_of() -> None:
    satellite = TwoLines("M", (ONE, TWO))
    start = satellite.mean_elements().epoch_t + 40 * 86400.0
    assert satellite.age(start) == pytest.approx(40 * 86400.0)
    with pytest.warns(ValidityWarning, match=r"41\.0 days"):
        find_passes([satellite], [station("Graz")], start, start + 86400.0)
    find_passes([replace(satellite, max_age=None)], [station("Graz")], start, start + 86400.0)


def test_a_file_of_two_lines_needs_no_model(tmp_path: Path) -> None:
    path = tmp_path / "one.tle"
    path.write_text(f"0 MICIUS\r\n{ONE}\r\n{TWO}\r\n", newline="")
    (satellite,) = load_satellites(path)
    assert satellite == TwoLines("MICIUS", (ONE, TWO))
    assert satellite.mean_elements().epoch_t == pytest.approx(seconds("2016-12-19T13:39:33.153408Z"), abs=1e-6)


def test_the_quick_road_imports_no_heavy_library(tmp_path: Path) -> None:
    path = tmp_path / "one.tle"
    path.write_text(f"MICIUS\n{ONE}\n{TWO}\n")
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert {"numpy", "ground", "orbits", "sgp4"} <= imported
    assert not imported & HEAVY
