import numpy as np

from circuitnn._cext.memory import Memory

class Delays:
    n: int
    def __init__(
        self,
        plus: np.ndarray,
        minus: np.ndarray,
        branch: np.ndarray,
        impedance: np.ndarray,
        delay: np.ndarray,
        memory: Memory,
        positions: np.ndarray,
    ) -> None: ...
    @staticmethod
    def none() -> Delays: ...
    def prepare(
        self,
        waves: np.ndarray | None,
        rest: np.ndarray,
        smallest: np.ndarray,
        tolerances: tuple[float, float],
    ) -> None: ...
