"""``python -m bench.robustness [--classic] [NAME …]``: hard circuits, here and in ngspice, with default options.

Every deck of ``netlists/robust/`` runs in circuitnn, in ngspice and in ngspice with KLU. A run is good if it completes
and every ``* expect:`` card of the deck holds; all simulators use their default tolerances. With
``--classic`` the decks of ``netlists/classic/`` run without their tolerances, and are judged by
`validation.defaults`. Seconds are processor time: circuitnn's without the start of Python, ngspice's of the whole
process.
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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import circuitnn
from circuitnn.contract.expectations import value_of
from circuitnn.errors import CircuitnnError, RawfileError
from circuitnn.results import rawfile
from circuitnn.results.measure import measure
from circuitnn.results.result import Result
from validation import defaults
from validation.decks import NETLISTS, Deck, read

Verdict = Callable[[Sequence[Result]], str]

TIMEOUT = 20.0
_FORK = multiprocessing.get_context("fork")
# Messages of ngspice when it gives up; its exit status does not always show it.
_GIVEN_UP = re.compile(
    r"timestep too small|simulation\(s\) aborted|no convergence|iteration limit reached|fatal error",
    re.IGNORECASE,
)
_HOMOTOPIES = {
    "gmin stepping": r"gmin stepping completed",
    "source stepping": r"source stepping completed",
    "pseudo-transient": r"Transient op finished",
}
# Analyses whose variables have the same names in both simulators' rawfiles.
_COMPARED = ("op", "dc", "ac", "tran")
# ngspice has no noise analysis with KLU; this is not a matter of convergence.
_OTHERS = re.compile(r"^\.(?:noise|tf|sens|pz)\b.*\n", re.IGNORECASE | re.MULTILINE)


@dataclass
class Outcome:
    """Outcome of one deck in one simulator.

    Parameters
    ----------
    fault : str
        Empty if the run completed and gave what the deck expects.
    homotopies : list of str
        Homotopies needed to find the operating points.
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


@dataclass(frozen=True)
class Trial:
    """One deck as all simulators run it, and the criterion for a good run.

    Parameters
    ----------
    name : str
    text : str
    verdict : callable
        Returns the first fault in a run's results, or an empty text.
    """

    name: str
    text: str
    verdict: Verdict


def hard(deck: Deck) -> Trial:
    """A deck of the battery, judged by its cards."""
    return Trial(deck.path.stem, deck.path.read_text(), lambda results: unmet(deck, results))


def classic(deck: Deck) -> Trial:
    """A classic deck without its tolerances, compared with its results with them."""
    text = deck.path.read_text()
    exact = [r for r in circuitnn.load(deck.path).run() if r.analysis in _COMPARED]
    deck = replace(
        deck, expectations=tuple(e for e in deck.expectations if e.analysis in (*_COMPARED, "meas"))
    )

    def verdict(results: Sequence[Result]) -> str:
        kinds = [r.analysis for r in results]
        if missing := [r.analysis for r in exact if r.analysis not in kinds]:
            return f"no {missing[0]}"
        try:
            return defaults.judge(deck, [results[kinds.index(r.analysis)] for r in exact], exact)
        except KeyError as error:
            return f"no {error.args[0]}"

    return Trial(deck.path.stem, _OTHERS.sub("", defaults.without_tolerances(text)), verdict)


def unmet(deck: Deck, results: Sequence[Result]) -> str:
    """The first expectation that does not hold; empty if all do."""
    for card in deck.expectations:
        try:
            value = value_of(card, list(results))
        except KeyError as error:
            return f"{card}: {error.args[0]}"
        if not abs(value - card.value) <= card.allowed:
            return f"{card} is {value:.6g}, not {card.value:.6g}"
    return ""


def run_ours(trial: Trial) -> Outcome:
    """Run one deck in circuitnn, in its own process with a time limit."""
    receiving, sending = _FORK.Pipe(duplex=False)
    worker = _FORK.Process(target=lambda: sending.send(_ours(trial)))
    worker.start()
    outcome = receiving.recv() if receiving.poll(TIMEOUT) else Outcome(f"not done after {TIMEOUT:g} s")
    worker.kill()
    worker.join()
    return outcome


