from collections.abc import Sequence

import numpy as np

from circuitnn._cext.kernel import KernelHandle

class Cells:
    count: int
    gate: int
    def __init__(
        self,
        handle: KernelHandle,
        count: int,
        roles: Sequence[int],
        values: Sequence[np.ndarray | float],
        columns: Sequence[np.ndarray | float],
        outputs: Sequence[int],
        gmin: float,
        parallel: np.ndarray | None = ...,
    ) -> None: ...
    @property
    def inner_voltage(self) -> np.ndarray | None: ...
    def at(
        self, v: np.ndarray, gate: np.ndarray | None = ...
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
