"""Vendors' parts at work in transients, in both simulators: who runs them, whether the waveforms agree, in what time.

    python -m bench.vendor_transients LIBRARY FOLDER [--count 100] [--seed 1] [--families opamp,…] [--list differ]

Draws parts of LIBRARY, a folder of model files, and writes a circuit to FOLDER for each, in which it does what it is
made for (`bench.vendor_circuits`). A simulator runs a circuit where its rawfile reaches the end. Waveforms at the
circuit's own nodes and of its sources' currents agree where they are within 2e-3 of their swing for 98 % of the time.
Those that do not are run again with tight tolerances and short steps in both, and in ngspice also with tables and areas
of transistors by their laws (`bench.defining_laws`): either that was the cause (``tight``; the note says whose
waveforms were nearer to these), or the simulators differ.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import random
import re
import resource
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.defining_laws import rewritten
from bench.simulator_runs import ABSOLUTE, Plots, commands, simulate
from bench.vendor_circuits import FAMILIES, circuit, drawn

CLASSES = ("agree", "tight", "differ", "only-ngspice", "only-circuitnn", "neither")
SWING = 2e-3  # tolerance, relative to a waveform's swing
LEVEL = (
    1e-2  # swings count as at least this share of the largest value: noise about a constant is not a waveform
)
OFTEN = 0.98  # share of the time that must be within the tolerance: edges may be late by a step
POINTS = 4001
# Tight tolerances, and at least so many steps. Not all circuits run with the tightest.
TIGHT = (("reltol=1e-5 vntol=1e-8 abstol=1e-12", 10000), ("reltol=1e-4 vntol=1e-7 abstol=1e-12", 5000))


@dataclass(frozen=True)
class Run:
    """A transient in one simulator: vectors by name, none if it does not reach the end; processor time [s]."""

    vectors: dict[str, np.ndarray]
    seconds: float
    message: str


def run(command: list[str], deck: Path, timeout: float) -> Run:
    """Run a deck and keep its transient if that reaches the end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome = simulate(command, deck, timeout)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(_complete(outcome.plots, _end(deck)), spent, outcome.message)


def _end(deck: Path) -> float:
    found = re.search(r"(?m)^\.tran \S+ (\S+)", deck.read_text(encoding="latin-1"))
    if found is None:
        raise ValueError(f"{deck} has no .tran card")
    return float(found[1])


def _complete(plots: Plots, end: float) -> dict[str, np.ndarray]:
    vectors = plots.get("tran", {})
    if "time" not in vectors or vectors["time"][-1] < end * (1.0 - 1e-6):
        return {}
    own = re.compile(r"time|v\([^.#]+\)|i\([^.]+\)")
    return {name: v for name, v in vectors.items() if own.fullmatch(name)}


