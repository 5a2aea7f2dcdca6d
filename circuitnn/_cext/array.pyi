from collections.abc import Sequence

import numpy as np

from circuitnn._cext.kernel import KernelHandle

class Cells:
    count: int
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
    def at(self, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...

class ArraySolver:
    iterations: int
    newton_iterations: int
    factorisations: int
    error: float
    worst: int
    rtol: float
    atol: float
    max_newton: int
    max_iterations: int
    def __init__(
        self,
        m: int,
        n: int,
        word_links: np.ndarray,
        bit_links: np.ndarray,
        ends: Sequence[np.ndarray],
        held: tuple[np.ndarray | bool, np.ndarray | bool] = ...,
    ) -> None: ...
    def hold(self, held: Sequence[np.ndarray], word_ref: np.ndarray, bit_ref: np.ndarray) -> None: ...
    def solve(self, cells: Cells | None) -> int: ...
    def batch(self, voltages: Sequence[np.ndarray]) -> tuple[int, list[np.ndarray]]: ...
    @property
    def conductance(self) -> np.ndarray: ...
    @property
    def word_deviation(self) -> np.ndarray: ...
    @property
    def bit_deviation(self) -> np.ndarray: ...
    @property
    def references(self) -> tuple[np.ndarray, np.ndarray]: ...
    @property
    def cell_voltage(self) -> np.ndarray: ...
    @property
    def cell_current(self) -> np.ndarray: ...
