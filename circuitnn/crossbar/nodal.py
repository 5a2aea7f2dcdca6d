"""Nodal analysis of an array on its merged nodes: any wiring, any ends.

Voltages are deviations from a reference for each line, and convergence is judged line by line in amperes,
as in `circuitnn._cext.array`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from circuitnn._cext.cells import Cells
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.line_elimination import TOLERANCE, Declined, gate_voltages, make_cells
from circuitnn.crossbar.network import Coupling, MergedNetwork
from circuitnn.crossbar.solution import Solution
from circuitnn.options import Options
from circuitnn.results.statistics import Statistics

MAX_ITERATIONS = 200
MAX_HALVINGS = 30
# A step that makes the residual this much larger is too long.
TOO_FAR = 4.0
# Consecutive steps without gain after which a linear array counts as solved as well as possible.
STALE = 4
# Steps after which the lines' references stay where they are.
REBASED = 3
# Smaller currents count as 0. [A]
LEAST = 1e-24


def newton(
    network: MergedNetwork,
    look: Callable[[], Coupling],
    gate: np.ndarray | float,
    linear: bool,
    tolerance: float,
) -> Coupling:
    """Iterate from the present voltages until Kirchhoff's law holds on every line.

    Parameters
    ----------
    look : callable
        Evaluates the cells at the network's present voltages.
    gate : ndarray or float
        Voltages of the cells' gates. [V]
    linear : bool
        The matrix is constant, and is kept for later calls.

    Raises
    ------
    Declined
        If it does not converge, or the matrix is singular.
    """
    try:
        return _iterate(network, look, gate, linear, tolerance)
    except Declined:
        if not network.sharpen():
            raise
    return _iterate(network, look, gate, linear, tolerance)


def _iterate(
    network: MergedNetwork,
    look: Callable[[], Coupling],
    gate: np.ndarray | float,
    linear: bool,
    tolerance: float,
) -> Coupling:
    before = best = np.inf
    step, halvings, stale = np.zeros(network.size), 0, 0
    for turn in range(MAX_ITERATIONS):
        cells = look()
        into = network.residual(cells)
        errors, sizes = network.along_lines(cells, into)
        allowed = tolerance * sizes + LEAST
        norm, error = float(errors.sum()), float(np.max(errors / allowed))
        stale = 0 if error <= 0.5 * best else stale + 1
        best = min(best, error)
        if error <= 1.0:
            return cells
        # without further gain, the residual may be rounding
        if stale > linear and np.all(errors <= allowed + network.noise(cells, gate)):
            if network.final():
                return cells
            break
        if linear and stale >= STALE:
            break
        if not norm <= (np.finfo(float).max if linear else TOO_FAR * before):
            if halvings == MAX_HALVINGS or before == np.inf:
                break
            halvings += 1
            step *= 0.5
            network.move(-step)
            continue
        before = norm
        step = network.step(cells, into, linear and network.factored)
        network.move(step)
        if turn < REBASED or np.ndim(gate):
            network.rebase()
    raise Declined("the iteration did not converge, or the matrix is singular to rounding")


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends.

    Parameters
    ----------
    g : ndarray, shape (rows, columns)
        Conductances of the cells. [S]
    h : ndarray, optional
        −∂I/∂(bit voltage) of cells with a gate; g is then ∂I/∂(word voltage). [S]
    transposed : bool
        Use the transposed matrix, see `circuitnn._cext.array.ArraySolver.unsymmetric`.
    """

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self.network = MergedNetwork(array, ends)
        self.g, self.h, self.transposed = g, g if h is None else h, transposed

    def _look(self) -> Coupling:
        g, h, v = self.g, self.h, self.network.cell_voltage()
        if self.transposed:
            return Coupling(g * v, h * v, g, g, h, h)
        out = g * v
        if h is not g:
            out += (g - h) * self.network.bit_voltage()
        return Coupling(out, out, g, h, g, h)

    def solution(self, ends: Ends, tolerance: float = TOLERANCE) -> Solution:
        """Response to the ends' voltages; the same ends are held as before.

        Raises
        ------
        Declined
            If the matrix is singular, or the tolerance is not reached.
        """
        self.network.hold(ends)
        with np.errstate(over="ignore", invalid="ignore"):
            cells = newton(self.network, self._look, 0.0, True, tolerance)
        return self.network.solution(ends, cells)


def solve(array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE) -> Solution:
    """Operating point of an array.

    Parameters
    ----------
    tolerance : float
        KCL error of a line relative to the sum of its cells' currents.

    Raises
    ------
    Declined
        With the reason, if it did not converge.
    """
    started = perf_counter()
    cells = None if array.linear else make_cells(array, options)
    if cells is None:
        way = LinearArray(array, ends, array.conductance)
        solution, network = way.solution(ends, tolerance), way.network
    else:
        network = MergedNetwork(array, ends)
        solution = _of_compact(network, ends, cells, tolerance)
    solution.statistics = Statistics(
        unknowns=len(network.free),
        points=1,
        iterations=network.iterations,
        factorisations=network.factorisations,
        linear_solver=network.solver_name,
        seconds={"total": perf_counter() - started},
    )
    return solution


def _of_compact(network: MergedNetwork, ends: Ends, cells: Cells, tolerance: float) -> Solution:
    """Solution of cells that are compact models."""
    array = network.array
    gate = gate_voltages(array, ends)
    every = None if gate is None else np.broadcast_to(gate, array.shape)

    def look() -> Coupling:
        over_bit = None if every is None else every - network.bit_voltage()
        outputs = cells.at(network.cell_voltage(), over_bit)
        current, word, bit = (values.reshape(array.shape) for values in outputs)
        return Coupling(current, current, word, bit, word, bit)

    network.hold(ends)
    with np.errstate(over="ignore", invalid="ignore"):  # the caller reports currents that overflow
        coupling = newton(network, look, 0.0 if every is None else every, False, tolerance)
        return network.solution(ends, coupling)
