"""Onset of oscillations at Hopf points: the first Lyapunov coefficient against Kuznetsov's formula with exact tensors,
planar closed forms, and the cycles themselves."""

import math
from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit

OSCILLATORS = Path(__file__).resolve().parents[2] / "netlists/oscillator"


def hopf_point(text, *arguments, **options):
    r = Circuit.from_text(f"t\n{text}\n.end\n").arc(*arguments, **options)
    (special,) = (s for s in r.special if s.kind == "hopf")
    return special, r


def kuznetsov(A, B, C):
    """l₁ of dx/dt = A·x + ½·B(x, x) + ⅙·C(x, x, x): the invariant expression of section 5.4, term by term."""
    values, right = np.linalg.eig(A)
    k = int(np.argmax(values.imag))
    omega, q = values[k].imag, right[:, k] / np.linalg.norm(right[:, k])
    others, left = np.linalg.eig(A.T)
    p = left[:, int(np.argmin(np.abs(others - values[k].conj())))]
    p = p / np.vdot(p, q).conj()

    def b(u, v):
        return np.einsum("ijk,j,k", B, u, v)

    cubic = np.einsum("ijkl,j,k,l", C, q, q, q.conj())
    static = b(q, np.linalg.solve(A, b(q, q.conj())))
    double = b(q.conj(), np.linalg.solve(2j * omega * np.eye(len(A)) - A, b(q, q)))
    return np.vdot(p, cubic - 2.0 * static + double).real / (2.0 * omega)


def planar(f, g, omega):
    """l₁ of x' = -ω·y + f, y' = ω·x + g from partial derivatives (Guckenheimer and Holmes, (3.4.11))."""
    sixteen = f["xxx"] + f["xyy"] + g["xxy"] + g["yyy"]
    mixed = f["xy"] * (f["xx"] + f["yy"]) - g["xy"] * (g["xx"] + g["yy"])
    mixed += g["yy"] * f["yy"] - f["xx"] * g["xx"]
    return (sixteen + mixed / omega) / (8.0 * omega)


def symmetric(rng, n, rank):
    """A random tensor, symmetric in all indices but the first."""
    from itertools import permutations

    T = rng.normal(size=(n,) * (rank + 1))
    ways = list(permutations(range(1, rank + 1)))
    return sum(T.transpose(0, *way) for way in ways) / len(ways)


def polynomial(A, B, C, row, x):
    """Text of one row of A·x + ½·B(x, x) + ⅙·C(x, x, x) + µ·x, in expressions x for the unknowns."""
    n = len(A)
    terms = [f"{{mu}}*{x[row]}", *(f"{A[row, j]!r}*{x[j]}" for j in range(n))]
    terms += [f"{B[row, j, k] / 2!r}*{x[j]}*{x[k]}" for j in range(n) for k in range(n)]
    terms += [
        f"{C[row, j, k, m] / 6!r}*{x[j]}*{x[k]}*{x[m]}" for j in range(n) for k in range(n) for m in range(n)
    ]
    return "+".join(terms).replace("np.float64", "")


def random_system(seed):
    rng = np.random.default_rng(seed)
    omega = rng.uniform(0.5, 3.0)
    core = np.array([[0.0, -omega, 0.0], [omega, 0.0, 0.0], [0.0, 0.0, -rng.uniform(2.0, 4.0)]])
    T = np.eye(3) + 0.3 * rng.normal(size=(3, 3))
    return T @ core @ np.linalg.inv(T), 0.5 * symmetric(rng, 3, 2), symmetric(rng, 3, 3), omega


def l1_of(special):
    assert special.onset is not None
    return special.onset.lyapunov


