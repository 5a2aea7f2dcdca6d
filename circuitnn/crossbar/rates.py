"""Rates of the states of an array's cells at given cell voltages, with derivatives.

A cell's unknowns other than its moving states are eliminated: its voltage (behind the resistance of its lines), its
inner node, and states that follow instantly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar.description import Array
from circuitnn.crossbar.line_elimination import Declined, columns_of, kernel_columns
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import handle
from circuitnn.errors import ConvergenceError
from circuitnn.options import Options

SETTLING, EXACT = 60, 1e-8  # iterations for states that follow instantly, and their accuracy

SELECTED = 0.6  # part of the largest voltage above which a cell never counts as half-selected
STIFF = 0.5
Chosen = np.ndarray | slice
ALL = slice(None)


@dataclass(eq=False)
class Point:
    """Rates of the moving states, and their derivatives.

    Parameters
    ----------
    rate : ndarray, shape (states, cells)
        [1/s] times the state's unit.
    jacobian : ndarray, shape (states, states, cells)
        Derivatives of the rates within each cell.
    """

    rate: np.ndarray
    jacobian: np.ndarray

    def of(self, chosen: Chosen) -> Point:
        """Rates of some cells."""
        return Point(self.rate[:, chosen], self.jacobian[:, :, chosen])


class Rates:
    """States of all cells, and the equations that move them.

    Parameters
    ----------
    array : Array
    options : Options

    Raises
    ------
    Declined
        For models with random numbers, events, or charges outside their states.
    """

    def __init__(self, array: Array, options: Options) -> None:
        model = array.made.model
        assert model is not None
        self.kernel = kernel = model.kernel()
        if kernel.events or model.memories or model.randoms or kernel.time_dependent:
            raise Declined(f"{model.name} has events, memories or random numbers")
        self.name, self.count, self._gmin = model.name, array.rows * array.cols, options.gmin
        columns = columns_of(array.made, array.temp, options)
        parameters = kernel_columns(kernel, columns)
        self._columns = np.stack([np.broadcast_to(c, array.shape).ravel() for c in parameters])
        self._part: tuple[Chosen, np.ndarray] = ALL, self._columns  # parameters of the cells chosen last
        self._handle = handle(kernel)
        self.states = {s.name: s for s in model.states}
        self._x = np.zeros((len(kernel.inputs), self.count))
        self.held: dict[str, np.ndarray] = {}  # rows of x
        for s in model.states:
            self.held[s.name] = self._x[kernel.inputs.index(s.name)]
            self.held[s.name][:] = np.broadcast_to(evaluate([s.start()], columns)[0], array.shape).ravel()
        self._plus = kernel.inputs.index(model.terminals[0])
        self._gate = kernel.inputs.index(model.terminals[2]) if array.made.gate else -1
        self._inner = [kernel.inputs.index(name) for name in model.internal]
        self.moving, self.following = self._sorted()

    def _sorted(self) -> tuple[list[str], list[str]]:
        """States that move, and states that store nothing and so follow instantly."""
        out, kernel = self._out(), self.kernel
        base = len(kernel.f_rows) + len(kernel.q_rows) + len(kernel.G_places)
        rows = {kernel.inputs.index(name): name for name in self.states}
        moving = []
        self._stored: dict[str, int] = {}
        for k, (row, column) in enumerate(kernel.C_places):
            here = out[base + k] != 0.0
            if not np.any(here):
                continue
            if row != column or row not in rows:
                raise Declined(f"{self.name} stores charge beside its states")
            if not np.all(here):
                raise Declined(
                    f"{rows[row]} of {self.name} moves in some cells and follows at once in others"
                )
            moving.append(rows[row])
            self._stored[rows[row]] = base + k
        if not moving:
            raise Declined(f"{self.name} has no state that moves")
        return moving, [name for name in self.states if name not in moving]

    def _out(self, chosen: Chosen = ALL) -> np.ndarray:
        return self._handle.evaluate(self._x[:, chosen], self._columns_of(chosen), (0.0, self._gmin))

    def _columns_of(self, chosen: Chosen) -> np.ndarray:
        """Parameters of some cells, cached, since all steps of a pulse use the same cells."""
        if isinstance(chosen, slice):
            return self._columns[:, chosen]
        if self._part[0] is not chosen:
            self._part = chosen, self._columns[:, chosen]
        return self._part[1]

    def values(self) -> np.ndarray:
        """All moving states, shape (states, cells)."""
        return np.stack([self.held[name] for name in self.moving])

    def put(self, values: np.ndarray) -> None:
        """Set all moving states, within their bounds."""
        for name, new in zip(self.moving, values, strict=True):
            state = self.states[name]
            np.clip(new, state.low, state.high, out=self.held[name])

    def add(self, values: np.ndarray, change: np.ndarray) -> np.ndarray:
        """Set all moving states to values plus a change; return the change within bounds, shape (states, cells)."""
        wanted = values + change
        self.put(wanted)
        bounded = self.values()
        return np.where(bounded == wanted, change, bounded - values)

    def tolerance(self, x: np.ndarray, reltol: float) -> np.ndarray:
        """Tolerated error of each state, shape (states, cells)."""
        tolerance = np.empty_like(x)
        for k, name in enumerate(self.moving):
            s = self.states[name]
            span = s.high - s.low
            tolerance[k] = reltol * (span if np.isfinite(span) else np.abs(x[k])) + 0.01 * s.tolerance * (
                span == np.inf
            )
        return tolerance

    def awake(self, point: Point, duration: float, reltol: float) -> Chosen:
        """Cells whose states must be followed; for the others, constant rates suffice for the whole duration.

        The others are cells below `SELECTED` times the largest voltage whose states hardly move and are not stiff. A
        transistor may take nearly all of a cell's voltage, so the voltage of the rest of the cell counts.
        """
        size = np.abs(self._x[self._plus])
        if self._gate >= 0 and self._inner:
            size = np.abs(self._x[self._plus] - self._x[self._inner[0]])
        far = np.any(np.abs(point.rate) * duration > self.tolerance(self.values(), reltol), axis=0)
        stiff = np.any(np.abs(point.jacobian) * duration > STIFF, axis=(0, 1)) & np.any(
            point.rate != 0.0, axis=0
        )
        chosen = np.flatnonzero((size > SELECTED * size.max()) | far | stiff)
        return ALL if len(chosen) == self.count else chosen

    def at(
        self,
        voltage: np.ndarray,
        inner: np.ndarray | None,
        behind: np.ndarray,
        chosen: Chosen = ALL,
        gate: np.ndarray | None = None,
    ) -> Point:
        """Rates at voltages of the cells.

        Parameters
        ----------
        voltage : ndarray, shape (cells,)
            [V]
        inner : ndarray, shape (cells,), or None
            Voltage of the inner node, counted from the minus terminal. [V]
        behind : ndarray, shape (cells,)
            Resistance in series with each cell, included in the derivatives. [Ohm]
        chosen : ndarray of int, or slice
            Cells to evaluate.
        gate : ndarray, shape (cells,), or None
            Voltage of the gate, counted from the minus terminal. [V]

        Returns
        -------
        Point
        """
        self._x[self._plus] = voltage
        if gate is not None:
            self._x[self._gate] = gate
        if inner is not None:
            self._x[self._inner[0]] = inner
        out = self._settled(chosen)
        inputs = self.kernel.inputs
        moving = [inputs.index(name) for name in self.moving]
        fast = [inputs.index(name) for name in self.following]
        order = [*moving, *self._inner, *fast, self._plus]
        j = self._matrix(out, order)
        last = len(order) - 1
        j[last] *= behind[chosen]  # e - v - R·i = 0
        j[last, last] += 1.0
        j = eliminated(j, len(moving))
        stored = np.stack([out[self._stored[name]] for name in self.moving])
        f = np.stack([out[self.kernel.f_rows.index(row)] for row in moving])
        return Point(-f / stored, -j / stored[:, None])

    def _matrix(self, out: np.ndarray, order: list[int]) -> np.ndarray:
        """G of chosen unknowns, shape (unknowns, unknowns, cells)."""
        places = self.kernel.G_places
        base = len(self.kernel.f_rows) + len(self.kernel.q_rows)
        matrix = np.zeros((len(order), len(order), out.shape[1]))
        for a, row in enumerate(order):
            for b, column in enumerate(order):
                if (row, column) in places:
                    matrix[a, b] = out[base + places.index((row, column))]
        return matrix

    def _settled(self, chosen: Chosen) -> np.ndarray:
        """Outputs with the states that follow instantly at equilibrium."""
        rows = [self.kernel.inputs.index(name) for name in self.following]
        for _turn in range(SETTLING):
            out = self._out(chosen)
            if not rows:
                return out
            f = np.stack([out[self.kernel.f_rows.index(row)] for row in rows])
            step = quotient(self._matrix(out, rows), f)
            small = True
            for name, change in zip(self.following, step, strict=True):
                before = self.held[name][chosen]
                small &= bool(np.all(np.abs(change) <= EXACT * np.abs(before)))
                self.held[name][chosen] = before - change
            if small:
                return out
        raise ConvergenceError(f"{', '.join(self.following)} of {self.name}: no equilibrium is found")


def eliminated(matrix: np.ndarray, count: int) -> np.ndarray:
    """Schur complement of the first unknowns; the others are eliminated, last one first.

    Parameters
    ----------
    matrix : ndarray, shape (unknowns, unknowns, cells)
        Changed in place.
    count : int
        Number of unknowns that stay.

    Returns
    -------
    ndarray, shape (count, count, cells)
    """
    for k in range(len(matrix) - 1, count - 1, -1):
        for i in range(k):
            factor = matrix[i, k] / matrix[k, k]
            for j in range(k):
                matrix[i, j] -= factor * matrix[k, j]
    return matrix[:count, :count]


def solved(jacobian: np.ndarray, size: float, right: np.ndarray) -> np.ndarray:
    """Solve (1 - size·jacobian)·k = right for every cell.

    Parameters
    ----------
    jacobian : ndarray, shape (states, states, cells)
    size : float
    right : ndarray, shape (states, cells)

    Returns
    -------
    ndarray, shape (states, cells)
    """
    identity = np.eye(len(right))[..., None]
    return quotient(identity - size * jacobian, right)


def quotient(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve a small system for every cell.

    Parameters
    ----------
    matrix : ndarray, shape (unknowns, unknowns, cells)
    right : ndarray, shape (unknowns, cells)

    Returns
    -------
    ndarray, shape (unknowns, cells)
    """
    if len(right) == 1:
        return np.asarray(right / matrix[0])
    solution = np.linalg.solve(np.moveaxis(matrix, 2, 0), right.T[..., None])[..., 0]
    return np.ascontiguousarray(solution.T)
