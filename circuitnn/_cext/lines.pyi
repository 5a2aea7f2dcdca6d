from collections.abc import Callable

import numpy as np

from circuitnn._cext.chains import Chains
from circuitnn._cext.linear import LinearSolver
from circuitnn.solvers.structure import Structure

class Lines(LinearSolver):
    direct: LinearSolver | None
    why: str
    fallbacks: int
    chains: Chains
    n_pins: int
    n_folds: int
    tolerance: float
    refine: bool
    def __init__(
        self,
        column_starts: np.ndarray,
        rows: np.ndarray,
        structure: Structure,
        make_direct: Callable[[np.ndarray, np.ndarray], LinearSolver],
    ) -> None: ...
