"""XSPICE's meters of capacitance and inductance, against ngspice's own, in instances, after changes, and written."""

import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError
from circuitnn.netlist.writer import write
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
DECK = """meters
v1 s 0 1 ac 1
r1 s a 1k
r2 s b 1k
ro o 0 1
rp p 0 1
{cards}
a1 {first} m
a2 {second} n
.model m cmeter(gain=1e6)
.model n lmeter(gain=1e3)
.op
.end
"""


def deck(cards, first="a o", second="b p"):
    return DECK.format(cards=cards, first=first, second=second)


@needs_ngspice
@pytest.mark.parametrize(
    "cards",
    [
        "c1 a 0 2u\nl1 b 0 5m",
        "* nothing is at the nodes",
        "c1 a a 2u\nl1 0 b 5m",
        "c1 a s 2u\nc2 s 0 3u\nc3 0 a 7u\nl1 b 0 5m\nl2 b y 7m\nr3 y 0 1\nk1 l1 l2 0.5",
        "v9 a x 0\nc1 x 0 2u\nc2 a x 3u\nv8 b y 0\nl1 y 0 3m\nl2 b 0 6m",
        "v9 a x 0\nv8 x y 0\nv7 z a 0\nc1 y 0 2u\nc2 z 0 3u\nc3 x 0 5u\nc4 a 0 10u",
        "v9 a x 1\nc1 x 0 2u\nr9 b y 1\nl1 y 0 3m",
        "d1 a 0 dd\n.model dd d(cjo=1n)\nc1 a 0 cc l=10u w=10u\n.model cc c(cj=1e-3)",
        "c1 a 0 2u tc1=0.01 temp=127\nl1 b 0 1m tc1=0.01 temp=127",
        "x1 a b part\n.subckt part u v\nc1 u 0 2u\nl1 v 0 2m\n.ends",
    ],
)
@pytest.mark.parametrize("ports", [("a o", "b p"), ("%vd(a s) %i(o)", "%vd(b s) %id(p 0)")])
def test_readings(ports, cards, tmp_path):
    ours, theirs = both(deck(cards, *ports), tmp_path)
    for name in ("v(o)", "v(p)"):
        assert ours[name] == pytest.approx(theirs.array(name)[0], rel=1e-9, abs=1e-12)


def test_in_instances():
    """Each instance has its own meter and its own gain."""
    text = """instances
r1 a 0 1
r2 b 0 1
x1 a o part size=2u
x2 b p part size=5u
ro o 0 1
rp p 0 1
.subckt part u v size=1u
c1 u 0 {size}
a1 u v m
.model m cmeter(gain={1/size})
.ends
"""
    found = Circuit.from_text(text + "c9 a 0 4u\n").op()
    assert found["v(o)"] == pytest.approx(3.0, rel=1e-12)
    assert found["v(p)"] == pytest.approx(1.0, rel=1e-12)


def test_after_changes():
    circuit = Circuit.from_text(deck("c1 a 0 2u tc1=0.01\nl1 b 0 5m"))
    assert circuit.op()["v(o)"] == pytest.approx(2.0, rel=1e-12)
    assert circuit.altered({("c1", ""): 3e-6}).op()["v(o)"] == pytest.approx(3.0, rel=1e-12)
    assert circuit.op(temp=127)["v(o)"] == pytest.approx(4.0, rel=1e-12)
    assert abs(circuit.ac(1.0, 10.0, 1)["v(o)"]).max() == 0.0


@needs_ngspice
def test_written_for_ngspice(tmp_path):
    text = write(Circuit.from_text(deck("c1 a 0 2u\nl1 b 0 5m")).flat)
    ours, theirs = both(text, tmp_path)
    assert ours["v(o)"] == pytest.approx(2.0, rel=1e-12)
    assert theirs.array("v(p)")[0] == pytest.approx(5.0, rel=1e-12)


def test_currents_have_no_capacitance():
    with pytest.raises(NetlistError, match="a meter is at a node, %v or %vd, not at %i"):
        Circuit.from_text(deck("c1 a 0 2u", "%i(a) o")).op()