def _ours(trial: Trial) -> Outcome:
    outcome = Outcome()
    start = time.process_time()
    try:
        results = circuitnn.Circuit.from_text(trial.text).run()
        outcome.seconds = time.process_time() - start
        outcome.fault = trial.verdict(results)
    except CircuitnnError as error:
        results, outcome.fault = list(error.results), str(error)
    outcome.homotopies = sorted({r.statistics.homotopy for r in results if r.statistics.homotopy})
    outcome.iterations = sum(r.statistics.iterations for r in results)
    return outcome


def run_ngspice(trial: Trial, klu: bool) -> Outcome:
    """Run one deck in ngspice; measures are evaluated on its waveforms as on ours."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        title, _, rest = trial.text.partition("\n")
        (folder / "deck.cir").write_text(f"{title}\n.options acct{' klu' if klu else ''}\n{rest}")
        try:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            text = _ngspice(folder, "-r", "out.raw")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
        except subprocess.TimeoutExpired:
            return Outcome(f"not done after {TIMEOUT:g} s")
        plots = _plots(folder / "out.raw")
    outcome.seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    outcome.homotopies = [h for h, said in _HOMOTOPIES.items() if re.search(said, text, re.IGNORECASE)]
    outcome.iterations = sum(int(n) for n in re.findall(r"Total iterations = (\d+)", text)[-1:])
    for plot in plots:
        measure(circuitnn.Circuit.from_text(trial.text).flat.measures, plot)
    given_up = _GIVEN_UP.search(text)
    outcome.fault = given_up[0].lower() if given_up else trial.verdict(plots)
    return outcome


def _plots(path: Path) -> list[Result]:
    """The plots that ngspice left; if it gives up, it may leave none, or a header without data."""
    try:
        return rawfile.read(path)
    except (RawfileError, FileNotFoundError):
        return []


def _ngspice(folder: Path, *arguments: str) -> str:
    """Run ngspice on the deck in a folder; return its output."""
    run = subprocess.run(
        ["ngspice", "-n", "-b", *arguments, "deck.cir"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        errors="replace",
    )
    return run.stdout + run.stderr


def _cell(outcome: Outcome) -> str:
    verdict = "yes" if outcome.good else "NO"
    homotopy = ", ".join(outcome.homotopies) or "-"
    return f"{verdict:<4}{homotopy:<18}{outcome.iterations:>8}{outcome.seconds:>8.2f}"


def summary(table: Sequence[Sequence[Outcome]]) -> str:
    """Number of decks that each simulator got right, and those that only one got right."""
    ours = [row[0].good for row in table]
    said = [f"{len(table)} decks: circuitnn is right on {sum(ours)}"]
    for k, name in enumerate(("ngspice", "ngspice with KLU")[: len(table[0]) - 1], 1):
        theirs = [row[k].good for row in table]
        only, lost = (
            sum(a and not b for a, b in pairs)
            for pairs in (zip(ours, theirs, strict=True), zip(theirs, ours, strict=True))
        )
        said.append(f"{name} on {sum(theirs)} (circuitnn alone: {only}, {name} alone: {lost})")
    return "; ".join(said)


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description="Run hard circuits here and in ngspice, with default options."
    )
    parser.add_argument("names", nargs="*", help="decks; default: all")
    parser.add_argument("--classic", action="store_true", help="netlists/classic without its tolerances")
    parser.add_argument("--ours", action="store_true", help="only circuitnn")
    chosen = parser.parse_args()
    beside = not chosen.ours and shutil.which("ngspice") is not None
    folder, make = ("classic", classic) if chosen.classic else ("robust", hard)
    head = f"{'ok':<4}{'homotopy':<18}{'iterat.':>8}{'CPU s':>8}"
    print(f"{'':<32}circuitnn" + (f"{'':<33}ngspice{'':<35}ngspice, KLU" if beside else ""))
    print(f"{'':<32}{head}" + (f"    {head}    {head}" if beside else ""))
    table: list[list[Outcome]] = []
    for path in sorted((NETLISTS / folder).glob("*.cir")):
        if chosen.names and path.stem not in chosen.names:
            continue
        trial = make(read(path))
        row = [run_ours(trial)]
        if beside:
            row += [run_ngspice(trial, klu) for klu in (False, True)]
        table.append(row)
        print(f"{trial.name:<32}" + "    ".join(_cell(o) for o in row), flush=True)
        for who, outcome in zip(("circuitnn", "ngspice", "ngspice, KLU"), row, strict=False):
            if outcome.fault:
                print(f"    {who}: {outcome.fault.splitlines()[0][:150]}")
    if table:
        print(f"\n{summary(table)}")
    return 0 if all(row[0].good for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
