"""What the air above a station is, as a scenario file spells it, and what it takes out of a beam."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, model_validator

from links.channel import Floats
from links.extinction import (
    AEROSOL_SCALE_HEIGHT,
    WATER_SCALE_HEIGHT,
    angstrom,
    bodhaine_1999,
    kasten_young_1989,
    koschmieder,
    mixed_depth,
    ozone_depth,
    pressure_ratio,
    saemundsson_1986,
    water_depth,
)
from links.turbulence import Turbulence
from si import Length, Loss, ValidityWarning

AerosolType = Literal["rural", "continental", "urban", "desert", "maritime"]


@dataclass(frozen=True)
class Aerosol:
    """Optical nature of an aerosol: Angstrom exponent, single-scattering albedo and asymmetry at 550 nm, no units."""

    exponent: float
    albedo: float
    asymmetry: float


AEROSOLS: dict[str, Aerosol] = {
    "rural": Aerosol(1.14, 0.936, 0.65),
    "continental": Aerosol(1.42, 0.925, 0.703),
    "urban": Aerosol(1.43, 0.817, 0.689),
    "desert": Aerosol(0.17, 0.888, 0.729),
    "maritime": Aerosol(0.08, 0.997, 0.772),
}
"""rural: Bird & Riordan 1986, whose albedo is 0.945 exp(-0.095 ln(wavelength / 400 nm)^2). The others: OPAC's
continental average, urban, desert and maritime clean at 80 % relative humidity (Hess, Koepke & Schult, Bull. Am.
Meteorol. Soc. 79, 831 (1998), doi:10.1175/1520-0477(1998)079<0831:OPOAAC>2.0.CO;2), exponents of 500 to 800 nm. Albedo
and asymmetry are taken as equal at all wavelengths."""

_CLEAR = 23e3
"""m; the visibility of the standard clear atmosphere (LOWTRAN, 6S), for the sky above a measured zenith loss."""
LOWEST_ELEVATION = float(np.radians(5.0))
"""rad, below which a flat, layered atmosphere is no description."""


class Atmosphere(BaseModel):
    """The clear sky above a station: a measured zenith loss, or a model from visibility or aerosol optical depth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zenith_loss: Loss | None = Field(default=None, ge=0)
    """Measured loss at the zenith, whatever it lumps; elsewhere it is multiplied by the air mass."""
    visibility: Length | None = Field(default=None, gt=0)
    """Meteorological range at the station: 2 % contrast at 550 nm."""
    optical_depth: float | None = Field(default=None, ge=0)
    """Vertical optical depth at 550 nm of the aerosol above the station (AERONET); 0: no aerosol."""
    aerosol: AerosolType = "rural"
    """Kind of aerosol: sets the exponent, and how the sky scatters. Rural: the standard of LOWTRAN and SPECTRL2."""
    angstrom_exponent: float | None = None
    """Of the aerosol's depth with wavelength; None: that of the kind."""
    water_vapour: Length = Field(default=14.2e-3, ge=0)
    """Precipitable water above sea level; 14.2 mm: US Standard Atmosphere 1976."""
    ozone: Length = Field(default=3.44e-3, ge=0)
    """Ozone column at standard temperature and pressure; 3.44 mm: US Standard Atmosphere 1976 (344 Dobson units)."""
    cirrus: float = Field(default=0.0, ge=0)
    """Vertical optical depth of thin ice cloud, equal at all wavelengths (crystals are large); 0: none."""
    turbulence: Turbulence | None = None
    """Turbulence of the air. Left out, it is Hufnagel-Valley 5/7 in a modelled atmosphere, and none beside a
    measured zenith loss, which has its effect inside."""

    @model_validator(mode="before")
    @classmethod
    def _turbulent_unless_measured(cls, given: Any) -> Any:
        if isinstance(given, dict) and "turbulence" not in given and given.get("zenith_loss") is None:
            return {**given, "turbulence": Turbulence()}
        return given

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Atmosphere:
        if sum(way is not None for way in (self.zenith_loss, self.visibility, self.optical_depth)) != 1:
            raise ValueError(
                "give one of zenith_loss (measured), visibility (modelled) or optical_depth (modelled), and only one"
            )
        return self

    @property
    def kind(self) -> Aerosol:
        """The optical nature of its aerosol."""
        return AEROSOLS[self.aerosol]

    def aerosol_depth(self, wavelength: float) -> float:
        """Vertical optical depth (no unit) of the aerosol at `wavelength` in m; of a clear sky beside a measured loss.

        Source: `extinction.koschmieder`, `extinction.angstrom`.
        """
        exponent = self.kind.exponent if self.angstrom_exponent is None else self.angstrom_exponent
        if self.optical_depth is not None:
            return angstrom(self.optical_depth, exponent, wavelength)
        return angstrom(koschmieder(self.visibility or _CLEAR) * AEROSOL_SCALE_HEIGHT, exponent, wavelength)

    def transmittance(self, wavelength: float, elevation: ArrayLike, altitude: ArrayLike = 0.0) -> Floats:
        """Share of the light that crosses the air once, in (0, 1].

        `wavelength` in m; `elevation` geometric, in rad; `altitude` of the station in m; they broadcast. Refraction is
        applied here. The model holds from 400 to 1700 nm and above 5 deg: `check` warns outside. Source: the functions
        of `links.extinction`; Beer and Lambert's law.
        """
        elevation = np.asarray(elevation, dtype=float)
        airmass = kasten_young_1989(elevation + saemundsson_1986(elevation))
        if self.zenith_loss is not None:
            return np.asarray(np.exp(-np.minimum(self.zenith_loss * airmass, DARK)))
        depth = self._slant_depth(wavelength, airmass, np.asarray(altitude, dtype=float))
        return np.asarray(np.exp(-np.minimum(depth, DARK)))

    def check(self, wavelength: float, elevation: Floats, altitude: ArrayLike = 0.0) -> None:
        """Warn, by the model's name, when the atmosphere is used outside its validity.

        `wavelength` in m, `elevation` in rad, `altitude` of the stations in m; any shapes.
        """
        if elevation.size and elevation.min() < 0.0:
            warn("kasten_young_1989, saemundsson_1986: an elevation below the horizon is held at the horizon")
        flat = self.zenith_loss is None or self.turbulence is not None
        if flat and elevation.size and elevation.min() < LOWEST_ELEVATION - 1e-9:
            warn("extinction, turbulence: an elevation below 5 deg is outside the model of a layered atmosphere")
        if self.zenith_loss is not None:
            return
        if np.min(altitude) < -500.0 or np.max(altitude) > 11e3:
            warn("pressure_ratio: an altitude is outside -500 to 11000 m, the standard troposphere")
        if not 400e-9 <= wavelength <= 1700e-9:
            warn(f"extinction: the wavelength {wavelength * 1e9:.4g} nm is outside 400 to 1700 nm")
        if self.visibility is not None and self.visibility < 1e3:
            warn("koschmieder: below 1 km of visibility it is fog, which no aerosol of this model is")

    def _slant_depth(self, wavelength: float, airmass: Floats, altitude: Floats) -> Floats:
        """Optical depth (no unit) along the path; wavelength and altitude in m; shapes broadcast."""
        pressure = pressure_ratio(altitude)
        water = self.water_vapour * np.exp(-altitude / WATER_SCALE_HEIGHT)
        thin = bodhaine_1999(wavelength) * pressure + self.aerosol_depth(wavelength) + self.cirrus
        linear = (thin + ozone_depth(wavelength, self.ozone)) * airmass
        return np.asarray(
            linear + water_depth(wavelength, water * airmass) + mixed_depth(wavelength, pressure * airmass)
        )


DARK = 600.0
"""Greatest optical depth that is carried: exp(-600) is 1e-261, so that a product of factors stays above zero."""


def warn(sentence: str, stacklevel: int = 5) -> None:
    """Say that a model is used outside its validity, at the caller of `downlink` or `uplink`."""
    warnings.warn(sentence, ValidityWarning, stacklevel=stacklevel)
