"""Newton's method that stalls because currents are lost in rounding, in circuits that do more than divide voltages."""

import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.operating_point.search import Search
from circuitnn.operating_point.simulation import Simulation

CIRCUIT = """sensed
v1 a 0 12
r1 a b {lead}
vs b c 0
r2 c d {small}
d1 d e dm
r3 e 0 {load}
.model dm d
.op
.end
"""


def solved(**values):
    circuit = Circuit.from_text(CIRCUIT.format(**values))
    simulation = Simulation(circuit.flat, circuit.options())
    simulation.operating_point(100)
    assert not simulation.divides
    return simulation


@pytest.mark.parametrize(("lead", "small"), [("1m", "1u"), ("1k", "0.4m")])
def test_certain_voltages_are_a_solution(lead, small):
    """Through a micro-ohm at 12 V currents are lost below nanoamperes; the voltages are not.

    Behind a kiloohm, as at the port of a power transistor, those lost in 0.4 mOhm move 12 V by tens of nanovolts.
    """
    simulation = solved(lead=lead, small=small, load="1g")
    before = simulation.x.copy()
    assert Search(simulation, 100)._is_solution()
    assert simulation.x[:5] == pytest.approx(before[:5], rel=1e-5)


def test_uncertain_voltages_are_none():
    """A nano-ohm behind a mega-ohm: what is lost in it moves the voltage by millivolts and more."""
    assert not Search(solved(lead="1meg", small="1n", load="1meg"), 100)._is_solution()


def test_a_transient_starts_from_certain_voltages():
    """Only a current of nanoamperes is lost beside 3.3 GA: no reason to refuse the run, which rests.

    A line at rest passes the voltage of its port on: v(a) - v(c) = -v(b), and v(c) = 0.36 (v(a) - v(b)).
    """
    circuit = Circuit.from_text("""a line into a nano-ohm
    v1 a 0 7.056
    r1 b a r={if(v(a,c) > 0, i(v1), i(v1))}
    t2 a c 0 b z0=42.37 td=70.51u
    e3 c 0 a b 0.36
    r5 0 b r={if(v(a) > 100, 1, 1n)}
    .end
    """)
    assert circuit.tran(1e-5)["v(b)"] == pytest.approx(-0.64 / 1.36 * 7.056, rel=1e-9)
