import numpy as np

Held = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]

class Conditions:
    shunt: np.ndarray | None
    reference: np.ndarray | None
    held: Held | None
    lacking: np.ndarray | None
    def __init__(
        self,
        shunt: np.ndarray | None = None,
        reference: np.ndarray | None = None,
        source_factor: float = 1.0,
        held: Held | None = None,
        transient: bool = False,
        lacking: np.ndarray | None = None,
        reach: float = 0.0,
    ) -> None: ...
    @property
    def source_factor(self) -> float: ...
    @property
    def transient(self) -> bool: ...
    def replace(self, **changes: object) -> Conditions: ...
