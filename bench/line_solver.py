"""Arrays whose lines end in a netlist, solved by the line solver and by KLU, and by ngspice with KLU.

    python -m bench.line_solver [--size 128] [--largest-ngspice 128] [case ...]

Arrays have 1 Ohm segments and cells of 10 kOhm to 1 MOhm. `auto` and `klu` are the processor time of an operating point
from the elaborated circuit on, the best of three (a single run above 2 s); `/klu` and `/ends` relate `auto` to KLU and
to the same array with resistors at its ends. `process` and `ngspice` are wall times of whole processes, from text to
rawfile. `difference` is the largest difference of voltages and currents between both solvers, relative to the largest
value.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import process_time

import numpy as np

from bench.process import spend
from circuitnn import Circuit
from circuitnn.results.result import Result

ROOT = Path(__file__).resolve().parent.parent


def tile(rows: int, columns: int, mark: str = "", driven: bool = True, seed: int = 1) -> list[str]:
    """Cards of an array's segments and cells, and of drivers of its word lines."""
    rng, w, b = Random(seed), f"w{mark}", f"b{mark}"
    cards = [f"r{w}{i}_{j} {w}{i}_{j - 1} {w}{i}_{j} 1" for i in range(rows) for j in range(1, columns)]
    cards += [f"r{b}{i}_{j} {b}{i - 1}_{j} {b}{i}_{j} 1" for i in range(1, rows) for j in range(columns)]
    for i in range(rows):
        if driven:
            cards += [f"v{w}{i} d{w}{i} 0 {rng.uniform(0, 0.3):.4f}", f"rd{w}{i} d{w}{i} {w}{i}_0 1"]
        for j in range(columns):
            cards.append(f"rc{mark}{i}_{j} {w}{i}_{j} {b}{i}_{j} {10.0 ** rng.uniform(4, 6):.6g}")
    return cards


def loads(rows: int, columns: int, ohms: float, mark: str = "") -> list[str]:
    """Resistors at the bottom of the bit lines."""
    return [f"rs{mark}{j} b{mark}{rows - 1}_{j} 0 {ohms}" for j in range(columns)]


def resistors(rows: int, columns: int) -> list[str]:
    """Resistors at all ends: the reference for the other cases."""
    return tile(rows, columns) + loads(rows, columns, 1)


def amplifiers(rows: int, columns: int) -> list[str]:
    """Transimpedance amplifiers at the bit lines."""
    cards = tile(rows, columns)
    for j in range(columns):
        cards += [f"e{j} out{j} 0 0 b{rows - 1}_{j} 1e6", f"rf{j} b{rows - 1}_{j} out{j} 1e4"]
    return cards


def buffers(n: int) -> list[str]:
    """Two by two tiles, word lines of the right ones driven by buffers."""
    cards = []
    for a in range(2):
        for b in range(2):
            mark = f"x{a}{b}x"
            cards += tile(n, n, mark, b == 0, 2 * a + b) + loads(n, n, 50, mark)
        cards += [f"e{a}_{i} wx{a}1x{i}_0 0 wx{a}0x{i}_{n - 1} 0 1" for i in range(n)]
    return cards


def layers(n: int) -> list[str]:
    """Two layers: amplified bit lines of one drive word lines of the other."""
    cards = tile(n, n, "a") + loads(n, n, 50, "a") + tile(n, n, "c", False, 2) + loads(n, n, 50, "c")
    return cards + [f"e{j} wc{j}_0 0 ba{n - 1}_{j} 0 20" for j in range(n)]


def recurrent(n: int) -> list[str]:
    """Outputs fed back to the array's own word lines."""
    cards = tile(n, n, driven=False) + loads(n, n, 50)
    for j in range(n):
        cards += [f"i{j} 0 b{n - 1}_{j} {1e-4 * (j % 7 - 3):g}"]
        cards += [f"e{j} o{j} 0 b{n - 1}_{j} 0 3", f"ro{j} o{j} w{j}_0 10"]
    return cards


def negative(n: int) -> list[str]:
    """Negative resistances at every other bit line."""
    return tile(n, n) + [f"rs{j} b{n - 1}_{j} 0 {-0.5 if j % 2 else 1}" for j in range(n)]


def ideal(n: int) -> list[str]:
    """Word lines without resistance, amplifiers at the bit lines."""
    cards = [card for card in amplifiers(n, n) if not card.startswith("rw")]
    return [re.sub(r"\bw(\d+)_\d+\b", r"w\1_0", card) for card in cards]


