"""Arrays whose lines have no resistance: one unknown a line, a dense symmetric system."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.dense import TOLERANCE, Declined, make_cells, references
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.solution import Solution, end_currents
from circuitnn.options import Options
from circuitnn.results import Statistics

MAX_ITERATIONS = 100
MAX_HALVINGS = 30
# A step that leaves the residual this much larger has gone too far.
TOO_FAR = 4.0


def applies(array: Array) -> bool:
    """Whether no line has any resistance."""
    lines = (array.wordline_resistance, array.cols), (array.bitline_resistance, array.rows)
    return all(size == 1 or not np.any(resistance) for resistance, size in lines)


def solve(array: Array, ends: Ends, options: Options, tolerance: float = TOLERANCE) -> Solution:
    """Operating point by Newton's method on the lines' voltages.

    Raises
    ------
    Declined
        If it does not converge, or a line is not held by anything.
    """
    started = perf_counter()
    m, n = array.shape
    cells = None if array.linear else make_cells(array, options)
    g_end = [ends.conductance(side) for side in SIDES]
    held = np.concatenate([np.isinf(g_end[0]) | np.isinf(g_end[1]), np.isinf(g_end[2]) | np.isinf(g_end[3])])
    outside = np.zeros(m + n)
    drive = np.zeros(m + n)
    for k, side in enumerate(SIDES):
        part = slice(0, m) if k < 2 else slice(m, m + n)
        finite = np.where(np.isinf(g_end[k]), 0.0, g_end[k])
        outside[part] += finite
        drive[part] += finite * np.nan_to_num(ends.voltage[side])
    x = np.concatenate(references(array, ends))
    free = np.flatnonzero(~held)
    before, step, halvings = np.inf, np.zeros(m + n), 0
    iterations = 0
    for _turn in range(MAX_ITERATIONS):
        voltage = x[:m, None] - x[m:]
        if cells is None:
            g = array.conductance
            current = g * voltage
        else:
            current, g = (a.reshape(m, n) for a in cells.at(voltage))
        into = np.concatenate([-current.sum(axis=1), current.sum(axis=0)]) + drive - outside * x
        size = np.concatenate([np.abs(current).sum(axis=1), np.abs(current).sum(axis=0)])
        error = np.abs(into[free])
        scale = size[free] + np.abs(drive[free]) + outside[free] * np.abs(x[free])
        if np.all(error <= tolerance * scale):
            break
        total = float(error.sum())
        if not total <= TOO_FAR * before:
            if halvings >= MAX_HALVINGS:
                raise Declined("the iteration did not converge")
            halvings += 1
            step *= 0.5
            x[free] -= step
            continue
        before = total
        matrix = np.zeros((m + n, m + n))
        matrix[:m, m:] = -g
        matrix[m:, :m] = -g.T
        matrix[np.diag_indices(m + n)] = np.concatenate([g.sum(axis=1), g.sum(axis=0)]) + outside
        try:
            step = np.linalg.solve(matrix[np.ix_(free, free)], into[free])
        except np.linalg.LinAlgError:
            raise Declined("the matrix is singular") from None
        x[free] += step
        iterations += 1
    else:
        raise Declined("the iteration did not converge")
    zero = np.zeros((m, n))
    made = Solution(x[:m], x[m:], zero, zero, current, np.asarray(g))
    made.out = end_currents(array, ends, made)
    made.statistics = Statistics(
        unknowns=len(free),
        points=1,
        iterations=iterations,
        linear_solver="dense",
        seconds={"total": perf_counter() - started},
    )
    return made
