"""Crossbar arrays beside other tools: time, memory, error, each case in a process of its own.

    python -m bench.crossbar [--largest 1024] [--badcrossbar PYTHON] [--plot FILE]

Arrays have 1 Ohm segments (also before the first and after the last cell) and conductances spread evenly in
their logarithm over 1e-6 … 1e-4 S. `seconds` is the median of several runs within one process, from numbers to numbers
(description, set-up, solution, output currents), of programs the whole process. Errors are those of the output
currents, against SciPy's SuperLU up to 256, and beyond against the array solver at 1e-13.
`--badcrossbar` names the interpreter of an environment that has badcrossbar.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from bench.process import spend

SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
# The largest array that each peer is asked to do here, and how long a process may take. [s]
REACH = {"badcrossbar": 512, "ngspice": 256, "flat deck": 256}
TIMEOUT = 900.0
WIRES = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")


def conductances(n: int) -> np.ndarray:
    """The test arrays' conductances. [S]"""
    return 10.0 ** np.random.default_rng(1).uniform(-6, -4, (n, n))


def inputs(n: int, count: int = 1) -> np.ndarray:
    """Input vectors, shape (count, n). [V]"""
    return np.random.default_rng(2).uniform(0.0, 1.0, (count, n))


def _timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    times: list[float] = []
    made = None
    for _ in range(repeats):
        start = perf_counter()
        made = work()
        times.append(perf_counter() - start)
    return median(times), made


def _resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return float(line.split()[1]) / 1024
    return float("nan")


def one(case: str, n: int, folder: str) -> dict[str, float]:
    """Run one case of ours in this process; its outputs go into a file."""
    from circuitnn.crossbar import MVM, Access, Crossbar, Device, Pulse

    g, v = conductances(n), inputs(n)[0]
    wires: dict[str, Any] = dict.fromkeys(WIRES, 1.0)
    double: dict[str, Any] = dict.fromkeys(WIRES, 2.0)
    repeats = 9 if n <= 256 else 3 if n <= 1024 else 1
    if case == "mvm":
        seconds, made = _timed(lambda: Crossbar(n, n, g, **wires).op(MVM(v)).output, repeats)
    elif case == "exact":
        seconds, made = _timed(lambda: Crossbar(n, n, g, **wires).op(MVM(v), tolerance=1e-13).output, 1)
    elif case == "batch":
        many = inputs(n, 100)
        seconds, made = _timed(lambda: Crossbar(n, n, g, **wires).mvm(many), repeats)
    elif case == "sinh":
        cell = Device("sinh_selector", i0=g / 14, v0=1 / 14)
        seconds, made = _timed(
            lambda: Crossbar(n, n, cell, **double).op(Access(n - 1, n - 1, 1.0)).output, min(repeats, 3)
        )
    elif case == "floating":
        seconds, made = _timed(
            lambda: Crossbar(n, n, g, **wires).op(Access(n - 1, n - 1, 1.0, "floating")).output, repeats
        )
    elif case == "write":
        array, pulse = write_array(n), Pulse(*PULSE)
        seconds, run = _timed(lambda: array.tran(Access(0, 0, WRITE), pulse, TSTOP), 3)
        made = run.state()[-1]
    else:
        raise SystemExit(f"no case {case}")
    np.save(Path(folder) / "out.npy", np.asarray(made))
    return {"seconds": seconds, "megabytes": _resident()}


PULSE, WRITE, TSTOP = (50e-9, 1e-9, 1e-9), -1.5, 60e-9


def write_array(n: int) -> Any:
    """Memristors with line resistance and capacitance, for a write pulse."""
    from circuitnn.crossbar import Crossbar, Device

    states = np.random.default_rng(3).uniform(0.2, 0.8, (n, n))
    cell = Device("vteam", ron=1e3, roff=1e5, von=-1.0, voff=1.0, x0=states)
    wires: dict[str, Any] = dict.fromkeys(WIRES, 1.0)
    return Crossbar(
        n,
        n,
        cell,
        **wires,
        wordline_capacitance=1e-15,
        bitline_capacitance=1e-15,
    )


