"""Growing modes of a circuit at rest, real ones and pairs, found feedback loop by feedback loop.

The unknowns that hold each other at rest are the strongly connected parts of the linearised circuit: those of a latch,
of a memory cell, of an op-amp with its feedback. A part that grows by itself does so in the whole circuit too, unless
the weak couplings that were left out prevent it, which the whole pencil G + s·C tells. So two latches are found as
surely as one, although together they do not change the sign of a determinant, and the matrices stay small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

# Couplings, relative to the largest in their equations, that close no loops; the later ones where loops are too large.
WEAK = 1e-7, 1e-3, 1e-1
MOST = 40  # unknowns of a loop: all eigenvalues of larger ones would take longer than the operating point
# Rates from which modes are sought, and the range in which each finds them. [1/s]
SHIFTS = (1e13, 1e11, 1e14), (1e9, 1e7, 1e11), (1e5, 1e1, 1e7)
GAIN = 1e-6  # excess of what others do to an unknown over what it does itself, that counts as gain
REAL = 1e-6  # imaginary part over |s| up to which a mode is real
# Real part over |s| above which a pair grows; below, it may be the rounding of one without losses.
GROWS = 1e-4
VERIFIED = 8  # modes, the fastest ones, that are verified in the whole circuit
BESIDE = 1.05  # rate beside that of a mode, relative to it
MIXED = 3  # inverse iterations that leave a mixture of modes
TURNS, STILL = 12, 1e-3  # of inverse iteration; change of the rate, relative to it, that ends it
ALIKE = 10.0  # ratio of the rates of a mode in its loop and in the whole circuit, at most


class Mode(NamedTuple):
    """A mode that grows.

    Parameters
    ----------
    rate : float, or complex
        Of a pair, that with the positive imaginary part. [1/s]
    direction : ndarray, shape (n,)
        Eigenvector; its largest component is 1.
    loop : ndarray of int
        Unknowns of the loop that grows.
    """

    rate: Any
    direction: np.ndarray
    loop: np.ndarray


class Pencil(NamedTuple):
    """G + s·C as entries at the same places, shape (nonzeros,), of n unknowns."""

    rows: np.ndarray
    columns: np.ndarray
    G: np.ndarray
    C: np.ndarray
    n: int

    def of(self, loops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both matrices for the unknowns of each loop, the others being held, shape (loops, size, size)."""
        size = loops.shape[1]
        place = np.full(self.n, -1)
        place[loops.ravel()] = np.arange(loops.size)
        row, column = place[self.rows], place[self.columns]
        inside = (row >= 0) & (column >= 0) & (row // size == column // size)
        row, column = row[inside], column[inside]
        G, C = np.zeros((2, len(loops), size, size))
        for matrix, values in ((G, self.G), (C, self.C)):
            np.add.at(matrix, (row // size, row % size, column % size), values[inside])
        return G, C

    def charged(self, nodes: int, capacitance: float) -> Pencil:
        """Add the same capacitance at each of the first unknowns. [F]"""
        places = np.arange(nodes)
        rows, columns = (np.concatenate([part, places]) for part in (self.rows, self.columns))
        G, C = (np.append(of, np.full(nodes, entry)) for of, entry in ((self.G, 0.0), (self.C, capacitance)))
        return Pencil(rows, columns, G, C, self.n)

    def displaced(self, v: np.ndarray) -> np.ndarray:
        """C·v."""
        moved = self.C * v[self.columns]
        if np.iscomplexobj(v):
            return np.bincount(self.rows, moved.real, self.n) + 1j * np.bincount(
                self.rows, moved.imag, self.n
            )
        return np.bincount(self.rows, moved, self.n)

    def solver(self, shift: complex) -> Callable[[np.ndarray], np.ndarray]:
        """Solve (G + shift·C)·x = b for any b."""
        from scipy.sparse import csc_array  # few circuits have a mode that grows
        from scipy.sparse.linalg import splu

        values = self.G + shift * self.C
        whole = csc_array((values, (self.rows, self.columns)), shape=(self.n, self.n))
        solve: Callable[[np.ndarray], np.ndarray] = splu(whole).solve
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
    left, on_diagonal = _without_held(rows, columns, n), rows == columns
    diagonal = np.zeros(n)
    diagonal[rows[on_diagonal]] = values[on_diagonal]
    inside = left[rows] & left[columns] & ~on_diagonal
    rows, columns = rows[inside], columns[inside]
    others = np.bincount(rows, np.abs(values[inside]), n)
    gain = left & ((others > (1.0 + GAIN) * np.abs(diagonal)) | (diagonal < 0.0))
    if not np.any(gain):
        return False
    label = _labels(rows, columns, n)
    return bool(np.any(gain & ((np.bincount(label)[label] > 1) | (diagonal < 0.0))))


class Growing(NamedTuple):
    """What grows in the feedback loops of a circuit, each verified in the whole pencil.

    Parameters
    ----------
    modes : list of Mode
        Real ones, the fastest first; of many, only the first ones.
    real : int
        Number of real ones, whether verified or not.
    pairs : list of Mode
        Of each pair one, the fastest first; of many, only the first ones.
    """

    modes: list[Mode]
    real: int
    pairs: list[Mode]


def growing_modes(pencil: Pencil) -> Growing:
    """Growing modes of feedback loops. A small circuit is one loop."""
    candidates = sorted(_candidates(pencil), key=lambda c: -c[0].real)
    real = [one for one in candidates if not one[0].imag]
    pairs = [one for one in candidates if one[0].imag]
    modes, turning = (
        [mode for rate, part in of[:VERIFIED] if (mode := _verified(pencil, rate, part)) is not None]
        for of in (real, pairs)
    )
    return Growing(modes, len(real), turning)


def _parts(pencil: Pencil) -> list[np.ndarray]:
    """Loops of 2 to `MOST` unknowns, those of one size together, shape (loops, size).

    Larger ones are taken apart at their weaker couplings.
    """
    n, some = pencil.n, np.flatnonzero(pencil.G)
    if n <= MOST:
        return [np.arange(n)[None]]
    rows, columns, sizes = pencil.rows[some], pencil.columns[some], np.abs(pencil.G[some])
    left, largest = _without_held(rows, columns, n), np.zeros(n)
    np.maximum.at(largest, rows, sizes)
    loops: list[np.ndarray] = []
    for weak in WEAK:
        kept = (sizes > weak * largest[rows]) & left[rows] & left[columns]
        label = _labels(rows[kept], columns[kept], n)
        count = np.bincount(label)
        order = np.argsort(label, kind="stable")
        ends = np.cumsum(count)
        for size in np.unique(count[(count > 1) & (count <= MOST)]).tolist():
            starts = (ends - count)[count == size]
            loops.append(order[starts[:, None] + np.arange(size)])
        left &= (count > MOST)[label]
    return loops


def _without_held(rows: np.ndarray, columns: np.ndarray, n: int) -> np.ndarray:
    """Which unknowns are neither held by sources, which would join all loops, nor currents of these sources."""
    left = np.ones(n, bool)
    branch = np.bincount(rows[rows == columns], minlength=n) == 0
    equations = branch.copy()  # those of sources that are left
    while True:
        coupled = equations[rows] & left[columns]
        single = coupled & (np.bincount(rows[coupled], minlength=n) == 1)[rows]
        if not np.any(single):
            break
        left[columns[single]] = equations[rows[single]] = False
    left[branch & ~equations] = False
    return left


def _labels(rows: np.ndarray, columns: np.ndarray, n: int) -> np.ndarray:
    """Number of the strongly connected set of each unknown, where the equation of each has these entries.

    By Tarjan's algorithm (SIAM J. Comput. 1, 146 (1972), doi:10.1137/0201010), since loading SciPy takes longer.
    """
    order = np.argsort(rows, kind="stable")
    ends = np.cumsum(np.bincount(rows, minlength=n)).tolist()
    others, place = columns[order].tolist(), [0, *ends[:-1]]
    label, seen, low, stack = [-1] * n, [0] * n, [0] * n, []
    count = sets = 0
    for root in range(n):
        way = [] if seen[root] else [root]
        while way:
            k = way[-1]
            if not seen[k]:
                count += 1
                seen[k] = low[k] = count
                stack.append(k)
            if place[k] < ends[k]:
                other = others[place[k]]
                place[k] += 1
                if not seen[other]:
                    way.append(other)
                elif label[other] < 0:
                    low[k] = min(low[k], seen[other])
                continue
            way.pop()
            if way:
                low[way[-1]] = min(low[way[-1]], low[k])
            while low[k] == seen[k] and label[k] < 0:
                label[stack.pop()] = sets
            sets += low[k] == seen[k]
    return np.array(label)


def _candidates(pencil: Pencil) -> list[tuple[Any, np.ndarray]]:
    """Rates of growing modes of each loop by itself, and its unknowns."""
    return [(rate, loops[k]) for loops in _parts(pencil) for k, rate in _rates(*pencil.of(loops))]


def _rates(G: np.ndarray, C: np.ndarray) -> list[tuple[int, Any]]:
    """Growing modes of each pencil of a stack: its number, and the rate, of a pair one of both. [1/s]"""
    rates: list[tuple[int, Any]] = []
    for shift, low, high in SHIFTS:
        turned = _turned(G, C, shift)
        with np.errstate(all="ignore"):
            s = shift - 1.0 / turned
            size = np.abs(s)
            valid = np.isfinite(s) & (size > low) & (size <= high)
            grows = valid & (s.real > 0.0) & (np.abs(s.imag) <= REAL * size)
            turns = valid & (s.real > GROWS * size) & (s.imag > REAL * size)
        rates += [(int(k), float(s[k, mode].real)) for k, mode in zip(*np.nonzero(grows), strict=True)]
        rates += [(int(k), complex(s[k, mode])) for k, mode in zip(*np.nonzero(turns), strict=True)]
    return rates


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
    direction: np.ndarray = np.random.default_rng(0).uniform(-1.0, 1.0, (pencil.n,))
    for _ in range(MIXED):
        direction = solve(pencil.displaced(direction))
        direction /= np.max(np.abs(direction)) or 1.0
    return direction


def _verified(pencil: Pencil, rate: Any, unknowns: np.ndarray) -> Mode | None:
    """The mode of the whole pencil nearest to one of some unknowns, by inverse iteration; None for another one."""
    shift, eigenvalue = BESIDE * rate, np.inf
    direction = np.zeros(pencil.n, type(rate))
    direction[unknowns] = np.random.default_rng(int(unknowns[0])).uniform(-1.0, 1.0, len(unknowns))
    try:
        solve = pencil.solver(shift)
        for _ in range(TURNS):
            turned = solve(pencil.displaced(direction))
            size = np.vdot(turned, turned).real
            if not (np.isfinite(size) and size > 0.0):
                return None
            before, eigenvalue = eigenvalue, shift - np.vdot(turned, direction).item() / size
            direction = turned * (1.0 / turned[np.argmax(np.abs(turned))].item())
            if abs(eigenvalue - before) <= STILL * abs(eigenvalue):
                return Mode(eigenvalue, direction, unknowns) if _alike(eigenvalue, rate) else None
    except RuntimeError:  # singular there
        return None
    return None


def _alike(eigenvalue: complex, rate: complex) -> bool:
    """Whether a mode of the whole circuit is that of a loop, and grows."""
    grows = eigenvalue.real > (GROWS * abs(eigenvalue) if rate.imag else 0.0)
    turns = rate.imag == 0.0 or eigenvalue.imag > REAL * abs(eigenvalue)
    return grows and turns and abs(rate) / ALIKE < abs(eigenvalue) < ALIKE * abs(rate)
