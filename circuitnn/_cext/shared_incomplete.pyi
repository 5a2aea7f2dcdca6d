import numpy as np

def portions(
    starts: np.ndarray, rows: np.ndarray, P: np.ndarray, Q: np.ndarray, R: np.ndarray, parts: int
) -> tuple[np.ndarray, np.ndarray]: ...
