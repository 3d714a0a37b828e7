"""The pass of 19 December 2016: S.-K. Liao et al., Nature 549, 43 (2017), doi:10.1038/nature23655.

Conventions. The paper's 1,671,072 sifted bits are those of the signal intensity alone, our `sifted_signal_bits`; its
3,551,136 detections are clicks of all intensities and bases, our `detections`. Their ratio 0.470588 is what source
settings alone give, (1/2) p1 mu1 / sum(p mu), that is for photons without noise: four detectors at 25 Hz with a gate of
2 ns lower it by 3.4e-4 without any sky. So the photons' ratio is compared, noise subtracted as the vacuum intensity
shows it, and the ratio with noise is explained. The published loss leaves out the detector and lumps
turbulence and pointing with extinction, as the scenario's fitted zenith loss does.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ground import Track
from keys import Counts, detect
from links import Channel
from missions import Budget, Scenario, run
from missions.scenario import built_in
from missions.simulate import channels
from orbits import iso, seconds
from si import db

NATURE = "Liao et al., Nature 549, 43 (2017)"
DERIVED = "SGP4 with the elements of the day"
CULMINATION_S = 2.0  # the paper gives whole seconds, and its elements are a day old
RANGE_KM = 1.0  # the published 645 km is rounded
SIFTED_RATIO = 3e-4  # one standard deviation of 3.55 million draws
DIFFRACTION_DB = 0.05  # two decimals of the area ratio, and its angle is rounded
RATE_645 = 0.10  # read off a logarithmic plot
RATE_1200 = 0.25  # the same, where clouds and the horizon matter more
LOSS_RMS_DB = 1.0  # the digitised curve wiggles by this much from second to second
NOISE_SHARE = 1e-5  # what saturation and double clicks leave of the mixture of photons and noise
ZENITH_LOSS_DB = 3.39  # of the scenario
DETECTIONS = 0.01  # the fitted zenith loss has three digits


@pytest.fixture(scope="module")
def below_1200_km() -> Budget:
    """The week with the published usage: only the part nearer than 1200 km."""
    text = built_in()["micius-2016"].replace('name = "Micius"\n', 'name = "Micius"\nmax_range = "1200 km"\n')
    return run(Scenario.from_tables(tomllib.loads(text)))


@pytest.fixture(scope="module")
def row(below_1200_km: Budget) -> int:
    """The published pass."""
    passes = below_1200_km.all_passes
    return int(np.argmin(np.abs(passes.culmination - seconds("2016-12-19T16:52:14Z"))))


@pytest.mark.validation
def test_geometry(below_1200_km: Budget, row: int, record_figure: Callable[..., None]) -> None:
    passes = below_1200_km.all_passes
    late = passes.culmination[row] - seconds("2016-12-19T16:52:14Z")
    near, high = passes.min_range[row] / 1e3, np.degrees(passes.max_elevation[row])
    used = below_1200_km.links.contact_time[row]
    record_figure("culmination over Xinglong", "16:52:14", iso(passes.culmination[[row]])[0][11:23], "2 s", DERIVED)
    record_figure("least range, km", 645.0, near, "1 km", NATURE)
    record_figure("greatest elevation, deg", 47.83, high, "0.05", DERIVED)
    record_figure("time nearer than 1200 km, s", 273.0, used, "2 s", NATURE)
    assert passes.stations[passes.station[row]].name == "Xinglong"
    assert abs(late) < CULMINATION_S
    assert near == pytest.approx(645.25, abs=RANGE_KM)
    assert high == pytest.approx(47.83, abs=0.05)
    assert used == pytest.approx(272.6, abs=CULMINATION_S)


@pytest.mark.validation
def test_range_curve(below_1200_km: Budget, row: int, reference: Path, record_figure: Callable[..., None]) -> None:
    """The digitised range against time; its time starts at 1200 km, so compare at the same time from the minimum."""
    time, distance = curve(reference / "micius-2016-12-19-range.csv", "time", "distance")
    track, _ = published(below_1200_km, row)
    ours_at = track.time - track.time[np.argmin(track.range)]
    residual = np.interp(time - symmetric_middle(time, distance), ours_at, track.range / 1e3) - distance
    rms = float(np.sqrt(np.mean(residual**2)))
    record_figure("range against time, rms km", 0.0, rms, "4 km", f"{NATURE}, digitised")
    assert rms < 4.0  # the digitised line is a few kilometres thick


def symmetric_middle(time: np.ndarray, distance: np.ndarray) -> float:
    """The time of least range, from a parabola through range^2."""
    a, b, _ = np.polyfit(time, distance**2, 2)
    return float(-b / (2 * a))


def curve(path: Path, x: str, y: str) -> tuple[np.ndarray, np.ndarray]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return np.array([float(row[x]) for row in rows]), np.array([float(row[y]) for row in rows])


@pytest.mark.validation
def test_loss_curve(below_1200_km: Budget, row: int, reference: Path, record_figure: Callable[..., None]) -> None:
    """Range against loss: the model follows the digitised curve with 2.85 dB per air mass, not with the given 3.39 dB.

    The published counts and the published curve ask for different air: see the next test. No constant offset brings
    the given 3.39 dB within the tolerance either.
    """
    distance, loss = curve(reference / "micius-2016-12-19-loss.csv", "distance", "loss")
    track, channel = published(below_1200_km, row)
    assert channel.budget is not None
    order = np.argsort(track.range)

    def at(values: np.ndarray) -> np.ndarray:
        return np.interp(distance, track.range[order] / 1e3, db(values)[order])

    air = at(channel.budget.factors["atmosphere"])
    rest = at(channel.transmittance) - air
    scale = float(air @ (loss - rest) / (air @ air))
    fitted = float(np.sqrt(np.mean((rest + scale * air - loss) ** 2)))
    residual = rest + air - loss
    as_given = float(np.sqrt(np.mean(residual**2)))
    zenith, source = ZENITH_LOSS_DB * scale, f"{NATURE}, digitised"
    record_figure(
        f"loss against range, {zenith:.2f} dB per air mass fitted to it, rms dB", 0.0, fitted, "1.0 dB", source
    )
    record_figure(
        "loss against range, 3.39 dB per air mass as given, rms dB",
        0.0,
        as_given,
        "1.0 dB",
        source,
        differs="3.39 dB is fitted to the published counts, which the published curve does not give (next row)",
    )
    assert fitted < LOSS_RMS_DB
    assert as_given > LOSS_RMS_DB
    assert residual.std() > LOSS_RMS_DB


@pytest.mark.validation
def test_published_curve_does_not_give_the_published_counts(
    below_1200_km: Budget, row: int, reference: Path, record_figure: Callable[..., None]
) -> None:
    """The digitised curve in place of our loss, all else equal, misses the published detections and near rate."""
    distance, loss = curve(reference / "micius-2016-12-19-loss.csv", "distance", "loss")
    track, channel = published(below_1200_km, row)
    eta = 10 ** (-np.interp(track.range / 1e3, distance, loss) / 10)
    used = replace(channel, transmittance=eta, budget=None).select(track.contact)
    counts = counted(below_1200_km, used)
    nearest = np.array([int(np.argmin(track.range[track.contact]))])
    near = float(counted(below_1200_km, used.select(nearest)).sifted_signal[0] / used.duration[nearest][0])
    detections = float(counts.detections[0])
    reason = "the published loss curve is not the one that gave the published counts"
    source = f"{NATURE}, digitised"
    record_figure("detections that the digitised curve gives", 3_551_136.0, detections, "1 %", source, differs=reason)
    record_figure(
        "sifted rate at 645 km that the digitised curve gives, bit/s", 12e3, near, "10%", source, differs=reason
    )
    assert detections > 3_551_136 * (1 + DETECTIONS)
    assert near < 12e3 * (1 - RATE_645)


def published(budget: Budget, row: int) -> tuple[Track, Channel]:
    """The sampled pass and its channel."""
    return next(channels(budget.scenario, budget.all_passes.select(np.array([row]))))


def counted(budget: Budget, channel: Channel) -> Counts:
    return detect(channel, budget.scenario.satellites[0].source, budget.scenario.stations[0].detector)


@pytest.mark.validation
def test_diffraction(below_1200_km: Budget, row: int, record_figure: Callable[..., None]) -> None:
    track, channel = published(below_1200_km, row)
    assert channel.budget is not None
    nearest = int(np.argmin(np.abs(track.range - 1.2e6)))
    ours = float(db(channel.budget.factors["diffraction"][nearest]))
    at_range = 20 * np.log10(1.2e6 / track.range[nearest])
    record_figure("diffraction loss at 1200 km, dB", 21.80, ours + at_range, "0.05 dB", NATURE)
    assert ours + at_range == pytest.approx(21.80, abs=DIFFRACTION_DB)


@pytest.mark.validation
def test_counts(below_1200_km: Budget, row: int, record_figure: Callable[..., None]) -> None:
    counts = below_1200_km.counts.select(np.array([row]))
    detections, signal = float(counts.detections[0]), float(counts.sifted_signal[0])
    noise = float(counts.clicks[0, :, 2].sum() / counts.probabilities[0, 2])
    probability = float(counts.probabilities[0, 0])
    photons = (signal - probability * noise) / (detections - 2 * noise)
    record_figure("detections", 3_551_136.0, detections, "1 %", NATURE)
    record_figure("sifted bits of the signal", 1_671_072.0, signal, "1 %", NATURE)
    raw, share = signal / detections, 2 * noise / detections
    record_figure("sifted signal / detections, noise subtracted", 0.470588, photons, "3e-4", NATURE)
    record_figure(
        "sifted signal / detections, with noise",
        0.470588,
        raw,
        "3e-4",
        NATURE,
        differs=f"noise is {share:.2%} of the clicks, and a quarter of it is sifted signal",
    )
    record_figure("mean error rate", 0.011, float(counts.qber[0]), "0.002", NATURE)
    assert detections == pytest.approx(3_551_136, rel=DETECTIONS)
    assert signal == pytest.approx(1_671_072, rel=DETECTIONS)
    assert photons == pytest.approx(0.470588, abs=SIFTED_RATIO)
    assert raw == pytest.approx(0.470588 * (1 - share) + probability / 2 * share, abs=NOISE_SHARE)
    assert float(counts.qber[0]) == pytest.approx(0.011, abs=0.002)


@pytest.mark.validation
@pytest.mark.parametrize(("distance_km", "figure", "tolerance"), [(645, 12e3, RATE_645), (1200, 1e3, RATE_1200)])
def test_sifted_rate(
    distance_km: float,
    figure: float,
    tolerance: float,
    below_1200_km: Budget,
    row: int,
    record_figure: Callable[..., None],
) -> None:
    track, channel = published(below_1200_km, row)
    nearest = np.array([int(np.argmin(np.abs(track.range - max(distance_km * 1e3, track.range.min()))))])
    counts = counted(below_1200_km, channel.select(nearest))
    rate = float(counts.sifted_signal[0] / channel.duration[nearest][0])
    record_figure(f"sifted rate at {distance_km} km, bit/s", figure, rate, f"{tolerance:.0%}", NATURE)
    assert rate == pytest.approx(figure, rel=tolerance)


@pytest.mark.validation
def test_secret_key(below_1200_km: Budget, row: int, record_figure: Callable[..., None]) -> None:
    """The published key rests on an unpublished, worse error correction; both bases give key."""
    secret = int(below_1200_km.secret_bits[row])
    record_figure("secret bits of the pass", 300_939.0, secret, "2.8e5 to 4.9e5", NATURE)
    assert 2.8e5 <= secret <= 4.9e5
