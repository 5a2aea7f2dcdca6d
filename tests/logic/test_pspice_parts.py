"""PSPICE's digital parts against what ngspice makes of them, for random inputs."""

import shutil

import pytest
from ngspice_logic import Deck, assert_same

from circuitnn import Circuit
from circuitnn.elements.logic_expressions import assignments
from circuitnn.elements.pspice_part import estimate
from circuitnn.errors import DeckWarning, NetlistError

needs_ngspice = pytest.mark.skipif(not shutil.which("ngspice"), reason="ngspice is not installed")
MODELS = """.model dly ugate(tplhty=1n tphlty=1.2n tplhmn=0.4n tplhmx=2n)
.model ends ugate(tplhmx=2n tphlmn=0.7n)
.model middle ugate(tplhmn=0.2n tplhmx=1n tphlty=1.2n)
.model none ugate ()
.model open utgate(tplhty=1n tphlty=1.2n tpzhty=1.5n)
.model store ueff(tpclkqlhty=0.9n tpclkqhlty=1.1n tppcqlhty=1.3n tppcqhlty=1.4n)
.model keep ugff(tpdqlhty=0.9n tpgqlhty=0.7n tpgqhlty=0.6n tppcqlhty=1.3n tppcqhlty=1.4n)
.model late udly(dlyty=1.7n)
.model io uio(drvh=100)
"""
PORTS = "x0 x1 x2 x3 x4 x5"


def assert_as_ngspice(parts, outputs, folder, seed=1):
    deck = Deck(seed, ("0s", "1s"), folder)
    inner = MODELS + parts
    deck.lines += [
        f".subckt parts {PORTS} optional: dpwr=$g_dpwr dgnd=$g_dgnd params: mntymxdly=0 io_level=0",
        *inner.strip().splitlines(),
        ".ends",
        f"xp {PORTS} parts",
    ]
    assert_same(deck.text(), [f"xp.{net}" for net in outputs], folder, behaviour="psa")


@needs_ngspice
def test_gates(tmp_path):
    parts = """u1 buf dpwr dgnd x0 y1 dly io
u2 inv dpwr dgnd x0 y2 ends io mntymxdly=1 io_level=1
u3 and(3) dpwr dgnd x0 x1 x2 y3 middle io mntymxdly={mntymxdly} io_level={io_level}
u4 nand(2) dpwr dgnd x0 x1 y4 none io
u5 nor(2) dpwr dgnd x0 x1 y5 dly io
u6 xor dpwr dgnd x0 x1 y6 dly io
u7 nxor dpwr dgnd x0 x1 y7 dly io
u8 bufa(2) dpwr dgnd x0 x1 y8a y8b dly io
u9 ora(2,2) dpwr dgnd x0 x1 x2 x3 y9a y9b dly io
u10 ao(2,2) dpwr dgnd x0 x1 x2 x3 y10 dly io
u11 oai(2,3) dpwr dgnd x0 x1 x2 x3 x4 x5 y11 dly io
u12 xora(2) dpwr dgnd x0 x1 x2 x3 y12a y12b dly io
u13 dlyline dpwr dgnd x0 y13 late io
"""
    nets = "y1 y2 y3 y4 y5 y6 y7 y8a y8b y9a y9b y10 y11 y12a y12b y13".split()
    assert_as_ngspice(parts, nets, tmp_path)


@needs_ngspice
def test_flipflops_and_latches(tmp_path):
    parts = """u1 dff(2) dpwr dgnd x4 x5 x0 x1 x2 q1 q2 n1 n2 store io
u2 jkff(1) dpwr dgnd x4 x5 x0 x1 x2 q3 n3 store io
u3 srff(1) dpwr dgnd x4 x5 x0 x1 x2 q4 n4 keep io
u4 dltch(2) dpwr dgnd x4 x5 x0 x1 x2 q5 q6 n5 n6 keep io
u5 dff(1) dpwr dgnd $d_hi $d_hi x0 x1 q7 $d_nc store io
"""
    nets = "q1 q2 n1 n2 q3 n3 q4 n4 q5 q6 n5 n6 q7".split()
    assert_as_ngspice(parts, nets, tmp_path)


