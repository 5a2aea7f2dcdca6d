from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from circuitnn._cext.kernel import KernelHandle

class Module:
    name: str
    terminals: int
    nodes: tuple[tuple[str, str, bool, bool, bool], ...]
    entries: tuple[tuple[int, int, bool, bool], ...]
    collapsible: tuple[tuple[int, int], ...]
    parameters: tuple[tuple[tuple[str, ...], int, bool, int, str, str], ...]
    noises: tuple[tuple[str, int, int], ...]
    bounds_steps: bool
    delays: bool

class Devices:
    def __init__(
        self,
        module: Module,
        parameters: Sequence[int],
        multiplier: int,
        inputs: ArrayLike,
        sizes: tuple[int, int],
        rows: Sequence[np.ndarray],
    ) -> None: ...
    def handle(self) -> KernelHandle: ...
    def joined(self, columns: np.ndarray, k: int) -> tuple[bool, ...]: ...
    def integrates(self, columns: np.ndarray) -> bool: ...
    def noise(self, x: np.ndarray, columns: np.ndarray, gmin: float, hertz: np.ndarray) -> np.ndarray: ...

def read_library(path: str) -> list[Module]: ...
