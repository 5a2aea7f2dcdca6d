"""Continuation: operating points along the arc of a source's value, around folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.analyses.dc import PLOT
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, BudgetError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.machine.text import lowered
from circuitnn.registry.analyses import Analysis, Arguments, Task
from circuitnn.results.result import Result
from circuitnn.simulation.recorded import recorded
from circuitnn.simulation.simulation import Simulation, make_result
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard

MAX_ITERATIONS = 12
# An update this small, in tolerances, leaves a residual that is rounding: convergence is quadratic.
TIGHT = 1e-2
# Sizes of unknowns, in tolerances, below which a change does not count as one.
FLOOR = 1e5
# How much farther than predicted a component may go.
STRETCH = 1.3
SMALLEST, LARGEST = 1e-7, 1.0  # step, in units of the wanted one
MAX_POINTS = 1_000_000
MAX_ASKED = 10_000_000


def arc(
    circuit: Circuit, source: str, start: Value, stop: Value, points: int = 100, **options: object
) -> Result:
    """Operating points along the arc of a source's value, around folds: S- and N-shaped curves.

    Parameters
    ----------
    source : str
        Independent source whose value is followed from `start` until it reaches `stop`; on the way
        it goes back wherever the curve does.
    start, stop : float or str
        [V] or [A]
    points : int
        From one point to the next nothing changes by more than its largest value over `points`.
    **options
        Options, as ``reltol=1e-6``.

    Returns
    -------
    Result
        One row a point, the source's value in the first column; the statistics name the folds.

    Raises
    ------
    ConvergenceError
        With the points so far in `result`.
    AnalysisError
        If there is no such source or no way from `start` to `stop`.

    Notes
    -----
    Solves F(x, λ) = f(x) + λ·∂f/∂λ = 0 by predictor (tangent) and corrector (Newton's method with the
    component held that changes most). Models keep their memories on the way; states that operating
    points hold stay at their initial values.

    References
    ----------
    W. C. Rheinboldt, J. V. Burkardt, "A locally parameterized continuation process", ACM Trans. Math.
    Softw. 9, 215 (1983), doi:10.1145/357456.357460.
    """
    return circuit.analysed(
        "arc",
        options,
        source=lowered(source),
        start=number_of(start, "start"),
        stop=number_of(stop, "stop"),
        points=whole_of(points, "points"),
    )[0]


def read(card: DotCard) -> dict[str, object]:
    """``.arc v1 0 1``, ``.arc v1 0 1 200``."""
    if not 3 <= len(card.words) <= 4:
        raise card.error("'.arc' takes source, start, stop, and perhaps points")
    name = card.words[0]
    source = card.target(name)
    if not card.partial and not element(source[0]).source:
        raise card.error(f"'.arc' follows an independent source, not '{name}'", name)
    start, stop, points = (card.number(text) for text in [*card.words[1:], "100"][:3])
    if start == stop or not 2 <= points <= MAX_ASKED:
        raise card.error("'.arc': start and stop must differ, and points be 2 or more")
    return {"source": source, "start": start, "stop": stop, "points": int(points)}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no continuation."""
    return "* .arc {source} {start!r} {stop!r} {points}".format_map(arguments)


def run(task: Task, source: str, start: float, stop: float, points: int = 100) -> list[Result]:
    """Solve at `start`, and follow the curve."""
    if start == stop or points < 2:
        raise AnalysisError("arc: start and stop must differ, and points be at least 2")
    simulation = Simulation(task.circuit, task.options)
    simulation.system.set_source(source, start)
    simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    curve = _Arc(simulation, source, abs(stop - start))
    saved = recorded(simulation)
    rows, message = _follow(curve, start, stop, 1.0 / points)
    data = rows[:, [-1, *saved.tolist()]]
    axis = element(source[0]).sweep or (source, "notype")
    found = folds(data[:, 0])
    if found:
        named = ", ".join(f"{value:.6g}" for value in found)
        simulation.statistics.notes.append(f"arc: folds at {source} = {named}")
    result = make_result(simulation, PLOT, data, saved, axis, complete=not message, message=message)
    if message:
        failure = ConvergenceError(message)
        failure.result = result
        raise failure
    return [result]


