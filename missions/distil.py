"""One pass of a mission at the level of bits: clicks drawn, corrected, verified and amplified to two equal keys."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keys.postprocessing import CODES, Code, Eavesdropper, Exchange, exchange
from missions.errors import InputError
from missions.scenario import Scenario
from missions.simulate import channels, geometry
from missions.tables import Table
from orbits import iso

ATTACKS = ("intercept-resend", "photon-number-splitting", "beam-splitting")


def distil(
    scenario: Scenario, number: int, eve: Eavesdropper | None, progress: Callable[[str, float], None],
    code: Code = "cascade",
) -> Exchange:  # fmt: skip
    """Play the exchange of pass `number` (a row of passes.csv, from 0) over its contact, seeded by the mission.

    Raises InputError for a pass that does not exist or has no contact.
    """
    passes = geometry(scenario)
    if not 0 <= number < len(passes):
        raise InputError(f"--pass: found {number}; the mission has passes 0 to {len(passes) - 1}, in order of rise")
    track, channel = next(channels(scenario, passes.select(np.array([number]))))
    if not track.contact.any():
        raise InputError(f"--pass: pass {number} has no contact: see the column reason of passes.csv")
    satellite = scenario.satellites[passes.satellite[number]]
    station = scenario.stations[passes.station[number]]
    seed = scenario.mission.seed * 1_000_003 + number
    flown = channel.select(track.contact)
    return exchange(flown, satellite.source, station.detector, scenario.security, seed, eve, progress, code)


def attack(text: str | None) -> Eavesdropper | None:
    """``intercept-resend:0.3`` as an eavesdropper; raises InputError with what is allowed."""
    if text is None:
        return None
    name, _, share = text.partition(":")
    try:
        if name not in ATTACKS:
            raise ValueError(name)
        return Eavesdropper(name, float(share))  # type: ignore[arg-type]
    except ValueError:
        allowed = ", ".join(ATTACKS)
        raise InputError(f'--eavesdropper: found "{text}"; write one of {allowed}, then a share, e.g. :0.3') from None


def correction(text: str) -> Code:
    """``cascade`` or ``ldpc`` as an error-correcting code; raises InputError with what is allowed."""
    for name in CODES:
        if text == name:
            return name
    raise InputError(f'--code: found "{text}"; write one of {", ".join(CODES)}')


def account(played: Exchange, scenario: Scenario, number: int) -> Table:
    """What came of pass `number`, beside what the formulas expect of the same counts; of both keys if there are two."""
    leaked, passes = played.keys.leakage[0], geometry(scenario)
    satellite, station = passes.satellites[passes.satellite[number]], passes.stations[passes.station[number]]
    rows: list[tuple[str, str]] = [
        ("pass", f"{number}: {satellite.name} over {station.name}, {iso(passes.culmination[[number]])[0][:16]}Z"),
        ("keys", " and ".join(("key basis", "test basis")[: len(leaked)])),
        ("detections", f"{played.counts.detections[0]:,.0f}"),
        ("sifted bits", f"{played.counts.sifted[0]:,.0f}"),
        ("error rate", f"{100 * played.counts.qber[0]:.2f} %"),
        ("disclosed, measured", ", ".join(f"{bits:,}" for bits in played.disclosed) or "-"),
        ("disclosed, formula", ", ".join(f"{bits:,.0f}" for bits in leaked)),
        ("efficiency of error correction", ", ".join(f"{f:.3f}" for f in played.efficiency) or "-"),
        ("messages of error correction", ", ".join(f"{number:,}" for number in played.rounds) or "-"),
        ("secret bits", f"{len(played.alice_key):,}"),
        ("both keys equal", "-" if played.aborted else str(np.array_equal(played.alice_key, played.bob_key)).lower()),
        ("outcome", played.aborted or "secret key, for study: its randomness comes from the seed"),
    ]
    return Table({"what": [name for name, _ in rows], "value": [value for _, value in rows]})


def write_keys(played: Exchange, folder: Path) -> None:
    """Both keys as binary files that only their owner may read; refuses to replace a file.

    Raises InputError when a file exists or cannot be written.
    """
    for party, bits in (("alice", played.alice_key), ("bob", played.bob_key)):
        path = folder / f"{party}.key"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise InputError(f"{path}: cannot be written: {error.strerror}; give another folder") from None
        with os.fdopen(handle, "wb") as file:
            file.write(np.packbits(bits).tobytes())
