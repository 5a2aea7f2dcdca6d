"""``python -m bench.engine [--quick] [--repeat N]``: circuitnn compared with ngspice, in one run.

Each deck runs in three simulators in turn, so that a busy machine affects all alike:
``circuitnn -b``, ngspice with ``.options klu``, ngspice with its default solver. Whole-process time and peak memory
come from wait4; analysis time is reported by the simulators themselves (ngspice: "Total analysis time"; circuitnn:
everything after parsing, assembly of the equations included). Medians over the repeats.
"""

from __future__ import annotations

import argparse
import compileall
import json
import math
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.decks import Bench, write_all
from bench.process import number, spend

ROOT = Path(__file__).resolve().parent.parent
PARTS = {
    "a": "(a) flat crossbar with line resistance, operating point",
    "b": "(b) small circuits, long transients",
    "c": "(c) ten thousand unknowns, transient",
    "e": "(e) bipolar transistors, transients",
    "f": "(f) MOS transistors of level 1, transients",
    "g": "(g) small signals and noise (which ngspice's KLU refuses)",
    "h": "(h) operating points and their sweeps",
    "i": "(i) the amplifier of the textbooks, as it is run most: what starting costs",
}


@dataclass
class Timing:
    """Samples of one simulator on one deck; `clock` selects the time of the whole process that counts."""

    clock: str = "seconds"
    whole: list[float] = field(default_factory=list)
    analysis: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    points: int = 0
    iterations: int = 0
    failed: str = ""

    def median(self, what: str) -> float:
        """Median of a list of samples; NaN where there are none."""
        samples: list[float] = getattr(self, what)
        return statistics.median(samples) if samples else math.nan

    @property
    def per_point(self) -> float:
        """Analysis time per accepted point. [us]"""
        return self.median("analysis") / self.points * 1e6 if self.points else math.nan


def run_ours(deck: Bench, folder: Path, timing: Timing) -> None:
    """One sample of circuitnn: the command for the whole process, the library for the analysis."""
    command = [sys.executable, "-m", "circuitnn", "-b", "-r", "ours.raw", str(deck.path)]
    spent = spend(command, folder)
    if spent.status:
        timing.failed = (spent.output.strip().splitlines() or ["failed"])[-1]
        return
    timing.whole.append(getattr(spent, timing.clock))
    timing.megabytes.append(spent.megabytes)
    inner = spend([sys.executable, "-m", "bench.ours", "run", str(deck.path)], ROOT)
    if inner.status:
        timing.failed = (inner.output.strip().splitlines() or ["failed"])[-1]
        return
    said = json.loads(inner.output.strip().splitlines()[-1])
    timing.analysis.append(said["run"])
    timing.points, timing.iterations = said["points"], said["iterations"]


def run_ngspice(deck: Bench, folder: Path, timing: Timing, klu: bool) -> None:
    """One sample of ngspice."""
    path = folder / "ngspice.cir"
    text = deck.path.read_text()
    title, _, rest = text.partition("\n")
    path.write_text(f"{title}\n.options acct{' klu' if klu else ''}\n{rest}")
    spent = spend(["ngspice", "-n", "-b", "-r", "ngspice.raw", str(path)], folder)
    if spent.status:
        timing.failed = f"exit status {spent.status}"
        return
    timing.whole.append(getattr(spent, timing.clock))
    timing.megabytes.append(spent.megabytes)
    timing.analysis.append(number(r"Total analysis time \(seconds\) = (\S+)", spent.output))
    points = number(r"Accepted timepoints = (\d+)", spent.output)
    timing.points = 0 if math.isnan(points) else int(points)
    iterations = number(r"Total iterations = (\d+)", spent.output)
    timing.iterations = 0 if math.isnan(iterations) else int(iterations)


def time_deck(deck: Bench, repeat: int, sparse_repeat: int, clock: str) -> dict[str, Timing]:
    """Samples of all three simulators on one deck, taken in turn."""
    timings = {name: Timing(clock) for name in ("circuitnn", "ngspice klu", "ngspice")}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in range(repeat):
            run_ours(deck, folder, timings["circuitnn"])
            if deck.slow and turn:
                continue
            if deck.klu:
                run_ngspice(deck, folder, timings["ngspice klu"], klu=True)
            if turn < (repeat if deck.sparse else sparse_repeat):
                run_ngspice(deck, folder, timings["ngspice"], klu=False)
    return timings


def time_parsing(decks: Iterable[Bench]) -> list[str]:
    """Rows of part (d): cards per second, parsing alone and with elaboration."""
    rows = []
    for deck in decks:
        cards = sum(1 for line in deck.path.read_text().splitlines()[1:] if line and line[0] not in "*+")
        inner = spend([sys.executable, "-m", "bench.ours", "parse", str(deck.path)], ROOT)
        if inner.status:
            rows.append(f"  {deck.name:<34}{inner.output.strip().splitlines()[-1]}")
            continue
        said = json.loads(inner.output.strip().splitlines()[-1])
        alone, both = said["parse"], said["parse"] + said["elaborate"]
        rows.append(f"  {deck.name:<34}{cards:>8}{alone:>12.3f}{cards / alone:>14.3g}{cards / both:>22.3g}")
    return rows


