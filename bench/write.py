"""Program-and-verify of an array of published device models through its lines: cost and accuracy.

    python -m bench.write [--size 64] [--model vteam|stanford_pku]

Times are those of this process on one core (processor seconds); wall time is in brackets. The aim for 64 × 64 cells is
1 % mean error in 5 minutes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from circuitnn.crossbar import Device
from circuitnn.studies.programming import program
from circuitnn.studies.protocol import Protocol
from circuitnn.studies.question import assigned
from circuitnn.studies.questions.write import PRESETS, wanted
from circuitnn.studies.uniform_arrays import uniform

AIM = 300.0  # [s]


def row(model: str, size: int, scheme: str = "half", line: float = 1.0) -> str:
    """Program an array and return a row of figures."""
    parameters, up, down, limit = PRESETS[model]
    array = uniform(size, size, Device(model, **assigned(parameters, "parameters")), line)
    target = wanted("uniform", size, (1e-5, 1e-4), 1)
    cpu, wall = time.process_time(), time.perf_counter()
    made = program(array, target, Protocol(up, down, limit=limit, scheme=scheme))
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    error, pulses = np.abs(made.error), made.set_pulses + made.reset_pulses
    return (
        f"{model} {size} x {size}, {scheme}, {line:g} Ω: {cpu:.1f} s [{wall:.1f} s] (aim {AIM:g} s), error mean "
        f"{100 * error.mean():.3f} % worst {100 * error.max():.2f} %, {100 * made.good.mean():.2f} % in band, "
        f"{pulses.mean():.1f} pulses a cell, {made.counts['pulses']} pulses and {made.counts['reads']} reads of rows, "
        f"{made.counts['solves']} solves of the array, {1e3 * cpu / made.counts['solves']:.2f} ms each"
    )


def main() -> None:
    """Print a row for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--model", action="append", choices=sorted(PRESETS))
    given = parser.parse_args()
    for model in given.model or sorted(PRESETS):
        print(row(model, given.size), flush=True)


if __name__ == "__main__":
    main()
