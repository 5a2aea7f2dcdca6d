import numpy as np

from circuitnn._cext.teams import Team

class LinearSolver:
    n: int
    nonzeros: int
    factorisations: int
    refactorisations: int
    solves: int
    singular_column: int
    rcond: float
    quotient: float
    exactness: float
    name: str
    def __init__(self, column_starts: np.ndarray, rows: np.ndarray) -> None: ...
    def share(self, team: Team) -> None: ...
    def be_careful(self) -> None: ...
    def notes(self) -> list[str]: ...
    def solve_once(self, values: np.ndarray, b: np.ndarray) -> int: ...
    def solve_again(self, b: np.ndarray) -> int: ...
