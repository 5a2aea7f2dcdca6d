"""Linear arrays, and linearised ones: many inputs, effective conductances, sensitivities.

The matrix of an array of two-terminal cells is symmetric. So the derivative of the current through one
end by the voltage at another equals that of the second's current by the first's voltage, and one solution
with 1 V at an output end gives the effect of every cell on that output. Cells with a gate need the
transposed system, see `circuitnn.crossbar.tangent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import engine_choice, tangent, topology
from circuitnn.crossbar.bias import MVM, SIDES, Scheme
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.result import CrossbarResult
from circuitnn.crossbar.solution import Solution
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.units import whole_of


class Linearised(Protocol):
    """The part of an operating point that derivatives need: a `CrossbarResult`, or less."""

    @property
    def ends(self) -> Ends:
        """Ends of the array."""

    @property
    def word_voltage(self) -> np.ndarray:
        """[V]."""

    @property
    def bit_voltage(self) -> np.ndarray:
        """[V]."""

    @property
    def cell_voltage(self) -> np.ndarray:
        """[V]."""

    @property
    def cell_current(self) -> np.ndarray:
        """[A]."""

    @property
    def cell_conductance(self) -> np.ndarray:
        """[S]."""


# Quantities that sensitivities can be taken by.
BY = ("conductance", "resistance", "gate")


def with_inputs(scheme: MVM | None, inputs: np.ndarray) -> MVM:
    """The scheme with other inputs.

    Raises
    ------
    AnalysisError
        If it is another kind of bias, which has no inputs.
    """
    if not isinstance(scheme, MVM | None):
        raise AnalysisError(
            f"scheme: products need an MVM(…), not {type(scheme).__name__}; op() takes any bias"
        )
    return MVM(inputs) if scheme is None else replace(scheme, inputs=inputs)


def one_by_one(op: Callable[[Scheme], CrossbarResult], schemes: list[MVM]) -> np.ndarray:
    """Output currents of a nonlinear array, one operating point for each scheme. [A]"""
    return np.stack([op(scheme).sensed for scheme in schemes])


def outputs(
    array: Array, scheme: MVM, inputs: np.ndarray, cell_voltage: np.ndarray | None = None
) -> np.ndarray:
    """Output currents, shape (count, columns), of a linear array for inputs of shape (count, rows). [A]"""
    ends, out = _driven(array, scheme, inputs, cell_voltage)
    return _sum(out, ends.bias.sensed)


def responses(array: Array, scheme: MVM) -> tuple[np.ndarray, np.ndarray]:
    """Currents out of the outputs and into the inputs of a linear array per volt at each input (rows). [S]"""
    ends, out = _driven(array, scheme, np.eye(array.rows))
    return _sum(out, ends.bias.sensed), -_sum(out, ends.bias.driven)


def _driven(
    array: Array, scheme: MVM, inputs: np.ndarray, cell_voltage: np.ndarray | None = None
) -> tuple[Ends, list[np.ndarray]]:
    """Ends, and the currents out of them for each input, shape (count, lines) by side. [A]"""
    ends = array.ends(scheme)
    voltages = [np.broadcast_to(v, (len(inputs), len(v))) for v in (ends.voltage[side] for side in SIDES)]
    voltages[0] = inputs
    if scheme.both_ends:
        voltages[1] = inputs
    return ends, batch(array, ends, array.conductance, voltages, cell_voltage)


def _sum(out: list[np.ndarray], sides: Sequence[str]) -> np.ndarray:
    """Sums of the currents out of these ends. [A]"""
    return np.sum([out[SIDES.index(side)] for side in sides], axis=0)


def batch(
    array: Array,
    ends: Ends,
    g: np.ndarray,
    voltages: list[np.ndarray],
    cell_voltage: np.ndarray | None = None,
) -> list[np.ndarray]:
    """Currents out of all ends for many sets of end voltages; cells are conductances.

    Parameters
    ----------
    ends : Ends
        The held ends and their resistances.
    g : ndarray, shape (rows, columns)
        [S]
    voltages : list of four ndarray, shape (count, lines)
        By side. [V]
    cell_voltage : ndarray, shape (rows, columns, count), optional
        Receives the voltages of the cells, 0 at dead nodes. [V]
    """
    frozen = _linear_twin(array, g)
    dead = topology.dead_nodes(frozen, ends)
    if dead is not None:  # ends added to hold dead nodes are at 0 V
        frozen, ends = topology.without(frozen, ends, dead)
        g = frozen.conductance
        voltages = [np.where(np.isnan(held), 0.0, held) for held in voltages]
    currents = engine_choice.LinearArray(frozen, ends, g).batch(ends, voltages, cell_voltage)
    if dead is not None and cell_voltage is not None:
        cell_voltage[dead.word | dead.bit] = 0.0
    return currents


def point(array: Array, ends: Ends) -> Solution:
    """Operating point of a linear array, by the first engine that accepts it."""
    return engine_choice.solve(array, ends, engine_choice.tight(array))


def _linear_twin(array: Array, g: np.ndarray) -> Array:
    """The array with conductances as cells."""
    if array.linear and g is array.conductance:
        return array
    if np.any(g < 0.0):
        raise ConvergenceError(
            "a cell has a negative differential conductance: there is no equivalent linear array"
        )
    return Array(
        array.rows,
        array.cols,
        g,
        wordline_resistance=array.wordline_resistance,
        bitline_resistance=array.bitline_resistance,
        driver_resistance=array.driver_resistance,
        sense_resistance=array.sense_resistance,
        temp=array.temp,
        name=array.name,
    )


def effective_conductance(
    array: Array, scheme: Scheme | None, op: Callable[[Scheme], CrossbarResult]
) -> np.ndarray:
    """Derivatives of the outputs by the voltages of the other family's lines, shape (rows, columns). [S]"""
    if array.linear:
        ends = array.ends(scheme or MVM(np.zeros(array.rows)))
        conductance = _reciprocal(array, ends, array.conductance)
    elif scheme is None:
        raise AnalysisError("the cells are not linear: give the bias at which they are linearised")
    else:
        result = op(scheme)
        ends = result.ends
        if array.made.gate:
            conductance = tangent.effective_conductance(_tangent(array, result))
        else:
            conductance = _reciprocal(array, ends, result.cell_conductance)
    sensed = np.any([ends.held(side) for side in ends.bias.sensed], axis=0)
    driven = np.any([ends.held(side) for side in ends.bias.driven], axis=0)
    rows, columns = (driven, sensed) if ends.bias.of_bit_lines else (sensed, driven)
    return np.where(rows[:, None] & columns, conductance, 0.0)


