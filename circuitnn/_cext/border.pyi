from collections.abc import Callable

import numpy as np

from circuitnn._cext.linear import LinearSolver
from circuitnn.solvers.border import Layout

class Border:
    direct: LinearSolver
    def __init__(
        self, layout: Layout, make_direct: Callable[[np.ndarray, np.ndarray], LinearSolver]
    ) -> None: ...
