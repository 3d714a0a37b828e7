"""When a fibre has no signal: planned times, and times drawn from the mission's seed."""

from __future__ import annotations

import zlib

import numpy as np

from links.channel import Floats


def drawn(name: str, seed: int, availability: float, repair: float, end: float) -> Floats:
    """Outages of the link `name` in [0, end], shape (outages, 2): start and end in s.

    An alternating process in its steady state: outages are exponential with mean `repair`, the times between them
    exponential with mean repair * a / (1 - a), so at every moment the link is up with probability a = `availability`.
    The draw depends on the seed and the link's name alone, not on which other links there are.
    """
    if availability >= 1.0:
        return np.empty((0, 2))
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    working = repair * availability / (1.0 - availability)
    up_first = bool(rng.random() < availability)
    time = np.zeros(1)
    while time[-1] < end:
        more = rng.exponential([[working, repair]], size=(64 + int(1.5 * end / (working + repair)), 2))
        lengths = more.ravel() if up_first else more[:, ::-1].ravel()
        time = np.concatenate([time, time[-1] + np.cumsum(lengths)])
    changes = time[1:] if up_first else time
    pairs = changes[: len(changes) // 2 * 2].reshape(-1, 2)
    return np.minimum(pairs[pairs[:, 0] < end], end)


def merged(outages: Floats, end: float) -> Floats:
    """The same times in order, cut to [0, end] and without overlap, shape (outages, 2)."""
    cut = np.clip(outages.reshape(-1, 2), 0.0, end)
    cut = cut[np.argsort(cut[:, 0], kind="stable")]
    cut = cut[cut[:, 1] > cut[:, 0]]
    if not len(cut):
        return cut
    reach = np.maximum.accumulate(cut[:, 1])
    begins = np.append(True, cut[1:, 0] > reach[:-1])
    last = np.append(np.flatnonzero(begins)[1:] - 1, len(cut) - 1)
    return np.stack([cut[begins, 0], reach[last]], axis=1)


def live_time(outages: Floats, edges: Floats) -> Floats:
    """Seconds with signal between neighbouring `edges`, shape (edges - 1,); `outages` as `merged` gives them."""
    if not len(outages):
        return np.diff(edges)
    lost = np.concatenate([[0.0], np.cumsum(np.diff(outages, axis=1).ravel())])
    corners = np.concatenate([[0.0], outages.ravel()])
    so_far = np.interp(edges, corners, np.repeat(lost, 2)[:-1])
    return np.asarray(np.maximum(np.diff(edges) - np.diff(so_far), 0.0))
