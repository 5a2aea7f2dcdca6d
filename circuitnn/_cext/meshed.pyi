from collections.abc import Callable

import numpy as np

from circuitnn._cext.linear import LinearSolver

class Meshed(LinearSolver):
    sparse: LinearSolver
    direct: LinearSolver | None
    n_ports: int
    n_couplings: int
    turns: int
    declined: int
    def __init__(
        self,
        column_starts: np.ndarray,
        rows: np.ndarray,
        coupled: np.ndarray,
        coupling: np.ndarray,
        make_direct: Callable[[np.ndarray, np.ndarray], LinearSolver],
    ) -> None: ...
