"""Operating points that rounding makes doubtful.

Pivots of very different sizes have two causes: values of very different sizes, or a singular matrix whose singularity
is hidden by rounding. The condition number of the scaled matrix tells which. A doubtful point is solved in rational
arithmetic if the circuit is linear; otherwise the topology decides, or a note is left.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.errors import SingularMatrixError, TopologyError
from circuitnn.operating_point import rounding_error
from circuitnn.operating_point.failures import undetermined
from circuitnn.results.notes import Doubtful, once
from circuitnn.solvers.condition import reciprocal_condition
from circuitnn.solvers.linear import direct_solver
from circuitnn.solvers.rational import LARGEST, Elimination, TooLarge
from circuitnn.system import topology

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation

# Reciprocal condition number, after scaling, above which a matrix counts as regular.
WELL_CONDITIONED = 1e-13
# The same for a linear circuit, whose exact solution is cheap.
CERTAIN = 1e-8
# Solutions that agree to this, relative to the largest unknown of each kind, need no note.
AGREE = 1e-6
# Part of the largest unknown below which a response is none.
NOTHING = 1e-25


class Verdict(NamedTuple):
    """What a doubtful operating point turns out to be.

    Parameters
    ----------
    status : int
        Of the last solution.
    exact : bool
        Whether `x` is now exact to rounding.
    doubtful : bool
        Whether rounding spoils solutions of the circuit.
    """

    status: int
    exact: bool = False
    doubtful: bool = False


def resolve(simulation: Simulation, status: int, again: Callable[[], int]) -> Verdict:
    """Resolve a doubtful operating point.

    Parameters
    ----------
    simulation : Simulation
        With the last iterate of Newton's method in `x`.
    status : int
        Its status: OK or singular.
    again : callable
        Solves again after nodes were tied; returns the status.

    Returns
    -------
    Verdict
        A note in the statistics names what is still doubtful.

    Raises
    ------
    SingularMatrixError, TopologyError
    """
    while True:
        if status != 0:
            condition, worst = 0.0, -1
        elif not solvable(simulation) and simulation.solver.quotient >= rounding_error.SUSPICIOUS:
            condition, worst = 1.0, -1  # only a tolerance is in doubt
        else:
            condition, worst = condition_at(simulation)
        if condition >= enough(simulation) and not (status == 0 and _mendable(simulation)):
            rounding_error.note(simulation, again=False)
            return Verdict(0)
        equations = _exactly(simulation)
        if equations is not None and not equations.free:
            return Verdict(0, True, _take(simulation, equations.solution(), condition))
        if simulation.regularisation.make(doubtful=True) or simulation.regularisation.make():
            status = again()
            continue
        if equations is not None:
            raise undetermined(simulation, equations.undetermined())
        if status == 0 and condition < WELL_CONDITIONED:
            _judge(simulation, condition, worst)
            return Verdict(0, doubtful=True)
        if status == 0:
            rounding_error.note(simulation, again=False)
        return Verdict(status)


def unverified(simulation: Simulation) -> None:
    """Note how far the equations, linearised at the operating point, would move it on."""
    status, residual = simulation.newton.linearise(simulation.x, simulation.conditions)
    how = ""
    if status == 0:
        step = np.abs(simulation.factors.correction(residual))
        allowed = simulation.options.reltol * np.abs(simulation.x[:-1]) + simulation.system.tolerances()[0]
        worst = int(np.argmax(step / allowed))
        unit = "V" if simulation.system.unknowns.of_kind("voltage")[worst] else "A"
        how = f": {simulation.name(worst)} = {simulation.x[worst]:.6g} {unit} would move by {step[worst]:.2g} {unit}"
    text = (
        f"no method confirms the operating point{how}. Laws of devices that jump may leave the circuit none; "
        "try .nodeset or a smaller reltol"
    )
    once(simulation.statistics.notes, Doubtful(text, "unverified"))


def solvable(simulation: Simulation) -> bool:
    """Whether rational arithmetic can solve the circuit."""
    return simulation.system.assembly.linear and simulation.system.n <= LARGEST


def _mendable(simulation: Simulation) -> bool:
    """Whether rational arithmetic can restore what rounding has lost."""
    return solvable(simulation) and rounding_error.digits(simulation).exceeded(simulation.x)


def enough(simulation: Simulation) -> float:
    """Reciprocal condition number above which an operating point is not doubtful."""
    return CERTAIN if solvable(simulation) else WELL_CONDITIONED


def ill_conditioned(simulation: Simulation) -> bool:
    """Whether the last matrix is nearly singular."""
    return condition_at(simulation)[0] < enough(simulation)


def condition_at(simulation: Simulation) -> tuple[float, int]:
    """Estimate the reciprocal condition of the scaled Jacobian at `x`, and find the unknown that determines it."""
    pattern, assembly = simulation.system.pattern, simulation.system.assembly
    # x is the starting point of the next evaluation
    values = assembly.evaluate(simulation.x, conditions=simulation.conditions, anchor=True)[2]
    solver = simulation.solver
    if simulation.regularisation.islands:
        # A tie may have any conductance, since no current flows through it.
        nodes = np.array([island[0] - 1 for island in simulation.regularisation.islands])
        values[pattern.positions(nodes, nodes)] += 1.0 + np.max(np.abs(values))
        solver = direct_solver("auto", pattern.starts, pattern.indices)
        if solver.solve_once(values, np.ones(pattern.n)) != 0:
            return 0.0, -1
    return reciprocal_condition(solver, pattern.starts, pattern.indices, values)


def _exactly(simulation: Simulation) -> Elimination | None:
    """Solve the equations of a linear circuit exactly; None for nonlinear and large circuits."""
    system, conditions = simulation.system, simulation.conditions
    if not solvable(simulation):
        return None
    driven = system.assembly.evaluate(np.zeros(system.n + 1), conditions=conditions)[0]
    rows, columns, values = entries(simulation)
    if conditions.held is not None:
        held = conditions.held[0]
        kept = ~np.isin(rows, held)
        rows, columns, values = (
            np.concatenate([part[kept], diagonal])
            for part, diagonal in ((rows, held), (columns, held), (values, np.ones(len(held))))
        )
    try:
        return Elimination(system.n, rows, columns, values, -driven)
    except TooLarge:
        return None


def entries(simulation: Simulation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of the matrix of a linear circuit at 0 Hz; those at one place add up."""
    system, conditions = simulation.system, simulation.conditions
    shunt = np.zeros(system.n) if conditions.shunt is None else conditions.shunt[:-1]
    tied = np.flatnonzero(shunt)
    parts = [system.G.joined(), (tied, tied, shunt[tied])]
    parts += [(line.rows, line.columns, line.at(np.zeros(1))[0].real) for line in system.lines.dispersive]
    rows, columns, values = (np.concatenate(of_all) for of_all in zip(*parts, strict=True))
    inside = (rows >= 0) & (columns >= 0)
    return rows[inside], columns[inside], values[inside]


