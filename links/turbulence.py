"""Optical turbulence: Cn2 profiles and the numbers that follow from their moments.

Heights are in metres above the station, `station` is its altitude above the sea. Light is monochromatic; `k` = 2 pi /
wavelength. The atmosphere is flat: slant paths carry `secant`, that of the zenith angle, any shape; it is above the
true air mass by 3 % at 10 deg of elevation and 11 % at 5 deg, below which a link warns. Kolmogorov spectrum, no inner
or outer scale.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, model_validator

from links.channel import Floats
from si import Length, Speed, StructureConstant

Profile = Literal["hufnagel-valley", "slc-day", "slc-night", "table"]


class Turbulence(BaseModel):
    """How strong turbulence is at each height."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: Profile = "hufnagel-valley"
    """Hufnagel-Valley is day or night by its ground value; SLC (Maui) is the submarine laser communication model."""
    wind: Speed = Field(default=21.0, ge=0)
    """Rms wind between 5 and 20 km; 21 m/s makes Hufnagel-Valley the standard 5/7."""
    ground_wind: Speed | None = Field(default=None, ge=0)
    """If given, the rms wind is that of a Bufton profile with this wind at the ground, and `wind` is not used."""
    ground: StructureConstant = Field(default=1.7e-14, ge=0)
    """Cn2 at the ground; 1.7e-14 m^(-2/3): the 5/7 model."""
    table: tuple[tuple[Length, StructureConstant], ...] = ()
    """(height above the station, Cn2), ascending; between them straight on logarithmic Cn2, above them none."""
    effective_height: Length = Field(default=100e3, gt=0, le=100e3)
    """Above the station, where integrals over turbulence end; 100 km: all of every profile.

    ITU-R P.1621-2 (5.1.1 and 5.1.2) takes 20 km. That takes 1 % off the Rytov variance of Hufnagel-Valley 5/7 and
    0.06 % off what r0 comes from, and makes the isoplanatic angle 1.7 % wider.
    """

    @model_validator(mode="after")
    def _table_if_and_only_if_asked(self) -> Turbulence:
        heights = [height for height, _ in self.table]
        if (self.profile == "table") != (len(heights) >= 2):
            raise ValueError('a table of at least two rows belongs to profile = "table", and only there')
        if any(a >= b for a, b in pairwise(heights)) or any(c <= 0 for _, c in self.table):
            raise ValueError("table: heights must ascend and every Cn2 must be positive")
        if heights and heights[0] >= self.effective_height:
            raise ValueError("effective_height: the whole table lies above it; give it in the table's own heights")
        return self

    def cn2(self, height: ArrayLike, station: float = 0.0) -> Floats:
        """Cn2 in m^(-2/3) at a height in m above a station at an altitude in m; any shape. Source: the profile's."""
        if self.profile == "hufnagel-valley":
            wind = self.wind if self.ground_wind is None else bufton_rms(self.ground_wind)
            return hufnagel_valley(height, wind, self.ground, station)
        if self.profile == "table":
            heights, values = np.array(self.table).T
            inside = np.exp(np.interp(np.asarray(height, dtype=float), heights, np.log(values)))
            return np.where((np.asarray(height) >= heights[0]) & (np.asarray(height) <= heights[-1]), inside, 0.0)
        return slc(height, day=self.profile == "slc-day")

    def moment(self, weight: Callable[[Floats], Floats], station: float = 0.0) -> Floats:
        """Integral over height in m of Cn2 times weight(height): m^(1/3) times the weight's unit.

        The weight may add leading axes, which are the result's. Derived: Gauss-Legendre, to 1e-6.
        """
        height, width = self.nodes()
        return np.asarray(np.sum(weight(height) * (self.cn2(height, station) * width), axis=-1))

    def nodes(self) -> tuple[Floats, Floats]:
        """Heights in m and widths in m, shape (nodes,) each, of a quadrature exact to 1e-6 for these profiles.

        Derived: Gauss-Legendre between the heights where a profile bends, up to the effective height.
        """
        own = tuple(height for height, _ in self.table)
        edges = np.unique(np.concatenate([_EDGES, own]))
        edges = edges[(edges >= own[0]) & (edges <= own[-1])] if own else edges
        edges = np.unique(np.minimum(edges, self.effective_height))
        points, weights = np.polynomial.legendre.leggauss(12)
        half, middle = np.diff(edges)[:, None] / 2.0, (edges[1:] + edges[:-1])[:, None] / 2.0
        return (middle + half * points).ravel(), (half * weights).ravel()


