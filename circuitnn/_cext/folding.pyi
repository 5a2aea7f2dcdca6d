import numpy as np

def fold(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    diagonal: np.ndarray,
    degree: np.ndarray,
    order: np.ndarray,
    chain_starts: np.ndarray,
    state: np.ndarray,
    spare: int,
) -> tuple[np.ndarray, np.ndarray, int]: ...
