"""Finite eigenvalues of a matrix pencil: all s for which G + sC is singular."""

from __future__ import annotations

import numpy as np

RANK = 1e-11  # singular values below this share of the largest count as 0, after balancing


def finite_eigenvalues(G: np.ndarray, C: np.ndarray) -> np.ndarray:
    """All finite s with det(G + sC) = 0.

    Parameters
    ----------
    G, C : ndarray, shape (n, n)

    Returns
    -------
    ndarray of complex, shape (m,)
        By size.

    Raises
    ------
    numpy.linalg.LinAlgError
        G + sC is singular for every s.

    Notes
    -----
    Equations without s are eliminated, those that only bind unknowns with s (a loop of capacitors and voltage
    sources) bind them, and so on until C is regular: infinite eigenvalues, which rounding would turn into large
    finite ones, never come up.
    """
    G, C, unit = _balanced(np.array(G, dtype=float), np.array(C, dtype=float))
    while len(G):
        u, sigma, vt = np.linalg.svd(C)
        r = int(np.sum(sigma > RANK * max(sigma[0], 1e-300))) if np.any(C) else 0
        A, S = u.T @ G @ vt.T, np.diag(sigma[:r])
        A11, A12, A21, A22 = A[:r, :r], A[:r, r:], A[r:, :r], A[r:, r:]
        scale = float(np.linalg.norm(A))
        if r == len(G):
            break
        p, singular, qt = np.linalg.svd(A22)
        q = int(np.sum(singular > RANK * scale))
        # with the unknowns that A22 determines
        inverse = qt[:q].T @ np.diag(1.0 / singular[:q]) @ p[:, :q].T
        rest_rows, rest_columns = p[:, q:].T @ A21, A12 @ qt[q:].T
        A11 = A11 - A12 @ inverse @ A21
        k = len(A22) - q
        if k:
            left, right = _null(rest_columns.T, k, scale), _null(rest_rows, k, scale)
            A11, S = left.T @ A11 @ right, left.T @ S @ right
        G, C = A11, S
    if not len(G):
        return np.zeros(0, dtype=complex)
    # here C is regular
    values = np.linalg.eigvals(np.linalg.solve(C, -G)).astype(complex) * unit
    return values[np.argsort(np.abs(values), kind="stable")]


def _null(matrix: np.ndarray, rank: int, scale: float) -> np.ndarray:
    """Orthonormal columns that the matrix, which must have this rank, takes to 0."""
    _, sigma, vt = np.linalg.svd(matrix)
    if matrix.shape[1] < rank or (len(sigma) and sigma[-1] <= RANK * scale):
        raise np.linalg.LinAlgError("the pencil is singular")
    return vt[rank:].T


def _balanced(G: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The pencil with rows and columns of like size, and the unit of its eigenvalues. [1/s]"""
    size = np.abs(G[G != 0.0]), np.abs(C[C != 0.0])
    unit = 1.0
    if len(size[0]) and len(size[1]):
        unit = float(np.exp(np.mean(np.log(size[0])) - np.mean(np.log(size[1]))))
    C = C * unit
    for _ in range(8):
        for axis in (0, 1):
            largest = np.maximum(np.abs(G).max(axis=axis), np.abs(C).max(axis=axis))
            factor = 1.0 / np.sqrt(np.where(largest > 0.0, largest, 1.0))
            factor = factor if axis == 0 else factor[:, None]
            G, C = G * factor, C * factor
    return G, C, unit
