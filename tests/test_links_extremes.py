"""From the photons to the key: links that cannot work give no key and finite numbers, light and noise reach the error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from test_links_freespace import CLEAR, DIFFRACTION_LIMITED, LUMPED, MICIUS, XINGLONG, track_of

from keys import Counts, Detector, Keys, Outcome, Security, Source, detect, distill
from links import Channel, Fibre, Receiver, Transmitter, downlink, fibre, fixed, uplink

SOURCE = Source(pulse_rate="100 MHz", intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25))
DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="1 ns")
MICROMETRE = {"aperture": 1e-6}
ADDED_ERROR = 1e-3
"""Relative, of the errors that a contrast adds: two photons in one pulse make them a little fewer."""
OVERHEAD, NOON = (
    {"distance": 6e5, "elevation": 1.2},
    {"sun_elevation": np.array([0.8]), "sun_separation": np.array([1.0])},
)


def distilled(channel: Channel) -> tuple[Counts, Keys]:
    counts = detect(channel, SOURCE, DETECTOR)
    return counts, distill(counts, Security())


def seconds(channel: Channel, duration: float = 200.0) -> Channel:
    """The channel's one sample, held for so long."""
    return fixed(-np.log(channel.transmittance), duration, channel.background, channel.flip, channel.log_variance)


def impossible() -> dict[str, Channel]:
    track, tiny, point = track_of(5e5, 1.0), XINGLONG.model_copy(update=MICROMETRE), {"update": MICROMETRE}
    return {
        "1000 dB of fibre": fibre(Fibre(length="5000 km", attenuation="0.2 dB/km"), 1550e-9, 3600.0),
        "1000 dB": fixed(1000.0 * np.log(10.0) / 10.0, 3600.0),
        "receiver of 1 um": downlink(track, MICIUS, tiny, CLEAR),
        "receiver of 1 um, truncated beam": downlink(track, DIFFRACTION_LIMITED, tiny, CLEAR),
        "sender of 1 um": downlink(track, DIFFRACTION_LIMITED.model_copy(**point), XINGLONG, CLEAR),
        "both": downlink(track, DIFFRACTION_LIMITED.model_copy(**point), tiny, CLEAR),
        "up from 1 um": uplink(track, DIFFRACTION_LIMITED.model_copy(**point), XINGLONG, CLEAR),
        "up to 1 um": uplink(track, DIFFRACTION_LIMITED, tiny, CLEAR),
    }


@pytest.mark.filterwarnings("ignore::si.ValidityWarning")  # outside every model, which is the point
@pytest.mark.parametrize("name", ["1000 dB of fibre", "1000 dB", "receiver of 1 um", "receiver of 1 um, truncated beam",
                                  "sender of 1 um", "both", "up from 1 um", "up to 1 um"])  # fmt: skip
def test_what_cannot_work_gives_no_key_and_finite_numbers(name: str) -> None:
    channel = impossible()[name]
    for column in ("transmittance", "background", "flip", "log_variance"):
        assert np.isfinite(getattr(channel, column)).all(), column
    assert 0 < channel.transmittance[0] < 1e-8
    counts, keys = distilled(channel)
    assert np.isfinite(counts.clicks).all()
    assert np.isfinite(counts.qber).all()
    assert keys.secret_bits[0] == 0
    assert keys.outcome[0] is not Outcome.KEY


@pytest.mark.filterwarnings("ignore::si.ValidityWarning")  # a beam narrower than the receiver
@pytest.mark.parametrize("link", [downlink, uplink])
@pytest.mark.parametrize("sender", [MICIUS, DIFFRACTION_LIMITED], ids=["area ratio", "truncated"])
@pytest.mark.parametrize("distance", [2e5, 5e5, 2e6])
def test_a_receiver_of_50_m_never_gains_energy(link: Any, sender: Transmitter, distance: float) -> None:
    sizes = (0.5, 2.0, 10.0, 50.0)
    channels = [
        link(track_of(distance, 1.0), sender, XINGLONG.model_copy(update={"aperture": m}), CLEAR) for m in sizes
    ]
    shares = [channel.budget.factors["diffraction"][0] for channel in channels]
    assert np.all(np.diff(shares) >= 0)
    assert shares[-1] <= 1
    assert all(channel.transmittance[0] <= XINGLONG.optical_efficiency for channel in channels)


def test_the_contrast_reaches_the_error_rate() -> None:
    clean, mixed = (
        seconds(
            downlink(track_of(**OVERHEAD), MICIUS, XINGLONG.model_copy(update={"polarisation_contrast": c}), LUMPED)
        )
        for c in (None, 280.0)
    )
    rates = [detect(channel, SOURCE, DETECTOR).qber[0] for channel in (clean, mixed)]
    signal = 1.0 - 2.0 * rates[0]  # what is noise stays one half
    assert rates[1] - rates[0] == pytest.approx(signal / 281.0, rel=ADDED_ERROR)


def test_daylight_key_comes_out_of_the_model() -> None:
    """No rule forbids the day: a usual receiver sees too much of it, one of a narrow filter and field does not."""
    narrow = Receiver(aperture="1 m", optical_efficiency=0.16, field_of_view="10 urad", filter_bandwidth="10 pm")
    for receiver, by_day in ((XINGLONG, False), (narrow, True)):
        for light, works in (({}, True), (NOON, by_day)):
            sent = downlink(track_of(**OVERHEAD, **light), MICIUS, receiver, LUMPED)
            assert (distilled(seconds(sent))[1].secret_bits[0] > 0) == works


def test_the_margin_of_an_outage_is_in_no_mean() -> None:
    """Fading changes what is counted by less than its own size, and the transmittance not at all."""
    calm = CLEAR.model_copy(update={"turbulence": CLEAR.turbulence.model_copy(update={"wind": 0.0})})
    quiet, loud = (downlink(track_of(**OVERHEAD), MICIUS, XINGLONG, air) for air in (calm, CLEAR))
    assert loud.log_variance[0] > 2 * quiet.log_variance[0]
    same = {name for name in loud.budget.factors if name != "turbulence"}
    assert all(loud.budget.factors[name][0] == quiet.budget.factors[name][0] for name in same)
    steady, fading = (detect(fixed(6.0, 100.0, log_variance=v), SOURCE, DETECTOR).detections[0] for v in (0.0, 0.2))
    assert fading == pytest.approx(steady, rel=1e-3)
