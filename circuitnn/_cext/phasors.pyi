import numpy as np

Pattern = tuple[np.ndarray, np.ndarray]
Entries = tuple[np.ndarray, ...]
LANES: int

class Sweep:
    def __init__(
        self,
        blocks: np.ndarray,
        lower: Pattern,
        upper: Pattern,
        columns: Entries,
        equations: Entries,
        transposed: bool,
        slots: int,
        good: float,
    ) -> None: ...
    def excite(self, b: np.ndarray) -> None: ...
    def run(
        self, omega: np.ndarray, dispersive: np.ndarray, wanted: np.ndarray, x: np.ndarray, first: int
    ) -> int: ...
