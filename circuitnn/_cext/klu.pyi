import numpy as np

from circuitnn._cext.linear import LinearSolver

def version() -> str: ...

class KLU(LinearSolver):
    spared: int

class ComplexPivots:
    def __init__(self, starts: np.ndarray, rows: np.ndarray) -> None: ...
    def order(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None: ...
