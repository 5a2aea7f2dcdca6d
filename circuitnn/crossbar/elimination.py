"""Operating points of small arrays by Newton's method and elimination without subtraction.

For arrays on which the array solver's iterations fail: resistances many powers of ten apart, lines floating behind
picosiemens, cells with several inner nodes. Every step is solved for the voltages themselves, with linear currents in
the matrix, so that no difference of large currents is ever taken.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np

from circuitnn._cext.elimination import Elimination
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.cell_networks import CellNetworks, cell_networks
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.line_elimination import TOLERANCE, Declined, gate_voltages
from circuitnn.crossbar.nodes import joined, numbering, outermost
from circuitnn.crossbar.parts import Condensed
from circuitnn.crossbar.solution import Solution
from circuitnn.options import Options
from circuitnn.results.statistics import Statistics

MAX_NODES = 2048
MAX_ITERATIONS = 300
# Steps below this, relative to the largest voltage, are taken in full; the iteration ends when they no longer shrink.
NEAR = 1e-9
ROUNDING = 4 * np.finfo(float).eps
LEAST_DAMPING = 1e-9


class Wiring:
    """Nodes of an array after merging, and the linear part of their equations.

    Parameters
    ----------
    array : Array
    ends : Ends

    Raises
    ------
    Declined
        If the array is too large.
    """

    def __init__(self, array: Array, ends: Ends) -> None:
        self.word = numbering(array, True)
        self.bit = numbering(array, False) + self.word[-1, -1] + 1
        self.size = int(self.bit[-1, -1]) + 1
        if self.size > MAX_NODES:
            raise Declined(f"{self.size} nodes are too many for a dense elimination")
        last = outermost(self.word, self.bit)
        self.fixed = np.zeros(self.size)
        self.index = np.zeros(self.size, dtype=np.intp)
        for side in SIDES:
            direct = np.isinf(ends.conductance(side))
            self.fixed[last[side][direct]] = ends.voltage[side][direct]
            self.index[last[side][direct]] = -1
        free = np.flatnonzero(self.index == 0)
        self.count = len(free)
        self.index[free] = np.arange(self.count)
        self.p, self.q, self.g = joined(array, self.word, self.bit)
        self.outside, self.drive = np.zeros(self.count + 1), np.zeros(self.count + 1)
        for side in SIDES:
            g_end = ends.conductance(side)
            resistive = (g_end > 0.0) & np.isfinite(g_end)
            nodes = self.index[last[side][resistive]]
            np.add.at(self.outside, nodes, g_end[resistive])
            np.add.at(self.drive, nodes, g_end[resistive] * ends.voltage[side][resistive])

    def voltages(self, x: np.ndarray) -> np.ndarray:
        """Voltages of all nodes. [V]"""
        voltages = self.fixed.copy()
        voltages[self.index >= 0] = x
        return voltages

    def _pairs(self, by_word: np.ndarray, by_bit: np.ndarray) -> list[tuple[np.ndarray, ...]]:
        """Pairs of nodes in both directions: here, there, and the slopes of the current by both voltages."""
        p, q = np.concatenate([self.p, self.word.ravel()]), np.concatenate([self.q, self.bit.ravel()])
        by_p, by_q = np.concatenate([self.g, by_word]), np.concatenate([self.g, by_bit])
        return [(p, q, by_p, by_q), (q, p, by_q, by_p)]

    def factors(self, by_word: np.ndarray, by_bit: np.ndarray) -> Elimination:
        """Factors of the matrix with cells of given slopes.

        Raises
        ------
        Declined
            If part of the array floats.
        """
        n = self.count
        coupling, outside = np.zeros((n + 1, n + 1)), self.outside.copy()
        # Fixed nodes have index -1: the last row and column, which are left out.
        for here, there, mine, its in self._pairs(by_word, by_bit):
            i, j = self.index[here], self.index[there]
            np.add.at(coupling, (i, j), its)
            np.add.at(outside, i[j < 0], mine[j < 0])
        factors = Elimination(np.ascontiguousarray(coupling[:n, :n]), outside[:n])
        if factors.singular >= 0:
            raise Declined("a part floats, or a conductance is not a number")
        return factors

    def driven(self, by_word: np.ndarray, by_bit: np.ndarray, transposed: bool = False) -> np.ndarray:
        """Currents that ends and fixed nodes drive into the others. [A]"""
        drive = self.drive.copy()
        for here, there, mine, its in self._pairs(by_word, by_bit):
            i, edge = self.index[here], self.index[there] < 0
            slope = mine if transposed else its
            np.add.at(drive, i[edge], (slope * self.fixed[there])[edge])
        return drive[:-1]

    def add_cells(self, b: np.ndarray, current: np.ndarray) -> np.ndarray:
        """A right-hand side with currents from the word to the bit nodes."""
        right = np.append(b, 0.0)
        np.add.at(right, self.index[self.word.ravel()], -current)
        np.add.at(right, self.index[self.bit.ravel()], current)
        return right[:-1]


class Point:
    """All voltages, with the cells' response to them.

    Parameters
    ----------
    newton : Newton
    x : ndarray
        Voltages of the free nodes of the lines. [V]
    inner : list of ndarray
        Guesses of those inside the cells, which follow. [V]
    """

    def __init__(self, newton: Newton, x: np.ndarray, inner: list[np.ndarray]) -> None:
        self.x = x
        self.inner: list[np.ndarray] = []
        v = newton.wiring.voltages(x)
        self.word, self.bit = v[newton.wiring.word].ravel(), v[newton.wiring.bit].ravel()
        self.f, self.coupling = [], []
        for cells, within in zip(newton.cells, inner, strict=True):
            gate = newton.gate_of(cells)
            settled, f, coupling = cells.settled(self.word[cells.at], self.bit[cells.at], within, gate)
            self.inner.append(settled)
            self.f.append(f)
            self.coupling.append(coupling)


class Newton:
    """Newton's method on all nodes of an array, including those inside its cells."""

    def __init__(self, array: Array, ends: Ends, options: Options) -> None:
        self.wiring, self.cells = Wiring(array, ends), cell_networks(array, options)
        gate = gate_voltages(array, ends)
        self.gate = 0.0 if gate is None else np.broadcast_to(gate, array.shape)
        beside = array.made.conductance
        self.beside = np.zeros(array.rows * array.cols) if beside is None else np.ravel(beside)
        known = ends.levels
        self.scale = max(float(np.abs(known).max()), 1e-300)
        word, bit = ends.references
        x = self.wiring.fixed.copy()
        x[self.wiring.word], x[self.wiring.bit] = word[:, None], bit
        self.iterations = 0
        self.start = x[self.wiring.index >= 0]

    def linearise(self, point: Point) -> None:
        """Set up the matrix at a point."""
        self.parts = [Condensed(coupling) for coupling in point.coupling]
        self.by_word, self.by_bit = self.beside.copy(), self.beside.copy()
        for cells, part in zip(self.cells, self.parts, strict=True):
            self.by_word[cells.at] += part.by_word
            self.by_bit[cells.at] += part.by_bit
        self.factors = self.wiring.factors(self.by_word, self.by_bit)
        self.drive = self.wiring.driven(self.by_word, self.by_bit)

    def current(self, point: Point) -> np.ndarray:
        """Currents of all cells; inner nodes are corrected by the present matrix. [A]"""
        current = self.beside * (point.word - point.bit)
        for cells, part, f in zip(self.cells, self.parts, point.f, strict=True):
            current[cells.at] += part.current(f)
        return current

    def step(self, point: Point) -> tuple[np.ndarray, list[np.ndarray]]:
        """Newton step from a point with the present matrix: of nodes, and of inner nodes. [V]"""
        lines = self.by_bit * point.bit - self.by_word * point.word
        b = self.wiring.add_cells(self.drive, self.current(point) + lines)
        full = self.factors.solve(b)
        v = self.wiring.voltages(full)
        word, bit = v[self.wiring.word].ravel() - point.word, v[self.wiring.bit].ravel() - point.bit
        inner = [p.inside(word[c.at], bit[c.at]) for c, p in zip(self.cells, self.parts, strict=True)]
        return full - point.x, inner

    def solve(self) -> tuple[Point, np.ndarray]:
        """The operating point, and the cells' currents there.

        Raises
        ------
        Declined
            If the iteration does not converge.
        """
        point = self._first()
        damping, before = 1.0, np.inf
        for _ in range(MAX_ITERATIONS):
            self.iterations += 1
            self.linearise(point)
            step = self.step(point)
            size = _largest(step)
            near = size <= NEAR * self.scale
            if size <= ROUNDING * self.scale or (near and size > 0.5 * before) or not self.cells:
                point = self._moved(point, step, 1.0)
                self.linearise(point)
                return point, self.current(point)
            before = size if near else np.inf
            damping = 1.0 if near else min(1.0, 4.0 * damping)
            while True:
                there = self._moved(point, step, damping)
                # Deuflhard's natural test: the next step by the same matrix must be shorter.
                if (
                    near
                    or _largest(self.step(there)) <= (1.0 - damping / 4.0) * size
                    or damping < LEAST_DAMPING
                ):
                    break
                damping *= 0.5
            point = there
        raise Declined("the iteration did not converge")

    def _first(self) -> Point:
        v = self.wiring.voltages(self.start)
        word, bit = v[self.wiring.word].ravel(), v[self.wiring.bit].ravel()
        inner = [c.start(word[c.at], bit[c.at], self.gate_of(c)) for c in self.cells]
        return Point(self, self.start, inner)

    def gate_of(self, cells: CellNetworks) -> np.ndarray | float:
        """Gate voltages of a group of cells. [V]"""
        return self.gate if np.ndim(self.gate) == 0 else np.ravel(self.gate)[cells.at]

    def _moved(self, point: Point, step: tuple[np.ndarray, list[np.ndarray]], damping: float) -> Point:
        x, inner = step
        within = [a + damping * b for a, b in zip(point.inner, inner, strict=True)]
        return Point(self, point.x + damping * x, within)


