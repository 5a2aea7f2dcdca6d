import numpy as np

from circuitnn._cext.history import History
from circuitnn._cext.newton import Newton

METHODS: dict[str, int]

class Transient(History):
    newton: Newton
    h: float
    failed_h: float
    accepted: int
    rejected_by_error: int
    rejected_by_newton: int
    rejected_by_event: int
    status: int
    def __init__(
        self,
        newton: Newton,
        saved: np.ndarray,
        reactive: tuple[np.ndarray, np.ndarray],
        x: np.ndarray,
        q: np.ndarray,
        times: tuple[float, float, float, float],
        floors: tuple[np.ndarray, np.ndarray, np.ndarray],
        tolerances: tuple[float, float, float],
        bounds: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
        method: str,
        max_iterations: int,
        static: bool,
        fixed: bool = False,
    ) -> None: ...
    def unknowns(self) -> np.ndarray: ...
    def run(self, rows: np.ndarray) -> tuple[int, int]: ...