@pytest.mark.thinned(4)
@pytest.mark.parametrize("seed", range(4))
def test_random_systems_of_three_states(seed):
    """Oracle: the formula with the tensors that wrote the deck. A capacitor at each node makes v its state."""
    A, B, C, omega = random_system(seed)
    x = [f"v({k})" for k in "xyz"]
    lines = [f"c{k} {k} 0 1" for k in "xyz"]
    lines += [f"b{k} 0 {k} i={{{polynomial(A, B, C, row, x)}}}" for row, k in enumerate("xyz")]
    special, _ = hopf_point(".param mu=-0.1\n" + "\n".join(lines), "mu", -0.1, 0.05, 20)
    exact = kuznetsov(A, B, C)
    assert special.frequency == pytest.approx(omega / 2.0 / math.pi, rel=1e-9)
    assert l1_of(special) == pytest.approx(exact, abs=2.0 * special.onset.error + 1e-12)
    assert special.onset.error < 1e-6 * max(1.0, abs(exact))
    assert special.onset.kind == ("supercritical" if exact < 0.0 else "subcritical")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_nonlinear_charges_change_nothing_but_coordinates(seed):
    """Charges q(u) = u + quadratic and cubic terms, and currents of q: the same system in other coordinates."""
    A, B, C, _ = random_system(seed + 10)
    rng = np.random.default_rng(seed)
    bends = rng.normal(scale=0.4, size=(3, 2)).tolist()
    q = [f"(v({k})*(1+{a!r}*v({k})+{b!r}*v({k})*v({k})))" for k, (a, b) in zip("xyz", bends, strict=True)]
    lines = []
    for row, k in enumerate("xyz"):
        lines += [f"c{k} {k} 0 q={{{q[row]}}}", f"b{k} 0 {k} i={{{polynomial(A, B, C, row, q)}}}"]
    special, _ = hopf_point(".param mu=-0.1\n" + "\n".join(lines), "mu", -0.1, 0.05, 20)
    assert l1_of(special) == pytest.approx(kuznetsov(A, B, C), abs=2.0 * special.onset.error + 1e-12)
    assert special.onset.error < 1e-6


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.5), (-0.7, 2.0)])
def test_stuart_landau_in_closed_form(alpha, beta):
    """z' = (3·µ + 2j)·z - (α + jβ)·z·|z|²: l₁ = -2·α/ω, |z|² = 3·µ/α, angular frequency 2 - 3·µ·β/α."""
    r2 = "(v(x)*v(x)+v(y)*v(y))"
    grow, turn = f"(3*{{mu}}-({alpha})*{r2})", f"(2-({beta})*{r2})"
    special, _ = hopf_point(
        f".param mu=-1\nc1 x 0 1\nc2 y 0 1\nb1 0 x i={grow}*v(x)-{turn}*v(y)\nb2 0 y i={turn}*v(x)+{grow}*v(y)",
        "mu",
        -1,
        1,
        10,
    )
    onset = special.onset
    assert onset.lyapunov == pytest.approx(-2.0 * alpha / 2.0, rel=1e-8)
    assert onset.side == np.sign(alpha)
    assert abs(onset.swing["v(x)"]) == pytest.approx(math.sqrt(3.0 / abs(alpha)), rel=1e-7)
    assert onset.swing["v(y)"] / onset.swing["v(x)"] == pytest.approx(-1j, rel=1e-8)
    assert onset.drift == pytest.approx(-3.0 * beta / alpha / 2.0 / math.pi, rel=1e-7)


def test_van_der_pol_with_units():
    """i = -g·v + k·v³ beside L and C: amplitude² = 4·g/(3·k), Re c = -3·k/(8·C)·(2·|p|)² for the mode's |p| in v."""
    L, C, k = 1e-6, 1e-9, 2e-3
    special, _ = hopf_point(
        f".param g=-1m\nb1 a 0 i={{-g*v(a)+{k}*v(a)*v(a)*v(a)}}\nl1 a 0 {L}\nc1 a 0 {C}", "g", -1e-3, 1e-3, 20
    )
    assert abs(special.onset.swing["v(a)"]) == pytest.approx(math.sqrt(4.0 / (3.0 * k)), rel=1e-6)
    ratio = math.sqrt(C / L)  # |i|/|v|
    square = 1.0 / (1.0 + ratio**2)  # |p|² in v, for |p| = 1
    omega = 1.0 / math.sqrt(L * C)
    assert special.onset.lyapunov == pytest.approx(-3.0 * k / (2.0 * C) * square / omega, rel=1e-7)


@pytest.mark.parametrize(("a", "b", "eps"), [(0.7, 0.8, 0.08), (0.7, 0.8, 0.5), (0.2, 0.5, 0.9)])
def test_fitzhugh_nagumo_by_the_planar_formula(a, b, eps):
    """v' = v - v³/3 - w + j, w' = ε·(v + a - b·w): in rotated coordinates only v' is nonlinear."""
    v = -math.sqrt(1.0 - eps * b)
    omega = math.sqrt(eps - (eps * b) ** 2)
    special, _ = hopf_point(
        f"i1 0 v 0\ncv v 0 1\ncw w 0 1\nbv 0 v i=v(v)-v(v)*v(v)*v(v)/3-v(w)\nbw 0 w i={eps}*(v(v)+{a}-{b}*v(w))",
        "i1",
        -1.0,
        v**3 / 3.0 - v + (v + a) / b + 0.05,
        50,
    )
    assert special.state["v(v)"] == pytest.approx(v, rel=1e-9)
    # v = x, w = (ε·b)·x + ω·y turns x' = εb·x - w, y' = … into a rotation; f = v·x² terms, g = -(ε·b/ω)·f
    part = -eps * b / omega
    f = {"xx": -2.0 * v, "xxx": -2.0, "xy": 0.0, "yy": 0.0, "xyy": 0.0, "xxy": 0.0, "yyy": 0.0}
    plane = planar(f, {k: part * value for k, value in f.items()}, omega)
    q = np.array([1.0, eps * b - 1j * omega])  # the mode for x = 1, y = -j
    assert l1_of(special) == pytest.approx(plane * 2.0 / np.vdot(q, q).real, rel=1e-6)


