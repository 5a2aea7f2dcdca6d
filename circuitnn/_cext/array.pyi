from collections.abc import Sequence

import numpy as np

from circuitnn._cext.cells import Cells

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
    def hold(
        self,
        held: Sequence[np.ndarray],
        word_ref: np.ndarray,
        bit_ref: np.ndarray,
        gate: np.ndarray | None = ...,
    ) -> None: ...
    def unsymmetric(self, bit_conductance: np.ndarray, transposed: bool = ...) -> None: ...
    def solve(self, cells: Cells | None = ...) -> int: ...
    @property
    def conductance(self) -> np.ndarray: ...
    @property
    def word_deviation(self) -> np.ndarray: ...
    @property
    def bit_deviation(self) -> np.ndarray: ...
    @property
    def references(self) -> tuple[np.ndarray, np.ndarray]: ...
    @property
    def rounded(self) -> bool: ...
    @property
    def cell_voltage(self) -> np.ndarray: ...
    @property
    def cell_current(self) -> np.ndarray: ...
