"""Charges that are summed along the way of the unknowns: C(x)·dv/dt where C is the derivative of no charge."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations import host
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.graph import symbol
from circuitnn.equations.kernel import handle
from circuitnn.models import Model, Parameter, catalogue, register

CARD = ".model mm nmos(vto=0.8 kp=60u gamma=0.5 tox=25n cgdo=0.2n)\n"


class Turning(Model):
    """Capacitance between p and n that is the voltage of c: over a round trip it leaves charge."""

    name = "turning_capacitance"
    terminals = ("p", "n", "c")
    parameters = (Parameter("scale", 1e-12, "F/V", "capacitance at 1 V"),)

    @classmethod
    def equations(cls, m):
        m.displace("p", "n", m["scale"] * symbol("c"))
        m.flow("p", "n", 1e-15 * m.voltage("p", "n"))
        m.flow("c", "n", 1e-15 * m.voltage("c", "n"))


register(Turning)


@pytest.mark.parametrize("method", ["trap", "gear"])
def test_charge_left_by_a_round_trip(method):
    """Along a square of 2 V and 3 V the charge is 2 V·(3 - 1) pF and no more; parallel devices count."""
    text = f"""round trip
vp p 0 pwl(0 0 1u 2 2u 2 3u 0 4u 0)
vc c 0 pwl(0 1 1u 1 2u 3 3u 3 4u 1)
n1 p 0 c cell m=3
.model cell turning_capacitance
.options reltol=1e-6 method={method}
.tran 10n 4u 0 10n
.end
"""
    r = Circuit.from_text(text).run()[0]
    rate = r["i(vp)"]
    left = np.sum(0.5 * (rate[1:] + rate[:-1]) * np.diff(r.time))
    assert left == pytest.approx(3 * 2 * (3 - 1) * 1e-12, rel=0.01)
    taken = 3e-12 * 1.0 * 2e6  # C·dv/dt of the first edge
    assert np.interp(0.5e-6, r.time, -rate) == pytest.approx(taken, rel=1e-3)
    assert np.interp(0.5e-6, r.time, r["@n1[i]"]) == pytest.approx(taken, rel=1e-3)


def test_small_signals_know_the_capacitance_where_they_are():
    text = """phasors
vp p 0 dc 5 ac 1
vc c 0 2
n1 p 0 c cell
.model cell turning_capacitance
.ac lin 1 1meg 1meg
.end
"""
    r = Circuit.from_text(text).run()[0]
    assert np.imag(np.ravel(r.array("i(vp)"))[0]) == pytest.approx(-2e6 * np.pi * 2e-12, rel=1e-9)


def test_every_back_end_carries_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("CIRCUITNN_KERNEL_CACHE", str(tmp_path))
    kernel = catalogue()["mosfet2"].kernel()
    rng = np.random.default_rng(3)
    x = rng.uniform(-3.0, 3.0, (len(kernel.inputs), 9))
    columns = rng.uniform(0.5, 1.5, (len(kernel.columns), 9))
    made = [handle(kernel), assemble(kernel)]
    if host.compiler():
        made.append(host.compiled(kernel))
    assert [h.backend for h in made][:2] == ["native", "bytecode"]
    first, *others = [h.carry.evaluate(x, columns) for h in made]
    assert first.shape == (9, 9)
    assert np.any(first[1::3])
    for other in others:
        assert np.allclose(first, other, rtol=1e-12, atol=0.0)


def test_instances_at_rest_keep_their_way():
    """Of forty gates the same pulse reaches one after the other; each takes what one alone takes."""
    pulse = "pulse(0 3 {delay}n 1n 1n 5n)"
    gates = "".join(
        f"v{k} g{k} 0 {pulse.format(delay=5 * k + 1)}\nm{k} d g{k} 0 0 mm l=2u w=10u\n" for k in range(40)
    )
    text = "gates\n{gates}vd d 0 2\n{card}.options reltol=1e-5\n.tran 0.1n 220n 0 0.5n\n.end\n"
    many = Circuit.from_text(text.format(gates=gates, card=CARD)).run()[0]
    alone = f"v7 g7 0 {pulse.format(delay=36)}\nm7 d g7 0 0 mm l=2u w=10u\n"
    one = Circuit.from_text(text.format(gates=alone, card=CARD)).run()[0]

    def taken(r, k, start, end):
        rate = r[f"i(v{k})"]
        inside = (r.time[1:] > start) & (r.time[1:] <= end)
        return np.sum((0.5 * (rate[1:] + rate[:-1]) * np.diff(r.time))[inside])

    expected = taken(one, 7, 35e-9, 40e-9)
    assert abs(expected) > 5e-14
    for k in range(40):
        assert taken(many, k, (5 * k) * 1e-9, (5 * k + 5) * 1e-9) == pytest.approx(expected, rel=5e-3)
    assert np.max(np.abs([taken(many, k, 0.0, 220e-9) for k in range(30)])) < 0.05 * abs(expected)
