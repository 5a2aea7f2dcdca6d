"""Elements at inner nodes of a placed array, named as in its results: ``x1.w0_1``."""

import numpy as np
import pytest

from circuitnn import Circuit, Crossbar
from circuitnn.errors import AnalysisError

G = np.linspace(1e-4, 3e-4, 12).reshape(3, 4)
WIRE, LOAD, PROBE = 2.0, 100.0, 1e3


def around(word_wire=WIRE, bit_wire=WIRE) -> Circuit:
    """An array with a source at one word line, and resistors to ground at the other ends."""
    array = Crossbar(3, 4, G, wordline_resistance=word_wire, bitline_resistance=bit_wire)
    circuit = Circuit("array").V("1", "in0", "0", 1.0)
    for k in (1, 2):
        circuit.R(f"i{k}", f"in{k}", "0", LOAD)
    for k in range(4):
        circuit.R(f"o{k}", f"out{k}", "0", LOAD)
    return circuit.crossbar("x1", array, left="in", bottom="out")


def written_out(words: dict[str, float]) -> np.ndarray:
    """Voltages of ``out0`` … ``out3`` with conductances to ground at some nodes: nodal analysis by NumPy."""
    size = {"w": 0, "b": 12}
    A, b = np.zeros((24, 24)), np.zeros(24)

    def join(p, n, g):
        for one, other in ((p, n), (n, p)):
            A[one, one] += g
            A[one, other] -= g

    for i in range(3):
        for j in range(4):
            join(4 * i + j, 12 + 4 * i + j, G[i, j])
            if j < 3:
                join(4 * i + j, 4 * i + j + 1, 1 / WIRE)
            if i < 2:
                join(12 + 4 * i + j, 12 + 4 * (i + 1) + j, 1 / WIRE)
    for i in (1, 2):
        A[4 * i, 4 * i] += 1 / LOAD
    for j in range(4):
        A[20 + j, 20 + j] += 1 / LOAD
    for name, g in words.items():
        row, column = name[1:].split("_")
        at = size[name[0]] + 4 * int(row) + int(column)
        A[at, at] += g
    A[0], b[0] = 0.0, 1.0  # in0, where the source is
    A[0, 0] = 1.0
    return np.linalg.solve(A, b)[20:]


@pytest.mark.parametrize("nodes", [["w0_1"], ["b1_2"], ["w0_1", "b1_2", "w2_3"]])
def test_a_resistor_at_an_inner_node_acts(nodes):
    circuit = around()
    for k, node in enumerate(nodes):
        circuit.R(f"p{k}", f"x1.{node}", "0", PROBE)
    result = circuit.op()
    expected = written_out(dict.fromkeys(nodes, 1 / PROBE))
    assert [float(result[f"v(out{k})"]) for k in range(4)] == pytest.approx(expected.tolist(), rel=1e-9)
    assert np.max(np.abs(expected / written_out({}) - 1.0)) > 1e-4  # the resistor has an effect


def test_a_card_in_a_deck_and_an_initial_condition_name_inner_nodes():
    loads = "\n".join(f"ro{k} out{k} 0 {LOAD}" for k in range(4))
    deck = f"""array
v1 in0 0 1
ri1 in1 0 {LOAD}
ri2 in2 0 {LOAD}
.crossbar x1 rows=3 cols=4 g=2e-4 rw={WIRE} rb={WIRE} left=in bottom=out
{loads}
rp x1.b1_2 0 {PROBE}
cp x1.w1_1 0 1n
.ic v(x1.w1_1)=0.5
.tran 1n 1u
.end
"""
    (result,) = Circuit.from_text(deck).run()
    assert float(result["v(x1.w1_1)"][0]) == pytest.approx(0.5, abs=1e-6)
    assert sum(name == "v(x1.b1_2)" for name in result.names) == 1
    assert 0.0 < float(result["v(x1.b1_2)"][-1]) < 1.0


def test_a_node_of_a_line_without_resistance_is_the_line():
    circuit = around(bit_wire=0.0)
    circuit.R("p", "x1.w1_3", "0", PROBE)
    assert float(circuit.op()["v(x1.w1_3)"]) != 0.0
    for name, message in (
        ("x1.b1_2", "names otherwise"),  # it is out2
        ("x1.w7_0", "no node 'x1.w7_0' in an array of 3 x 4"),
    ):
        wrong = around(bit_wire=0.0)
        wrong.R("p", name, "0", PROBE)
        with pytest.raises(AnalysisError, match=message):
            wrong.op()


def test_a_line_joins_an_inner_node_of_an_earlier_array():
    circuit = around()
    circuit.crossbar("x2", Crossbar(1, 1, [[1 / PROBE]]), left=["x1.w0_1"], bottom=["0"])
    expected = written_out({"w0_1": 1 / PROBE})
    result = circuit.op()
    assert [float(result[f"v(out{k})"]) for k in range(4)] == pytest.approx(expected.tolist(), rel=1e-9)
