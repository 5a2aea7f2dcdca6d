"""What data say of fitted parameters: their covariance, and which of them the data do not determine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOTHING = 1e-12  # effect of a parameter, beside that of the strongest, that is rounding
SINGULAR = 1e-10  # ratio of singular values below which a combination of parameters has no effect
SHARE = 1e-6  # part of a parameter in such combinations below which it is determined all the same


@dataclass(frozen=True, eq=False)
class Confidence:
    """What a Jacobian of residuals says.

    Parameters
    ----------
    inverse : ndarray, shape (parameters, parameters)
        Inverse of JᵀJ over what is determined; 0 for parameters without effect.
    idle : ndarray of bool, shape (parameters,)
        Parameters that no residual depends on.
    tied : ndarray of bool, shape (parameters,)
        Parameters of which only combinations are determined.
    """

    inverse: np.ndarray
    idle: np.ndarray
    tied: np.ndarray

    def sigma(self, variance: float) -> np.ndarray:
        """Standard deviations; infinite for what is not determined.

        Parameters
        ----------
        variance : float
            Of the residuals.

        Returns
        -------
        ndarray, shape (parameters,)
        """
        deviations = np.sqrt(np.maximum(np.diag(self.inverse), 0.0) * variance)
        return np.where(self.idle | self.tied, np.inf, deviations)


def confidence(jacobian: np.ndarray) -> Confidence:
    """Judge a Jacobian, shape (residuals, parameters).

    Columns are compared after scaling to unit size: units of parameters do not matter.
    """
    sizes = np.linalg.norm(jacobian, axis=0)
    idle = sizes <= NOTHING * sizes.max()
    inverse, tied = np.zeros((sizes.size, sizes.size)), np.zeros(sizes.size, dtype=bool)
    if not idle.all():
        act = np.flatnonzero(~idle)
        _, singular, rows = np.linalg.svd(jacobian[:, act] / sizes[act], full_matrices=False)
        rows, singular = (a[singular > SINGULAR * singular[0]] for a in (rows, singular))
        tied[act] = 1.0 - (rows**2).sum(axis=0) > SHARE
        inverse[np.ix_(act, act)] = (rows.T / singular**2) @ rows / np.outer(sizes[act], sizes[act])
    return Confidence(inverse, idle, tied)
