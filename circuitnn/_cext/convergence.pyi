import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.factors import Factors

class Convergence:
    system: Assembly
    factors: Factors
    rounded: bool
    worst: int
    worst_update: float
    worst_residual: float
    def __init__(
        self, factors: Factors, x_tolerance: np.ndarray, f_tolerance: np.ndarray, relative: np.ndarray
    ) -> None: ...
    def flows(self, x: np.ndarray) -> np.ndarray: ...
    def magnitudes(self, x: np.ndarray) -> np.ndarray: ...
