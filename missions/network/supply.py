"""Key that the links deliver: blocks of fibres by the clock, blocks of passes when the last one has set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from links.channel import Floats, Ints
from missions.network.fibres import FibreKeys
from missions.network.inputs import MeasuredLink
from missions.network.layout import Layout
from missions.network.outages import drawn, live_time, merged
from missions.network.stock import Supply
from orbits import seconds


@dataclass(frozen=True, eq=False)
class Intervals:
    """Blocks of links by the clock, one row per block."""

    link: Ints
    end: Floats
    """s since the mission's start: then the block's key is in store."""
    live: Floats
    """Seconds with signal."""
    number: Ints
    """Of the block on its link, from 1."""


def outages(layout: Layout, start: float, end: float, seed: int) -> tuple[Floats, ...]:
    """Times without signal of every link, planned and drawn, merged, each (outages, 2) in s since the mission's start.

    `start` is the mission's (TT seconds since J2000), `end` its length: elapsed SI seconds, leap seconds included, as
    passes are timed. Satellite links have none: their passes say when they serve.
    """
    return tuple(_outages(layout, link, start, end, seed) for link in range(len(layout.entry)))


def _outages(layout: Layout, link: int, start: float, end: float, seed: int) -> Floats:
    entry = layout.entry[link]
    if entry is None:
        return np.empty((0, 2))
    planned = np.array([[seconds(one.start) - start, seconds(one.end) - start] for one in entry.outages])
    random = drawn(layout.network.links[link], seed, entry.availability, entry.repair, end)
    return merged(np.concatenate([planned.reshape(-1, 2), random]), end)


def by_the_clock(link: Ints, period: Floats, dark: Sequence[Floats], end: float) -> Intervals:
    """Blocks of `period` s of each of some links, the last one cut by the mission's end; `dark` are their outages."""
    edges = [np.append(np.arange(0.0, end, each), end) for each in period.tolist()]
    count = np.array([len(each) - 1 for each in edges], dtype=np.int64)
    live = [live_time(lost, each) for lost, each in zip(dark, edges, strict=True)]
    number = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    return Intervals(np.repeat(link, count), _joined([each[1:] for each in edges]), _joined(live), number)


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate([np.empty(0), *parts])


def of_fibres(layout: Layout, keys: FibreKeys, dark: Sequence[Floats], end: float) -> Supply:
    """Every block of every fibre; blocks of equal kind with an equal share of signal are distilled once."""
    links = np.flatnonzero(layout.span >= 0)
    period = np.array([keys.spans[kind].block for kind in layout.span[links]])
    blocks = by_the_clock(links, period, [dark[link] for link in links.tolist()], end)
    kind = layout.span[blocks.link]
    share = blocks.live / np.array([span.block for span in keys.spans])[kind]
    cases, which = np.unique(np.stack([kind, share]), axis=1, return_inverse=True)
    bits, taken = (column[which.reshape(-1)] for column in keys.block_bits(cases[0].astype(np.int64), cases[1]))
    return _deposited(layout, blocks, bits, taken)


def as_measured(layout: Layout, dark: Sequence[Floats], end: float) -> Supply:
    """Every interval of the links whose rate is stated: rate times the seconds with signal, in whole bits.

    Authentication is inside the rate.
    """
    entries = {link: entry for link, entry in enumerate(layout.entry) if isinstance(entry, MeasuredLink)}
    links, given = np.array([*entries], dtype=np.int64), list(entries.values())
    blocks = by_the_clock(
        links, np.array([one.interval for one in given]), [dark[link] for link in links.tolist()], end
    )
    rate = np.zeros(len(layout.entry))
    rate[links] = [one.rate for one in given]
    # A rate times a time that is a whole number of bits may fall short of it by rounding.
    bits = np.floor(rate[blocks.link] * blocks.live * (1 + 1e-12)).astype(np.int64)
    return _deposited(layout, blocks, bits, np.zeros_like(bits))


def _deposited(layout: Layout, blocks: Intervals, bits: Ints, taken: Ints) -> Supply:
    names = layout.network.links
    numbered = zip(blocks.link.tolist(), blocks.number.tolist(), strict=True)
    return in_order(
        blocks.end, blocks.link, bits, taken, [f"{names[link]}, block {number}" for link, number in numbered]
    )


def in_order(time: Floats, link: Ints, bits: Ints, taken: Ints, origin: Sequence[str]) -> Supply:
    """Deposits in time order, then by link; those of no bits are left out. `taken` is what authentication uses up."""
    order = np.lexsort((link, time))
    order = order[bits[order] > 0]
    return Supply(time[order], link[order], bits[order], tuple(origin[row] for row in order.tolist()), taken[order])


def joined(*supplies: Supply) -> Supply:
    """All deposits of several supplies in time order."""

    def column(name: str) -> Any:
        return np.concatenate([getattr(one, name) for one in supplies])

    labels = [label for one in supplies for label in one.origin]
    taken = np.concatenate([one.bits - one.net for one in supplies])
    return in_order(column("time"), column("link"), column("bits"), taken, labels)
