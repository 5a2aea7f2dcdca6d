import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.group import DeviceGroup
from circuitnn._cext.kernel import KernelHandle

class Kinks:
    def __init__(self, system: Assembly, groups: list[tuple[DeviceGroup, KernelHandle]]) -> None: ...
    def values(self, x: np.ndarray) -> np.ndarray: ...
