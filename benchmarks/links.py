"""Loss and background of 4 million samples against a plain numpy loop over passes that propagates each second.

python -m benchmarks.links         (as a script, this file would hide the package `links`)

The loop is what a careful person writes: for each pass, SGP4 at each second in one call, TEME to Earth-fixed, look
angles, Sun and Moon from the same packaged ephemeris, then the same formulas of loss and sky at each sample. It is run
over a sample of the passes and its time per sample is taken; CPU time, one process.
"""

from __future__ import annotations

import resource
import time
import tracemalloc
from typing import Any

import numpy as np
from sgp4.api import Satrec

from ground import find_passes, sky, station
from links import Atmosphere, Receiver, Transmitter, beam, downlink
from links.background import area, count_rate
from links.extinction import bodhaine_1999, pressure_ratio
from orbits import Satellite, bodies
from orbits.frames import teme_to_itrs
from si import PLANCK, SPEED_OF_LIGHT

TLE = (
    "1 41731U 16051A   16354.56913372  .00000384  00000-0  18801-4 0  9991",
    "2 41731  97.3698 268.1064 0013349 175.8929 309.0190 15.23916091 19164",
)
NAMES = ("Xinglong", "Nanshan", "Graz", "Delingha", "Lijiang", "Matera", "Tenerife", "Ngari")
TX = Transmitter(
    wavelength="848.6 nm", aperture="0.3 m", divergence="10 urad", divergence_convention="area-ratio",
    pointing_jitter="1 urad",
)  # fmt: skip
RX = Receiver(aperture="1 m", optical_efficiency=0.16, field_of_view="50 urad", filter_bandwidth="10 nm")
AIR = Atmosphere(visibility="23 km", turbulence=None)
SAMPLES = 4_000_000


def geometry(satellite: Any, site: Any, t: np.ndarray) -> dict[str, np.ndarray]:
    """One pass by the direct road: SGP4 each second, Earth-fixed, look angles, Sun and Moon."""
    position = _earth_fixed(satellite, t)
    place, (_, _, up) = site.position, site.axes
    line = position - place[:, None]
    distance = np.linalg.norm(line, axis=0)
    sun, moon = bodies.sun(t), bodies.moon(t)

    def elevation(point: np.ndarray) -> np.ndarray:
        return np.arcsin(up @ point / np.linalg.norm(point, axis=0))

    def apart(point: np.ndarray) -> np.ndarray:
        cosine = np.sum(line * point, axis=0) / distance / np.linalg.norm(point, axis=0)
        return np.arccos(np.clip(cosine, -1, 1))

    to_sun, to_moon = sun - place[:, None], moon - place[:, None]
    back = sun - moon
    phase = np.sum(-to_moon * back, axis=0) / np.linalg.norm(to_moon, axis=0) / np.linalg.norm(back, axis=0)
    return {
        "range": distance, "elevation": elevation(line), "sun": elevation(to_sun), "sun_apart": apart(to_sun),
        "moon": elevation(to_moon), "moon_apart": apart(to_moon), "phase": np.arccos(np.clip(phase, -1, 1)),
        "sunlit": bodies.sunlit(position, sun),
    }  # fmt: skip


def _earth_fixed(satellite: Any, t: np.ndarray) -> np.ndarray:
    record = Satrec.twoline2rv(*satellite.tle)
    days = t / 86400.0 - 68.184 / 86400.0 + 2451545.0  # TT - UTC at the elements' epoch, before the leap second
    _, position, velocity = record.sgp4_array(np.floor(days), days - np.floor(days))
    return teme_to_itrs(t, 1e3 * position.T, 1e3 * velocity.T)[0]


