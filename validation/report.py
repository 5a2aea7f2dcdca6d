"""``python -m validation.report [folder]``: run every deck in both simulators and write a page with pictures.

Writes ``report.md``, ``report.html`` and one picture per deck into the folder (default ``build/validation``).
Decks are run by a few worker processes, each with its own ngspice.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import circuitnn
from circuitnn.contract.expectations import value_of
from validation.cases import SWITCHES, Case, run_case
from validation.compare import Deviation
from validation.decks import Deck, all_decks
from validation.ngspice import Runner, versions
from validation.page import anchor, as_html
from validation.picture import picture

WORKERS = min(2, os.cpu_count() or 1)
SHARE = 10  # decks that a worker takes at once


@dataclass
class Row:
    """Row of the report about one deck.

    Parameters
    ----------
    deck : Deck
    verdict : str
        ``agrees``, ``differs``, ``failed``, ``not compared``.
    worst : Deviation or None
    compared : int
        Number of variables and measures compared.
    wrong : list of (Fault, Deviation)
        Variables that ngspice has wrong.
    met : (int, int)
        Number of expected values met, and of all.
    points, rejected, iterations : tuple of (int or None)
        Ours and ngspice's.
    seconds : (float, float)
    route : str
    message : str
        Why the deck failed, or why it is not compared.
    """

    deck: Deck
    verdict: str
    worst: Deviation | None = None
    compared: int = 0
    wrong: list = field(default_factory=list)
    met: tuple[int, int] = (0, 0)
    points: tuple[int | None, ...] = (None, None)
    rejected: tuple[int | None, ...] = (None, None)
    iterations: tuple[int | None, ...] = (None, None)
    seconds: tuple[float, float] = (0.0, 0.0)
    route: str = ""
    message: str = ""

    @property
    def good(self) -> bool:
        """Whether the deck agrees, or meets its expected values if it cannot be compared."""
        return self.verdict in ("agrees", "not compared") and self.met[0] == self.met[1]


def main(arguments: list[str]) -> int:
    """Run everything; return 1 if a deck exceeds its budget."""
    folder = Path(arguments[0] if arguments else "build/validation")
    folder.mkdir(parents=True, exist_ok=True)
    console, start = Console(), time.perf_counter()
    rows = _all_rows(all_decks(), folder, console)
    spent = time.perf_counter() - start
    lines = _markdown(rows, spent)
    (folder / "report.md").write_text("\n".join(lines) + "\n")
    (folder / "report.html").write_text(as_html(lines))
    for row in (r for r in rows if not r.good):
        console.print(f"[red]{row.verdict}[/] {row.deck.name}: {row.message or row.worst}", highlight=False)
    bad = sum(not r.good for r in rows)
    console.print(f"{folder / 'report.html'}: {_summary(rows)} {spent:.0f} s.", highlight=False)
    return int(bad > 0)


def _all_rows(decks: list[Deck], folder: Path, console: Console) -> list[Row]:
    """Rows in the decks' order."""
    context = multiprocessing.get_context("spawn")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    found: dict[str, Row] = {}
    with (
        Progress(*columns, console=console) as progress,
        ProcessPoolExecutor(WORKERS, mp_context=context) as pool,
    ):
        task = progress.add_task("decks", total=len(decks))
        shares = [decks[k : k + SHARE] for k in range(0, len(decks), SHARE)]
        for future in as_completed([pool.submit(rows_of, share, folder) for share in shares]):
            rows = future.result()
            found |= {row.deck.name: row for row in rows}
            progress.update(task, advance=len(rows), description=f"{rows[-1].deck.name:40.40}")
    return [found[deck.name] for deck in decks]


def rows_of(decks: list[Deck], folder: Path) -> list[Row]:
    """Run some decks one after another, with one ngspice."""
    with Runner() as runner:
        return [row_of(deck, folder, runner) for deck in decks]


def row_of(deck: Deck, folder: Path, runner: Runner) -> Row:
    """Run a deck in both simulators, draw it, and return its row."""
    try:
        case = run_case(deck, runner)
        if not deck.skip:
            picture(case, folder / _file_of(deck))
        return _row(case)
    except Exception as error:  # a deck that fails is a row of the report, not its end
        return Row(deck, "failed", message=f"{type(error).__name__}: {error}".splitlines()[0])


def _file_of(deck: Deck) -> str:
    return f"{deck.name.replace('/', '-')}.png"


def _row(case: Case) -> Row:
    deck, counts = case.deck, case.theirs.counts
    # with frozen random numbers, the deck as it stands is a separate run
    expected = circuitnn.load(deck.path).run() if deck.frozen and deck.expectations else case.ours
    met = [abs(value_of(e, expected) - e.value) <= e.allowed for e in deck.expectations]
    statistics = [r.statistics for r in case.ours]
    row = Row(deck, "not compared", met=(sum(met), len(met)), message=deck.skip)
    row.points = (sum(len(r.data) for r in case.ours), None)
    row.rejected = (sum(s.rejected for s in statistics), counts.get("rejected"))
    row.iterations = (sum(s.iterations for s in statistics), counts.get("iterations"))
    row.seconds = (case.seconds, case.theirs.seconds)
    if not deck.skip:
        row.verdict = "agrees" if case.passed and case.deviations else "differs"
        row.worst, row.compared, row.wrong = case.worst, len(case.deviations), case.wrong
        row.points = (row.points[0], sum(len(p.data) for p in case.theirs.plots))
        row.route = case.theirs.route + (f" ({case.theirs.reason})" if case.theirs.reason else "")
    return row