_SLC_EDGES = (18.5, 110.0, 240.0, 880.0, 1500.0, 7200.0, 20e3)
_EDGES = np.array([0, 50, 400, 3e3, 5e3, 10e3, 13e3, 16e3, 25e3, 32e3, 45e3, 100e3, *_SLC_EDGES])
"""m. Up to the greatest effective height; with the SLC model's own steps."""


def hufnagel_valley(height: ArrayLike, wind: float = 21.0, ground: float = 1.7e-14, station: float = 0.0) -> Floats:
    """Cn2 in m^(-2/3) at a height in m above the station.

    Any shape, 0 to 100 km. Convention: the upper terms follow the height above the sea, the ground layer the height
    above the station (ITU-R has both above the sea). `wind` rms in m/s, `ground` in m^(-2/3). Valley, Appl. Opt. 19,
    574 (1980), doi:10.1364/AO.19.000574; ITU-R P.1621-2 (2015), eq. 6, whose 8.148e-56 is 0.00594e-50 / 27^2.
    """
    above = np.asarray(height, dtype=float)
    sea = above + station
    jet = 0.00594 * (wind / 27.0) ** 2 * (1e-5 * sea) ** 10 * np.exp(-sea / 1000.0)
    return np.asarray(jet + 2.7e-16 * np.exp(-sea / 1500.0) + ground * np.exp(-above / 100.0))


def bufton_rms(ground_wind: float) -> float:
    """Rms wind in m/s from 5 to 20 km of v(h) = v_g + 30 exp(-((h - 9400) / 4800)^2), v_g at the ground in m/s.

    Bufton, Appl. Opt. 12, 1785 (1973), as in Andrews & Phillips 2005, ch. 12, doi:10.1117/3.626196: 21.0 m/s at
    v_g = 2.8. Convention: this integral; ITU-R P.1621-2, eq. 5, has (v_g^2 + 33.11 v_g + 360.31)^(1/2), up to 0.7 m/s
    more.
    """
    height = np.linspace(5e3, 20e3, 3001)
    speed = ground_wind + 30.0 * np.exp(-(((height - 9400.0) / 4800.0) ** 2))
    return float(np.sqrt(np.mean(speed**2)))


def slc(height: ArrayLike, day: bool) -> Floats:
    """Cn2 in m^(-2/3) of the submarine laser communication model, by day or night; none above 20 km.

    Height in m above the ground (AMOS, Maui), any shape; held below 1 m. Miller & Zieske (1976) as in Beland,
    Propagation through atmospheric optical turbulence (IR/EO Systems Handbook vol. 2, 1993), table 2.4.
    """
    z = np.maximum(np.asarray(height, dtype=float), 1.0)
    low = [z < 18.5, z < 240.0, z < 880.0] if day else [z < 18.5, z < 110.0, z < 1500.0]
    below = [1.70e-14, 3.13e-13 * z**-1.05, 1.30e-15] if day else [8.40e-15, 2.87e-12 * z**-2.0, 2.50e-16]
    return np.select([*low, z < 7200.0, z <= 20e3], [*below, 8.87e-7 * z**-3.0, 2.00e-16 * z**-0.5], 0.0)


def wavenumber(wavelength: float) -> float:
    """2 pi / wavelength, rad/m; `wavelength` in m, above 0. Derived: its definition."""
    return float(2.0 * np.pi / wavelength)


def fried_parameter(turbulence: Turbulence, wavelength: float, secant: ArrayLike = 1.0, station: float = 0.0) -> Floats:
    """r0 in m of a plane wave coming down: (0.423 k^2 sec z int Cn2 dh)^(-3/5); shape of `secant`.

    Wavelength and station's altitude in m. Convention: D_phi = 6.88 (x / r0)^(5/3), so that r0 is 2.1 times the
    radius of coherence. Fried, J. Opt. Soc. Am. 56, 1372 (1966), doi:10.1364/JOSA.56.001372; ITU-R P.1621-2, eq. 8a.
    """
    total = turbulence.moment(np.ones_like, station)
    return np.asarray((0.423 * wavenumber(wavelength) ** 2 * np.asarray(secant) * total) ** -0.6)


def fried_parameter_up(
    turbulence: Turbulence, wavelength: float, top: float, secant: ArrayLike = 1.0, station: float = 0.0
) -> Floats:
    """r0 in m, in the sender's aperture, of the spherical wave from a satellite at height `top` in m.

    By reciprocity this is the coherence that an uplink beam keeps; weight (1 - h / top)^(5/3), as Dios et al., Appl.
    Opt. 43, 3866 (2004), eq. 3, doi:10.1364/AO.43.003866. Wavelength, heights in m; shape of `secant`; top above the
    turbulence.
    """
    total = turbulence.moment(lambda h: np.maximum(1.0 - h / top, 0.0) ** (5.0 / 3.0), station)
    return np.asarray((0.423 * wavenumber(wavelength) ** 2 * np.asarray(secant) * total) ** -0.6)


