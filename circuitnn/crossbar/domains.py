"""Cells of an operating point that depend on an operation without a value: ``sqrt(-1)``, a divisor of 0."""

from __future__ import annotations

import numpy as np

from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.line_elimination import columns_of, gate_voltages
from circuitnn.crossbar.solution import Solution
from circuitnn.equations.evaluate import evaluate
from circuitnn.options import Options

MOST_CELLS = 1024  # examined; in larger arrays as many, evenly spread
MOST_TOLD, MOST_NAMED = 3, 6


def notes(array: Array, ends: Ends, solution: Solution, options: Options) -> list[str]:
    """Notes about the cells, like those of `circuitnn.operating_point.undefined_operations` about netlists.

    Cells with inner nodes are not examined: the array solver does not keep these.
    """
    model = array.made.model
    if model is None or model.letter != "n" or model.internal:
        return []
    guard = model.kernel().guard
    if not guard:
        return []
    shape, count = (array.rows, array.cols), array.rows * array.cols
    step = 1 if count <= MOST_CELLS else count / MOST_CELLS
    cells = (np.arange(min(count, MOST_CELLS)) * step).astype(np.intp)
    crossings = np.unravel_index(cells, shape)
    gate = gate_voltages(array, ends)
    plus, minus, *third = model.terminals
    known = dict(columns_of(array.made, array.temp, options))
    known |= {s.name: np.asarray(evaluate([s.start()], known)[0]) for s in model.states}
    known[plus] = solution.word_reference[crossings[0]] + solution.word_deviation[crossings]
    known[minus] = solution.bit_reference[crossings[1]] + solution.bit_deviation[crossings]
    known |= {name: np.asarray(0.0 if gate is None else gate) for name in third}
    known |= {"time": np.asarray(0.0), "gmin": np.asarray(options.gmin)}

    def of_cells(name: str) -> np.ndarray:
        column = known[name]
        return column if name in (plus, minus) else np.broadcast_to(column, shape)[crossings]

    x = np.array([of_cells(name) for name in model.inputs()])
    outside = np.flatnonzero(guard.outside(x, {n: of_cells(n) for n in guard.columns}, options.gmin))
    values = {name: of_cells(name) for name in known} if len(outside) else {}
    warned = []
    for operation in (
        guard.operations_without_value({name: v[outside] for name, v in values.items()})[:MOST_TOLD]
        if len(outside)
        else ()
    ):
        first = outside[operation.points[0]]
        row, column = divmod(int(cells[first]), array.cols)
        more = f" and {len(operation.points) - 1} more" if len(operation.points) > 1 else ""
        operands = ", ".join(f"{name} = {values[name][first]:.6g}" for name in operation.names[:MOST_NAMED])
        operands = f", with {operands}" if operands else ""
        warned.append(f"cell at row {row}, column {column}{more} ({model.name}): {operation.text}{operands}")
    return warned
