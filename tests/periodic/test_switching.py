"""Orbits of circuits that switch by themselves: they switch when the circuit does, not when a grid has a point."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.periodic.flow import Flow

COMPARATOR = """relaxation by a comparator with hysteresis
r1 o a 10k
c1 a 0 10n
b1 x 0 v=5*tanh({gain}*(v(p)-v(a)))
r5 x o 100
c5 o 0 {slow}
r2 o p 10k
r3 p 0 10k
.ic v(a)=1
.end
"""
TRANSISTORS = """astable multivibrator
vcc vcc 0 5
rc1 vcc c1 1k
rc2 vcc c2 1k
rb1 vcc b1 47k
rb2 vcc b2 47k
ca c1 b2 10n
cb c2 b1 12n
q1 c1 b1 0 qn
q2 c2 b2 0 qn
.ic v(c1)=0 v(c2)=5
.model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20
.end
"""
THYRISTOR = """relaxation by two transistors that hold each other
v1 in 0 10
r1 in a 1meg
c1 a 0 1n
q1 g2 g a qp
q2 g g2 k qn
rk k 0 100
rg1 in g 20k
rg2 g 0 20k
.model qp pnp is=1e-15 bf=50 cje=5p cjc=3p tf=1n
.model qn npn is=1e-15 bf=150 vaf=80 cje=5p cjc=3p tf=0.4n rb=20
.end
"""


def ring(stages: int) -> Circuit:
    cards = [
        f"mp{k} n{(k + 1) % stages} n{k} vdd vdd mp w=4u l=0.5u\n"
        f"mn{k} n{(k + 1) % stages} n{k} 0 0 mn w=2u l=0.5u\nc{k} n{k} 0 10f"
        for k in range(stages)
    ]
    return Circuit.from_text(
        "ring of inverters\nvdd vdd 0 3.3\n" + "\n".join(cards) + "\n.ic v(n0)=0 v(n1)=3.3\n"
        ".model mn nmos level=1 vto=0.6 kp=120u lambda=0.03 cgso=0.3n cgdo=0.3n tox=9n\n"
        ".model mp pmos level=1 vto=-0.7 kp=45u lambda=0.05 cgso=0.3n cgdo=0.3n tox=9n\n.end\n"
    )


def rises(result, name: str) -> np.ndarray:
    """Times of the rises through the middle."""
    t, y = result.time, result[name]
    level = 0.5 * (y.max() + y.min())
    k = np.flatnonzero((y[:-1] < level) & (y[1:] >= level))
    return t[k] + (level - y[k]) / (y[k + 1] - y[k]) * (t[k + 1] - t[k])


def integrated(gain: float, slow: float) -> float:
    """Period of the comparator's circuit by SciPy. [s]"""

    def right(_, y):
        o, a = y
        x = 5.0 * np.tanh(gain * (0.5 * o - a))
        return [((x - o) / 100.0 - (o - a) / 1e4 - 0.5 * o / 1e4) / slow, (o - a) / 1e4 / 10e-9]

    def up(_, y):
        return y[0]

    up.direction = 1.0
    found = solve_ivp(
        right, (0.0, 1.5e-3), [5.0, 1.0], "Radau", rtol=1e-9, atol=1e-11, events=up, max_step=2e-6
    )
    return float(np.diff(found.t_events[0])[-1])


@pytest.mark.long
@pytest.mark.parametrize(("gain", "slow"), [(200.0, 100e-12), (2000.0, 100e-12), (200.0, 10e-9)])
def test_a_comparator_switches_when_its_thresholds_are_reached(gain, slow):
    """An implicit step finds the other state before the fold of the present one has been passed."""
    circuit = Circuit.from_text(COMPARATOR.format(gain=gain, slow=slow))
    cycle = circuit.pss(tstab="3.3m", uic=True)
    assert cycle.cycle == pytest.approx(integrated(gain, slow), rel=3e-6)
    assert cycle.stable


@pytest.mark.long
@pytest.mark.parametrize(("deck", "tstab"), [(TRANSISTORS, "7.3m"), (THYRISTOR, "20m")])
def test_transistors_that_hold_each_other(deck, tstab):
    """Against a transient with small steps. Found from any beginning."""
    circuit = Circuit.from_text(deck)
    node = "v(c1)" if deck is TRANSISTORS else "v(a)"
    periods = [circuit.pss(tstab=1.07**k * float(tstab[:-1]) * 1e-3, uic=True).cycle for k in range(2)]
    assert periods[1] == pytest.approx(periods[0], rel=1e-6)
    past = circuit.tran(6.3 * periods[0], tmax=periods[0] / 4000, uic=True, reltol=1e-6)
    assert periods[0] == pytest.approx(np.diff(rises(past, node))[-1], rel=1e-4)


@pytest.mark.long
@pytest.mark.parametrize("tstab", ["3.4n", "7.4n", "18n"])
def test_an_orbit_goes_around_once_and_is_as_exact_as_asked_for(tstab):
    """Capacitances with kinks make differences fall irregularly; edges look different where steps are long."""
    circuit = ring(3)
    cycle = circuit.pss(tstab=tstab, uic=True)
    exact = circuit.pss(tstab="10n", uic=True, tolerance=1e-7)
    assert abs(cycle.cycle / exact.cycle - 1.0) <= 1e-6  # the tolerance
    assert cycle.cycle == pytest.approx(3.42351e-10, rel=3e-6)  # ngspice, 2,000 steps a period
    assert cycle.period_error <= 1e-6


