import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.conditions import Conditions
from circuitnn._cext.convergence import Convergence
from circuitnn._cext.factors import Factors
from circuitnn._cext.lattice import Lattice
from circuitnn._cext.linear import LinearSolver

class Newton:
    system: Assembly
    solver: LinearSolver
    factors: Factors
    convergence: Convergence
    iterations: int
    doubts: int
    def __init__(self, factors: Factors, convergence: Convergence, voltages: np.ndarray) -> None: ...
    def test_by(self, convergence: Convergence) -> None: ...
    def use(self, lattice: Lattice | None) -> None: ...
    @property
    def seconds(self) -> dict[str, float]: ...
    def add_counts(self, other: Newton) -> None: ...
    def answer(self) -> None: ...
    def linearise(self, x: np.ndarray, conditions: Conditions, t: float = 0.0) -> tuple[int, np.ndarray]: ...
    def implicit(
        self,
        x: np.ndarray,
        conditions: Conditions,
        t: float,
        alpha: float,
        history: np.ndarray,
        max_iterations: int = 100,
    ) -> int: ...
    def operating_point(
        self,
        x: np.ndarray,
        conditions: Conditions,
        t: float = 0.0,
        max_iterations: int = 100,
        first: bool = False,
        verify: bool = False,
    ) -> int: ...
