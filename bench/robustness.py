"""``python -m bench.robustness [NAME …]``: circuits that are known to be hard, here and in ngspice, with default options.

Every deck of ``netlists/robust/`` runs in circuitnn, in ngspice and in ngspice with KLU. A run is good when it comes to its
end and every ``* expect:`` card of the deck holds; no simulator gets other tolerances than its defaults. Seconds are
of processor time: circuitnn's without the start of Python, ngspice's of the whole process. The last lines count.
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import circuitnn
from circuitnn import rawfile
from circuitnn.contract.cards import value_of
from circuitnn.errors import CircuitnnError, RawfileError
from circuitnn.results import Result
from validation.decks import NETLISTS, Deck, read
from validation.ngspice import measures_in

FOLDER = NETLISTS / "robust"
TIMEOUT = 20.0
_FORK = multiprocessing.get_context("fork")
# What ngspice says when it gives up; its exit status does not always tell.
_GIVEN_UP = re.compile(
    r"timestep too small|simulation\(s\) aborted|no convergence|iteration limit reached|run simulation\(s\) aborted"
    r"|Timestep.*too small|fatal error",
    re.IGNORECASE,
)
_HOMOTOPIES = {
    "gmin stepping": r"gmin stepping completed",
    "source stepping": r"source stepping completed",
    "pseudo-transient": r"Transient op finished",
}


@dataclass
class Outcome:
    """What one simulator made of one deck.

    Parameters
    ----------
    fault : str
        Empty if it came to the end and gave what the deck expects.
    homotopies : list of str
        What it took to find the operating points.
    iterations : int
        Of Newton's method, all analyses together.
    seconds : float
        Processor time.
    """

    fault: str = ""
    homotopies: list[str] = field(default_factory=list)
    iterations: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether the run was right."""
        return not self.fault


def robust_decks() -> list[Deck]:
    """The battery, in order of name."""
    return [read(path) for path in sorted(FOLDER.glob("*.cir"))]


def judge(deck: Deck, results: list[Result]) -> str:
    """The first expectation that does not hold; empty if all do."""
    for card in deck.expectations:
        try:
            value = value_of(card, results)
        except KeyError as error:
            return f"{card}: {error.args[0]}"
        if not abs(value - card.value) <= card.allowed:
            return f"{card} is {value:.6g}, not {card.value:.6g}"
    return ""


def run_ours_alone(deck: Deck) -> Outcome:
    """One deck in circuitnn, in a process of its own that does not get for ever."""
    receiving, sending = _FORK.Pipe(duplex=False)
    worker = _FORK.Process(target=lambda: sending.send(run_ours(deck)))
    worker.start()
    outcome = receiving.recv() if receiving.poll(TIMEOUT) else Outcome(f"not done after {TIMEOUT:g} s")
    worker.kill()
    worker.join()
    return outcome


def run_ours(deck: Deck) -> Outcome:
    """One deck in circuitnn."""
    outcome = Outcome()
    start = time.process_time()
    try:
        results = circuitnn.load(deck.path).run()
        outcome.fault = judge(deck, results)
    except CircuitnnError as error:
        results, outcome.fault = list(error.results), str(error)
    outcome.seconds = time.process_time() - start
    outcome.homotopies = sorted({r.statistics.homotopy for r in results if r.statistics.homotopy})
    outcome.iterations = sum(r.statistics.iterations for r in results)
    return outcome


def run_ngspice(deck: Deck, klu: bool) -> Outcome:
    """One deck in ngspice: for the waveforms with a rawfile, for measures once more without."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        title, _, rest = deck.path.read_text().partition("\n")
        (folder / "deck.cir").write_text(f"{title}\n.options acct{' klu' if klu else ''}\n{rest}")
        try:
            text = _process(outcome, folder, "-r", "out.raw")
            measures = measures_in(_process(outcome, folder)) if ".meas" in rest else {}
        except subprocess.TimeoutExpired:
            outcome.fault = f"not done after {TIMEOUT:g} s"
            return outcome
        plots = _plots(folder / "out.raw")
    outcome.homotopies = [h for h, said in _HOMOTOPIES.items() if re.search(said, text, re.IGNORECASE)]
    outcome.iterations = sum(int(n) for n in re.findall(r"Total iterations = (\d+)", text)[-1:])
    if plots:
        plots[0].measures.update(measures)
    given_up = _GIVEN_UP.search(text)
    outcome.fault = given_up[0].lower() if given_up else judge(deck, plots)
    return outcome


def _plots(path: Path) -> list[Result]:
    """The plots that ngspice left; where it gives up it may leave none, or a head without a body."""
    try:
        return rawfile.read(path)
    except (RawfileError, FileNotFoundError):
        return []


def _process(outcome: Outcome, folder: Path, *arguments: str) -> str:
    """Run ngspice; gives what it said. Adds to the processor time of the outcome."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run = subprocess.run(
        ["ngspice", "-n", "-b", *arguments, "deck.cir"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        errors="replace",
    )
    if not outcome.seconds:
        outcome.seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return run.stdout + run.stderr


def _cell(outcome: Outcome) -> str:
    verdict = "yes" if outcome.good else "NO"
    homotopy = ", ".join(outcome.homotopies) or "-"
    return f"{verdict:<4}{homotopy:<18}{outcome.iterations:>8}{outcome.seconds:>8.2f}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Run the robustness battery here and in ngspice.")
    parser.add_argument("names", nargs="*", help="decks of netlists/robust; default: all")
    parser.add_argument("--ours", action="store_true", help="only circuitnn")
    chosen = parser.parse_args()
    beside = not chosen.ours and shutil.which("ngspice") is not None
    head = f"{'ok':<4}{'homotopy':<18}{'iterat.':>8}{'CPU s':>8}"
    print(f"{'':<32}circuitnn" + (f"{'':<33}ngspice{'':<35}ngspice, KLU" if beside else ""))
    print(f"{'':<32}{head}" + (f"    {head}    {head}" if beside else ""))
    table: list[list[Outcome]] = []
    for deck in robust_decks():
        if chosen.names and deck.path.stem not in chosen.names:
            continue
        row = [run_ours_alone(deck)]
        if beside:
            row += [run_ngspice(deck, klu) for klu in (False, True)]
        table.append(row)
        print(f"{deck.path.stem:<32}" + "    ".join(_cell(o) for o in row), flush=True)
        for who, outcome in zip(("circuitnn", "ngspice", "ngspice, KLU"), row, strict=False):
            if outcome.fault:
                print(f"    {who}: {outcome.fault.splitlines()[0][:150]}")
    ours = [row[0].good for row in table]
    print(f"\n{len(table)} decks; circuitnn is right on {sum(ours)}", end="")
    if beside:
        for k, name in ((1, "ngspice"), (2, "ngspice with KLU")):
            theirs = [row[k].good for row in table]
            only = sum(a and not b for a, b in zip(ours, theirs, strict=True))
            lost = sum(b and not a for a, b in zip(ours, theirs, strict=True))
            print(f"; {name} on {sum(theirs)} (only circuitnn: {only}, only {name}: {lost})", end="")
    print()
    return 0 if all(ours) else 1


if __name__ == "__main__":
    sys.exit(main())