def loss_and_sky(g: dict[str, np.ndarray], altitude: float) -> tuple[np.ndarray, np.ndarray]:
    """The same formulas, at every sample."""
    radius = beam.area_ratio_radius(g["range"], TX.aperture, TX.divergence)
    diffraction = beam.area_ratio(g["range"], TX.aperture, TX.divergence, RX.aperture)
    caught = beam.gaussian_caught(radius, RX.aperture, 0.0, TX.pointing_jitter * g["range"], 0.0)
    pointing = caught / beam.gaussian_collected(radius, RX.aperture)
    air = AIR.transmittance(TX.wavelength, g["elevation"], altitude)
    kind, w = AIR.kind, TX.wavelength
    above = sky.Air(bodhaine_1999(w) * pressure_ratio(altitude), AIR.aerosol_depth(w), kind.albedo, kind.asymmetry)
    radiance = sky.night(w, g["elevation"]) + sky.sunlight(w, g["elevation"], g["sun"], g["sun_apart"], above)
    radiance += sky.krisciunas_schaefer_1991(w, g["elevation"], g["moon"], g["moon_apart"], g["phase"], above)
    flux = sky.reflected_sunlight(w, TX.sunlit_magnitude, g["range"], g["sun_apart"], g["sunlit"])
    glint = flux * air * area(RX) * RX.filter_bandwidth * RX.optical_efficiency * w / (PLANCK * SPEED_OF_LIGHT)
    return diffraction * pointing * air * RX.optical_efficiency, count_rate(radiance, w, RX) + glint


def megabytes(columns: Any) -> float:
    """Of arrays that are not views of one number."""
    return sum(one.nbytes for one in columns if isinstance(one, np.ndarray) and one.strides != (0,)) / 2**20


def working_memory(passes: Any, samples: int) -> float:
    """Greatest memory in MB while `samples` are sampled and their links computed, above the track and the channel."""
    step = float((passes.set - passes.rise).sum() / samples)
    tracemalloc.start()
    track = passes.sample(step)
    channel = downlink(track, TX, RX, AIR)
    kept, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(channel.link) > 0.99 * samples
    return (most - kept) / 2**20


def main() -> None:
    satellite = Satellite(name="Micius", tle=TLE)
    stations = [station(name) for name in NAMES]
    passes = find_passes([satellite], stations, "2017-01-02T00:00:00Z", "2017-12-31T00:00:00Z")
    downlink(passes.select(np.arange(3)).sample(1.0), TX, RX, AIR)
    step = float((passes.set - passes.rise).sum() / SAMPLES)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    track = passes.sample(step)
    channel = downlink(track, TX, RX, AIR)
    ours = (time.process_time() - start) / len(channel.link)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    rows = np.arange(0, len(passes), 40)
    few = passes.select(rows).sample(step)
    reference = downlink(few, TX, RX, AIR)
    start, count, worst = time.process_time(), 0, 0.0
    for row in range(len(rows)):
        t = few.time[few.row == row]
        one = few.passes.stations[few.passes.station[row]]
        transmittance, _ = loss_and_sky(geometry(satellite, one, t), one.altitude)
        count += len(t)
        worst = max(worst, float(np.abs(transmittance / reference.transmittance[few.row == row] - 1).max()))
    loop = (time.process_time() - start) / count
    print(f"links: {len(channel.link)} samples of {len(passes)} passes, {1 / ours / 1e6:.2f} M samples/s with geometry")
    print(f"links: loop that propagates each sample: {1 / loop / 1e6:.3f} M samples/s; ratio {loop / ours:.1f}")
    made = channel.transmittance, channel.background, channel.log_variance, *channel.budget.factors.values()
    track_and_channel = megabytes(vars(track).values()), megabytes(made)
    print(f"links: greatest difference in transmittance {worst:.1e}")
    working = [f"{working_memory(passes, SAMPLES // part):.1f}" for part in (4, 2, 1)]
    print(f"links: working memory above track and channel, at 1, 2 and 4 million samples: {', '.join(working)} MB")
    print("links: memory above the start {:.0f} MB: track {:.0f}, channel {:.0f}".format(memory, *track_and_channel))


if __name__ == "__main__":
    main()
