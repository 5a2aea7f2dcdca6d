"""A·x = b in rational arithmetic, for matrices whose singularity is hidden by rounding."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

LARGEST = 120  # unknowns: numbers grow during the elimination
LONGEST = 20_000  # bits of a number


class TooLarge(Exception):
    """The elimination would take too long."""


class Elimination:
    """Gaussian elimination of a sparse matrix whose entries are sums of floating-point numbers, without rounding.

    Parameters
    ----------
    n : int
    rows, columns, values : ndarray
        Entries; those at one place are added.
    b : ndarray, shape (n,)

    Attributes
    ----------
    free : list of int
        Undetermined unknowns; empty if the matrix is regular.

    Raises
    ------
    TooLarge
    """

    def __init__(
        self, n: int, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, b: np.ndarray
    ) -> None:
        if n > LARGEST:
            raise TooLarge
        self.n = n
        equations: list[dict[int, Fraction]] = [{} for _ in range(n)]
        for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
            if row >= 0 and column >= 0 and value:
                equations[row][column] = equations[row].get(column, Fraction(0)) + Fraction(value)
        self.left = [
            ({k: v for k, v in equation.items() if v}, Fraction(right))
            for equation, right in zip(equations, b.tolist(), strict=True)
        ]
        self.pivots: list[tuple[int, dict[int, Fraction], Fraction]] = []
        while self._eliminate():
            pass
        determined = {column for column, _, _ in self.pivots}
        self.free = [k for k in range(n) if k not in determined]

    def _eliminate(self) -> bool:
        """Eliminate with the shortest equation and its rarest unknown as pivot; False if none is left."""
        some = [entry for entry in self.left if entry[0]]
        if not some:
            return False
        chosen = min(some, key=lambda entry: len(entry[0]))
        equation, right = chosen
        column = min(equation, key=lambda c: (sum(c in other for other, _ in some), c))
        pivot = equation[column]
        left = []
        for entry in self.left:
            if entry is chosen:
                continue
            other, known = entry
            if column in other:
                factor = other[column] / pivot
                if factor.numerator.bit_length() > LONGEST:
                    raise TooLarge
                changed = {k: other.get(k, 0) - factor * v for k, v in equation.items()}
                other = {k: v for k, v in {**other, **changed}.items() if v}
                known -= factor * right
            left.append((other, known))
        self.left = left
        self.pivots.append((column, equation, right))
        return True

    def solution(self) -> np.ndarray:
        """Solution x of a regular matrix, rounded once."""
        return self._rounded(self._back({}, homogeneous=False))

    def undetermined(self) -> list[int]:
        """Unknowns that change along one vector of the null space."""
        vector = self._back({k: Fraction(int(k == self.free[0])) for k in self.free}, homogeneous=True)
        return sorted(k for k, v in vector.items() if v)

    def _back(self, x: dict[int, Fraction], homogeneous: bool) -> dict[int, Fraction]:
        for column, equation, right in reversed(self.pivots):
            known = sum((v * x[k] for k, v in equation.items() if k != column), Fraction(0))
            x[column] = ((0 if homogeneous else right) - known) / equation[column]
        return x

    def _rounded(self, x: dict[int, Fraction]) -> np.ndarray:
        rounded = np.empty(self.n)
        for k, value in x.items():
            try:
                rounded[k] = float(value)
            except OverflowError:
                rounded[k] = np.inf if value > 0 else -np.inf
        return rounded