@needs_ngspice
def test_expressions_and_pin_delays(tmp_path):
    parts = """u1 logicexp(3,3) dpwr dgnd x0 x1 x2 o1 o2 o3
+ none io mntymxdly={mntymxdly} io_level={io_level}
+ logic:
+ tmp = { x0 & ~x1 }
+ o1 = { (tmp | x2) ^ x0 }
+ o2 = { ~(x0 & x1 & x2) | ~(tmp ^ x2) }
+ o3 = { ~x0 }
u2 pindly(2,0,2) dpwr dgnd o1 o2 x0 x1 p1 p2
+ io mntymxdly={mntymxdly} io_level={io_level}
+ boolean:
+   edge = { changed(x0,0) | changed(x1,0) }
+ pindly:
+   p1 = { case(edge & trn_lh, delay(0.5n,1.1n,2n), trn_hl, delay(-1,1.2n,2.4n), delay(0.7n,1.4n,2.8n)) }
+   p2 = { delay(0.5n,-1,1.5n) }
u3 constraint(1) dpwr dgnd x0 io freq: node = x0 maxfreq = 10meg
"""
    with pytest.warns(DeckWarning, match="a constraint has no effect"):
        assert_as_ngspice(parts, ["o1", "o2", "o3", "p1", "p2"], tmp_path)


@needs_ngspice
def test_tristate_parts(tmp_path):
    """Data change while they are enabled, so that ngspice's inertia of tristate buffers plays no part."""
    parts = """u1 buf3 dpwr dgnd x0 x4 y1 open io
u2 inv3a(2) dpwr dgnd x0 x1 x4 y2a y2b open io
u3 nand3(2) dpwr dgnd x0 x1 x4 y3 open io
u4 pullup(2) dpwr dgnd y1 y2a io
u5 pulldn(1) dpwr dgnd y2b io
u6 pindly(1,1,1) dpwr dgnd x0 x4 x0 y4
+ io tristate: enable lo = x4
+ y4 = { case(trn_lh, delay(0.1n,0.3n,1n), trn_hz, delay(-1,0.2n,0.4n), delay(0.3n,-1,-1)) }
"""
    assert_as_ngspice(parts, ["y1", "y2a", "y2b", "y3", "y4"], tmp_path, seed=4)


@needs_ngspice
def test_transceivers_with_an_enable_for_each_direction(tmp_path):
    parts = """u1 pindly(2,2,0) dpwr dgnd x0 x1 x4 x5 y1 y2 io
+ tristate: enable hi = x4
+ y1 = { delay(0.1n,0.3n,1n) }
+ tristate: enable lo = x5
+ y2 = { delay(0.1n,0.3n,1n) }
u2 pullup(1) dpwr dgnd y1 io
u3 pulldn(1) dpwr dgnd y2 io
"""
    assert_as_ngspice(parts, ["y1", "y2"], tmp_path, seed=5)


@pytest.mark.parametrize(
    ("times", "delay"),
    [
        ((1.0, 2.0, 3.0), 2.0),
        ((1.0, -1.0, 4.0), 2.5),
        ((1.0, -1.0, -1.0), 1.0),
        ((-1.0, -1.0, 3.0), 3.0),
        ((), None),
    ],
)
def test_estimated_delays(times, delay):
    assert estimate(times) == delay


def test_operators_bind_as_in_pspice():
    tree = dict(assignments("u1", "y = { a | b ^ c & ~d }"))["y"]
    assert tree == (
        "or",
        ("net", "a", False),
        ("xor", ("net", "b", False), ("and", ("net", "c", False), ("net", "d", True))),
    )


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("u1 and(x) p g a b y d0_gate io", "are not numbers of gates"),
        ("u1 and(3) p g a b", "needs 3 more nets"),
        ("u1 logicexp(1,1) p g a y d0_gate io logic: y = { a & }", "'}' is not a net"),
        ("u1 logicexp(1,1) p g a y d0_gate io logic: y = { a", "ends too early"),
        ("u1 ram(8,8) p g a b c d e f m io", "of a kind that is not supported"),
    ],
)
def test_refused_with_the_reason(card, message):
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(f"digital\n{card}\nv1 a 0 1\nr1 a 0 1\n.op\n.end\n").op()


def test_constants_drive():
    deck = "constants\n.options ngbehavior=psa\nv1 a 0 5\nr1 a 0 1\n"
    deck += "u1 and(2) p g $d_hi a y d0_gate io\nu2 or(2) p g $d_lo a z d0_gate io\n.end\n"
    logic = Circuit.from_text(deck).op().logic
    assert logic["y"].words == ("1s",)
    assert logic["z"].words == ("1s",)
