"""What the air takes out of the beam: the atmosphere a scenario describes, and its transmittance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, model_validator

from links.channel import Floats
from links.extinction import vertical_depth
from si import Length, Loss


class Atmosphere(BaseModel):
    """The clear sky above a station: a measured zenith loss, or a model from visibility or aerosol optical depth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zenith_loss: Loss | None = Field(default=None, ge=0)
    """Measured loss at the zenith; at other elevations it is multiplied by the air mass."""
    visibility: Length | None = Field(default=None, gt=0)
    """Meteorological range at the station, 2 % contrast at 550 nm."""

    @model_validator(mode="after")
    def _one_way_to_say_it(self) -> Atmosphere:
        if (self.zenith_loss is None) == (self.visibility is None):
            raise ValueError("give either zenith_loss (measured) or visibility (modelled), and only one of them")
        return self

    def transmittance(self, wavelength: float, elevation: ArrayLike, altitude: ArrayLike = 0.0) -> Floats:
        """Share of the light that crosses the air; `elevation` in rad and `altitude` of the station in m broadcast."""
        airmass = kasten_young_1989(elevation)
        if self.zenith_loss is not None:
            return np.exp(-self.zenith_loss * airmass)
        assert self.visibility is not None
        return np.exp(-vertical_depth(wavelength, self.visibility, np.asarray(altitude, dtype=float)) * airmass)


def kasten_young_1989(elevation: ArrayLike) -> Floats:
    """Relative optical air mass at an elevation in rad; 1 at the zenith, 38 at the horizon.

    Any shape. Valid from the horizon up. Kasten & Young, Appl. Opt. 28, 4735 (1989), doi:10.1364/AO.28.004735.
    """
    elevation = np.asarray(elevation, dtype=float)
    degrees = np.degrees(elevation)
    return np.asarray(np.maximum(1.0 / (np.sin(elevation) + 0.50572 * (degrees + 6.07995) ** -1.6364), 1.0))
