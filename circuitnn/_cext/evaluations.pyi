import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn._cext.conditions import Conditions
from circuitnn._cext.displacements import Displacements

def evaluations(
    system: Assembly, x: np.ndarray, t: np.ndarray, conditions: Conditions
) -> tuple[np.ndarray, np.ndarray, np.ndarray]: ...
def on_a_path(
    system: Assembly,
    displacements: Displacements,
    x: np.ndarray,
    before: np.ndarray,
    t: np.ndarray,
    conditions: Conditions,
) -> np.ndarray: ...
