"""Make links/bands.csv: what ozone, water vapour and the mixed gases absorb, 1 nm apart, 400 to 1700 nm.

    python design/make_bands.py

Source: the ASTM G173-03 reference spectra (SMARTS 2.9.2, Gueymard 2004; air mass 1.5, 1.416 cm of water, 0.34379
atm-cm of ozone, US standard atmosphere) as distributed with pvlib, in tests/reference/astm-g173.csv. The direct beam
over the extraterrestrial one, less Rayleigh (Bodhaine 1999), ozone (Bird & Riordan 1986) and a smooth aerosol baseline
through the windows between the bands, is what water and the mixed gases (O2, CO2, CH4) take out. Each nanometre
belongs to one of them. What is stored is the coefficient that gives this depth through the curve of growth of
Bird & Riordan, J. Climate Appl. Meteorol. 25, 87 (1986), eqs. 8 and 11.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from links.channel import Floats
from links.extinction import bodhaine_1999, growth

ROOT = Path(__file__).parent.parent
AIRMASS, WATER_CM, OZONE_CM = 1.5, 1.416, 0.34379
FIRST_BAND = 680
"""nm; weaker bands at shorter wavelengths are below 1 % and are left out."""
WINDOWS = [670, 750, 780, 860, 873, 1040, 1240, 1560, 1690]
"""nm, where no gas absorbs; the baseline is straight between them on logarithmic axes."""
MIXED = [(684, 693), (755, 774), (1050, 1074), (1240, 1290), (1561, 1700)]
"""nm, bands of O2, CO2 and CH4; all else is water."""
OZONE = {
    440: 0.0, 450: 0.003, 460: 0.006, 470: 0.009, 480: 0.014, 490: 0.021, 500: 0.03, 510: 0.04, 520: 0.048,
    530: 0.063, 540: 0.075, 550: 0.085, 570: 0.12, 593: 0.119, 610: 0.12, 630: 0.09, 656: 0.065, 668: 0.051,
    690: 0.028, 710: 0.018, 718: 0.015, 724: 0.012, 740: 0.01, 752: 0.008, 757: 0.007, 762: 0.006, 767: 0.005,
    780: 0.0,
}  # fmt: skip
"""Absorption per atm-cm at nm; Bird & Riordan 1986, table 1 (wavelengths rounded to 1 nm)."""
STRENGTH = {"water": (0.2385, 20.07), "mixed": (1.41, 118.3)}


def gas_depth(nm: Floats, spectra: Floats) -> Floats:
    """Slant depth of the bands alone at air mass 1.5; never negative."""
    _, above, _, direct = spectra.T
    rayleigh = np.array([bodhaine_1999(x * 1e-9) for x in nm])
    ozone = OZONE_CM * np.interp(nm, list(OZONE), list(OZONE.values()))
    rest = -np.log(direct / above) / AIRMASS - rayleigh - ozone
    baseline = np.exp(np.interp(np.log(nm), np.log(WINDOWS), np.log(np.interp(WINDOWS, nm, rest))))
    return np.where(nm >= FIRST_BAND, np.maximum(rest - baseline, 0.0), 0.0) * AIRMASS


def coefficient(depth: Floats, gas: str, amount: float) -> Floats:
    """The coefficient whose curve of growth passes through `depth` at `amount`, by bisection in its logarithm."""
    low, high = np.full(depth.shape, -25.0), np.full(depth.shape, 15.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        above = growth(np.exp(middle), *STRENGTH[gas]) > depth
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.where(depth > 1e-5, np.exp(low) / amount, 0.0)


def rows() -> list[str]:
    """The file's lines."""
    spectra = np.loadtxt(ROOT / "tests/reference/astm-g173.csv", delimiter=",", skiprows=2)
    spectra = spectra[(spectra[:, 0] >= 400) & (spectra[:, 0] <= 1700)]
    nm = spectra[:, 0]
    depth = gas_depth(nm, spectra)
    mixed = np.any([(nm >= a) & (nm <= b) for a, b in MIXED], axis=0)
    water = coefficient(np.where(mixed, 0.0, depth), "water", WATER_CM * AIRMASS)
    other = coefficient(np.where(mixed, depth, 0.0), "mixed", AIRMASS)
    ozone = np.interp(nm, list(OZONE), list(OZONE.values()))
    table = zip(nm, ozone, water, other, strict=True)
    return [
        "wavelength_nm,ozone_per_cm,water_per_cm,mixed",
        *(f"{a:.0f},{b:.4g},{c:.3g},{d:.3g}" for a, b, c, d in table),
    ]


if __name__ == "__main__":
    (ROOT / "links" / "bands.csv").write_text("\n".join(rows()) + "\n")
