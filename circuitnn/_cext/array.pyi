import numpy as np

from circuitnn._cext.array_state import ArrayState
from circuitnn._cext.cells import Cells

class ArraySolver(ArrayState):
    iterations: int
    newton_iterations: int
    factorisations: int
    error: float
    worst: int
    rtol: float
    atol: float
    max_newton: int
    max_iterations: int
    def unsymmetric(self, bit_conductance: np.ndarray, transposed: bool = ...) -> None: ...
    def solve(self, cells: Cells | None = ...) -> int: ...
    @property
    def conductance(self) -> np.ndarray: ...
    @property
    def rounded(self) -> bool: ...
