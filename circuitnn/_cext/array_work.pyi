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
        top: np.ndarray,
        bottom: np.ndarray,
        gated: bool,
        iterates: bool,
    ) -> None: ...
