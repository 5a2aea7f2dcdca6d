"""Decks that others wrote, in both simulators: which run, and whether the numbers agree.

    python -m bench.wild FOLDER [--behaviour psa] [--timeout 20] [--list only-ngspice]

Every deck below FOLDER is run by ``ngspice -b`` and by ``circuitnn -b``. A deck runs where the simulator writes a
rawfile with all plots that the other one has, and no NaN. Files of others are read where they lie, never copied.
"""

from __future__ import annotations

import argparse
import collections
import os
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from circuitnn.errors import CircuitnnError
from circuitnn.results import rawfile

RELATIVE = 1e-4
ABSOLUTE = {"voltage": 1e-5, "current": 1e-9}
SUFFIXES = (".cir", ".sp", ".net", ".ckt", ".spice")
CLASSES = ("agree", "differ", "only-ngspice", "only-circuitnn", "neither")

Plots = dict[str, dict[str, np.ndarray]]


@dataclass(frozen=True)
class Outcome:
    """What became of a deck in a simulator."""

    plots: Plots
    message: str


@dataclass(frozen=True)
class Comparison:
    """A deck in both simulators."""

    deck: Path
    verdict: str
    note: str


def simulate(command: list[str], deck: Path, timeout: float) -> Outcome:
    """Run a deck and read its rawfile."""
    with tempfile.TemporaryDirectory() as folder:
        raw = os.path.join(folder, "out.raw")
        try:
            done = subprocess.run(
                [*command, "-b", "-r", raw, str(deck.resolve())],
                cwd=folder,
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Outcome({}, "timeout")
        said = (done.stderr + done.stdout).decode("latin-1")
        return Outcome(_plots(raw), said)


def _plots(raw: str) -> Plots:
    """Vectors of each plot of a rawfile by name; nothing where one is not finite."""
    if not os.path.exists(raw):
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results = rawfile.read(raw)
    except (CircuitnnError, ValueError):
        return {}
    plots: Plots = {}
    for result in results:
        vectors = {name.lower(): np.asarray(result[name]) for name in result.names}
        if all(np.all(np.isfinite(v)) for v in vectors.values()):
            plots.setdefault(result.analysis, vectors)
    return plots


def compare(deck: Path, behaviour: str, timeout: float) -> Comparison:
    """Run a deck in both simulators and say who runs it, and whether they agree."""
    define = ["-D", f"ngbehavior={behaviour}"] if behaviour else []
    theirs = simulate(["ngspice", *define], deck, timeout)
    ours = simulate([sys.executable, "-m", "circuitnn", *define], deck, timeout)
    lacking = sorted(set(theirs.plots) - set(ours.plots))
    if not theirs.plots:
        return Comparison(deck, "only-circuitnn" if ours.plots else "neither", _fault(theirs.message))
    if lacking:
        return Comparison(deck, "only-ngspice", _fault(ours.message) or f"no plot {lacking}")
    worst, name = max((_difference(theirs.plots[p], ours.plots[p]) for p in theirs.plots), default=(0.0, ""))
    note = f"{name}: {worst:.3g} of the tolerance"
    return Comparison(deck, "agree" if worst <= 1.0 else "differ", note)


def _difference(theirs: dict[str, np.ndarray], ours: dict[str, np.ndarray]) -> tuple[float, str]:
    """The worst difference of vectors that both have, in units of the tolerance, and the vector's name."""
    worst = (0.0, "")
    for name, expected in theirs.items():
        found = ours.get(name)
        if found is None:
            continue
        if found.shape != expected.shape:
            return float("inf"), f"{name} (points)"
        kind = "current" if "#" in name or name.startswith("i(") else "voltage"
        scale = RELATIVE * np.maximum(np.abs(expected), np.abs(found)) + ABSOLUTE[kind]
        worst = max(worst, (float(np.max(np.abs(found - expected) / scale, initial=0.0)), name))
    return worst


def _fault(message: str) -> str:
    """The line of an output that says what went wrong."""
    lines = [line.strip() for line in message.splitlines()]
    marked = [line for line in lines if "error" in line.lower() or "fault" in line.lower()]
    return (marked or [line for line in lines if line][-1:] or [""])[0][:200]


def main() -> None:
    """Compare and print the counts; exit code 1 where ngspice runs more than 5 % that we do not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--behaviour", default="", help="ngspice's ngbehavior, as psa for vendors' models")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds a deck")
    parser.add_argument(
        "--list", default="differ,only-ngspice", help=f"classes to list, of {', '.join(CLASSES)}"
    )
    parser.add_argument("--limit", type=int, default=1_000_000)
    given = parser.parse_args()
    decks = sorted(f for f in given.folder.rglob("*") if f.suffix.lower() in SUFFIXES)[: given.limit]
    counts: collections.Counter[str] = collections.Counter()
    for deck in decks:
        found = compare(deck, given.behaviour, given.timeout)
        counts[found.verdict] += 1
        if found.verdict in given.list.split(","):
            print(f"{found.verdict:15} {deck.relative_to(given.folder)}: {found.note}", flush=True)
    for name in CLASSES:
        print(f"{name:15} {counts[name]}")
    runs = counts["agree"] + counts["differ"] + counts["only-ngspice"]
    ran = counts["agree"] + counts["differ"]
    print(f"of {runs} decks that ngspice runs, {ran} run here and {counts['agree']} agree")
    sys.exit(int(ran < 0.95 * runs))


if __name__ == "__main__":
    main()
