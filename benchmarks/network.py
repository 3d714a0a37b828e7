"""The linear program over time against greedy relay: 40 pairs, 20 satellites, 30 stations, 30 days in slots of 6 h.

python -m benchmarks.network            half a minute
python -m benchmarks.network --quick    a tenth of the size

Satellites are nodes that move: a link for each satellite and station, so that a pair has 20 routes of two hops, and
many more over other stations. The supply is made up, but as a constellation's is: each station has one night a day and
its own share of clear nights, clouds close a station for all satellites, and a pass gives some 1e5 bits, log-normal.
CPU time, one process.
"""

from __future__ import annotations

import sys
import time
from itertools import combinations

import numpy as np

from missions.network.demand import Demands
from missions.network.graph import Network
from missions.network.optimum import gap, optimum
from missions.network.relay import relay
from missions.network.stock import Stores, Supply

HOUR, DAY = 3600.0, 86400.0


def constellation(satellites, stations):
    nodes = [*(f"S{i}" for i in range(satellites)), *(f"G{i}" for i in range(stations))]
    ends = [(i, satellites + j) for i in range(satellites) for j in range(stations)]
    return Network(tuple(nodes), np.array(ends), tuple(f"{nodes[a]}-{nodes[b]}" for a, b in ends))


def passes(satellites, stations, days, seed):
    rng = np.random.default_rng(seed)
    midnight, clear = rng.uniform(0, DAY, stations), rng.uniform(0.3, 0.7, stations)
    sky = rng.random((days, stations)) < clear
    seen = (rng.random((days, satellites, stations)) < 0.8) & sky[:, None]
    day, satellite, station = np.nonzero(seen)
    moment = day * DAY + (midnight[station] + rng.normal(0, 1.5 * HOUR, len(day))) % DAY
    quality = rng.lognormal(0, 0.5, satellites)
    bits = np.rint(2e5 * quality[satellite] * rng.lognormal(0, 0.8, len(day))).astype(np.int64)
    order = np.argsort(moment)
    return Supply(moment[order], (satellite * stations + station)[order], bits[order])


def pairs_of(satellites, stations, count, load, supply, end, seed):
    """Pairs of stations ask for AES-256 keys: together for `load` of what would be there if nothing were stranded."""
    rng = np.random.default_rng(seed)
    every = np.array(list(combinations(range(satellites, satellites + stations), 2)))
    chosen = every[rng.choice(len(every), count, replace=False)]
    weight = rng.lognormal(0, 0.7, count)
    rate = load * supply.bits.sum() / 2 / end * weight / weight.sum()
    ones = np.ones(count, dtype=np.int64)
    return Demands(chosen, rate, 256 * ones, ones, ones)


def compare(satellites, stations, count, days, load, capacity=10**12, seed=1):
    network, end = constellation(satellites, stations), days * DAY
    supply = passes(satellites, stations, days, seed)
    demands = pairs_of(satellites, stations, count, load, supply, end, seed)
    links = np.zeros(len(network.links), dtype=np.int64)
    stores, slots = Stores(links + capacity, links, links), np.arange(0.0, end + 1, 6 * HOUR)
    start = time.process_time()
    best = optimum(network, supply, stores, demands, end, slots=slots)
    middle = time.process_time()
    greedy = relay(network, supply, stores, demands, end, slots=slots)
    done = time.process_time()
    print(f"network: load {load}, capacity {capacity:.0e}: {gap(greedy.served, best)}; "
          f"linear program {middle - start:.1f} s, greedy {done - middle:.1f} s", flush=True)  # fmt: skip
    order = np.argsort(-best.link_worth)
    told = ", ".join(f"{network.links[row]} {best.link_worth[row]:.2f}" for row in order[:3])
    print(f"network: bits served for one more on a link: {told}; median {np.median(best.link_worth):.2f}")


def main(quick: bool = False) -> None:
    size = (6, 9, 12, 10) if quick else (20, 30, 40, 30)
    for load, capacity in ((0.5, 10**12), (1.0, 10**12), (0.5, 10**6), (1.0, 10**6)):
        compare(*size, load, capacity)


if __name__ == "__main__":
    main("--quick" in sys.argv[1:])
