"""The line solver compared with KLU, on arrays from 32 x 32 up: time, memory, difference.

    python -m bench.lines [largest N]

Arrays have 1 Ohm segments and cells of 10 kOhm to 1 MOhm; word lines are driven through 1 Ohm, bit
lines end in 1 Ohm. `setup` finds the structure (KLU: its ordering), `first` factors and solves for
the first time, `again` does so with other values (KLU: refactors), `solve` is one more right-hand
side. Processor time of this process, the median of several; memory is the growth of the peak, of a
process each.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from functools import partial
from statistics import median
from time import process_time

import numpy as np

from circuitnn._cext.klu import KLU
from circuitnn._cext.linear import LinearSolver
from circuitnn._cext.lines import Lines
from circuitnn.solvers import structure
from circuitnn.system.pattern import Pattern

SIZES = (32, 64, 128, 256, 512)
SOLVERS = ("klu", "lines")


def array(n: int, seed: int = 1) -> tuple[Pattern, np.ndarray, np.ndarray]:
    """Pattern, values and right-hand side of an n x n array, its unknowns in random order."""
    rng = np.random.default_rng(seed)
    word = np.arange(n * n).reshape(n, n)
    bit = word + n * n
    a = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()])
    b = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()])
    g = np.concatenate([np.ones(2 * n * (n - 1)), 10.0 ** rng.uniform(-6, -4, n * n)])
    ends = np.concatenate([word[:, 0], bit[-1]])
    shuffled = rng.permutation(2 * n * n)
    a, b, ends = shuffled[a], shuffled[b], shuffled[ends]
    rows = np.concatenate([a, b, a, b, ends])
    columns = np.concatenate([a, b, b, a, ends])
    pattern = Pattern(2 * n * n, rows, columns)
    values = np.bincount(pattern.entries, weights=np.concatenate([g, g, -g, -g, np.ones(2 * n)]))
    current = np.zeros(2 * n * n)
    current[ends[:n]] = rng.uniform(0.0, 0.2, n)
    return pattern, values, current


def make(solver: str, pattern: Pattern, values: np.ndarray) -> LinearSolver:
    """Make a solver for the array."""
    if solver == "klu":
        return KLU(pattern.starts, pattern.indices)
    found = structure.find(pattern.starts, pattern.indices, values, 0)
    if isinstance(found, str):
        raise SystemExit(f"no line structure: {found}")
    return Lines(pattern.starts, pattern.indices, found, KLU)


def measure(solver: str, n: int, solution: str) -> str:
    """Print one line of the table; write the solution to a file."""
    pattern, values, current = array(n)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    repeats = 5 if n <= 128 else 3 if n <= 256 else 1
    times: list[list[float]] = []
    for _ in range(repeats):
        start = process_time()
        made = make(solver, pattern, values)
        marks = [process_time() - start]
        b = current.copy()
        for work in (
            partial(made.solve_once, values, b),
            partial(made.solve_once, values * 1.01, current.copy()),
            partial(made.solve_again, current[::-1].copy()),
        ):
            start = process_time()
            work()
            marks.append(process_time() - start)
        times.append(marks)
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    columns = np.repeat(np.arange(pattern.n), np.diff(pattern.starts))
    residual = current - np.bincount(pattern.indices, weights=values * b[columns])
    np.save(solution, b)
    shown = "".join(f"{1e3 * median(column):10.1f}" for column in zip(*times, strict=True))
    return f"{n:5d} {solver:6s}{shown}{memory:10.0f}{np.abs(residual).max():12.1e}"


def main(arguments: list[str]) -> None:
    """Print the table, each line from its own process."""
    if arguments[:1] == ["one"]:
        print(measure(arguments[1], int(arguments[2]), arguments[3]))
        return
    largest = int(arguments[0]) if arguments else SIZES[-1]
    print("    N solver  setup/ms  first/ms  again/ms  solve/ms memory/MB  residual/A  difference")
    with tempfile.TemporaryDirectory() as folder:
        for n in (size for size in SIZES if size <= largest):
            solutions = []
            for solver in SOLVERS:
                path = f"{folder}/{solver}.npy"
                words = [sys.executable, "-m", "bench.lines", "one", solver, str(n), path]
                line = subprocess.run(words, check=True, capture_output=True, text=True).stdout.rstrip()
                solutions.append(np.load(path))
                difference = np.abs(solutions[-1] - solutions[0]).max() / np.abs(solutions[0]).max()
                print(f"{line}{difference:12.1e}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
