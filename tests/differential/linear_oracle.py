"""Linear circuits solved exactly: modified nodal analysis of plain data in rational numbers.

Nothing here knows the package. A circuit is a list of `Part`; an operating point is a rational vector, a phasor has
fifty digits, poles are roots of an exactly known polynomial.
"""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import mpmath
import numpy as np

EPS = Fraction(1, 2**53)
fifty_digits = mpmath.workdps(50)  # for what computes with mpmath; others have digits of their own


class Part(NamedTuple):
    """An element. `kind` is r, c, l, k, t, or v and i for sources, independent or controlled.

    `terms` are (coefficient, control): the control is a pair of nodes or the name of a part with a current.
    """

    kind: str
    name: str
    nodes: tuple[str, ...] = ()
    value: Fraction = Fraction(0)
    terms: tuple[tuple[Fraction, tuple[str, str] | str], ...] = ()
    ac: Fraction = Fraction(0)
    windings: tuple[str, ...] = ()
    delay: Fraction = Fraction(0)
    written: Fraction = Fraction(0)  # value or gain on the card, before multipliers and temperature
    rise: int = 0  # above the circuit's temperature [K]
    wave: tuple[tuple[Fraction, Fraction], ...] = ()  # corners of pwl: time, value


class Solved(NamedTuple):
    """Solution of a linear system, and what is known of it.

    `unique` says which components are the same in every solution; all are where the matrix is regular.
    """

    regular: bool
    consistent: bool
    x: list[Fraction]
    unique: list[bool]
    inverse: list[list[Fraction]]


