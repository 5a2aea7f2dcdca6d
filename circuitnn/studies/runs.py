"""One run of a study: the circuit of a sample or corner, its measures and signals.

A run depends on the circuit and its own variation alone, so that it gives the same bits in any
process and order.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, BudgetError, CircuitnnError, DeckWarning
from circuitnn.machine import budget
from circuitnn.results.evaluation import evaluate
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.circuit.variants import Corner


@dataclass(frozen=True)
class Variation:
    """The difference between runs: the seed of the random numbers, or the corner."""

    seed: int | None = None
    corner: Corner = field(default_factory=dict)

    def of(self, circuit: Circuit) -> Circuit:
        """The circuit of this run."""
        if self.corner:
            circuit = circuit.at_corner(self.corner)
        return circuit if self.seed is None else circuit.with_options(seed=float(self.seed))


@dataclass
class Table:
    """Signals of one analysis in one run.

    Parameters
    ----------
    analysis, plotname : str
    axis : str
        Name; empty for an operating point.
    x : ndarray, shape (points,)
    names, units : tuple of str, length n
    data : ndarray, shape (points, n)
    """

    analysis: str
    plotname: str
    axis: str
    axis_unit: str
    x: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]
    data: np.ndarray


@dataclass
class Outcome:
    """Outcome of a run.

    Parameters
    ----------
    measures : dict of str to float
    missing : dict of str to str
        Measures that have no value, and why.
    tables : list of Table
        One per analysis.
    message : str
        Why the run failed; empty if it did not.
    """

    measures: dict[str, float] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    message: str = ""


@dataclass
class Plan:
    """The job of every run.

    Parameters
    ----------
    circuit : Circuit
        Its analyses are run.
    functions : mapping of str to callable
        Measures that are Python functions of the results.
    signals : tuple of str or None
        Variables or expressions that are kept; None: all variables.
    points : int
        Number of evenly spaced points at which transients are kept, since their own points differ from run to run.
    """

    circuit: Circuit
    functions: Mapping[str, Callable[..., float]] = field(default_factory=dict)
    signals: tuple[str, ...] | None = None
    points: int = 1001

    @property
    def given(self) -> list[Callable[..., float]]:
        """Objects supplied by the user."""
        return [*self.functions.values()]

    def run(self, variation: Variation) -> Outcome:
        """Make one run; a failure is part of the outcome.

        Raises
        ------
        KeyboardInterrupt
            Also where the analysis was interrupted and kept its points.
        BudgetError
            The time of the whole study is up.
        """
        outcome = Outcome()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeckWarning)  # given once, for the circuit itself
            try:
                results = variation.of(self.circuit).run()
            except CircuitnnError as error:
                if isinstance(error, BudgetError):  # of this run alone, if there is time left for others
                    budget.ask_time("the study")
                outcome.message, results = str(error), list(error.results)
        if not outcome.message and not all(result.complete for result in results):
            raise KeyboardInterrupt
        for result in results:
            outcome.measures |= result.measures
            outcome.missing |= {m.name: m.message for m in result.measured if m.value is None}
        if not outcome.message:
            self.complete(results, outcome)
        return outcome

    def complete(self, results: Sequence[Result], outcome: Outcome) -> None:
        """Add the values of functions and the kept signals to the outcome.

        Parameters
        ----------
        results : sequence of Result
        outcome : Outcome
        """
        self._call(results, outcome)
        try:
            outcome.tables = [self._table(result) for result in results if self.signals != ()]
        except CircuitnnError as error:
            outcome.message = str(error)

    def _call(self, results: Sequence[Result], outcome: Outcome) -> None:
        for name, function in self.functions.items():
            try:
                outcome.measures[name] = _number(function(*results))
            except (CircuitnnError, ArithmeticError, LookupError, ValueError) as error:
                outcome.missing[name] = str(error) or type(error).__name__

    def _table(self, result: Result) -> Table:
        first = 0 if result.axis is None else 1
        if self.signals is None:
            names, units, data = result.names[first:], result.units[first:], result.data[:, first:]
        else:
            names, data = self.signals, np.column_stack([evaluate(result, s) for s in self.signals])
            kinds = dict(zip(result.names, result.units, strict=True))
            units = tuple(kinds.get(s, "") for s in names)
        x = np.real(result.data[:, 0]) if first else np.zeros(1)
        if result.axis == "time":
            grid = np.linspace(x[0], x[-1], self.points)
            data, x = np.column_stack([np.interp(grid, x, column) for column in data.T]), grid
        return Table(
            result.analysis, result.plotname, result.axis or "", result.units[0], x, names, units, data
        )


def _number(value: Any) -> float:
    try:
        number = float(value)
    except TypeError:
        raise ValueError(f"its function gave a {type(value).__name__}, not a number") from None
    if not isfinite(number):
        raise ValueError("the value is not finite")
    return number


def same_axes(tables: Sequence[Table]) -> None:
    """Refuse to combine runs whose points differ.

    Raises
    ------
    AnalysisError
    """
    first = tables[0]
    for table in tables[1:]:
        if len(table.x) != len(first.x) or not np.allclose(table.x, first.x, rtol=1e-9, atol=0.0):
            raise AnalysisError(
                f"{first.analysis}: the runs have different points on the axis {first.axis}, and so no common one; "
                "keep measures only (signals=())"
            )
