"""Every formula of `links`: its dimension or its scaling, its units and its source.

The table below is the list of formulas: a public function, method or property of `links` that returns numbers and is
not in it fails the test, so that none is added without a law to hold it to. That the docstring names shapes, units and
where the formula comes from is checked by words only; whether they are right is for the reader and for the other tests.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from test_links_freespace import track_of

import links
from links import (
    Atmosphere,
    Fibre,
    LossBudget,
    Receiver,
    Transmitter,
    Turbulence,
    background,
    beam,
    diffraction,
    extinction,
    fading,
    propagation,
    slant,
    turbulence,
)
from links.fibre import raman_rate

EXACT = 1e-9
"""The same arithmetic in another order."""
LIMIT = 2e-3
"""A power law that is reached in a limit."""
FIT = 0.05
"""A law that a fit, a band or the curvature of the air follows only nearly."""


def itself(value: Any) -> Any:
    return value


def lost(share: Any) -> Any:
    return 1.0 - share


@dataclass(frozen=True)
class Law:
    """A formula, its arguments before and after a change of inputs, and by what the result is then multiplied."""

    formula: Any
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    ratio: float
    within: float = EXACT
    seen: Callable[[Any], Any] = np.asarray
    """What of the result follows the law."""


NM, URAD, DEG = 1e-9, 1e-6, float(np.radians(1.0))
AIR = Atmosphere(optical_depth=0.2, angstrom_exponent=1.0)
ONE_DB, TWO_DB = Atmosphere(zenith_loss="1 dB"), Atmosphere(zenith_loss="2 dB")
HV = Turbulence()
LOW, HIGH = Turbulence(effective_height="20 km"), Turbulence(effective_height="40 km")
WEAK, TWICE = (
    Turbulence(profile="table", table=(("0 m", f"{c}e-20 m^(-2/3)"), ("20 km", f"{c}e-20 m^(-2/3)"))) for c in (1, 2)
)
PUPIL = diffraction.Terminals(850 * NM, 0.2, 0.3, 0.1, 1.0, 0.2)
LARGE = diffraction.Terminals(1700 * NM, 0.4, 0.3, 0.2, 2.0, 0.2)
TX = Transmitter(wavelength="850 nm", aperture="20 cm")
TX_BIG = TX.model_copy(update={"aperture": 0.4})
RX = Receiver(aperture="1 m", optical_efficiency=0.5, field_of_view="50 urad", filter_bandwidth="1 nm")
RX_BIG, RX_WIDE = RX.model_copy(update={"aperture": 2.0}), RX.model_copy(update={"filter_bandwidth": 2e-9})
CLEAN, DIRTY = (RX.model_copy(update={"polarisation_contrast": contrast}) for contrast in (999.0, 99.0))
SPAN = Fibre(length="20 km", classical_channels=2)
LOUD, LONG = (SPAN.model_copy(update=more) for more in ({"classical_channels": 4}, {"length": 40e3}))
ONE = track_of(8e5, 0.9)
HILL, PEAK = (track_of(8e5, 0.9, passes=SimpleNamespace(stations=[SimpleNamespace(altitude=m)])) for m in (1e3, 2e3))
OPEN, HALF = np.ones(1), np.full(1, 0.5)
LAWS = [
    Law(beam.area_ratio, (1e9, 0.0, 10 * URAD, 1.0), (2e9, 0.0, 10 * URAD, 1.0), 1 / 4),
    Law(beam.area_ratio_radius, (1e6, 0.3, 10 * URAD), (2e6, 0.6, 10 * URAD), 2),
    Law(beam.gaussian_radius, (1e5, 10 * URAD, 850 * NM), (2e5, 10 * URAD, 1700 * NM), 2),
    Law(beam.gaussian_collected, (1e3, 1.0), (1e3, 2.0), 4, LIMIT),
    Law(beam.gaussian_caught, (5.0, 1.0, 0.2, 2.0, 3.0), (10.0, 2.0, 0.2, 4.0, 6.0), 1),
    Law(beam.equivalent_radius, (0.1, 1.0), (0.1, 2.0), 2),
    Law(diffraction.klein_degnan_1974, (0.3, 0.2), (0.6, 0.2), 2),
    Law(diffraction.exit_share, (0.1, 0.3, 0.2), (0.2, 0.6, 0.2), 1),
    Law(diffraction.collected, (PUPIL, 1e6), (LARGE, 2e6), 1),
    Law(diffraction.interpolated, (PUPIL, np.full(1, 7e5)), (LARGE, np.full(1, 1.4e6)), 1),
    Law(extinction.kasten_young_1989, (90 * DEG,), (30 * DEG,), 2, FIT),
    Law(extinction.saemundsson_1986, (70 * DEG,), (45 * DEG,), 1 / np.tan(20 * DEG), FIT),
    Law(extinction.bodhaine_1999, (800 * NM,), (1600 * NM,), 1 / 16, FIT),
    Law(extinction.pressure_ratio, (0.0,), (5500.0,), 1 / 2, FIT),
    Law(extinction.koschmieder, (4e3,), (2e3,), 2, FIT),
    Law(extinction.angstrom, (0.2, 1.3, 550 * NM), (0.2, 1.3, 1100 * NM), 2**-1.3),
    Law(extinction.growth, (1e3, 0.24, 20.0), (2e3, 0.24, 20.0), 2**0.55, LIMIT),
    Law(extinction.water_depth, (820 * NM, 1e-9), (820 * NM, 2e-9), 2, LIMIT),
    Law(extinction.mixed_depth, (1580 * NM, 1e-6), (1580 * NM, 2e-6), 2, LIMIT),
    Law(extinction.ozone_depth, (600 * NM, 3e-3), (600 * NM, 6e-3), 2),
    Law(fading.scintillation_index, (1e-6,), (2e-6,), 2, LIMIT),
    Law(fading.averaged_scintillation_index, (1e-6, 0.5), (1e-6, 0.01), 0.02, LIMIT),
    Law(fading.log_normal_variance, (1e-6,), (1e-6, 1e-6), 2, LIMIT),
    Law(fading.pointing_variance, (1e3, 1.0), (1e3, 2.0), 16, LIMIT),
    Law(fading.pointing_fade_probability, (0.5, 3.0, 1.0), (0.5, 6.0, 2.0), 1),
    Law(fading.outage_margin, (1e-8, 0.01), (4e-8, 0.01), 2, LIMIT),
    Law(raman_rate, (SPAN, 1550 * NM), (LOUD, 1550 * NM), 2),
    Law(Fibre.factors, (SPAN,), (LONG,), 2, seen=lambda depths: depths["fibre"]),
    Law(propagation.long_term_spread, (850 * NM, 0.1, 1e3), (850 * NM, 0.1, 2e3), 2 ** (-5 / 3), LIMIT),
    Law(propagation.beam_wander, (850 * NM, 0.1, 0.1), (850 * NM, 0.1, 0.2), 2 ** (-5 / 3)),
    Law(propagation.tilt_decorrelation, (HV, 0.1, 20 * URAD, 1.0), (HV, 0.2, 20 * URAD, 2.0), 1),
    Law(propagation.seeing_share, (10 * URAD, 850 * NM, 0.1), (20 * URAD, 850 * NM, 0.05), 1),
    Law(
        propagation.fibre_coupling_in_vacuum,
        (0.02,),
        (0.04,),
        4,
        FIT,
        lambda share: propagation.fibre_coupling_in_vacuum() - share,
    ),
    Law(propagation.dikmelik_davidson_2005, (100.0,), (200.0,), 1 / 4, LIMIT),
    Law(propagation.fibre_coupling, (1e-2, 20), (2e-2, 20), 2 ** (5 / 3 + 2), FIT, lost),
    Law(propagation.noll_1976, (100,), (200,), 2 ** (-np.sqrt(3) / 2)),
    Law(slant.altitudes, (HILL,), (PEAK,), 2),
    Law(slant.table, ((1.0,), np.atleast_1d), ((2.0,), np.atleast_1d), 2),
    Law(slant.transmittance, (ONE_DB, 850 * NM, 0.0), (TWO_DB, 850 * NM, 0.0), 2, seen=np.log),
    Law(slant.secant, (90 * DEG,), (30 * DEG,), 2),
    Law(slant.seeing, (HV, 850 * NM, 10 * URAD, 0.0), (HV, 1700 * NM, 10 * URAD * 2**-0.2, 0.0), 1),
    Law(slant.coupling, (HV, 850 * NM, 0.5, 3, 0.0), (HV, 1700 * NM, 0.5 * 2**1.2, 3, 0.0), 1),
    Law(slant.scintillation, (WEAK, 850 * NM, 0.3, 0.0), (TWICE, 850 * NM, 0.3, 0.0), 2, LIMIT),
    Law(slant.coherence, (HV, 850 * NM, 0.0), (HV, 1700 * NM, 0.0), 2**1.2),
    Law(slant.speckle, (WEAK, 850 * NM, 0.0), (TWICE, 850 * NM, 0.0), 2, LIMIT),
    Law(slant.decorrelation, (HV, 10.0, 0.0), (HV, 20.0, 0.0), 1 / 4, LIMIT, lambda shares: shares[15]),
    Law(turbulence.hufnagel_valley, (10e3, 1e5), (10e3, 2e5), 4, LIMIT),
    Law(turbulence.bufton_rms, (1e5,), (2e5,), 2, LIMIT),
    Law(turbulence.slc, (1600.0, True), (3200.0, True), 1 / 8),
    Law(turbulence.wavenumber, (850 * NM,), (1700 * NM,), 1 / 2),
    Law(turbulence.fried_parameter, (HV, 850 * NM), (HV, 850 * NM, 2.0), 2**-0.6),
    Law(turbulence.fried_parameter_up, (HV, 850 * NM, 5e5), (HV, 1700 * NM, 5e5), 2**1.2),
    Law(turbulence.coherence_at_satellite, (HV, 850 * NM, 5e5), (HV, 850 * NM, 1e6), 2),
    Law(turbulence.isoplanatic_angle, (HV, 850 * NM), (HV, 850 * NM, 2.0), 2**-1.6),
    Law(turbulence.rytov_down, (HV, 850 * NM), (HV, 850 * NM, 2.0), 2 ** (11 / 6)),
    Law(turbulence.rytov_up, (HV, 850 * NM, 5e5), (HV, 1700 * NM, 5e5), 2 ** (-7 / 6)),
    Law(turbulence.rytov_averaged, (HV, 850 * NM, 5.0), (HV, 850 * NM, 10.0), 2 ** (-7 / 3), FIT),
    Law(background.area, (RX,), (RX_BIG,), 4),
    Law(background.etendue, (RX, 850 * NM), (RX_BIG, 850 * NM), 4),
    Law(background.count_rate, (OPEN, 850 * NM, RX), (OPEN, 1700 * NM, RX), 2),
    Law(background.background, (ONE, TX, RX, AIR, OPEN), (ONE, TX, RX_WIDE, AIR, OPEN), 2),
    Law(background.from_below, (ONE, 850 * NM, RX, OPEN), (ONE, 850 * NM, RX_BIG, HALF), 2),
    Law(Atmosphere.aerosol_depth, (AIR, 550 * NM), (AIR, 1100 * NM), 1 / 2),
    Law(Atmosphere.transmittance, (AIR, 600 * NM, 90 * DEG), (AIR, 600 * NM, 30 * DEG), 2, FIT, np.log),
    Law(Turbulence.cn2, (WEAK, 1e3), (TWICE, 1e3), 2),
    Law(Turbulence.moment, (WEAK, np.ones_like), (WEAK, np.asarray), 1e4),
    Law(Turbulence.nodes, (LOW,), (HIGH,), 2, seen=lambda nodes: nodes[1].sum()),
    Law(LossBudget.transmittance, (LossBudget({"a": HALF, "b": OPEN}),), (LossBudget({"a": HALF, "b": HALF}),), 1 / 2),
    Law(Transmitter.pupil_waist, (TX,), (TX_BIG,), 2),
    Law(Receiver.flip, (CLEAN,), (DIRTY,), 10),
]
UNITS = re.compile(
    r"no unit|0 to 1|\b[Ss]hare\b|[Pp]robability|[Pp]hotons per second"
    r"|\b(in|per) (m|rad)\b|[ ,](m|rad|m2|m2 sr|rad/m)[,.;:)]|\brad\^2|\bm\^\("
)
SOURCE = re.compile(r"doi:|Derived|Source:|ITU-R|\b(18|19|20)\d\d\b")
SHAPE = re.compile(r"shape|broadcast|axes", re.IGNORECASE)


def functions(holder: Any) -> Iterator[Any]:
    """The functions, methods and properties that a module of `links` or one of its classes defines for others."""
    for name, one in vars(holder).items():
        if name.startswith("_") or (inspect.ismodule(holder) and getattr(one, "__module__", "") != holder.__name__):
            continue
        if inspect.isclass(one):
            yield from functions(one)
        elif callable(one) or isinstance(one, property):
            yield one


def plain(formula: Any) -> Any:
    """The function behind a property, a cache or a method."""
    return inspect.unwrap(formula.fget if isinstance(formula, property) else formula)


def formulas() -> dict[str, Any]:
    """Those that return numbers, by name."""
    modules = [importlib.import_module(f"links.{module.name}") for module in pkgutil.iter_modules(links.__path__)]
    found = [plain(one) for module in modules for one in functions(module)]
    returns = {one: str(getattr(one, "__annotations__", {}).get("return", "")) for one in found}
    return {f"{one.__module__}.{one.__qualname__}": one for one, what in returns.items() if re.search("[Ff]loat", what)}


def name_of(law: Law) -> str:
    formula = plain(law.formula)
    return f"{formula.__module__}.{formula.__qualname__}"


@pytest.mark.parametrize("law", LAWS, ids=name_of)
def test_a_formula_keeps_its_law(law: Law) -> None:
    formula = law.formula.fget if isinstance(law.formula, property) else law.formula
    before, after = (np.asarray(law.seen(formula(*inputs)), dtype=float) for inputs in (law.before, law.after))
    assert before.all()
    assert after / before == pytest.approx(np.full(after.shape, law.ratio), rel=law.within)


def test_every_formula_has_a_law() -> None:
    assert sorted(formulas()) == sorted({name_of(law) for law in LAWS})


@pytest.mark.parametrize(("holder", "kind"), [(beam, itself), (Receiver, itself), (Receiver, property)])
def test_a_new_formula_is_noticed(holder: Any, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def guess(one: Any) -> float:
        return float(one)

    guess.__module__ = getattr(holder, "__module__", holder.__name__)
    before = formulas().values()
    monkeypatch.setattr(holder, "guess", kind(guess), raising=False)
    assert set(formulas().values()) - set(before) == {guess}


@pytest.mark.parametrize("formula", formulas().values(), ids=formulas())
def test_its_docstring_says_shape_unit_and_source(formula: Any) -> None:
    text = " ".join(inspect.getdoc(formula).split())
    assert UNITS.search(text), text
    assert SOURCE.search(text), text
    if "Floats" in formula.__annotations__["return"]:
        assert SHAPE.search(text), text
