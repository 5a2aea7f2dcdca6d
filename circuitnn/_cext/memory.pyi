import numpy as np

Table = tuple[float, float, float, np.ndarray]

class Memory:
    n: int
    def __init__(
        self, admittances: list[Table], propagations: list[Table], attenuation: np.ndarray
    ) -> None: ...
    def evaluate(self, line: int, which: int, t: float) -> float: ...
