import numpy as np

class Elimination:
    singular: int

    def __init__(self, coupling: np.ndarray, outside: np.ndarray) -> None: ...
    def solve(self, b: np.ndarray, transposed: bool = False) -> np.ndarray: ...
