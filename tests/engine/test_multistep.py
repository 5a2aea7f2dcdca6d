"""Multistep formulas of orders above 2: stable, conservative, and with fewer points for the same error."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn._cext.method import Method
from circuitnn.solvers import methods
from circuitnn.solvers.methods import be

VAN_DER_POL = """van der Pol, mu = 1
B1 0 x I=v(x)-v(x)*v(x)*v(x)/3-v(y)
B2 0 y I=v(x)
C1 x 0 1 ic=2
C2 y 0 1 ic=0
.end
"""


def test_the_blend_of_second_order_is_the_trapezoidal_rule(monkeypatch):
    """The same points and, but for rounding, the same values."""
    blend = Method("mine", starter=be.METHOD, damper=methods.find("gear"), blend=0.5, highest=2)
    circuit = Circuit.from_text(VAN_DER_POL)
    rule = circuit.tran(20, 0.1, uic=True, reltol=1e-5)
    monkeypatch.setattr("circuitnn.solvers.methods.blend.METHOD", blend)
    found = circuit.tran(20, 0.1, uic=True, reltol=1e-5, method="blend")
    np.testing.assert_allclose(found.time, rule.time, rtol=1e-6)
    np.testing.assert_allclose(found["v(x)"], rule["v(x)"], rtol=0, atol=1e-5)


def test_fewer_points_for_the_same_error():
    """van der Pol's oscillator over ten periods, against SciPy."""
    known = solve_ivp(
        lambda _, y: [y[0] - y[0] ** 3 / 3.0 - y[1], y[0]], (0, 66), [2, 0], "DOP853", rtol=1e-12, atol=1e-12
    ).y[0, -1]
    tight = {"reltol": 1e-9, "chgtol": 1e-9, "vntol": 1e-9}
    runs = {
        method: Circuit.from_text(VAN_DER_POL).tran(66, 2, uic=True, method=method, **tight)
        for method in ("trap", "blend")
    }
    errors = {method: abs(run["v(x)"][-1] - known) for method, run in runs.items()}
    assert errors["blend"] < errors["trap"]
    assert len(runs["blend"].time) < 0.25 * len(runs["trap"].time)


def test_stiff_decay():
    """Steps of a thousand time constants: what decays fast does not come back, however high the order."""
    deck = "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 1n ic=1\nr2 b c 1\nc2 c 0 1p ic=-1\n.end"
    found = Circuit.from_text(deck).tran("3m", "20u", uic=True, method="blend", reltol=1e-4)
    late = found.time > 0.1e-3
    expected = np.sin(2e3 * np.pi * found.time)
    assert np.max(np.abs(found["v(c)"] - expected)[late]) < 1e-2
    assert len(found.time) < 600


def test_charge_is_conserved():
    """Two capacitors, one of them nonlinear, that a resistor joins: their charge stays what it was."""
    deck = """t
C1 a 0 1n ic=2
R1 a b 1k
C2 b 0 Q={1e-9*(v(b)+0.3*v(b)*v(b)*v(b))}
.end
"""
    found = Circuit.from_text(deck).tran("10u", "0.5u", uic=True, method="blend", reltol=1e-8, vntol=1e-11)
    # within the tolerance of Newton's method, after which charges are taken along linearly
    charge = 1e-9 * (found["v(a)"] + found["v(b)"] + 0.3 * found["v(b)"] ** 3)
    np.testing.assert_allclose(charge, 2e-9, rtol=1e-8)


@pytest.mark.parametrize("points", [1, 4, 7])
def test_orders_begin_anew_at_corners(points):
    """A triangle whose corners lie some steps apart: the charge is its integral, exactly at the corners."""
    deck = f"""t
I1 0 a pwl(0 0 {points}u 1m {2 * points}u 0 {3 * points}u 1m {4 * points}u 0)
C1 a 0 1n ic=0
.end
"""
    found = Circuit.from_text(deck).tran(f"{4 * points}u", "1u", uic=True, method="blend", reltol=1e-4)
    assert found["v(a)"][-1] == pytest.approx(2e-6 * points * 1e-3 / 1e-9, rel=1e-4)


GYRATOR = "C1 a 0 1 ic=1\nC2 b 0 1 ic=0\n"
LOSSLESS = {
    "G": "G1 a 0 b 0 1\nG2 b 0 a 0 -1\n",
    "B": "B1 a 0 I=v(b)\nB2 b 0 I=-v(a)\n",
    "F": "G1 a 0 b 0 1\nE1 c 0 a 0 1\nR1 c d 1\nVm d 0 0\nF1 0 b Vm 1\n",
}


@pytest.mark.parametrize("sources", LOSSLESS.values(), ids=LOSSLESS)
def test_an_oscillation_without_inductor_does_not_grow_either(sources):
    """Two integrators in a ring: v(a) is a cosine. With order 4 it grew to 8.8 V in 300 periods."""
    circuit = Circuit.from_text(f"t\n{GYRATOR}{sources}.end\n")
    found = circuit.tran(100 * 2 * np.pi, 0.3, uic=True, method="blend")
    late = found.time > 99 * 2 * np.pi
    assert 0.99 < np.abs(found["v(a)"][late]).max() < 1.0 + 1e-6
    assert any("orders above 2 let oscillations" in note for note in found.statistics.notes)


def test_nonlinear_sources_keep_the_high_orders_and_a_note_warns():
    found = Circuit.from_text(VAN_DER_POL).tran(20, 0.1, uic=True, method="blend")
    assert ["b1 may sustain some; method=trap" in note for note in found.statistics.notes] == [True]
