import numpy as np

def partners(starts: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None: ...
def pin(
    starts: np.ndarray, rows: np.ndarray, diagonal: np.ndarray, state: np.ndarray
) -> np.ndarray | None: ...
def link(
    starts: np.ndarray, rows: np.ndarray, partner: np.ndarray, values: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]: ...
def walk(rows: np.ndarray, links: np.ndarray, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]: ...
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
def colour(
    chain_of: np.ndarray, couplings: np.ndarray, chains: int
) -> tuple[np.ndarray, np.ndarray, int]: ...
def couplings(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    values: np.ndarray,
    links: np.ndarray,
    chain_of: np.ndarray,
    limit: float,
) -> tuple[np.ndarray, float]: ...
