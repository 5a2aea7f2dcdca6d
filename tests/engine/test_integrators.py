"""Nodes that behavioural sources use as states are as accurate as the states of compact models, by default."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit, load
from circuitnn.options import Options
from circuitnn.system.accuracy import accuracy
from circuitnn.system.integrators import integrators
from circuitnn.system.system import System

DRIFT = """ion drift with Joglekar's window
.subckt drift p n x ron=100 roff=16k kappa=1e4 x0=0.3
Bm p n I=v(p,n)/(ron*v(x)+roff*(1-v(x)))
Bx 0 x I=1u*kappa*v(p,n)/(ron*v(x)+roff*(1-v(x)))*4*v(x)*(1-v(x))
Cx x 0 1u ic={x0}
.ends
V1 in 0 SIN(0 1.2 1)
X1 in 0 x drift
.end
"""


def states(cards):
    circuit = Circuit.from_text("t\n" + cards + "\n.end\n").flat
    system = System(circuit, Options())
    found = integrators(circuit, system.unknowns.n_nodes)
    return {system.unknowns.names[k - 1] for k in np.flatnonzero(found)}


def test_the_period_of_a_subcircuit_at_default_options():
    """8e-3 with SPICE's criterion, for which a picocoulomb on the capacitor is 1 % of its charge."""
    text = load("netlists/oscillator/nbo2_pearson_anson.cir").export()
    plain = "\n".join(
        line for line in text.splitlines() if not line.lower().startswith((".options", ".meas"))
    )
    result = Circuit.from_text(plain).tran("1.5u", "0.6n", uic=True)
    assert result.period("v(a)") == pytest.approx(1.0 / 80.493917e6, rel=6e-4)


def test_a_memristor_with_few_points_a_period():
    def rate(t, x):
        return 1e4 * 1.2 * np.sin(2 * np.pi * t) / (100 * x + 16e3 * (1 - x)) * 4 * x * (1 - x)

    exact = solve_ivp(rate, (0, 4), [0.3], "DOP853", rtol=1e-11, atol=1e-12, dense_output=True, max_step=0.01)
    result = Circuit.from_text(DRIFT).tran("4", "20m", uic=True)
    loose = Circuit.from_text(DRIFT).tran("4", "20m", uic=True, statetol=1e-3)
    off, before = (np.abs(exact.sol(r.time)[0] - r["v(x)"]).max() for r in (result, loose))
    assert off < 2e-4 < before / 3
    assert len(result.time) < 3 * len(loose.time)


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_lorenz_keeps_to_an_independent_integration(scale):
    """Three states that act on each other, in seconds and faster, until neighbours have parted fourfold."""
    cards = f"""lorenz
Bx 0 x I=10*(v(y)-v(x))
By 0 y I=v(x)*(28-v(z))-v(y)
Bz 0 z I=v(x)*v(y)-8/3*v(z)
Cx x 0 {1 / scale} ic=0.7
Cy y 0 {1 / scale} ic=1
Cz z 0 {1 / scale} ic=20
.end
"""

    def rates(t, w):
        return [10 * (w[1] - w[0]), w[0] * (28 - w[2]) - w[1], w[0] * w[1] - 8 / 3 * w[2]]

    exact = solve_ivp(rates, (0, 1.5), [0.7, 1.0, 20.0], "DOP853", rtol=1e-11, atol=1e-11).y[:, -1]
    off = {}
    for statetol in (1e-6, 1e-3):
        result = Circuit.from_text(cards).tran(1.5 / scale, 0.02 / scale, uic=True, statetol=statetol)
        off[statetol] = np.abs([result[f"v({k})"][-1] for k in "xyz"] - exact).max()
    assert off[1e-6] < 0.03 and off[1e-6] < off[1e-3] / 3


def test_what_is_a_state():
    memristor = "bm p 0 i=v(p)*v(x)\nbx 0 x i=v(p)*v(x)*(1-v(x))\nv1 p 0 1\n"
    assert states(memristor + "cx x 0 1") == {"v(x)"}
    assert states(memristor + "cx x 0 1\nrx x 0 1t") == {"v(x)"}
    assert states(memristor + "cx x amb 1\nrx x amb 1k\nva amb 0 300") == {"v(x)"}  # leaks to a fixed voltage
    assert states("bm p 0 i=v(p)*v(q)\nbq 0 q i=v(p)\ncq q 0 1\nv1 p 0 1") == {"v(q)"}


def test_what_is_not():
    memristor = "bm p 0 i=v(p)*v(x)\nbx 0 x i=v(p)*v(x)*(1-v(x))\nv1 p 0 1\ncx x 0 1\n"
    for more in (
        "r1 x y 1k\nc1 y 0 1n",
        "l1 x 0 1",
        "d1 x 0 d\n.model d d",
        "c2 x y 1n\nr2 y 0 1k",
        "e1 x y p 0 1\nr1 y 0 1",
    ):
        assert states(memristor + more) == set(), more
    assert states("bx 0 x i=v(p)*(1-v(x))\nv1 p 0 1\ncx x 0 1") == set()  # nothing depends on it
    assert (
        states("b1 0 x i=tanh(v(p))\nr1 x 0 1k\nc1 x 0 1n\nb2 0 p i=tanh(v(x))\nr2 p 0 1k\nc2 p 0 1n")
        == set()
    )


@pytest.mark.parametrize(
    "jump", ["(v(x)<0.9 ? 1 : 0)", "u(0.9-v(x))", "(1+sgn(0.9-v(x)))/2", "floor(1.9-v(x))"]
)
def test_states_whose_rates_jump_keep_the_criterion_of_spice(jump):
    """Feedback holds this one at the jump, where its tolerance would take millions of steps."""
    cards = f"v1 p 0 1\nbm p 0 i=v(p)*v(x)\ncx x 0 1m\nbx 0 x i=20*{jump}-2*v(x)"
    assert states(cards) == set()
    assert states(cards.replace(jump, "1")) == {"v(x)"}
    assert states(f"v1 p 0 1\nbm p 0 i=v(p)*v(x)\ncx x 0 1m\nbx 0 x i=v(y)-2*v(x)\nby y 0 v={jump}") == set()


def test_what_acts_on_a_state_is_as_accurate():
    """The capacitor of an oscillator beside its memristor; a filter of the supply is not."""
    cards = "bm a 0 i=v(a)*v(x)\nbx 0 x i=v(a)*v(x)*(1-v(x))\ncx x 0 1\n"
    cards += "ca a 0 1n\nra a b 1k\nlb b c 1u\nvc c 0 1\ncb b 0 1n"
    system = System(Circuit.from_text("t\n" + cards + "\n.end\n").flat, Options())
    tolerances = accuracy(system, Options(), np.inf)
    assert {system.unknowns.names[k] for k in tolerances.strict} == {"v(x)", "v(a)"}
    assert {system.unknowns.names[k] for k in tolerances.plain} == {"v(b)", "i(lb)"}
