import numpy as np

from circuitnn._cext.linear import LinearSolver

def version() -> str: ...
def solve_complex(
    starts: np.ndarray,
    rows: np.ndarray,
    G: np.ndarray,
    C: np.ndarray,
    omega: np.ndarray,
    b: np.ndarray,
    transposed: bool,
    positions: np.ndarray,
    dispersive: np.ndarray,
    kept: np.ndarray,
) -> tuple[np.ndarray, int]: ...

class KLU(LinearSolver): ...
