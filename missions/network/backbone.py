"""The mission's network from its passes and fibres to who is served: what `run` does after the stations' keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from links.channel import Floats, Ints
from missions.network import sky, supply
from missions.network.demand import Demands, tabulate
from missions.network.fibres import FibreKeys, fibre_keys
from missions.network.inputs import MeasuredLink, StoreRules
from missions.network.layout import Layout, Sky, layout
from missions.network.optimum import Optimum, optimum
from missions.network.relay import Failures, Service, failures, relay
from missions.network.stock import Stores, Supply, timeline
from orbits.clock import window

if TYPE_CHECKING:
    from missions.budget import Budget
    from missions.scenario import Scenario

MEAN = "mean over the weather"


@dataclass(frozen=True, eq=False)
class Backbone:
    """The network, the key that its links give, and what became of the demands."""

    layout: Layout
    fibres: FibreKeys | None
    """What a block of each kind of fibre gives; None without fibres."""
    dark: Floats
    """(links,) s without signal."""
    supply: Supply
    stores: Stores
    demands: Demands
    uses: tuple[str, ...]
    """What each demand is for."""
    satellite_key: str
    """What the satellites' key stands for; empty without satellites."""
    end: float
    """s, the mission's length."""
    service: Service
    """Served greedily, as a key manager does that knows its stores and not the future."""

    @cached_property
    def optimum(self) -> Optimum:
        """What no schedule can exceed."""
        return optimum(self.layout.network, self.supply, self.stores, self.demands, self.end)

    @cached_property
    def filled(self) -> Service:
        """The same service had every store been full at the start: what is still missing is not the cold start's."""
        full = replace(self.stores, initial=self.stores.capacity)
        edges, keep = self.service.timeline.edges, self.service.keep
        return relay(self.layout.network, self.supply, full, self.demands, self.end, slots=edges, keep=keep)

    @cached_property
    def failures(self) -> Failures:
        """What is left when each node, and each link, is lost for the whole mission."""
        return failures(self.service)


def connect(budget: Budget) -> Backbone:
    """Lay out the network of a mission whose passes are known, fill its stores and serve its demands."""
    scenario, (start, last) = budget.scenario, window(budget.scenario.mission.start, budget.scenario.mission.end)
    end = last - start
    plan = _layout(budget)
    outages = supply.outages(plan, start, end, scenario.mission.seed)
    fibres = fibre_keys(plan.spans, scenario.security) if plan.spans else None
    parts = [supply.as_measured(plan, outages, end), sky.of_passes(plan, budget)]
    if fibres:
        parts.append(supply.of_fibres(plan, fibres, outages, end))
    deposits = supply.joined(*parts)
    stores = _stores(scenario, plan, deposits)
    demands = tabulate(plan.network, scenario.demands)
    dark = np.array([float(np.diff(lost, axis=1).sum()) for lost in outages])
    keep = (scenario.stores or StoreRules()).routes == "kept"
    slots = _slots(scenario, deposits, stores, end)
    service = relay(plan.network, deposits, stores, demands, end, slots=slots, keep=keep)
    uses = tuple(demand.use for demand in scenario.demands)
    return Backbone(plan, fibres, dark, deposits, stores, demands, uses, _weather(scenario), end, service)


def _weather(scenario: Scenario) -> str:
    if not scenario.satellites:
        return ""
    return MEAN if scenario.has_weather else "under a clear sky"


def _slots(scenario: Scenario, deposits: Supply, stores: Stores, end: float) -> Floats:
    """Slots end where key arrives or expires, and at least every `step`."""
    step = (scenario.stores or StoreRules()).step
    events = timeline(deposits, stores.lifetime, end, None).edges
    return np.union1d(events, np.append(np.arange(0.0, end, step), end))


def _layout(budget: Budget) -> Layout:
    scenario = budget.scenario
    above = Sky(
        tuple((station.name, (station.latitude, station.longitude)) for station in scenario.stations),
        tuple(satellite.name for satellite in scenario.satellites),
        sky.pairs(budget),
    )
    return layout(scenario.nodes, scenario.fibres, scenario.backbones, scenario.links, above)


def _stores(scenario: Scenario, plan: Layout, deposits: Supply) -> Stores:
    """The store of each link. One without a capacity holds whatever comes."""
    rules = scenario.stores or StoreRules()
    links = len(plan.entry)
    initial = np.array([_own(plan, link, "initial", rules.initial) for link in range(links)])
    comes = initial + np.bincount(deposits.link, deposits.net, links)
    capacity = np.array([_capacity(scenario, plan, link, rules) or comes[link] for link in range(links)])
    return Stores(
        _whole(capacity), _whole(np.minimum(rules.reserve, capacity)), _whole(initial), rules.lifetime or float("inf")
    )


def _own(plan: Layout, link: int, field: str, common: float | None) -> float | None:
    """What a measured link says of its own store, or else what all have."""
    entry = plan.entry[link]
    own = getattr(entry, field) if isinstance(entry, MeasuredLink) else None
    return common if own is None else float(own)


def _capacity(scenario: Scenario, plan: Layout, link: int, rules: StoreRules) -> float | None:
    satellite = int(plan.sky[link, 0])
    aboard = scenario.satellites[satellite].store_capacity if satellite >= 0 else None
    return aboard or _own(plan, link, "capacity", rules.capacity)


def _whole(values: Floats) -> Ints:
    return np.floor(values).astype(np.int64)
