from __future__ import annotations

import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_links_freespace import track_of

from links import Atmosphere, Channel, Receiver, Transmitter, blocks, downlink, uplink
from links.background import KNOT

TEMPORARIES = 40e6
"""Bytes beside the results, at any number of samples: some fifty arrays of a block of 65,536. Measured 21 and 24 MB."""
SENDER = Transmitter(wavelength="850 nm", aperture="20 cm", pointing_jitter="1 urad")
RECEIVER = Receiver(aperture="1 m", optical_efficiency=0.5, field_of_view="50 urad", filter_bandwidth="1 nm")
CLEAR = Atmosphere(visibility="23 km")


def long_pass(size: int) -> Any:
    """One pass of many samples under a daylit sky, so that everything is computed."""
    track = track_of(np.linspace(6e5, 2e6, size), np.linspace(1.5, 0.2, size))
    track.sunlit[:], track.sun_elevation[:], track.moon_elevation[:] = 1.0, np.radians(20.0), np.radians(30.0)
    return track


def peak(link: Any, size: int) -> tuple[int, int]:
    """Greatest memory in bytes while a link is computed beyond what stays, and what stays."""
    track = long_pass(size)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        channel = link(track, SENDER, RECEIVER, CLEAR)
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(channel, Channel)
    return most - after, after - before


@pytest.mark.parametrize("link", [downlink, uplink])
def test_temporaries_do_not_grow_with_the_samples(link: Any) -> None:
    peak(link, 1000)  # fills the tables that are kept
    for size in (200_000, 800_000):
        temporary, kept = peak(link, size)
        assert temporary < TEMPORARIES
        assert kept < 8.0 * 8 * size  # the channel's own columns: at most seven of eight bytes


@given(st.lists(st.integers(1, 40), max_size=12), st.integers(2, 30))
def test_blocks_cover_the_samples_once_and_cut_no_short_pass(lengths: list[int], size: int) -> None:
    row = np.repeat(np.arange(len(lengths)), lengths)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        slices = list(blocks.blocks(row))
    assert [one.start for one in slices] == [0, *(one.stop for one in slices[:-1])]
    assert slices[-1].stop == len(row)
    starts = np.cumsum([0, *lengths])
    for one in slices:
        assert one.stop - one.start <= size
    for here, _ in pairwise(slices):
        cut = here.stop
        own = starts[np.searchsorted(starts, cut, side="right") - 1]
        assert (cut - own) % size == 0  # at a pass's start, or at a whole number of blocks from it


def test_a_cut_pass_is_the_whole_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    track = long_pass(4000)
    whole = downlink(track, SENDER, RECEIVER, CLEAR)
    monkeypatch.setattr(blocks, "BLOCK", 25 * int(KNOT))  # cuts fall on knots of the sky
    cut = downlink(track, SENDER, RECEIVER, CLEAR)
    for name in ("transmittance", "log_variance"):
        assert np.array_equal(getattr(cut, name), getattr(whole, name)), name
    assert np.allclose(cut.background, whole.background, rtol=1e-3)
    assert list(cut.budget.factors) == list(whole.budget.factors)


def test_no_samples_are_a_channel_without_samples() -> None:
    for link in (downlink, uplink):
        channel = link(track_of([], []), SENDER, RECEIVER, CLEAR)
        assert channel.transmittance.shape == channel.background.shape == (0,)
