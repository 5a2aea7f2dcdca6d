"""A circuit evaluated at many points at once: the same numbers as at one after the other."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn._cext.evaluations import evaluations
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.system.linearised import device_values

CARDS = {
    "meyer": "m1 a b 0 0 mm w=2u l=1u\n.model mm nmos(vto=0.7 kp=100u tox=20n cgso=1n cbd=1f)",
    "junctions": "q1 a b 0 qm\nd1 b 0 dm\nd2 a b dm\n.model qm npn(cje=1p tf=1n)\n.model dm d(cjo=1p tt=1n)",
    "time": "b1 b 0 i=1e-3*v(b)*v(a)*sin(6283*time)+ddt(1e-9*v(b)*v(b))\nd1 a b dm\n.model dm d",
    "states": "n1 a b m\n.model m poole_frenkel",
    "no device": "l1 b 0 1m",
}


@pytest.mark.parametrize("kind", CARDS)
def test_many_points_are_as_one_after_the_other(kind):
    circuit = Circuit.from_text(f"t\nv1 a 0 dc 2 sin(2 1 1k)\nr1 a b 1k\nc1 b 0 1n\n{CARDS[kind]}\n.end\n")
    simulation = Simulation(circuit.flat, Options(), transient=True)
    system, conditions = simulation.system, simulation.conditions
    x = np.random.default_rng(1).uniform(0.1, 0.7, (7, system.n))
    x = np.hstack([x, np.zeros((7, 1))])
    times = np.linspace(0.0, 1e-3, 7)
    f, q, derivatives = evaluations(system.assembly, x, times, conditions)
    for k in range(len(x)):
        alone = system.assembly.evaluate(x[k], times[k], 0.0, conditions)
        np.testing.assert_array_equal(f[k], alone[0])
        np.testing.assert_array_equal(q[k], alone[1])
        np.testing.assert_array_equal(derivatives[k], device_values(system))


def test_wrong_shapes_are_refused():
    simulation = Simulation(Circuit.from_text("t\nr1 a 0 1\n.end\n").flat, Options())
    with pytest.raises(ValueError, match="expected"):
        evaluations(simulation.system.assembly, np.zeros((2, 9)), np.zeros(2), simulation.conditions)
