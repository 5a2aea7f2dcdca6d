import numpy as np

class Delays:
    n: int
    def __init__(
        self,
        plus: np.ndarray,
        minus: np.ndarray,
        branch: np.ndarray,
        impedance: np.ndarray,
        delay: np.ndarray,
    ) -> None: ...
    def prepare(self, initial: np.ndarray | None, tolerances: tuple[float, float, float]) -> None: ...
