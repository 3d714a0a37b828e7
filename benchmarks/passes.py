"""Our search for passes against skyfield's `find_events`, on the same work in the same process; and how cost grows.

And whole processes, from the start of Python to the number of passes, ours and skyfield's one after the other.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from ground import Station, find_passes, station
from ground.place import Viewpoint
from ground.sightline import elevation_of
from orbits import Satellite, bodies, seconds, walker
from si import ValidityWarning

START = "2024-12-16T00:00:00Z"
DAY = 86400.0
TLE = (
    "1 41731U 16051A   24350.52843431  .00000969  00000-0  16238-3 0  9990",
    "2 41731  97.4024 252.3661 0008272  97.6698 262.5358 15.22855523463836",
)
PUBLISHED = ("Xinglong", "Nanshan", "Delingha", "Lijiang", "Ngari", "Graz")
SPREAD = tuple(
    Station(name=name, latitude=f"{lat} deg", longitude=f"{lon} deg")
    for name, lat, lon in (
        ("Italy", 40.6, 16.7),
        ("Canaries", 28.3, -16.5),
        ("Canada", 45.3, -75.8),
        ("Cape", -33.9, 18.5),
    )
)


_HEAD = f"""
import sys
count, tle, sites = int(sys.argv[1]), {TLE!r}, {[(28.3 + i, -150.0 + 33 * i) for i in range(10)]!r}
"""
_QUICK = """
from math import radians
from ground import Place, find_passes
from orbits import TwoLines
places = [Place(str(lat), radians(lat), radians(lon)) for lat, lon in sites[:count]]
print(len(find_passes([TwoLines("Micius", tle)], places, "2024-12-16T00:00:00Z", "2024-12-17T00:00:00Z")))
"""
_ORDINARY = """
from ground import find_passes, station
from orbits import Satellite
names = "Xinglong", "Nanshan", "Delingha", "Lijiang", "Ngari", "Graz", "Tenerife", "Matera", "Helmos", "Calern"
places = [station(name) for name in names[:count]]
micius = Satellite(name="Micius", tle=tle)
print(len(find_passes([micius], places, "2024-12-16T00:00:00Z", "2024-12-17T00:00:00Z")))
"""
_SKYFIELD = """
from skyfield.api import EarthSatellite, load, wgs84
scale = load.timescale(builtin=True)
micius = EarthSatellite(*tle, "Micius", scale)
first, last = scale.utc(2024, 12, 16), scale.utc(2024, 12, 17)
found = [micius.find_events(wgs84.latlon(*site), first, last, altitude_degrees=10.0)[1] for site in sites[:count]]
print(sum(int((events == 1).sum()) for events in found))
"""
_FLOOR = "import numpy, pydantic\nfrom pydantic import AfterValidator, BaseModel, Field, model_validator\n"
PROCESSES = {
    "TwoLines and Place": _HEAD + _QUICK,
    "Satellite and station": _HEAD + _ORDINARY,
    "skyfield": _HEAD + _SKYFIELD,
    "imports of numpy and pydantic alone": _FLOOR,
}


def cpu(work: Callable[[], object], repeats: int) -> float:
    """Median CPU seconds of some runs after one that warms up."""
    work()
    return median(spent(work) for _ in range(repeats))


def spent(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def cold() -> float:
    """CPU seconds of the first short search of a process, tables read and nothing compiled."""
    begin = time.process_time()
    find_passes([micius()], stations(3), START, seconds(START) + 7 * DAY)
    return time.process_time() - begin


def micius() -> Satellite:
    return Satellite(name="Micius", tle=TLE)


def stations(count: int) -> list[Viewpoint]:
    if count <= 10:
        return [*(station(name) for name in PUBLISHED), *SPREAD][:count]
    grid = [(f"{-60 + 120 * i / count:.4f} deg", f"{(i * 137.508) % 360:.4f} deg") for i in range(count)]
    return [Station(name=f"S{i}", latitude=lat, longitude=lon) for i, (lat, lon) in enumerate(grid)]


def constellation(count: int) -> tuple[Satellite, ...]:
    return walker(total=count, planes=10, phasing=1, altitude="600 km", inclination="60 deg", epoch=START)


def ours(satellites: Sequence[Satellite], places: Sequence[Viewpoint], days: float) -> int:
    return len(find_passes(satellites, places, START, seconds(START) + days * DAY))


def skyfield_search(places: Sequence[Viewpoint], days: float) -> Callable[[], int]:
    """The same search by skyfield, everything loaded beforehand."""
    from skyfield.api import EarthSatellite, load, wgs84

    scale = load.timescale(builtin=True)
    satellite = EarthSatellite(*TLE, "Micius", scale)
    first = scale.utc(2024, 12, 16)
    degrees = 57.29577951308232
    sites = [wgs84.latlon(s.latitude * degrees, s.longitude * degrees, elevation_m=s.altitude) for s in places]

    def search() -> int:
        found = [satellite.find_events(site, first, first + days, altitude_degrees=10.0)[1] for site in sites]
        return sum(int((events == 1).sum()) for events in found)

    return search


def against_skyfield(days: float = 365, rounds: int = 3) -> float:
    """CPU time of skyfield's search over that of ours, measured in turns: the median of the rounds' ratios."""
    places, theirs = stations(10), skyfield_search(stations(10), days)
    theirs()
    turns = [(cpu(lambda: ours([micius()], places, days), 5), spent(theirs)) for _ in range(rounds)]
    mine, other, ratio = (median(values) for values in zip(*((a, b, b / a) for a, b in turns), strict=True))
    print(
        f"1 satellite, 10 stations, {days:g} days: ours {mine:.3f} s, skyfield {other:.2f} s CPU: {ratio:.0f}x "
        f"({', '.join(f'{b / a:.0f}' for a, b in turns)})"
    )
    return ratio


def night_share(days: float = 365, repeats: int = 5) -> float:
    """What the Sun's elevation and the satellite's light add to the search without them, as a part of it."""
    passes = find_passes([micius()], stations(10), START, seconds(START) + days * DAY)
    place = passes.ephemeris.trajectories[0].at(passes.culmination)[0]

    def night() -> None:
        sun = bodies.sun(passes.culmination)
        elevation_of(passes.sites, passes.station, sun)
        bodies.sunlit(place, sun)

    dark = cpu(night, repeats)
    share = dark / (cpu(lambda: ours([micius()], stations(10), days), repeats) - dark)
    print(f"night test and sunlight of {len(passes)} passes: {dark:.4f} s CPU, {share:.0%} on top of the search")
    return share


def sampling(days: float = 30) -> None:
    """How many samples along passes a second of CPU gives."""
    passes = find_passes([micius()], stations(10), START, seconds(START) + days * DAY)
    rate = len(passes.sample(1.0)) / cpu(lambda: passes.sample(1.0), 3)
    print(f"samples each second along {len(passes)} passes: {rate / 1e6:.1f} million per s CPU")


def growth() -> None:
    print("satellites stations  days   passes   CPU s")
    for satellites, places, days in (
        (1, 10, 30),
        (1, 10, 365),
        (1, 50, 365),
        (10, 50, 30),
        (50, 50, 30),
        (100, 50, 30),
    ):
        fleet, sites = constellation(max(10, satellites))[:satellites], stations(places)
        begin = time.process_time()
        passes = ours(fleet, sites, days)
        print(f"{satellites:10d} {places:8d} {days:5d} {passes:8d} {time.process_time() - begin:7.3f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def whole_processes(pairs: int = 7) -> None:
    """Median wall and CPU seconds of whole processes that look for the passes of one day, run in turns.

    All of them read their modules from one cache of byte code, as installed packages do.
    """
    with tempfile.TemporaryDirectory() as cache:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache
        for count in (1, 10):
            turns = [{name: _process(code, count, environment) for name, code in PROCESSES.items()}
                     for _ in range(pairs + 1)][1:]  # fmt: skip
            for name in PROCESSES:
                wall, used = (median(turn[name][i] for turn in turns) for i in (0, 1))
                against = [median(turn[name][i] / turn["skyfield"][i] for turn in turns) for i in (0, 1)]
                print(f"whole process, {count} station(s), one day, {name}: {wall:.3f} s wall, {used:.3f} s CPU; "
                      f"{against[0]:.2f} and {against[1]:.2f} of skyfield's")  # fmt: skip


def _process(code: str, count: int, environment: Mapping[str, str]) -> tuple[float, float]:
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code, str(count)], env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ValidityWarning)
        print(f"first search of the process, 1 satellite, 3 stations, 7 days: {cold():.3f} s CPU")
        growth()
        against_skyfield()
        night_share()
        sampling()
        whole_processes()


if __name__ == "__main__":
    main()
