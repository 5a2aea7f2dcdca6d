from collections.abc import Callable, Sequence

import numpy as np

class Sources:
    n: int
    def __init__(
        self,
        constants: np.ndarray,
        kinds: list[str],
        offsets: np.ndarray,
        numbers: np.ndarray,
        repeats: np.ndarray,
        delays: np.ndarray,
        functions: Sequence[Callable[[float], float] | None] = ...,
        rising: float = ...,
    ) -> None: ...
    def values(self, t: float) -> list[float]: ...
    def table(self, times: np.ndarray, out: np.ndarray) -> None: ...
    def corner(self, t: float) -> float: ...