# -- the page ---------------------------------------------------------------------------------------


def _summary(rows: list[Row]) -> str:
    compared = [r for r in rows if r.verdict in ("agrees", "differs")]
    faults = sum(bool(r.wrong) for r in rows)
    bad = sum(not r.good for r in rows)
    return (
        f"{len(rows)} decks: {len(compared)} compared in {sum(r.compared for r in compared)} variables and measures, "
        f"{faults} of them where ngspice is partly wrong; {sum(r.verdict == 'not compared' for r in rows)} cannot "
        f"be compared; {bad} outside their budgets."
    )


def _markdown(rows: list[Row], spent: float) -> list[str]:
    made = versions()
    now = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    routes = [r.route for r in rows if r.route]
    lines = [
        "# Validation against ngspice",
        "",
        f"{_summary(rows)} circuitnn {circuitnn.__version__}, ngspice {made['ngspice']}, PySpice "
        f"{made['PySpice']}; {now}, {spent:.0f} s.",
        "",
        "Tolerances are the decks' own, the same for both simulators. Budget, in the form reltol·|v| + abstol: "
        "operating points, sweeps and phasors 1e-6·|v| + 1 nV or 1 pA; transients 1e-3 of the signal's span, apart "
        "from shifts in time that a deck allows; noise 2e-4, sensitivities 5e-5 (ngspice takes differences), poles "
        "1e-5, harmonics 1e-3 of the largest. Oscillators: frequency 0.1 %; moments of edges, duty and lengths of "
        "edges 0.3 % of the period; energy a cycle 0.5 %; bounds 1 %. Sensitivities to parameters that switch an "
        f"effect on ({', '.join(w[1:] for w in SWITCHES)}) are left out: ngspice "
        "takes the difference of with and without.",
        "",
        f"{sum(r.startswith('PySpice') for r in routes)} decks ran in ngspice through PySpice's shared library, "
        f"{sum(r.startswith('batch') for r in routes)} in batch mode because PySpice refused; where the route says "
        "twins, ngspice ran the compact models as behavioural subcircuits that circuitnn wrote.",
        "",
        "| deck | against ngspice | compared | worst variable | error / budget | expected values "
        "| points | rejected | iterations | seconds | route |",
        "|" + "---|" * 11,
        *(_line(r) for r in rows),
        "",
    ]
    lines += _failures(rows) + _wrong(rows)
    lines += ["## Waveforms", ""]
    for row in rows:
        if row.verdict in ("agrees", "differs"):
            lines += [f"### {row.deck.name}", "", row.deck.title, ""]
            lines += [f"![{row.deck.name}]({_file_of(row.deck)})", ""]
    return lines


def _failures(rows: list[Row]) -> list[str]:
    found = [f"* **{r.deck.name} failed**: {r.message}" for r in rows if r.verdict == "failed"]
    return ["## Failed", "", *found, ""] if found else []


def _wrong(rows: list[Row]) -> list[str]:
    """Table of what ngspice has wrong, with both numbers."""
    cells = [
        (
            r.deck.name,
            fault.what,
            f"{d.analysis} {d.variable}",
            _number(d.ours),
            _number(d.theirs),
            fault.proof,
        )
        for r in rows
        for fault, d in r.wrong
    ]
    if not cells:
        return []
    head = ("deck", "what", "variable", "circuitnn", "ngspice", "proof")
    return ["## Where ngspice is wrong", "", _cells(head), "|" + "---|" * len(head), *map(_cells, cells), ""]


def _number(value: complex) -> str:
    value = complex(value)
    return f"{value.real:.6g}" if not value.imag else f"{value.real:.6g}{value.imag:+.6g}j"


def _cells(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(c.replace("|", "/") for c in cells) + " |"


def _both(pair: tuple[int | None, ...]) -> str:
    return " / ".join("–" if n is None else str(n) for n in pair)


def _line(row: Row) -> str:
    worst = row.worst
    compared = row.verdict in ("agrees", "differs")
    name = f"[{row.deck.name}](#{anchor(row.deck.name)})" if compared else row.deck.name
    verdict = row.verdict if row.verdict in ("agrees", "not compared") else f"**{row.verdict}**"
    if row.deck.because:
        verdict += f", within {row.deck.within:g}: {row.deck.because}"
    if row.message:
        proof = f" ({', '.join(row.deck.proofs)})" if row.deck.proofs else ""
        verdict = f"{verdict}: {row.message}{proof}"
    met = f"{row.met[0]} of {row.met[1]}" if row.met[1] else ""
    return _cells(
        (
            name,
            verdict + (", ngspice wrong in part" if row.wrong else ""),
            str(row.compared) if compared else "",
            f"{worst.analysis} {worst.variable}" if worst else "",
            f"{worst.share:.2g}" if worst else "",
            met if row.met[0] == row.met[1] else f"**{met}**",
            _both(row.points),
            _both(row.rejected),
            _both(row.iterations),
            f"{row.seconds[0]:.3f} / {row.seconds[1]:.3f}",
            row.route,
        )
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
