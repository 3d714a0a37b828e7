"""The files of a run: complete, consistent, reproducible, self-contained."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from browser import chromium, layout, needs_browser

from missions import Budget, Scenario, load, run
from missions.budget import replace_folder
from missions.scenario import built_in
from missions.schema import schema
from missions.tables import Table

FILES = ("passes.csv", "blocks.csv", "stations.csv", "budget.json", "scenario.toml", "report.html")
"""Of a mission without a network."""


@pytest.fixture(scope="module")
def budget() -> Budget:
    return run(load("micius-2016"))


@pytest.fixture(scope="module")
def folder(budget: Budget, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return budget.write(tmp_path_factory.mktemp("run") / "out")


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_all_files_and_no_others(folder: Path) -> None:
    assert sorted(entry.name for entry in folder.iterdir()) == sorted(FILES)
    assert [entry.name for entry in folder.parent.iterdir()] == ["out"]


def test_columns_of_the_contract(folder: Path) -> None:
    promised = {
        "passes.csv": "satellite station rise_utc culmination_utc set_utc duration_s max_elevation_deg min_range_km"
        " sun_elevation_deg sunlit clipped selected reason min_loss_db mean_loss_db detections sifted_bits qber secret_bits outcome",
        "stations.csv": "station passes selected_passes contact_time_s sifted_bits secret_bits secret_bits_p10 secret_bits_p50 secret_bits_p90",
        "blocks.csv": "passes detections sifted_bits qber secrecy correctness secret_bits outcome",
    }
    for name, columns in promised.items():
        assert set(columns.split()) <= set(rows(folder / name)[0])


def test_every_pass_says_why(folder: Path) -> None:
    for row in rows(folder / "passes.csv"):
        assert (row["selected"] == "true") == (row["reason"] == "")
        assert (row["selected"] == "true") == (row["outcome"] != "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["rise_utc"])
        assert row["rise_utc"] <= row["culmination_utc"] <= row["set_utc"]


def test_bits_add_up(folder: Path, budget: Budget) -> None:
    blocks, passes, stations = (rows(folder / f"{name}.csv") for name in ("blocks", "passes", "stations"))
    totals = {sum(int(row["secret_bits"] or 0) for row in table) for table in (blocks, passes, stations)}
    assert totals == {int(budget.keys.secret_bits.sum())}
    assert totals.pop() > 0


def test_epsilons_add_up(budget: Budget) -> None:
    security = budget.scenario.security
    assert budget.keys.epsilon("secrecy") == pytest.approx(security.secrecy, rel=1e-12)
    assert budget.keys.epsilon("correctness") == pytest.approx(security.correctness, rel=1e-12)


def test_same_input_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = run(load("micius-2016")).write(tmp_path / "again")
    for name in FILES:
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_resolved_scenario_reads_back(folder: Path) -> None:
    resolved = load(folder / "scenario.toml")
    assert resolved == load("micius-2016")
    assert resolved.digest == load("micius-2016").digest


def test_budget_json(folder: Path) -> None:
    made = json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    assert made["schema"] == "skykey/budget/1"
    assert made["provenance"]["scenario_sha256"] == load("micius-2016").digest
    assert made["provenance"]["data_sha256"]
    assert [row["station"] for row in made["stations"]] == ["Xinglong", "Nanshan", "Graz"]


def test_report_stands_alone(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|link|iframe|img)\b|@import|url\(\s*[\"']?https?:", page, re.I)
    style = page[page.index("<style>") : page.index("</style>")]
    assert "&" not in style  # nothing in it is escaped, or rules would be lost
    for station in ("Xinglong", "Nanshan", "Graz"):
        assert f">{station}</h2>" in page
    assert page.count("<svg") == 5


@needs_browser
@pytest.mark.browser
def test_report_in_a_browser(folder: Path, tmp_path: Path) -> None:
    """Chromium opens the page offline, lays it out and draws every picture inside the page's width."""
    seen = layout(folder / "report.html", tmp_path)
    assert seen["count"] > 10
    assert seen["empty"] == 0
    assert seen["scroll"] <= seen["width"]


