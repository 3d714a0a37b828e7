"""What to cite for a scenario: the publications behind the models that it uses."""

from __future__ import annotations

from collections.abc import Iterator

import keys
import links
from missions.scenario import Scenario

Reference = tuple[str, str]
SKYKEY = ("skykey", "The skykey authors, skykey: satellite and fibre QKD mission simulator")
SKY = (
    ("orbits", "D. A. Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753 (2006), doi:10.2514/6.2006-6753"),
    (
        "Sun and Moon",
        "W. M. Folkner et al., The planetary and lunar ephemeris DE 421, IPN Progress Report 42-178 (2009)",
    ),
    ("frames", "G. Petit, B. Luzum (eds), IERS Conventions (2010), IERS Technical Note 36"),
)
WEATHER = (("clouds", "I. I. Gringorten, J. Appl. Meteorol. 5, 606 (1966)"),)
FIBRES = (
    ("Raman noise", "P. Eraerds et al., New J. Phys. 12, 063027 (2010), doi:10.1088/1367-2630/12/6/063027"),
    ("PLOB bound", "S. Pirandola et al., Nat. Commun. 8, 15043 (2017), doi:10.1038/ncomms15043"),
)
NETWORK = (
    ("networks", "ITU-T Y.3800 (10/2019), Overview on networks supporting quantum key distribution"),
    ("fairness", "R. Jain, D.-M. Chiu, W. Hawe (1984), arXiv:cs/9809099"),
    ("linear programs", "Q. Huangfu, J. A. J. Hall, Math. Prog. Comp. 10, 119 (2018), doi:10.1007/s12532-017-0130-5"),
)
DISJOINT = (("disjoint routes", "J. W. Suurballe, Networks 4, 125 (1974), doi:10.1002/net.3230040204"),)


def citations(scenario: Scenario) -> list[Reference]:
    """(what, reference) for everything that a run of the scenario rests on, each once."""
    return list(dict.fromkeys([SKYKEY, *_of_the_sky(scenario), *_of_the_network(scenario)]))


def _of_the_sky(scenario: Scenario) -> Iterator[Reference]:
    if scenario.satellites:
        yield from SKY
    for satellite in scenario.satellites:
        yield from keys.citations(scenario.security, satellite.source)
        for station in scenario.stations:
            yield from links.citations(satellite.transmitter, station.receiver, station.atmosphere)
    if scenario.has_weather:
        yield from WEATHER


def _of_the_network(scenario: Scenario) -> Iterator[Reference]:
    spans = (*scenario.fibres, *scenario.backbones)
    for span in spans:
        yield from keys.citations(scenario.security, span.source)
    yield from FIBRES if spans else ()
    yield from NETWORK if scenario.has_network else ()
    yield from DISJOINT if any(demand.paths > 1 for demand in scenario.demands) else ()
