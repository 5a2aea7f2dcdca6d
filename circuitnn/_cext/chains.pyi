from collections.abc import Callable

import numpy as np

from circuitnn._cext.border import Border
from circuitnn._cext.linear import LinearSolver
from circuitnn.solvers.structure import Structure

class Chains:
    n_first: int
    n_second: int
    n_groups: int
    iterations: int
    border: Border | None
    def __init__(
        self, structure: Structure, make_direct: Callable[[np.ndarray, np.ndarray], LinearSolver]
    ) -> None: ...
