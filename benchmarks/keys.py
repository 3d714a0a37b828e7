"""Figures of the key engine: optimised blocks, bounds, Monte Carlo, Cascade, privacy amplification.

python -m benchmarks.keys           two minutes (as a script, this file would hide the package `keys`)
python -m benchmarks.keys --long    with 10^8 bits and error correction of up to 10^7
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
from scipy.optimize import differential_evolution

from keys import Detector, Security, Source, detect, distill, optimise
from keys.climb import searched
from keys.leakage import entropy
from keys.postprocessing import CODES, toeplitz
from keys.postprocessing.detections import draw
from keys.search import LIMIT, Objective, Space
from keys.window import samples
from links.channel import Channel

DETECTOR = Detector(efficiency=0.5, dark_count_rate="25 Hz", gate="2 ns")


def source(bases):
    return Source(pulse_rate="100 MHz", intensities=(0.8, 0.1, 0.0), probabilities=(0.5, 0.25, 0.25),
                  key_bases=bases, misalignment=0.01)  # fmt: skip


def passes(number, low=2.5, high=5.0, samples=300, seed=1):
    """Passes of every quality; about half of them give no key, and many lie near the edge."""
    rng = np.random.default_rng(seed)
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
    """Passes of 25 to 50 dB, of which half give no key, and bright links of 3 to 20 dB, which all do."""
    for low, high in ((2.5, 5.0), (0.3, 2.0)):
        for bases in ("one", "both"):
            link = passes(2000, low, high, seed=3)
            for window in (False, True):
                found, seconds = timed(
                    lambda p=link, b=bases, w=window: optimise(p, source(b), DETECTOR, Security(), np.arange(2000), w)
                )
                keyed = (found.keys.secret_bits > 0).mean()
                print(f"optimise, {10 * low:.0f} to {10 * high:.0f} dB, key bases {bases}, window {window}: "
                      f"{2000 / seconds:.0f} blocks/s, {keyed:.0%} with key")  # fmt: skip


def against_the_library():
    """The library's global search: how much slower, and whether it finds more, the blocks nearest no key first."""
    for bases, seed in (("one", 31), ("both", 32)):
        link, space = passes(1000, seed=seed), Space(source(bases))
        rows = samples(link, space.source, DETECTOR, np.arange(1000))
        score = Objective(space, rows.nodes(), DETECTOR, Security())
        (_, ours), seconds = timed(lambda s=score: searched(s, 1000))
        box, order = [(-LIMIT, LIMIT)] * len(space.names), np.argsort(np.where(ours > 0, ours, np.inf))
        keyed = int((ours > 0).sum())
        _, slow = timed(lambda s=score, b=order[keyed // 2], x=box: differential_evolution(
            lambda x: -s(x[:, None], np.array([b]))[0], x, seed=1))  # fmt: skip
        some = [
            *order[:10],
            *order[np.linspace(10, keyed - 1, 10).astype(int)],
            *np.argsort(np.where(ours > 0, -np.inf, ours))[-5:],
        ]
        best = np.array([thorough(score, b, box) for b in some])
        short, missed = (best / ours[some] - 1)[:20].max(), int(((best > 0) & (ours[some] <= 0)).sum())
        print(f"differential evolution, key bases {bases}: {slow:.1f} s a block, ours {seconds:.2f} ms: "
              f"{1000 * slow / seconds:.0f} times; a thorough one over ours, less 1, worst of 20 blocks with key: "
              f"{short:+.1e}; keys missed in the 5 blocks nearest to one: {missed}")  # fmt: skip


def thorough(score, block, box):
    """Best score of a block by the library with a larger population, spread evenly, that stops at 1e-10."""
    found = differential_evolution(
        lambda x: -score(x.reshape(len(box), -1), np.full(x.size // len(box), block)),
        box, seed=1, popsize=20, maxiter=250, tol=1e-10, init="sobol", vectorized=True, updating="deferred",
    )  # fmt: skip
    return -found.fun


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


def corrections(largest, codes=tuple(CODES)):
    rng = np.random.default_rng(1)
    for n in (10**3, 10**4, 10**5, 10**6, 10**7):
        for q in (0.005, 0.01, 0.02, 0.03, 0.05, 0.08):
            if n > largest:
                continue
            alice = rng.integers(0, 2, n, dtype=np.uint8)
            bob = alice ^ (rng.random(n) < q)
            for code in codes:
                rate = float(np.mean(alice != bob))
                found, seconds = timed(lambda a=alice, b=bob, q=rate, c=code: CODES[c](a, b, q, 1))
                f = found.disclosed / (n * float(entropy(np.array(rate))))
                print(f"{code} n = {n:.0e}, Q = {q:.1%}: f = {f:.4f}, {int((found.bits != alice).sum())} errors left, "
                      f"{found.failed} failed, {found.rounds} rounds, {seconds:.2f} s", flush=True)  # fmt: skip


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
