"""Networks as laid out from a scenario: chains of trusted nodes, names, places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missions import load
from missions.network.chain import angle_between, joints, stops
from missions.network.inputs import FibreLink, MeasuredLink, Node
from missions.network.layout import Layout, NodeKind, Sky, layout

DEG = np.pi / 180
ROUNDING = 1e-12
EQUAL_STEPS = 1e-9
"""Relative: places along a great circle come from sines of its parts."""
places = st.tuples(st.floats(-85, 85), st.floats(-179, 179)).map(lambda place: (place[0] * DEG, place[1] * DEG))


@given(st.lists(places, min_size=2, max_size=5), st.integers(0, 40))
def test_places_of_a_chain_keep_their_order_and_its_ends(where: list[tuple[float, float]], more: int) -> None:
    spans = len(where) - 1 + more
    found = stops(np.array(where), spans)
    assert found[0] == 0
    assert found[-1] == spans
    assert (np.diff(found) >= 1).all()


def test_a_place_stands_at_its_share_of_the_way() -> None:
    quarter = np.array([[0.0, 0.0], [0.0, 10 * DEG], [0.0, 40 * DEG]])
    assert stops(quarter, 8).tolist() == [0, 2, 8]
    assert stops(quarter[[0, 2]], 8).tolist() == [0, 8]
    crowded = np.array([[0.0, 0.0], [0.0, 1 * DEG], [0.0, 2 * DEG], [0.0, 40 * DEG]])
    assert stops(crowded, 8).tolist() == [0, 1, 2, 8]
    with pytest.raises(ValueError, match="4 places do not fit on the 3 joints of a chain of 2 spans"):
        stops(crowded, 2)


@given(places, places, st.integers(1, 30))
def test_joints_are_evenly_spread_along_the_great_circle(
    a: tuple[float, float], b: tuple[float, float], spans: int
) -> None:
    ends = np.array([a, b])
    whole = float(angle_between(ends[0], ends[1]))
    if not 1e-3 < whole < 3.1:
        return
    found = joints(ends, np.array([0, spans]))
    steps = angle_between(found[:-1], found[1:])
    np.testing.assert_allclose(steps, whole / spans, rtol=1e-6)
    assert steps.sum() == pytest.approx(whole, rel=EQUAL_STEPS)
    np.testing.assert_allclose(found[[0, -1]], ends, atol=ROUNDING)


def test_a_chain_through_an_unknown_place_has_joints_that_nobody_knows() -> None:
    found = joints(np.array([[np.nan, np.nan], [0.1, 0.2]]), np.array([0, 3]))
    assert np.isnan(found[:-1]).all()
    assert found[-1].tolist() == [0.1, 0.2]


def built_in_layout(name: str) -> Layout:
    scenario = load(name)
    above = Sky(
        tuple((one.name, (one.latitude, one.longitude)) for one in scenario.stations),
        tuple(one.name for one in scenario.satellites),
        tuple((0, station) for station in range(len(scenario.stations))) if scenario.satellites else (),
    )
    return layout(scenario.nodes, scenario.fibres, scenario.backbones, scenario.links, above)


def test_beijing_shanghai_has_32_trusted_nodes_on_33_spans() -> None:
    plan = built_in_layout("beijing-shanghai")
    chained = [link for link in range(len(plan.entry)) if plan.chain(link)]
    between = {node for link in chained for node in plan.network.ends[link].tolist()} - {
        plan.network.node("Beijing"),
        plan.network.node("Shanghai"),
    }
    assert len(chained) == 33
    assert len(between) == 32
    assert {"Jinan", "Hefei"} <= {plan.network.nodes[node] for node in between}
    assert {round(plan.spans[kind].length, 3) for kind in plan.span[chained]} == {round(2000e3 / 33, 3)}
    assert len(plan.spans) == 2
    assert [plan.kind[node] for node in sorted(between)].count(NodeKind.RELAY) == 30
    assert plan.assumed.sum() == 30


def test_hybrid_backbone_joins_a_satellite_and_three_chains() -> None:
    plan = built_in_layout("hybrid-backbone")
    assert plan.by_satellite.sum() == 3
    assert len(plan.entry) == 3 + 7 + 33 + 5
    assert [plan.network.links[link] for link in np.flatnonzero(plan.by_satellite)] == [
        "Micius–Xinglong",
        "Micius–Nanshan",
        "Micius–Graz",
    ]
    assert np.isnan(plan.position[plan.network.node("Micius")]).all()


def test_links_are_named_by_their_ends_and_parallel_ones_are_numbered() -> None:
    rate = {"rate": "1 kbit/s"}
    nodes = [Node(name=name) for name in "ABC"]
    measured = [
        MeasuredLink.model_validate({"between": ("A", "B"), **rate}),
        MeasuredLink.model_validate({"between": ("A", "B"), **rate}),
        MeasuredLink.model_validate({"between": ("B", "C"), "name": "west", **rate}),
    ]
    plan = layout(nodes, (), (), measured, Sky())
    assert plan.network.links == ("A–B", "A–B 2", "west")
    assert (plan.span == -1).all()
    assert not plan.by_satellite.any()


def test_equal_fibres_are_one_kind() -> None:
    equipment = {
        "source": {
            "wavelength": "1550 nm", "pulse_rate": "1 GHz", "intensities": (0.5, 0.1, 0.0),
            "probabilities": (0.8, 0.1, 0.1),
        },
        "detector": {"efficiency": 0.2},
    }  # fmt: skip
    nodes = [Node(name=name) for name in "ABC"]
    fibres = [
        FibreLink.model_validate({"between": ends, "length": length, **equipment})
        for ends, length in ((("A", "B"), "10 km"), (("B", "C"), "10 km"), (("A", "C"), "20 km"))
    ]
    plan = layout(nodes, fibres, (), (), Sky())
    assert plan.span.tolist() == [0, 0, 1]
    assert [one.length for one in plan.spans] == [10e3, 20e3]
