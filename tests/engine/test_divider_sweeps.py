"""Sweeps of circuits that only divide voltages: the network is found once; each point is that of a circuit alone."""

import numpy as np
import pytest

import circuitnn as cn
from circuitnn.operating_point import dividers
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.solvers.dividers import Unsuited

CLIPPER = """Zener diodes back to back
vin in 0 {volts}
rs in out {ohms}
d1 out m dz
d2 0 m dz
.model dz d(is=10f bv=5.1 ibv=5m rs=5)
.options reltol=1e-7 vntol=1e-9
"""


@pytest.fixture
def networks(monkeypatch):
    """Networks that were made."""
    made = []

    class Counted(dividers.DividerNetwork):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            made.append(self)

    monkeypatch.setattr(dividers, "DividerNetwork", Counted)
    return made


def alone(volts, ohms):
    op = cn.Circuit.from_text(CLIPPER.format(volts=volts, ohms=ohms)).op()
    return [float(op[name]) for name in ("v(out)", "v(m)", "i(vin)")]


@pytest.mark.parametrize("swept", ["vin -12 12 1.5", "rs 100 100k 5k"])
def test_each_point_is_that_of_the_circuit_alone(networks, swept):
    result = cn.Circuit.from_text(CLIPPER.format(volts=9, ohms="1k") + f".dc {swept}\n.end\n").run()[0]
    assert len(networks) == 1
    axis = result.data[:, 0]
    assert len(axis) > 15
    for k, value in enumerate(axis):
        expected = alone(*((value, 1e3) if swept.startswith("vin") else (9.0, value)))
        found = [result[name][k] for name in ("v(out)", "v(m)", "i(vin)")]
        np.testing.assert_allclose(found, expected, rtol=1e-7)  # the tolerance of Newton's method


@pytest.mark.parametrize("swept", ["vin -12 12 1.5", "rs 100 100k 5k", "vin -9 9 3 rs 1k 3k 1k"])
def test_a_network_of_other_values_is_as_a_new_one(monkeypatch, swept):
    text = CLIPPER.format(volts=9, ohms="1k") + f".dc {swept}\n.end\n"
    kept = cn.Circuit.from_text(text).run()[0].data
    monkeypatch.setattr(dividers.Dividers, "_divider", lambda self: dividers.Divider(self.simulation))
    np.testing.assert_array_equal(kept, cn.Circuit.from_text(text).run()[0].data)


def test_nested_sweeps_and_models_of_other_temperatures(networks):
    text = CLIPPER.format(volts=9, ohms="1k") + ".dc vin 8 12 4 rs 1k 3k 1k temp 0 50 50\n.end\n"
    result = cn.Circuit.from_text(text).run()[0]
    assert networks
    for temperature in (0, 50):
        for k, ohms in enumerate((1e3, 2e3, 3e3)):
            deck = CLIPPER.format(volts=12, ohms=ohms) + f".temp {temperature}\n"
            expected = float(cn.Circuit.from_text(deck).op()["v(out)"])
            place = (temperature // 50) * 6 + 2 * k + 1
            assert result["v(out)"][place] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("gate", "declined"), [("g", True), ("in", False)])
def test_transistors_whose_gates_nothing_holds_are_declined_at_once(gate, declined):
    """They do not only divide voltages; the iteration found that out after 300 steps with dense matrices."""
    deck = f"gates\nvin in 0 1\nr1 in g 1k\nr2 in d 1k\nm1 d {gate} 0 0 mn\nd1 g 0 dd\n.model mn nmos\n.model dd d\n"
    circuit = cn.Circuit.from_text(deck)
    simulation = Simulation(circuit.flat, Options())
    if declined:
        with pytest.raises(Unsuited, match="gates of transistors"):
            dividers.Divider(simulation)
    else:
        dividers.Divider(simulation)
