"""Derivatives of the currents of an array's cells by parameters of their model, at fixed cell voltages."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from circuitnn.crossbar import line_elimination
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.linear import Linearised
from circuitnn.equations.derivative import differentiate_all
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import substitute
from circuitnn.errors import AnalysisError, nearest
from circuitnn.options import Options


def by_parameters(
    array: Array, names: Sequence[str], options: Options
) -> Callable[[Linearised], list[np.ndarray]]:
    """Make a function that gives ∂I/∂p of every cell at an operating point.

    A node inside a cell follows: dI/dp = ∂I/∂p - ∂I/∂y·(∂f/∂y)⁻¹·∂f/∂p, f(y) = 0 being its equation.

    Parameters
    ----------
    array : Array
        Its cells are compact models, with at most one inner node.
    names : sequence of str
        Parameters of the model, initial states among them.
    options : Options

    Returns
    -------
    callable
        Takes an operating point, returns a list of ndarray, shape (rows, columns). [A per unit]

    Raises
    ------
    AnalysisError
        If the model has no such parameter, or more than one inner unknown.
    """
    model = array.made.model
    if not names or model is None:
        return lambda _result: []
    for name in names:
        if name not in array.made.columns:
            raise AnalysisError(
                f"by = {name!r}: {model.name} has no such parameter{nearest(name, list(array.made.columns))}"
            )
    return _Slopes(array, names, options)


class _Slopes:
    """Function object made by `by_parameters`."""

    def __init__(self, array: Array, names: Sequence[str], options: Options) -> None:
        self.array, self.names = array, list(names)
        model = array.made.model
        assert model is not None
        try:
            self.cells = line_elimination.make_cells(array, options)
        except line_elimination.Declined as why:
            raise AnalysisError(f"no derivatives by parameters of these cells: {why}") from None
        kernel = model.kernel()
        self.inner = list(model.internal)
        held = {s.name: s.start() for s in model.states}
        setup = dict(kernel.setup)
        rows = [model.terminals[0], *self.inner]
        by_name = dict(zip(kernel.inputs, kernel.f, strict=True))
        f = substitute(substitute([by_name[row] for row in rows], setup), held)
        # for each symbol, derivatives of the current and of the inner node's equation
        self.derivatives = [d for name in (*self.names, *self.inner) for d in differentiate_all(f, name)]
        self.terminals = model.terminals
        columns = line_elimination.columns_of(array.made, array.temp, options)
        self.columns: dict[str, np.ndarray | float] = {
            name: np.broadcast_to(value, array.shape).ravel() for name, value in columns.items()
        }
        self.columns |= {"gmin": options.gmin, "time": 0.0}

    def __call__(self, result: Linearised) -> list[np.ndarray]:
        plus, minus, *gate = self.terminals
        count, voltage = self.array.rows * self.array.cols, result.cell_voltage.ravel()
        values = {**self.columns, plus: voltage, minus: 0.0}
        over_bit, gates = None, line_elimination.gate_voltages(self.array, result.ends)
        if gates is not None:
            over_bit = values[gate[0]] = np.ravel(gates - result.bit_voltage)
        self.cells.at(voltage, over_bit)
        inner = self.cells.inner_voltage
        if inner is not None:
            values[self.inner[0]] = inner
        slopes = [np.broadcast_to(d, count) for d in evaluate(self.derivatives, values)]
        if self.inner:
            through = slopes[-2] / slopes[-1]
            slopes = [a - through * b for a, b in zip(slopes[:-2:2], slopes[1:-2:2], strict=True)]
        return [part.reshape(self.array.shape) for part in slopes]
