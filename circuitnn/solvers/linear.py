"""Choice of the linear solver."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.linear import LinearSolver
from circuitnn.errors import AnalysisError


def have_klu() -> bool:
    """Whether the package was built with KLU."""
    try:
        import circuitnn._cext.klu  # noqa: F401
    except ImportError:
        return False
    return True


def make_solver(name: str, starts: np.ndarray, rows: np.ndarray) -> LinearSolver:
    """A linear solver for one sparsity pattern.

    Parameters
    ----------
    name : {"auto", "klu", "superlu"}
        ``auto`` is KLU where the package was built with it, else SciPy's SuperLU.
    starts, rows : ndarray of int32
        CSC pattern.

    Raises
    ------
    AnalysisError
        If the solver is unknown or not built in.
    """
    if name == "auto":
        name = "klu" if have_klu() else "superlu"
    if name == "klu":
        if not have_klu():
            raise AnalysisError("linear_solver = klu, but this circuitnn was built without SuiteSparse")
        from circuitnn._cext.klu import KLU

        return KLU(starts, rows)
    if name == "superlu":
        from circuitnn._cext.superlu import SuperLU

        return SuperLU(starts, rows)
    raise AnalysisError(f"linear_solver = {name}: must be auto, klu or superlu")