def _reciprocal(array: Array, ends: Ends, g: np.ndarray) -> np.ndarray:
    """The same for two-terminal cells, by reciprocity.

    The current that 1 V at an output draws from an input is the current that 1 V at the input gives to the output.
    """
    bias, (m, n) = ends.bias, array.shape
    inputs, outputs = (m, n) if bias.of_bit_lines else (n, m)
    forward = inputs <= outputs
    size = inputs if forward else outputs
    here, there = (bias.driven, bias.sensed) if forward else (bias.sensed, bias.driven)
    unit, zero = np.eye(size), [np.zeros((size, lines)) for lines in (m, m, n, n)]
    voltages = [unit if side in here else none for side, none in zip(SIDES, zero, strict=True)]
    conductance = _sum(batch(array, ends, g, voltages), there)
    return conductance if forward == bias.of_bit_lines else conductance.T


def _tangent(array: Array, result: Linearised) -> tangent.Tangent:
    return tangent.Tangent(array, result.ends, result.word_voltage, result.bit_voltage)


@dataclass(frozen=True, eq=False)
class Adjoint:
    """Effects of small changes on a weighted sum of outputs.

    Parameters
    ----------
    reaction : ndarray, shape (rows, columns)
        Effect of 1 A from the bit node of each cell into its word node.
    driven : ndarray, shape (lines,)
        Effect of 1 V at the held ends of each line that is not an output.
    """

    reaction: np.ndarray
    driven: np.ndarray


def adjoint(array: Array, result: Linearised, weights: np.ndarray) -> Adjoint:
    """Derivatives of a weighted sum of outputs, by one solution of the transposed system."""
    ends = result.ends
    if array.made.gate:
        solution = tangent.adjoint(_tangent(array, result), weights)
    else:
        zero = {s: np.where(np.isnan(ends.voltage[s]), np.nan, 0.0) for s in SIDES}
        for side in ends.bias.sensed:
            zero[side] = np.where(ends.held(side), weights, zero[side])
        solution = point(_linear_twin(array, result.cell_conductance), replace(ends, voltage=zero))
    reaction = solution.cell_voltage
    dead = topology.dead_nodes(array, ends)
    if dead is not None:  # dead nodes have no effect
        reaction[dead.word | dead.bit] = 0.0
    return Adjoint(reaction, np.sum([solution.out[side] for side in ends.bias.driven], axis=0))


def sensitivity(result: CrossbarResult, output: int | ArrayLike, by: str) -> np.ndarray:
    """Derivatives of a weighted sum of outputs, see `Crossbar.sensitivity`."""
    array, weights = result.array, _weights(result, output)
    check_by(array, by)
    if array.paired and result.ends.bias.of_bit_lines:
        array, weights = array.lines, np.stack([weights, -weights], axis=1).ravel()
    held = np.any([result.ends.held(side) for side in result.ends.bias.sensed], axis=0)
    floats = np.flatnonzero((weights != 0.0) & ~held)
    if len(floats):
        raise AnalysisError(f"output {floats[0] * len(result.output) // len(held)} floats: it has no current")
    return by_cells(array, result, adjoint(array, result, weights).reaction, by)


def check_by(array: Array, by: str) -> None:
    """Refuse quantities by which an array has no sensitivities."""
    if by not in BY:
        raise AnalysisError(f"by = {by!r}: must be {', '.join(map(repr, BY[:-1]))} or {BY[-1]!r}")
    if by == "gate" and not array.made.gate:
        raise AnalysisError("by = 'gate': these cells have none")


def by_cells(array: Array, result: Linearised, reaction: np.ndarray, by: str) -> np.ndarray:
    """Derivatives by conductances or resistances of cells, or by gates, from the reaction of an `Adjoint`."""
    if by == "conductance":
        return -reaction * result.cell_voltage
    if by == "resistance":
        return reaction * result.cell_conductance * result.cell_current
    # ∂I/∂v_gate = bit - word, since currents depend on voltage differences only; a reaction has the opposite sign
    around = _tangent(array, result)
    return by_gates(array, reaction, around.word, around.bit)


def by_gates(array: Array, reaction: np.ndarray, word: np.ndarray, bit: np.ndarray) -> np.ndarray:
    """Derivatives by the voltages of gate lines; slopes of the cells are those of a `Tangent`."""
    return np.sum(reaction * (word - bit), axis=1 if array.made.gate == "rows" else 0)


def _weights(result: CrossbarResult, output: int | ArrayLike) -> np.ndarray:
    """Weights of all outputs."""
    count = len(result.output)
    weights = np.zeros(count)
    if np.ndim(output) == 0:
        number = whole_of(output, "output")
        if not 0 <= number < count:
            raise AnalysisError(f"output {output!r}: there are {count}")
        weights[number] = 1.0
    else:
        weights[:] = numbers(output, "weights of the outputs", [(count,)], ["output"], -np.inf, False)
    return weights