def response(
    simulation: Simulation, b: np.ndarray, solved: Callable[[np.ndarray], np.ndarray], transposed: bool
) -> np.ndarray:
    """Response of a circuit to `b`, the exact one where rounding would spoil it.

    Parameters
    ----------
    simulation : Simulation
    b : ndarray, shape (n,)
    solved : callable
        Solves for a right-hand side, in floating point.
    transposed : bool

    Raises
    ------
    SingularMatrixError
    """
    if not solvable(simulation) or simulation.held is not None or simulation.regularisation.islands:
        return solved(b)
    rows, columns, values = entries(simulation)
    if transposed:
        rows, columns = columns, rows
    x = None
    with suppress(SingularMatrixError):
        x = solved(b)
        if _keeps(x, rows, np.abs(values * x[columns]), solved):
            return x
    with suppress(TooLarge):
        equations = Elimination(len(b), rows, columns, values, b)
        if not equations.free:
            return equations.solution()
    return solved(b) if x is None else x


def _keeps(
    x: np.ndarray, rows: np.ndarray, sizes: np.ndarray, solved: Callable[[np.ndarray], np.ndarray]
) -> bool:
    """Whether rounding leaves a solution its digits; `sizes` are those of the equations' terms, in `rows`."""
    lost = np.bincount(rows, sizes, len(x)) * rounding_error.ROUNDING
    allowed = AGREE * np.abs(x) + NOTHING * np.max(np.abs(x), initial=0.0)
    ways = (np.ones(len(x)), (-1.0) ** np.arange(len(x)))
    return all(bool(np.all(np.abs(solved(lost * signs)) <= allowed)) for signs in ways)


def _take(simulation: Simulation, exact: np.ndarray, condition: float) -> bool:
    """Take the exact solution; returns whether rounding would have spoilt it, and notes that."""
    rounded = simulation.x[:-1]
    voltage = simulation.system.unknowns.of_kind("voltage")
    with np.errstate(all="ignore"):  # non-finite values do not agree
        sizes = [
            np.where(kind, np.max(np.abs(exact[kind]), initial=0.0), 0.0) for kind in (voltage, ~voltage)
        ]
        agree = np.abs(rounded - exact) <= AGREE * sum(sizes)
    if not np.all(agree):
        how = f"nearly singular (reciprocal condition {condition:.1g})"
        if not condition:
            how = "singular to rounding"
        elif condition >= CERTAIN:
            how = "of conductances too far apart for voltages against ground"
        text = (
            f"the equations are {how}: solved in rational arithmetic, so that the result is as exact as the "
            "values of the elements are"
        )
        once(simulation.statistics.notes, Doubtful(text, "solved"))
    simulation.x[:-1] = exact
    return not np.all(agree)


def _judge(simulation: Simulation, condition: float, worst: int) -> None:
    """Blame the topology, or leave a note."""
    loops = topology.voltage_loops(simulation.circuit)
    if loops:
        raise TopologyError("op: the matrix is singular to rounding: " + "; ".join(loops))
    where = f"; least certain is {simulation.name(worst)}" if worst >= 0 else ""
    text = (
        f"the equations are nearly singular at the operating point (reciprocal condition {condition:.1g}){where}. "
        "Look for weakly connected parts, or for loops of sources"
    )
    once(simulation.statistics.notes, Doubtful(text, "left"))