def _largest(step: tuple[np.ndarray, list[np.ndarray]]) -> float:
    sizes = [np.abs(part).max(initial=0.0) for part in (step[0], *step[1])]
    size = float(max(sizes))
    return size if np.isfinite(size) else np.inf


def solve(array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE) -> Solution:
    """Operating point of an array of few nodes, to rounding error regardless of the tolerance.

    Raises
    ------
    Declined
        With the reason, if this method fails.
    """
    started = perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):
        newton = Newton(array, ends, options)
        point, current = newton.solve()
    m, n = array.shape
    current = current.reshape(m, n)
    solution = Solution(
        np.zeros(m),
        np.zeros(n),
        point.word.reshape(m, n),
        point.bit.reshape(m, n),
        current,
        newton.by_word.reshape(m, n),
    )
    solution.out = end_currents(array, ends, solution, ohmic=False)
    solution.statistics = Statistics(
        unknowns=newton.wiring.count,
        points=1,
        iterations=newton.iterations,
        factorisations=newton.iterations + 1,
        linear_solver="elimination",
        seconds={"total": perf_counter() - started},
    )
    return solution


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends; parameters as for `nodal.LinearArray`.

    Raises
    ------
    Declined
        If the array is too large, or slopes are negative.
    """

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self.array, self.g, self.h, self.transposed = array, g, g if h is None else h, transposed
        if not (np.all(g >= 0.0) and np.all(self.h >= 0.0)):
            raise Declined("cells with a negative differential conductance")
        self.wiring = Wiring(array, ends)
        self.factors = self.wiring.factors(np.ravel(g), np.ravel(self.h))

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; the same ends are held as before."""
        wiring = Wiring(self.array, ends)
        by_word, by_bit = np.ravel(self.g), np.ravel(self.h)
        drive = wiring.driven(by_word, by_bit, self.transposed)
        v = wiring.voltages(self.factors.solve(drive, self.transposed))
        word, bit = v[wiring.word], v[wiring.bit]
        current = self.g * (word - bit)
        if not self.transposed and self.h is not self.g:
            current = current + (self.g - self.h) * bit
        m, n = word.shape
        solution = Solution(np.zeros(m), np.zeros(n), word, bit, current, self.g)
        solution.out = end_currents(self.array, ends, solution, ohmic=False)
        return solution
