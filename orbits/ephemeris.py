"""Where satellites are: SGP4 at nodes, rotated to the Earth-fixed frame once, and a quintic between the nodes.

The nodes stand on an absolute grid of time (multiples of each satellite's step), so that a window that is shifted, or
a list of satellites that is permuted, meets the same nodes and gives the same numbers to the last bit.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from orbits.clock import DAY, iso, warn_if_not_covered
from orbits.frames import earth_fixed_acceleration, earth_fixed_jerk, norm, teme_to_itrs
from orbits.mean import MeanElements
from orbits.orbiter import Orbiter
from si import ValidityWarning

Floats = NDArray[np.float64]

_STEPS_PER_TURN = 15
"""Nodes per revolution at the angular rate of the perigee: 0.003 s of error in rise and set (design/geometry.md)."""
_LONGEST_STEP = 900.0
"""s; beyond it the Moon and the Sun, which the quintic's acceleration leaves out, move a satellite by 1 m."""
_LOW_STEP, _LOW_TURN = 360.0, 6600.0
"""s; the longest step for orbits that turn faster than that at perigee."""
_GRID = 10.0
"""s; steps are whole multiples of it."""
_ROUND, _DEEP = 0.002, 225 * 60.0
"""Eccentricity up to which, and turn in s below which, SGP4's velocity is right enough: 1 m of error in the place.
Slower orbits have Moon and Sun in them, whose part in the velocity SGP4 leaves out."""
_SHIFT = 0.25
"""s, for velocities by differences: wrong by 1e-4 m/s."""
_SCOUT = 7
"""Nodes skipped while looking for a decay before the window; odd, so that all phases of the orbit are met."""


@dataclass(frozen=True, eq=False)
class Trajectory:
    """One satellite's nodes in the Earth-fixed frame, SI: `time` (n,), position, velocity, acceleration (3, n)."""

    time: Floats
    position: Floats
    velocity: Floats
    acceleration: Floats
    step: float | None
    """Distance of the nodes in s where it is the same for all."""

    @property
    def start(self) -> float:
        """First moment that can be asked for."""
        return float(self.time[0]) if self.time.size else math.inf

    @property
    def end(self) -> float:
        """Last moment that can be asked for."""
        return float(self.time[-1]) if self.time.size else -math.inf

    @cached_property
    def fastest(self) -> float:
        """Bound on the Earth-fixed speed, m/s: the fastest node and a margin for what happens between nodes."""
        return 1.1 * float(norm(self.velocity).max())

    def node(self, index: NDArray[np.int64]) -> tuple[Floats, Floats, Floats]:
        """Position, velocity and acceleration at nodes, (3, n) each."""
        return (
            self.position.take(index, axis=1),
            self.velocity.take(index, axis=1),
            self.acceleration.take(index, axis=1),
        )

    def interval(self, t: Floats) -> NDArray[np.int64]:
        """Index of the node at or before each time."""
        if self.step is None:
            index = np.searchsorted(self.time, t, side="right") - 1
        else:
            index = np.floor((t - self.time[0]) / self.step).astype(np.int64)
        return np.clip(index, 0, len(self.time) - 2)

    def arcs(self, interval: NDArray[np.int64]) -> Arcs:
        """The curves between the nodes `interval` and the ones after them."""
        begin = self.time[interval]
        width = self.time[interval + 1] - begin
        return Arcs(begin, quintic(width, self.node(interval), self.node(interval + 1)))

    def at(self, t: Floats) -> tuple[Floats, Floats]:
        """Earth-fixed position and velocity, each (3, n), at times (n,) between start and end."""
        interval = self.interval(t)
        begins = np.diff(interval, prepend=-1) != 0
        arcs = self.arcs(interval[begins]).select(np.cumsum(begins) - 1)
        since = t - arcs.begin
        return arcs.position(since), arcs.velocity(since)


