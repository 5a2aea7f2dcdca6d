from typing import Protocol

from circuitnn._cext.newton import Newton

class Controller(Protocol):
    @property
    def adaptive(self) -> bool: ...

class StepSize:
    h: float
    largest: float
    smallest: float
    def __init__(
        self, controller: Controller, *, first: float, largest: float, smallest: float, newton: Newton
    ) -> None: ...
    def follow(self, controller: Controller) -> None: ...
