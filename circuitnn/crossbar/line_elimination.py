"""The array solver: arrays on dense grids whose lines end in voltages, with one current per cell.

See `circuitnn._cext.array`. It declines other arrays, see `circuitnn.crossbar.engine_choice`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter

import numpy as np

from circuitnn._cext.array import ArraySolver
from circuitnn._cext.array_batch import batch as lanes
from circuitnn._cext.cells import Cells
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.cells import SolverCell
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.nodes import joining, joins, links, segments, whole
from circuitnn.crossbar.solution import Solution
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import Kernel, handle
from circuitnn.models import Model
from circuitnn.options import Options, processors
from circuitnn.results.statistics import Statistics

PLUS, MINUS, INNER, VALUE, GATE = range(5)
SOLVER = "array"
TOLERANCE = 1e-10

STATUS = {
    1: "the iteration did not converge",
    2: "a number is not finite",
    -1: "a matrix is not positive definite (negative differential resistance, or a part that floats)",
}


# Below this number, solving inputs one by one is faster than as a block.
FEW = 4
# Inputs times cells that are worth a thread, a millisecond or two; and the most cells of all threads together, each of
# which stores 0.3 kB for a cell.
SHARE, STORED = 1 << 17, 1 << 21
# … and also if an end conducts this much better than all cells of its line.
MATCHED = 1e5


class Declined(Exception):
    """An engine does not solve an array; the message says why."""


def solve(array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE) -> Solution:
    """Operating point of an array.

    Parameters
    ----------
    tolerance : float
        KCL error of a line relative to the sum of its cells' currents.

    Raises
    ------
    Declined
        With the reason, if the lines need another method, or it did not converge.
    """
    started = perf_counter()
    cells = None if array.linear else make_cells(array, options)
    solver = make_solver(array, ends)
    if cells is None:
        solver.conductance[...] = array.conductance
    solver.rtol = tolerance
    gate = gate_voltages(array, ends)
    solver.hold(ends.applied, *ends.references, gate)
    setup = perf_counter()
    status = solver.solve(cells)
    done = perf_counter()
    if status != 0:
        raise Declined(STATUS.get(status, f"status {status}"))
    if cells is None:
        current = solver.cell_voltage
        with np.errstate(over="ignore"):
            current *= solver.conductance
        if not np.isfinite(current).all():
            raise Declined("currents of its cells are too large for a number")
    else:
        current = solver.cell_current
    solution = read(array, ends, solver, current, solver.conductance)
    solution.statistics = Statistics(
        unknowns=2 * array.rows * array.cols,
        points=1,
        iterations=solver.newton_iterations,
        factorisations=solver.factorisations,
        linear_solver=SOLVER,
        seconds={"setup": setup - started, "solve": done - setup, "total": perf_counter() - started},
        notes=[
            f"{SOLVER}: {solver.iterations} {'conjugate-gradient' if gate is None else 'BiCGSTAB'} iterations"
        ],
    )
    return solution


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends; parameters as for `nodal.LinearArray`.

    Raises
    ------
    Declined
        If the lines need another method.
    """

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self.array, self.g, self.h, self.transposed = array, g, h, transposed
        self.solver = make_solver(array, ends)
        self.solver.conductance[...] = g
        if h is not None:
            self.solver.unsymmetric(h, transposed)

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; the same ends are held as before.

        Raises
        ------
        Declined
            If the iteration does not converge.
        """
        solver = self.solver
        solver.hold(ends.applied, *ends.references)
        status = solver.solve()
        if status != 0:
            raise Declined(STATUS.get(status, f"status {status}"))
        current = self.g * solver.cell_voltage
        if self.h is not None and not self.transposed:
            current += (self.g - self.h) * (solver.references[1] + solver.bit_deviation)
        return read(self.array, ends, solver, current, self.g)

    def batch(
        self, ends: Ends, voltages: list[np.ndarray], cell_voltage: np.ndarray | None = None
    ) -> list[np.ndarray]:
        """Currents out of all ends for many sets of end voltages, several at a time; see `solving.LinearArray.batch`.

        Raises
        ------
        Declined
            If there are too few to pay, they are not accurate enough together, or the iteration does not converge.
        """
        few = len(voltages[0]) < FEW
        if self.h is not None or few or self.solver.merges or not _matched(self.array, ends, self.g):
            raise Declined("one vector after the other is quicker, or more accurate")
        if _pulled_apart(self.array, ends, voltages):
            raise Declined("a line is held at both ends")
        numbers = [np.nan_to_num(v) for v in voltages]
        status, out = lanes(self.solver, numbers, cell_voltage, _threads(*self.array.shape, len(voltages[0])))
        if status != 0:
            raise Declined(STATUS.get(status, f"status {status}"))
        return out


def _threads(rows: int, columns: int, inputs: int) -> int:
    """Threads for so many inputs: as many as there are processors, where each has enough to do and to store."""
    cells = rows * columns
    return max(1, min(processors(), inputs * cells // SHARE, STORED // cells))


def _matched(array: Array, ends: Ends, g: np.ndarray) -> bool:
    """Whether rounding, given the conductances of ends and segments of a line, preserves the cells' currents."""
    for word, sums in ((True, g.sum(axis=1)), (False, g.sum(axis=0))):
        if np.any(links(segments(array, word)) > MATCHED * sums[:, None]):
            return False
    for side, sums in zip(SIDES, [g.sum(axis=1)] * 2 + [g.sum(axis=0)] * 2, strict=True):
        conductance = ends.conductance(side)
        if np.any(np.isfinite(conductance) & (conductance > MATCHED * sums)):
            return False
    return True


