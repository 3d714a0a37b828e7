"""What a scenario's numbers rule out together, each of them right by itself: one sentence for each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from missions.network.inputs import Backbone, FibreLink, MeasuredLink, StoreRules

if TYPE_CHECKING:
    from missions.scenario import Scenario

MOST_BITS = 2.0**60
"""Of one store or one demand over the mission: more cannot be counted bit by bit."""
MOST_BLOCKS = 1_000_000
"""Of one link over the mission: a block of fibre, an interval of a link whose rate is stated."""
MOST_STEPS = 100_000
"""In which demands are served: about a minute of computing for each demand."""

Link = FibreLink | Backbone | MeasuredLink


def limits(scenario: Scenario) -> list[str]:
    """What a run could not do, or would pass over in silence."""
    length = (scenario.mission.end - scenario.mission.start).total_seconds()
    return list(
        chain(_idle(scenario), _outages(scenario), _stores(scenario), _steps(scenario, length), _bits(scenario, length))
    )


def _links(scenario: Scenario) -> Iterator[tuple[str, Link]]:
    """Every link of the ground with its path."""
    for kind in ("fibres", "backbones", "links"):
        for link in getattr(scenario, kind):
            yield f"{kind}.{link.name or '–'.join(link.between)}", link


def _idle(scenario: Scenario) -> Iterator[str]:
    """Tables that nothing asks for."""
    for table in ("weather", "schedule"):
        if getattr(scenario, table) is not None and not scenario.satellites:
            yield f"{table}: there is no satellite for which it could matter; leave it out"
    if scenario.stores is not None and not scenario.has_network:
        yield "stores: there is no network; leave it out, or add [[demands]]"


def _outages(scenario: Scenario) -> Iterator[str]:
    mission = scenario.mission
    for path, link in _links(scenario):
        for number, outage in enumerate(link.outages):
            if outage.end <= mission.start or outage.start >= mission.end:
                yield f"{path}.outages.{number}: lies outside the mission, {mission.start} to {mission.end}"


def _stores(scenario: Scenario) -> Iterator[str]:
    """Stores that could not hold their initial fill, or nothing above their reserve."""
    rules = scenario.stores or StoreRules()
    for link in scenario.links:
        path = f"links.{link.name or '–'.join(link.between)}"
        capacity = rules.capacity if link.capacity is None else link.capacity
        yield from _store(path, capacity, rules, rules.initial if link.initial is None else link.initial)
    for satellite in scenario.satellites if scenario.has_network else ():
        yield from _store(f"satellites.{satellite.name}", satellite.store_capacity, rules, rules.initial)


def _store(path: str, capacity: float | None, rules: StoreRules, initial: float) -> Iterator[str]:
    if capacity is None:
        return
    if initial > capacity:
        yield f"{path}: {initial:g} bit are in its store at the start, which holds {capacity:g} bit; change one of them"
    if rules.reserve >= capacity:
        kept = f"{rules.reserve:g} bit of the {capacity:g} bit"
        yield f"{path}: stores.reserve keeps {kept} that its store holds; nothing is left to relay"


def _steps(scenario: Scenario, length: float) -> Iterator[str]:
    """Blocks and steps too short to be counted."""
    for path, link in _links(scenario):
        field = "interval" if isinstance(link, MeasuredLink) else "block"
        period: float = getattr(link, field)
        if length / period > MOST_BLOCKS:
            yield f"{path}.{field}: {period:g} s makes {length / period:.3g} of the mission; at most {MOST_BLOCKS:,}"
    step = (scenario.stores or StoreRules()).step
    if scenario.has_network and length / step > MOST_STEPS:
        yield f"stores.step: {step:g} s makes {length / step:.3g} of the mission; at most {MOST_STEPS:,}"


def _bits(scenario: Scenario, length: float) -> Iterator[str]:
    """Key beyond counting."""
    rules = scenario.stores or StoreRules()
    amounts: list[tuple[str, float | None]] = [("stores.capacity", rules.capacity), ("stores.initial", rules.initial)]
    for path, link in _links(scenario):
        if isinstance(link, MeasuredLink):
            amounts += [(f"{path}.rate", link.rate * length), *_own(path, link, "capacity", "initial")]
    for satellite in scenario.satellites:
        amounts += _own(f"satellites.{satellite.name}", satellite, "store_capacity")
    for demand in scenario.demands:
        amounts.append((f"demands.{'–'.join(demand.between)}", demand.bits_per_second * length))
    for path, bits in amounts:
        if bits is not None and bits > MOST_BITS:
            yield f"{path}: {bits:.3g} bit over the mission are more than can be counted, {MOST_BITS:.3g}"


def _own(path: str, entry: Any, *fields: str) -> list[tuple[str, float | None]]:
    return [(f"{path}.{field}", getattr(entry, field)) for field in fields]
