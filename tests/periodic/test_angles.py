"""Phases of Josephson junctions are angles in periodic analyses: orbits close up to whole turns.

Oracles: closed forms of the overdamped junction and of the sum of exponents, SciPy's integration of the pendulum
equation, and Josephson's relation, mean voltage = Φ0 × (turns per second).
"""

import math

import numpy as np
import pytest
from scipy.constants import e, h
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from circuitnn import AnalysisError, Circuit, contract
from circuitnn.contract.angle_states import turns
from circuitnn.equations.graph import sin
from circuitnn.models import Model, Parameter, State

FLUX_QUANTUM = h / (2.0 * e)
CRITICAL = 1e-4
DECK = """junctions
{cards}
.model m josephson rtype=0 icrit=100u cap={cap}
.options vntol=1n chgtol=1e-22
.end
"""


def junctions(cards, cap=0.07e-12):
    return Circuit.from_text(DECK.format(cards=cards, cap=repr(cap)))


def running(bias, cap, r):
    return junctions(f"i1 0 a {bias!r}\nr1 a 0 {r!r}\nn1 a 0 m", cap)


def mean(orbit, node="v(a)"):
    return orbit.spectrum.array(node)[0].real


def integrated(bias, cap, r):
    """Time of the last of many turns of βc·φ'' + φ' + sin φ = i, by SciPy. [s]"""
    rate = 2.0 * math.pi * CRITICAL * r / FLUX_QUANTUM
    beta, i = rate * r * cap, bias / CRITICAL
    last = 300.0 + 40.0 * beta
    way = solve_ivp(
        lambda t, y: [y[1], (i - math.sin(y[0]) - y[1]) / beta],
        (0.0, last),
        [0.0, i],
        method="DOP853",
        rtol=1e-11,
        atol=1e-12,
        dense_output=True,
    )
    turns = int(way.y[0, -1] / (2.0 * math.pi))
    late = [
        brentq(lambda t, k=k: way.sol(t)[0] - 2.0 * math.pi * k, 0.0, last, xtol=1e-12)
        for k in (turns - 1, turns)
    ]
    return (late[1] - late[0]) / rate


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_period_of_a_running_junction(seed):
    rng = np.random.default_rng(seed)
    bias, cap, r = CRITICAL * rng.uniform(1.1, 4.0), 10.0 ** rng.uniform(-14.0, -12.5), rng.uniform(2.0, 10.0)
    orbit = running(bias, cap, r).pss(tstab=200e-12, uic=True)
    assert orbit.cycle == pytest.approx(integrated(bias, cap, r), rel=1e-6)
    assert mean(orbit) == pytest.approx(FLUX_QUANTUM * orbit.frequency, rel=1e-6)
    phi = orbit.array("@n1[phi]")
    assert phi[-1] - phi[0] == pytest.approx(2.0 * math.pi, abs=1e-9)


@pytest.mark.parametrize("part", [1.02, 1.5, 5.0])
def test_overdamped_junction(part):
    """f = r·√(i² - icrit²)/Φ0 where the capacitance is negligible, at the bias of the issue and others."""
    bias, r = part * CRITICAL, 5.0
    orbit = running(bias, 1e-20, r).pss(tstab=300e-12, uic=True)
    assert orbit.frequency == pytest.approx(r * math.sqrt(bias**2 - CRITICAL**2) / FLUX_QUANTUM, rel=2e-6)


@pytest.mark.parametrize(
    ("bias", "step"), [(0.05e-3, 0), (0.1e-3, 1), (0.12e-3, 2), (0.15e-3, 3), (-0.1e-3, -1)]
)
def test_shapiro_steps(bias, step):
    """On step n of a driven junction the mean voltage is n·Φ0·f, at the drive's own frequency."""
    f = 100e9
    circuit = junctions(f"i1 0 a {bias!r}\ni2 0 a sin(0 0.08m {f})\nr1 a 0 5\nn1 a 0 m")
    orbit = circuit.pss(frequency=f, tstab=300e-12, uic=True)
    assert orbit.stable
    assert mean(orbit) == pytest.approx(step * FLUX_QUANTUM * f, abs=1e-6 * FLUX_QUANTUM * f)


def test_interferometer():
    """Both junctions of a loop turn together."""
    circuit = junctions(
        "i1 0 c 0.25m\nl1 c a 5p\nl2 c b 5p\nia 0 a 20u\nra a 0 5\nrb b 0 5\nn1 a 0 m\nn2 b 0 m"
    )
    orbit = circuit.pss(tstab=500e-12, uic=True)
    for node in "ab":
        assert mean(orbit, f"v({node})") == pytest.approx(FLUX_QUANTUM * orbit.frequency, rel=1e-6)


@pytest.mark.long
def test_family_of_running_orbits():
    """The family goes on where a model sets phases back, and has the frequencies of single orbits."""
    cap, r = 0.07e-12, 5.0
    family = running(0.15e-3, cap, r).cycles("i1", 0.15e-3, 0.11e-3, tstab=200e-12, uic=True)
    assert family.statistics.notes[-1].endswith("is reached")
    bias = family.data[:, 0]
    for k in (0, len(family) // 2, len(family) - 1):
        period = integrated(float(bias[k]), cap, r)
        assert family.array("frequency")[k] == pytest.approx(1.0 / period, rel=1e-4)


def test_exponents_of_a_running_junction():
    """Deviations along the orbit last; areas shrink with -1/(r·cap)."""
    cap, r = 0.07e-12, 5.0
    found = running(0.15e-3, cap, r).lyapunov(300e-12, 100e-12, uic=True).measures
    damping = 1.0 / (r * cap)
    assert found["lambda1"] + found["lambda2"] == pytest.approx(-damping, rel=1e-3)
    assert abs(found["lambda1"]) < 5e-3 * damping


def test_angles_have_no_harmonics():
    with pytest.raises(AnalysisError, match=r"@n1\[phi\] is an angle"):
        running(0.15e-3, 0.07e-12, 5.0).pss(tstab=100e-12, uic=True, method="hb")


class Pendulum(Model):
    """A current that depends on an angle.

    No device is meant; it is here to be broken.
    """

    name = "pendulum_for_test"
    terminals = ("plus", "minus")
    parameters = (Parameter("k", 1.0, "rad/(V s)", "speed"),)
    states = (State("phi", "rad", "angle", 0.0, turn=2.0 * math.pi),)
    whole = 2.0

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        phi = m.unknown("phi")
        m.state("phi", m["k"] * v)
        m.flow("plus", "minus", 1e-3 * v + 1e-3 * sin(cls.whole / 2.0 * phi))
        m.event("back", phi - 20.0, {"phi": phi - cls.whole * 2.0 * math.pi})


class Halved(Pendulum):
    whole = 1.0


class SetBack(Pendulum):
    @classmethod
    def equations(cls, m):
        super().equations(m)
        phi = m.unknown("phi")
        m.event("wrong", -20.0 - phi, {"phi": phi + 3.0})


def test_contract_of_angles():
    assert turns(contract.Case(Pendulum)).passed
    said = [str(f) for f in turns(contract.Case(Halved)).findings]
    assert any("phi after whole turns changes currents" in text for text in said)
    said = [str(f) for f in turns(contract.Case(SetBack)).findings]
    assert any("moves phi by other than whole turns" in text for text in said)