@dataclass(frozen=True)
class Ratio:
    """Time of ngspice over ours: with KLU, or with its default solver if KLU refuses or fails."""

    whole: float
    analysis: float

    @classmethod
    def of(cls, timings: dict[str, Timing]) -> Ratio | None:
        """Make the ratio from the samples of all simulators; None if one of the two has none."""
        ours, klu, own = (timings[name] for name in ("circuitnn", "ngspice klu", "ngspice"))
        theirs = klu if klu.whole and not klu.failed else own
        if ours.failed or theirs.failed or not (ours.whole and theirs.whole):
            return None
        return cls(*(theirs.median(what) / ours.median(what) for what in ("whole", "analysis")))


def _summary(ratios: dict[str, dict[str, Ratio]]) -> list[str]:
    """Least and median ratio of every part, and of all but the last, which measures only the start."""
    lines = ["", f"summary{'decks':>13}{'whole: least':>14}{'median':>8}{'analysis: least':>17}{'median':>8}"]
    most = {deck: r for part, found in ratios.items() if part != "i" for deck, r in found.items()}
    for label, found in [*((f"({part})", found) for part, found in ratios.items()), ("all but (i)", most)]:
        if found:
            whole, analysis = ([getattr(r, w) for r in found.values()] for w in ("whole", "analysis"))
            slowest = min(found, key=lambda deck: found[deck].whole)
            lines.append(
                f"  {label:<12}{len(found):>6}{min(whole):>14.2f}{statistics.median(whole):>8.2f}"
                f"{min(analysis):>17.2f}{statistics.median(analysis):>8.2f}   least: {slowest}"
            )
    return lines


def _row(name: str, timing: Timing, base: Timing) -> str:
    if timing.failed or not timing.whole:
        return f"    {name:<14}{timing.failed or 'not run'}"
    whole, analysis = timing.median("whole"), timing.median("analysis")
    ratio = whole / base.median("whole") if base.whole else math.nan
    ratio_analysis = analysis / base.median("analysis") if base.analysis else math.nan
    cells = [
        f"{whole:>10.3f}{ratio:>8.2f}{analysis:>12.4f}{ratio_analysis:>8.2f}{timing.median('megabytes'):>9.0f}"
    ]
    if timing.points > 1:
        ratio_point = timing.per_point / base.per_point if base.points else math.nan
        cells.append(
            f"{timing.points:>10}{timing.iterations:>11}{timing.per_point:>11.3f}{ratio_point:>8.2f}"
        )
    return f"    {name:<14}" + "".join(cells)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time circuitnn beside ngspice.")
    parser.add_argument("--quick", action="store_true", help="shorter runs, no 128x128 crossbar")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--parts", default="abcefghid", help="letters of the parts to run")
    parser.add_argument(
        "--slow-sparse", type=int, default=1, metavar="N", help="runs of ngspice's default at 128x128"
    )
    parser.add_argument(
        "--processor", action="store_true", help="count processor time of whole processes, on a busy machine"
    )
    chosen = parser.parse_args()
    if shutil.which("ngspice") is None:
        print("ngspice is not installed: nothing to compare with", file=sys.stderr)
        return 1
    os.environ.setdefault("PYTHONPATH", str(ROOT))  # also without an installation
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its bytecode
    compileall.compile_dir(ROOT / "circuitnn", quiet=2)
    print("Ratios are to circuitnn: above 1 means that circuitnn is faster.")
    with tempfile.TemporaryDirectory() as name:
        decks = write_all(Path(name), chosen.quick)
        clock = "processor" if chosen.processor else "seconds"
        ratios: dict[str, dict[str, Ratio]] = {part: {} for part in PARTS}
        for part, title in PARTS.items():
            if part not in chosen.parts:
                continue
            print(f"\n{title}")
            print(
                f"    {'':<14}{'whole, s':>10}{'ratio':>8}{'analysis, s':>12}{'ratio':>8}{'peak MB':>9}"
                f"{'points':>10}{'iterations':>11}{'us/point':>11}{'ratio':>8}"
            )
            for deck in [d for d in decks if d.part == part]:
                print(f"  {deck.name}", flush=True)
                timings = time_deck(deck, chosen.repeat, chosen.slow_sparse, clock)
                for simulator, timing in timings.items():
                    print(_row(simulator, timing, timings["circuitnn"]), flush=True)
                ratio = Ratio.of(timings)
                if ratio is not None:
                    ratios[part][deck.name] = ratio
        print("\n".join(_summary(ratios)))
        if "d" in chosen.parts:
            print("\n(d) parsing alone")
            print(f"  {'':<34}{'cards':>8}{'parse, s':>12}{'cards/s':>14}{'with elaboration':>22}")
            print("\n".join(time_parsing(d for d in decks if d.part in "ac")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
