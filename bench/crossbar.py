"""Crossbar arrays compared with other tools: time, memory, error, each case in its own process.

    python -m bench.crossbar [--largest 1024] [--peers PYTHON] [--plot FILE]

Arrays have 1 Ohm segments (also before the first and after the last cell) and conductances spread evenly in their
logarithm over 1e-6 … 1e-4 S. `seconds` is the processor time on one core, the median of several runs within one
process, from input arrays to output currents (description, set-up, solution, output currents); for programs it is the
wall time of the whole process. Errors are those of the output currents, against SciPy's SuperLU up to 512, and beyond
against the array solver at 1e-13. `--peers` names the Python interpreter of an environment with the other packages; see
`bench.crossbar_peers`.
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
from time import process_time
from typing import Any

import numpy as np

from bench import crossbar_peers as peers
from bench.process import spend

SIZES = (32, 64, 128, 256, 512, 1024, 2048, 4096)
# The largest array that is compared with a direct solution.
EXACT = 512
# Tools whose time is that of a whole process.
WHOLE = ("ngspice KLU", "VACASK", "circuitnn, flat deck", "circuitnn, .crossbar")
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
        start = process_time()
        made = work()
        times.append(process_time() - start)
    return median(times), made


def _resident() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return float(line.split()[1]) / 1024
    return float("nan")


def one(case: str, n: int, folder: str) -> dict[str, float]:
    """Run one of our cases in this process; write its outputs to a file."""
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
    elif case == "gated":
        seconds, made = _timed(lambda: gated_array(n).op(gated_read(n)).output, repeats)
    elif case == "gated, KLU":
        tight: dict[str, Any] = {"reltol": 1e-9, "linear_solver": "klu"}
        seconds, made = _timed(lambda: gated_array(n).op(gated_read(n), engine="general", **tight).output, 1)
    elif case == "floating":
        seconds, made = _timed(
            lambda: Crossbar(n, n, g, **wires).op(Access(n - 1, n - 1, 1.0, "floating")).output, repeats
        )
    elif case in ("write", "write, tight"):
        array, pulse = write_array(n), Pulse(*PULSE)
        tight = {"reltol": 1e-5, "statetol": 1e-8} if case == "write, tight" else {}
        seconds, run = _timed(
            lambda: array.tran(Access(0, 0, WRITE), pulse, TSTOP, **tight), 1 if tight else 3
        )
        made = np.interp(np.linspace(0.0, TSTOP, 20_001), run.time, run.state()[:, 0, 0])
    else:
        raise SystemExit(f"no case {case}")
    np.save(Path(folder) / "out.npy", np.asarray(made))
    return {"seconds": seconds, "megabytes": _resident()}


PULSE, WRITE, TSTOP = (50e-9, 1e-9, 1e-9), -1.5, 60e-9


def gated_array(n: int) -> Any:
    """Resistances behind transistors, 2 Ohm segments."""
    from circuitnn.crossbar import Crossbar, Device, Gated, Resistance

    cell = Gated(Resistance(1.0 / conductances(n)), Device("ekv", vto=0.4, w=1e-5))
    wires: dict[str, Any] = dict.fromkeys(WIRES, 2.0)
    return Crossbar(n, n, cell, **wires)


def gated_read(n: int) -> Any:
    """Read one of its rows; the transistors of the others are off."""
    from circuitnn.crossbar import Access

    return Access(n - 1, n - 1, 0.3, "grounded", gate=1.5)


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


def ours(case: str, n: int) -> tuple[dict[str, float], np.ndarray]:
    """Run a case in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "bench.crossbar", "one", case, str(n), folder]
        run = subprocess.run(words, check=True, capture_output=True, text=True, env=peers.ONE_CORE)
        return json.loads(run.stdout.splitlines()[-1]), np.load(Path(folder) / "out.npy")


def flat_deck(n: int, path: Path) -> None:
    """The product's array as a flat deck."""
    from circuitnn.crossbar import MVM, Crossbar

    wires: dict[str, Any] = dict.fromkeys(WIRES, 1.0)
    Crossbar(n, n, conductances(n), **wires).export_deck(MVM(inputs(n)[0]), path, klu=True)


