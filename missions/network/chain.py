"""Chains of trusted nodes: which places stand where among them, and where the others lie on the map."""

from __future__ import annotations

import numpy as np

from links.channel import Floats, Ints


def angle_between(a: Floats, b: Floats) -> Floats:
    """Great-circle angle (rad) between places (..., 2) of latitude and longitude (rad), on a sphere."""
    first, second = _unit(a), _unit(b)
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(first, second), axis=-1), (first * second).sum(axis=-1)))


def stops(places: Floats, spans: int) -> Ints:
    """Which joint of the chain each place is, from 0 (the first end) to `spans` (the last), shape (places,).

    `places` (places, 2) are the chain's ends and what lies between, in order. Each goes to the joint nearest to its
    share of the great-circle way; where two would meet, the later one moves on. Raises ValueError when there are more
    places than joints.
    """
    count = len(places)
    if count > spans + 1:
        raise ValueError(f"{count} places do not fit on the {spans + 1} joints of a chain of {spans} spans")
    way = np.concatenate([[0.0], np.cumsum(angle_between(places[:-1], places[1:]))])
    share = way / way[-1] if way[-1] > 0 else np.linspace(0.0, 1.0, count)
    wanted, order = np.rint(share * spans).astype(np.int64), np.arange(count)
    wanted[0], wanted[-1] = 0, spans
    ascending = np.maximum.accumulate(wanted - order) + order
    return np.asarray(np.minimum(ascending, spans - order[::-1]))


def joints(places: Floats, stop: Ints) -> Floats:
    """Latitude and longitude (rad) of every joint, shape (spans + 1, 2): evenly spread between neighbouring places.

    nan where a neighbouring place is not known.
    """
    number = np.arange(stop[-1] + 1)
    before = np.clip(np.searchsorted(stop, number, side="right") - 1, 0, len(stop) - 2)
    share = (number - stop[before]) / (stop[before + 1] - stop[before])
    found = _along(places[before], places[before + 1], share)
    found[stop] = places
    return found


def _along(a: Floats, b: Floats, share: Floats) -> Floats:
    """Places at a share of the great-circle way from a to b, (n, 2)."""
    angle = angle_between(a, b)
    apart = angle > 0

    def weight(part: Floats) -> Floats:
        """sin(s w) / sin(w), which tends to s as the places meet."""
        return np.where(apart, np.sin(part * angle) / np.where(apart, np.sin(angle), 1.0), part)[:, None]

    x, y, z = (weight(1 - share) * _unit(a) + weight(share) * _unit(b)).T
    return np.stack([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)], axis=-1)


def _unit(place: Floats) -> Floats:
    latitude, longitude = place[..., 0], place[..., 1]
    level = np.cos(latitude)
    return np.stack([level * np.cos(longitude), level * np.sin(longitude), np.sin(latitude)], axis=-1)
