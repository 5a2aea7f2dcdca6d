from collections.abc import Sequence

import numpy as np

def blocks(links: np.ndarray, conductance: float, length: int) -> int: ...
def grid_for(
    conductance: np.ndarray, word_links: np.ndarray, bit_links: np.ndarray, ends: Sequence[np.ndarray]
) -> CoarseGrid | bool: ...

class CoarseGrid:
    def __init__(
        self,
        shape: tuple[int, int],
        grid: tuple[int, int],
        word_links: np.ndarray,
        bit_links: np.ndarray,
        ends: Sequence[np.ndarray],
    ) -> None: ...
