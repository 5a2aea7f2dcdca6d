"""Nodes of a deck whose names hold ``#`` are in its results, as in ngspice's, whatever its elements are called."""

from __future__ import annotations

import pytest

from circuitnn import Circuit
from circuitnn.results import rawfile

# Names that begin like those of elements r1 and x, as nodes inside these might be called.
DECK = """hash
v1 in 0 dc 1
r1 in r1#x 1k
r2 r1#x 0 1k
r3 in x#y 1k
r4 x#y 0 3k
x1 in o#p sub
r5 o#p 0 1k
x#y in q#1 sub
b1 b#1 0 v=2*v(r1#x)
r9 q#1 0 1k
.subckt sub a b
r1 a m#1 1k
r#7 m#1 b 1k
.ends
"""
EXPECTED = {
    "v(in)": 1.0,
    "v(r1#x)": 0.5,
    "v(x#y)": 0.75,
    "v(x1.m#1)": 2.0 / 3.0,
    "v(o#p)": 1.0 / 3.0,
    "v(x#y.m#1)": 2.0 / 3.0,
    "v(q#1)": 1.0 / 3.0,
}
INSIDE = """a1 %v(in) %v(lag) slow
.model slow s_xfer(num_coeff=[1] den_coeff=[1e-6 1])
c1 in s 1n rser=10
r8 s 0 1
"""


@pytest.mark.parametrize("more", ["", INSIDE])
@pytest.mark.parametrize("card", [".op", ".tran 1n 10n"])
def test_nodes_with_a_hash_are_in_rawfiles(more, card, tmp_path):
    text = DECK.replace("b1 b#1 0 v=2*v(r1#x)\n", "") + more + f"{card}\n.end\n"
    Circuit.from_text(text).run()[0].save(tmp_path / "out.raw")
    result = rawfile.read(tmp_path / "out.raw")[0]
    others = {"v(lag)", "v(s)"} if more else set()
    assert {name for name in result.names if name[0] == "v"} == {*EXPECTED, *others}
    for name, value in EXPECTED.items():
        assert result.array(name)[-1] == pytest.approx(value, rel=1e-6)
