"""Voltages of wires settle long before the states of memristors respond: they need not be as exact as these."""

import numpy as np
import pytest
from scipy.linalg import eigvals

from circuitnn import Circuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.system.settling import settling_times

GMIN = 1e-12

LADDER = """a wire of five segments, and a memristor at its end
v1 a0 0 pulse(0 -1.5 1n 1n 1n 20n)
{segments}
n1 a5 0 cell
.model cell vteam ron=1k roff=100k von=-1 voff=1 x0=0.8
.end
"""


def _ladder(resistance: float, capacitance: float) -> Circuit:
    segments = [f"r{k} a{k} a{k + 1} {resistance}\nc{k} a{k + 1} 0 {capacitance}" for k in range(5)]
    return Circuit.from_text(LADDER.format(segments="\n".join(segments)))


def _times(circuit: Circuit) -> dict[str, float]:
    simulation = Simulation(circuit.flat, Options(), transient=True)
    found = settling_times(simulation.system, GMIN)
    return dict(zip(simulation.system.unknowns.names, found.tolist(), strict=True))


def test_elmore_delays():
    """The delay of node k is Σ R(common to j and k)·C(j), and that of the end is no less than any time constant."""
    times = _times(_ladder(2.0, 3e-15))
    for k in range(1, 6):
        expected = sum(2.0 * min(j, k) * 3e-15 for j in range(1, 6))
        assert times[f"v(a{k})"] == pytest.approx(expected, rel=1e-6, abs=0.0)
    g, c = 0.5 * (2.0 * np.eye(5) - np.eye(5, k=1) - np.eye(5, k=-1)), 3e-15 * np.eye(5)
    g[4, 4] = 0.5
    slowest = 1.0 / np.min(eigvals(g, c).real)
    assert slowest <= times["v(a5)"] < 2.0 * slowest
    assert times["v(a0)"] == pytest.approx(0.0, abs=1e-20)
    assert times["i(v1)"] == np.inf


@pytest.mark.parametrize(
    "more",
    ["l1 a5 b 1n\nr9 b 0 1", "b1 a5 0 i=1u*v(a5)", "d1 a5 0 dm\n.model dm d cjo=1p", "e1 b 0 a5 0 2"],
    ids=["inductor", "behavioural", "junction", "gain"],
)
def test_unknown_beside_other_elements(more):
    """Where the bound might not hold, nothing is claimed."""
    segments = "r0 a0 a5 1\nc0 a5 0 1f\n" + more
    times = _times(Circuit.from_text(LADDER.format(segments=segments)))
    assert times["v(a5)"] == np.inf


def _error(circuit: Circuit) -> tuple[float, int]:
    """Error of the state at default tolerances, and the points of the run."""
    tight = circuit.tran(3e-8, 1e-10, statetol=1e-9, reltol=1e-9)
    usual = circuit.tran(3e-8, 1e-10)
    at = np.linspace(0.5e-9, 29e-9, 200)
    expected, found = (np.interp(at, r.time, r["@n1[x]"]) for r in (tight, usual))
    assert np.ptp(expected) > 0.1
    return float(np.max(np.abs(found - expected))), len(usual.time)


def test_states_are_as_exact_with_fewer_points():
    """Wires of femtofarads neither move the state nor cost more than a few points."""
    bare, wired = (_error(_ladder(2.0, c)) for c in (1e-30, 3e-15))
    assert wired[0] < 1.5 * bare[0] < 2e-4
    assert wired[1] < 1.2 * bare[1]


def test_slow_wires_are_exact():
    """A wire that settles as slowly as the state moves keeps the tolerance of states."""
    slow = _ladder(2e3, 1e-13)
    tight = slow.tran(3e-8, 1e-10, statetol=1e-9, reltol=1e-9)
    usual = slow.tran(3e-8, 1e-10)
    expected = np.interp(usual.time, tight.time, tight["v(a5)"])
    np.testing.assert_allclose(usual["v(a5)"], expected, atol=1e-4)


def test_a_circuit_without_nodes():
    """Devices at ground have states that nothing drives."""
    result = Circuit.from_text("t\nn1 0 0 cell\n.model cell drift\n.end\n").tran(1e-9, 1e-10)
    assert np.isfinite(result.data).all()
