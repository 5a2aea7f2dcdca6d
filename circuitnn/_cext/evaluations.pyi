import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.conditions import Conditions

def evaluations(
    system: Assembly, x: np.ndarray, t: np.ndarray, conditions: Conditions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
