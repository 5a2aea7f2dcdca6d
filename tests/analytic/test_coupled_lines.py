"""Coupled lines against the matrix exponential of the telegrapher's equations, and against modes by hand."""

import numpy as np
import pytest
from scipy.linalg import expm

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

L = np.array([[1.0, 0.2, 0.05], [0.2, 1.1, 0.3], [0.05, 0.3, 0.9]]) * 1e-6
C = np.array([[150.0, -30.0, -2.0], [-30.0, 160.0, -25.0], [-2.0, -25.0, 140.0]]) * 1e-12
R = np.array([[5.0, 1.0, 0.5], [1.0, 7.0, 0.0], [0.5, 0.0, 4.0]])
G = np.array([[2.0, -0.5, 0.0], [-0.5, 3.0, -1.0], [0.0, -1.0, 2.0]]) * 1e-4
LENGTH = 0.3
LOADS = (50.0, 75.0, 1e3)


def card(**matrices):
    texts = (
        f"{k}={' '.join(repr(float(x)) for x in m[np.triu_indices(len(m))])}" for k, m in matrices.items()
    )
    return f".model pl cpl length={LENGTH} {' '.join(texts)}"


def cards(model, source="ac 1"):
    return f"""t
v1 s 0 {source}
r1 s a1 50
r2 a2 0 30
r3 a3 0 60
p1 a1 a2 a3 0 b1 b2 b3 0 pl
r4 b1 0 {LOADS[0]}
r5 b2 0 {LOADS[1]}
r6 b3 0 {LOADS[2]}
{model}
.end
"""


def exact(f, r, g):
    """Voltages at both ends: the chain matrix with the terminations."""
    w = 2j * np.pi * f
    chain = expm(np.block([[np.zeros((3, 3)), -(r + w * L)], [-(g + w * C), np.zeros((3, 3))]]) * LENGTH)
    near, far = np.diag([1 / 50, 1 / 30, 1 / 60]), np.diag([1 / x for x in LOADS])
    # i(0) = j - near·v(0); i(end) = far·v(end)
    j = np.array([1 / 50, 0, 0])
    up, low = (chain[rows, :3] - chain[rows, 3:] @ near for rows in (slice(3), slice(3, 6)))
    system = np.block([[np.eye(3), -up], [far, -low]])
    return np.linalg.solve(system, np.concatenate([chain[:3, 3:] @ j, chain[3:, 3:] @ j]))


@pytest.mark.parametrize(
    ("r", "g", "rel"),
    [(0 * R, 0 * G, 1e-8), (R, 0 * G, 3e-4), (R, G, 1e-3)],
    ids=["lossless", "r", "r and g"],
)
def test_three_lines_of_their_own(r, g, rel):
    matrices = {"r": r, "l": L, "g": g, "c": C}
    found = Circuit.from_text(cards(card(**matrices))).ac(1e6, 3e8, 4)
    names = ["v(b1)", "v(b2)", "v(b3)", "v(a1)", "v(a2)", "v(a3)"]
    for k, f in enumerate(found["frequency"].real):
        right = exact(f, r, g)
        ours = np.array([found[name][k] for name in names])
        np.testing.assert_allclose(ours, right, atol=rel * np.max(np.abs(right)), rtol=0)


def test_at_rest_resistances_are_in_series():
    found = Circuit.from_text(cards(card(r=R, l=L, c=C), "dc 1")).op()
    i = np.array([(1 - found["v(a1)"]) / 50, -found["v(a2)"] / 30, -found["v(a3)"] / 60])
    for k in range(3):
        assert found[f"v(b{k + 1})"] / LOADS[k] == pytest.approx(i[k], abs=1e-12)
        assert found[f"v(a{k + 1})"] - found[f"v(b{k + 1})"] == pytest.approx(LENGTH * (R @ i)[k], abs=1e-9)
    assert "v(p1#a0)" not in found.names


