"""Every pass meets its own satellite's and station's equipment, a whole group of equal equipment at a time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ground import Passes, Track
from keys import Counts, Detector, Source, detect, optimise
from links import Channel, LossBudget, downlink
from links.channel import Floats, Ints
from missions.scenario import Scenario

S = TypeVar("S", bound=Hashable)
G = TypeVar("G", bound=Hashable)
Part = tuple[NDArray[np.bool_], Channel]


def transmission(scenario: Scenario, track: Track) -> Channel:
    """The downlink of every pass of the track, one link per pass."""
    satellites, stations = scenario.satellites, scenario.stations
    senders = [satellite.transmitter for satellite in satellites]
    receivers = [(station.receiver, station.atmosphere) for station in stations]
    parts = []
    for passes, sender, (receiver, atmosphere) in _groups(track.passes, senders, receivers):
        samples = np.isin(track.row, passes)
        parts.append((samples, downlink(track.select(samples), sender, receiver, atmosphere)))
    return parts[0][1] if len(parts) == 1 else _assembled(track, parts)


def counts(scenario: Scenario, passes: Passes, channel: Channel) -> Counts:
    """What each pass's detectors count over the channel's samples: one row per pass."""
    sources: list[Source] = [satellite.source for satellite in scenario.satellites]
    detectors: list[Detector] = [station.detector for station in scenario.stations]
    rows, parts = [], []
    for members, source, detector in _groups(passes, sources, detectors):
        part = channel.select(np.isin(channel.link, members))
        rows.append(members)
        parts.append(detect(part, source, detector).select(members))
    return Counts.concat(parts).select(np.argsort(np.concatenate(rows), kind="stable"))


def optimised(scenario: Scenario, passes: Passes, configured: Counts, block: Ints) -> Counts:
    """Counts of every pass with the best intensities, probabilities, basis bias and window for its block.

    `block` (passes,) numbers each pass's block; passes with -1 keep what they were configured to send.
    """
    if not len(passes):
        return configured
    sources = [satellite.source for satellite in scenario.satellites]
    detectors = [station.detector for station in scenario.stations]
    rows, parts = [np.flatnonzero(block < 0)], [configured.select(block < 0)]
    for members, source, detector in _groups(passes, sources, detectors):
        used = members[block[members] >= 0]
        if used.size:
            track = passes.select(used).sample(scenario.mission.step)
            channel = transmission(scenario, track).select(track.contact)
            own = np.unique(block[used], return_inverse=True)[1]
            rows.append(used)
            parts.append(optimise(channel, source, detector, scenario.security, own).counts)
    return Counts.concat(parts).select(np.argsort(np.concatenate(rows), kind="stable"))


def _groups(passes: Passes, sky: Sequence[S], ground: Sequence[G]) -> Iterator[tuple[Ints, S, G]]:
    """(rows of the passes, equipment in the sky, equipment on the ground) for each distinct pair."""
    above, below = list(dict.fromkeys(sky)), list(dict.fromkeys(ground))
    in_sky = np.array([above.index(item) for item in sky])[passes.satellite]
    on_ground = np.array([below.index(item) for item in ground])[passes.station]
    pair = in_sky * len(below) + on_ground
    for value in np.unique(pair) if pair.size else np.zeros(1, dtype=np.int64):
        yield np.flatnonzero(pair == value), above[value // len(below)], below[value % len(below)]


def _assembled(track: Track, parts: list[Part]) -> Channel:
    """One channel in the track's order from channels over some of its samples each."""

    def merged(pieces: list[Any], empty: float) -> Floats:
        whole = np.full(len(track.row), empty)
        for (samples, _), piece in zip(parts, pieces, strict=True):
            whole[samples] = piece
        return whole

    names = ("transmittance", "background", "flip", "log_variance")
    arrays = {name: merged([getattr(part, name) for _, part in parts], 0.0) for name in names}
    return Channel(
        links=len(track.passes),
        link=track.row,
        time=track.time,
        duration=track.duration,
        **arrays,
        budget=_budget(parts, merged),
    )


def _budget(parts: list[Part], merged: Callable[[list[Any], float], Floats]) -> LossBudget:
    """The factors of all parts; where a part lacks one, it costs nothing there."""
    budgets = [part.budget.factors if part.budget else {} for _, part in parts]
    names = dict.fromkeys(name for factors in budgets for name in factors)
    return LossBudget({name: merged([factors.get(name, 1.0) for factors in budgets], 1.0) for name in names})
