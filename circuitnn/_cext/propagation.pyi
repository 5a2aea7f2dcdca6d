import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.displacements import Displacements
from circuitnn._cext.kinks import Kinks
from circuitnn._cext.newton import Newton

class Propagator:
    newton: Newton
    steps: int
    rejected: int
    failed_at: float
    rounding: float
    def __init__(
        self,
        newton: Newton,
        conditions: Conditions,
        a: np.ndarray,
        error: np.ndarray,
        weights: np.ndarray,
        max_iterations: int = 50,
        displacements: Displacements | None = None,
        kinks: Kinks | None = None,
    ) -> None: ...
    def set_weights(self, weights: np.ndarray) -> None: ...
    def adapt(
        self,
        x: np.ndarray,
        q: np.ndarray,
        t: float,
        end: float,
        first: float,
        largest: float,
        tolerance: float,
        rows: np.ndarray,
    ) -> tuple[int, int, float]: ...
    def march(
        self,
        x: np.ndarray,
        q: np.ndarray,
        t: float,
        duration: float,
        fractions: np.ndarray,
        points: np.ndarray,
        charges: np.ndarray,
        unknowns: np.ndarray,
        stretch: np.ndarray,
        shift: np.ndarray,
        timed: bool = False,
    ) -> int: ...
    def transfer(
        self,
        x: np.ndarray,
        q: np.ndarray,
        t: float,
        duration: float,
        fractions: np.ndarray,
        states: np.ndarray,
        injected: np.ndarray,
        steps: np.ndarray,
    ) -> int: ...
    def product(
        self, x: np.ndarray, t: float, directions: np.ndarray, displaced: bool = False
    ) -> np.ndarray: ...
    def fire(
        self, x: np.ndarray, t: float, happenings: list[tuple[int, int, int]]
    ) -> tuple[np.ndarray, np.ndarray]: ...
    def due(self, x: np.ndarray, t: float) -> list[tuple[int, int, int]]: ...