@dataclass(frozen=True, eq=False)
class Arcs:
    """Polynomials of degree five in the seconds since `begin` (n,): `coefficients` (6, 3, n), from the constant up."""

    begin: Floats
    coefficients: Floats

    def select(self, rows: NDArray[np.int64]) -> Arcs:
        """Some of the arcs."""
        return Arcs(self.begin[rows], self.coefficients.take(rows, axis=2))

    def position(self, x: Floats) -> Floats:
        """Position (3, n) in m, `x` seconds (n,) after each arc's begin."""
        c = self.coefficients
        return np.asarray(((((c[5] * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0])

    def velocity(self, x: Floats) -> Floats:
        """Velocity (3, n) in m/s."""
        c = self.coefficients
        return np.asarray((((5 * x * c[5] + 4 * c[4]) * x + 3 * c[3]) * x + 2 * c[2]) * x + c[1])

    def acceleration(self, x: Floats) -> Floats:
        """Acceleration (3, n) in m/s^2."""
        c = self.coefficients
        return np.asarray(((20 * x * c[5] + 12 * c[4]) * x + 6 * c[3]) * x + 2 * c[2])


def quintic(width: Floats, left: Sequence[Floats], right: Sequence[Floats]) -> Floats:
    """Coefficients (6, ...) of the quintic with value, slope and curvature `left` at 0 and `right` at `width`."""
    (p, v, a), (q, w, b) = left, right
    square = width * width
    rise = (q - p - (v + 0.5 * a * width) * width) / (square * width)
    turn = (w - v - a * width) / square
    bend = (b - a) / width
    third = 10 * rise - 4 * turn + 0.5 * bend
    fourth = (-15 * rise + 7 * turn - bend) / width
    fifth = (6 * rise - 3 * turn + 0.5 * bend) / square
    return np.stack([p, v, 0.5 * a, third, fourth, fifth])


@dataclass(frozen=True, eq=False)
class Ephemeris:
    """Satellites and their trajectories over a window of TT seconds since J2000, in the order given."""

    satellites: tuple[Orbiter, ...]
    start: float
    end: float
    trajectories: tuple[Trajectory, ...]


def ephemeris(satellites: Sequence[Orbiter], start: float, end: float) -> Ephemeris:
    """Earth-fixed trajectories of satellites between two moments (TT seconds since J2000).

    Warns by name (ValidityWarning) of elements too old for the window, of a satellite that decays, and of a window
    outside the table of the Earth's orientation. A trajectory ends where SGP4 first reports an error.
    """
    warn_if_not_covered(start, end)
    return Ephemeris(tuple(satellites), start, end, tuple(_trajectory(one, start, end) for one in satellites))


def _trajectory(satellite: Orbiter, start: float, end: float) -> Trajectory:
    if satellite.oem is not None:
        return _tabulated(satellite, start, end)
    elements = satellite.mean_elements()
    _warn_of_age(satellite, start, end)
    step = node_step(elements)
    halved = _smooth(elements)
    time = _nodes(2 * step if halved else step, start, end)
    position, velocity, error = _states(elements, time)
    good = _latched(satellite.name, elements, time, error)
    found = _earth_fixed(time[good], position[:, good], velocity[:, good], step)
    return _halved(found) if halved else found


def _tabulated(satellite: Orbiter, start: float, end: float) -> Trajectory:
    """The states of a table as nodes, those around the window."""
    from orbits.oem import read as read_oem

    assert satellite.oem is not None
    table = read_oem(satellite.oem)
    first = max(0, int(np.searchsorted(table.time, start, side="right")) - 1)
    last = int(np.searchsorted(table.time, end)) + 1
    if table.time[0] > start or table.time[-1] < end:
        _warn(f"{satellite.name}: its states reach from {iso(table.time[0])} to {iso(table.time[-1])} only")
    rows = slice(first, last)
    position, velocity = table.position[:, rows], table.velocity[:, rows]
    return Trajectory(table.time[rows], position, velocity, earth_fixed_acceleration(position, velocity), None)


def _warn_of_age(satellite: Orbiter, start: float, end: float) -> None:
    oldest = max((satellite.age(start) or 0.0, satellite.age(end) or 0.0))
    if satellite.max_age is not None and oldest > satellite.max_age:
        _warn(
            f"{satellite.name}: the window reaches {oldest / DAY:.1f} days from the epoch of its elements, more than "
            f"{satellite.max_age / DAY:g}: times of passes drift by several seconds; take newer elements"
        )


def _warn(sentence: str) -> None:
    warnings.warn(sentence, ValidityWarning, stacklevel=5)


def _earth_fixed(time: Floats, position: Floats, velocity: Floats, step: float | None) -> Trajectory:
    position, velocity = teme_to_itrs(time, position, velocity)
    return Trajectory(time, position, velocity, earth_fixed_acceleration(position, velocity), step)


def _halved(coarse: Trajectory) -> Trajectory:
    """Twice as many nodes: the middles of curves of degree seven (Hermite), which cost a fraction of what SGP4 does."""
    if len(coarse.time) < 2:
        return coarse
    p, v, a = coarse.position, coarse.velocity, coarse.acceleration
    j, h = earth_fixed_jerk(p, v, a), 2 * coarse.step if coarse.step else 0.0
    (p0, v0, a0, j0), (p1, v1, a1, j1) = ([x[:, part] for x in (p, v, a, j)] for part in (slice(-1), slice(1, None)))
    place = 0.5 * (p0 + p1) + (11 / 64 * h) * (v0 - v1) + (3 / 128 * h**2) * (a0 + a1) + (h**3 / 768) * (j0 - j1)
    speed = (35 / 16 / h) * (p1 - p0) - 19 / 32 * (v0 + v1) + (h / 16) * (a1 - a0) - (h**2 / 384) * (j0 + j1)
    between = (coarse.time[:-1] + 0.5 * h, place, speed, earth_fixed_acceleration(place, speed))
    time, position, velocity, acceleration = (
        _interleaved(*pair) for pair in zip((coarse.time, p, v, a), between, strict=True)
    )
    return Trajectory(time, position, velocity, acceleration, coarse.step)


def _interleaved(outer: Floats, inner: Floats) -> Floats:
    result = np.empty((*outer.shape[:-1], 2 * outer.shape[-1] - 1))
    result[..., ::2], result[..., 1::2] = outer, inner
    return result


def node_step(elements: MeanElements) -> float:
    """Distance of the nodes in s: a fifteenth of a turn at the perigee's angular rate, in whole tens of seconds."""
    turn = 2 * math.pi / elements.perigee_rate
    longest = _LOW_STEP if turn < _LOW_TURN else _LONGEST_STEP
    return min(longest, max(1.0, turn / _STEPS_PER_TURN // _GRID) * _GRID)


def _smooth(elements: MeanElements) -> bool:
    """Whether SGP4's velocity is that of its positions, nearly."""
    return elements.eccentricity <= _ROUND and DAY / elements.motion < _DEEP


def _nodes(step: float, start: float, end: float) -> Floats:
    return np.asarray(step * np.arange(math.floor(start / step), math.ceil(end / step) + 1), float)


def _states(elements: MeanElements, time: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """As `_propagate`, with the velocity that the positions have.

    SGP4's own velocity leaves out terms of eccentricity times J2, 1 m/s at e = 0.7; the quintic would turn them into
    100 m. Nearly circular low orbits keep it.
    """
    position, velocity, error = _propagate(elements, time)
    if not _smooth(elements):
        before, after = (_propagate(elements, time + shift)[0] for shift in (-_SHIFT, _SHIFT))
        velocity = (after - before) / (2 * _SHIFT)
    return position, velocity, error


def _propagate(elements: MeanElements, time: Floats) -> tuple[Floats, Floats, NDArray[np.uint8]]:
    """TEME position (m), velocity (m/s), (3, n), and SGP4's error code, `time` being elapsed SI seconds."""
    record = elements.satrec()
    days = record.jdsatepochF + (time - elements.epoch_t) / DAY
    error, position, velocity = record.sgp4_array(np.full(len(time), record.jdsatepoch), days)
    return np.multiply(1e3, position.T, order="C"), np.multiply(1e3, velocity.T, order="C"), error


def _latched(name: str, elements: MeanElements, time: Floats, error: NDArray[np.uint8]) -> slice:
    """The nodes before the first error, looking from the epoch outward: SGP4 resurrects decayed satellites."""
    first, last = 0, len(time)
    epoch = elements.epoch_t
    bad = _scouted(elements, time, error)
    before, after = bad[bad[:, 0] < epoch], bad[bad[:, 0] >= epoch]
    if before.size:
        first = int(np.searchsorted(time, before[:, 0].max(), side="right"))
    if after.size:
        last = int(np.searchsorted(time, after[:, 0].min()))
    if bad.size:
        _warn_of_decay(name, before[before[:, 0].argmax()] if before.size else after[after[:, 0].argmin()])
    return slice(first, max(first, last))


def _scouted(elements: MeanElements, time: Floats, error: NDArray[np.uint8]) -> Floats:
    """Moments and codes of SGP4's errors in the window, and between the epoch and the window: (n, 2)."""
    low, high = sorted((elements.epoch_t, time[0] if elements.epoch_t < time[0] else time[-1]))
    bad = np.stack([time[error > 0], error[error > 0]], axis=1)
    if time[0] <= elements.epoch_t <= time[-1]:
        return bad
    between = np.arange(low, high, _SCOUT * node_step(elements))
    code = _propagate(elements, between)[2]
    return np.concatenate([bad, np.stack([between[code > 0], code[code > 0]], axis=1)])


def _warn_of_decay(name: str, event: Floats) -> None:
    from sgp4.api import SGP4_ERRORS

    _warn(f"{name}: SGP4 gives up at {iso(event[0])} ({SGP4_ERRORS[int(event[1])]}); its passes end there")
