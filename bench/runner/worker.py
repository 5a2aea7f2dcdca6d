"""Time a function in a process of its own: ``python -m bench.runner.worker RUNS MODULE FUNCTION ARGUMENTS FILE``.

The function gets the arguments, a JSON object, prepares a case, and returns the work: a function without arguments.
The work is run until its runs have taken `LONG` seconds, at most RUNS times. The medians of their times are printed as
JSON, with the peak memory and the counters; what the last run returned is written to FILE: an array, or a mapping
of names to arrays, alone or with counters. The other packages may be in another environment: nothing of circuitnn is
imported here.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

LONG = 1.0  # s


def peak() -> float:
    """Peak resident memory of this process, without that of the process it was forked from. [MB]"""
    try:
        status = Path("/proc/self/status").read_text()
        return float(status.partition("VmHWM:")[2].split()[0]) / 1024.0
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def processor_time() -> float:
    """Of all threads of this process, and of those that it has started and waited for. [s]"""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime


def main(arguments: list[str]) -> None:
    """Run and print."""
    most, module, function, given, file = arguments
    work = getattr(importlib.import_module(module), function)(**json.loads(given))
    processor: list[float] = []
    wall: list[float] = []
    result: Any = None
    while not wall or (sum(wall) < LONG and len(wall) < int(most)):
        at, clock = processor_time(), perf_counter()
        result = work()
        processor.append(processor_time() - at)
        wall.append(perf_counter() - clock)
    counters: dict[str, int] = {}
    if isinstance(result, tuple):
        result, counters = result
    vectors = result if isinstance(result, dict) else {"values": result}
    arrays: dict[str, Any] = {name: np.asarray(values) for name, values in vectors.items()}
    np.savez(file, **arrays)
    print(
        json.dumps(
            {
                "processor": median(processor),
                "wall": median(wall),
                "megabytes": peak(),
                "counters": counters,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