@pytest.mark.parametrize("r", [0.0, 20.0])
def test_a_symmetric_pair_in_time(r):
    """Even and odd mode each on a line of its own, with impedances √((L ± M)/(C ∓ K)); with losses as well."""
    pulse = "pulse(0 1 1n 0.5n 0.5n 4n 30n)"
    pair = f"""t
v1 s 0 {pulse}
rs s a 50
p1 a b 0 c d 0 pl
rb b 0 50
rc c 0 50
rd d 0 50
.model pl cpl length=0.5 r={r} 0 {r} l=300n 60n 300n c=120p -20p 120p
.end"""
    modes = f"""t
ve e 0 pulse(0 0.5 1n 0.5n 0.5n 4n 30n)
re e ea 50
oe ea 0 ec 0 even
rl ec 0 50
vo o 0 pulse(0 0.5 1n 0.5n 0.5n 4n 30n)
ro o oa 50
oo oa 0 oc 0 odd
rm oc 0 50
.model even ltra len=0.5 r={r} l=360n c=100p
.model odd ltra len=0.5 r={r} l=240n c=140p
.end"""
    at = np.linspace(0, 20e-9, 301)
    ours, other = (
        {n: np.interp(at, found["time"], found[n]) for n in found.names}
        for found in (Circuit.from_text(t).tran(20e-9, tmax=2e-11) for t in (pair, modes))
    )
    for name, value in (
        ("v(a)", other["v(ea)"] + other["v(oa)"]),
        ("v(b)", other["v(ea)"] - other["v(oa)"]),
        ("v(c)", other["v(ec)"] + other["v(oc)"]),
        ("v(d)", other["v(ec)"] - other["v(oc)"]),
    ):
        np.testing.assert_allclose(ours[name], value, atol=2e-3)


@pytest.mark.long
def test_its_current_is_that_into_its_first_line():
    """It was a current of a mode."""
    circuit = Circuit.from_text(cards(card(l=L, c=C, r=R, g=G), "dc 2 ac 1 pulse(0 2 1n 1n 1n 5n 20n)"))
    for r in (circuit.op(), circuit.ac(1e6, 1e8, 3), circuit.tran(20e-9, tstep=1e-10)):
        np.testing.assert_allclose(r["i(p1)"], (r["v(s)"] - r["v(a1)"]) / 50, rtol=1e-6, atol=1e-12)


def test_inside_a_subcircuit_with_its_own_length():
    text = """t
v1 s 0 1
x1 s t two
r1 t 0 50
.subckt two p q
p1 p p 0 q q 0 pl length=2
.model pl cpl length=1 r=10 0 10 l=300n 60n 300n c=120p -20p 120p
.ends
.end
"""
    assert Circuit.from_text(text).op()["v(t)"] == pytest.approx(50 / 60, rel=1e-9)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (".model pl cpl length=1 l=1u 0 1u c=1p 0 1p", "has 8 nodes; 2 lines have 6"),
        (".model pl cpl length=1 l=1u 2u 0 1u 0 1u c=1p 0 0 1p 0 1p", "must be positive definite"),
        (".model pl cpl length=1 l=1u 0 0 1u 0 1u c=1p 0 0 1p", "numbers each"),
        (".model pl cpl length=0 l=1u 0 0 1u 0 1u c=1p 0 0 1p 0 1p", "must be a number above 0"),
        (".model pl ltra len=1 l=1u c=1p", "need a model of type cpl"),
        (".model px cpl length=1 l=1u c=1p", "no model 'pl' for coupled lines"),
    ],
)
def test_what_is_wrong(model, says):
    with pytest.raises(NetlistError, match=says):
        _ = Circuit.from_text(cards(model)).flat


def test_unknown_words_of_the_model():
    with pytest.warns(DeckWarning, match="'foo' of model 'pl' has no effect on coupled lines"):
        _ = Circuit.from_text(cards(card(l=L, c=C) + " foo=1")).flat
