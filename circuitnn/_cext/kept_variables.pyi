import numpy as np

from circuitnn._cext.group import DeviceGroup

Pairs = list[tuple[int, int]]

class KeptVariables:
    def __init__(
        self,
        groups: list[tuple[DeviceGroup, int, int, list[int], Pairs, Pairs]],
        tolerance: float,
        sizes: np.ndarray,
        statetol: np.ndarray,
    ) -> None: ...
