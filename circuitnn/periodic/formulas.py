"""One-step formulas of periodic orbits: diagonally implicit Runge-Kutta methods, stiffly accurate and L-stable.

References
----------
R. Alexander, "Diagonally implicit Runge-Kutta methods for stiff O.D.E.'s", SIAM J. Numer. Anal. 14, 1006 (1977),
doi:10.1137/0714068.
E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II", 2nd ed. (1996), table IV.6.5,
doi:10.1007/978-3-642-05221-7.
"""

from __future__ import annotations

import math

import numpy as np

from circuitnn.records import dataclass


@dataclass(frozen=True, eq=False)
class OneStep:
    """A formula whose last stage is the end of the step.

    Parameters
    ----------
    name : str
    order : int
        The error falls with this power of the step.
    a : ndarray, shape (stages, stages)
        Weights of the rates; the same number all along the diagonal.
    error : ndarray, shape (stages,)
        Weights of the difference from an embedded formula.
    """

    name: str
    order: int
    a: np.ndarray
    error: np.ndarray


def _second() -> OneStep:
    gamma = 1.0 - 1.0 / math.sqrt(2.0)
    a = np.array([[gamma, 0.0], [1.0 - gamma, gamma]])
    # embedded formula: the rate at the first stage alone, of first order
    return OneStep("sdirk2", 2, a, a[-1] - np.array([1.0, 0.0]))


def _fourth() -> OneStep:
    a = np.array(
        [
            [1 / 4, 0, 0, 0, 0],
            [1 / 2, 1 / 4, 0, 0, 0],
            [17 / 50, -1 / 25, 1 / 4, 0, 0],
            [371 / 1360, -137 / 2720, 15 / 544, 1 / 4, 0],
            [25 / 24, -49 / 48, 125 / 16, -85 / 12, 1 / 4],
        ]
    )
    return OneStep("sdirk4", 4, a, a[-1] - np.array([59 / 48, -17 / 96, 225 / 32, -85 / 12, 0.0]))


FORMULAS = {formula.name: formula for formula in (_second(), _fourth())}
