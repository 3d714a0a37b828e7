"""The main road, one stage after another: exactly the steps that a script would write."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ground import Passes, Track, find_passes
from ground.weather import clear_sky
from keys import Counts, Detector, Keys, Source, detect, distill
from links import Channel, fixed
from links.channel import Floats, Ints
from missions import equipment
from missions.blocks import pooled
from missions.budget import Budget
from missions.planning import Contacts, choose
from missions.scenario import Scenario
from orbits import ephemeris
from orbits.clock import window

CHUNK = 2_000
"""Passes sampled at a time: bounds the memory to about 0.3 GiB, whatever the length of the mission."""

_NOMINAL = {"pulse_rate": "1 Hz", "intensities": (0.5, 0.1, 0.0), "probabilities": (0.5, 0.25, 0.25)}


@dataclass(frozen=True, eq=False)
class PassLinks:
    """Each pass's link, shape (passes,): transmittances over the contact, or the whole pass where there is none."""

    contact_time: Floats
    contact_start: Floats
    contact_end: Floats
    best_transmittance: Floats
    mean_transmittance: Floats


def run(scenario: Scenario) -> Budget:
    """Fly the mission: passes, links, counts, service, key, budget.

    Warnings raised by models on the way (outside their validity) are kept in the budget and shown in the report.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        passes = geometry(scenario)
        links, counts = photons(scenario, passes)
        clear = skies(scenario, passes)
        served, taken_by = service(scenario, passes, links, counts, clear)
        counts, block, keys = pooled(scenario, passes, counts, served)
    notes = tuple(dict.fromkeys(str(warning.message) for warning in caught))
    return Budget(scenario, passes, links, counts, clear, served, taken_by, block, keys, notes)


def geometry(scenario: Scenario) -> Passes:
    """Every pass of every satellite over every station in the mission's window."""
    mission = scenario.mission
    if scenario.satellites:
        return find_passes(scenario.satellites, scenario.stations, mission.start, mission.end)
    return _no_passes(scenario, *window(mission.start, mission.end))


def _no_passes(scenario: Scenario, start: float, end: float) -> Passes:
    """The table of passes of a mission on the ground."""
    names = ("rise", "culmination", "set", "max_elevation", "min_range", "sun_elevation", "sunlit")
    columns = {name: np.empty(0) for name in names}
    row = np.empty(0, dtype=np.int64)
    cut = np.empty(0, dtype=bool)
    orbits = ephemeris((), start, end)
    return Passes((), scenario.stations, row, row, **columns, clipped=cut, start=start, end=end, ephemeris=orbits)


def channels(scenario: Scenario, passes: Passes) -> Iterator[tuple[Track, Channel]]:
    """Sampled tracks and their channels, a bounded number of passes at a time, in order."""
    for first in range(0, max(len(passes), 1), CHUNK):
        track = passes.select(np.arange(first, min(first + CHUNK, len(passes)))).sample(scenario.mission.step)
        yield track, equipment.transmission(scenario, track)


def photons(scenario: Scenario, passes: Passes) -> tuple[PassLinks, Counts]:
    """Link and counts of every pass as if it were served; photons are counted during the contact only."""
    if not scenario.satellites:
        return PassLinks(*[np.empty(0)] * len(fields(PassLinks))), _no_counts(scenario)
    parts = [
        (_summary(track, channel), _counts(scenario, track, channel)) for track, channel in channels(scenario, passes)
    ]
    columns = {
        field.name: np.concatenate([getattr(summary, field.name) for summary, _ in parts])
        for field in fields(PassLinks)
    }
    return PassLinks(**columns), Counts.concat([counts for _, counts in parts])


def _no_counts(scenario: Scenario) -> Counts:
    """Counts of no pass: no photon is counted, but the columns need the shape that some source gives them."""
    spans = (*scenario.fibres, *scenario.backbones)
    source = spans[0].source if spans else Source.model_validate(_NOMINAL)
    return detect(fixed(np.empty(0), 0.0), source, Detector(efficiency=1.0))


def _counts(scenario: Scenario, track: Track, channel: Channel) -> Counts:
    return equipment.counts(scenario, track.passes, channel.select(track.contact))


def _summary(track: Track, channel: Channel) -> PassLinks:
    size, row, contact = len(track.passes), track.row, track.contact
    contact_time = _per_pass(row, track.duration * contact, size)
    used = contact | (contact_time == 0.0)[row]
    weight, eta = track.duration * used, channel.transmittance
    start, end = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(start, row[contact], (track.time - track.duration / 2)[contact])
    np.maximum.at(end, row[contact], (track.time + track.duration / 2)[contact])
    best = np.zeros(size)
    np.maximum.at(best, row[used], eta[used])
    return PassLinks(
        contact_time=contact_time,
        contact_start=np.where(contact_time > 0, start, np.nan),
        contact_end=np.where(contact_time > 0, end, np.nan),
        best_transmittance=best,
        mean_transmittance=_per_pass(row, weight * eta, size) / _per_pass(row, weight, size),
    )


def _per_pass(row: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(row, weights=values, minlength=size).astype(np.float64)


def skies(scenario: Scenario, passes: Passes) -> Floats:
    """Probability of a clear sky at each pass, (passes,); 1 where the station states no weather."""
    longitude = np.array([station.longitude for station in scenario.stations])
    if not len(passes):
        return np.ones(0)
    weather = [station.weather for station in scenario.stations]
    return clear_sky(weather, longitude, passes.station, passes.culmination)


def service(
    scenario: Scenario, passes: Passes, links: PassLinks, counts: Counts, clear: Floats
) -> tuple[NDArray[np.bool_], Ints]:
    """Which passes are served, and which pass took the terminal of the others (-1: none).

    Passes are weighed by their expected key: the key under a clear sky times the probability of one.
    """
    satellites, stations = scenario.satellites, scenario.stations
    contacts = Contacts(
        passes.satellite,
        passes.station,
        links.contact_start,
        links.contact_end,
        slew=np.array([satellite.slew for satellite in satellites])[passes.satellite],
        satellite_terminals=np.array([satellite.terminals for satellite in satellites]),
        station_terminals=np.array([station.terminals for station in stations]),
    )
    return choose(contacts, _expected_key(scenario, counts) * clear, scenario.objective)


def _expected_key(scenario: Scenario, counts: Counts) -> Floats:
    """Secret bits of each pass alone; among passes without key of their own, more sifted bits count for more."""
    keys: Keys = distill(counts, scenario.security)
    return np.asarray(keys.secret_bits + counts.sifted / (1.0 + counts.sifted.max(initial=0.0)))
