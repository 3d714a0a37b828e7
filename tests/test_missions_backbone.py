"""Networks end to end: built-in missions, their tables, report, files and key manager's view."""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from browser import layout, needs_browser

from missions import Budget, Scenario, load, run
from missions.network import tables
from missions.network.backbone import Backbone
from missions.network.journal import read
from missions.network.optimum import gap
from missions.network.output import view, write
from missions.report import render
from missions.report.served import bound, sentences
from missions.scenario import built_in

NETWORKS = ("beijing-shanghai", "cambridge-2019", "hybrid-backbone", "secoqc-2008", "tokyo-2010")
PARTS_OF_KEYS = 1e-6
"""Relative: what the bound's solver leaves open."""


@pytest.fixture(scope="module")
def budgets() -> dict[str, Budget]:
    return {name: run(load(name)) for name in NETWORKS}


def network(budget: Budget) -> Backbone:
    assert budget.backbone is not None
    return budget.backbone


@pytest.fixture(scope="module")
def hybrid(budgets: dict[str, Budget]) -> Backbone:
    return network(budgets["hybrid-backbone"])


@pytest.fixture(scope="module")
def folder(budgets: dict[str, Budget], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return budgets["hybrid-backbone"].write(tmp_path_factory.mktemp("network") / "out")


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("name", NETWORKS)
def test_nobody_gets_more_than_the_bound_and_the_cut_allow(name: str, budgets: dict[str, Budget]) -> None:
    backbone = network(budgets[name])
    served = backbone.service.served.sum(axis=1)
    assert (served > 0).all()
    assert backbone.optimum.weight @ served <= backbone.optimum.bound * (1 + PARTS_OF_KEYS)
    for row in tables.pairs(backbone).records():
        assert row["secret_bits"] <= min(row["min_cut_bits"], row["asked_bits"])
        assert 0 <= row["outage"] < 1


@pytest.mark.parametrize("name", NETWORKS)
def test_every_bit_of_every_link_is_accounted_for(name: str, budgets: dict[str, Budget]) -> None:
    for row in tables.links(network(budgets[name])).records():
        used = row["authentication_bits"] + row["spilled_bits"] + row["expired_bits"] + row["relayed_bits"]
        assert row["initial_bits"] + row["deposited_bits"] - used == row["level_bits"] >= row["stranded_bits"] >= 0


def test_the_satellites_stores_hold_the_passes_expected_key(budgets: dict[str, Budget], hybrid: Backbone) -> None:
    budget = budgets["hybrid-backbone"]
    links = tables.links(hybrid).records()
    for station, expected in zip(budget.scenario.stations, _expected(budget), strict=True):
        (row,) = [row for row in links if row["link"] == f"Micius–{station.name}"]
        assert row["deposited_bits"] - row["authentication_bits"] == expected


def _expected(budget: Budget) -> list[int]:
    """Whole bits of every pass under the weather's probability of a clear sky, by station."""
    whole = np.floor(budget.expected_bits).astype(np.int64)
    found = budget.all_passes
    return [int(whole[found.station == number].sum()) for number in range(len(found.stations))]


def test_a_deposit_says_which_pass_and_block_it_is(hybrid: Backbone) -> None:
    above = [origin for origin in hybrid.supply.origin if origin.startswith("Micius")]
    assert above
    assert all(re.fullmatch(r"Micius–(Xinglong|Nanshan|Graz), block \d+, pass \d+(\+\d+)*", origin) for origin in above)
    assert all(re.search(r", block \d+$", origin) for origin in hybrid.supply.origin if not origin.startswith("Micius"))


def test_hybrid_backbone_says_what_reaches_shanghai_and_what_limits_it(hybrid: Backbone) -> None:
    """21 days ask for 21 x 144 keys; all of them go through Micius, over 5 + 2 + 7 + 33 links."""
    row = tables.pairs(hybrid).records()[0]
    assert (row["node_a"], row["node_b"], row["hops"]) == ("Vienna", "Shanghai", 47)
    assert row["asked_bits"] == 21 * 144 * 256
    assert row["keys_per_day"] == pytest.approx(row["secret_bits"] / 256 / 21)
    assert row["bottleneck"] == "Micius–Graz"
    assert row["min_cut"] == "Micius–Graz"


def test_hybrid_backbone_without_each_node(hybrid: Backbone) -> None:
    left = {
        (row["lost"], row["node_a"]): row["secret_bits"]
        for row in tables.failures(hybrid).records()
        if row["what"] == "node"
    }
    vienna, nanshan = hybrid.service.served.sum(axis=1).tolist()
    for lost in ("Micius", "Graz", "Xinglong", "Beijing-Shanghai 17", "Graz-Vienna 2"):
        assert left[lost, "Vienna"] == 0
    assert left["Nanshan", "Vienna"] >= vienna > 0
    assert left["Beijing-Shanghai 17", "Nanshan"] == left["Graz", "Nanshan"] == nanshan > 0
    assert left["Xinglong", "Nanshan"] == 0


def test_a_lost_node_is_the_mission_without_its_links(budgets: dict[str, Budget]) -> None:
    """The failure table against a run of a scenario that never had the link."""
    text = built_in()["cambridge-2019"]
    start = text.index('[[links]]\nbetween = ["ENGI", "CAPE"]')
    without = text[:start] + text[text.index("[[demands]]") :]
    again = network(run(Scenario.from_tables(tomllib.loads(without))))
    whole = network(budgets["cambridge-2019"])
    link = whole.layout.network.links.index("ENGI–CAPE")
    assert whole.failures.without_link[link].tolist() == again.service.served.sum(axis=1).tolist()


def test_beijing_shanghai_relays_over_33_spans(budgets: dict[str, Budget]) -> None:
    first = tables.pairs(network(budgets["beijing-shanghai"])).records()[0]
    assert first["hops"] == 33
    spans = [row for row in tables.links(network(budgets["beijing-shanghai"])).records() if row["chain"]]
    assert len(spans) == 33
    assert {row["length_km"] for row in spans} == {round(2000 / 33, 4)}
    assert all(0 < row["key_rate_bps"] < row["plob_bps"] for row in spans)


def test_every_network_has_the_same_columns(budgets: dict[str, Budget]) -> None:
    names = {tuple(tables.links(network(budget)).columns) for budget in budgets.values()}
    assert len(names) == 1


def test_the_bound_is_weighted_as_the_demands_are() -> None:
    """One link's key for two: the unimportant first in the list. Most bits is not what the schedule is to serve."""
    text = built_in()["cambridge-2019"]
    text = text[: text.index("[[links]]")] + (
        '[[links]]\nbetween = ["CAPE", "TREL"]\nrate = "0 bit/s"\ninitial = "7200 bit"\n'
        '[[links]]\nbetween = ["TREL", "ENGI"]\nrate = "0 bit/s"\ninitial = "3600 bit"\n'
        '[[demands]]\nbetween = ["CAPE", "TREL"]\nuse = "one-time-pad"\nrate = "0.25 bit/s"\n'
        '[[demands]]\nbetween = ["CAPE", "ENGI"]\nuse = "one-time-pad"\nrate = "0.25 bit/s"\npriority = 3\n'
    )
    backbone = network(run(Scenario.from_tables(tomllib.loads(text))))
    asked = 0.25 * 12 * 3600
    worth = (1 * 3600 + 3 * 3600) / (
        4 * asked
    )  # the short link's 3600 bit go to priority 3, the rest of the long one's
    assert gap(backbone.service.served, backbone.optimum).bound == pytest.approx(worth, rel=PARTS_OF_KEYS)
    assert f"at most {100 * worth:.1f} % could be" in bound(backbone)


def test_without_demands_every_two_places_are_told_their_cut() -> None:
    text = built_in()["cambridge-2019"]
    quiet = text[: text.index("[[demands]]")] + text[text.index("[stores]") :]
    backbone = network(run(Scenario.from_tables(tomllib.loads(quiet))))
    found = {(row["node_a"], row["node_b"]): row for row in tables.pairs(backbone).records()}
    assert len(found) == 3
    assert found["CAPE", "ENGI"]["hops"] == 1
    made = (backbone.service.deposited - backbone.service.authentication).sum(axis=1)
    assert found["CAPE", "ENGI"]["secret_bits"] == made[2] + min(made[0], made[1])


def test_files_of_a_network(folder: Path) -> None:
    promised = {"node_a", "node_b", "hops", "bottleneck", "secret_bits", "outage"}
    assert promised <= set(rows(folder / "backbone.csv")[0])
    made = json.loads((folder / "budget.json").read_text(encoding="utf-8"))
    for name in ("backbone", "network_routes", "network_links", "network_nodes", "network_failures"):
        assert len(made[name]) == len(rows(folder / f"{name}.csv"))


def test_the_report_has_a_chapter_on_the_network(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    chapter = page[page.index('<h2 id="network">') : page.index('<h2 id="station-xinglong">')]
    for words in ("Vienna – Shanghai: ", "Who gets key", "Links", "If a node is lost", "What trusted nodes could read"):
        assert words in chapter
    assert chapter.count("<svg") == 2
    assert "any of 32 relays of Beijing-Shanghai" in chapter


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("name", ["hybrid-backbone", "tokyo-2010"])
def test_the_report_in_a_browser(name: str, budgets: dict[str, Budget], tmp_path: Path) -> None:
    """Every table and picture has its place, with a map and without one."""
    seen = layout(budgets[name].write(tmp_path / "out") / "report.html", tmp_path)
    assert seen["count"] > 8
    assert seen["empty"] == 0
    assert seen["scroll"] <= seen["width"]


def test_a_network_on_the_ground_has_a_report_too(budgets: dict[str, Budget], tmp_path: Path) -> None:
    out = budgets["secoqc-2008"].write(tmp_path / "out")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert '<h2 id="network">' in page
    assert '<h2 id="losses">' not in page
    assert rows(out / "passes.csv") == rows(out / "stations.csv") == []


def test_the_same_network_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = run(load("hybrid-backbone")).write(tmp_path / "again")
    for entry in folder.iterdir():
        assert (again / entry.name).read_bytes() == entry.read_bytes(), entry.name


def test_the_resolved_network_reads_back(folder: Path) -> None:
    assert load(folder / "scenario.toml") == load("hybrid-backbone")


def test_secoqc_takes_one_route_after_another(budgets: dict[str, Budget]) -> None:
    """The closed forms of its legs, 59.7, 68.3 and 30.7 min, to the minute at which demands are served."""
    found = tables.routes(network(budgets["secoqc-2008"])).records()
    assert [row["route"] for row in found] == ["FOR > ERD > BRT", "FOR > ERD > SIE > BRT", "FOR > ERD > GUD > BRT"]
    ends = np.cumsum([59.7, 68.3, 30.7])
    assert [row["last_used_s"] / 60 for row in found] == pytest.approx(ends, abs=1.0)


def test_tokyo_and_cambridge_change_their_routes(budgets: dict[str, Budget]) -> None:
    tokyo, cambridge = (tables.routes(network(budgets[name])).records() for name in ("tokyo-2010", "cambridge-2019"))
    assert [row["route"] for row in tokyo] == [
        "Koganei-1 > Koganei-2 > Otemachi-2",
        "Koganei-1 > Otemachi-1 > Otemachi-2",
    ]
    assert [row["route"] for row in cambridge] == ["TREL > CAPE", "TREL > ENGI > CAPE"]
    assert cambridge[0]["last_used_s"] > cambridge[1]["last_used_s"]  # back on the first after the outage


@pytest.mark.parametrize("name", ["cambridge-2019", "secoqc-2008"])
def test_the_ledger_on_disk_gives_the_report_again(name: str, budgets: dict[str, Budget], tmp_path: Path) -> None:
    """Byte for byte: report and tables are sums over the ledger, and nothing beside it."""
    budget, file = budgets[name], tmp_path / "ledger.sqlite"
    write(network(budget), file)
    again = replace(budget)
    service = replace(network(budget).service, ledger=read(file).ledger)
    vars(again)["backbone"] = replace(network(budget), service=service)
    assert render(again) == render(budget)
    for table, content in budget.tables.items():
        assert again.tables[table].to_csv() == content.to_csv()


@pytest.mark.parametrize(("name", "published"), [("cambridge-2019", "Cambridge"), ("tokyo-2010", "Tokyo")])
def test_built_in_rates_are_the_published_ones(name: str, published: str, reference: Path) -> None:
    rates = [float(row["skr_bps"]) for row in rows(reference / "network-links.csv")
             if row["network"] == published and row["skr_bps"]]  # fmt: skip
    assert sorted(link.rate for link in load(name).links) == sorted(rates)


def test_key_of_passes_keeps_the_missions_time_over_a_leap_second(hybrid: Backbone, budgets: dict[str, Budget]) -> None:
    """The mission holds the end of 2016: 21 days and one second of SI time, for passes, fibres and demands alike."""
    found = budgets["hybrid-backbone"].all_passes
    assert hybrid.end == 21 * 86_400 + 1 == found.end - found.start
    late = load_with("hybrid-backbone", "end = 2017-01-08T12:00:00Z", "end = 2017-01-07T16:18:30Z")
    backbone = network(run(late))
    assert backbone.supply.time.max() <= backbone.end  # a pass is cut by the mission's end


def load_with(name: str, old: str, new: str) -> Scenario:
    text = built_in()[name]
    assert old in text
    return Scenario.from_tables(tomllib.loads(text.replace(old, new)))


def test_rates_that_are_stated_claim_no_proof(
    budgets: dict[str, Budget], tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    made = budgets["secoqc-2008"].to_dict()
    assert made["security"]["proof"] is None
    page = (budgets["secoqc-2008"].write(tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    assert "nothing here says how that key was proven" in page
    assert "composable" not in page
    assert "78 Mbit" in page[: page.index("<h2")]
    assert skykey("run", "secoqc-2008") == 0
    printed = capsys.readouterr().out
    assert "lim-2014" not in printed
    assert "FOR – BRT: 78 Mbit in 3 h" in printed


def test_what_is_expected_is_said_to_be(budgets: dict[str, Budget], hybrid: Backbone, folder: Path) -> None:
    assert {row["satellite_key"] for row in rows(folder / "backbone.csv")} == {"mean over the weather"}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "were every pass clear" in page
    assert "of it in the mean over the weather" in page
    assert "the time without key is longer" in page
    assert network(budgets["beijing-shanghai"]).satellite_key == ""


def test_the_cut_leaves_the_reserve(budgets: dict[str, Budget]) -> None:
    (row,) = tables.pairs(network(budgets["secoqc-2008"])).records()
    assert row["min_cut"] == "ERD–BRT + SIE–BRT + ERD–GUD"
    assert row["min_cut_bits"] == row["secret_bits"] == row["optimum_bits"]


def test_shares_of_a_key_are_told_apart_from_keys() -> None:
    shared = load_with("cambridge-2019", 'rekey = "2 s"', 'rekey = "2 s"\npaths = 2')
    backbone = network(run(shared))
    (row,) = tables.pairs(backbone).records()
    assert row["min_cut_bits"] is None
    found = tables.routes(backbone).records()
    assert all(one["xor_share"] for one in found)
    assert {one["relayed_bits"] for one in found} == {row["secret_bits"]}
    assert backbone.service.exposure.max() == 0


def test_fibres_tell_the_settings_that_were_counted(budgets: dict[str, Budget]) -> None:
    """The scenario asks for the best settings; the table has those, not the configured ones."""
    spans = [row for row in tables.links(network(budgets["beijing-shanghai"])).records() if row["length_km"]]
    assert {row["intensities"] for row in spans}.isdisjoint({"0.6 0.2 0"})
    for row in spans:
        mu, part = ([float(word) for word in row[name].split()] for name in ("intensities", "probabilities"))
        assert mu == sorted(mu, reverse=True)
        assert sum(part) == pytest.approx(1.0, abs=1e-3)  # written with four digits
        assert 0.5 < row["key_basis_probability"] < 1


def test_a_pair_without_a_route_is_told_so() -> None:
    text = built_in()["cambridge-2019"].replace('between = ["TREL", "CAPE"]\nuse', 'between = ["TREL", "FAR"]\nuse')
    lonely = Scenario.from_tables(tomllib.loads(text + '\n[[nodes]]\nname = "FAR"\n'))
    assert sentences(network(run(lonely))) == ["TREL – FAR: nothing. There never was key on a route between them."]


@pytest.mark.parametrize("suffix", [".csv", ".json", ".geojson", ".sqlite"])
def test_the_command_writes_what_the_name_says(
    suffix: str, tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"net{suffix}"
    assert skykey("backbone", "cambridge-2019", "-o", str(file)) == 0
    assert capsys.readouterr().out == ""
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]
    if suffix == ".sqlite":
        assert read(file).links == ("CAPE–TREL", "TREL–ENGI", "ENGI–CAPE")
    elif suffix == ".csv":
        assert rows(file)[0]["node_a"] == "TREL"
    else:
        made = json.loads(file.read_text(encoding="utf-8"))
        assert len(made["features" if suffix == ".geojson" else "links"]) == (6 if suffix == ".geojson" else 3)


def test_the_command_prints_pairs_links_and_failures(
    skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert skykey("backbone", "cambridge-2019") == 0
    printed = capsys.readouterr().out
    for words in ("TREL – CAPE: ", "Pairs", "Links", "If a node is lost", "at most", "CAPE–TREL"):
        assert words in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backbone", "micius-2016"), "has no network"),
        (("backbone", "cambridge-2019", "-o", "net.xls"), "write .csv, .json, .geojson, or .sqlite"),
        (("serve", "cambridge-2019", "--lost", "TRELL"), 'did you mean "TREL"'),
        (("serve", "cambridge-2019", "--host", "0.0.0.0"), "other computers would reach"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_written(
    arguments: tuple[str, ...],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    skykey: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert skykey(*arguments) == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_key_manager_shows_the_simulated_stores(budgets: dict[str, Budget]) -> None:
    backbone = network(budgets["cambridge-2019"])
    shown = view(backbone)
    assert shown.pairs == (("TREL", "CAPE"),)
    assert shown.level(0, 0.0) == 0
    assert shown.level(0, 3600.0) <= shown.capacity(0) == 256_000
    assert shown.level(0, 3600.0) > 0
    direct = backbone.service.level[0]
    outage = slice(*np.searchsorted(backbone.service.timeline.edges, [5 * 3600.0, 7 * 3600.0]))
    assert direct[outage].max() < 256  # nothing comes in, so what was there is used up
    assert shown.level(0, 6 * 3600.0) > 0  # the other way round the triangle


def test_a_key_manager_out_of_service_has_no_store(budgets: dict[str, Budget]) -> None:
    backbone = network(budgets["tokyo-2010"])
    one_left, none_left = (view(backbone, lost) for lost in (("Koganei-2",), ("Koganei-2", "Otemachi-1")))
    assert one_left.level(0, 60.0) > 0
    assert np.isnan(none_left.level(0, 60.0))
    assert none_left.capacity(0) == 0
