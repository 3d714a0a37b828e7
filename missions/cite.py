"""What to cite for a scenario: the publications behind the models that it uses."""

from __future__ import annotations

import keys
import links
from missions.scenario import Scenario

REFERENCES = (
    ("skykey", "The skykey authors, skykey: satellite and fibre QKD mission simulator"),
    ("orbits", "D. A. Vallado et al., Revisiting Spacetrack Report #3, AIAA 2006-6753 (2006), doi:10.2514/6.2006-6753"),
    (
        "Sun and Moon",
        "W. M. Folkner et al., The planetary and lunar ephemeris DE 421, IPN Progress Report 42-178 (2009)",
    ),
    ("frames", "G. Petit, B. Luzum (eds), IERS Conventions (2010), IERS Technical Note 36"),
)


def citations(scenario: Scenario) -> list[tuple[str, str]]:
    """(what, reference) for everything that a run of the scenario rests on, each once."""
    found = list(REFERENCES)
    for satellite in scenario.satellites:
        found += keys.citations(scenario.security, satellite.source)
        for station in scenario.stations:
            found += links.citations(satellite.transmitter, station.receiver, station.atmosphere)
    return list(dict.fromkeys(found))
