"""Modes of small deviations from an operating point: the finite eigenvalues s of the pencil G + s·C."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.solvers.pencil import finite_eigenvalues, quick_eigenvalues
from circuitnn.system.linearised import linearise

if TYPE_CHECKING:
    from scipy.sparse import csc_array

    from circuitnn.operating_point.simulation import Simulation

MOST = 150  # unknowns up to which all eigenvalues are found: the matrices are dense
NEAREST = 8  # eigenvalues nearest to 0 that are computed in larger circuits
GROWS = 1e-9  # real part over magnitude above which a mode grows; below, it is rounding
CAPACITANCE = 1e-12  # assumed at every node if nothing in the circuit stores charge [F]


class Modes(NamedTuple):
    """Modes of small deviations, exp(s·t).

    Parameters
    ----------
    values : ndarray of complex
        Eigenvalues with the circuit's own charges, the fastest-growing first. [1/s]
    growing : int
        Number of growing modes.
    assumed : bool
        Whether nothing stores charge; `growing` then assumes the same small capacitance at every node.
    """

    values: np.ndarray
    growing: int
    assumed: bool

    @property
    def growth(self) -> float:
        """The largest real part; 0 if nothing stores charge. [1/s]"""
        return float(self.values[0].real) if len(self.values) else 0.0


def matrices(simulation: Simulation, x: np.ndarray, settled: bool = False) -> tuple[csc_array, csc_array]:
    """Sparse G and C at `x`, shape (n + 1,); held states do not move unless `settled`."""
    return linearise(
        simulation.system, x, simulation.regularisation.shunt, frozen=not settled, ac=False
    ).sparse()


def modes(simulation: Simulation, x: np.ndarray, settled: bool = False, exact: bool = False) -> Modes:
    """Modes of an operating point.

    Parameters
    ----------
    simulation : Simulation
    x : ndarray, shape (n + 1,)
    settled : bool
        Whether states that operating points hold follow their rates.
    exact : bool
        Whether each eigenvalue must be accurate relative to itself.
    """
    return modes_of(simulation, *matrices(simulation, x, settled), exact=exact)


def modes_of(simulation: Simulation, G: csc_array, C: csc_array, exact: bool = False) -> Modes:
    """Modes of a pencil of a simulation."""
    if simulation.system.n > MOST:
        values = _fastest_first(_nearest(G, C))
        return Modes(values, grow(values), False)
    dense = G.toarray(), C.toarray()
    values = _fastest_first(_all(*dense, exact)) if np.any(dense[1]) else np.zeros(0, dtype=complex)
    bare, growing = len(values) == 0, grow(values)
    return Modes(values, growing or _with_capacitances(*dense, simulation, bare), bare)


def _fastest_first(values: np.ndarray) -> np.ndarray:
    return values[np.argsort(-values.real, kind="stable")]


def grow(values: np.ndarray) -> int:
    """Number of eigenvalues that grow."""
    return int(np.count_nonzero(values.real > GROWS * np.abs(values)))


def _all(G: np.ndarray, C: np.ndarray, exact: bool) -> np.ndarray:
    try:
        return finite_eigenvalues(G, C) if exact else quick_eigenvalues(G, C)
    except np.linalg.LinAlgError:  # G is singular as well: at a branch point
        return np.zeros(1, dtype=complex)


def _with_capacitances(G: np.ndarray, C: np.ndarray, simulation: Simulation, bare: bool) -> int:
    """Number of modes that grow with a small capacitance at every node and inductance in every branch.

    Whether it is odd does not depend on the choice of these parasitics (Green and Willson). If the circuit has charges
    of its own, only this parity counts; in a bare circuit a larger even number of growing modes counts too.
    """
    n, nodes = len(G), simulation.nodes
    parasitic = np.zeros((n, n))
    parasitic[:nodes, :nodes] = np.eye(nodes) * CAPACITANCE
    branch = np.zeros((n, n))
    current = np.flatnonzero(simulation.system.unknowns.of_kind("current"))
    alone = [k for k in current.tolist() if not np.any(C[k]) and np.any(G[k, :nodes])]
    branch[alone, alone] = -1.0
    with np.errstate(all="ignore"):
        first = float(np.linalg.slogdet(G)[0])
        size = np.max(np.abs(G)) or 1.0
        far = 1e6 * size / CAPACITANCE
        last = float(np.linalg.slogdet(G + far * (C + parasitic) + 1e6 * size * branch)[0])
    odd = first * last < 0.0
    if not bare:
        return int(odd)
    count = grow(_all(G, parasitic, exact=False))
    return count if odd or count > 1 else 0


def _nearest(G: csc_array, C: csc_array) -> np.ndarray:
    """The eigenvalues nearest to 0 of a large pencil, by Arnoldi's method on G⁻¹·C."""
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigs, splu

    if not C.nnz:
        return np.zeros(0, dtype=complex)
    try:
        factors = splu(G.tocsc())
        operator = LinearOperator(G.shape, matvec=lambda v: factors.solve(C @ v), dtype=float)
        inverse = eigs(operator, k=min(NEAREST, G.shape[0] - 2), which="LM", v0=np.ones(G.shape[0]))[0]
    except (RuntimeError, ArpackError):
        return np.zeros(1, dtype=complex)
    inverse = inverse[np.abs(inverse) > 1e-12 * np.max(np.abs(inverse), initial=0.0)]
    return -1.0 / inverse
