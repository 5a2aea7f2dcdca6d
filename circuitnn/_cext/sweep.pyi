import numpy as np

from circuitnn._cext.conditions import Conditions
from circuitnn._cext.digits import Digits
from circuitnn._cext.newton import Newton

def sweep_source(
    newton: Newton,
    x: np.ndarray,
    conditions: Conditions,
    source: np.ndarray,
    values: np.ndarray,
    saved: np.ndarray,
    rows: np.ndarray,
    max_iterations: int,
    digits: Digits | None = None,
    kept: np.ndarray | None = None,
    solutions: np.ndarray | None = None,
) -> tuple[int, float, bool]: ...
