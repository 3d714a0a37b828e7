from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from links import Atmosphere, Receiver, Transmitter, budget_table, downlink
from si import db


class Line(SimpleNamespace):
    """A stand-in for ground.Track: columns that can be selected."""

    def select(self, samples: Any) -> Line:
        columns = {name: value[samples] for name, value in vars(self).items() if name != "passes"}
        return Line(passes=self.passes, **columns)


class OnePass:
    stations = (SimpleNamespace(altitude=0.0),)
    station = np.zeros(1, np.int64)

    def __len__(self) -> int:
        return 1


def track_of(distance: Any, elevation: Any, **more: Any) -> Any:
    """One pass, given ranges and elevations, on a dark night."""
    distance, elevation = np.broadcast_arrays(np.asarray(distance, float), np.asarray(elevation, float))
    size = distance.size
    same = {
        "passes": OnePass(),
        "row": np.zeros(size, np.int64),
        "time": np.arange(size, dtype=float),
        "duration": np.ones(size),
        "azimuth": np.zeros(size),
        "station_altitude": np.zeros(size),
        "sky_brightness": np.full(size, np.nan),
        "sun_elevation": np.full(size, np.radians(-40.0)),
        "sun_separation": np.full(size, np.radians(120.0)),
        "sunlit": np.zeros(size),
        "moon_elevation": np.full(size, np.radians(-20.0)),
        "moon_separation": np.full(size, np.radians(90.0)),
        "moon_phase": np.full(size, np.radians(90.0)),
        "point_ahead": np.full(size, 50e-6),
    }
    return Line(**{**same, "range": distance.ravel(), "elevation": elevation.ravel(), **more})


MICIUS = Transmitter(wavelength="848.6 nm", aperture="300 mm", divergence="10 urad", divergence_convention="area-ratio")
XINGLONG = Receiver(aperture="1 m", optical_efficiency=0.16, field_of_view="50 urad", filter_bandwidth="10 nm")
LUMPED = Atmosphere(zenith_loss="3.39 dB")


@pytest.mark.validation
@pytest.mark.parametrize(("km", "published"), [(500, 14.49), (645, 16.59), (1000, 20.26), (1200, 21.80)])
def test_diffraction_of_micius(km: float, published: float, record_figure: Any) -> None:
    channel = downlink(track_of(km * 1e3, 1.0), MICIUS, XINGLONG, LUMPED)
    ours = float(db(channel.budget.factors["diffraction"])[0])
    record_figure(f"Micius diffraction loss at {km} km, dB", published, ours, "0.05 dB", "Liao+ 2017, area ratio")
    assert ours == pytest.approx(published, abs=0.05)


def test_the_factors_multiply_to_the_total() -> None:
    channel = downlink(track_of(np.linspace(5e5, 2e6, 50), np.linspace(1.5, 0.2, 50)), MICIUS, XINGLONG, LUMPED)
    product = np.prod([np.asarray(factor) for factor in channel.budget.factors.values()], axis=0)
    assert np.allclose(product, channel.transmittance, rtol=1e-12, atol=0)
    assert list(channel.budget.factors) == ["diffraction", "atmosphere", "receiver optics"]


def test_the_table_has_culmination_mask_and_mean() -> None:
    track = track_of([1.5e6, 6e5, 1.2e6], np.radians([15.0, 70.0, 25.0]))
    channel = downlink(track, MICIUS, XINGLONG, LUMPED)
    table = budget_table(channel, track)
    assert table.factors[-1] == "total"
    assert table.culmination[0, -1] == pytest.approx(db(channel.transmittance[1]))
    assert table.mask[0, -1] == pytest.approx(db(channel.transmittance[0]))
    assert table.mean[0, -1] == pytest.approx(db(channel.transmittance.mean()))
    assert np.allclose(table.culmination[:, :-1].sum(axis=1), table.culmination[:, -1])
    assert list(table.to_frame(0).columns) == ["culmination_db", "mask_db", "mean_db"]
