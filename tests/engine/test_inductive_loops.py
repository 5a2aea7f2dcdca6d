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


@pytest.mark.parametrize("current", [1e-9, 1.0, 1e5])
@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-6, 1e-3, 1.0, 10.0])
def test_currents_divide_so_whatever_their_size(scale, current):
    """Resistances had a least value, and large currents through them counted as a voltage around the loop."""
    text = f"coils\ni1 0 a {current!r}\nl1 a 0 {scale!r}\nl2 a 0 {9 * scale!r}\nr1 a 0 10\n.op"
    found = run(text)["op"]
    assert found["i(l1)"] == pytest.approx(0.9 * current, rel=1e-9)
    assert found["i(l2)"] == pytest.approx(0.1 * current, rel=1e-9)
    assert abs(found["v(a)"]) < 1e-15 * current


@pytest.mark.parametrize("also", ["", "b2 b 0 v=tanh(i(l1))\nr2 b 0 1\n"])
@pytest.mark.parametrize("scale", [1e-9, 10.0])
def test_currents_of_a_sweep_divide_so_at_each_point(scale, also):
    text = f"coils\ni1 0 a 0\nl1 a 0 {scale!r}\nl2 a 0 {9 * scale!r}\nr1 a 0 10\n{also}.dc i1 -2 2 0.5"
    found = run(text)["dc"]
    assert found["i(l1)"] == pytest.approx(0.9 * np.linspace(-2.0, 2.0, 9), rel=1e-9)
    assert np.max(np.abs(found["v(a)"])) < 1e-15


def test_nothing_amplifies_a_voltage_of_the_loop():
    """Of 1 kA through two inductors, of which 1e-12 Ohm and a gain of 1e7 had made 5 mV."""
    text = "gain\ni1 0 a 1k\nl1 a 0 0.1u\nl2 a 0 0.1u\ne1 b 0 a 0 1e7\nr1 b 0 1k\n.op"
    assert abs(run(text)["op"]["v(b)"]) < 1e-9


def test_a_gain_beside_which_the_resistance_is_no_small_one():
    """1e-9 Ohm times the gain is a tenth of the resistance that the gain drives: one pass leaves a tenth."""
    text = "gain\ni1 0 a 1\nl1 a b 9m\nl2 a b 1m\ne1 b 0 a b 1e6\nr1 a 0 1e-2\n.op"
    found = run(text)["op"]
    assert found["i(l1)"] + found["i(l2)"] == pytest.approx(1.0, rel=1e-9)
    assert abs(found["v(b)"]) < 1e-11


@pytest.mark.parametrize("seed", range(20))
def test_currents_in_networks_of_inductors(seed):
    """Least sum of L·i² for the currents into the nodes: i = (a_p - a_n)/L, where a solves Kirchhoff's current law."""
    rng = np.random.default_rng(seed)
    nodes, count = 5, 12
    ends = [(k, int(rng.integers(k))) for k in range(1, nodes)]  # connects all of them
    ends += [tuple(int(n) for n in rng.choice(nodes, 2, replace=False)) for _ in range(count)]
    inductances = 10.0 ** rng.uniform(-9.0, 0.0, len(ends))
    driven = rng.normal(size=nodes - 1)
    incidence = np.zeros((nodes, len(ends)))
    for k, (p, n) in enumerate(ends):
        incidence[p, k], incidence[n, k] = 1.0, -1.0
    incidence = incidence[1:] / np.sqrt(inductances)
    potentials = np.linalg.lstsq(incidence.T, np.linalg.pinv(incidence) @ driven, rcond=None)[0]
    currents = (incidence.T @ potentials) / np.sqrt(inductances)
    text = "coils\n" + "".join(f"l{k} {p} {n} {float(inductances[k])!r}\n" for k, (p, n) in enumerate(ends))
    text += "".join(f"i{k} 0 {k} {float(i)!r}\nr{k} {k} 0 {k}k\n" for k, i in enumerate(driven, 1)) + ".op"
    found = run(text)["op"]
    for k in range(len(ends)):
        assert found[f"i(l{k})"] == pytest.approx(currents[k], rel=1e-6, abs=1e-9)
    assert all(abs(found[f"v({k})"]) < 1e-15 for k in range(1, nodes))


@pytest.mark.long
@pytest.mark.parametrize("card", [".arc i1 0 2", ".arc k 0.1 1", ".arc temp 27 100"])
def test_currents_divide_along_a_curve(card):
    """Where a point of the curve rebuilds the circuit, the loop was no longer resolved: "no tangent"."""
    text = (
        "curve\n.param k=1\ni1 0 a {k}\nl1 a 0 {0.1u*k}\nl2 a 0 {0.3u*k}\nd1 c a dm\nr1 c 0 1\n.model dm d\n"
    )
    found = Circuit.from_text(f"{text}{card}\n.end\n").run()[0]
    total = found["i(l1)"] + found["i(l2)"]
    np.testing.assert_allclose(found["i(l1)"], 0.75 * total, rtol=1e-9, atol=1e-12)
    assert total.max() == pytest.approx(2.0 if "i1" in card else 1.0)


AMPLIFIED = """gain
.param k=1
i1 0 a {1k*k}
l1 a 0 {0.1u*k}
l2 a 0 {0.3u*k*k}
e1 b 0 a 0 1e7
r1 b 0 1k
d1 b c dm
r2 c 0 1k
.model dm d
"""


@pytest.mark.long
@pytest.mark.parametrize("card", [".arc i1 0 1k", ".arc k 0.1 1", ".arc temp 27 100"])
def test_nothing_amplifies_a_voltage_of_the_loop_along_a_curve(card):
    """1 kA through 1e-9 Ohm and a gain of 1e7 made 5 V."""
    found = Circuit.from_text(f"{AMPLIFIED}{card}\n.end\n").run()[0]
    assert np.max(np.abs(found["v(b)"])) < 1e-9
    k = found["param-sweep"] if " k " in card else 1.0
    np.testing.assert_allclose(found["i(l2)"] * 3.0 * k, found["i(l1)"], rtol=1e-9, atol=1e-12)
    assert np.max(found["i(l1)"] + found["i(l2)"]) == pytest.approx(1e3)


@pytest.mark.long
def test_nothing_amplifies_it_where_folds_are_followed():
    """v³ - 3·v and 1 Ohm fold at 4/3·sqrt(2/3) A, whatever flows in the loop; 1 nOhm and the gain made it 2.34 A."""
    text = (
        "fold\n.param k=1\ni2 0 a {1k*k}\nl1 a 0 0.1u\nl2 a 0 0.3u\ne1 b 0 a 0 1e7\nr1 b x 1\n"
        "b1 x 0 i=v(x)*v(x)*v(x)-3*v(x)\ni1 0 x 0\nc1 x 0 1u\n.locus fold i1 -3 3 k 0.5 1\n.end\n"
    )
    found = Circuit.from_text(text).run()[0]
    np.testing.assert_allclose(np.abs(found["i1"]), 4.0 / 3.0 * np.sqrt(2.0 / 3.0), rtol=1e-9)
    assert np.ptp(found["k"]) == pytest.approx(0.5)
