"""Choice of the linear solver."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.linear import LinearSolver
from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn.solvers.structure import Structure

Couplings = tuple[np.ndarray, np.ndarray]  # positions in the matrix, and values
# Relative residual of an iterative solution inside Newton's method.
NEWTON_TOLERANCE = 1e-8
# Below this many unknowns a sparse direct solver is as fast as the line solver.
WORTHWHILE = 2000


def have_klu() -> bool:
    """Whether the package was built with KLU."""
    try:
        import circuitnn._cext.klu  # noqa: F401
    except ImportError:
        return False
    return True


def make_solver(
    name: str,
    starts: np.ndarray,
    rows: np.ndarray,
    values: Callable[[], np.ndarray] | None = None,
    exact: bool = True,
    careful: bool = False,
    couplings: Couplings | None = None,
) -> tuple[LinearSolver, dict[str, str]]:
    """Make a linear solver for one sparsity pattern.

    Parameters
    ----------
    name : {"auto", "driven", "mesh", "cells", "lines", "klu", "superlu"}
        ``lines`` exploits lines coupled by cells, as in crossbars. ``auto`` selects it if it
        pays, otherwise KLU if the package was built with it, otherwise SciPy's SuperLU.
    starts, rows : ndarray of int32
        CSC pattern.
    values : callable, optional
        Returns typical values of the matrix, which distinguish segments of lines from cells. Without it, ``auto``
        does not look for lines.
    exact : bool
        Solve to rounding; Newton's method needs less, because its next correction compensates.
    careful : bool
        Choose pivots for accuracy before fill-in.
    couplings : Couplings, optional
        Entries by which the ports of meshes are coupled: the solver is made for them.

    Returns
    -------
    solver : LinearSolver
    declined : dict of str to str
        Solvers tried first, and why they declined.

    Raises
    ------
    AnalysisError
        If the solver is unknown or not built in, or the matrix has no line structure for ``lines``.
    """
    declined: dict[str, str] = {}
    if couplings is not None:
        from circuitnn._cext.meshed import Meshed

        meshed = Meshed(starts, rows, *couplings, partial(direct_solver, "auto"))
        if careful:
            meshed.be_careful()
        return meshed, declined
    if name in ("driven", "mesh", "cells"):  # of transients; other systems are solved by
        name = "auto"
    if name in ("auto", "lines"):
        if values is not None:
            structure = _line_structure(name == "lines", starts, rows, values)
            if not isinstance(structure, str):
                from circuitnn._cext.lines import Lines

                solver = Lines(starts, rows, structure, partial(direct_solver, "auto"))
                if not exact:
                    solver.tolerance, solver.refine = NEWTON_TOLERANCE, False
                return solver, declined
            if name == "lines":
                raise AnalysisError(f"linear_solver = lines: no line structure: {structure}")
            declined["lines"] = structure
        name = "auto"
        if not have_klu():
            declined["klu"] = "this circuitnn was built without SuiteSparse"
    chosen = direct_solver(name, starts, rows)
    if careful:
        chosen.be_careful()
    return chosen, declined


def _line_structure(
    forced: bool, starts: np.ndarray, rows: np.ndarray, values: Callable[[], np.ndarray]
) -> Structure | str:
    """Result of `structure.find`, which is called if the matrix is large enough, or if `forced`."""
    n = len(starts) - 1
    if n < WORTHWHILE and not forced:
        return f"{n} unknowns are too few"
    from circuitnn.solvers.structure import find

    return find(starts, rows, values(), 0 if forced else WORTHWHILE)


def direct_solver(name: str, starts: np.ndarray, rows: np.ndarray) -> LinearSolver:
    """KLU or SuperLU for one sparsity pattern; parameters as `make_solver`."""
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
    raise AnalysisError(f"linear_solver = {name}: must be auto, driven, mesh, cells, lines, klu or superlu")
