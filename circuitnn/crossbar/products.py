"""Products of an array with many inputs, and the backward pass: derivatives of any function of the outputs.

With λ the solution of the transposed system whose output ends are held at the weights w_j = ∂L/∂I_j,

    ∂L/∂V_i = current of λ out of the held ends of line i,      ∂L/∂G_ij = -λ_ij·v_ij,

where v_ij and λ_ij are the voltages of the cell in the two solutions. Nonlinear cells are linearised at the operating
point of each input. For linear cells, if that takes fewer solutions, all inputs together are matrix products with the
fields of unit voltages.

References
----------
S. W. Director and R. A. Rohrer, "The generalized adjoint network and network sensitivities", IEEE Trans. Circuit Theory
16, 318 (1969), doi:10.1109/TCT.1969.1082965.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import line_elimination, linear
from circuitnn.crossbar.bias import MVM, SIDES
from circuitnn.crossbar.by_parameter import by_parameters
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.many_inputs import AdjointSolution, LinearisationPoint, Repeated
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.frozen_values import Sealed, owned

if TYPE_CHECKING:
    from circuitnn.crossbar.crossbar import Crossbar


@dataclass(frozen=True, eq=False)
class Pulled:
    """Derivatives of a function of the outputs; all except `inputs` are summed over the inputs.

    Parameters
    ----------
    inputs : ndarray, shape (count, rows)
        By the word lines' voltages, for each input separately. [1/V]
    by : dict of str to ndarray
        ``"conductance"``, ``"resistance"``: shape (rows, bit lines); ``"gate"``: shape (gate lines,); parameters of the
        cells by their names: shape (rows, bit lines).
    """

    inputs: np.ndarray
    by: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def conductance(self) -> np.ndarray:
        """By the conductances of the cells. [1/S]"""
        return self.by["conductance"]


class Products(Sealed):
    """Output currents of an array for many inputs; made by `Crossbar.products`.

    Parameters
    ----------
    array : Crossbar
    inputs : ndarray, shape (count, rows)
        [V]
    scheme : MVM or None

    Attributes
    ----------
    outputs : ndarray, shape (count, columns)
        Currents out of the bit lines; their differences for complementary cells. [A]
    """

    outputs: np.ndarray

    def __init__(self, array: Crossbar, inputs: np.ndarray, scheme: MVM | None) -> None:
        self.array, self.inputs, self.scheme = array, owned(inputs), scheme

    @checked_arguments
    def pull(self, weights: ArrayLike, by: Sequence[str] = ("conductance",)) -> Pulled:
        """Compute the derivatives of a function L from those by the outputs (a vector-Jacobian product).

        Parameters
        ----------
        weights : array_like, shape (count, columns)
            ∂L/∂I for each input. [1/A]
        by : sequence of str
            ``conductance``, ``resistance``, ``gate`` as in `Crossbar.sensitivity`, or names of parameters of the cells'
            model, as ``circuitnn.Crossbar(…).made.columns`` lists them.

        Returns
        -------
        Pulled

        Raises
        ------
        AnalysisError
            If the shape does not fit, or there is no such derivative.
        """
        checked = np.asarray(weights)
        if checked.shape != self.outputs.shape:
            raise AnalysisError(
                f"weights of outputs: shape {checked.shape}, outputs have {self.outputs.shape}"
            )
        checked = numbers(
            checked, "weight of an output", [checked.shape], ("input", "column"), -np.inf, False
        )
        return self._pull(checked, by)

    def _pull(self, weights: np.ndarray, by: Sequence[str]) -> Pulled:
        raise NotImplementedError


def products(array: Crossbar, inputs: np.ndarray, scheme: MVM | None) -> Products:
    """See `Crossbar.products`."""
    few = array.rows + array.outputs < 2 * len(inputs)
    kind = _OneByOne if not array.linear else _Fields if few else _Together
    result = kind(array, inputs, scheme)
    result._seal()
    return result


def _signed(array: Array, weights: np.ndarray) -> np.ndarray:
    """Weights of all bit lines."""
    return np.stack([weights, -weights], axis=2).reshape(len(weights), -1) if array.paired else weights


class _Together(Products):
    """Products of a linear array: one solution per input, several at a time, forward and backward."""

    def __init__(self, array: Crossbar, inputs: np.ndarray, scheme: MVM | None) -> None:
        super().__init__(array, inputs, scheme)
        self.voltage = np.empty((*array.shape, len(inputs)))
        self.outputs = array.per_column(self._forth(inputs, self.voltage))

    def _forth(self, inputs: np.ndarray, voltage: np.ndarray) -> np.ndarray:
        scheme = linear.with_inputs(self.scheme, np.zeros(self.array.rows))
        return linear.outputs(self.array, scheme, inputs, voltage)

    def _back(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For weights as output voltages: currents out of the word lines, shape (count, rows), and cell voltages."""
        array = self.array
        ends = array.ends(linear.with_inputs(self.scheme, np.zeros(array.rows)))
        zero = [np.zeros((len(weights), lines)) for lines in (array.rows,) * 2 + (array.cols,) * 2]
        sensed, signed = ends.bias.sensed, _signed(array, weights)
        voltages = [signed if side in sensed else none for side, none in zip(SIDES, zero, strict=True)]
        reaction = np.empty((*array.shape, len(weights)))
        out = linear.batch(array, ends, array.conductance, voltages, reaction)
        return out[0] + out[1], reaction

    def _pull(self, weights: np.ndarray, by: Sequence[str]) -> Pulled:
        _only_linear(self.array, by)
        inputs, reaction = self._back(weights)
        return self._pulled(inputs, -np.einsum("ijk,ijk->ij", reaction, self.voltage), by)

    def _pulled(self, inputs: np.ndarray, conductance: np.ndarray, by: Sequence[str]) -> Pulled:
        # A small resistance in series: dG = -G² dR.
        derivatives = {"conductance": conductance, "resistance": -(self.array.conductance**2) * conductance}
        return Pulled(inputs, {name: derivatives[name] for name in by})


