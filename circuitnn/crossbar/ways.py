"""The quick ways to an operating point: the array solver, and nodal analysis where its wires or ends need it."""

from __future__ import annotations

from contextlib import suppress

import numpy as np

from circuitnn.crossbar import dense, nodal
from circuitnn.crossbar.dense import SOLVER, TOLERANCE, Declined
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import lumped
from circuitnn.crossbar.solution import Solution
from circuitnn.options import Options


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
    cells = None if array.linear else dense.make_cells(array, options)
    if lumped(array):
        return nodal.solve(array, ends, cells, tolerance)
    try:
        return dense.solve(array, ends, cells, tolerance)
    except Declined as why:
        made = nodal.solve(array, ends, cells, tolerance)
        made.statistics.notes.append(f"{SOLVER}: nodal analysis took over: {why}")
        return made


class LinearArray:
    """An array of cells with given slopes, for any voltages of its ends; see `nodal.LinearArray`."""

    def __init__(
        self, array: Array, ends: Ends, g: np.ndarray, h: np.ndarray | None = None, transposed: bool = False
    ) -> None:
        self._arguments = array, ends, g, h, transposed
        self._ways: list[dense.LinearArray | nodal.LinearArray] = []
        if not lumped(array):
            with suppress(Declined):
                self._ways.append(dense.LinearArray(*self._arguments))
        if not self._ways:
            self._ways.append(nodal.LinearArray(*self._arguments))

    def solution(self, ends: Ends) -> Solution:
        """Response to the ends' voltages; which ends are held is as it was.

        Raises
        ------
        Declined
            If no way solves it.
        """
        try:
            return self._ways[-1].solution(ends)
        except Declined:
            if isinstance(self._ways[-1], nodal.LinearArray):
                raise
            self._ways.append(nodal.LinearArray(*self._arguments))
            return self._ways[-1].solution(ends)
