"""Key that the links deliver: by the clock, through outages, and from passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import Security, detect, distill
from links import fibre
from missions.network.fibres import fibre_keys
from missions.network.inputs import FibreLink, MeasuredLink, Node, Span
from missions.network.layout import Layout, Sky, layout
from missions.network.outages import drawn, live_time, merged
from missions.network.supply import as_measured, by_the_clock, joined, of_fibres, outages
from orbits import seconds

HOUR = 3600.0
EQUIPMENT: dict[str, Any] = {
    "source": {
        "wavelength": "1550.12 nm", "pulse_rate": "625 MHz", "intensities": (0.6, 0.2, 0.0),
        "probabilities": (0.875, 0.0625, 0.0625), "key_basis_probability": 0.9, "key_bases": "one",
        "misalignment": 0.01,
    },
    "detector": {"efficiency": 0.2, "dark_count_rate": "600 Hz", "gate": "0.5 ns", "dead_time": "2 us"},
}  # fmt: skip
SECURITY = Security()
ROUNDING = 1e-6
"""s: sums of times of up to a year."""
FIVE_SIGMA = 5.0
times = st.lists(
    st.tuples(st.floats(-10, 110), st.floats(0, 30)).map(lambda one: (one[0], one[0] + one[1])), max_size=8
)


def span(length: str, **more: Any) -> Span:
    return Span.model_validate({"length": length, **EQUIPMENT, **more})


def plan_of(*entries: FibreLink | MeasuredLink) -> Layout:
    nodes = [Node(name=name) for name in dict.fromkeys(name for entry in entries for name in entry.between)]
    fibres = [entry for entry in entries if isinstance(entry, FibreLink)]
    measured = [entry for entry in entries if isinstance(entry, MeasuredLink)]
    return layout(nodes, fibres, (), measured, Sky())


@given(times)
def test_merged_outages_are_apart_and_cover_the_same_time(given_times: list[tuple[float, float]]) -> None:
    found = merged(np.array(given_times).reshape(-1, 2), 100.0)
    fine = np.linspace(0, 100, 4001)[:-1] + 0.0125
    inside = np.zeros(len(fine), dtype=bool)
    for begin, end in given_times:
        inside |= (begin <= fine) & (fine < end)
    covered = np.zeros(len(fine), dtype=bool)
    for begin, end in found.tolist():
        covered |= (begin <= fine) & (fine < end)
    assert (inside == covered).all()
    assert (found[1:, 0] > found[:-1, 1]).all()


@given(times, st.integers(1, 12))
def test_live_time_is_what_no_outage_covers(given_times: list[tuple[float, float]], slots: int) -> None:
    lost, edges = merged(np.array(given_times).reshape(-1, 2), 100.0), np.linspace(0, 100, slots + 1)
    live = live_time(lost, edges)
    assert (live >= 0).all()
    assert (live <= np.diff(edges) + ROUNDING).all()
    assert live.sum() == pytest.approx(100.0 - np.diff(lost, axis=1).sum(), abs=ROUNDING)


def test_drawn_outages_have_their_share_and_their_length() -> None:
    year, availability, repair = 3e7, 0.9, 4 * HOUR
    runs = [drawn(f"link {number}", 7, availability, repair, year) for number in range(40)]
    lengths = np.concatenate([np.diff(one, axis=1).ravel() for one in runs])
    share = np.array([np.diff(one, axis=1).sum() / year for one in runs])
    assert abs(share.mean() - (1 - availability)) < FIVE_SIGMA * share.std() / np.sqrt(len(share))
    assert abs(lengths.mean() - repair) < FIVE_SIGMA * repair / np.sqrt(len(lengths))
    assert lengths.std() == pytest.approx(repair, rel=0.1)  # exponential: the deviation is the mean


def test_outages_depend_on_the_links_name_and_the_seed_alone() -> None:
    once, again = (drawn("A–B", 1, 0.9, HOUR, 1e6) for _ in range(2))
    assert (once == again).all()
    assert drawn("A–C", 1, 0.9, HOUR, 1e6).shape != once.shape or (drawn("A–C", 1, 0.9, HOUR, 1e6) != once).any()
    assert len(drawn("A–B", 1, 1.0, HOUR, 1e6)) == 0


def test_blocks_by_the_clock_and_the_last_one_cut() -> None:
    dark = [np.array([[0.5 * HOUR, 1.25 * HOUR]]), np.empty((0, 2))]
    blocks = by_the_clock(np.array([4, 2]), np.array([HOUR, 2 * HOUR]), dark, 2.5 * HOUR)
    assert blocks.link.tolist() == [4, 4, 4, 2, 2]
    assert (blocks.end / HOUR).tolist() == [1.0, 2.0, 2.5, 2.0, 2.5]
    np.testing.assert_allclose(blocks.live / HOUR, [0.5, 0.75, 0.5, 2.0, 0.5])
    assert blocks.number.tolist() == [1, 2, 3, 1, 2]


def test_a_fibres_block_is_the_key_engines_own() -> None:
    one = span("50 km")
    keys = fibre_keys([one], SECURITY)
    channel = fibre(one, 1550.12e-9, one.block)
    direct = distill(detect(channel, one.source, one.detector), SECURITY)
    assert keys.secret_bits[0] == direct.secret_bits[0] > 0
    whole, taken = keys.block_bits(np.array([0]), np.array([1.0]))
    assert whole[0] - taken[0] == direct.secret_bits[0]
    assert taken[0] == direct.classical.key_bits[0] > 0
    half, half_taken = keys.block_bits(np.array([0]), np.array([0.5]))
    assert 0 < 2 * (half[0] - half_taken[0]) < direct.secret_bits[0]


def test_postprocessing_that_cannot_keep_up_throws_sifted_bits_away() -> None:
    free, slow = span("10 km"), span("10 km", throughput="100 kbit/s")
    keys = fibre_keys([free, slow], SECURITY)
    assert keys.kept[0] == 1.0
    assert keys.sifted[1] == pytest.approx(100e3 * HOUR)
    assert 0 < keys.secret_bits[1] < keys.secret_bits[0]
    assert keys.qber[1] == pytest.approx(keys.qber[0])


def test_supply_of_fibres_loses_what_an_outage_takes() -> None:
    out = {"start": "2021-01-01T01:00:00Z", "end": "2021-01-01T02:30:00Z"}
    entry = FibreLink.model_validate({"between": ("A", "B"), "length": "50 km", "outages": [out], **EQUIPMENT})
    plan = plan_of(entry)
    begin = seconds(entry.outages[0].start) - HOUR
    dark = outages(plan, begin, 4 * HOUR, 1)
    np.testing.assert_allclose(dark[0] / HOUR, [[1.0, 2.5]])
    found = of_fibres(plan, fibre_keys(plan.spans, SECURITY), dark, 4 * HOUR)
    assert (found.time / HOUR).tolist() == [1.0, 3.0, 4.0]
    assert found.bits[0] == found.bits[2] > 2 * found.bits[1] > 0
    assert found.origin == ("A–B, block 1", "A–B, block 3", "A–B, block 4")
    assert (found.net > 0).all()


def test_supply_as_measured_is_rate_times_time_with_signal() -> None:
    out = {"start": "2021-01-01T00:00:00Z", "end": "2021-01-01T00:30:00Z"}
    plan = plan_of(
        MeasuredLink.model_validate({"between": ("A", "B"), "rate": "3.1 kbit/s", "outages": [out]}),
        MeasuredLink.model_validate({"between": ("B", "C"), "rate": "0.3 bit/s", "interval": "1 s"}),
    )
    entry = plan.entry[0]
    assert entry is not None
    dark = outages(plan, seconds(entry.outages[0].start), 2 * HOUR, 1)
    found = as_measured(plan, dark, 2 * HOUR)
    assert found.bits.tolist() == [round(3100 * HOUR / 2), round(3100 * HOUR)]
    assert found.time.tolist() == [HOUR, 2 * HOUR]


def test_joined_supplies_are_in_time_order() -> None:
    plan = plan_of(
        MeasuredLink.model_validate({"between": ("A", "B"), "rate": "10 bit/s", "interval": "7 s"}),
        MeasuredLink.model_validate({"between": ("B", "C"), "rate": "20 bit/s", "interval": "5 s"}),
    )
    dark = outages(plan, 0.0, 100.0, 1)
    whole = as_measured(plan, dark, 100.0)
    parts = [_only(whole, link) for link in (1, 0)]
    again = joined(*parts)
    for name in ("time", "link", "bits", "net"):
        assert (getattr(again, name) == getattr(whole, name)).all()
    assert again.origin == whole.origin


def _only(whole: Any, link: int) -> Any:
    from missions.network.stock import Supply

    rows = np.flatnonzero(whole.link == link)
    origin = tuple(whole.origin[row] for row in rows)
    return Supply(whole.time[rows], whole.link[rows], whole.bits[rows], origin, (whole.bits - whole.net)[rows])
