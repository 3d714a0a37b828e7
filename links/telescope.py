"""The two telescopes of a free-space link, as a scenario file spells them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from links.diffraction import klein_degnan_1974
from si import Length, SmallAngle

DivergenceConvention = Literal["area-ratio", "1/e2", "fwhm"]


class Transmitter(BaseModel):
    """The sending telescope, from the exit of which the source's mean photon numbers are counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wavelength: Length = Field(gt=0)
    """Vacuum wavelength."""
    aperture: Length = Field(gt=0)
    """Diameter of the primary mirror."""
    obscuration: float = Field(default=0.0, ge=0, lt=1)
    """Linear central obscuration, a share of the diameter; 0: off-axis or refracting telescope."""
    waist: Length | None = Field(default=None, gt=0)
    """1/e2 intensity radius of the Gaussian in the exit pupil, for a diffraction-limited beam.

    None: the radius that puts most light on axis for this obscuration (Klein & Degnan 1974).
    """
    beam_quality: float = Field(default=1.0, ge=1)
    """M2: how many times the diffraction limit; 1: perfect optics. For a diffraction-limited beam only."""
    divergence: SmallAngle | None = Field(default=None, gt=0)
    """Full angle in the convention below; None: the beam is the diffraction-limited one of the aperture."""
    divergence_convention: DivergenceConvention | None = None
    """What `divergence` means.

    "area-ratio": the light fills a disc of diameter Dt + theta L evenly. "1/e2", "fwhm": full angles of a Gaussian.
    """
    pointing_jitter: SmallAngle = Field(default=0.0, ge=0)
    """Rms of each axis; 0: inside another figure, such as a fitted zenith loss."""
    pointing_bias: SmallAngle = Field(default=0.0, ge=0)
    """Constant offset of the beam's axis from the receiver; 0: boresight calibrated."""
    optical_efficiency: float = Field(default=1.0, gt=0, le=1)
    """Optics after the plane where the source's intensities are measured; 1: measured at the exit."""
    tip_tilt: bool = False
    """Uplink only: the beam is steered by the tilt of light coming down, which point-ahead makes imperfect."""
    sunlit_magnitude: float | None = 7.0
    """Downlink only: V magnitude of the satellite in sunlight, seen from 550 km at 90 deg of phase; None: dark.

    7: the brightest that IAU and SATCON1 ask of satellites (Walker et al., BAAS 52, 0206 (2020)). Published
    magnitudes of one's own satellite belong here.
    """

    @property
    def pupil_waist(self) -> float:
        """1/e2 intensity radius in the exit pupil, m: as given, or the one that puts most light on axis.

        Source: `diffraction.klein_degnan_1974`.
        """
        return self.waist if self.waist is not None else klein_degnan_1974(self.aperture, self.obscuration)

    @model_validator(mode="after")
    def _divergence_says_what_it_means(self) -> Transmitter:
        if (self.divergence is None) != (self.divergence_convention is None):
            raise ValueError(
                "divergence and divergence_convention belong together: give both "
                '(convention "area-ratio", "1/e2" or "fwhm"), or neither for the diffraction limit'
            )
        if self.divergence is not None and (self.beam_quality != 1.0 or self.waist is not None):
            raise ValueError("beam_quality and waist describe a diffraction-limited beam: leave them or divergence out")
        return self


class Receiver(BaseModel):
    """The receiving telescope and its optics up to the detectors' faces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    aperture: Length = Field(gt=0)
    """Diameter of the primary mirror."""
    obscuration: float = Field(default=0.0, ge=0, lt=1)
    """Linear central obscuration, a share of the diameter; 0: inside `optical_efficiency`."""
    optical_efficiency: float = Field(gt=0, le=1)
    """Everything from the aperture to the detectors' faces, filter included; the detector is not in it."""
    field_of_view: SmallAngle = Field(gt=0)
    """Full angle of the field stop on the sky."""
    filter_bandwidth: Length = Field(gt=0)
    """Width of the spectral filter, as an ideal rectangle of the same area."""
    coupling: Literal["free-space", "fibre"] = "free-space"
    """"fibre": light is focused into a single-mode fibre; then `optical_efficiency` must not contain that coupling,
    and the field of view is the fibre's own mode."""
    adaptive_modes: int = Field(default=0, ge=0)
    """Zernike modes above piston that adaptive optics takes out before a fibre; 2: tip and tilt; 0: none."""
    polarisation_contrast: float | None = Field(default=None, gt=1)
    """Extinction ratio of the whole receiver, 280 means 280:1; None: inside the source's misalignment."""

    @property
    def flip(self) -> float:
        """Probability that the optics turn a photon into the orthogonal state: 1 / (1 + contrast).

        Derived: contrast is right over wrong light, an extinction ratio above 1.
        """
        return 0.0 if self.polarisation_contrast is None else 1.0 / (1.0 + self.polarisation_contrast)

    @model_validator(mode="after")
    def _modes_need_a_fibre(self) -> Receiver:
        if self.adaptive_modes and self.coupling != "fibre":
            raise ValueError('adaptive_modes acts on the coupling into a fibre: set coupling = "fibre" or leave it out')
        return self
