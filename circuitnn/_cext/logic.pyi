import numpy as np

from circuitnn._cext.waveforms import Sources

class Logic:
    n_nets: int
    n_parts: int
    n_drivers: int
    n_crossings: int
    n_ramps: int
    bent: bool
    def __init__(
        self,
        nets: int,
        parts: list[tuple[object, ...]],
        outputs: list[tuple[int, bool, int]],
        crossings: list[tuple[object, ...]],
        ramps: list[tuple[object, ...]],
        constants: np.ndarray,
    ) -> None: ...
    def settle(self, x: np.ndarray, sources: Sources, passes: int) -> int: ...
    def begin(self, t: float) -> None: ...
    def values(self) -> np.ndarray: ...
    def changes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
