"""Growing real modes of a circuit at rest, found feedback loop by feedback loop.

The unknowns that hold each other at rest are the strongly connected parts of the linearised circuit: those of a latch,
of a memory cell, of an op-amp with its feedback. A part that grows by itself does so in the whole circuit too, unless
the weak couplings that were left out prevent it, which the whole pencil G + s·C tells. So two latches are found as
surely as one, although together they do not change the sign of a determinant, and the matrices stay small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.simulation.modes import MOST

if TYPE_CHECKING:
    from scipy.sparse import csc_array

# Couplings, relative to the largest in their equations, that close no loops; the later ones where loops are too large.
WEAK = 1e-7, 1e-3, 1e-1
# Rates from which modes are sought, and the range in which each finds them. [1/s]
SHIFTS = (1e13, 1e11, 1e14), (1e9, 1e7, 1e11), (1e5, 1e1, 1e7)
GAIN = 1e-6  # excess of what others do to an unknown over what it does itself, that counts as gain
REAL = 1e-6  # imaginary part over |s| up to which a mode is real
VERIFIED = 8  # modes, the fastest ones, that are verified in the whole circuit
BESIDE = 1.05  # rate beside that of a mode, relative to it
MIXED = 3  # inverse iterations that leave a mixture of modes
TURNS, STILL = 12, 1e-3  # of inverse iteration; change of the rate, relative to it, that ends it
ALIKE = 10.0  # ratio of the rates of a mode in its loop and in the whole circuit, at most


class Mode(NamedTuple):
    """A real mode that grows.

    Parameters
    ----------
    rate : float
        [1/s]
    direction : ndarray, shape (n,)
        Eigenvector; its largest component is 1.
    loop : ndarray of int
        Unknowns of the loop that grows.
    """

    rate: float
    direction: np.ndarray
    loop: np.ndarray


class Pencil(NamedTuple):
    """G + s·C, dense or sparse, shape (n, n)."""

    G: np.ndarray | csc_array
    C: np.ndarray | csc_array

    def of(self, unknowns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both matrices for some unknowns, the others being held, dense."""
        G, C = (
            of[np.ix_(unknowns, unknowns)] if isinstance(of, np.ndarray) else _dense(of, unknowns[None])[0]
            for of in self
        )
        return G, C

    def charged(self, nodes: int, capacitance: float) -> Pencil:
        """Add the same capacitance at each of the first unknowns. [F]"""
        if isinstance(self.C, np.ndarray):
            return Pencil(self.G, self.C + np.diag(capacitance * (np.arange(len(self.C)) < nodes)))
        from scipy.sparse import csc_array

        places = np.arange(nodes)
        more = csc_array((np.full(nodes, capacitance), (places, places)), shape=self.C.shape)
        return Pencil(self.G, self.C + more)

    def solver(self, shift: float) -> Callable[[np.ndarray], np.ndarray]:
        """Solve (G + shift·C)·x = b for any b."""
        whole = self.G + shift * self.C
        if isinstance(whole, np.ndarray):
            return lambda b: np.linalg.solve(whole, b)
        from scipy.sparse.linalg import splu

        solve: Callable[[np.ndarray], np.ndarray] = splu(whole.tocsc()).solve
        return solve


def amplifies(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, n: int) -> bool:
    """Whether a loop may amplify deviations: an unknown in it follows others by more than itself. A quick test.

    Parameters
    ----------
    rows, columns, values : ndarray, shape (nonzeros,)
        Entries of the static Jacobian.
    n : int
        Number of unknowns.
    """
    some = values != 0.0
    rows, columns, values = rows[some], columns[some], values[some]
    left, own = _without_held(rows, columns, n), rows == columns
    diagonal = np.zeros(n)
    diagonal[rows[own]] = values[own]
    inside = left[rows] & left[columns] & ~own
    rows, columns = rows[inside], columns[inside]
    others = np.bincount(rows, np.abs(values[inside]), n)
    gain = left & ((others > (1.0 + GAIN) * np.abs(diagonal)) | (diagonal < 0.0))
    if not np.any(gain):
        return False
    label = _labels(rows, columns, n)
    return bool(np.any(gain & ((np.bincount(label)[label] > 1) | (diagonal < 0.0))))


def growing_modes(pencil: Pencil) -> tuple[list[Mode], int]:
    """Growing real modes of feedback loops, each verified in the whole pencil; and how many loops have one.

    Of many, only the fastest ones are verified. A dense pencil is one loop.
    """
    found = sorted(_candidates(pencil), key=lambda c: -c[0])
    modes = [mode for rate, part in found[:VERIFIED] if (mode := _verified(pencil, rate, part)) is not None]
    return modes, len(found)


def _parts(pencil: Pencil) -> list[np.ndarray]:
    """Loops of 2 to `MOST` unknowns, those of one size together, shape (loops, size).

    Larger ones are taken apart at their weaker couplings.
    """
    rows, columns, sizes = _entries(pencil.G)
    n = pencil.G.shape[0]
    left, largest = _without_held(rows, columns, n), np.zeros(n)
    np.maximum.at(largest, rows, sizes)
    found: list[np.ndarray] = []
    for weak in WEAK:
        kept = (sizes > weak * largest[rows]) & left[rows] & left[columns]
        label = _labels(rows[kept], columns[kept], n)
        count = np.bincount(label)
        order = np.argsort(label, kind="stable")
        ends = np.cumsum(count)
        for size in np.unique(count[(count > 1) & (count <= MOST)]).tolist():
            starts = (ends - count)[count == size]
            found.append(order[starts[:, None] + np.arange(size)])
        left &= (count > MOST)[label]
    return found