def transistors(n: int, resistive: bool) -> list[str]:
    """1T1R cells; gate lines of 5 Ohm a segment, or ideal ones."""
    cards = []
    for card in resistors(n, n):
        name, a, b, ohms = card.split()
        if name.startswith("rc"):
            m = f"m{name[2:]}"
            gate = f"g{name[2:]}" if resistive else f"g{name[2:].split('_')[0]}_0"
            cards += [f"{name} {a} {m} {ohms}", f"m{m} {m} {gate} {b} 0 nm l=1u w=10u"]
        else:
            cards.append(card)
    for i in range(n):
        cards.append(f"vg{i} g{i}_0 0 {1.5 + 0.5 * (i % 2)}")
        if resistive:
            cards += [f"rg{i}_{j} g{i}_{j - 1} g{i}_{j} 5" for j in range(1, n)]
    return [*cards, ".model nm nmos level=1 vto=0.5 kp=200u lambda=0.02"]


# Cards for a size, and the case with resistors at the ends of the same array, which must come first.
CASES: dict[str, tuple[Callable[[int], list[str]], str]] = {
    "resistors": (lambda n: resistors(n, n), "resistors"),
    "amplifiers": (lambda n: amplifiers(n, n), "resistors"),
    "negative resistances": (negative, "resistors"),
    "recurrent": (recurrent, "resistors"),
    "ideal word lines": (ideal, "resistors"),
    "two tiles, resistors": (
        lambda n: [c for m in "ac" for c in tile(n, n, m, seed=ord(m)) + loads(n, n, 50, m)],
        "two tiles, resistors",
    ),
    "two layers": (layers, "two tiles, resistors"),
    "four tiles, resistors": (
        lambda n: [c for m in "acpq" for c in tile(n, n, m, seed=ord(m)) + loads(n, n, 50, m)],
        "four tiles, resistors",
    ),
    "four tiles, buffers": (buffers, "four tiles, resistors"),
    "1T1R": (lambda n: transistors(n, False), "1T1R"),
    "1T1R, resistive gates": (lambda n: transistors(n, True), "1T1R"),
    "4 x 4096": (lambda n: resistors(4, 4096), "4 x 4096"),
    "4 x 4096, amplifiers": (lambda n: amplifiers(4, 4096), "4 x 4096"),
    "1024 x 16": (lambda n: resistors(1024, 16), "1024 x 16"),
    "1024 x 24": (lambda n: resistors(1024, 24), "1024 x 24"),
    "1024 x 16, amplifiers": (lambda n: amplifiers(1024, 16), "1024 x 16"),
}


def operating_point(circuit: Circuit, solver: str) -> tuple[float, Result]:
    """Processor time and result. [s]"""
    best, result = np.inf, None
    for _ in range(3):
        start = process_time()
        result = circuit.op(linear_solver=solver)
        best = min(best, process_time() - start)
        if best > 2.0:
            break
    assert result is not None
    return best, result


def whole(deck: str, folder: Path, ngspice: bool) -> float:
    """Wall time of a process from text to rawfile. [s]"""
    path = folder / "deck.cir"
    path.write_text(deck)
    command = ["ngspice", "-n"] if ngspice else [sys.executable, "-m", "circuitnn"]
    spent = spend([*command, "-b", "-r", "out.raw", str(path)], folder, timeout=600.0)
    return spent.seconds if spent.status == 0 else float("nan")


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--largest-ngspice", type=int, default=128)
    parser.add_argument("cases", nargs="*", help=", ".join(CASES))
    given = parser.parse_args(arguments)
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    ngspice = shutil.which("ngspice") is not None and given.size <= given.largest_ngspice
    print(
        f"{'':24s}{'unknowns':>9s} {'solver':7s}{'auto/s':>8s}{'klu/s':>8s}{'/klu':>7s}{'/ends':>7s}", end=""
    )
    print(f"{'process/s':>11s}{'ngspice/s':>11s}{'difference':>12s}")
    ends: dict[str, float] = {}
    chosen = given.cases or list(CASES)
    for name in [n for n in CASES if n in chosen or n in {CASES[c][1] for c in chosen}]:
        make, like = CASES[name]
        cards = make(given.size)
        deck = "\n".join([name, *cards, ".op", ".end", ""])
        circuit = Circuit.from_text(deck)
        _ = circuit.flat
        auto, ours = operating_point(circuit, "auto")
        klu, theirs = operating_point(circuit, "klu")
        ends[name] = auto
        with tempfile.TemporaryDirectory() as folder:
            process = whole(deck, Path(folder), False)
            other = float("nan")
            if ngspice:
                other = whole(deck.replace("\n", "\n.options klu\n", 1), Path(folder), True)
        difference = np.abs(ours.data - theirs.data).max() / np.abs(theirs.data).max()
        solver = ours.statistics.linear_solver
        print(f"{name:24s}{ours.statistics.unknowns:9d} {solver:7s}{auto:8.3f}{klu:8.3f}", end="")
        print(f"{auto / klu:7.2f}{auto / ends[like]:7.2f}{process:11.2f}{other:11.2f}{difference:12.1e}")
        for note in ours.statistics.notes:
            print(f"    {note}")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
