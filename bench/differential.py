"""Random arrays against the reference of the tests, in any number.

    python -m bench.differential --count 20000 --seed 7
    python -m bench.differential --count 500 --ways op,mvm --most 8

Prints what is wrong and where the time went; the exit code is 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from importlib import import_module
from pathlib import Path
from time import perf_counter

TESTS = Path(__file__).resolve().parent.parent / "tests" / "differential"


def main() -> int:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="arrays")
    parser.add_argument("--seed", type=int, default=0, help="the first one's; that of the tests is 0")
    parser.add_argument(
        "--ways", default="", help="of tests/differential/array_check.py, by commas; else by turns"
    )
    parser.add_argument("--most", type=int, default=16, help="lines of a side")
    arguments = parser.parse_args()
    sys.path.insert(0, str(TESTS))
    array_check = import_module("array_check")

    warnings.simplefilter("error")
    chosen = [way for way in arguments.ways.split(",") if way] or None
    # Seeds far apart, so that campaigns do not overlap.
    first, failed, started = arguments.seed * 1_000_000, 0, perf_counter()
    for seed in range(first, first + arguments.count):
        bad = array_check.failures(seed, chosen, arguments.most)
        failed += bool(bad)
        for what in bad:
            print(what, flush=True)
    print(f"{failed} of {arguments.count} arrays failed, {perf_counter() - started:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
