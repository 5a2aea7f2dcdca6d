"""One deck in both simulators: what it gives, what it should give, how far they are apart."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

import circuitnn
from circuitnn.circuit import FlatCircuit
from circuitnn.contract.cards import measures
from circuitnn.measure import measure
from circuitnn.models import known
from circuitnn.netlist.writer import signals, write
from circuitnn.results import Result
from validation.compare import Deviation, compare, compare_measures
from validation.decks import Deck
from validation.ngspice import NgspiceRun, Runner

# Parameters that switch an effect on: ngspice's difference of with and without is no sensitivity.
SWITCHES = (":isr", ":nr", ":ikf", ":ikr")


@dataclass
class Case:
    """Outcome of one deck.

    Parameters
    ----------
    deck : Deck
    ours : list of Result
    theirs : NgspiceRun
    deviations : list of Deviation
        Of every variable of every analysis, worst first.
    seconds : float
        Wall time of our run, parsing included.
    """

    deck: Deck
    ours: list[Result]
    theirs: NgspiceRun
    deviations: list[Deviation] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def worst(self) -> Deviation | None:
        """Deviation with the largest share of its budget."""
        return max(self.deviations, key=lambda d: d.share, default=None)

    @property
    def passed(self) -> bool:
        """Whether every variable is within the budget."""
        return all(d.share <= 1 for d in self.deviations)


def run_ours(deck: Deck) -> tuple[list[Result], float]:
    """All analyses of a deck in circuitnn, and the wall time."""
    start = time.perf_counter()
    results = circuitnn.load(deck.path).run()
    return results, time.perf_counter() - start


def run_theirs(deck: Deck, runner: Runner) -> NgspiceRun:
    """All analyses of a deck in ngspice: the deck itself, or with twins if compact models are in it.

    Raises
    ------
    ValueError
        Something in the deck has no equal in ngspice.
    """
    flat = circuitnn.load(deck.path).flat
    if not any(known()[d.model].letter == "n" for d in flat.devices):
        return runner.run(deck.path)
    return _run_twins(flat, runner)


def _run_twins(flat: FlatCircuit, runner: Runner) -> NgspiceRun:
    """The written deck in ngspice, with our names; measures are computed here.

    States are held in operating points and sweeps, and run free in transients: two decks.
    """
    if any(c.kind == "step" for c in flat.analyses):
        raise ValueError(".step has no equal in ngspice")
    done = NgspiceRun([])
    for part in (
        [c for c in flat.analyses if c.kind != "tran"],
        [c for c in flat.analyses if c.kind == "tran"],
    ):
        if not part:
            continue
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "twins.cir")
            path.write_text(write(replace(flat, analyses=tuple(part), saves=(), prints=())))
            run = runner.run(path)
        done.plots += [_renamed(plot, signals(flat)) for plot in run.plots]
        done.route, done.reason = f"{run.route}, twins", run.reason
        done.seconds += run.seconds
    for plot in done.plots:
        measure(flat.measures, plot)
        done.measures.update(plot.measures)
    return done


def _renamed(plot: Result, names: dict[str, str]) -> Result:
    """The signals that are ours as well, under our names."""
    chosen = [k for k, n in enumerate(plot.names) if n == plot.axis or n in names]
    return Result(
        title=plot.title,
        analysis=plot.analysis,
        plotname=plot.plotname,
        axis=plot.axis,
        names=tuple(names.get(plot.names[k], plot.names[k]) for k in chosen),
        types=tuple(plot.types[k] for k in chosen),
        data=plot.data[:, chosen],
    )


def run_case(deck: Deck, runner: Runner) -> Case:
    """Run a deck in both simulators and compare; only in ours if the deck says so."""
    ours, seconds = run_ours(deck)
    if deck.skip:
        return Case(deck, ours, NgspiceRun([], reason=deck.skip), seconds=seconds)
    theirs = run_theirs(deck, runner)
    saved = {n for r in ours for n in r.names} if circuitnn.load(deck.path).flat.saves else None
    case = Case(deck, ours, theirs, seconds=seconds)
    for plot in theirs.plots:
        mine = [r for r in ours if r.analysis == plot.analysis]
        if not mine:
            case.deviations.append(Deviation(plot.analysis, "no such result", np.inf, 1.0))
            continue
        if plot.analysis == "sens":  # ngspice lists every parameter it knows
            plot = _renamed(plot, {n: n for n in mine[0].names if not n.endswith(SWITCHES)})
        if saved is not None:
            plot = _renamed(plot, {n: n for n in saved})
        case.deviations += compare(mine[0], plot, deck.edge, bool(deck.oscillator))
    case.deviations += compare_measures(measures(ours), theirs.measures, deck.oscillator)
    case.deviations.sort(key=lambda d: -d.share)
    return case
