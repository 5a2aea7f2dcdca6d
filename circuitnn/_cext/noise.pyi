import numpy as np

def densities(
    at: np.ndarray,
    y: np.ndarray,
    plus: np.ndarray,
    minus: np.ndarray,
    white: np.ndarray,
    flicker: np.ndarray,
    density: np.ndarray,
) -> None: ...
def integrate(
    at: np.ndarray, gain: np.ndarray, density: np.ndarray, output: np.ndarray, referred: np.ndarray
) -> None: ...
