import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.linear import LinearSolver

class Convergence:
    system: Assembly
    solver: LinearSolver
    worst: int
    worst_update: float
    worst_residual: float
    iterations: int
    def __init__(
        self,
        system: Assembly,
        solver: LinearSolver,
        x_tolerance: np.ndarray,
        f_tolerance: np.ndarray,
        reltol: float,
    ) -> None: ...
    def set_tolerances(
        self, x_tolerance: np.ndarray, f_tolerance: np.ndarray, relative: np.ndarray
    ) -> None: ...
    def magnitudes(self, x: np.ndarray) -> np.ndarray: ...
