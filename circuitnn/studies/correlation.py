"""Correlated random parameters, by a Gaussian copula."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.user_input import real
from circuitnn.units import number_of


def matrix_of(correlation: ArrayLike | Mapping[tuple[str, str], float], names: Sequence[str]) -> np.ndarray:
    """Correlation matrix of parameters.

    Raises
    ------
    AnalysisError
        If it is not a correlation matrix, or a pair names no parameter.
    """
    n = len(names)
    if isinstance(correlation, Mapping):
        matrix = np.eye(n)
        for pair, value in correlation.items():
            for name in pair:
                if name not in names:
                    raise AnalysisError(f"correlation: there is no parameter {name}{nearest(name, names)}")
            i, j = (names.index(name) for name in pair)
            matrix[i, j] = matrix[j, i] = number_of(value, "correlation")
    else:
        matrix = real(correlation, "correlation")
    valid = matrix.shape == (n, n) and np.array_equal(matrix, matrix.T) and np.all(np.diag(matrix) == 1.0)
    if not valid or np.linalg.eigvalsh(matrix)[0] < -1e-12:
        raise AnalysisError(
            f"correlation: must be a symmetric, positive semidefinite matrix of {n} rows with ones on its diagonal"
        )
    return matrix


def correlated(unit: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Uniform numbers whose normal scores have these correlations."""
    from scipy.stats import norm

    values, vectors = np.linalg.eigh(matrix)  # a semidefinite one has no Cholesky factor
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return norm.cdf(norm.ppf(unit) @ root)
