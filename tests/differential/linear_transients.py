"""Transients of linear circuits with piecewise linear sources, by matrix exponentials.

C·x' + G·x = b(t) is split by (G + s·C)⁻¹·C into what moves, x' = A·x + …, and what follows at once, fifty digits deep;
only the exponentials are of doubles.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
from linear_oracle import Network, fifty_digits, invert, mp

SHIFT = Fraction(10**6)  # of the order of the circuits' rates [1/s]
RANK = mpmath.mpf("1e-25")


class Motion:
    """x(t) of a network whose sources have waveforms, from its operating point.

    `fast` says which unknowns hang on slopes of the sources: they jump at corners.
    `rates` are the eigenvalues. [1/s] `rounding` bounds what the sums of doubles lost at the times asked for.
    """

    @fifty_digits
    def __init__(self, network: Network) -> None:
        n = network.n
        shifted = [
            [mp(g + SHIFT * c) for g, c in zip(*rows, strict=True)]
            for rows in zip(network.g, network.c, strict=True)
        ]
        inverse = invert(shifted)
        rest = network.at_rest()
        if inverse is None or not rest.regular:
            raise ValueError("no unique motion")
        m = _times(inverse, [[mp(c) for c in row] for row in network.c])
        deep = _times(m, _times(m, m))
        moving, still = _range(deep), _kernel(deep)
        basis = [[*row] for row in zip(*moving, *still, strict=True)]
        back = invert(basis) if len(moving) + len(still) == n else None
        if back is None:
            raise ValueError("the split is not clean")
        self.network, self.d, self.basis = network, len(moving), _doubles(basis)
        inner = _times(back, _times(m, basis))
        own = invert([row[: self.d] for row in inner[: self.d]]) if self.d else []
        assert own is not None
        shift = mp(SHIFT)
        self.A = -_doubles(
            [[v - (shift if i == j else 0) for j, v in enumerate(r)] for i, r in enumerate(own)]
        )
        self.late = _doubles([row[self.d :] for row in inner[self.d :]])
        if self.late.size and np.abs(self.late @ self.late).max() > 1e-20:
            raise ValueError("second derivatives of sources")
        self.fast = (
            np.abs(self.basis[:, self.d :] @ self.late).sum(axis=1) > 1e-25
            if self.late.size
            else np.zeros(n, bool)
        )
        gain = _times(back, inverse)
        self.drive_moving = _doubles(_times(own, gain[: self.d])) if self.d else np.zeros((0, n))
        self.drive_still = _doubles(gain[self.d :])
        at_rest = invert([[mp(g) for g in row] for row in network.g])
        self.resting = _doubles(_times(back, at_rest)[: self.d]) if self.d else np.zeros((0, n))
        self.rates = np.linalg.eigvals(self.A) if self.d else np.zeros(0)
        self.start = _doubles(_times(back, [[mp(v)] for v in rest.x]))[: self.d, 0]
        self.rounding = np.zeros(n)

    def at(self, times: np.ndarray) -> np.ndarray:
        """x at ascending times, shape (times, unknowns)."""
        corners = sorted({float(t) for p in self.network.parts for t, _ in p.wave} | {0.0, float(times[-1])})
        found, z, todo = [], self.start, list(times)
        for left, right in pairwise(corners):
            b = self.sources(left)
            slope = (self.sources(right) - b) / (right - left)
            while todo and todo[0] <= right:
                t = todo.pop(0)
                found.append(self._state(self._moved(z, b, slope, t - left), b + slope * (t - left), slope))
            z = self._moved(z, b, slope, right - left)
        return np.array(found)

    def sources(self, t: float) -> np.ndarray:
        """The right side at a time."""
        parts = []
        for part in self.network.parts:
            if part.wave:
                times, values = (np.array([float(c[k]) for c in part.wave]) for k in (0, 1))
                part = part._replace(value=Fraction(float(np.interp(t, times, values))))
            parts.append(part)
        return np.array(Network(parts).b, dtype=float)

    def _moved(self, z: np.ndarray, b: np.ndarray, slope: np.ndarray, h: float) -> np.ndarray:
        """What moves, a time h later: its distance w to where it would rest, w' = A·w - resting·slope.

        Rounding of what rests would be voltages, of ten amperes in an inductor beside a megohm.
        """
        d = self.d
        whole = np.zeros((d + 1, d + 1))
        drive = -self.resting @ slope * h
        unit = np.abs(drive).max(initial=1e-300)  # so that the matrix is not large by the sources' values
        whole[:d, :d], whole[:d, d] = self.A * h, drive / unit
        far = z - self.resting @ b
        return self.resting @ (b + slope * h) + expm(whole)[:d] @ [*far, unit]

    def _state(self, z: np.ndarray, b: np.ndarray, slope: np.ndarray) -> np.ndarray:
        h, rate = self.drive_still @ b, self.drive_still @ slope
        still = h + self.late @ (float(SHIFT) * h - rate) if self.late.size else h
        parts = np.array([*z, *still])
        lost = len(parts) * np.finfo(float).eps * (np.abs(self.basis) @ np.abs(parts))
        self.rounding = np.maximum(self.rounding, lost)
        return self.basis @ parts


def expm(a: np.ndarray) -> np.ndarray:
    """Matrix exponential: a series of what is small, squared; scipy's takes 20 ms where cores are busy."""
    squarings = max(0, int(np.ceil(np.log2(max(np.abs(a).sum(axis=1).max(), 1e-9)))) + 4)
    step = a / 2.0**squarings
    term = total = np.eye(len(a))
    for k in range(1, 14):
        term = term @ step / k
        total = total + term
    for _ in range(squarings):
        total = total @ total
    return total


def _times(a: list[list], b: list[list]) -> list[list]:
    columns = [*zip(*b, strict=True)]
    return [[mpmath.fdot(row, column) for column in columns] for row in a]


def _doubles(matrix: list[list]) -> np.ndarray:
    return np.array([[float(mpmath.re(v)) for v in row] for row in matrix]).reshape(len(matrix), -1)


def _reduced(matrix: list[list]) -> tuple[list[list], list[int]]:
    """Reduced row echelon form, and its pivots' columns."""
    rows, pivots = [[*row] for row in matrix], []
    size = max((abs(v) for row in rows for v in row), default=0)
    for column in range(len(rows)):
        free = range(len(pivots), len(rows))
        best = max(free, key=lambda r: abs(rows[r][column]), default=None)
        if best is None or abs(rows[best][column]) <= RANK * size:
            continue
        place = len(pivots)
        rows[place], rows[best] = rows[best], rows[place]
        pivot = rows[place][column]
        rows[place] = [v / pivot for v in rows[place]]
        for r, row in enumerate(rows):
            if r != place and row[column]:
                rows[r] = [a - row[column] * b for a, b in zip(row, rows[place], strict=True)]
        pivots.append(column)
    return rows, pivots


def _range(matrix: list[list]) -> list[list]:
    """Columns that span the range."""
    pivots = _reduced(matrix)[1]
    return [[row[p] / max(abs(r[p]) for r in matrix) for row in matrix] for p in pivots]


def _kernel(matrix: list[list]) -> list[list]:
    rows, pivots = _reduced(matrix)
    found = []
    for free in (c for c in range(len(matrix)) if c not in pivots):
        vector = [mpmath.mpf(int(c == free)) for c in range(len(matrix))]
        for row, pivot in zip(rows, pivots, strict=False):
            vector[pivot] = -row[free]
        found.append(vector)
    return found
