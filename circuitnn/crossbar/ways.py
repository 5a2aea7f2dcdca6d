"""Fast methods for an operating point: the array solver, and nodal analysis where lines or ends require it."""

from __future__ import annotations

import numpy as np

from circuitnn.crossbar import dense, exact, nodal
from circuitnn.crossbar.dense import SOLVER, TOLERANCE, Declined
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import lumped
from circuitnn.crossbar.solution import Solution
from circuitnn.options import Options

Way = type[dense.LinearArray] | type[exact.LinearArray] | type[nodal.LinearArray]
# Rounding errors above this many tolerances are examined.
ROUNDED = 10.0


def solve(array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE) -> Solution:
    """Operating point of an array.

    Parameters
    ----------
    tolerance : float
        KCL error of a line relative to the sum of its cells' currents.

    Raises
    ------
    Declined
        With the reason, if the cells need another way, or none of these converged.
    """
    cells, rough = None, None
    try:
        cells = None if array.linear else dense.make_cells(array, options)
        if lumped(array):
            return nodal.solve(array, ends, cells, tolerance)
        rough = dense.solve(array, ends, cells, tolerance)
        if rough.rounded <= ROUNDED:
            return rough
        why = "rounding exceeds the tolerance"
    except Declined as declined:
        why = str(declined)
    try:
        made = exact.solve(array, ends, options)
        made.statistics.notes.append(f"{SOLVER}: elimination took over: {why}")
        return made
    except Declined:
        if rough is not None:
            return rough
    cells = None if array.linear else dense.make_cells(array, options)
    made = nodal.solve(array, ends, cells, tolerance)
    made.statistics.notes.append(f"{SOLVER}: nodal analysis took over: {why}")
    return made


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends; see `nodal.LinearArray`."""

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self._arguments = array, ends, g, h, transposed
        self._ways: list[Way] = [dense.LinearArray, exact.LinearArray, nodal.LinearArray]
        if lumped(array):
            del self._ways[:2]
        self._made: dense.LinearArray | exact.LinearArray | nodal.LinearArray | None = None

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; which ends are held is as it was.

        Raises
        ------
        Declined
            If no way solves it.
        """
        rough = None
        while True:
            try:
                if self._made is None:
                    self._made = self._ways[0](*self._arguments)
                found = self._made.solution(ends)
                if found.rounded <= ROUNDED:
                    return found
                rough = found
            except Declined:
                if len(self._ways) == 1:
                    raise
                if rough is not None:
                    return rough  # the array is too large for better
            del self._ways[0]
            self._made = None
