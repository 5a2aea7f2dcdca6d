"""A step of Newton's method at a given point, for searches that judge and shorten steps themselves."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.newton import Newton


def full_step(newton: Newton, x: np.ndarray, conditions: Conditions) -> np.ndarray | None:
    """Solve the equations linearised at a point; the factors stay.

    Parameters
    ----------
    newton : Newton
    x : ndarray, shape (n + 1,)
    conditions : Conditions

    Returns
    -------
    ndarray, shape (n,), or None
        What Newton's method subtracts from `x`; None where the equations have no value or their matrix no factors.
    """
    status, residual = newton.linearise(x, conditions)
    if status != 0 or not np.all(np.isfinite(residual)):
        return None
    step = newton.factors.correction(residual)
    return step if np.all(np.isfinite(step)) else None