def declared_deck(n: int, folder: Path) -> Path:
    """The same array as a card."""
    np.save(folder / "cells.npy", conductances(n))
    card = f".crossbar x1 rows={n} cols={n} file.g=cells.npy rw=1 rb=1 rd=1 rs=1 left=in bottom=0"
    drivers = [f"v{k} in{k} 0 {volts!r}" for k, volts in enumerate(inputs(n)[0].tolist())]
    path = folder / "declared.cir"
    path.write_text("\n".join(["crossbar", card, *drivers, ".op", ".end", ""]))
    return path


def error(made: np.ndarray, exact: np.ndarray) -> float:
    """Largest error of an output relative to itself."""
    return float(np.max(np.abs(made.ravel() - exact.ravel()) / np.abs(exact.ravel())))


class Table:
    """A table printed line by line."""

    def __init__(self) -> None:
        print(f"{'case':34s}{'N':>6s}{'tool':>22s}{'seconds':>11s}{'MB':>8s}{'error':>10s}", flush=True)
        self.rows: list[tuple[str, int, str, float]] = []

    def add(self, case: str, n: int, tool: str, spent: dict[str, float], wrong: float = float("nan")) -> None:
        """Print a line and keep it."""
        shown = "" if np.isnan(wrong) else f"{wrong:10.1e}"
        print(
            f"{case:34s}{n:6d}{tool:>22s}{spent['seconds']:11.4g}{spent['megabytes']:8.0f}{shown}", flush=True
        )
        self.rows.append((case, n, tool, spent["seconds"]))


def products(table: Table, largest: int, python: str) -> None:
    """Linear products of all sizes."""
    packages, programs = peers.installed(python), peers.programs(python)
    superlu = peers.PACKAGES["SciPy SuperLU"]
    for n in (size for size in SIZES if size <= largest):
        with tempfile.TemporaryDirectory() as folder:
            deck = Path(folder) / "deck.cir"
            flat_deck(min(n, peers.DECKS), deck)
            exact = peers.ask(sys.executable, superlu, n, deck)[1] if n <= EXACT else ours("exact", n)[1]
            spent, made = ours("mvm", n)
            table.add("linear MVM", n, "circuitnn", spent, error(made, exact))
            for name, package in packages.items():
                if n <= package.reach:
                    spent, made = peers.ask(python, package, n, deck)
                    wrong = float("nan") if package is superlu else error(made, exact)
                    table.add("linear MVM", n, name, spent, wrong)
            for name, (reach, run) in programs.items():
                if n <= reach:
                    spent, made = run(n, deck)
                    table.add("linear MVM", n, name, spent, error(made, exact))
            if n <= peers.DECKS:
                table.add("linear MVM", n, "circuitnn, flat deck", _whole(deck))
                table.add("linear MVM", n, "circuitnn, .crossbar", _whole(declared_deck(n, Path(folder))))


def _program(words: list[str], folder: Path) -> dict[str, float]:
    """Cost of a program as a whole process."""
    spent = spend(words, folder, peers.TIMEOUT)
    if spent.status:
        raise RuntimeError(f"{words[0]} failed:\n{spent.output[-2000:]}")
    return {"seconds": spent.seconds, "megabytes": spent.megabytes}


def _whole(deck: Path) -> dict[str, float]:
    """Cost of `circuitnn run` as a whole process."""
    return _program([sys.executable, "-m", "circuitnn", "run", str(deck)], Path.cwd())


def others(table: Table, largest: int, python: str) -> None:
    """Batches, floating lines, nonlinear cells, a write pulse."""
    table.add("100 input vectors", 128, "circuitnn", ours("batch", 128)[0])
    with tempfile.TemporaryDirectory() as folder:
        deck = Path(folder) / "deck.cir"
        flat_deck(128, deck)
        for name, package in peers.installed(python).items():
            if package.batch:
                table.add("100 input vectors", 128, name, peers.ask(python, package, 128, deck, 100)[0])
    for n in (128, 1024, 4096):
        if n <= largest:
            table.add("one cell, other lines floating", n, "circuitnn", ours("floating", n)[0])
            table.add("sinh cells, V/2 read", n, "circuitnn", ours("sinh", n)[0])
    gated(table)
    cost, written = ours("write", 64)
    wrong = float(np.max(np.abs(written - ours("write, tight", 64)[1])))  # of a state between 0 and 1
    table.add("memristors, write pulse", 64, "circuitnn", cost, wrong)
    if shutil.which("ngspice"):
        from circuitnn.crossbar import Access, Pulse

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "deck.cir"
            write_array(64).export_deck(Access(0, 0, WRITE), path, waves=Pulse(*PULSE), tstop=TSTOP, klu=True)
            spent = _program(["ngspice", "-b", "-r", "out.raw", "deck.cir"], Path(folder))
            table.add("memristors, write pulse", 64, "ngspice KLU", spent)


