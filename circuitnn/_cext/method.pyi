from typing import Protocol

class Weights(Protocol):
    @property
    def at(self) -> float: ...
    @property
    def alpha(self) -> float: ...
    @property
    def charges(self) -> tuple[float, ...]: ...
    @property
    def rates(self) -> tuple[float, ...]: ...

class Method:
    name: str
    stages: tuple[Weights, ...]
    starter: Method
    damper: Method | None
    def __init__(
        self,
        name: str,
        stages: tuple[Weights, ...] = (),
        starter: Method | None = None,
        damper: Method | None = None,
        *,
        blend: float = 1.0,
        highest: int = 2,
    ) -> None: ...
    @property
    def order(self) -> int: ...
    def limited(self, highest: int) -> Method: ...