@needs_browser
@pytest.mark.browser
def test_report_prints(folder: Path, tmp_path: Path) -> None:
    chromium(tmp_path, f"--print-to-pdf={tmp_path / 'report.pdf'}", (folder / "report.html").as_uri())
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_an_interrupted_write_leaves_the_old_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = replace_folder(tmp_path / "out", {"budget.json": "old"})
    monkeypatch.setattr(Path, "write_text", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        replace_folder(target, {"budget.json": "new"})
    assert (target / "budget.json").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]  # noqa: PTH208


def test_a_new_result_replaces_the_old_one(tmp_path: Path) -> None:
    replace_folder(tmp_path / "a" / "out", {"budget.json": "old", "report.html": "old"})
    target = replace_folder(tmp_path / "a" / "out", {"budget.json": "new"})
    assert [entry.name for entry in target.iterdir()] == ["budget.json"]
    assert [entry.name for entry in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("block", ["day", "week", "mission"])
def test_pooled_blocks(block: str, budget: Budget) -> None:
    text = built_in()["micius-2016"].replace('block = "pass"', f'block = "{block}"')
    pooled = run(Scenario.from_tables(tomllib.loads(text)))
    assert (pooled.served == budget.served).all()
    sizes = np.bincount(pooled.block[pooled.served])
    assert sizes.sum() == budget.served.sum()
    assert (sizes > 1).any()
    assert pooled.secret_bits.sum() == pooled.keys.secret_bits.sum()
    assert np.bincount(pooled.block[pooled.served], pooled.secret_bits[pooled.served]) == pytest.approx(
        pooled.keys.secret_bits
    )
    own = {
        (pooled.all_passes.satellite[row], pooled.all_passes.station[row], pooled.block[row])
        for row in np.flatnonzero(pooled.served)
    }
    assert len(own) == len(sizes)


def test_a_window_without_passes(tmp_path: Path) -> None:
    text = built_in()["micius-2016"].replace("end = 2016-12-25T12:00:00Z", "end = 2016-12-18T12:05:00Z")
    empty = run(Scenario.from_tables(tomllib.loads(text)))
    assert len(empty.all_passes) == 0
    folder = empty.write(tmp_path / "out")
    assert len(rows(folder / "stations.csv")) == 3
    assert "never rises" in (folder / "report.html").read_text(encoding="utf-8")


def test_schema_describes_the_file() -> None:
    described = schema()
    raw = tomllib.loads(built_in()["micius-2016"])
    assert set(raw) <= set(described["properties"])
    assert "use" in described["$defs"]["GroundStation"]["properties"]


def test_tables_write_plain_values() -> None:
    table = Table({"name": ["a,b"], "range_km": [np.float64(1.23456789)], "qber": [float("nan")], "used": [np.True_]})
    assert table.to_csv() == 'name,range_km,qber,used\n"a,b",1.2346,,true\n'
    assert table.to_frame().shape == (1, 4)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [('aperture = "1 m"', 'aperture = "1 um"'), ('zenith_loss = "3.39 dB"', 'zenith_loss = "1000 dB"')],
)
def test_a_hopeless_link_gives_no_key_and_finite_numbers(right: str, wrong: str, tmp_path: Path) -> None:
    dark = run(Scenario.from_tables(tomllib.loads(built_in()["micius-2016"].replace(right, wrong))))
    assert dark.secret_bits.sum() == 0
    assert np.isfinite(dark.links.mean_transmittance).all()
    folder = dark.write(tmp_path / "out")
    assert all(row["secret_bits"] == "0" for row in rows(folder / "passes.csv"))
    assert "No secret key." in (folder / "report.html").read_text(encoding="utf-8")


def test_a_thousand_decibels_of_fibre_give_no_key() -> None:
    from keys import Detector, Security, Source, detect, distill
    from links import Fibre, fibre

    span = Fibre.model_validate({"length": "5000 km", "attenuation": "0.2 dB/km"})
    channel = fibre([span], 1550e-9, 3600.0)
    source = Source.model_validate(
        {
            "pulse_rate": "1 GHz",
            "intensities": (0.5, 0.1, 0.0),
            "probabilities": (0.8, 0.1, 0.1),
            "wavelength": "1550 nm",
        }
    )
    detector = Detector.model_validate({"efficiency": 0.2, "dark_count_rate": "100 Hz", "count": 4, "gate": "1 ns"})
    keys = distill(detect(channel, source, detector), Security())
    assert keys.secret_bits.tolist() == [0]
    assert np.isfinite(keys.leakage).all()
    assert np.isfinite(keys.estimate.phase_error).all()
