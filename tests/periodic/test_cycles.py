"""Families of cycles: special ones against SciPy and against single orbits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

from circuitnn import Circuit
from circuitnn.equations import build as equations_build
from circuitnn.errors import AnalysisError

DECKS = Path(__file__).resolve().parents[2] / "netlists"


def test_roessler_doubles_its_period_where_scipy_says():
    deck = (DECKS / "oscillator/roessler.cir").read_text().replace("-5.7", "-V(c)")
    circuit = Circuit.from_text(deck.replace(".ic", "Vc c 0 2.75\n.ic"))
    found = circuit.cycles("vc", 2.75, 2.9, 200.0, uic=True, tolerance=1e-9, points=14)

    def right(_, y, c):
        x, v, z = y[:3]
        J = np.array([[0, -1, -1], [1, 0.2, 0], [z, 0, x - c]])
        return [-v - z, x + 0.2 * v, 0.2 + z * (x - c), *(J @ y[3:].reshape(3, 3)).ravel()]

    def shot(v):
        """Cycle that passes y = 0 with a multiplier -1: x, z, T, c."""
        x, z, period, c = v
        run = solve_ivp(
            right, (0, period), [x, 0, z, *np.eye(3).ravel()], "DOP853", rtol=1e-11, atol=1e-12, args=(c,)
        )
        end = run.y[:, -1]
        return [*(end[:3] - [x, 0, z]), np.linalg.det(end[3:].reshape(3, 3) + np.eye(3))]

    row = int(np.argmin(np.abs(found.array("v-sweep") - 2.83)))
    settled = solve_ivp(
        right, (0, 600), [1, 1, 0, *np.zeros(9)], "DOP853", rtol=1e-9, args=(2.8,), dense_output=True
    )
    t = np.linspace(580, 600, 20001)
    x, y, z = settled.sol(t)[:3]
    k = np.flatnonzero((y[:-1] > 0) & (y[1:] <= 0))[-1]
    exact = fsolve(shot, [x[k], z[k], 1.0 / found.array("frequency")[row], 2.83], xtol=1e-11)
    assert found.measures["period_doubling1"] == pytest.approx(exact[3], rel=1e-6)
    stable = found.array("stable")[found.array("v-sweep") < exact[3] - 0.01]
    assert stable.all() and not found.array("stable")[-1]


def test_a_forced_oscillator_drifts_beyond_a_neimark_sacker_point():
    """Strong forcing far from resonance: the forced cycle loses its stability to a torus."""
    deck = """forced
.param a=2.0
C1 x 0 1
L1 x 0 1
B1 x 0 I=0.3*(V(x)*V(x)*V(x)/3-V(x))
I1 0 x sin(0 {a} 0.25)
.ic v(x)=0.1
.end
"""
    circuit = Circuit.from_text(deck)
    found = circuit.cycles("a", 2.0, 0.8, 300.0, frequency=0.25, uic=True)
    at = found.measures["neimark_sacker1"]
    (special,) = found.special
    assert (special.kind, special.name, special.value) == ("neimark-sacker", "a", at)
    assert abs(found.array(found.axis)[special.row] - at) == np.min(np.abs(found.array(found.axis) - at))
    near = circuit.with_parameters(a=at).pss(0.25, 300.0, uic=True, tolerance=1e-7)
    assert abs(near.multipliers[0]) == pytest.approx(1.0, abs=1e-4) and near.multipliers[0].imag != 0.0


def test_a_card_and_what_cannot_be_followed():
    deck = "van der Pol\n.param mu=1\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I={mu}*(V(x)*V(x)*V(x)/3-V(x))\n.ic v(x)=2\n"
    (found,) = Circuit.from_text(deck + ".cycles mu 1 1.5 60 uic\n.end\n").run()
    assert found.array("frequency")[0] == pytest.approx(1.0 / 6.6632868593, rel=1e-6)
    assert found.array("param-sweep")[-1] >= 1.5 and found.array("stable").all()
    with pytest.raises(AnalysisError, match="there is no nu to follow"):
        Circuit.from_text(deck + ".end\n").cycles("nu", 1, 2, 60.0, uic=True)


def test_a_fold_of_cycles_of_the_normal_form():
    """The subcritical Hopf normal form r' = r(m + r² - r⁴): cycles r² = (1 ± √(1 + 4m))/2 fold at m = -1/4."""
    deck = """fold
Cx x 0 1
Cy y 0 1
Vm m 0 -0.1
Bx x 0 I=-(V(x)*(V(m)+(V(x)^2+V(y)^2)-(V(x)^2+V(y)^2)^2)-V(y))
By y 0 I=-(V(y)*(V(m)+(V(x)^2+V(y)^2)-(V(x)^2+V(y)^2)^2)+V(x))
.ic v(x)=0.95
.end
"""
    found = Circuit.from_text(deck).cycles("vm", -0.1, -0.3, 60.0, uic=True, points=40, tolerance=1e-7)
    assert found.measures["fold1"] == pytest.approx(-0.25, abs=1e-6)
    m, top = found.array("v-sweep"), found.array("max(v(x))")
    stable = found.array("stable") > 0.5
    assert stable[0] and not stable[-1]
    for sign, branch in ((1.0, stable), (-1.0, ~stable)):
        away = branch & (m > -0.249)
        expected = np.sqrt(0.5 * (1.0 + sign * np.sqrt(1.0 + 4.0 * m[away])))
        assert top[away] == pytest.approx(expected, rel=2e-3, abs=2e-3)


