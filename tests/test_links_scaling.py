"""Absolute values, limits and directions of formulas whose power laws are in test_links_formulas."""

from __future__ import annotations

import numpy as np
import pytest

from ground import sky
from links import Receiver, Turbulence, citations
from links.atmosphere import Atmosphere
from links.background import count_rate, etendue
from links.beam import area_ratio, area_ratio_radius
from links.citations import REFERENCES
from links.extinction import mixed_depth, ozone_depth, water_depth
from links.propagation import dikmelik_davidson_2005
from links.slant import decorrelation, scintillation, seeing, speckle
from links.telescope import Transmitter
from links.turbulence import hufnagel_valley, wavenumber
from si import PLANCK, SPEED_OF_LIGHT

EXACT = 1e-12  # the same arithmetic in another order
SMALL_DISC = 1e-4  # a receiver this much smaller than the beam sees its axis only
NM = 1e-9


def receiver(**changed: object) -> Receiver:
    fields = {"aperture": "1 m", "optical_efficiency": 1.0, "field_of_view": "50 urad", "filter_bandwidth": "10 nm"}
    return Receiver.model_validate({**fields, **changed})


def test_etendue_is_area_times_solid_angle() -> None:
    one = etendue(receiver(), 850 * NM)
    assert one / ((np.pi / 4) ** 2 * 50e-6**2) == pytest.approx(1, rel=EXACT)
    assert etendue(receiver(field_of_view="100 urad"), 850 * NM) / one == pytest.approx(4, rel=EXACT)


def test_count_rate_is_power_over_photon_energy() -> None:
    rate = count_rate(np.array([3.0]), 850 * NM, receiver())
    watt = 3.0 * etendue(receiver(), 850 * NM) * 10 * NM
    assert rate[0] == pytest.approx(watt * 850 * NM / (PLANCK * SPEED_OF_LIGHT), rel=1e-9)


def test_area_ratio_radius_has_the_disc_s_intensity_on_its_axis() -> None:
    """A Gaussian of power 1 has 2 / (pi w^2) on its axis; the area ratio's share of a small disc is the same."""
    distance, small = 1.2e6, 1e-3
    share = float(area_ratio(distance, 0.3, 10e-6, small))
    gaussian = 2 / (np.pi * area_ratio_radius(distance, 0.3, 10e-6) ** 2) * np.pi / 4 * small**2
    assert share / gaussian == pytest.approx(1, rel=SMALL_DISC)


@pytest.mark.parametrize("depth", [water_depth, mixed_depth])
def test_bands_deepen_with_the_path_and_stand_where_they_stand(depth: object) -> None:
    for line in (820 * NM if depth is water_depth else 761 * NM,):
        path = depth(line, np.array([0.0, 0.01, 0.02]))  # type: ignore[operator]
        assert path[0] == 0
        assert path[1] < path[2] < 2 * path[1] * (1 + EXACT)
        assert path[1] > 10 * depth(1040 * NM, np.array([0.01]))[0]  # type: ignore[operator]


def test_ozone_peaks_in_the_chappuis_band() -> None:
    assert ozone_depth(600 * NM, 3e-3) > 10 * ozone_depth(850 * NM, 3e-3)


def test_coupling_falls_with_coherence_cells() -> None:
    share = dikmelik_davidson_2005(np.array([1e-3, 1.0, 4.0, 100.0]))
    assert share[0] == pytest.approx(1, abs=1e-3)
    assert (np.diff(share) < 0).all()


def test_slant_tables_follow_turbulence() -> None:
    weak, strong = Turbulence(ground="1e-15 m^(-2/3)"), Turbulence(ground="1e-13 m^(-2/3)")
    low, high = (seeing(one, 850 * NM, 50e-6, 0.0) for one in (weak, strong))
    assert ((low >= high) & (low <= 1) & (high > 0)).all()
    small, large = (scintillation(weak, 850 * NM, aperture, 0.0) for aperture in (0.05, 1.0))
    assert (small >= large).all()
    assert (speckle(weak, 850 * NM, 0.0) >= small * (1 - 1e-9)).all()
    left = decorrelation(weak, 0.15, 0.0)
    assert left[0] == pytest.approx(0, abs=1e-6)
    assert left[-1] > left[1] >= 0


def test_hufnagel_valley_terms() -> None:
    ground = hufnagel_valley(0.0, ground=2e-14) - hufnagel_valley(0.0, ground=1e-14)
    assert ground / 1e-14 == pytest.approx(1, rel=1e-9)
    assert hufnagel_valley(0.0, station=3000.0) < hufnagel_valley(0.0)


def test_wavenumber() -> None:
    assert wavenumber(2 * np.pi) == pytest.approx(1)


def test_sky_brightness_scales() -> None:
    bands = sky.band_radiance(np.array([20.0] * 7)), sky.band_radiance(np.array([22.5] * 7))
    assert bands[0] / bands[1] == pytest.approx(np.full(7, 10.0))
    assert sky.krisciunas_schaefer_airmass(np.radians([90.0, 0.0])) == pytest.approx([1.0, 5.0])
    assert sky.equal_energy_radiance(683 * 106.857e-9) == pytest.approx(1.0, rel=1e-4)
    polluted = sky.light_pollution(np.array([10.8e4 * 10 ** (-0.4 * 18.0), np.nan]))
    assert polluted[0] > 0
    assert polluted[1] == 0


def test_moonlight_fades_with_phase() -> None:
    """Half a Moon gives about a tenth of a full one: K. Krisciunas, B. E. Schaefer, PASP 103, 1033 (1991)."""
    full, half, new = sky.lunar_illuminance(np.radians([0.0, 90.0, 180.0]))
    assert full / half == pytest.approx(10, rel=0.15)
    assert new < 1e-3 * full


def test_citations_follow_the_models() -> None:
    sender = Transmitter.model_validate({"wavelength": "850 nm", "aperture": "300 mm", "pointing_jitter": "1 urad"})
    clear = citations(sender, receiver(), Atmosphere.model_validate({"visibility": "23 km"}))
    lumped = citations(sender, receiver(), Atmosphere.model_validate({"zenith_loss": "3 dB"}))
    assert {"beam, best waist", "pointing", "aerosol", "turbulence", "image"} <= {label for label, _ in clear}
    assert not {"aerosol", "turbulence", "scintillation"} & {label for label, _ in lumped}
    fibred = citations(
        sender, receiver(coupling="fibre", adaptive_modes=9), Atmosphere(visibility="9 km", aerosol="urban")
    )
    assert {"fibre coupling", "adaptive optics", "aerosol, types"} <= {label for label, _ in fibred}
    labels = {label for found in (clear, lumped, fibred) for label, _ in found}
    other = sender.model_copy(update={"divergence": 1e-5, "sunlit_magnitude": None})
    for convention in ("area-ratio", "1/e2"):
        wide = other.model_copy(update={"divergence_convention": convention})
        labels |= {label for label, _ in citations(wide, receiver(), Atmosphere(zenith_loss="3 dB"))}
    day = Turbulence(profile="slc-day")
    labels |= {label for label, _ in citations(other, receiver(), Atmosphere(visibility="9 km", turbulence=day))}
    assert labels == set(REFERENCES)  # none that no run can cite