def _only_linear(array: Array, by: Sequence[str]) -> None:
    for name in by:
        if name not in linear.BY:
            raise AnalysisError(f"by = {name!r}: the cells are conductances and have no parameters")
        linear.check_by(array, name)


class _Fields(_Together):
    """Products of a linear array with more inputs than lines, from fields of unit voltages at inputs and outputs."""

    def __init__(self, array: Crossbar, inputs: np.ndarray, scheme: MVM | None) -> None:
        Products.__init__(self, array, inputs, scheme)
        self.voltage = np.empty((*array.shape, array.rows))
        self.matrix = array.per_column(self._forth(np.eye(array.rows), self.voltage))
        self.outputs = inputs @ self.matrix

    def _pull(self, weights: np.ndarray, by: Sequence[str]) -> Pulled:
        _only_linear(self.array, by)
        _, reaction = self._back(np.eye(self.array.outputs))
        by_matrix = self.inputs.T @ weights
        conductance = -np.einsum("ijk,ijk->ij", self.voltage @ by_matrix, reaction)
        return self._pulled(weights @ self.matrix.T, conductance, by)


class _OneByOne(Products):
    """Products of a nonlinear array: one operating point per input, and one linear solution for the backward pass."""

    def __init__(self, array: Crossbar, inputs: np.ndarray, scheme: MVM | None) -> None:
        super().__init__(array, inputs, scheme)
        self.solver: Repeated | None = None
        with suppress(line_elimination.Declined):
            ends = array.ends(linear.with_inputs(scheme, inputs[0]))
            self.solver = Repeated(array.lines, ends, array.options())
        solved = [self._forth(v) for v in inputs]
        self.points = [point for point, _ in solved]
        self.outputs = array.per_column(np.stack([sensed for _, sensed in solved]))

    def _forth(self, inputs: np.ndarray) -> tuple[LinearisationPoint, np.ndarray]:
        """Operating point, and the currents out of the bit lines."""
        if self.solver is not None:
            with suppress(line_elimination.Declined):
                point = self.solver.point(inputs)
                return point, point.cell_current.sum(axis=0)
        result = self.array.op(linear.with_inputs(self.scheme, inputs))
        return LinearisationPoint.of(result), result.sensed

    def _back(self, point: LinearisationPoint, weights: np.ndarray) -> AdjointSolution:
        if self.solver is not None:
            with suppress(line_elimination.Declined):
                return self.solver.adjoint(point, weights)
        array = self.array.lines
        solution = linear.adjoint(array, point, weights)
        by_gate = linear.by_cells(array, point, solution.reaction, "gate") if array.made.gate else None
        return AdjointSolution(solution.reaction, solution.driven, by_gate)

    def _pull(self, weights: np.ndarray, by: Sequence[str]) -> Pulled:
        array = self.array.lines
        parameters = [name for name in by if name not in linear.BY]
        for name in by:
            if name in linear.BY:
                linear.check_by(array, name)
        pulled = Pulled(np.zeros((len(weights), array.rows)), dict.fromkeys(by, np.zeros(())))
        slopes = by_parameters(array, parameters, self.array.options())
        for k, (point, signed) in enumerate(zip(self.points, _signed(self.array, weights), strict=True)):
            if not np.any(signed):
                continue
            back = self._back(point, signed)
            pulled.inputs[k] = back.driven
            for name in by:
                if name == "gate" and back.gate is not None:
                    pulled.by[name] = pulled.by[name] + back.gate
                elif name in linear.BY:
                    pulled.by[name] = pulled.by[name] + linear.by_cells(array, point, back.reaction, name)
            for name, slope in zip(parameters, slopes(point), strict=True):
                pulled.by[name] = pulled.by[name] - back.reaction * slope
        shape = {"gate": (array.rows if array.made.gate == "rows" else array.cols,)}
        by_all = {n: np.array(np.broadcast_to(v, shape.get(n, array.shape))) for n, v in pulled.by.items()}
        return Pulled(pulled.inputs, by_all)
