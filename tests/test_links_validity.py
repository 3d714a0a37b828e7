from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from test_links_freespace import track_of

from links import Atmosphere, Fibre, Receiver, Transmitter, downlink, fibre, uplink
from links.atmosphere import warn
from si import ValidityWarning

SENDER: dict[str, Any] = {"wavelength": "850 nm", "aperture": "20 cm"}
RECEIVER: dict[str, Any] = {
    "aperture": "1 m", "optical_efficiency": 0.5, "field_of_view": "50 urad", "filter_bandwidth": "1 nm",
}  # fmt: skip
AIR: dict[str, Any] = {"visibility": "23 km"}
WIDE = {"divergence": "200 mrad", "divergence_convention": "1/e2"}
SHARP = {"divergence": "1 urad", "divergence_convention": "fwhm"}
FAR, HIGH = 8e5, 0.9


def ask(link: Any, sender: Any, receiver: Any, air: Any, distance: float = FAR, elevation: float = HIGH) -> None:
    track = track_of(distance, elevation)
    link(
        track,
        Transmitter.model_validate({**SENDER, **sender}),
        Receiver.model_validate({**RECEIVER, **receiver}),
        Atmosphere.model_validate({**AIR, **air}),
    )


@pytest.mark.parametrize(
    ("name", "link", "changed"),
    [
        ("extinction: the wavelength", downlink, {"sender": {"wavelength": "390 nm"}}),
        ("background: 1800 nm", downlink, {"sender": {"wavelength": "1.8 um"}, "air": {"visibility": None, "zenith_loss": "3 dB"}}),
        ("extinction, turbulence", downlink, {"elevation": np.radians(4.0)}),
        ("kasten_young_1989", downlink, {"elevation": -0.1, "air": {"visibility": None, "zenith_loss": "3 dB"}}),
        ("koschmieder", downlink, {"air": {"visibility": "500 m"}}),
        ("diffraction", downlink, {"sender": {"aperture": "5 um"}}),
        ("klein_degnan_1974", downlink, {"sender": {"obscuration": 0.5}}),
        ("divergence: above", downlink, {"sender": WIDE}),
        ("divergence: 1 urad", downlink, {"sender": SHARP}),
        ("seeing_share", downlink, {"receiver": {"aperture": "5 cm"}}),
        ("dikmelik_davidson_2005, noll_1976", downlink, {"receiver": {"coupling": "fibre", "obscuration": 0.3}}),
        ("pointing_variance", downlink, {"sender": {"pointing_jitter": "1 urad"}, "receiver": {"aperture": "20 m"}}),
        ("extinction, turbulence", downlink, {"elevation": 0.05, "air": {"visibility": None, "zenith_loss": "3 dB", "turbulence": {}}}),
        ("diffraction, turbulence", downlink, {"distance": 90e3}),
        ("diffraction, turbulence", uplink, {"distance": 90e3}),
        ("long_term_spread", uplink, {"sender": {"aperture": "2 m"}}),
        ("speckle", uplink, {"receiver": {"aperture": "50 m"}}),
    ],
)  # fmt: skip
def test_outside_its_validity_each_model_warns_by_name(name: str, link: Any, changed: dict[str, Any]) -> None:
    arguments = {"sender": {}, "receiver": {}, "air": {}, **changed}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        ask(link, **arguments)
    said = [str(one.message) for one in caught if issubclass(one.category, ValidityWarning)]
    assert [sentence for sentence in said if sentence.startswith(name)], said


def test_an_altitude_outside_the_troposphere_warns() -> None:
    air = Atmosphere.model_validate(AIR)
    with pytest.warns(ValidityWarning, match="pressure_ratio"):
        air.check(850e-9, np.array([1.0]), np.array([0.0, 12e3]))


def test_raman_noise_outside_its_band_warns() -> None:
    shared, dark = (Fibre(length="9 km", classical_channels=count) for count in (1, 0))
    with pytest.warns(ValidityWarning, match="raman_rate"):
        fibre(shared, 1310e-9, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fibre(shared, 1550e-9, 1.0)
        fibre(dark, 1310e-9, 1.0)


@pytest.mark.parametrize("link", [downlink, uplink])
def test_inside_its_validity_nothing_warns(link: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ask(link, {"pointing_jitter": "1 urad"}, {}, {})


def test_a_warning_is_the_projects_own_kind() -> None:
    with pytest.warns(ValidityWarning, match="as said"):
        warn("as said")
