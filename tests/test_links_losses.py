from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from missions import load, losses

PRINTED = 1e-3
"""dB; tables leave with four digits after the point."""


@pytest.fixture(scope="module")
def budgets() -> Any:
    frame = losses.table(load("micius-2016")).to_frame()
    factors = [name for name in frame if name.endswith("_db") and name != "total_db"]
    return frame, factors


def test_each_pass_is_itemised_at_culmination_at_the_mask_and_on_average(budgets: Any) -> None:
    frame, _ = budgets
    assert frame["at"].tolist() == list(losses.PLACES) * (len(frame) // 3)
    assert (frame.groupby(["satellite", "station", "culmination_utc"]).size() == 3).all()


def test_factors_add_up_where_they_are_of_one_moment(budgets: Any) -> None:
    frame, factors = budgets
    assert set(factors) == {"diffraction_db", "atmosphere_db", "receiver_optics_db"}
    added = frame[factors].sum(axis=1) - frame["total_db"]
    assert np.abs(added[frame["at"] != "mean"]).max() < PRINTED
    assert (
        np.abs(added[frame["at"] == "mean"]).max() > 100 * PRINTED
    )  # a product of means is not the mean of the product


def test_the_mean_lies_between_the_best_and_the_worst(budgets: Any) -> None:
    frame, factors = budgets
    for name in ("total_db", *factors):
        best, worst, mean = (frame[frame["at"] == place][name].to_numpy() for place in losses.PLACES)
        assert ((best <= mean + PRINTED) & (mean <= worst + PRINTED)).all(), name