HODGKIN_HUXLEY = """axon of a squid, millivolts and milliseconds from rest
.param i=6.3
c1 v 0 1
b1 v 0 i=-({i}-120*v(m)**3*v(h)*(v(v)-115)-36*v(n)**4*(v(v)+12)-0.3*(v(v)-10.613))
bm m 0 i=-(0.1*(25-v(v))/(exp((25-v(v))/10)-1)*(1-v(m))-4*exp(-v(v)/18)*v(m))
cm m 0 1
bh h 0 i=-(0.07*exp(-v(v)/20)*(1-v(h))-v(h)/(exp((30-v(v))/10)+1))
ch h 0 1
bn n 0 i=-(0.01*(10-v(v))/(exp((10-v(v))/10)-1)*(1-v(n))-0.125*exp(-v(v)/80)*v(n))
cn n 0 1
.ic v(v)=30 v(m)=0.05 v(h)=0.6 v(n)=0.32
.end
"""


@pytest.mark.long
def test_the_axon_fires_down_to_a_fold_that_is_nothing_else():
    """Rinzel (1978): 6.2 uA/cm². At a fold two multipliers are 1, which is no Neimark-Sacker point."""
    found = Circuit.from_text(HODGKIN_HUXLEY).cycles("i", 6.3, 6.1, 150, uic=True, points=26)
    assert list(found.measures) == ["fold1"]
    assert found.measures["fold1"] == pytest.approx(6.2604, abs=1e-4)
    assert found.array("stable")[0] and not found.array("stable")[-1]


@pytest.mark.long
def test_two_states_have_no_doubled_periods():
    """FitzHugh and Nagumo's equations end their cycles in a canard, whose steps show multipliers of any kind."""
    deck = """FitzHugh and Nagumo
.param i=0.3245
b1 v 0 i=-(v(v)-v(v)*v(v)*v(v)/3-v(w)+{i})
c1 v 0 1
b2 w 0 i=-0.08*(v(v)+0.7-0.8*v(w))
c2 w 0 1
.ic v(v)=0
.end
"""
    found = Circuit.from_text(deck).cycles("i", 0.3245, 0.32, 200, uic=True, points=60)
    assert found.measures == {}
    assert "canard" in found.statistics.notes[0]

    def fires(i):
        run = solve_ivp(
            lambda _, s: [s[0] - s[0] ** 3 / 3 - s[1] + i, 0.08 * (s[0] + 0.7 - 0.8 * s[1])],
            (0, 600), [2, 0], "DOP853", rtol=1e-11, atol=1e-12,
        )  # fmt: skip
        return run.y[0][run.t > 400].max() > 1.0

    low, high = 0.3235, 0.3245
    while high - low > 2e-7:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if fires(middle) else (middle, high)
    assert found.array("param-sweep")[-1] == pytest.approx(high, abs=2e-6)


DIODE = """Van der Pol's oscillator, which a diode limits on one side
.param k=1m
l1 a b 1
r1 b 0 0.1
c1 a 0 1
b1 a 0 i=v(a)*v(a)*v(a)-v(a)
d1 a 0 dm
.model dm d(is={k} n=10)
.ic v(a)=1
.end
"""


@pytest.mark.long
@pytest.mark.parametrize(("name", "stop", "again"), [("k", 0.1, "k=1m"), ("temp", 77.0, "")])
def test_the_numbers_of_devices_follow_the_parameter(name, stop, again):
    """Remembered along an orbit is what events change: a model's parameters kept the values of the first cycle."""
    start = {"k": 1e-3, "temp": 27.0}[name]
    found = Circuit.from_text(DIODE).cycles(name, start, stop, 200, uic=True, points=30)
    value = float(found.array(found.axis)[-1])
    deck = DIODE.replace(again, f"k={value!r}") if again else DIODE.replace(".end", f".temp {value!r}\n.end")
    alone = Circuit.from_text(deck).pss(0.16, 200, uic=True)
    assert found["frequency"][-1] == pytest.approx(alone.frequency, rel=1e-5)
    assert found["max(v(a))"][-1] == pytest.approx(alone["v(a)"].max(), rel=2e-3)
    assert abs(found["frequency"][-1] / found["frequency"][0] - 1.0) > 1e-4


def test_a_parameter_of_sources_builds_no_equations_anew(monkeypatch):
    """Each value rebuilds the circuit, hundreds of times in a family."""
    built = []
    build = equations_build.build_kernel
    monkeypatch.setattr(
        equations_build, "build_kernel", lambda *a, **k: (built.append(a[0]), build(*a, **k))[1]
    )
    found = Circuit.from_text(HODGKIN_HUXLEY).cycles("i", 6.4, 6.35, 150, uic=True, points=4)
    assert len(found) == 4 and len(built) < 12
