from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

class KernelHandle:
    n_inputs: int
    n_columns: int
    n_outputs: int
    backend: str
    def evaluate(
        self, x: ArrayLike, columns: ArrayLike = ..., globals_: Sequence[float] = ...
    ) -> np.ndarray: ...
    def seconds(self, x: ArrayLike, columns: ArrayLike, repetitions: int) -> float: ...

def native_handle(name: str, digest: str) -> KernelHandle | None: ...