class _Arc:
    """The curve F(x, λ) = 0 and the corrector on it; the last component of a point is λ.

    A point is held at one of its components, that which changes most along the curve, and all
    others, λ among them, are solved for: no fold is singular to that.
    """

    def __init__(self, simulation: Simulation, source: str, span: float) -> None:
        system = simulation.system
        self.simulation, self.source, self.n = simulation, source, system.n
        self.influence = system.copies(source) * system.source_influence(source)
        tolerance = np.append(system.tolerances()[0], 1e-9 * span)
        self.tolerance = tolerance
        self.scale = np.append(FLOOR * tolerance[:-1], span)

    def linearise(self, point: np.ndarray) -> np.ndarray | None:
        """Factor the Jacobian at a point; returns F, or None where there are no factors."""
        self.simulation.system.set_source(self.source, float(point[-1]))
        x = np.append(point[:-1], 0.0)
        status, residual = self.simulation.newton.linearise(x, self.simulation.conditions)
        return residual if status == 0 and np.all(np.isfinite(residual)) else None

    def slope(self) -> np.ndarray:
        """dx/dλ along the curve, from the factors at hand, with dλ/dλ = 1 at the end."""
        return np.append(-self.simulation.factors.correction(self.influence), 1.0)

    def tangent(self, before: np.ndarray) -> np.ndarray:
        """Direction of the curve that goes on from `before`; its largest component is 1 in units of scale."""
        slope = self.slope()
        slope *= np.sign(np.dot(slope / self.scale, before / self.scale)) or 1.0
        return slope / np.max(np.abs(slope) / self.scale)

    def correct(self, point: np.ndarray, held: int) -> int:
        """Newton's method with one component held; returns the iterations taken, 0 for failure."""
        for iteration in range(1, MAX_ITERATIONS + 1):
            residual = self.linearise(point)
            if residual is None:
                return 0
            step = np.append(-self.simulation.factors.correction(residual), 0.0)
            slope = self.slope()
            step -= slope * (step[held] / slope[held])
            if not np.all(np.isfinite(step)):
                return 0
            point += step
            size = self.simulation.options.reltol * np.abs(point) + self.tolerance
            if np.max(np.abs(step) / size) < TIGHT:
                return iteration
        return 0

    def widen(self, point: np.ndarray) -> None:
        """Let the scales be the largest values seen."""
        np.maximum(self.scale[:-1], np.abs(point[:-1]), out=self.scale[:-1])


def _follow(curve: _Arc, start: float, stop: float, wanted: float) -> tuple[np.ndarray, str]:
    """Points from `start` to `stop`, and what went wrong if anything did."""
    point = np.append(curve.simulation.x[:-1], start)
    rows, step = [point.copy()], 1.0
    direction = np.append(np.zeros(curve.n), stop - start)
    while len(rows) < MAX_POINTS:
        try:
            budget.ask_time("arc")
            budget.ask_points(len(rows), "arc")
        except BudgetError as error:  # with the points so far
            return np.array(rows), str(error)
        if curve.linearise(point) is None:
            return np.array(rows), f"arc: no tangent at {curve.source} = {point[-1]:g}"
        curve.widen(point)
        tangent = curve.tangent(direction)
        reach, held, last = step * wanted, int(np.argmax(np.abs(tangent) / curve.scale)), False
        if 0.0 < (stop - point[-1]) / tangent[-1] <= reach:
            reach, held, last = (stop - point[-1]) / tangent[-1], curve.n, True
        trial = point + reach * tangent
        iterations = curve.correct(trial, held)
        if not iterations or np.max(np.abs(trial - point) / curve.scale) > STRETCH * reach + 1e-9:
            step *= 0.25
            if step < SMALLEST:
                at = f"{curve.source} = {point[-1]:g}, after {len(rows)} points"
                return np.array(rows), f"arc: the curve is lost at {at}; try a smaller reltol or more points"
            continue
        direction, point = trial - point, trial
        rows.append(point.copy())
        step = min(LARGEST, step * (2.0 if iterations <= 4 else 1.0))
        if last:
            return np.array(rows), ""
        if (point[-1] - start) / (stop - start) < -1.0:
            return np.array(rows), f"arc: the curve leads away from {curve.source} = {stop:g}"
    return np.array(rows), f"arc: more than {MAX_POINTS} points"


def folds(values: np.ndarray) -> list[float]:
    """Values at which a sequence turns back, from parabolas through three points each.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the source along the arc.
    """
    change = np.diff(values)
    turns = np.flatnonzero(change[:-1] * change[1:] < 0.0) + 1
    found = []
    for k in turns.tolist():
        # equally spaced steps along the arc, nearly: the vertex of the parabola through them
        a, b = values[k - 1] - values[k], values[k + 1] - values[k]
        found.append(float(values[k] - (a - b) ** 2 / (8.0 * (a + b))))
    return found


ANALYSIS = Analysis(
    "arc",
    form="source start stop [points]",
    verb=arc,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
)
