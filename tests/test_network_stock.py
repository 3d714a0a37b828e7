from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_networks import END, Case, cases, demands, stores, supply

from missions.network.demand import Demand, falling_due, tabulate
from missions.network.stock import timeline

from random_networks import chain  # isort: skip

FOREVER = float("inf")


def test_slots_end_where_key_arrives_or_expires() -> None:
    some = supply((0.0, 0, 5), (4.0, 1, 5), (4.0, 0, 5), (9.0, 0, 5))
    assert timeline(some, FOREVER, 10.0, None).edges.tolist() == [0, 4, 9, 10]
    assert timeline(some, 3.0, 10.0, None).edges.tolist() == [0, 3, 4, 7, 9, 10]
    assert timeline(supply(), 3.0, 2.0, None).edges.tolist() == [0, 2]


def test_a_deposit_serves_the_slot_that_begins_with_it() -> None:
    times = timeline(
        supply((0.0, 0, 1), (4.0, 0, 2), (5.0, 0, 3), (10.0, 0, 4)), FOREVER, 10.0, np.array([0.0, 5.0, 10.0])
    )
    assert times.slot.tolist() == [0, 0, 1, 2]
    assert times.first.tolist() == [0, 2, 3, 4]


@given(cases())
def test_every_deposit_is_in_one_slot(case: Case) -> None:
    times = timeline(case.supply, case.stores.lifetime, END, case.slots)
    rows = [row for slot in range(times.slots + 1) for row in range(times.first[slot], times.first[slot + 1])]
    assert rows == list(range(len(case.supply.time)))
    for row, slot in enumerate(times.slot.tolist()):
        assert times.edges[slot] <= case.supply.time[row]
        assert slot == times.slots or case.supply.time[row] < times.edges[slot + 1]


@pytest.mark.parametrize(
    ("deposits", "edges", "message"),
    [
        ([(2.0, 0, 1), (1.0, 0, 1)], None, "must be in time order"),
        ([(11.0, 0, 1)], None, "within the mission, 0 to 10.0 s"),
        ([(1.0, 0, -1)], None, "a deposit is negative"),
        ([], [0.0, 5.0], "must ascend from 0 to the end, 10.0 s"),
        ([], [0.0, 5.0, 5.0, 10.0], "must ascend"),
        ([], [1.0, 10.0], "must ascend"),
    ],
)
def test_what_cannot_be_cut_into_slots(
    deposits: list[tuple[float, int, int]], edges: list[float] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        timeline(supply(*deposits), FOREVER, 10.0, None if edges is None else np.array(edges))


def test_authentication_takes_at_most_the_deposit() -> None:
    assert supply((1.0, 0, 5), taken=[5]).net.tolist() == [0]
    with pytest.raises(ValueError, match="less than what its authentication uses"):
        timeline(supply((1.0, 0, 5), taken=[6]), FOREVER, 10.0, None)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"reserve": -1}, "negative number of bits"),
        ({"initial": -1}, "negative number of bits"),
        ({"initial": 11}, "more than its capacity"),
        ({"reserve": 11}, "more than its capacity"),
        ({"lifetime": 0.0}, "must be positive"),
        ({"lifetime": float("nan")}, "must be positive"),
    ],
)
def test_stores_that_cannot_be(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        stores(2, **{"capacity": 10, **wrong}).check()


def test_keys_fall_due_whole_and_at_the_end_of_their_time() -> None:
    two = demands([(0, 1), (0, 1)], [25.6, 0.3], [256, 1])
    assert falling_due(two, np.array([0.0, 9.0, 10.0, 25.0, 40.0])).tolist() == [[0, 256, 256, 512], [2, 1, 4, 5]]


@given(st.floats(1e-3, 1e4), st.sampled_from([1, 128, 256]), st.lists(st.integers(1, 10**6), min_size=1, max_size=9))
def test_keys_that_fall_due_add_up_whatever_the_slots(rekey: float, quantum: int, steps: list[int]) -> None:
    """A key every `rekey`: by its n-th multiple n keys were due, although rate * time may fall short by rounding."""
    one = demands([(0, 1)], [quantum / rekey], quantum)
    edges = np.concatenate([[0.0], np.cumsum(steps)]) * rekey
    assert (falling_due(one, edges)[0] == np.array(steps) * quantum).all()


def test_demands_of_applications() -> None:
    net = chain(2)
    table = tabulate(net, [
        Demand(between=("node 0", "node 2"), use="aes-256", rekey="10 min"),
        Demand(between=("node 2", "node 1"), use="aes-128", rekey="1 s", priority=3, paths=2),
        Demand(between=("node 0", "node 1"), use="one-time-pad", rate="2 kbit/s", priority=3),
        Demand(between=("node 0", "node 1"), use="video-call"),
    ])  # fmt: skip
    assert table.pairs.tolist() == [[0, 2], [2, 1], [0, 1], [0, 1]]
    assert table.rate == pytest.approx([256 / 600, 128.0, 2e3, 128e3])
    assert table.quantum.tolist() == [256, 128, 1, 1]
    assert table.paths.tolist() == [1, 2, 1, 1]
    assert table.order == [1, 2, 0, 3]
    assert len(replace(table)) == 4


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"between": ("a", "a"), "use": "aes-256", "rekey": "1 s"}, "name two places"),
        ({"use": "aes-256"}, "needs rekey"),
        ({"use": "aes-256", "rekey": "1 s", "rate": "1 kbit/s"}, "takes no rate"),
        ({"use": "one-time-pad", "rekey": "1 s"}, "takes no rekey"),
        ({"use": "one-time-pad"}, "needs rate"),
        ({"use": "video-call", "rekey": "1 s"}, "takes no rekey"),
    ],
)
def test_demands_that_cannot_be(entry: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Demand.model_validate({"between": ("a", "b"), **entry})
