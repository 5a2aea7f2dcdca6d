from collections.abc import Sequence

import numpy as np

from circuitnn._cext.kernel import KernelHandle

class DeviceGroup:
    name: str
    handle: KernelHandle
    def __init__(
        self,
        name: str,
        handle: KernelHandle,
        nodes: np.ndarray,
        columns: np.ndarray,
        slots: dict[str, np.ndarray],
        rows: dict[str, list],
        memories: Sequence[int],
        junctions: Sequence[tuple[int, int, int, int]],
        guarded: bool,
    ) -> None: ...
    @property
    def columns(self) -> np.ndarray: ...