def _pulled_apart(array: Array, ends: Ends, voltages: list[np.ndarray]) -> bool:
    """Whether a line is held directly at both ends, at different voltages, or without any resistance between them.

    A block has one voltage, and one current, for the line.
    """
    for word, first, last in ((True, 0, 1), (False, 2, 3)):
        direct = np.isinf(ends.conductance(SIDES[first])) & np.isinf(ends.conductance(SIDES[last]))
        if np.any(direct & whole(array, word)):
            return True
        if np.any(voltages[first][:, direct] != voltages[last][:, direct]):
            return True
    return False


def read(
    array: Array, ends: Ends, solver: ArraySolver, current: np.ndarray, conductance: np.ndarray
) -> Solution:
    """Read the solution from a solver, given the cells' currents and slopes."""
    deviations = solver.word_deviation, solver.bit_deviation
    solution = Solution(*solver.references, *deviations, current, conductance)
    solution.out = end_currents(array, ends, solution)
    solution.rounded = solver.rounded
    return solution


def gate_voltages(array: Array, ends: Ends) -> np.ndarray | None:
    """Voltages of the gate lines, to be broadcast over the cells, or None. [V]"""
    if ends.gate is None:
        return None
    return ends.gate[:, None] if array.made.gate == "rows" else ends.gate[None, :]


def make_solver(array: Array, ends: Ends) -> ArraySolver:
    """Make the array solver for lines and ends."""
    g = [ends.conductance(side) for side in SIDES]
    held, joined = [], []
    for word, first, last in ((True, g[0], g[1]), (False, g[2], g[3])):
        zero = joining(array, word)
        held.append(zero & whole(array, word) & (np.isinf(first) | np.isinf(last)))
        joined.append(joins(array, ends, word, held[-1]) if np.any(zero & ~held[-1]) else None)
    wires = links(array.wordline_resistance), links(array.bitline_resistance)
    return ArraySolver(array.rows, array.cols, *wires, g, (held[0], held[1]), (joined[0], joined[1]))


def make_cells(array: Array, options: Options, held: Mapping[str, np.ndarray] | None = None) -> Cells:
    """The cells for the compiled solver.

    Parameters
    ----------
    held : mapping of str to ndarray, shape (cells,), optional
        Values of states, read at every evaluation, in place of the cells' initial ones. States that follow instantly
        may be among them if the current does not depend on them.

    Raises
    ------
    Declined
        For cells with more than two terminals and a gate, or more than one inner node.
    """
    cell, count = array.made, array.rows * array.cols
    model = cell.model
    assert model is not None
    kernel = model.kernel()
    states = {s.name: s for s in model.states}
    inner = list(model.internal)
    if kernel.events or model.memories or model.randoms or model.collapse:
        raise Declined(f"{model.name} has events or nodes that may be one")
    if model.nodesets:
        raise Declined(f"{model.name} gives initial values of nodes")
    following = [kernel.inputs.index(s.name) for s in model.states if not s.hold]
    if held is not None:  # unknowns that affect neither the current nor an inner node are not solved for
        rows = [kernel.inputs.index(name) for name in (*model.terminals, *inner)]
        following = [k for k in following if any((row, k) in kernel.G_places for row in rows)]
    if following or len(inner) > 1:
        raise Declined(f"{model.name} has more than one inner unknown")
    if kernel.time_dependent:
        raise Declined(f"{model.name} depends on time")
    columns = columns_of(cell, array.temp, options)
    plus, minus, *gate = model.terminals
    role_of = {plus: PLUS, minus: MINUS, **dict.fromkeys(gate, GATE), **dict.fromkeys(inner, INNER)}
    roles: list[int] = []
    values: list[np.ndarray | float] = []
    for name in kernel.inputs:
        roles.append(role_of.get(name, VALUE))
        if held is not None and name in held:
            values.append(held[name])
        else:
            values.append(evaluate([states[name].start()], columns)[0] if name in states else 0.0)
    outputs = _outputs(kernel, plus, inner, gate)
    parameters = kernel_columns(kernel, columns)
    native = handle(kernel)
    _check_terminals(model, native, roles, [_first(v) for v in values], [_first(c) for c in parameters])
    parallel = cell.conductance
    return Cells(native, count, roles, values, parameters, outputs, options.gmin, parallel)


