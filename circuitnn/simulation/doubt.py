"""Operating points that rounding makes doubtful: decided exactly, by the circuit's topology, or said.

Pivots of very different sizes come with values of very different sizes, or with a matrix that is singular and only
rounding hides it from the elimination. The condition of the scaled matrix shows which.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import TopologyError
from circuitnn.simulation import rounding
from circuitnn.simulation.failures import undetermined
from circuitnn.solvers.condition import reciprocal_condition
from circuitnn.solvers.linear import direct_solver
from circuitnn.solvers.rational import LARGEST, Elimination, TooLarge
from circuitnn.system import topology

if TYPE_CHECKING:
    from circuitnn.simulation.simulation import Simulation

# Reciprocal condition, after scaling, from which on a matrix is taken for regular.
WELL_CONDITIONED = 1e-13
# … in a linear circuit, where the exact solution costs nothing to speak of.
CERTAIN = 1e-8
# Solutions that agree to this, relative to the largest unknown of their kind, need no note.
AGREE = 1e-6


def resolve(simulation: Simulation, status: int, again: Callable[[], int]) -> int:
    """Make sure that a doubtful operating point is one.

    Parameters
    ----------
    simulation : Simulation
        With what Newton's method left in `x`.
    status : int
        Its status: good, or a singular matrix.
    again : callable
        Solves again, for ties that were made here; returns the status.

    Returns
    -------
    int
        The last status. A note in the statistics says what is still doubtful.

    Raises
    ------
    SingularMatrixError, TopologyError
    """
    while True:
        condition, worst = condition_at(simulation) if status == 0 else (0.0, -1)
        if condition >= enough(simulation):
            rounding.note(simulation)
            return 0
        equations = _exactly(simulation)
        if equations is not None and not equations.free:
            _take(simulation, equations.solution(), condition)
            return 0
        if simulation.ties.make(doubtful=True) or simulation.ties.make():
            status = again()
            continue
        if equations is not None:
            raise undetermined(simulation, equations.undetermined())
        if status == 0 and condition < WELL_CONDITIONED:
            _judge(simulation, condition, worst)
        elif status == 0:
            rounding.note(simulation)
        return status


def solvable(simulation: Simulation) -> bool:
    """Whether rational arithmetic can solve the circuit."""
    return simulation.system.assembly.linear and simulation.system.n <= LARGEST


def enough(simulation: Simulation) -> float:
    """Reciprocal condition from which on an operating point is not doubtful."""
    return CERTAIN if solvable(simulation) else WELL_CONDITIONED


def ill_conditioned(simulation: Simulation) -> bool:
    """Whether the last matrix is nearly singular."""
    return condition_at(simulation)[0] < enough(simulation)


def condition_at(simulation: Simulation) -> tuple[float, int]:
    """Estimate the reciprocal condition of the scaled Jacobian at `x`, and find the unknown that determines it."""
    pattern, assembly = simulation.system.pattern, simulation.system.assembly
    # x is where the next evaluation starts from
    values = assembly.evaluate(simulation.x, conditions=simulation.conditions, anchor=True)[2]
    solver = simulation.solver
    if simulation.ties.islands:
        # A tie may have any conductance, since no current flows through it.
        nodes = np.array([island[0] - 1 for island in simulation.ties.islands])
        values[pattern.positions(nodes, nodes)] += 1.0 + np.max(np.abs(values))
        solver = direct_solver("auto", pattern.starts, pattern.indices)
        if solver.solve_once(values, np.ones(pattern.n)) != 0:
            return 0.0, -1
    return reciprocal_condition(solver, pattern.starts, pattern.indices, values)


def _exactly(simulation: Simulation) -> Elimination | None:
    """A linear circuit's equations solved without rounding; None for others and large ones."""
    system, assembly = simulation.system, simulation.system.assembly
    if not solvable(simulation):
        return None
    lines = system.lines.dispersive
    conditions = simulation.conditions
    shunt = np.zeros(system.n) if conditions.shunt is None else conditions.shunt[:-1]
    tied = np.flatnonzero(shunt)
    parts = [system.G.joined(), (tied, tied, shunt[tied])]
    parts += [(line.rows, line.columns, line.at(np.zeros(1))[0].real) for line in lines]
    rows, columns, values = (np.concatenate(of_all) for of_all in zip(*parts, strict=True))
    driven = assembly.evaluate(np.zeros(system.n + 1), conditions=conditions)[0]
    if conditions.held is not None:
        held = conditions.held[0]
        kept = ~np.isin(rows, held)
        rows, columns, values = (
            np.concatenate([part[kept], more])
            for part, more in ((rows, held), (columns, held), (values, np.ones(len(held))))
        )
    try:
        return Elimination(system.n, rows, columns, values, -driven)
    except TooLarge:
        return None


def _take(simulation: Simulation, exact: np.ndarray, condition: float) -> None:
    """Let the exact solution stand, and say so if rounding would have spoilt it."""
    rounded = simulation.x[:-1]
    voltage = simulation.system.unknowns.of_kind("voltage")
    with np.errstate(all="ignore"):  # what is not finite does not agree
        sizes = [
            np.where(kind, np.max(np.abs(exact[kind]), initial=0.0), 0.0) for kind in (voltage, ~voltage)
        ]
        agree = np.abs(rounded - exact) <= AGREE * sum(sizes)
    if not np.all(agree):
        simulation.doubtful = True
        how = (
            f"nearly singular (reciprocal condition {condition:.1g})" if condition else "singular to rounding"
        )
        _note(
            simulation,
            f"the equations are {how}: solved in rational arithmetic, so that the result "
            "is as exact as the values of the elements are",
        )
    simulation.x[:-1] = exact
    simulation.exact = True


def _judge(simulation: Simulation, condition: float, worst: int) -> None:
    """Blame the topology, or leave a note."""
    loops = topology.voltage_loops(simulation.circuit)
    if loops:
        raise TopologyError("op: the matrix is singular to rounding: " + "; ".join(loops))
    simulation.doubtful = True
    where = f"; least certain is {simulation.name(worst)}" if worst >= 0 else ""
    _note(
        simulation,
        f"the equations are nearly singular at the operating point (reciprocal condition {condition:.1g}){where}. "
        "Look for weakly connected parts, or for loops of sources",
    )


def _note(simulation: Simulation, note: str) -> None:
    if note not in simulation.statistics.notes:
        simulation.statistics.notes.append(note)
