"""Evolution of the states of an array's cells while the ends of its lines are held, by the array solver.

A pulse on an array whose lines hold no charge is a sequence of operating points between which the cells' states move.
Each step solves the whole array twice and advances the states of all cells by the linearly implicit method ROS2. It
is of second order with any matrix in place of the Jacobian; the matrix used here is that of each cell behind the
resistance of its own lines, so that each cell is a small system of its own. It is L-stable, so it damps stiff states.

References
----------
J. G. Verwer, E. J. Spee, J. G. Blom, W. Hundsdorfer, "A second-order Rosenbrock method applied to photochemical
dispersion problems", SIAM J. Sci. Comput. 20, 1456 (1999), doi:10.1137/S1064827597326651.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from circuitnn._cext.array import ArraySolver
from circuitnn.crossbar import line_elimination
from circuitnn.crossbar.bias import SIDES, Scheme
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.description import Ends
from circuitnn.crossbar.line_elimination import Declined
from circuitnn.crossbar.nodes import behind_lines
from circuitnn.crossbar.rates import ALL, Chosen, Point, Rates, solved
from circuitnn.errors import AnalysisError, ConvergenceError, DeckWarning
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.crossbar.crossbar import Crossbar

GAMMA = 1.0 - np.sqrt(0.5)
KCL = 1e-8  # KCL error of a line, relative to its cells' currents
SAFETY, MOST, LEAST = 0.9, 5.0, 0.1  # safety factor and bounds of the change of the step
OF_POWER = 3.0  # relative change of the power in a step, divided by the root of reltol
QUIET = 0.1  # movement during a pulse, in tolerances, below which a cell keeps its initial rate
SHORTEST = 1e-9  # smallest step, relative to the pulse


@dataclass(eq=False)
class Stay:
    """Result of holding the ends for a time.

    Parameters
    ----------
    energy : float
        Energy from all sources. [J]
    change : dict of str to ndarray, shape (rows, columns)
        Change of each state.
    steps, rejected : int
    """

    energy: float
    change: dict[str, np.ndarray]
    steps: int
    rejected: int


class Evolution:
    """An array whose states evolve from pulse to pulse.

    Parameters
    ----------
    array : Crossbar
        Its cells have at most one inner node, its lines no charge, and every line is held at one end at most.
    states : mapping of str to array_like, shape (rows, columns), optional
        Initial states; default: those in the cells' parameters.
    reltol : float
        Error of a state in one step, relative to its range, or to its value if the range is infinite.

    Raises
    ------
    AnalysisError
        If the array does not satisfy this, or a state is unknown or out of its range.
    """

    def __init__(
        self, array: Crossbar, states: Mapping[str, ArrayLike] | None = None, reltol: float = 1e-4
    ) -> None:
        self.array, self.reltol = array, number_of(reltol, "reltol")
        if self.reltol <= 0.0:
            raise AnalysisError(f"reltol = {self.reltol:g}: must be positive")
        if array.linear:
            raise AnalysisError("cells without states do not move in time: they are conductances")
        if any(
            np.any(c) for c in (array.wordline_capacitance, array.bitline_capacitance, array.cell_capacitance)
        ):
            raise AnalysisError("lines or cells with capacitance: give the array none, or take Crossbar.tran")
        options = array.options()
        try:
            self.rates = Rates(array, options)
            self._cells = line_elimination.make_cells(array, options, self.rates.held)
        except Declined as why:
            raise AnalysisError(
                f"the states cannot be followed pulse by pulse: {why}; take Crossbar.tran"
            ) from why
        self._solvers: dict[bytes, ArraySolver] = {}
        self._lines: dict[bytes, np.ndarray] = {}
        self.solves = 0
        for name, values in (states or {}).items():
            self.set_state(name, values)

    def state(self, name: str | None = None) -> np.ndarray:
        """Return a state of all cells.

        Parameters
        ----------
        name : str, optional
            Not needed if only one state moves.

        Returns
        -------
        ndarray, shape (rows, columns)
        """
        return self.rates.held[self._known(name)].reshape(self.array.shape).copy()

    def set_state(self, name: str, values: ArrayLike) -> None:
        """Set a state of all cells.

        Parameters
        ----------
        name : str
        values : array_like, shape (rows, columns), or one for all

        Raises
        ------
        AnalysisError
            If there is no such state, or a value is out of its range.
        """
        state = self.rates.states[self._known(name)]
        if name in self.rates.following:
            raise AnalysisError(f"state {name} follows from {', '.join(self.rates.moving)}: set that")
        initial = numbers(
            values, f"state {name}", [(), self.array.shape], ("row", "column"), state.low, False
        )
        if np.any(initial > state.high):
            raise AnalysisError(f"state {name}: must not exceed {state.high:g}")
        self.rates.held[name][:] = np.broadcast_to(initial, self.array.shape).ravel()

    @property
    def states(self) -> dict[str, np.ndarray]:
        """All moving states, to continue from: shape (rows, columns) each."""
        return {name: self.state(name) for name in self.rates.moving}

    def _known(self, name: str | None) -> str:
        moving = self.rates.moving
        if name is None and len(moving) == 1:
            return moving[0]
        if name not in self.rates.states:
            raise AnalysisError(f"the cells have no state {name!r}, only {', '.join(self.rates.states)}")
        return name

    def conductance(self, voltage: float, gate: float = 0.0) -> np.ndarray:
        """Conductance i/v of each cell alone at a voltage.

        Parameters
        ----------
        voltage : float
            [V]
        gate : float
            Gate voltage against the bit line, for cells with a gate. [V]

        Returns
        -------
        ndarray, shape (rows, columns)
            [S]

        Raises
        ------
        AnalysisError
            If the voltage is 0 or not finite.
        """
        count, v = self.array.rows * self.array.cols, number_of(voltage, "voltage [V]")
        if v == 0.0:
            raise AnalysisError("voltage = 0 V: a conductance i/v needs another one")
        current = self._cells.at(np.full(count, v), self._gates(gate))[0]
        return np.asarray(current.reshape(self.array.shape) / v)

    def _gates(self, gate: float) -> np.ndarray | None:
        """Gate voltage of every cell against its bit line; None for cells without a gate. [V]"""
        voltage = number_of(gate, "gate [V]")
        if self.array.made.gate:
            return np.full(self.rates.count, voltage)
        if voltage:
            warnings.warn("gate has no effect: the cells have no gates", DeckWarning, stacklevel=3)
        return None

    def read(self, scheme: Scheme) -> tuple[np.ndarray, float]:
        """Read the array without moving its states.

        Parameters
        ----------
        scheme : Scheme

        Returns
        -------
        currents : ndarray, shape (columns,)
            Currents out of the bit lines. [A]
        power : float
            Power from all sources. [W]
        """
        ends = self.array.ends(scheme)
        solver = self._hold(ends)
        self._solve(solver)
        current = solver.cell_current
        return current.sum(axis=0), _power(*_voltages(ends), current)

    def _hold(self, ends: Ends) -> ArraySolver:
        """The solver, set to the voltages of the ends; there is one for each pattern of held ends."""
        held = np.concatenate([ends.held(side) for side in SIDES])
        m, n = self.array.shape
        if np.any(held[:m] & held[m : 2 * m]) or np.any(held[2 * m : 2 * m + n] & held[2 * m + n :]):
            raise AnalysisError("programming: every line is held at one end at most")
        key = self._pattern(ends)
        if key not in self._solvers:
            try:
                self._solvers[key] = line_elimination.make_solver(self.array, ends)
            except Declined as why:
                raise AnalysisError(
                    f"programming: {why}; give lines a resistance, or hold them directly"
                ) from why
            self._solvers[key].rtol = KCL
        solver = self._solvers[key]
        solver.hold(
            ends.applied,
            *ends.references,
            line_elimination.gate_voltages(self.array, ends),
        )
        return solver

    def _solve(self, solver: ArraySolver) -> None:
        self.solves += 1
        status = solver.solve(self._cells)
        if status != 0:
            raise ConvergenceError(f"programming: {line_elimination.STATUS.get(status, f'status {status}')}")

    def stay(self, scheme: Scheme, duration: float) -> Stay:
        """Hold the ends at voltages for a time.

        Parameters
        ----------
        scheme : Scheme
        duration : float
            [s]

        Returns
        -------
        Stay

        Raises
        ------
        AnalysisError
            If the duration is negative or not finite.
        ConvergenceError
            If no step is short enough; the states are then as before.
        """
        ends = self.array.ends(scheme)
        solver, behind = self._hold(ends), self._behind(ends)
        word, bit = _voltages(ends)
        lines = line_elimination.gate_voltages(self.array, ends)

        def look(chosen: Chosen) -> tuple[Point, float]:
            self._solve(solver)
            gate = None
            if lines is not None:
                gate = (lines - (solver.references[1] + solver.bit_deviation)).ravel()
            point = self.rates.at(
                solver.cell_voltage.ravel(), self._cells.inner_voltage, behind, chosen, gate
            )
            return point, _power(word, bit, solver.cell_current)

        return self._march(look, duration)

    def stay_alone(self, voltage: float, duration: float, gate: float = 0.0) -> Stay:
        """Hold every cell alone at a voltage for a time, without lines.

        Parameters
        ----------
        voltage : float
            [V]
        duration : float
            [s]
        gate : float
            Gate voltage against the bit line, for cells with a gate. [V]

        Returns
        -------
        Stay

        Raises
        ------
        AnalysisError
            If a number is not finite, or the duration negative.
        ConvergenceError
            If no step is short enough; the states are then as before.
        """
        count, v = self.rates.count, number_of(voltage, "voltage [V]")
        voltages, nothing = np.full(count, v), np.zeros(count)
        gates = self._gates(gate)

        def look(chosen: Chosen) -> tuple[Point, float]:
            current = self._cells.at(voltages, gates)[0]
            inner = self._cells.inner_voltage
            return self.rates.at(voltages, inner, nothing, chosen, gates), float(voltages @ current)

        return self._march(look, duration)

    def _march(self, look: Callable[[Chosen], tuple[Point, float]], duration: float) -> Stay:
        """Follow the states for a time; if that fails, they are as before."""
        time, before = number_of(duration, "duration [s]"), self.rates.values()
        if time < 0.0:
            raise AnalysisError(f"duration = {time:g} s: must not be negative")
        try:
            return self._stepped(look, time)
        except ConvergenceError:
            self.rates.put(before)
            raise

    def _stepped(self, look: Callable[[Chosen], tuple[Point, float]], duration: float) -> Stay:
        """Step by ROS2; `look` gives the rates of cells at the present states, and the power of the sources."""
        rates = self.rates
        moved = np.zeros_like(
            rates.values()
        )  # kept apart from the states, to which adding small steps would round them
        time, h, energy, steps, rejected = 0.0, duration, 0.0, 0, 0
        point, power = look(ALL)
        awake = rates.awake(point, duration, QUIET * self.reltol)
        k1, k2 = point.rate.copy(), -point.rate  # cells that hardly move keep these rates
        point = point.of(awake)
        while True:
            x = rates.values()
            k1[:, awake] = solved(point.jacobian, GAMMA * h, point.rate)
            rates.put(x + h * k1)
            beyond, later = look(awake)
            k2[:, awake] = solved(point.jacobian, GAMMA * h, beyond.rate - 2.0 * k1[:, awake])
            off = np.abs(0.5 * h * (k1 + k2)) / rates.tolerance(x, self.reltol)
            # error of the energy, from the change of the power within the step
            drift = abs(later - power) / (
                OF_POWER * np.sqrt(self.reltol) * (abs(later) + abs(power)) + 1e-300
            )
            error = max(float(np.max(off)), drift * drift)
            factor = (
                max(LEAST, min(MOST, SAFETY / np.sqrt(max(error, 1e-12)))) if np.isfinite(error) else LEAST
            )
            if not error <= 1.0:
                rates.put(x)
                h, rejected = h * factor, rejected + 1
                if not h > SHORTEST * duration:
                    raise ConvergenceError(self._too_fast(off, h))
                continue
            moved += rates.add(x, h * (1.5 * k1 + 0.5 * k2))
            energy += 0.5 * h * (power + later)
            time, steps = time + h, steps + 1
            if time >= duration * (1.0 - 1e-12):
                break
            h = min(h * factor, duration - time)
            point, power = look(awake)
        changes = moved.reshape(-1, *self.array.shape)
        return Stay(energy, dict(zip(rates.moving, changes, strict=True)), steps, rejected)

    def _too_fast(self, off: np.ndarray, h: float) -> str:
        i, j = np.unravel_index(int(np.argmax(off)) % self.rates.count, self.array.shape)
        return f"programming: the state of cell ({i}, {j}) moves faster than steps of {h:.3g} s follow"

    def _behind(self, ends: Ends) -> np.ndarray:
        """Resistance of the lines of each cell, computed once for each pattern of held ends."""
        key = self._pattern(ends)
        if key not in self._lines:
            self._lines[key] = behind_lines(self.array, ends).ravel()
        return self._lines[key]

    @staticmethod
    def _pattern(ends: Ends) -> bytes:
        return b"".join(ends.held(side).tobytes() + ends.resistance[side].tobytes() for side in SIDES)


def _voltages(ends: Ends) -> tuple[np.ndarray, np.ndarray]:
    """Voltages of the held ends of the word lines and of the bit lines; 0 for a floating line. [V]"""
    left, right, top, bottom = ends.applied
    return left + right, top + bottom


def _power(word: np.ndarray, bit: np.ndarray, current: np.ndarray) -> float:
    """Power of all sources; a line's only held end carries the currents of all its cells. [W]"""
    return float(word @ current.sum(axis=1) - bit @ current.sum(axis=0))
