"""An array on the nodes that remain after merging those joined by segments without resistance.

Any wiring is possible: lines that are a single node, wholly or in part, with ends held directly, through
resistances or not at all. The matrix is dense if lines have few nodes, else sparse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn._cext.elimination import Elimination
from circuitnn._cext.linear import LinearSolver
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.line_elimination import Declined
from circuitnn.crossbar.nodes import joined, lumped, numbering, outermost
from circuitnn.crossbar.solution import Solution
from circuitnn.solvers.linear import make_solver
from circuitnn.system.pattern import Pattern

ROUNDING = 8 * np.finfo(float).eps
# A matrix is solved as a dense one if at least one in this many entries is not zero.
FULL = 8
# Largest number of nodes for which a solution without subtraction is worth its time.
SHARP = 200
# Voltages this many times those of the ends are invalid.
FAR = 1e3


@dataclass(frozen=True, eq=False)
class Coupling:
    """Present currents and slopes of the cells, arrays of shape (rows, columns).

    Parameters
    ----------
    out, into : ndarray
        Current out of each word node and into each bit node. [A]
    ww, wb, bw, bb : ndarray
        ∂out/∂(word voltage), −∂out/∂(bit voltage), ∂into/∂(word voltage), −∂into/∂(bit voltage). [S]
    """

    out: np.ndarray
    into: np.ndarray
    ww: np.ndarray
    wb: np.ndarray
    bw: np.ndarray
    bb: np.ndarray


class MergedNetwork:
    """An array on its merged nodes.

    Parameters
    ----------
    array : Array
    ends : Ends
        The held ends and their resistances.

    Attributes
    ----------
    free : ndarray of int
        Nodes that are not held directly.
    """

    def __init__(self, array: Array, ends: Ends) -> None:
        self.array, self.lumped = array, lumped(array)
        self._find_nodes()
        self.end_nodes = list(outermost(self.word, self.bit).values())
        self.conductances = [ends.conductance(side) for side in SIDES]
        self.pins = [np.isinf(g) for g in self.conductances]
        self.finite = [np.where(pin, 0.0, g) for g, pin in zip(self.conductances, self.pins, strict=True)]
        self.outside = np.zeros(self.size)
        self.pinned = np.zeros(self.size, dtype=bool)
        for nodes, g, pin in zip(self.end_nodes, self.finite, self.pins, strict=True):
            self.outside[nodes] += g
            self.pinned[nodes[pin]] = True
        self.at_ends = self.outside.copy()
        np.add.at(self.outside, self.p, self.g)
        np.add.at(self.outside, self.q, self.g)
        self.free = np.flatnonzero(~self.pinned)
        strongest = np.lexsort((self.outside, self.line))
        self.anchors = strongest[np.append(np.diff(self.line[strongest]) > 0, True)]
        self.factorisations = self.iterations = 0
        self._solver: LinearSolver | None = None
        self._inverse: np.ndarray | None = None
        self._exact: Elimination | None = None
        self.sharp, self.factored, self.full = False, False, True
        if not self.lumped:
            self._lay_out()

    def _find_nodes(self) -> None:
        """Number the nodes; find the line of each, and pairs p, q joined by a segment of conductance g."""
        m, n = self.array.shape
        if self.lumped:
            self.size, self.line = m + n, np.arange(m + n)
            self.word = np.broadcast_to(self.line[:m, None], (m, n))
            self.bit = np.broadcast_to(self.line[m:], (m, n))
            self.p = self.q = np.zeros(0, dtype=np.intp)
            self.g = np.zeros(0)
            return
        self.word = numbering(self.array, True)
        self.bit = numbering(self.array, False) + self.word[-1, -1] + 1
        self.size = int(self.bit[-1, -1]) + 1
        self.line = np.empty(self.size, dtype=np.intp)
        self.line[self.word] = np.arange(m)[:, None]
        self.line[self.bit] = m + np.arange(n)
        self.p, self.q, self.g = joined(self.array, self.word, self.bit)

    def _lay_out(self) -> None:
        """Find the positions of all entries in the matrix of the free nodes."""
        number = np.full(self.size, -1)
        number[self.free] = np.arange(len(self.free))
        every, word, bit = np.arange(self.size), self.word.ravel(), self.bit.ravel()
        rows = number[np.concatenate([every, self.p, self.q, word, word, bit, bit])]
        columns = number[np.concatenate([every, self.q, self.p, word, bit, word, bit])]
        inside = (rows >= 0) & (columns >= 0)
        self.full = len(self.free) ** 2 <= FULL * int(np.count_nonzero(inside))
        count = len(self.free)
        if self.full:
            self._positions = np.where(inside, rows * count + columns, count**2)
            self._entries = count**2
            return
        self._pattern = Pattern(count, np.where(inside, rows, -1), np.where(inside, columns, -1))
        self._positions, self._entries = self._pattern.entries, self._pattern.nonzeros

    @property
    def solver_name(self) -> str:
        """Name of the solver for the matrix."""
        return "dense" if self._solver is None else self._solver.name

    def hold(self, ends: Ends) -> None:
        """Start from the voltages of the ends."""
        self._ends = ends
        word, bit = ends.references
        self.reference = np.concatenate([word, bit])
        self.x = np.zeros(self.size)
        self.held = []
        for side, nodes, pin in zip(SIDES, self.end_nodes, self.pins, strict=True):
            self.held.append(np.nan_to_num(ends.voltage[side]) - self.reference[self.line[nodes]])
            self.x[nodes[pin]] = self.held[-1][pin]

    def _at_cells(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values of the nodes at both sides of the cells, to be broadcast."""
        m = self.array.rows
        return (x[:m, None], x[m:]) if self.lumped else (x[self.word], x[self.bit])

    def cell_voltage(self) -> np.ndarray:
        """Voltage of each cell, shape (rows, columns). [V]"""
        m = self.array.rows
        word, bit = self._at_cells(self.x)
        return (self.reference[:m, None] - self.reference[m:]) + (word - bit)

    def bit_voltage(self) -> np.ndarray:
        """Voltage of each bit node, to be broadcast over the cells. [V]"""
        return self.reference[self.array.rows :] + self._at_cells(self.x)[1]

    def residual(self, cells: Coupling) -> np.ndarray:
        """Currents into the nodes; 0 where they are held directly. [A]"""
        if self.lumped:
            into = np.concatenate([-cells.out.sum(axis=1), cells.into.sum(axis=0)])
        else:
            flow = self.g * (self.x[self.p] - self.x[self.q])
            into = np.bincount(self.bit.ravel(), cells.into.ravel(), self.size)
            into -= np.bincount(self.word.ravel(), cells.out.ravel(), self.size)
            into += np.bincount(self.q, flow, self.size) - np.bincount(self.p, flow, self.size)
        for nodes, g, held in zip(self.end_nodes, self.finite, self.held, strict=True):
            into[nodes] += g * (held - self.x[nodes])
        return np.where(self.pinned, 0.0, into)

    def along_lines(self, cells: Coupling, into: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sums of |residual| and of |cell current| along each line, shape (rows + columns,). [A]"""
        errors = np.bincount(self.line, np.abs(into), sum(self.array.shape))
        return errors, np.concatenate([np.abs(cells.out).sum(axis=1), np.abs(cells.into).sum(axis=0)])

    def noise(self, cells: Coupling, gate: np.ndarray | float) -> np.ndarray:
        """Rounding error of the residuals of a line, shape (rows + columns,). [A]"""
        m, lines = self.array.rows, sum(self.array.shape)
        x, reference = np.abs(self.x), np.abs(self.reference)
        word, bit = self._at_cells(x)
        size = (reference[:m, None] + word) + (reference[m:] + bit) + np.abs(gate)
        size = size * np.maximum(np.maximum(cells.ww, cells.bb), np.maximum(cells.wb, cells.bw))
        noise = np.concatenate([size.sum(axis=1), size.sum(axis=0)])
        noise += np.bincount(self.line[self.p], self.g * (x[self.p] + x[self.q]), lines)
        for nodes, g, held in zip(self.end_nodes, self.finite, self.held, strict=True):
            noise[self.line[nodes]] += g * (np.abs(held) + x[nodes])
        return ROUNDING * noise

    def final(self) -> bool:
        """Whether no better method remains and voltages are plausible: a singular matrix can give any."""
        if self._may_sharpen():
            return False
        ends = zip(self.end_nodes, self.held, strict=True)
        most = max(float(np.max(np.abs(self.reference[self.line[nodes]] + held))) for nodes, held in ends)
        return float(np.max(np.abs(self.x + self.reference[self.line]))) <= FAR * most

    def step(self, cells: Coupling, into: np.ndarray, again: bool) -> np.ndarray:
        """Newton step for a residual; `again`: with the same matrix as before.

        Raises
        ------
        Declined
            If the matrix is singular.
        """
        self.iterations += 1
        if not again:
            self.factorisations += 1
            self.factored = True
            self._exact = self._eliminated(cells) if self.sharp else None
            self._values, self._inverse = self._lines(cells) if self.lumped else self._nodes(cells), None
        step = np.zeros(self.size)
        step[self.free] = self._solved(into[self.free], again)
        return step

    def _may_sharpen(self) -> bool:
        return not self.sharp and not self.lumped and len(self.free) <= SHARP

    def sharpen(self) -> bool:
        """Restart without subtraction; False if that is already in use, or the array is too large for it."""
        if not self._may_sharpen():
            return False
        self.sharp, self.factored = True, False
        self.hold(self._ends)
        return True

    def _eliminated(self, cells: Coupling) -> Elimination | None:
        """Factors without subtraction, if all couplings are positive and currents leave as they enter."""
        alike = np.array_equal(cells.ww, cells.bw) and np.array_equal(cells.bb, cells.wb)
        if not alike or np.any(cells.ww < 0.0) or np.any(cells.bb < 0.0):
            return None
        off = np.zeros((self.size, self.size))
        np.add.at(off, (self.p, self.q), self.g)
        np.add.at(off, (self.q, self.p), self.g)
        np.add.at(off, (self.word, self.bit), cells.wb)
        np.add.at(off, (self.bit, self.word), cells.bw)
        hold = self.at_ends + off[self.pinned].sum(axis=0)
        factors = Elimination(off[np.ix_(self.free, self.free)], hold[self.free])
        if factors.singular >= 0:
            raise Declined("the matrix is singular")
        return factors

    def _nodes(self, cells: Coupling) -> np.ndarray:
        """Values of the matrix of the free nodes; a square array if it is dense."""
        parts = (self.outside, -self.g, -self.g, cells.ww, -cells.wb, -cells.bw, cells.bb)
        weights = np.concatenate([np.ravel(part) for part in parts])
        values = np.bincount(self._positions, weights, self._entries + 1)[: self._entries]
        return values.reshape(len(self.free), -1) if self.full else values

    def _lines(self, cells: Coupling) -> np.ndarray:
        """The same if every line is a single node."""
        m = self.array.rows
        matrix = np.diag(self.outside + np.concatenate([cells.ww.sum(axis=1), cells.bb.sum(axis=0)]))
        matrix[:m, m:], matrix[m:, :m] = -cells.wb, -cells.bw.T
        return matrix if len(self.free) == self.size else matrix[np.ix_(self.free, self.free)]

    def _solved(self, b: np.ndarray, again: bool) -> np.ndarray:
        if self._exact is not None:
            return self._exact.solve(b)
        if self.full:
            try:
                if not again:
                    return np.linalg.solve(self._values, b)
                # a correction, or another right-hand side; later corrections remove its rounding error
                self._inverse = np.linalg.inv(self._values) if self._inverse is None else self._inverse
                return self._inverse @ b
            except np.linalg.LinAlgError:
                raise Declined("the matrix is singular") from None
        if self._solver is None:
            self._solver, _ = make_solver(
                "auto", self._pattern.starts, self._pattern.indices, lambda: self._values, exact=False
            )
        x = np.ascontiguousarray(b)
        if (self._solver.solve_again(x) if again else self._solver.solve_once(self._values, x)) != 0:
            raise Declined("the matrix is singular")
        return x

    def move(self, step: np.ndarray) -> None:
        """Add a step to the voltages; a negative one takes it back."""
        self.x = self.x + step

    def rebase(self) -> None:
        """Move the reference of each line to its strongest conductances, which need the best resolution of voltages."""
        shift = self.x[self.anchors]
        self.reference = self.reference + shift
        self.x -= shift[self.line]
        for held, nodes in zip(self.held, self.end_nodes, strict=True):
            held -= shift[self.line[nodes]]

    def solution(self, ends: Ends, cells: Coupling) -> Solution:
        """The present solution."""
        m = self.array.rows
        word, bit = (np.broadcast_to(values, self.array.shape) for values in self._at_cells(self.x))
        solution = Solution(
            self.reference[:m],
            self.reference[m:],
            word,
            bit,
            cells.out,
            cells.ww,
        )
        solution.out = end_currents(self.array, ends, solution)
        return solution
