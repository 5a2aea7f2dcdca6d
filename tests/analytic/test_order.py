"""Observed order of the integration methods: halve a fixed step, look at the error."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.analyses import Task, tran

RING = (
    Circuit("rlc")
    .V("1", "in", "0", "sin(0 1 5k)")
    .R("1", "in", "a", 20.0)
    .L("1", "a", "out", 1e-3)
    .C("1", "out", "0", 1e-6)
    .R("2", "out", "0", 500.0)
)
NONLINEAR = (
    Circuit("diode discharges a capacitor")
    .C("1", "a", "0", 1e-6, ic=1.0)
    .R("1", "a", "0", 1e3)
    .B("1", "a", "0", I="1e-3*v(a)*v(a)*v(a)")
)
T = 2e-4


def at_end(circuit, node, method, steps, uic):
    options = circuit.options(method=method, reltol=1e-10, vntol=1e-13, abstol=1e-16)
    h = T / steps
    (r,) = tran.run(Task(circuit.flat, options), T, tstep=h, tmax=h, uic=uic, fixed_step=True)
    assert len(r.time) == pytest.approx(steps + 1, abs=3)
    return r[node][-1]


@pytest.mark.parametrize(("method", "order"), [("be", 1), ("trap", 2), ("gear", 2), ("trbdf2", 2)])
@pytest.mark.parametrize(
    ("circuit", "node", "uic"),
    [(RING, "v(out)", False), (NONLINEAR, "v(a)", True)],
    ids=["linear", "nonlinear"],
)
def test_observed_order(circuit, node, uic, method, order):
    steps = [200, 400, 800, 1600]
    exact = at_end(circuit, node, "trap", 51200, uic)
    errors = np.abs([at_end(circuit, node, method, n, uic) - exact for n in steps])
    observed = np.log2(errors[:-1] / errors[1:])
    np.testing.assert_allclose(observed, order, atol=0.15)


MADE = (
    Circuit("v = (t/T)^6 by construction, so that beginning with low orders costs nothing")
    .C("1", "a", "0", 1e-6, ic=0.0)
    .R("1", "a", "0", 1e3)
    .B("1", "a", "0", I="1e-3*v(a)*v(a)*v(a)")
    .B("2", "0", "a", I="1u*6*(time/2e-4)^5/2e-4 + 1m*(time/2e-4)^6 + 1m*(time/2e-4)^18")
)


@pytest.mark.parametrize(("method", "order"), [("trap", 2), ("blend", 4)])
def test_observed_order_where_nothing_begins_suddenly(method, order):
    errors = np.abs([at_end(MADE, "v(a)", method, n, True) - 1.0 for n in (100, 200, 400)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), order, atol=0.05)


def test_exact_solution_of_the_reference():
    """The reference above is itself right: v' = -(v + v^3)/tau has a closed form."""
    got = at_end(NONLINEAR, "v(a)", "trap", 51200, True)
    decay = np.exp(-2 * T / 1e-3)
    assert got == pytest.approx(np.sqrt(decay / (2 - decay)), rel=1e-8)