BADCROSSBAR = """
import sys, time, json, warnings
warnings.simplefilter("ignore")
import numpy as np, badcrossbar, logging
n, count, repeats, out = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
g = 10.0 ** np.random.default_rng(1).uniform(-6, -4, (n, n))
v = np.random.default_rng(2).uniform(0.0, 1.0, (count, n))
times = []
for _ in range(repeats):
    start = time.perf_counter()
    solution = badcrossbar.compute(v.T.copy(), 1.0 / g, r_i=1.0)
    times.append(time.perf_counter() - start)
np.save(out, np.asarray(solution.currents.output))
peak = [float(x.split()[1]) / 1024 for x in open("/proc/self/status") if x.startswith("VmHWM")]
print(json.dumps({"seconds": sorted(times)[len(times) // 2], "megabytes": peak[0]}))
"""


def ours(case: str, n: int) -> tuple[dict[str, float], np.ndarray]:
    """A case in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "bench.crossbar", "one", case, str(n), folder]
        run = subprocess.run(words, check=True, capture_output=True, text=True)
        return json.loads(run.stdout.splitlines()[-1]), np.load(Path(folder) / "out.npy")


def badcrossbar(python: str, n: int, count: int = 1) -> tuple[dict[str, float], np.ndarray]:
    """The same product by badcrossbar."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.npy"
        repeats = 3 if n <= 256 else 1
        words = [python, "-c", BADCROSSBAR, str(n), str(count), str(repeats), str(out)]
        run = subprocess.run(words, check=True, capture_output=True, text=True, timeout=TIMEOUT)
        return json.loads(run.stdout.splitlines()[-1]), np.load(out)


def direct(n: int) -> np.ndarray:
    """Output currents by SciPy's SuperLU. [A]"""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    g, v = conductances(n), inputs(n)[0]
    word = np.arange(n * n).reshape(n, n)
    bit = word + n * n
    a = np.concatenate([word[:, :-1].ravel(), bit[:-1].ravel(), word.ravel()])
    b = np.concatenate([word[:, 1:].ravel(), bit[1:].ravel(), bit.ravel()])
    values = np.concatenate([np.ones(2 * n * (n - 1)), g.ravel()])
    ends = np.concatenate([word[:, 0], bit[-1]])
    entries = np.concatenate([values, values, -values, -values, np.ones(2 * n)])
    rows, columns = np.concatenate([a, b, a, b, ends]), np.concatenate([a, b, b, a, ends])
    matrix = coo_array((entries, (rows, columns))).tocsc()
    drive = np.zeros(2 * n * n)
    drive[word[:, 0]] = v
    factors = splu(matrix)
    x = factors.solve(drive)
    x += factors.solve(drive - matrix @ x)
    return x[bit[-1]]


def flat_deck(n: int, path: Path) -> None:
    """The product's array as a flat deck."""
    from circuitnn.crossbar import MVM, Crossbar

    wires: dict[str, Any] = dict.fromkeys(WIRES, 1.0)
    Crossbar(n, n, conductances(n), **wires).export_deck(MVM(inputs(n)[0]), path, klu=True)


def error(made: np.ndarray, exact: np.ndarray) -> float:
    """Largest error of an output relative to itself."""
    return float(np.max(np.abs(made.ravel() - exact.ravel()) / np.abs(exact.ravel())))


class Table:
    """Lines as they come."""

    def __init__(self) -> None:
        print(f"{'case':34s}{'N':>6s}{'tool':>16s}{'seconds':>11s}{'MB':>8s}{'error':>10s}", flush=True)
        self.rows: list[tuple[str, int, str, float]] = []

    def add(self, case: str, n: int, tool: str, spent: dict[str, float], wrong: float = float("nan")) -> None:
        """Print a line and keep it."""
        shown = "" if np.isnan(wrong) else f"{wrong:10.1e}"
        print(
            f"{case:34s}{n:6d}{tool:>16s}{spent['seconds']:11.4g}{spent['megabytes']:8.0f}{shown}", flush=True
        )
        self.rows.append((case, n, tool, spent["seconds"]))


