from typing import Protocol

import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.host import Host
from circuitnn._cext.leaping import Leaper
from circuitnn._cext.logic import Logic
from circuitnn._cext.method import Method
from circuitnn._cext.newton import Newton
from circuitnn._cext.stepsize import Controller, StepSize

class Initial(Protocol):
    @property
    def t(self) -> float: ...
    @property
    def x(self) -> np.ndarray: ...
    @property
    def q(self) -> np.ndarray: ...
    @property
    def static(self) -> bool: ...

class Span(Protocol):
    @property
    def keep(self) -> float: ...
    @property
    def stop(self) -> float: ...
    @property
    def largest(self) -> float: ...
    @property
    def first(self) -> float: ...

class Accuracy(Protocol):
    @property
    def plain(self) -> np.ndarray: ...
    @property
    def strict(self) -> np.ndarray: ...
    @property
    def charges(self) -> np.ndarray: ...
    @property
    def sizes(self) -> np.ndarray: ...
    @property
    def statetol(self) -> np.ndarray: ...
    @property
    def states(self) -> np.ndarray: ...
    @property
    def settling(self) -> np.ndarray: ...
    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]: ...
    @property
    def neighbours(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
    @property
    def reltol(self) -> float: ...
    @property
    def abstol(self) -> float: ...
    @property
    def trtol(self) -> float: ...

class Transient:
    newton: Newton
    conditions: Conditions
    steps: StepSize
    leaper: Leaper
    failed_h: float
    accepted: int
    rejected_by_error: int
    rejected_by_newton: int
    rejected_by_event: int
    rejected_by_host: int
    @property
    def rejected(self) -> int: ...
    status: int
    alert: float
    due: int
    def __init__(
        self,
        newton: Newton,
        conditions: Conditions,
        *,
        initial: Initial,
        span: Span,
        accuracy: Accuracy,
        method: Method,
        controller: Controller,
        saved: np.ndarray,
        max_iterations: int,
    ) -> None: ...
    @property
    def t(self) -> float: ...
    def follow(self, host: Host) -> None: ...
    def join(self, logic: Logic) -> None: ...
    def set_conditions(self, conditions: Conditions) -> None: ...
    def unknowns(self) -> np.ndarray: ...
    def run(self, rows: np.ndarray) -> tuple[int, int]: ...