def _entries(matrix: csc_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and magnitudes of the entries of a sparse matrix that are not 0."""
    entries = matrix.tocoo()
    some = np.flatnonzero(entries.data)
    return entries.coords[0][some], entries.coords[1][some], np.abs(entries.data[some])


def _without_held(rows: np.ndarray, columns: np.ndarray, n: int) -> np.ndarray:
    """Which unknowns are neither held by sources, which would join all loops, nor currents of these sources."""
    left = np.ones(n, bool)
    branch = np.bincount(rows[rows == columns], minlength=n) == 0
    equations = branch.copy()  # those of sources that are left
    while True:
        here = equations[rows] & left[columns]
        single = here & (np.bincount(rows[here], minlength=n) == 1)[rows]
        if not np.any(single):
            break
        left[columns[single]] = equations[rows[single]] = False
    left[branch & ~equations] = False
    return left


def _labels(rows: np.ndarray, columns: np.ndarray, n: int) -> np.ndarray:
    """Number of the strongly connected set of each unknown, where the equation of each has these entries."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    label: np.ndarray = connected_components(graph, directed=True, connection="strong")[1]
    return label


def _candidates(pencil: Pencil) -> list[tuple[float, np.ndarray]]:
    """Rates of growing real modes of each loop by itself, and its unknowns."""
    G, C = pencil
    if isinstance(G, np.ndarray):
        every = np.arange(len(G))
        return [(rate, every) for _, rate in _rates(G[None], C[None])]
    return [
        (rate, parts[k]) for parts in _parts(pencil) for k, rate in _rates(_dense(G, parts), _dense(C, parts))
    ]


def _rates(G: np.ndarray, C: np.ndarray) -> list[tuple[int, float]]:
    """Growing real modes of each pencil of a stack: its number, and the rate. [1/s]"""
    found: list[tuple[int, float]] = []
    for shift, low, high in SHIFTS:
        turned = _turned(G, C, shift)
        with np.errstate(all="ignore"):
            s = shift - 1.0 / turned
            grows = np.isfinite(s) & (s.real > low) & (s.real <= high) & (np.abs(s.imag) <= REAL * np.abs(s))
        found += [(int(k), float(s[k, mode].real)) for k, mode in zip(*np.nonzero(grows), strict=True)]
    return found


def _dense(matrix: csc_array, parts: np.ndarray) -> np.ndarray:
    """Blocks of a sparse matrix on its diagonal, shape (loops, size, size)."""
    size = parts.shape[1]
    place = np.full(matrix.shape[0], -1)
    place[parts.ravel()] = np.arange(parts.size)
    entries = matrix.tocoo()
    row, column = (place[of] for of in entries.coords)
    inside = (row >= 0) & (column >= 0) & (row // size == column // size)
    made = np.zeros((len(parts), size, size))
    row, column = row[inside], column[inside]
    made[row // size, row % size, column % size] = entries.data[inside]
    return made


def _turned(G: np.ndarray, C: np.ndarray, shift: float) -> np.ndarray:
    """1/(shift - s) of all modes of each pencil of a stack, 0 of infinite ones; NaN where `shift` is one."""
    with np.errstate(all="ignore"):
        whole = G + shift * C
        sizes = np.abs(whole).max(axis=2, keepdims=True)
        try:
            turned: np.ndarray = np.linalg.eigvals(np.linalg.solve(whole / sizes, C / sizes))
            return turned
        except np.linalg.LinAlgError:
            return np.full(G.shape[:2], np.nan)


def mixture(pencil: Pencil, rate: float) -> np.ndarray:
    """A deviation in every mode that grows about as fast as `rate`, shape (n,)."""
    solve = pencil.solver(BESIDE * rate)
    direction: np.ndarray = np.random.default_rng(0).uniform(-1.0, 1.0, (pencil.G.shape[0],))
    for _ in range(MIXED):
        direction = solve(pencil.C @ direction)
        direction /= np.max(np.abs(direction)) or 1.0
    return direction


def _verified(pencil: Pencil, rate: float, unknowns: np.ndarray) -> Mode | None:
    """The mode of the whole pencil nearest to one of some unknowns, by inverse iteration; None for another one."""
    shift, found = BESIDE * rate, np.inf
    direction = np.zeros(pencil.G.shape[0])
    direction[unknowns] = np.random.default_rng(int(unknowns[0])).uniform(-1.0, 1.0, len(unknowns))
    try:
        solve = pencil.solver(shift)
        for _ in range(TURNS):
            turned = solve(pencil.C @ direction)
            size = float(turned @ turned)
            if not (np.isfinite(size) and size > 0.0):
                return None
            before, found = found, shift - float(turned @ direction) / size
            direction = turned * (1.0 / float(turned[np.argmax(np.abs(turned))]))
            if abs(found - before) <= STILL * abs(found):
                return Mode(found, direction, unknowns) if rate / ALIKE < found < ALIKE * rate else None
    except (RuntimeError, np.linalg.LinAlgError):  # singular there
        return None
    return None