def coherence_at_satellite(turbulence: Turbulence, wavelength: float, top: float, secant: ArrayLike = 1.0) -> Floats:
    """r0 in m, at the satellite, of a spherical wave from the ground: weight (h / top)^(5/3); tens of metres.

    Wavelength and `top`, the satellite's height, in m; shape of `secant`. This is not what limits an uplink's beam:
    that is `fried_parameter_up`. Fried, J. Opt. Soc. Am. 56, 1380 (1966); Andrews & Phillips 2005, ch. 12,
    doi:10.1117/3.626196.
    """
    total = turbulence.moment(lambda h: np.minimum(h / top, 1.0) ** (5.0 / 3.0))
    return np.asarray((0.423 * wavenumber(wavelength) ** 2 * np.asarray(secant) * total) ** -0.6)


def isoplanatic_angle(
    turbulence: Turbulence, wavelength: float, secant: ArrayLike = 1.0, station: float = 0.0
) -> Floats:
    """Angle in rad over which the phase error stays below 1 rad^2: (2.914 k^2 sec^(8/3) int Cn2 h^(5/3) dh)^(-3/5).

    Wavelength and station's altitude in m; shape of `secant`. Fried, J. Opt. Soc. Am. 72, 52 (1982),
    doi:10.1364/JOSA.72.000052; ITU-R P.1621-2, eq. 14a.
    """
    moment = turbulence.moment(lambda h: h ** (5.0 / 3.0), station)
    return np.asarray((2.914 * wavenumber(wavelength) ** 2 * np.asarray(secant) ** (8.0 / 3.0) * moment) ** -0.6)


def rytov_down(turbulence: Turbulence, wavelength: float, secant: ArrayLike = 1.0, station: float = 0.0) -> Floats:
    """Rytov variance (no unit) of a plane wave from above: 2.25 k^(7/6) sec^(11/6) int Cn2 h^(5/6) dh.

    Wavelength and station's altitude in m; shape of `secant`. It is the variance of log-irradiance where that is
    small, and a measure of strength beyond: `fading.scintillation_index` takes it from there. Andrews & Phillips,
    Laser Beam Propagation through Random Media, 2nd ed. (2005), ch. 12, doi:10.1117/3.626196; ITU-R P.1622 (2003),
    4.1, eq. 4a.
    """
    moment = turbulence.moment(lambda h: h ** (5.0 / 6.0), station)
    return np.asarray(2.25 * wavenumber(wavelength) ** (7 / 6) * np.asarray(secant) ** (11 / 6) * moment)


def rytov_up(
    turbulence: Turbulence, wavelength: float, top: float, secant: ArrayLike = 1.0, station: float = 0.0
) -> Floats:
    """Rytov variance (no unit) of a spherical wave to a satellite at height `top`: weight (h (1 - h / top))^(5/6).

    Wavelength and heights in m; shape of `secant`. As `rytov_down` otherwise. Andrews & Phillips 2005, ch. 12,
    doi:10.1117/3.626196.
    """
    moment = turbulence.moment(lambda h: (h * np.maximum(1.0 - h / top, 0.0)) ** (5.0 / 6.0), station)
    return np.asarray(2.25 * wavenumber(wavelength) ** (7 / 6) * np.asarray(secant) ** (11 / 6) * moment)


def rytov_averaged(
    turbulence: Turbulence, wavelength: float, aperture: float, secant: ArrayLike = 1.0, station: float = 0.0
) -> Floats:
    """Variance of the flux (no unit) of a plane wave through an aperture of this diameter in m, weak fluctuations.

    8.70 k^(7/6) sec^(11/6) int Cn2 Re[(a + i h)^(5/6) - a^(5/6)] dh with a = k D^2 / (16 sec z): a soft aperture of
    the same area of averaging. At zero diameter it is the Rytov variance; `fading.averaged_scintillation_index`
    carries their ratio to any strength. Lengths in m; `secant` any shape. Andrews & Phillips 2005, ch. 12,
    doi:10.1117/3.626196.
    """
    secant = np.asarray(secant, dtype=float)
    k = wavenumber(wavelength)
    a = (k * aperture**2 / 16.0 / secant)[..., None]
    moment = turbulence.moment(lambda h: ((a + 1j * h) ** (5 / 6)).real - a ** (5 / 6), station)
    return np.asarray(8.70 * k ** (7 / 6) * secant ** (11 / 6) * moment)
