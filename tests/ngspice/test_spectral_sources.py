"""Sources of the frequency: ``hertz`` in expressions, tables of frequencies; against ngspice and closed forms."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import AnalysisError, NetlistError
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
HERTZ = """hertz
v1 a 0 dc 0.7 ac 1
b1 b 0 v=v(a)^2/(1+hertz/100)+i(v1)*hertz
rb b 0 1k
v2 g 0 dc 0 ac 1
r1 g c r='1k*(1+hertz/100)'
c1 c 0 1u
b2 0 d i=v(c)*hertz*1e-5
rd d 0 1k
d1 d 0 dm
.model dm d(cjo=1u)
x1 a e part k=2
x2 b f part k=3
.subckt part p q k=1
b1 q 0 v=k*v(p)*sqrt(hertz)
r1 q 0 1
.ends
.ac dec 3 0.1 10k
.end
"""


@needs_ngspice
def test_expressions_of_the_frequency(tmp_path):
    """Also where nothing depends on an unknown at 0 Hz, in subcircuits, and where an expression is curved.

    ngspice finds an operating point for each frequency, which here is the same.
    """
    ours, theirs = both(HERTZ, tmp_path)
    for node in "bcdef":
        np.testing.assert_allclose(ours[f"v({node})"], theirs[f"v({node})"], rtol=1e-5, atol=1e-9)


def test_elsewhere_it_is_0():
    circuit = Circuit.from_text("h\nv1 a 0 1\nb1 b 0 v=v(a)*(3+hertz)\nrb b 0 1\n")
    assert circuit.op()["v(b)"] == pytest.approx(3.0)
    assert circuit.tran("1m")["v(b)"][-1] == pytest.approx(3.0)
    with pytest.raises(AnalysisError, match="a source of hertz, or by a table of frequencies, has no poles"):
        circuit.pz(("a", "0"), ("b", "0"))


def test_noise_through_a_source_of_the_frequency():
    deck = "n\nv1 a 0 dc 0 ac 1\nr1 a b 1k\nr2 b 0 1k\nb1 c 0 v=v(b)/(1+hertz/100)\nrc c 0 1\n"
    at, noise = 1e3, Circuit.from_text(deck + ".noise v(c) v1 lin 1 1k 1k\n").run()[0]
    expected = np.sqrt(4 * 1.380649e-23 * 300.15 * 500) / (1 + at / 100)
    assert noise["onoise_spectrum"][0] == pytest.approx(expected, rel=1e-3)


TABLES = """tables
v1 a 0 dc 1 ac 1
a1 a b m
rb b 0 1k
a2 %vd(a 0) %i(c) m2
rc c 0 1k
a3 b d m3
rd d 0 1k
e1 e 0 freq {v(a)*2} (1 3 0) (10 -20 -90) (20 -40 -180)
re e 0 1k
.model m xfer(table=[1 -3 -30  10 -20 -90  100 -40 -180])
.model m2 xfer(table=[1 0.5 0.3  10 0.25 -0.1] db=false r_i=true)
.model m3 xfer(table=[1 9 0.5 1  10 8 0.3 -2 50 3 0.1 2] span=4 offset=2 db=false rad=true)
"""


@needs_ngspice
@pytest.mark.parametrize("analysis", [".ac dec 7 0.1 1k", ".op"])
def test_tables(analysis, tmp_path):
    ours, theirs = both(f"{TABLES}{analysis}\n.end\n", tmp_path)
    for node in "bcde":
        mine, other = np.ravel(ours[f"v({node})"]), np.ravel(theirs[f"v({node})"])
        np.testing.assert_allclose(mine, other, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("= (10,0,0) (1k,-20,-90)", -0.1j),
        ("= mag (10,1,0) (1k,0.1,-90)", -0.1j),
        ("db rad 10 0 0 1k -20 -0.5", 0.1 * np.exp(-0.5j)),
        ("= r_i (10,1,0), (1k,0.3,-0.4)", 0.3 - 0.4j),
    ],
)
@pytest.mark.parametrize("card", ["e1 b 0", "g1 0 b"])
def test_tables_of_pspice(card, words, expected):
    """ngspice reads fewer ways of writing them, and without brackets loses the last digit."""
    deck = f"t\nv1 a 0 dc 1 ac 1\n{card} freq {{v(a)}} {words}\nrb b 0 1\n"
    found = Circuit.from_text(deck).ac(1e3, 1e3, 1)
    assert found["v(b)"][0] == pytest.approx(expected)


def test_files_that_are_not_there():
    with pytest.raises(NetlistError, match=r"cannot read 'A\.s2p'"):
        Circuit.from_text('t\nv1 a 0 1\na1 a b m\nrb b 0 1\n.model m xfer(file="A.s2p")\n').op()
