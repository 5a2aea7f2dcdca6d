"""Poles and zeros of random networks, each enclosed in a disc by arithmetic without rounding.

The determinant of G + sC is a polynomial, found here in fractions from equations of the test's own. By Smith's theorem
the discs around m numbers, of radius m·abs(p(s))/(abs(leading)·Π abs(s - others)), hold all m roots of it, one each
where they do not touch. So no root finder is needed to judge one.
"""

from fractions import Fraction

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError, SingularMatrixError
from circuitnn.solvers.pencil import finite_eigenvalues


class Network:
    """Random R, L, C and controlled sources behind a voltage source at node 1; equations as polynomials in s."""

    def __init__(self, rng, decades, n):
        def value():
            return f"{rng.uniform(1, 10) * 10.0 ** rng.uniform(-decades, decades):.3g}"

        self.cards = [("v1", 1, 0, "1")]
        ends = [(k, int(rng.integers(0, k))) for k in range(2, n + 1)]
        ends += [tuple(int(a) for a in rng.choice(n + 1, 2, replace=False)) for _ in range(n + 1)]
        for k, (a, b) in enumerate(ends):
            kind = str(rng.choice(list("rrrcccllg")))
            if kind == "g":
                c, d = (int(x) for x in rng.choice(n + 1, 2, replace=False))
                self.cards.append((f"g{k}", a, b, c, d, value()))
            else:
                self.cards.append((f"{kind}{k}", a, b, value()))
        self.n, self.output = n, int(rng.integers(2, n + 1))

    def deck(self):
        lines = []
        for name, *rest in self.cards:
            lines.append(
                " ".join([name, *("0" if x == 0 else f"n{x}" if isinstance(x, int) else x for x in rest)])
            )
        return "\n".join(["t", *lines, ".end", ""])

    def matrices(self):
        """G and C in fractions, the source's current and the inductors' among the unknowns."""
        size = self.n + sum(name[0] in "vl" for name, *_ in self.cards)
        G, C = ([[Fraction(0)] * size for _ in range(size)] for _ in range(2))
        branch = self.n
        for name, a, b, *rest in self.cards:
            value = Fraction(rest[-1])
            pair = [(k - 1, sign) for k, sign in ((a, 1), (b, -1)) if k]
            if name[0] in "vl":
                for k, sign in pair:
                    G[k][branch] += sign
                    G[branch][k] += sign
                if name[0] == "l":
                    C[branch][branch] -= value
                branch += 1
            elif name[0] == "g":
                for k, sign in pair:
                    for m, way in ((rest[0], 1), (rest[1], -1)):
                        if m:
                            G[k][m - 1] += sign * way * value
            else:
                into = G if name[0] == "r" else C
                size_ = 1 / value if name[0] == "r" else value
                for k, sign in pair:
                    for m, way in pair:
                        into[k][m] += sign * way * size_
        return G, C

    def bordered(self):
        """The same with the source's equation for a column and the output for a row: zeros."""
        G, C = self.matrices()
        column = [Fraction(int(k == self.n)) for k in range(len(G))]
        row = [Fraction(int(k == self.output - 1)) for k in range(len(G))]
        G = [[*line, x] for line, x in zip(G, column, strict=True)] + [[*row, Fraction(0)]]
        C = [[*line, Fraction(0)] for line in C] + [[Fraction(0)] * (len(C) + 1)]
        return G, C