def gated(table: Table) -> None:
    """1T1R cells: unsymmetric Jacobians."""
    for n in (64, 256):
        cost, exact = ours("gated, KLU", n)
        table.add("1T1R read", n, "our KLU", cost)
        cost, made = ours("gated", n)
        selected = np.abs(exact) > 1e-9 * np.abs(exact).max()
        table.add("1T1R read", n, "circuitnn", cost, error(made[selected], exact[selected]))
        if not shutil.which("ngspice"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            gated_array(n).export_deck(gated_read(n), Path(folder) / "deck.cir", klu=True)
            spent = spend(["ngspice", "-b", "-r", "out.raw", "deck.cir"], Path(folder), peers.TIMEOUT)
            cost = {"seconds": spent.seconds, "megabytes": spent.megabytes}
            table.add("1T1R read", n, "ngspice KLU", cost)


def markdown(table: Table) -> str:
    """The products as a table for a page, seconds of each tool at each size."""
    rows = {(tool, n): seconds for case, n, tool, seconds in table.rows if case == "linear MVM"}
    sizes = sorted({n for _, n in rows})
    lines = ["| N | " + " | ".join(map(str, sizes)) + " |", "|---" * (len(sizes) + 1) + "|"]
    for tool in dict.fromkeys(tool for tool, _ in rows):
        cells = [f"{rows[tool, n]:.2g}" if (tool, n) in rows else "" for n in sizes]
        lines.append(f"| {tool}{' *' if tool in WHOLE else ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(table: Table, path: str) -> None:
    """Time per cell over N, whole processes dashed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    figure = Figure(figsize=(7.5, 4.8), layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    rows = [row for row in table.rows if row[0] == "linear MVM"]
    sizes = sorted({row[1] for row in rows})
    for k, tool in enumerate(dict.fromkeys(row[2] for row in rows)):
        points = [(n, 1e9 * seconds / n**2) for _, n, name, seconds in rows if name == tool]
        line, label = ("--", f"{tool} (whole process)") if tool in WHOLE else ("-", tool)
        width = 2.4 if tool == "circuitnn" else 1.3
        axis.loglog(
            *zip(*points, strict=True),
            marker="o",
            color=f"C{k}",
            label=label,
            linestyle=line,
            linewidth=width,
        )
    axis.set_xticks(sizes, [str(n) for n in sizes])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("N, of an N × N array")
    axis.set_ylabel("Time per cell [ns]")
    axis.set_title("One matrix-vector product with line resistance", loc="left")
    axis.grid(color="#dddddd")
    figure.legend(frameon=False, loc="outside right upper", fontsize="small")
    figure.savefig(path, dpi=150)


def main(arguments: list[str]) -> None:
    """Print the table."""
    if arguments[:1] == ["one"]:
        print(json.dumps(one(arguments[1], int(arguments[2]), arguments[3])))
        return
    parser = argparse.ArgumentParser(description="Crossbar arrays beside other tools.")
    parser.add_argument("--largest", type=int, default=1024)
    parser.add_argument(
        "--peers", metavar="PYTHON", default=sys.executable, help="interpreter that has the other packages"
    )
    parser.add_argument("--plot", metavar="FILE")
    chosen = parser.parse_args(arguments)
    table = Table()
    products(table, chosen.largest, chosen.peers)
    others(table, chosen.largest, chosen.peers)
    print(f"\n{markdown(table)}\n* whole process")
    if chosen.plot:
        plot(table, chosen.plot)


if __name__ == "__main__":
    main(sys.argv[1:])
