import numpy as np

from circuitnn._cext.kernel import KernelHandle

def march(
    handle: KernelHandle,
    t: np.ndarray,
    v: np.ndarray,
    columns: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
) -> None: ...
