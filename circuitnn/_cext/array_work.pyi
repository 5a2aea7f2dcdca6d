from collections.abc import Sequence

import numpy as np

class Workspace:
    single: bool
    def __init__(
        self,
        m: int,
        n: int,
        single: bool,
        word_links: np.ndarray,
        bit_links: np.ndarray,
        ends: Sequence[np.ndarray],
        gated: bool,
        joined: list[np.ndarray | None],
        iterates: bool,
    ) -> None: ...
