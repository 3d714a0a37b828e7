"""Every benchmark, one after another: `make bench`. Compare the ratios of one run; absolute times drift."""

from __future__ import annotations

from benchmarks import keys, links, network, passes


def main() -> None:
    for benchmark in (passes, links, keys, network):
        print(f"\n== {benchmark.__name__.removeprefix('benchmarks.')}")
        benchmark.main()


if __name__ == "__main__":
    main()
