"""Figures of the key engine: optimised blocks, bounds, Monte Carlo, Cascade, privacy amplification.

python -m benchmarks.keys           a minute (as a script, this file would hide the package `keys`)
python -m benchmarks.keys --long    with 10^8 bits and Cascade at 10^7
"""

from __future__ import annotations

import resource
import sys
import time
from functools import partial

import numpy as np
from scipy.optimize import differential_evolution

from keys import Detector, Security, Source, detect, distill, optimise
from keys.climb import searched
from keys.leakage import entropy
from keys.postprocessing import cascade, toeplitz
from keys.postprocessing.detections import draw
from keys.search import LIMIT, Objective, Space
from keys.window import samples
from links.channel import Channel

DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="2 ns")


def source(bases):
    return Source(pulse_rate="100 MHz", intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25),
                  key_bases=bases, misalignment=0.01)  # fmt: skip


def passes(number, low=2.5, high=5.0, samples=300):
    rng = np.random.default_rng(1)
    link, t = np.repeat(np.arange(number), samples), np.tile(np.linspace(-1, 1, samples), number)
    peak, width = 10 ** -rng.uniform(low, high, number), rng.uniform(1, 10, number)
    light, flip = 10 ** rng.uniform(1, 4, number), rng.uniform(0, 0.03, number)
    eta = peak[link] / (1 + width[link] * t**2)
    ones = np.ones_like(eta)
    return Channel(number, link, t, ones, eta, light[link] * (1 + t**2), flip[link], 0 * ones)


def timed(function):
    start = time.process_time()
    result = function()
    return result, time.process_time() - start


def optimiser():
    for bases in ("one", "both"):
        link = passes(2000)
        for window in (False, True):
            found, seconds = timed(
                partial(optimise, link, source(bases), DETECTOR, Security(), np.arange(2000), window)
            )
            keyed = (found.keys.secret_bits > 0).mean()
            print(f"optimise, key bases {bases}, window {window}: {2000 / seconds:.0f} blocks/s, {keyed:.0%} with key")


def against_the_library():
    link = passes(1000)
    space = Space(source("one"))
    rows = samples(link, space.source, DETECTOR, np.arange(1000))
    score = Objective(space, rows.nodes(), DETECTOR, Security())
    (_, ours), seconds = timed(lambda: searched(score, 1000))
    blocks = np.argsort(-ours)[[0, 100, 200]]
    for block in blocks:
        best, slow = timed(lambda b=block: differential_evolution(
            lambda x: -score(x[:, None], np.array([b]))[0], [(-LIMIT, LIMIT)] * 5, seed=1))  # fmt: skip
        print(f"differential evolution: {slow:.1f} s, ours {seconds} ms a block: {1000 * slow / seconds:.0f} times; "
              f"ours over theirs - 1 = {ours[block] / -best.fun - 1:+.1e}")  # fmt: skip


def bounds():
    counts = detect(passes(1000), source("one"), DETECTOR).select(np.tile(np.arange(1000), 470))
    _, seconds = timed(lambda: distill(counts, Security()))
    print(f"bounds of 470,000 passes: {seconds:.2f} s")


def monte_carlo():
    for loss, seconds in ((20, 10.0), (40, 100.0)):
        z = np.zeros(1)
        link = Channel(1, np.zeros(1, int), z, z + seconds, z + 10 ** (-loss / 10), z, z, z)
        found, cost = timed(lambda link=link: draw(link, source("one"), DETECTOR, np.random.default_rng(1)))
        print(f"Monte Carlo at {loss} dB: {len(found)} clicks, {found.pulses / cost:.1e} pulses/s")


def corrections(largest):
    rng = np.random.default_rng(1)
    for n in (10**3, 10**4, 10**5, 10**6, 10**7):
        for q in (0.005, 0.01, 0.03, 0.05, 0.08):
            if n > largest:
                continue
            alice = rng.integers(0, 2, n, dtype=np.uint8)
            bob = alice ^ (rng.random(n) < q)
            found, seconds = timed(lambda a=alice, b=bob, q=q: cascade(a, b, q, 1))
            f = found.disclosed / (n * float(entropy(np.array(np.mean(alice != bob)))))
            print(f"Cascade n = {n:.0e}, Q = {q:.1%}: f = {f:.4f}, {int((found.bits != alice).sum())} errors left, "
                  f"{found.rounds} rounds, {seconds:.2f} s")  # fmt: skip


def amplification(sizes):
    for n in sizes:
        rng, length = np.random.default_rng(1), n // 3
        bits, seed = (rng.integers(0, 2, size, dtype=np.uint8) for size in (n, n + length - 1))
        _, seconds = timed(lambda b=bits, s=seed, m=length: toeplitz(b, s, m))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"privacy amplification of {n:.0e} bits to a third: {n / seconds / 1e6:.2f} Mbit/s, peak {peak:.2f} GB")


def main(long: bool = False) -> None:
    optimiser()
    against_the_library()
    bounds()
    monte_carlo()
    corrections(10**7 if long else 10**5)
    amplification((10**6, 10**7, 10**8) if long else (10**6, 10**7))


if __name__ == "__main__":
    main("--long" in sys.argv[1:])
