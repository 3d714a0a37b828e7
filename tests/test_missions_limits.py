"""Numbers that are right by themselves and impossible together: told by the check, before anything is computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from missions.scenario import built_in

TRIANGLE = built_in()["cambridge-2019"]
HYBRID = built_in()["hybrid-backbone"]
MICIUS = built_in()["micius-2016"]
LINK = 'rate = "2400 kbit/s"'

MISTAKES = {
    "more than the store holds": (TRIANGLE, LINK, f'{LINK}\ninitial = "1 Mbit"', "links.TREL–ENGI: 1e+06 bit are in its store at the start, which holds 256000 bit"),
    "common fill in a small store": (TRIANGLE, LINK, f'{LINK}\ncapacity = "1 kbit"\ninitial = "2 kbit"', "links.TREL–ENGI: 2000 bit are in its store"),
    "a satellite's store": (HYBRID, 'initial = "0 bit"', 'initial = "99 Mbit"\nlifetime = "1 h"', None),
    "more than a satellite's store holds": (HYBRID.replace('capacity = "100 Mbit"\nreserve', 'capacity = "900 Mbit"\nreserve'), 'initial = "0 bit"', 'initial = "200 Mbit"', "satellites.Micius: 2e+08 bit are in its store"),
    "a reserve that takes all": (TRIANGLE, LINK, f'{LINK}\ncapacity = "1 kbit"', None),
    "nothing above the reserve": (TRIANGLE.replace('capacity = "256 kbit"', 'reserve = "1 kbit"\ncapacity = "256 kbit"'), LINK, f'{LINK}\ncapacity = "1 kbit"', "links.TREL–ENGI: stores.reserve keeps 1000 bit of the 1000 bit that its store holds"),
    "a rate beyond counting": (TRIANGLE, LINK, 'rate = "1e18 bit/s"', "links.TREL–ENGI.rate: 4.32e+22 bit over the mission are more than can be counted"),
    "a store beyond counting": (TRIANGLE, 'capacity = "256 kbit"', 'capacity = "1e30 bit"', "stores.capacity: 1e+30 bit"),
    "a key used for no time": (TRIANGLE, 'rekey = "2 s"', 'rekey = "1e-300 s"', "demands.TREL–CAPE: "),
    "a priority beyond counting": (TRIANGLE, 'rekey = "2 s"', 'rekey = "2 s"\npriority = 99999999999999999999', "demands.TREL–CAPE.priority"),
    "intervals without number": (TRIANGLE, f'{LINK}\ninterval = "1 min"', f'{LINK}\ninterval = "1 us"', "links.TREL–ENGI.interval: 1e-06 s makes 4.32e+10 of the mission; at most 1,000,000"),
    "blocks without number": (HYBRID, 'block = "1 h"', 'block = "1 ms"', "backbones.Xinglong-Beijing.block: 0.001 s makes"),
    "steps without number": (TRIANGLE, 'step = "1 min"', 'step = "1 ms"', "stores.step: 0.001 s makes 4.32e+07 of the mission; at most 100,000"),
    "an outage before the mission": (TRIANGLE, "start = 2019-01-01T04:00:00Z, end = 2019-01-01T08:00:00Z", "start = 2018-01-01T04:00:00Z, end = 2018-01-01T08:00:00Z", "links.CAPE–TREL.outages.0: lies outside the mission"),
    "weather without a sky": (TRIANGLE, "[stores]", "[weather]\nrealisations = 10\n\n[stores]", "weather: there is no satellite for which it could matter"),
    "a schedule without a sky": (TRIANGLE, "[stores]", '[schedule]\nobjective = "total"\n\n[stores]', "schedule: there is no satellite"),
    "stores without a network": (MICIUS, "[security]", '[stores]\nstep = "1 min"\n\n[security]', "stores: there is no network"),
    "defaults of nothing": (TRIANGLE, "[stores]", '[defaults.fibre]\nblock = "1 h"\n\n[stores]', "defaults.fibre: there is no entry that it could serve"),
    "fibres without security": (HYBRID, HYBRID[HYBRID.index("[security]") :], "", "security: missing; say how key is distilled"),
    "a fibre around the world and more": (HYBRID + '\n[[fibres]]\nbetween = ["Vienna", "Beijing"]\nlength = "1 km"\n', 'length = "1 km"', 'length = "1e30 km"', "fibres.Vienna–Beijing.length"),
    "visible light without its attenuation": (HYBRID.replace('attenuation = "0.25 dB/km"\n', ""), 'wavelength = "1550.12 nm"', 'wavelength = "850 nm"', "give attenuation"),
    "yes for a number": (HYBRID, "trusted_nodes = 32", "trusted_nodes = true", "backbones.Beijing-Shanghai.trusted_nodes: found true"),
    "a name with a blank": (HYBRID, 'name = "Graz-Vienna"', 'name = " Graz-Vienna"', "a name has no line break and no blank at its ends"),
    "no number": (HYBRID, 'length = "280 km"', 'length = "280 km"\navailability = nan', "backbones.Xinglong-Beijing.availability: found nan; should be a finite number"),
    "one end": (TRIANGLE, 'between = ["TREL", "CAPE"]', 'between = ["TREL"]', "name two places"),
    "a chain of one place": (HYBRID, 'through = ["Graz", "Vienna"]', 'through = ["Graz"]', "name the two ends and what lies between"),
}  # fmt: skip
"""Text, what is replaced by what, and the sentence; None where the scenario is right after all."""


@pytest.mark.parametrize("name", MISTAKES)
def test_a_check_tells_what_a_run_could_not_do(
    name: str, tmp_path: Path, skykey: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    text, right, wrong, sentence = MISTAKES[name]
    assert right in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(right, wrong, 1))
    assert skykey("check", str(file)) == (0 if sentence is None else 2)
    printed = capsys.readouterr()
    if sentence is not None:
        assert printed.err.startswith(f"{file}: ")
        assert sentence in printed.err
        assert "Traceback" not in printed.err