def reduce_rows(rows: list[list[Fraction]], columns: int) -> tuple[list[list[int]], dict[int, int], int]:
    """Fraction-free Gauss-Jordan elimination: integer rows, pivot column → row, common pivot."""
    whole = []
    for row in rows:
        factor = lcm(*(v.denominator for v in row))
        ints = [int(v * factor) for v in row]
        common = gcd(*ints) or 1
        whole.append([v // common for v in ints])
    pivots: dict[int, int] = {}
    before, used = 1, 0
    for column in range(columns):
        candidates = [r for r in range(used, len(whole)) if whole[r][column]]
        if not candidates:
            continue
        best = min(candidates, key=lambda r: abs(whole[r][column]))
        whole[used], whole[best] = whole[best], whole[used]
        pivot_row = whole[used]
        pivot = pivot_row[column]
        for r, row in enumerate(whole):
            if r != used:
                factor = row[column]
                if factor:
                    whole[r] = [
                        (pivot * a - factor * b) // before for a, b in zip(row, pivot_row, strict=True)
                    ]
                elif pivot != before:
                    whole[r] = [pivot * a // before for a in row]
        pivots[column] = used
        before, used = pivot, used + 1
    return whole, pivots, before


def solve(matrix: list[list[Fraction]], rhs: list[Fraction]) -> Solved:
    """Solve exactly, singular systems too."""
    n = len(matrix)
    unit = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    rows = [[*m, b, *u] for m, b, u in zip(matrix, rhs, unit, strict=True)]
    # The rows are scaled one by one, so the unit matrix beside them is scaled too: it stays right.
    whole, pivots, pivot = reduce_rows(rows, n)
    if len(pivots) == n:
        x = [Fraction(whole[pivots[c]][n], pivot) for c in range(n)]
        inverse = [[Fraction(v, pivot) for v in whole[pivots[c]][n + 1 :]] for c in range(n)]
        return Solved(True, True, x, [True] * n, inverse)
    free = [c for c in range(n) if c not in pivots]
    consistent = all(whole[r][n] == 0 for r in range(len(pivots), n))
    x, unique = [Fraction(0)] * n, [False] * n
    for column, row in pivots.items():
        x[column] = Fraction(whole[row][n], pivot)
        unique[column] = all(whole[row][f] == 0 for f in free)
    return Solved(False, consistent, x, unique, [])


class Network:
    """Matrices G, C and the right sides of a list of parts."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        names = sorted({n for p in parts for n in p.nodes} | _controlling_nodes(parts))
        self.nodes = [n for n in names if n != "0"]
        self.place = {n: k for k, n in enumerate(self.nodes)}
        self.names = [f"v({n})" for n in self.nodes]
        self.branch: dict[str, int] = {}
        for part in parts:
            if part.kind in "vl":
                self.branch[part.name] = self._new(f"i({part.name})")
            elif part.kind == "t":
                self.branch[part.name] = self._new(f"t1({part.name})")
                self._new(f"t2({part.name})")
        self.n = len(self.names)
        self.g = self._zeros()
        self.c = self._zeros()
        self.size = self._zeros()  # of G: sums of absolute values, what rounding acts on
        self.b = [Fraction(0)] * self.n
        self.b_size = [Fraction(0)] * self.n
        self.b_ac = [Fraction(0)] * self.n
        for part in parts:
            self._stamp(part)

    def _zeros(self) -> list[list[Fraction]]:
        return [[Fraction(0)] * self.n for _ in range(self.n)]

    def _new(self, name: str) -> int:
        self.names.append(name)
        return len(self.names) - 1

    def _at(self, node: str) -> int:
        return self.place.get(node, -1)

    def add(self, matrix: list[list[Fraction]], row: int, column: int, value: Fraction) -> None:
        if row >= 0 and column >= 0:
            matrix[row][column] += value
            if matrix is self.g:
                self.size[row][column] += abs(value)

    def _stamp(self, part: Part) -> None:
        if part.kind in "rc":
            p, n = map(self._at, part.nodes)
            matrix, value = (self.g, 1 / part.value) if part.kind == "r" else (self.c, part.value)
            for row, column, sign in ((p, p, 1), (p, n, -1), (n, p, -1), (n, n, 1)):
                self.add(matrix, row, column, sign * value)
        elif part.kind in "vl":
            self._branch_part(part)
        elif part.kind == "i":
            p, n = map(self._at, part.nodes)
            for row, sign in ((p, 1), (n, -1)):
                if row >= 0:
                    self.b[row] -= sign * part.value
                    self.b_size[row] += abs(part.value)
                    self.b_ac[row] -= sign * part.ac
                    for coefficient, control in part.terms:
                        self._control(row, sign * coefficient, control)
        elif part.kind == "t":
            self._through(part)
        elif part.kind == "k":
            self._couple(part)

    def _branch_part(self, part: Part) -> None:
        p, n = map(self._at, part.nodes)
        row = self.branch[part.name]
        for node, sign in ((p, Fraction(1)), (n, Fraction(-1))):
            self.add(self.g, node, row, sign)
            self.add(self.g, row, node, sign)
        if part.kind == "l":
            self.add(self.c, row, row, -part.value)
            return
        self.b[row] += part.value
        self.b_size[row] += abs(part.value)
        self.b_ac[row] += part.ac
        for coefficient, control in part.terms:
            self._control(row, -coefficient, control)

    def _control(self, row: int, value: Fraction, control: tuple[str, str] | str) -> None:
        if isinstance(control, str):
            self.add(self.g, row, self.branch[control], value)
        else:
            self.add(self.g, row, self._at(control[0]), value)
            self.add(self.g, row, self._at(control[1]), -value)

    @fifty_digits
    def _couple(self, part: Part) -> None:
        value = {p.name: p.value for p in self.parts if p.kind == "l"}
        for k, first in enumerate(part.windings):
            for second in part.windings[k + 1 :]:
                product = value[first] * value[second]
                root = Fraction(mpmath.nstr(mpmath.sqrt(mp(product)), 45))
                a, b = self.branch[first], self.branch[second]
                self.add(self.c, a, b, -part.value * root)
                self.add(self.c, b, a, -part.value * root)

    def _line_currents(self, part: Part) -> tuple[int, int]:
        """Place the currents into both ends of a line."""
        p, n, q, m = map(self._at, part.nodes)
        first = self.branch[part.name]
        for node, branch, sign in ((p, first, 1), (n, first, -1), (q, first + 1, 1), (m, first + 1, -1)):
            self.add(self.g, node, branch, Fraction(sign))
        return first, first + 1

    def _through(self, part: Part) -> None:
        """At rest a line is a through connection, port by port; its rows are replaced at a frequency."""
        first, second = self._line_currents(part)
        for node, sign in zip(part.nodes, (1, -1, -1, 1), strict=True):
            self.add(self.g, first, self._at(node), Fraction(sign))
        self.add(self.g, second, first, Fraction(1))
        self.add(self.g, second, second, Fraction(1))

    def at_rest(self) -> Solved:
        return solve(self.g, self.b)

    def bound(self, solved: Solved, ulps: int) -> list[float]:
        """Componentwise error that `ulps` roundings of every number of the equations can make, to second order."""
        inverse = np.abs(np.array(solved.inverse, dtype=float))
        size = np.array(self.size, dtype=float)
        unit = ulps * float(EPS)
        x = np.abs(np.array(solved.x, dtype=float))
        first = unit * (inverse @ (size @ x + np.array(self.b_size, dtype=float)))
        return [*(first + unit * (inverse @ (size @ first)))]

    @fifty_digits
    def matrices(self, frequency: float) -> tuple[list[list], list[list]]:
        """The matrix at a frequency, and the sizes of what it is a sum of."""
        s = mpmath.mpc(0, 2 * mpmath.pi * mpmath.mpf(frequency))
        matrix = [
            [mp(g) + s * mp(c) if g or c else mpmath.mpc(0) for g, c in zip(*rows, strict=True)]
            for rows in zip(self.g, self.c, strict=True)
        ]
        size = [
            [mp(g) + abs(s) * abs(mp(c)) for g, c in zip(*rows, strict=True)]
            for rows in zip(self.size, self.c, strict=True)
        ]
        for part in self.parts:
            if part.kind == "t":
                self._line(matrix, size, part, s)
        return matrix, size

    @fifty_digits
    def phasors(self, frequency: float) -> tuple[list[mpmath.mpc] | None, list[float]]:
        """Response to the ac sources with fifty digits, and its sensitivity to rounding; None if singular."""
        matrix, size = self.matrices(frequency)
        rhs = [mp(b) for b in self.b_ac]
        inverse = invert(matrix)
        if inverse is None:
            return None, []
        x = [mpmath.fsum(a * b for a, b in zip(row, rhs, strict=True) if b) for row in inverse]
        return x, [rounding(row, size, x, rhs) for row in inverse]

    def _line(self, matrix: list, size: list, part: Part, s: mpmath.mpc) -> None:
        """v1 = cosh v2 − Z sinh i2, Z i1 = sinh v2 − cosh Z i2 for currents into the line."""
        p, n, q, m = map(self._at, part.nodes)
        first = self.branch[part.name]
        second = first + 1
        gamma, z = s * mp(part.delay), mp(part.value)
        cosh, sinh = mpmath.cosh(gamma), mpmath.sinh(gamma)
        for row in (first, second):
            matrix[row] = [mpmath.mpc(0)] * self.n
        entries = [(first, p, 1), (first, n, -1), (first, q, -cosh), (first, m, cosh)]
        entries += [(first, second, z * sinh), (second, first, z), (second, second, z * cosh)]
        entries += [(second, q, -sinh), (second, m, sinh)]
        for row, column, value in entries:
            if column >= 0:
                matrix[row][column] += value
        # Of a long line the phase itself is rounded.
        turns = 1 + abs(gamma)
        for row in (first, second):
            size[row] = [abs(v) * turns for v in matrix[row]]
            for node in (p, n, q, m):
                if node >= 0:
                    size[row][node] += turns
            size[row][second] += turns * z
            size[row][first] += turns * z


def _controlling_nodes(parts: list[Part]) -> set[str]:
    return {n for p in parts for _, control in p.terms if not isinstance(control, str) for n in control}


@fifty_digits
def rounding(row: list, size: list[list], x: list, rhs: list | None = None) -> float:
    """Error of row·b, row of the inverse, by one rounding of each number: |row|·(|A|·|x| + |b|)."""
    total = mpmath.mpf(0)
    for k, (weight, sizes) in enumerate(zip(row, size, strict=True)):
        if weight:
            terms = [a * abs(v) for a, v in zip(sizes, x, strict=True) if a and v]
            total += abs(weight) * (mpmath.fsum(terms) + (abs(rhs[k]) if rhs else 0))
    return float(total) * float(EPS)


@fifty_digits
def mp(value: Fraction) -> mpmath.mpf:
    """A rational number with fifty digits."""
    return mpmath.mpf(value.numerator) / value.denominator


@fifty_digits
def invert(matrix: list[list[mpmath.mpc]]) -> list[list[mpmath.mpc]] | None:
    """Inverse by elimination with pivots of full size; None if it is singular to forty digits."""
    n = len(matrix)
    rows = []
    for i, row in enumerate(matrix):
        largest = max((abs(v) for v in row), default=0)
        if not largest:
            return None
        rows.append(
            [v / largest for v in row] + [(1 / largest if i == j else mpmath.mpf(0)) for j in range(n)]
        )
    for column in range(n):
        best = max(range(column, n), key=lambda r: abs(rows[r][column]))
        if abs(rows[best][column]) < mpmath.mpf("1e-35"):
            return None
        rows[column], rows[best] = rows[best], rows[column]
        pivot = rows[column][column]
        rows[column] = [v / pivot if v else v for v in rows[column]]
        for r in range(n):
            factor = rows[r][column]
            if r != column and factor:
                rows[r] = [a - factor * b if b else a for a, b in zip(rows[r], rows[column], strict=True)]
    return [row[n:] for row in rows]
