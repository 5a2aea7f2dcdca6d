from collections.abc import Sequence

import numpy as np

from circuitnn._cext.array import ArraySolver

def batch(solver: ArraySolver, voltages: Sequence[np.ndarray]) -> tuple[int, list[np.ndarray]]: ...
