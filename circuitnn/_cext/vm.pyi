from collections.abc import Sequence

import numpy as np

from circuitnn._cext.kernel import KernelHandle

OPERATIONS: tuple[str, ...]
BEST_ISA: int

class Program:
    steps: np.ndarray
    constants: np.ndarray
    def __init__(
        self,
        steps: Sequence[tuple[int, int, int, int, int]],
        constants: Sequence[float],
        sizes: tuple[int, int, int, int],
        tables: Sequence[tuple[Sequence[float], Sequence[float]]] = ...,
    ) -> None: ...
    def handle(self, isa: int = ...) -> KernelHandle: ...
