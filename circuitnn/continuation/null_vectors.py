"""Directions that a singular Jacobian leaves free, and the sign of its determinant."""

from __future__ import annotations

import numpy as np

from circuitnn.operating_point.modes import MOST


def sign_of_determinant(G: object) -> float:
    """Sign of the determinant of a sparse matrix."""
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    assert isinstance(G, csc_array)
    if G.shape[0] <= MOST:
        return float(np.linalg.slogdet(G.toarray())[0])
    try:
        factors = splu(G)
    except RuntimeError:
        return 0.0
    signs = np.prod(np.sign(factors.U.diagonal()))
    return float(signs * _parity(factors.perm_r) * _parity(factors.perm_c))


def _parity(permutation: np.ndarray) -> int:
    """1 for an even permutation, -1 for an odd one."""
    seen, sign = np.zeros(len(permutation), dtype=bool), 1
    for k in range(len(permutation)):
        length = 0
        while not seen[k]:
            seen[k], k, length = True, int(permutation[k]), length + 1
        if length and length % 2 == 0:
            sign = -sign
    return sign


def left_kernel(G: np.ndarray, influence: np.ndarray, scale: np.ndarray, span: float) -> np.ndarray:
    """Unit vector φ for which φ·(G, ∂f/∂λ) is smallest: the left kernel at a branch point."""
    A = np.column_stack([G * scale, influence * span])
    size = np.max(np.abs(A), axis=1)
    size = np.where(size > 0.0, size, 1.0)
    phi = np.linalg.svd(A / size[:, None])[0][:, -1] / size
    unit: np.ndarray = phi / np.linalg.norm(phi)
    return unit


def nearest_mode(G: np.ndarray, C: np.ndarray, omega: float, scale: np.ndarray) -> np.ndarray:
    """The mode nearest to s = jω, by inverse iteration; its real and imaginary part are orthogonal."""
    M = G + 1j * omega * (1.0 + 1e-9) * C
    size = np.max(np.abs(M), axis=1)
    v = scale.astype(complex)
    for _ in range(4):
        v = np.linalg.solve(M / size[:, None], (C @ v) / size)
        v /= np.max(np.abs(v) / scale)
    turn = 0.5 * np.angle(np.sum(v * v))  # makes the sum of squares real and positive
    v *= np.exp(-1j * turn)
    return v


def orthogonal(kernel: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    """The unit vector in the plane spanned by two rows that is orthogonal to the projection of a vector onto it."""
    if known is None:
        return kernel[1]
    parts = kernel @ known
    across = parts[1] * kernel[0] - parts[0] * kernel[1]
    unit: np.ndarray = across / np.linalg.norm(across)
    return unit