def test_a_crystal_that_settles_slowly_has_its_own_period():
    """All multiples look alike."""
    circuit = Circuit.from_text(
        "Pierce\nvdd vdd 0 3.3\nmp o i vdd vdd mp w=20u l=0.5u\nmn o i 0 0 mn w=10u l=0.5u\nrf o i 1meg\n"
        "c1 i 0 30p\nc2 o 0 30p\nls i q1 3m\ncs q1 q2 8.4p\nrs q2 o 100\ncp i o 3p\n.ic v(i)=1.8\n"
        ".model mn nmos level=1 vto=0.6 kp=120u lambda=0.03 cgso=0.3n cgdo=0.3n tox=9n\n"
        ".model mp pmos level=1 vto=-0.7 kp=45u lambda=0.05 cgso=0.3n cgdo=0.3n tox=9n\n.end\n"
    )
    cycle = circuit.pss(tstab="300u", uic=True)
    assert cycle.cycle == pytest.approx(8.400721e-7, rel=3e-6)  # ngspice, 1,000 steps a period
    assert len(rises(cycle, "v(o)")) <= 1


def test_a_doubled_period_is_kept():
    """Roessler's equations with c = 3.5: the orbit that attracts goes around twice."""
    circuit = Circuit.from_text(
        "Roessler\nb1 x 0 i=v(y)+v(z)\nc1 x 0 1\nb2 y 0 i=-(v(x)+0.2*v(y))\nc2 y 0 1\n"
        "b3 z 0 i=-(0.2+v(z)*(v(x)-3.5))\nc3 z 0 1\n.ic v(x)=2\n.end\n"
    )

    def right(_, s):
        return [-s[1] - s[2], s[0] + 0.2 * s[1], 0.2 + s[2] * (s[0] - 3.5)]

    settled = solve_ivp(right, (0.0, 600.0), [2.0, 0.0, 0.0], "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]

    def up(_, s):
        return s[0]

    up.direction = 1.0
    moments = solve_ivp(right, (0.0, 60.0), settled, "DOP853", rtol=1e-11, atol=1e-12, events=up).t_events[0]
    cycle = circuit.pss(tstab=600, uic=True)
    assert cycle.stable
    assert cycle.cycle == pytest.approx(moments[-1] - moments[-3], rel=2e-6)
    assert abs(moments[-1] - 2.0 * moments[-2] + moments[-3]) > 1e-3 * cycle.cycle


@pytest.mark.parametrize(("resistance", "tstab"), [("0.2", 200e-6), ("2", 60e-6)])
def test_an_oscillation_that_dies_down_is_no_orbit(resistance, tstab):
    """A tank circuit rings down: Newton's method for its orbit ended with words about convergence."""
    deck = f"tank\nl1 a b 10u\nr1 b 0 {resistance}\nc1 a 0 1n\n.ic v(a)=1\n.end\n"
    with pytest.raises(AnalysisError, match=r"v\(a\) (dies down, from .* V at|moves by)"):
        Circuit.from_text(deck).pss(tstab=tstab, uic=True)


def test_an_angle_that_grows_has_no_period():
    """A Josephson junction as its equations: the phase moves most, and is no state of an orbit."""
    deck = """junction
ib 0 v 150u
bj v 0 i=100u*sin(v(phi))
rj v 0 5
cj v 0 0.1p
bphi 0 phi i=v(v)/329.1
cphi phi 0 1e-18
.end
"""
    with pytest.raises(AnalysisError, match=r"v\(phi\) only rises or falls.*sine and cosine"):
        Circuit.from_text(deck).pss(tstab="300p", uic=True)


def test_an_oscillation_that_still_grows_is_told():
    """A resonator of high quality, 20 periods after its start: Newton's method leads to the operating point."""
    deck = "start\nl1 x 0 1\nc1 x 0 1\nb1 x 0 i=0.002*(v(x)*v(x)*v(x)/3-v(x))\n.ic v(x)=0.001\n.end\n"
    with pytest.raises(
        ConvergenceError, match=r"v\(x\) still grows, from .* by a factor e in 1\.?\d*e\+03 s.*longer tstab"
    ):
        Circuit.from_text(deck).pss(tstab=130, uic=True)
    cycle = Circuit.from_text(deck).pss(tstab=12_000, uic=True)
    assert cycle.amplitude("v(x)") == pytest.approx(2.0, rel=1e-4)


MEISSNER = """Meissner's oscillator, whose base capacitor has not settled
vcc vcc 0 10
l1 vcc c 10u
c1 vcc c 1n
l2 bb b 1u
k1 l1 l2 -0.3
r1 vcc bb 100k
cb bb 0 10n
q1 c b 0 qn
.model qn npn(is=1e-15 bf=150 cje=2p cjc=2p tf=0.4n)
.end
"""


@pytest.mark.long
def test_a_search_that_takes_many_steps_a_period_ends_early(monkeypatch):
    """The spikes of base current need 600 steps a period, and 13,000 in the last round: it took 400,000 points."""
    counts = []
    explore = Flow.explore
    monkeypatch.setattr(
        Flow, "explore", lambda self, *a: (found := explore(self, *a), counts.append(len(found[0])))[0]
    )
    with pytest.raises(
        ConvergenceError, match=r"steps a period are too many to wait for it here.*longer tstab"
    ):
        Circuit.from_text(MEISSNER).pss(1.59e6, node="c")
    assert sum(counts) < 120_000
