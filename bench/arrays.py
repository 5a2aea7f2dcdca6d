"""An array of memristors with line resistance, as a deck for both simulators, and the comparison of their results."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import circuitnn
from bench.process import spend
from circuitnn.netlist.writer import write
from circuitnn.results import rawfile

ROOT = Path(__file__).resolve().parent.parent
WIRE = 1.0  # Ohm per segment
SPAN = 1e-3
FLOOR = 1e-6  # least span, in the signal's unit: below is noise


@dataclass(frozen=True)
class Worst:
    """The signal with the largest deviation, and the deviation as a share of the budget."""

    name: str
    share: float


def array_deck(folder: Path, side: int) -> tuple[Path, Path]:
    """Write the array for us, with letter N, and for ngspice, with twins.

    One word line is raised by a write pulse, its bit line is at ground, all others are at half (V/2). Every cell
    starts from another state.
    """
    lines = [f"write pulse into a {side}x{side} array of sinh memristors"]
    pick, rng = side // 2, np.random.default_rng(1)
    for k in range(side):
        high, low = (1.0, 0.0) if k == pick else (0.5, 0.5)
        lines.append(f"vw{k} w{k}_0 0 pulse(0 {high} 0.5u 1u 1u 4u)")
        lines.append(f"vb{k} b0_{k} 0 pulse(0 {low} 0.5u 1u 1u 4u)")
    starts = rng.uniform(0.05, 0.6, (side, side))
    for i in range(side):
        for j in range(side):
            if j:
                lines.append(f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} {WIRE}")
                lines.append(f"rb{j}_{i} b{j - 1}_{i} b{j}_{i} {WIRE}")
            lines.append(f"n{i}_{j} w{i}_{j} b{i}_{j} m x0={starts[i, j]:.6f}")
    watched = [f"v(w{pick}_{side - 1})", f"v(b{side - 1}_{pick})", f"i(vb{pick})", f"i(vw{pick})"]
    watched += [f"@n{pick}_{j}[x]" for j in (0, pick, side - 1)]
    lines += [".model m yakopcic ap=4e5 an=4e5 vp=0.4 vn=0.4 a1=2e-4 a2=2e-4"]
    lines += [f".save {' '.join(watched)}", ".options reltol=1e-5", ".tran 0.1u 6u 0 0.05u uic", ".end", ""]
    ours = folder / "ours.cir"
    ours.write_text("\n".join(lines))
    theirs = folder / "twins.cir"
    theirs.write_text(write(circuitnn.load(ours).flat))
    return ours, theirs


def run_pair(ours: Path, theirs: Path, folder: Path, repeat: int) -> dict[str, list[float]]:
    """Whole-process times, taken in turn. [s]"""
    samples: dict[str, list[float]] = {"circuitnn": [], "ngspice klu": [], "ngspice": []}
    os.environ.setdefault("PYTHONPATH", str(ROOT))
    title, _, rest = theirs.read_text().partition("\n")
    klu = folder / "twins_klu.cir"
    klu.write_text(f"{title}\n.options klu\n{rest}")
    commands = {
        "circuitnn": [sys.executable, "-m", "circuitnn", "-b", "-r", "ours.raw", str(ours)],
        "ngspice klu": ["ngspice", "-n", "-b", "-r", "theirs.raw", str(klu)],
        "ngspice": ["ngspice", "-n", "-b", "-r", "sparse.raw", str(theirs)],
    }
    for turn in range(repeat):
        for simulator, command in commands.items():
            if simulator == "ngspice" and turn:
                continue  # one run suffices to see which of its solvers is faster
            spent = spend(command, folder, timeout=1800.0)
            if spent.status:
                raise SystemExit(f"{simulator} failed: {spent.output.strip()[-500:]}")
            samples[simulator].append(spent.seconds)
    return samples


def compare(folder: Path) -> Worst:
    """Deviations of the signals that both have saved, in units of 1e-3 of the span."""
    ours, theirs = (rawfile.read(folder / name)[0] for name in ("ours.raw", "theirs.raw"))
    names = {n: n if n[0] != "@" else f"v(x{n[1:].replace('[', '.').rstrip(']')})" for n in ours.names[1:]}
    worst = Worst("", 0.0)
    for mine, other in names.items():
        reference = np.asarray(theirs[other])
        error = np.max(np.abs(np.interp(theirs.time, ours.time, ours[mine]) - reference))
        share = float(error / (SPAN * max(np.ptp(reference), FLOOR)))
        worst = max(worst, Worst(mine, share), key=lambda w: w.share)
    return worst
