"""Operating points with closed forms or an independent dense solve."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import lambertw

from circuitnn import Circuit

VT = 1.38064852e-23 * 300.15 / 1.6021766208e-19


def lambert(v, i_s, n, r):
    nv = n * VT
    return nv / r * lambertw(i_s * r / nv * np.exp((v + i_s * r) / nv)).real - i_s


@pytest.mark.parametrize(("i_s", "n"), [(1e-14, 1.0), (2.5e-9, 1.9)])
@pytest.mark.parametrize("r", [1.0, 1e3, 1e6])
def test_diode_with_resistor(i_s, n, r):
    circuit = (Circuit("diode").V("1", "in", "0", 0.0).R("1", "in", "a", r).D("1", "a", "0", "dmod")).model(
        "dmod", "d", **{"is": i_s, "n": n}
    )
    volts = np.array([0.05, 0.1, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0])
    got = -circuit.dc({"v1": volts}, reltol=1e-10, abstol=1e-18, vntol=1e-13, gmin=1e-20)["i(v1)"]
    np.testing.assert_allclose(got, lambert(volts, i_s, n, r), rtol=1e-8, atol=1e-19)


@pytest.mark.parametrize("sections", [1, 5, 30])
def test_resistor_ladder_is_fibonacci(sections):
    """Unit resistors in a ladder: the resistance is a quotient of Fibonacci numbers."""
    circuit = Circuit("ladder").I("1", "0", "n0", 1.0)
    for k in range(sections):
        circuit.R(f"s{k}", f"n{k}", f"n{k + 1}", 1.0).R(f"p{k}", f"n{k + 1}", "0", 1.0)
    a, b = 1, 2
    for _ in range(2 * (sections - 1)):
        a, b = b, a + b
    assert circuit.op()["v(n0)"] == pytest.approx(b / a, rel=1e-10)


def crossbar_text(g, r):
    m, n = g.shape
    lines = ["crossbar"]
    for i in range(m):
        lines.append(f"vw{i} w{i}_in 0 {0.1 * (i + 1)}")
        for j in range(n):
            left = f"w{i}_in" if j == 0 else f"w{i}_{j - 1}"
            lines.append(f"rw{i}_{j} {left} w{i}_{j} {r}")
            below = "0" if i == m - 1 else f"b{i + 1}_{j}"
            lines.append(f"rb{i}_{j} b{i}_{j} {below} {r}")
            lines.append(f"rc{i}_{j} w{i}_{j} b{i}_{j} {float(1 / g[i, j])!r}")
    return "\n".join(lines) + "\n.end\n"


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (16, 12)])
def test_crossbar_against_a_dense_nodal_solve(shape):
    m, n = shape
    rng = np.random.default_rng(7)
    g = 10 ** rng.uniform(-6, -3, shape)
    r = 2.5
    y = np.zeros((2 * m * n, 2 * m * n))
    drive = np.zeros(2 * m * n)

    def branch(a, b, conductance):
        for p, q in ((a, b), (b, a)):
            if p is not None:
                y[p, p] += conductance
                if q is not None:
                    y[p, q] -= conductance

    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    for i in range(m):
        for j in range(n):
            branch(word[i, j], word[i, j - 1] if j else None, 1 / r)
            if j == 0:
                drive[word[i, 0]] += 0.1 * (i + 1) / r
            branch(bit[i, j], bit[i + 1, j] if i < m - 1 else None, 1 / r)
            branch(word[i, j], bit[i, j], g[i, j])
    exact = np.linalg.solve(y, drive)
    result = Circuit.from_text(crossbar_text(g, r)).op()
    for i in range(m):
        for j in range(n):
            assert result[f"v(w{i}_{j})"] == pytest.approx(exact[word[i, j]], rel=1e-9)
            assert result[f"v(b{i}_{j})"] == pytest.approx(exact[bit[i, j]], rel=1e-7, abs=1e-15)


@pytest.mark.parametrize(
    "card", [".nodeset v(in)=1 v(out)=0.2\n.op", ".ic v(in)=1\n.tran 1u 10u", ".nodeset v(l)=3\n.op"]
)
def test_voltages_asked_of_nodes_that_sources_hold(card):
    deck = f"t\nv1 in 0 3\nr1 in out 1k\nr2 out 0 1k\nl1 out l 1m\nrl l out 1k\n{card}\n"
    (result,) = Circuit.from_text(deck).run()
    for name, voltage in (("v(in)", 3.0), ("v(out)", 1.5)):
        assert np.asarray(result[name]) == pytest.approx(voltage)


def test_sweep_of_a_source_is_that_of_single_points():
    """The core's loop along the innermost axis, and what it leaves to the other loop at its ends."""
    text = "t\nvd d 0 0\nvg g 0 0\nm1 d g 0 0 mn l=2u w=10u\n.model mn nmos(vto=0.7 kp=60u lambda=0.02)\n"
    swept = Circuit.from_text(f"{text}.dc vd 0 5 0.5 vg 1 3 1\n.end\n").run()[0]
    assert len(swept) == 33
    rows = zip(swept["v-sweep"], np.repeat([1.0, 2.0, 3.0], 11), swept["i(vd)"], strict=True)
    for vd, vg, current in rows:
        excess = vg - 0.7
        inside = min(vd, excess)
        expected = 60e-6 * 5.0 * (1.0 + 0.02 * vd) * inside * (excess - 0.5 * inside)
        assert -current == pytest.approx(expected, rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("leakage", [1e-14, 2.5e-6, 2.58e-6])
def test_breakdown_begins_where_spice_lets_it(leakage):
    """At bv flows is·e with e = ibv/is + 1 - (bv - vt·ln e)/vt: ibv, less what leaks; at any reltol."""
    text = f"breakdown\nv1 k 0 10\nd1 0 k zener\n.model zener d is={leakage} bv=10 ibv=1m\n.options gmin=1e-18\n.end"
    excess = 1e-3 / leakage + 1.0 - 10.0 / VT
    factor = brentq(lambda e: excess + np.log(e) - e, 1.0, 1e12, xtol=1e-12, rtol=1e-14)
    for reltol in (1e-3, 1e-7):
        current = -Circuit.from_text(text).op(reltol=reltol)["i(v1)"]
        assert current == pytest.approx(leakage * factor, rel=1e-6)
