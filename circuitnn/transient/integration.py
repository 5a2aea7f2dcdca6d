"""Integration of a circuit's equations from any point."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.method import Method
from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine import budget
from circuitnn.machine.frozen_values import Sealed
from circuitnn.machine.text import lowered
from circuitnn.operating_point.simulation import Simulation
from circuitnn.solvers.controllers import Controller
from circuitnn.solvers.span import Initial, Span
from circuitnn.system.lines import longest_step
from circuitnn.transient.time_loop import prepare_lines, time_loop
from circuitnn.units import number_of

MORE = 3
BLOCK = 1024  # points of a trajectory between checks for Ctrl-C
FIRSTS = 1000.0  # first steps in a span
STEPS = 50  # minimum number of steps, unless the caller gives the largest step
Memory = list[tuple[np.ndarray, np.ndarray]]


class Trajectory(Sealed):
    """Accepted points of an integration; ``trajectory["v(out)"]`` is an unknown over time.

    Parameters
    ----------
    names : tuple of str
        Of the unknowns.
    rows : ndarray, shape (m, n + 1)
        Time and unknowns.
    memory : list
        Memories of the devices at the end; see `Equations.memory`.
    rejected : int
        Attempted steps that were not accepted.

    Attributes
    ----------
    t : ndarray, shape (m,)
        [s]
    x : ndarray, shape (m, n)
    """

    _change = "a trajectory is what an integration gave"

    def __init__(self, names: tuple[str, ...], rows: np.ndarray, memory: Memory, rejected: int) -> None:
        self.names, self.memory, self.rejected = names, memory, rejected
        self.t, self.x = rows[:, 0], rows[:, 1:]
        self._seal()

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, name: str) -> np.ndarray:
        key = lowered(name)
        if key not in self.names:
            raise KeyError(f"there is no unknown {name}{nearest(key, list(self.names))}")
        return self.x[:, self.names.index(key)]


def span_of(simulation: Simulation, t0: float, t1: float, largest: float | None, first: float | None) -> Span:
    """Times and steps of an integration, with their defaults.

    Raises
    ------
    AnalysisError
        If they are no finite numbers, or inconsistent.
    """
    t1 = number_of(t1, "t1")
    largest = None if largest is None else number_of(largest, "largest")
    first = None if first is None else number_of(first, "first")
    if not t1 > t0:
        raise AnalysisError(f"integrate: t1 = {t1:g} s must be later than t0 = {t0:g} s")
    if t0 != 0.0 and simulation.system.lines.dispersive:
        raise AnalysisError(f"integrate: t0 = {t0:g} s: a circuit with lines or delays must begin at 0")
    for name, step in (("largest", largest), ("first", first)):
        if step is not None and not step > 0.0:
            raise AnalysisError(f"integrate: {name} = {step:g} s: must be positive")
    largest = min(largest or (t1 - t0) / STEPS, t1 - t0, longest_step(simulation.circuit, simulation.options))
    return Span(t0, t1, largest, min(first or (t1 - t0) / FIRSTS, largest))


def integrated(
    simulation: Simulation,
    conditions: Conditions,
    x: np.ndarray,
    span: Span,
    method: Method,
    controller: Controller,
) -> Trajectory:
    """Integrate over a span.

    Parameters
    ----------
    simulation : Simulation
    conditions : Conditions
    x : ndarray, shape (n + 1,)
        Initial point; ground is last.
    span : Span
        Begins at `keep`.
    method : Method
    controller : Controller

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the points so far in `result`.
    """
    system, n = simulation.system, simulation.system.n
    prepare_lines(simulation, span, x)
    q = np.append(system.assembly.evaluate(x, span.keep)[1], 0.0)
    initial = Initial(span.keep, x, q, False)
    saved = np.arange(n, dtype=np.int32)
    transient = time_loop(simulation, conditions, initial, span, method, controller, saved)
    blocks: list[np.ndarray] = []
    status = MORE
    while status == MORE:
        where = f"integrate at t = {transient.t:g} s"
        budget.ask_time(where)
        budget.ask_memory(8 * BLOCK * (n + 1), where)
        block = np.empty((BLOCK, n + 1))
        count, status = transient.run(block)
        blocks.append(block[:count])
        simulation.newton.answer()
    memory = [group.memory for group in system.groups]
    trajectory = Trajectory(tuple(system.unknowns.names), np.concatenate(blocks), memory, transient.rejected)
    if status != 0:
        where = f" at t = {transient.t:.6g} s, h = {transient.failed_h:.3g} s"
        failure = simulation.failure(status, "tran", where, transient.unknowns())
        failure.result = trajectory
        raise failure
    return trajectory