def determinant(M):
    M, found = [list(row) for row in M], Fraction(1)
    for k in range(len(M)):
        pivot = next((r for r in range(k, len(M)) if M[r][k]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != k:
            M[k], M[pivot], found = M[pivot], M[k], -found
        found *= M[k][k]
        for r in range(k + 1, len(M)):
            if M[r][k]:
                factor = M[r][k] / M[k][k]
                M[r] = [x - factor * y for x, y in zip(M[r], M[k], strict=True)]
    return found


def polynomial(G, C):
    """Coefficients of det(G + sC), lowest first, by Newton's interpolation at 0, 1, 2, …"""
    n = len(G)
    table = [
        determinant([[g + s * c for g, c in zip(*rows, strict=True)] for rows in zip(G, C, strict=True)])
        for s in range(n + 1)
    ]
    for order in range(1, n + 1):
        for k in range(n, order - 1, -1):
            table[k] = (table[k] - table[k - 1]) / order
    coefficients = [Fraction(0)]
    for k in range(n, -1, -1):  # p = p·(s - k) + table[k]
        shifted = [Fraction(0), *coefficients]
        coefficients = [x - k * y for x, y in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
        coefficients[0] += table[k]
    while coefficients and not coefficients[-1]:
        coefficients.pop()
    return coefficients


def size_of(real, imaginary):
    """log2 of the magnitude of a number in fractions, -inf for 0."""
    square = real * real + imaginary * imaginary
    if not square:
        return -np.inf
    shift = square.numerator.bit_length() - square.denominator.bit_length()
    return 0.5 * (shift + np.log2(float(square / Fraction(2) ** shift)))


def radii(p, roots):
    """Radius of each root's disc, relative to its distance from 0."""
    exact = [(Fraction(z.real), Fraction(z.imag)) for z in roots]
    found = []
    for k, (x, y) in enumerate(exact):
        a, b = Fraction(0), Fraction(0)
        for c in reversed(p):
            a, b = a * x - b * y + c, a * y + b * x
        log = size_of(a, b) - size_of(p[-1], Fraction(0)) + np.log2(len(roots))
        log -= sum(size_of(x - u, y - v) for m, (u, v) in enumerate(exact) if m != k)
        found.append(2.0 ** (log - size_of(x, y)))
    return np.array(found)


def judge(p, roots, accuracy):
    """Whether these are the roots of a polynomial; a sentence if not."""
    if not p:
        return "the pencil is singular"
    zeros = next(k for k, c in enumerate(p) if c)
    if len(roots) != len(p) - 1:
        return f"{len(roots)} instead of {len(p) - 1}: {roots}"
    if sum(z == 0 for z in roots) != zeros:
        return f"{zeros} of these should be 0: {roots}"
    rest = np.array([z for z in roots if z != 0])
    if len(set(rest.tolist())) < len(rest):
        return f"two are the same: {rest}"
    r = radii(p[zeros:], rest)
    return "" if np.all(r <= accuracy) else f"discs of {r} around {rest}"


def kind(result, name):
    return [complex(result[n]) for n in result.names if n.startswith(name)]


@pytest.mark.long
@pytest.mark.parametrize(("decades", "accuracy"), [(0.0, 1e-9), (3.0, 1e-6), (5.0, 1e-3)])
def test_poles_and_zeros_lie_in_their_discs(decades, accuracy):
    rng = np.random.default_rng(int(decades) + 1)
    judged = 0
    for _ in range(80):
        network = Network(rng, decades, int(rng.integers(3, 7)))
        poles = polynomial(*network.matrices())
        zeros = polynomial(*network.bordered())
        circuit = Circuit.from_text(network.deck())
        for what, p in (("pol", poles), ("zer", zeros)):
            try:
                result = circuit.pz("n1", f"n{network.output}", wanted=what)
                if any("at any frequency" in note for note in result.statistics.notes):
                    continue  # a node that only currents drive
                found = kind(result, "")
            except (SingularMatrixError, AnalysisError) as error:
                dc = determinant(network.matrices()[0])
                assert len(p) < 2 or not dc, f"{error}\n{network.deck()}"
                continue
            except CircuitnnError:
                assert not determinant(network.matrices()[0]), network.deck()
                continue
            fault = judge(p, found, accuracy)
            assert not fault, f"{what}: {fault}\n{network.deck()}"
            judged += 1
    assert judged > 60


@pytest.mark.parametrize("gm", ["1m", "1", "1k"])
def test_two_stages_of_rl(gm):
    """Poles at -1e6 and -2e6 for any gain between them."""
    text = f"t\nv1 in 0 ac 1\nr1 in a 1meg\nl1 a 0 1\ng1 b 0 a 0 {gm}\nr2 b 0 2meg\nl2 b 0 1\n.end\n"
    found = Circuit.from_text(text).pz("in", "b")
    assert kind(found, "pole") == pytest.approx([-2e6, -1e6], rel=1e-12) and kind(found, "zero") == [0, 0]


def test_a_long_ladder_has_no_zeros():
    """Of 60 stages of RC; singular values took half of the infinite ones for finite."""
    cards = [f"r{k} n{k} n{k + 1} {1 + k % 7}k\nc{k} n{k + 1} 0 {1 + k % 5}n" for k in range(60)]
    circuit = Circuit.from_text("\n".join(["t", "v1 n0 0 ac 1", *cards, ".end", ""]))
    found = circuit.pz("n0", "n60")
    poles = np.array(kind(found, "pole"))
    assert len(poles) == 60 and not kind(found, "zero")
    assert np.all(poles.imag == 0) and np.all(poles.real < 0)
    f = np.array([1.0, 1e2, 1e4])
    response = np.prod(1.0 / (1.0 - 2j * np.pi * f[:, None] / poles), axis=1)
    assert [circuit.ac(x)["v(n60)"][0] for x in f] == pytest.approx(response, rel=1e-6)


def test_poles_of_thirty_decades():
    """A chain of buffered stages with time constants from 1e-15 to 1e15 s."""
    poles = -(10.0 ** np.arange(-15, 16, 3.0))
    n = len(poles)
    G, C = np.diag(-poles).astype(float), np.eye(n)
    G[np.arange(1, n), np.arange(n - 1)] = 1e3
    rows = 10.0 ** np.random.default_rng(2).uniform(-12, 12, (2, n))
    found = finite_eigenvalues(rows[0][:, None] * G * rows[1], rows[0][:, None] * C * rows[1])
    assert found == pytest.approx(np.sort_complex(poles)[::-1], rel=1e-9)