def apart(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> dict[str, float]:
    """Differences of the waveforms of two runs, in tolerances, where they are largest for 2 % of the time."""
    grid = np.linspace(0.0, min(a["time"][-1], b["time"][-1]), POINTS)
    found = {}
    for name in sorted(a.keys() & b.keys() - {"time"}):
        x, y = (np.interp(grid, of["time"], of[name]) for of in (a, b))
        floor = ABSOLUTE["current" if name.startswith("i(") else "voltage"]
        scale = SWING * max(float(np.ptp(x)), LEVEL * float(np.max(np.abs(x)))) + floor
        found[name] = float(np.quantile(np.abs(x - y), OFTEN)) / scale
    return found


def tightened(deck: Path, tolerances: str, steps: int, lawful: bool = False) -> Path:
    """The same circuit with other tolerances and at least so many steps, perhaps with its elements by their laws."""
    text = deck.read_text(encoding="latin-1")
    end = _end(deck)
    text = rewritten(re.split(r"(?m)^\.end$", text)[0]) + "\n.end\n" if lawful else text
    step = end / steps
    text = re.sub(r"(?m)^\.tran .*$", f".tran {step:g} {end:g} 0 {step:g}\n.options {tolerances}", text)
    changed = deck.with_suffix(".laws" if lawful else ".tight")
    changed.write_text(text, encoding="latin-1")
    return changed


def compare(deck: Path, timeout: float) -> tuple[str, str, float]:
    """Verdict, note, and ratio of our processor time to ngspice's (NaN where one does not run)."""
    theirs, ours = (run(command, deck, timeout) for command in commands("psa"))
    if not theirs.vectors or not ours.vectors:
        verdict = "only-circuitnn" if ours.vectors else "only-ngspice" if theirs.vectors else "neither"
        return verdict, _said(ours.message if theirs.vectors else theirs.message), float("nan")
    ratio = ours.seconds / max(theirs.seconds, 1e-3)
    name, most = _worst(theirs, ours)
    if most <= 1.0:
        return "agree", "", ratio
    verdict, why = _traced(deck, 5.0 * timeout, theirs, ours)
    return verdict, f"{name}: {most:.3g} of the tolerance; {why}", ratio


def _worst(a: Run, b: Run) -> tuple[str, float]:
    differences = apart(a.vectors, b.vectors)
    name = max(differences, key=differences.__getitem__)
    return name, differences[name]


def _traced(deck: Path, timeout: float, theirs: Run, ours: Run) -> tuple[str, str]:
    """What is left of a difference with tight tolerances, and with the elements by their laws in ngspice."""
    why = "with tight tolerances only one runs"
    for (tolerances, steps), lawful in itertools.product(TIGHT, (False, True)):
        own = run(commands("psa")[1], tightened(deck, tolerances, steps), timeout)
        exact = run(commands("psa")[0], tightened(deck, tolerances, steps, lawful), timeout)
        if not exact.vectors or not own.vectors:
            continue
        name, left = _worst(exact, own)
        if left > 1.0:
            why = f"with {tolerances.split()[0]} {name}: {left:.3g}"
            continue
        near, far = (_worst(exact, of)[1] for of in (ours, theirs))
        laws = ", elements by their laws in ngspice" if lawful else ""
        return (
            "tight",
            f"with {tolerances.split()[0]}{laws} {left:.3g}: ours was {near:.3g} away, ngspice's {far:.3g}",
        )
    return "differ", why


def _said(message: str) -> str:
    """The line of an output that says what went wrong."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    marked = [line for line in lines if re.search(r"(?i)error|too small|abort|timeout", line)]
    return (marked or lines[-1:] or [""])[0][:160]


def main() -> None:
    """Draw, compare and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("library", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--families", default=",".join(FAMILIES), help="in which shares of the count are drawn"
    )
    parser.add_argument("--timeout", type=float, default=30.0, help="processor seconds a run")
    parser.add_argument("--list", default="tight,differ,only-ngspice", help=f"of {', '.join(CLASSES)}")
    given = parser.parse_args()
    draw = random.Random(given.seed)
    chosen = drawn(given.library.resolve(), given.families.split(","), given.count, draw)
    given.folder.mkdir(parents=True, exist_ok=True)
    counts: collections.Counter[str] = collections.Counter()
    ratios = []
    for k, (family, part) in enumerate(chosen):
        deck = given.folder / f"{k:04d}-{family}.cir"
        deck.write_text(circuit(family, part, draw), encoding="latin-1")
        verdict, note, ratio = compare(deck, given.timeout)
        counts[verdict] += 1
        ratios.append(ratio)
        if verdict in given.list.split(","):
            what = f"{part.part.name} of {part.part.file.name}"
            print(f"{verdict:15} {deck.name} {what}: {note} ({ratio:.2g})", flush=True)
    for name in CLASSES:
        print(f"{name:15} {counts[name]}")
    known = [ratio for ratio in ratios if ratio == ratio]
    if known:
        print(
            f"processor time, ours to ngspice's: median {statistics.median(known):.2g}, most {max(known):.3g}"
        )
    sys.exit(int(counts["differ"] > 0))


if __name__ == "__main__":
    main()
