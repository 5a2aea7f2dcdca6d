import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.linear import LinearSolver

class Newton:
    system: Assembly
    solver: LinearSolver
    reltol: float
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
    @property
    def seconds(self) -> dict[str, float]: ...
    def add_counts(self, other: Newton) -> None: ...
    def linearise(self, x: np.ndarray, t: float = 0.0) -> tuple[int, np.ndarray]: ...
    def correction(self, residual: np.ndarray) -> np.ndarray: ...
    def relax(self, x: np.ndarray, alpha: float, max_iterations: int = 100) -> int: ...
    def sweep(
        self,
        x: np.ndarray,
        source: np.ndarray,
        values: np.ndarray,
        saved: np.ndarray,
        rows: np.ndarray,
        max_iterations: int,
    ) -> int: ...
    def operating_point(self, x: np.ndarray, t: float = 0.0, max_iterations: int = 100) -> int: ...
