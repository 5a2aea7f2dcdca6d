import numpy as np

from circuitnn._cext.waveforms import Sources

class RandomCurrents:
    n: int
    def __init__(self, sources: Sources, ends: np.ndarray, rows: np.ndarray, factors: np.ndarray) -> None: ...
