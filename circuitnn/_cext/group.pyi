from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn._cext.kernel import KernelHandle

@dataclass(frozen=True)
class Happenings:
    events: int
    updates: list[tuple[int, int, int]]
    redraws: list[tuple[int, int]]
    randoms: list[tuple[int, int]]
    keys: np.ndarray
    shown: tuple[int, ...] = ...

@dataclass(frozen=True)
class Inner:
    rows: list[int]
    outer: list[int]
    G: list[int]
    C: list[int]
    fill: np.ndarray
    rates: list[bool]

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
        grounds: tuple[int, int],
        rows: dict[str, list],
        happenings: Happenings,
        inner: Inner,
        junctions: Sequence[tuple[int, int, int, int, bool]],
        carried: list[int],
        guarded: bool,
        timed: bool,
        restful: bool,
        keeping: bool = False,
    ) -> None: ...
    def may_rest(self, x_tolerance: np.ndarray, relative: np.ndarray) -> None: ...
    @property
    def outputs(self) -> np.ndarray: ...
    @property
    def memory(self) -> tuple[np.ndarray, np.ndarray]: ...
    @memory.setter
    def memory(self, memory: tuple[np.ndarray, np.ndarray]) -> None: ...
    @property
    def columns(self) -> np.ndarray: ...
