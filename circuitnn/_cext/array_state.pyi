from collections.abc import Sequence
from typing import Protocol

import numpy as np

class Joined(Protocol):
    @property
    def flags(self) -> np.ndarray: ...
    @property
    def held(self) -> tuple[np.ndarray, np.ndarray]: ...

class ArrayState:
    def __init__(
        self,
        m: int,
        n: int,
        word_links: np.ndarray,
        bit_links: np.ndarray,
        ends: Sequence[np.ndarray],
        held: tuple[np.ndarray | bool, np.ndarray | bool] = ...,
        joined: Sequence[Joined | None] = ...,
    ) -> None: ...
    def hold(
        self,
        held: Sequence[np.ndarray],
        word_ref: np.ndarray,
        bit_ref: np.ndarray,
        gate: np.ndarray | None = ...,
    ) -> None: ...
    @property
    def merges(self) -> bool: ...
    @property
    def word_deviation(self) -> np.ndarray: ...
    @property
    def bit_deviation(self) -> np.ndarray: ...
    @property
    def references(self) -> tuple[np.ndarray, np.ndarray]: ...
    @property
    def cell_voltage(self) -> np.ndarray: ...
    @property
    def cell_current(self) -> np.ndarray: ...
