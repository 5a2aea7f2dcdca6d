"""Damped Newton's method: steps are shortened until they shorten the one that would follow.

Full steps may go back and forth for ever where a slope changes by orders of magnitude, as in a varistor given by its
voltage. The test compares corrections rather than residuals, so that it does not depend on the units of equations.

References
----------
P. Deuflhard, "A modified Newton method for the solution of ill-conditioned systems of nonlinear equations with
application to multiple shooting", Numer. Math. 22, 289 (1974), doi:10.1007/BF01406969.
"""

from __future__ import annotations

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.newton import Newton
from circuitnn.solvers.full_step import full_step

SHORTEST = 2.0**-30  # fraction of a step below which there is no descent
NEAR = 1e-4  # size of a step, relative to the largest so far, that leaves the rest to full steps


def descend(newton: Newton, conditions: Conditions, x: np.ndarray, iterations: int) -> None:
    """Walk from `x`, which is overwritten, towards a solution, as far as the corrections shrink.

    Parameters
    ----------
    newton : Newton
    conditions : Conditions
    x : ndarray, shape (n + 1,)
    iterations : int
        Most steps.
    """
    _settle_known(newton, conditions, x)
    unit, fraction = np.zeros(len(x) - 1), 1.0
    for _ in range(iterations):
        step = full_step(newton, x, conditions)
        if step is None:
            return
        unit = np.maximum(unit, np.maximum(np.abs(x[:-1]), np.abs(step)))
        size, fraction = _size(step, unit), min(1.0, 4.0 * fraction)
        while not _shrinks(newton, conditions, x, step, fraction, unit, size):
            fraction *= 0.5
            if fraction < SHORTEST:
                return
        x[:-1] -= fraction * step
        if fraction * size < NEAR:
            return


def _settle_known(newton: Newton, conditions: Conditions, x: np.ndarray) -> None:
    """Set the unknowns that equations determine one after the other, such as nodes of sources to ground.

    While they are far off, the slopes of what they control are no guide for the other unknowns.
    """
    starts, row = newton.system.pattern
    column = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    known = np.zeros(len(starts) - 1, dtype=bool)
    while True:
        f, _, jacobian = newton.system.evaluate(x, conditions=conditions)
        unknown = (jacobian != 0.0) & ~known[column]
        alone = np.bincount(row[unknown], minlength=len(known)) == 1
        chosen = np.flatnonzero(unknown & alone[row])
        if not len(chosen):
            return
        with np.errstate(all="ignore"):  # what becomes infinite is no start: nothing follows it
            x[column[chosen]] -= f[row[chosen]] / jacobian[chosen]
        known[column[chosen]] = True


def _shrinks(
    newton: Newton,
    conditions: Conditions,
    x: np.ndarray,
    step: np.ndarray,
    fraction: float,
    unit: np.ndarray,
    size: float,
) -> bool:
    """Whether the correction after a part of a step, by the same factors, is shorter than the step."""
    ahead = x.copy()
    ahead[:-1] -= fraction * step
    with np.errstate(all="ignore"):
        left = newton.factors.correction(newton.system.evaluate(ahead, conditions=conditions)[0])
        return bool(_size(left, unit) <= (1.0 - 0.25 * fraction) * size)


def _size(step: np.ndarray, unit: np.ndarray) -> float:
    """Euclidean norm of a step, each unknown in its own unit; unknowns that have not moved do not count."""
    return float(np.linalg.norm(step[unit > 0.0] / unit[unit > 0.0]))
