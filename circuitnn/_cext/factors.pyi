import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.linear import LinearSolver

class Factors:
    system: Assembly
    solver: LinearSolver
    def __init__(self, system: Assembly, solver: LinearSolver) -> None: ...
    def correction(self, residual: np.ndarray) -> np.ndarray: ...
