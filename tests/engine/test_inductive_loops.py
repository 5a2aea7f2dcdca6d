"""Loops of inductors and sources, whose direct current nothing determines."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import CircuitnnError, TopologyError

TRANSFORMER = """transformer
v1 a 0 sin(0 1 1k) ac 1
l1 a 0 1m
l2 b 0 4m
k1 l1 l2 0.99
r1 b 0 1k
"""


def run(text):
    return {r.analysis: r for r in Circuit.from_text(text + "\n.end\n").run()}


def test_a_transformer_at_an_ideal_source():
    found = run(f"{TRANSFORMER}.op\n.ac lin 1 1k 1k\n.tran 1u 2m")
    assert found["op"]["i(l1)"] == 0.0 and found["op"]["i(v1)"] == 0.0
    assert "l1 close loops" in " ".join(found["op"].statistics.notes)
    jw = 2j * np.pi * 1e3
    z = np.array([[jw * 1e-3, jw * 0.99 * 2e-3], [jw * 0.99 * 2e-3, jw * 4e-3 + 1e3]])
    i1, i2 = np.linalg.solve(z, [1.0, 0.0])
    assert found["ac"]["i(l1)"][0] == pytest.approx(i1, rel=1e-12)
    assert found["ac"]["v(b)"][0] == pytest.approx(-1e3 * i2, rel=1e-12)
    tran = found["tran"]
    assert np.max(np.abs(tran["v(b)"])) == pytest.approx(abs(1e3 * i2), rel=1e-2)
    assert np.max(tran["i(l1)"]) == pytest.approx(2 * 0.159, rel=2e-2)  # from 0, so that it is offset


def test_a_nonlinear_load_behind_it():
    found = run(f"{TRANSFORMER}d1 b c dm\nc2 c 0 1u\nr2 c 0 10k\n.model dm d\n.tran 1u 5m")
    assert 0.9 < found["tran"]["v(c)"][-1] < 1.98


def test_currents_of_parallel_inductors_divide_as_after_a_step():
    found = run("coils\ni1 0 a 1\nl1 a 0 1m\nl2 a 0 2m\nr1 a 0 10\n.op")
    assert found["op"]["i(l1)"] == pytest.approx(2 / 3, rel=1e-6)
    assert found["op"]["i(l2)"] == pytest.approx(1 / 3, rel=1e-6)


def test_a_voltage_around_the_loop_is_refused():
    with pytest.raises(CircuitnnError, match="l1 closes a loop of voltage sources and inductors") as caught:
        run("loop\nv1 a 0 5\nl1 a 0 1m\nr1 a 0 1\n.op")
    assert isinstance(caught.value, TopologyError) or "l1" in str(caught.value)
