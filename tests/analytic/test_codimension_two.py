"""Points of codimension two on loci, against normal forms whose points are at the origin (Kuznetsov, chapter 8).

The forms are shifted, so that no point is hit by chance.
"""

import numpy as np
import pytest

from circuitnn import Circuit

P, Q = 0.0137, -0.0271  # where the points are


def locus(text, *arguments, **options):
    return Circuit.from_text(f"t\n.param p=-1 q=-1\n{text}\n.end\n").locus(*arguments, **options)


def of_kind(result, kind):
    return [(s.value, s.others["q"]) for s in result.special if s.kind == kind]


def states(**rates):
    """A capacitor of 1 F for each state, and its rate."""
    return "\n".join(f"c{k} {k} 0 1\nb{k} 0 {k} i={{{rate}}}" for k, rate in rates.items())


A, B = f"(p-({P}))", f"(q-({Q}))"
BOGDANOV_TAKENS = states(x="v(y)", y=f"{A}+{B}*v(x)+v(x)*v(x)-v(x)*v(y)")
ZERO_HOPF = states(
    u=f"{A}+v(u)*v(u)",
    x=f"({B}+v(u)-v(x)*v(x)-v(y)*v(y))*v(x)-2*v(y)",
    y=f"2*v(x)+({B}+v(u)-v(x)*v(x)-v(y)*v(y))*v(y)",
)


def pair(growth, omega, x, y):
    r2 = f"(v({x})*v({x})+v({y})*v({y}))"
    grow = growth.replace("r2", r2)
    return {x: f"({grow})*v({x})-{omega}*v({y})", y: f"{omega}*v({x})+({grow})*v({y})"}


@pytest.mark.long
def test_cusp():
    """i = v³ - q·v: the folds 27·p² = 4·q³ meet at 0."""
    r = locus(states(x=f"{A}+{B}*v(x)-v(x)*v(x)*v(x)"), "fold", "p", -1, 1, "q", 1, -0.5, points=8)
    assert of_kind(r, "cusp") == [pytest.approx((P, Q), abs=1e-7)]
    (special,) = r.special
    assert r["p"][special.row] == special.value and special.state["v(x)"] == pytest.approx(0.0, abs=1e-4)
    assert "cusps at (p, q) = " in r.statistics.notes[-1]


def test_bogdanov_takens_on_both_curves():
    """x' = y, y' = p + q·x + x² - x·y: folds 4·p = q², Hopf points p = 0 with q < 0; both reach the origin."""
    start = "\n.nodeset v(x)=-1.5"
    folds = locus(BOGDANOV_TAKENS + start, "fold", "p", -1, 1, "q", -0.8, 0.8, points=10)
    assert of_kind(folds, "bogdanov-takens") == [pytest.approx((P, Q), abs=1e-7)]
    assert not of_kind(folds, "cusp")
    hopf = locus(BOGDANOV_TAKENS, "hopf", "p", -0.5, 0.2, "q", -0.8, 0.8, points=10)
    assert of_kind(hopf, "bogdanov-takens") == [pytest.approx((P, Q), abs=1e-7)]
    (special,) = hopf.special
    assert special.frequency == 0.0 and hopf["frequency"][special.row] == 0.0
    rest = hopf["frequency"] > 0.0
    assert (2 * np.pi * hopf["frequency"][rest]) ** 2 == pytest.approx(Q - hopf["q"][rest], abs=1e-8)


def test_bautin(tmp_path):
    """z' = (p + j)·z + q·z·|z|² - z·|z|⁴."""
    r = locus(
        states(**pair(f"{A}+{B}*r2-r2*r2", 1.0, "x", "y")), "hopf", "p", -1, 1, "q", -0.5, 0.7, points=8
    )
    assert of_kind(r, "bautin") == [pytest.approx((P, Q), abs=1e-7)]
    assert len(r.special) == 1
    axis = r.plot("q", path=tmp_path / "a.png").axes[0]
    assert [line.get_marker() for line in axis.lines].count("p") == 1


@pytest.mark.long
def test_zero_hopf_on_both_curves():
    """u' = p + u², z' = (q + u + 2j)·z - z·|z|²: folds p = 0, Hopf points p = -q²."""
    folds = locus(ZERO_HOPF + "\n.nodeset v(u)=-1", "fold", "p", -1, 1, "q", -0.8, 0.8, points=6)
    assert of_kind(folds, "zero-hopf") == [pytest.approx((P, Q), abs=1e-7)]
    hopf = locus(ZERO_HOPF + "\n.nodeset v(u)=-1", "hopf", "p", -1, 1, "q", 0.6, -0.8, points=6)
    ((p, q),) = of_kind(hopf, "zero-hopf")
    assert q == pytest.approx(Q, abs=1e-6) and p == pytest.approx(P, abs=1e-9)


@pytest.mark.long
def test_double_hopf():
    """Two oscillators, of which one begins at p = 0, the other at q = 0."""
    text = states(**pair(f"{A}-r2", 1.0, "x", "y"), **pair(f"{B}+0.2*{A}-r2", 2.7, "u", "w"))
    r = locus(text, "hopf", "p", -1, 1, "q", -0.7, 0.6, points=6)
    assert of_kind(r, "double hopf") == [pytest.approx((P, Q), abs=1e-7)]
    assert len(r.special) == 1


def test_no_points_where_functions_are_rounding():
    """A linear oscillator is on the border of super- and subcritical all along."""
    r = locus(states(**pair(f"{A}+0.1*{B}", 1.0, "x", "y")), "hopf", "p", -1, 1, "q", -0.5, 0.7, points=5)
    assert len(r) > 5 and not r.special
