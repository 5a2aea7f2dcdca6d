import numpy as np

Pattern = tuple[np.ndarray, np.ndarray]
Entries = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

def fill(starts: np.ndarray, rows: np.ndarray, blocks: np.ndarray) -> tuple[Pattern, Pattern]: ...

class Sweep:
    def __init__(
        self,
        blocks: np.ndarray,
        lower: Pattern,
        upper: Pattern,
        columns: Entries,
        equations: Entries,
        b: np.ndarray,
        transposed: bool,
        slots: int,
    ) -> None: ...
    def run(
        self, omega: np.ndarray, dispersive: np.ndarray, wanted: np.ndarray, x: np.ndarray, first: int
    ) -> int: ...
