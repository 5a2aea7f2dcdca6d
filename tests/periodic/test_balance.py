"""Harmonic balance: agrees with shooting, which shares no step with it, directly and by GMRES."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic import balance, balance_matrix, steady_state
from circuitnn.periodic.coefficients import as_complex, as_real

DECKS = Path(__file__).resolve().parents[2] / "netlists"
VDP = "van der Pol\nC1 x 0 1\nL1 x 0 1\nB1 x 0 I=V(x)*V(x)*V(x)/3-V(x)\n.ic v(x)=2\n.end\n"
DRIVEN = """driven
v1 a 0 sin(0 0.5 100k)
r1 a b 50
d1 b 0 dm
c1 b 0 1n
l1 b c 10u
r2 c 0 1k
.model dm d(cjo=100p is=1e-8)
.end
"""


CROSSED = """cross-coupled pair with the capacitances of level 1, which are no derivatives of a charge
vdd vdd 0 1.8
l1 vdd a 2n
l2 vdd b 2n
rl1 vdd a 500
rl2 vdd b 500
c1 a 0 1p
c2 b 0 1p
m1 a b t 0 mn w=40u l=0.35u
m2 b a t 0 mn w=40u l=0.35u
it t 0 3m
.ic v(a)=1.9 v(b)=1.7
.model mn nmos level=1 vto=0.6 kp=120u lambda=0.03 cgso=0.3n cgdo=0.3n tox=9n
.end
"""
METHODS = [balance_matrix.Around, balance_matrix.Mean, balance_matrix.Direct]


@pytest.mark.parametrize("method", METHODS)
def test_van_der_pol(method, monkeypatch):
    monkeypatch.setattr(balance_matrix, "methods_of", lambda problem: [method])
    found = Circuit.from_text(VDP).pss(tstab=60, uic=True, tolerance=1e-9, method="hb")
    assert found.period() == pytest.approx(6.663286859323, rel=1e-11)
    assert found.multipliers[0] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("deck", "autonomous", "omega"), [(DRIVEN, 0, 6e5), (VDP, 1, 1.0), (CROSSED, 0, 2e10), (CROSSED, 1, 2e10)]
)
def test_the_jacobian_is_that_of_differences_of_the_residual(deck, autonomous, omega):
    """The products that GMRES takes against the residual at two near points; the dense matrix undoes them."""
    rng = np.random.default_rng(1)
    circuit = Circuit.from_text(deck)
    simulation = Simulation(circuit.flat, circuit.options(), transient=True)
    simulation.release()
    n, H = simulation.system.n, 6
    X = (
        0.05
        * (rng.normal(size=(H + 1, n)) + 1j * rng.normal(size=(H + 1, n)))
        / (1 + np.arange(H + 1))[:, None]
    )
    means = {"v(a)": 1.7, "v(b)": 1.4, "v(t)": 0.1} if deck == CROSSED else {}
    X[0] = [means.get(name, 0.5) for name in simulation.system.unknowns.names]
    one = balance.Balance(simulation, np.full(n, 0.3), autonomous, 1, 1e-6)
    at = one._iterate(X, omega, 0.0)
    border = (at.reactive, one._phase(X)) if autonomous else None
    problem = balance_matrix.Problem(at.samples, omega, H, one.size, border)
    d = 1e-2 * (rng.normal(size=X.shape) + 1j * rng.normal(size=X.shape))
    d[0] = d[0].real
    stretch = 0.1 * autonomous
    product = balance_matrix.Iterated(problem)._apply(np.append(as_real(d), [stretch] * autonomous))
    ends = [one._iterate(X + s * d, omega * (1 + s * stretch), 0.0).rest for s in (1e-4, -1e-4)]
    scale = np.abs(product).max()
    assert product[: as_real(d).size] == pytest.approx(as_real((ends[0] - ends[1]) / 2e-4), abs=1e-5 * scale)
    if not autonomous:
        undone = balance_matrix.Direct(problem).solve(as_complex(product, n)).X
        assert np.abs(undone - d).max() < 1e-7


CASES = [
    (CROSSED, {"tstab": "40n", "uic": True, "tolerance": 1e-5}),
    (VDP, {"tstab": 60, "uic": True}),
    ((DECKS / "oscillator/nbo2_pearson_anson.cir"), {"tstab": 0.3e-6, "uic": True}),
    (DRIVEN, {"frequency": 1e5}),
]


@pytest.mark.thinned(3)
@pytest.mark.parametrize(("deck", "asked"), CASES)
def test_it_agrees_with_shooting(deck, asked):
    circuit = load(deck) if isinstance(deck, Path) else Circuit.from_text(deck)
    asked = {"tolerance": 1e-7, **asked}
    one, other = (circuit.pss(**asked, method=method) for method in ("shooting", "hb"))
    assert one.period() == pytest.approx(other.period(), rel=1e-8)
    turn = np.ones(len(one.spectrum))
    if (
        "frequency" not in asked
    ):  # an oscillator's phase begins where each of them sees the middle of its range
        swing = max(one.spectrum.names[1:], key=lambda n: abs(one.spectrum.array(n)[1]))
        angle = np.angle(one.spectrum.array(swing)[1] / other.spectrum.array(swing)[1])
        turn = np.exp(1j * angle * np.arange(len(turn)))
        assert abs(angle) < 1e-2
    for name in one.spectrum.names[1:]:
        a, b = one.spectrum.array(name), turn * other.spectrum.array(name)
        assert a == pytest.approx(b, abs=3e-5 * np.abs(a).max() + 1e-12), name


def test_switches_are_refused():
    with pytest.raises(AnalysisError, match="use method=shooting"):
        load(DECKS / "oscillator/vo2_switch.cir").pss(tstab=20e-6, uic=True, method="hb")


@pytest.mark.long
def test_transistor_that_conducts_in_pulses():
    """Full Newton steps end at exponentials of volts here: they are shortened."""
    circuit = Circuit.from_text(
        "Colpitts\nvcc vcc 0 5\nl1 vcc c 10u\nc1 c e 1n\nc2 e 0 1n\nq1 c b e qn\nvb b 0 2.5\nre e 0 1k\n"
        ".model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20\n.end\n"
    )
    by_steps = circuit.pss(tstab="60u", uic=True)
    by_harmonics = circuit.pss(tstab="60u", uic=True, method="hb", tolerance=1e-2)
    assert by_harmonics.frequency == pytest.approx(by_steps.frequency, rel=1e-5)
    assert by_harmonics.multipliers[1] == pytest.approx(by_steps.multipliers[1], rel=1e-3)


@pytest.mark.long
def test_edges_that_few_harmonics_do_not_show():
    """A phase-shift oscillator that blocks in its peaks: near its orbit there is no balance of 16 harmonics."""
    circuit = Circuit.from_text(
        "phase shift\nvcc vcc 0 12\nrc vcc c 4.7k\nq1 c b e qn\nre e 0 1k\nce e 0 10u\nrb1 vcc b 68k\nrb2 b 0 15k\n"
        "ca c n1 10n\nra n1 0 2.2k\ncb n1 n2 10n\nrbb n2 0 2.2k\ncc n2 b 10n\n.ic v(c)=3\n"
        ".model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20\n.end\n"
    )
    one = circuit.pss(tstab="60m", uic=True, tolerance=1e-6)
    other = circuit.pss(tstab="60m", uic=True, tolerance=1e-3, method="hb")
    assert other.period() == pytest.approx(one.period(), rel=1e-6)


CLAPP = """Clapp with a varactor: a transient in coarse steps shows two periods more clearly than one
vcc vcc 0 5
q1 vcc b e qn
re e 0 820
rb1 vcc b 33k
rb2 b 0 47k
c1 b e 100p
c2 e 0 100p
l1 b l2 4.7u
d1 0 l2 dv
rv l2 vt 47k
vt vt 0 4
.model dv d is=1e-14 cjo=60p vj=0.7 m=0.5
.model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20
.end
"""


@pytest.mark.long
@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_the_period_is_the_shortest(method):
    circuit = Circuit.from_text(CLAPP)
    result = circuit.tran("32u", "1n", uic=True, reltol=1e-6)
    seen = result.period("v(e)")
    found = circuit.pss(tstab="30u", uic=True, tolerance=1e-3, method=method)
    assert found.period() == pytest.approx(seen, rel=1e-3)


def test_an_operating_point_is_no_oscillation():
    """The oscillation of this crystal has hardly begun: near it there is no orbit but the one that stands still."""
    circuit = Circuit.from_text(
        "Pierce\nvdd vdd 0 3.3\nmp o i vdd vdd mp w=20u l=0.5u\nmn o i 0 0 mn w=10u l=0.5u\nrf o i 1meg\nc1 i 0 15p\n"
        "c2 o 0 15p\nls i q1 3m\ncs q1 q2 8.4f\nrs q2 o 10\ncp i o 3p\n.ic v(i)=1.8\n"
        ".model mn nmos level=1 vto=0.6 kp=120u lambda=0.03 cgso=0.3n cgdo=0.3n tox=9n\n"
        ".model mp pmos level=1 vto=-0.7 kp=45u lambda=0.05 cgso=0.3n cgdo=0.3n tox=9n\n.end\n"
    )
    with pytest.raises(ConvergenceError, match="try a longer tstab"):
        circuit.pss(tstab="20u", uic=True, method="hb")


@pytest.mark.long
def test_edges_between_the_moments_are_an_error_in_words(monkeypatch):
    """The comparator is saturated at all moments: nothing there says how its output depends on the input."""
    circuit = Circuit.from_text(
        "comparator\nr1 o a 10k\nc1 a 0 10n\nb1 x 0 v=5*tanh(200*(v(p)-v(a)))\nr5 x o 100\nc5 o 0 100p\nr2 o p 10k\n"
        "r3 p 0 10k\n.ic v(a)=1\n.end\n"
    )
    monkeypatch.setattr(steady_state, "GRID", 512)
    with pytest.raises(ConvergenceError, match="method=shooting"):
        circuit.pss(tstab="3m", uic=True, method="hb")


def test_the_accuracy_reached_is_told(monkeypatch):
    """Kinks leave harmonics that fall slowly; the tolerance of the message is one that is met."""
    monkeypatch.setattr(balance, "MOST", 64)
    circuit = Circuit.from_text(
        "t\nv1 a 0 sin(0 2 1k)\nr1 a b 1k\nc1 b 0 1n\nb1 b 0 i=1e-3*max(v(b),0)\n.end\n"
    )
    with pytest.raises(ConvergenceError, match="with 64 harmonics, the most") as told:
        circuit.pss(1e3, 2e-3, method="hb", tolerance=1e-8)
    enough = float(re.search(r"tolerance=(\S+),", str(told.value))[1])
    assert circuit.pss(1e3, 2e-3, method="hb", tolerance=enough).error <= enough
