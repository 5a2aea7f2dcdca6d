import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.group import DeviceGroup

class Displacements:
    def __init__(
        self, system: Assembly, groups: list[tuple[DeviceGroup, int, int, np.ndarray]], stages: int
    ) -> None: ...