def _program(words: list[str], folder: Path) -> dict[str, float]:
    spent = spend(words, folder, TIMEOUT)
    return {"seconds": spent.seconds, "megabytes": spent.megabytes}


def products(table: Table, largest: int, python: str | None) -> None:
    """Linear products of all sizes."""
    for n in (size for size in SIZES if size <= largest):
        exact = direct(n) if n <= 256 else ours("exact", n)[1]
        spent, made = ours("mvm", n)
        table.add("linear MVM", n, "circuitnn", spent, error(made, exact))
        if python and n <= REACH["badcrossbar"]:
            spent, made = badcrossbar(python, n)
            table.add("linear MVM", n, "badcrossbar", spent, error(made, exact))
        if n > max(REACH["ngspice"], REACH["flat deck"]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            flat_deck(n, Path(folder) / "deck.cir")
            words = [sys.executable, "-m", "circuitnn", "run", str(Path(folder) / "deck.cir")]
            table.add("linear MVM", n, "flat deck, ours", _program(words, Path.cwd()))
            if shutil.which("ngspice"):
                words = ["ngspice", "-b", "-r", "out.raw", "deck.cir"]
                table.add("linear MVM", n, "ngspice KLU", _program(words, Path(folder)))


def others(table: Table, largest: int, python: str | None) -> None:
    """Batches, floating lines, nonlinear cells, a write pulse."""
    table.add("100 input vectors", 128, "circuitnn", ours("batch", 128)[0])
    if python:
        table.add("100 input vectors", 128, "badcrossbar", badcrossbar(python, 128, 100)[0])
    for n in (128, 1024, 4096):
        if n <= largest:
            table.add("one cell, other lines floating", n, "circuitnn", ours("floating", n)[0])
            table.add("sinh cells, V/2 read", n, "circuitnn", ours("sinh", n)[0])
    table.add("memristors, write pulse", 64, "circuitnn", ours("write", 64)[0])
    if shutil.which("ngspice"):
        from circuitnn.crossbar import Access, Pulse

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "deck.cir"
            write_array(64).export_deck(Access(0, 0, WRITE), path, waves=Pulse(*PULSE), tstop=TSTOP, klu=True)
            spent = _program(["ngspice", "-b", "-r", "out.raw", "deck.cir"], Path(folder))
            table.add("memristors, write pulse", 64, "ngspice KLU", spent)


def plot(table: Table, path: str) -> None:
    """Time per cell over N."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    rows = [row for row in table.rows if row[0] == "linear MVM"]
    for tool in dict.fromkeys(row[2] for row in rows):
        points = [(n, 1e9 * seconds / n**2) for _, n, name, seconds in rows if name == tool]
        axis.loglog(*zip(*points, strict=True), "o-", label=tool)
    axis.set_xlabel("N, of an N x N array")
    axis.set_ylabel("Time per cell [ns]")
    axis.set_title("One matrix-vector product with line resistance", loc="left")
    axis.grid(color="#dddddd")
    axis.legend(frameon=False)
    figure.savefig(path, dpi=150)


def main(arguments: list[str]) -> None:
    """Print the table."""
    if arguments[:1] == ["one"]:
        print(json.dumps(one(arguments[1], int(arguments[2]), arguments[3])))
        return
    parser = argparse.ArgumentParser(description="Crossbar arrays beside other tools.")
    parser.add_argument("--largest", type=int, default=1024)
    parser.add_argument("--badcrossbar", metavar="PYTHON", help="interpreter that has badcrossbar")
    parser.add_argument("--plot", metavar="FILE")
    chosen = parser.parse_args(arguments)
    table = Table()
    products(table, chosen.largest, chosen.badcrossbar)
    others(table, chosen.largest, chosen.badcrossbar)
    if chosen.plot:
        plot(table, chosen.plot)


if __name__ == "__main__":
    main(sys.argv[1:])
