import numpy as np

def pin(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    diagonal: np.ndarray,
    values: np.ndarray,
    state: np.ndarray,
) -> np.ndarray: ...
def link(
    starts: np.ndarray, rows: np.ndarray, partner: np.ndarray, values: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]: ...
def walk(rows: np.ndarray, links: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
def colour(
    chain_of: np.ndarray, couplings: np.ndarray, chains: int
) -> tuple[np.ndarray, np.ndarray, int]: ...
def couplings(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    diagonal: np.ndarray,
    values: np.ndarray,
    links: np.ndarray,
    state: np.ndarray,
    limit: float,
) -> tuple[np.ndarray, np.ndarray]: ...