@pytest.mark.parametrize("a", [0.5, 1.0, 2.0])
def test_brusselator(a):
    """x' = a - (b + 1)·x + x²·y, y' = b·x - x²·y: at b = 1 + a², by the formula with its tensors."""
    b = 1.0 + a * a
    A = np.array([[b - 1.0, a * a], [-b, -a * a]])
    B, C = np.zeros((2, 2, 2)), np.zeros((2, 2, 2, 2))
    for row, sign in enumerate((1.0, -1.0)):
        B[row] = sign * np.array([[2.0 * b / a, 2.0 * a], [2.0 * a, 0.0]])
        C[row, 0, 0, 1] = C[row, 0, 1, 0] = C[row, 1, 0, 0] = sign * 2.0
    special, _ = hopf_point(
        f".param a={a} b=1\nc1 x 0 1\nc2 y 0 1\nb1 0 x i={{a-(b+1)*v(x)+v(x)*v(x)*v(y)}}\n"
        f"b2 0 y i={{b*v(x)-v(x)*v(x)*v(y)}}\n.nodeset v(x)={a} v(y)={1 / a}",
        "b",
        0.9 * b,
        1.1 * b,
        20,
    )
    assert l1_of(special) == pytest.approx(kuznetsov(A, B, C), rel=1e-6)
    assert special.onset.kind == "supercritical"


@pytest.mark.parametrize(
    "cubic",
    [
        "0",  # linear
        "v(a)*v(a)*v(a)*v(a)*v(a)",  # a Bautin point
        "abs(v(a))*v(a)",  # a kink of the second derivative: none of the third
    ],
)
def test_what_is_undecided_says_so(cubic, tmp_path):
    special, r = hopf_point(
        f".param mu=-1\nb1 a 0 i={{-mu*v(a)+{cubic}}}\nl1 a 0 2\nc1 a 0 0.5", "mu", -1, 1, 20
    )
    assert special.onset.kind == "undecided" and special.onset.side == 0 and not special.onset.swing
    assert "undecided" in r.statistics.notes[0]


def test_marks_are_filled_where_stable_cycles_begin(tmp_path):
    deck = "b1 a 0 i={{-mu*v(a){}v(a)*v(a)*v(a)}}\nl1 a 0 2\nc1 a 0 0.5"
    for sign, face, name in (("+", "full", "supercritical"), ("-", "full", "subcritical")):
        special, r = hopf_point(".param mu=-1\n" + deck.format(sign), "mu", -1, 1, 20)
        assert special.onset.kind == name and f", {name})" in r.statistics.notes[0]
        axis = r.plot("v(a)", path=tmp_path / "a.png").axes[0]
        (mark,) = (line for line in axis.lines if line.get_marker() == "o")
        filled = mark.get_markerfacecolor() == mark.get_color()
        assert filled == (name == "supercritical") and mark.get_fillstyle() == face


@pytest.mark.long
@pytest.mark.parametrize("supply", [1.6, 2.6])
def test_amplitudes_of_niobium_dioxide(supply):
    """The squares of cycles that are followed by shooting grow from the point with the slope of the normal form."""
    circuit = Circuit.from_text(
        f"nbo2\n.include {OSCILLATORS / 'nbo2_poole_frenkel.inc'}\nVdd vdd 0 2\nRl vdd a 6k\nC1 a 0 1p ic=0\n"
        "X1 a 0 t nbo2\n.options vntol=1e-9 abstol=1e-15 chgtol=1e-19\n.end\n"
    )
    arc = circuit.arc("vdd", 1, 4)
    cycles = circuit.cycles("vdd", 2.0, supply, tstab="1u", uic=True, tolerance=1e-6)
    (point,) = (s for s in arc.special if abs(s.value - cycles.measures["hopf1"]) < 1e-5)
    square = (0.5 * (cycles.array("max(v(a))") - cycles.array("min(v(a))"))) ** 2
    along = cycles.data[:, 0] - point.value
    distance = np.abs(along)
    near = (distance > 1e-5) & (distance < 3e-3)  # closer ones show where the discrete flow has its point
    assert np.count_nonzero(near) >= 5
    line = np.polyfit(distance[near], square[near] / distance[near], 1)
    assert line[-1] == pytest.approx(abs(point.onset.swing["v(a)"]) ** 2, rel=5e-3)
    drift = np.polyfit(along[near], cycles.array("frequency")[near], 2)[1]
    assert drift == pytest.approx(point.onset.drift, rel=5e-3)
    assert np.all(np.sign(along) == point.onset.side)
