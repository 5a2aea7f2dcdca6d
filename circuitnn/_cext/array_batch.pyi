from collections.abc import Sequence

import numpy as np

from circuitnn._cext.array import ArraySolver

def batch(
    solver: ArraySolver,
    voltages: Sequence[np.ndarray],
    cell_voltage: np.ndarray | None = ...,
    threads: int = ...,
) -> tuple[int, list[np.ndarray]]: ...
