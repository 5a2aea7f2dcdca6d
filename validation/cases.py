"""One deck in both simulators: what it gives, what it should give, how far they are apart."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

import circuitnn
from circuitnn.measure import evaluate
from circuitnn.results import Result
from validation.compare import Deviation, compare, compare_measures
from validation.decks import Deck, Expectation
from validation.ngspice import NgspiceRun, Runner


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


def run_case(deck: Deck, runner: Runner) -> Case:
    """Run a deck in both simulators and compare."""
    ours, seconds = run_ours(deck)
    theirs = runner.run(deck.path)
    case = Case(deck, ours, theirs, seconds=seconds)
    for plot in theirs.plots:
        mine = [r for r in ours if r.analysis == plot.analysis]
        if not mine:
            case.deviations.append(Deviation(plot.analysis, "no such result", np.inf, 1.0))
            continue
        case.deviations += compare(mine[0], plot, deck.edge, bool(deck.oscillator))
    case.deviations += compare_measures(measures(ours), theirs.measures, deck.oscillator)
    case.deviations.sort(key=lambda d: -d.share)
    return case


def measures(results: list[Result]) -> dict[str, float]:
    """Measures of all results."""
    return {name: value for r in results for name, value in r.measures.items()}


def value_of(expectation: Expectation, results: list[Result]) -> float:
    """What the results give where a card expects a number.

    Raises
    ------
    KeyError
        No such measure or analysis.
    """
    if expectation.analysis == "meas":
        return measures(results)[expectation.expression]
    found = [r for r in results if r.analysis == expectation.analysis]
    if not found:
        raise KeyError(f"the deck has no {expectation.analysis} analysis")
    values = np.atleast_1d(evaluate(found[0], expectation.expression))
    if expectation.at is None:
        if len(values) != 1:
            raise KeyError(f"{expectation}: say at which point, there are {len(values)}")
        return float(values[0])
    axis = found[0].data[:, 0]
    if not axis.min() <= expectation.at <= axis.max():
        raise KeyError(f"{expectation}: outside the axis")
    order = np.argsort(axis, kind="stable")
    return float(np.interp(expectation.at, axis[order], values[order]))