def columns_of(cell: SolverCell, temperature: float, options: Options) -> dict[str, np.ndarray]:
    """The parameters of all cells, temperatures filled in."""
    columns = dict(cell.columns)
    temperatures = columns.get("temp", np.asarray(np.nan))
    columns["temp"] = np.where(np.isnan(temperatures), temperature, temperatures)
    nominal = columns.get("tnom", np.asarray(np.nan))
    columns["tnom"] = np.where(np.isnan(nominal), options.tnom, nominal)
    return columns


def kernel_columns(kernel: Kernel, columns: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The kernel's own columns from the parameters; values common to all cells stay scalar.

    Memories carried from point to point only affect charges, which do not matter here.
    """
    derived = dict(kernel.setup)
    derived |= {name: start for name, start in kernel.memories if name in kernel.carried_columns}
    names = [c for c in kernel.columns if c in derived]
    numbers = dict(zip(names, evaluate([derived[c] for c in names], columns), strict=True))
    return [np.asarray(numbers[c] if c in numbers else columns[c], dtype=float) for c in kernel.columns]


def _outputs(kernel: Kernel, plus: str, inner: Sequence[str], gate: Sequence[str]) -> list[int]:
    """Output rows of the current and its derivatives, in the order of `Cells`."""
    f_rows, entries = kernel.f_rows, kernel.G_places
    base = len(f_rows) + len(kernel.q_rows)

    def f(name: str) -> int:
        row = kernel.inputs.index(name)
        return f_rows.index(row) if row in f_rows else -1

    def g(name: str, by: str) -> int:
        entry = (kernel.inputs.index(name), kernel.inputs.index(by))
        return base + entries.index(entry) if entry in entries else -1

    rows = [f(plus), g(plus, plus), *[-1] * 6]
    for y in inner:
        rows[2:6] = [f(y), g(plus, y), g(y, plus), g(y, y)]
    if inner and min(rows[2:6]) < 0:
        raise Declined(f"the inner node of {kernel.name} is not between its terminals")
    for u in gate:
        if f(u) >= 0:
            raise Declined(f"the gate of {kernel.name} takes a current")
        rows[6] = g(plus, u)
        rows[7] = g(inner[0], u) if inner else -1
    return rows


def _first(values: np.ndarray | float) -> float:
    return float(np.asarray(values).flat[0])


def _check_terminals(
    model: type[Model], native: object, roles: list[int], values: list[float], columns: list[float]
) -> None:
    """Check that the current depends only on the voltage between the terminals, and leaves as it enters."""
    inner = roles.count(INNER)
    x = np.zeros((len(roles), 2))
    for k, role in enumerate(roles):
        x[k] = {PLUS: 0.3, MINUS: 0.1, INNER: 0.2, GATE: 0.8}.get(role, values[k])
        if role != VALUE:
            x[k, 1] += 1.0
    out = native.evaluate(x, np.repeat(np.array(columns)[:, None], 2, axis=1).reshape(len(columns), 2))  # type: ignore[attr-defined]
    kernel = model.kernel()
    nodes = {k for k, role in enumerate(roles) if role != VALUE}
    currents = out[[k for k, row in enumerate(kernel.f_rows) if row in nodes]]
    size = np.abs(currents).max(initial=0.0)
    if not np.all(np.abs(currents[:, 0] - currents[:, 1]) <= 1e-6 * size):
        raise Declined(f"the current of {model.name} depends on more than the voltage between its terminals")
    if np.abs(currents[:, 0].sum()) > 1e-9 * size or inner > 1:
        raise Declined(f"what enters {model.name} does not leave at the other terminal")
