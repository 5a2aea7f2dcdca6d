"""Initial values of nodes: they choose among operating points, as ``.nodeset`` does."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, load, problems, two_terminal

from circuitnn import Circuit
from circuitnn.crossbar import Crossbar, Device
from circuitnn.errors import DeckWarning

# Fed by 0 A, dV/dt = V - V^3 rests at -1, 0 and 1; 0 is unstable.
BISTABLE = """module latch(p);
  inout p; electrical p;
  parameter real s = 1, start = 0.8 * s;
  {declaration}
  analog begin
    I(m) <+ V(m)*V(m)*V(m) - V(m) + ddt(1n * V(m));
    I(p) <+ V(p) - V(m);
  end
endmodule
"""


def rest(declaration: str, folder: Path, card: str = "", more: str = "") -> float:
    """Operating point of the bistable module."""
    load(HEAD + BISTABLE.format(declaration=declaration), folder)
    (op,) = Circuit(f"t\nn1 a m\nr1 a 0 1meg\n.model m latch {card}\n{more}\n.op\n.end\n").run()
    return float(op["v(a)"]) * (1 + 1e-6)


@pytest.mark.parametrize(
    ("declaration", "card", "expected"),
    [
        ("electrical m = 0.8;", "", 1),
        ("electrical m = -0.8;", "", -1),
        ("electrical k = 3, m = -0.8 * exp(0); analog I(k) <+ V(k);", "", -1),
        ("electrical m; electrical m = -start;", "", -1),
        ("electrical m = start;", "s=-1", -1),
        ("electrical m = start;", "s=-1 start=0.9", 1),
        ("electrical m = $temperature - 301.15;", "", -1),
        ("electrical m = s > 0 ? -2 : 2;", "", -1),
        ("electrical m = s > 0 ? -2 : 2;", "s=-3", 1),
        ("electrical m, k = -0.9; analog V(m, k) <+ 0;", "", -1),
    ],
)
def test_initial_value_decides(declaration: str, card: str, expected: float, tmp_path: Path) -> None:
    """The node rests on the side of its initial value, which may be any expression of parameters."""
    assert math.isclose(rest(declaration, tmp_path, card), expected, rel_tol=1e-3)


@pytest.mark.parametrize(("start", "given"), [(-0.8, 0.9), (0.8, -0.9)])
def test_ports_and_decks(start: float, given: float, tmp_path: Path) -> None:
    """A port may have one, too; ``.nodeset`` of the deck comes before it. So do .tran and sweeps begin."""
    text = f"{HEAD}module latch(p); inout electrical p = {start};\nanalog begin I(p) <+ pow(V(p), 3) - V(p);"
    load(text + "\nI(p) <+ ddt(1n * V(p)); end endmodule\n", tmp_path)
    deck = "t\nn1 a m\nr1 a 0 1meg\nv1 b 0 0\nr2 b a 1meg\n.model m latch\n"
    cards = ".op\n.tran 1n 10n\n.dc v1 0 1 1\n"
    own = Circuit(f"{deck}{cards}.end\n").run()
    other = Circuit(f"{deck}{cards}.nodeset v(a)={given}\n.end\n").run()
    for results, sign in ((own, math.copysign(1, start)), (other, math.copysign(1, given))):
        assert all(np.allclose(result["v(a)"], sign, rtol=1e-3) for result in results)


def test_arrays_and_instances(tmp_path: Path) -> None:
    """Elements have their own values. Of an instance's port and the node it is at, the node counts."""
    text = f"""{HEAD}module cell(p);
  inout p; electrical p = sign;
  parameter real sign = 1;
  analog I(p) <+ pow(V(p), 3) - V(p) + ddt(1n * V(p));
endmodule
module four(a, b, c, d);
  inout a, b, c, d; electrical a, b, c, d; electrical [0:2] n = '{{-0.8, 0.8, -0.8}}; electrical k;
  cell c0(n[0]), c1(n[1]), c2(n[2]);
  cell #(.sign(-1)) c3(k);
  analog begin
    I(a) <+ V(a) - V(n[0]); I(b) <+ V(b) - V(n[1]); I(c) <+ V(c) - V(n[2]); I(d) <+ V(d) - V(k);
  end
endmodule
"""
    load(text, tmp_path)
    (op,) = Circuit("t\nn1 a b c d m\nra a 0 1g\n.model m four\n.op\n.end\n").run()
    assert np.allclose([op[f"v({n})"] for n in "abcd"], [-1, 1, -1, -1], rtol=1e-3)


@pytest.mark.parametrize(
    ("declaration", "why"),
    [
        ("ground g; electrical g = 1; electrical m = 0.8;", "the node is ground"),
        ("electrical m = 0.8, k = 1; analog V(m, k) <+ 0;", "the node is one with another, which has one"),
        (
            "electrical m = 0.8, k = 1; analog V(k) <+ idt(V(m), 2);",
            "the node is an integral, which has one of its own",
        ),
    ],
)
def test_no_effect(declaration: str, why: str, tmp_path: Path) -> None:
    """A warning says which initial value has no effect."""
    with pytest.warns(DeckWarning, match=f"the initial value of '[gkm]' has no effect: {why}"):
        assert math.isclose(rest(declaration, tmp_path), 1, rel_tol=1e-3)


def test_value_that_cannot_be_held(tmp_path: Path) -> None:
    """A potential that the module gives cannot be held elsewhere: it is a guess only."""
    declaration = "electrical m = 0.8, k = 1; analog begin V(k) <+ 2; I(m) <+ 0 * V(k); end"
    assert math.isclose(rest(declaration, tmp_path), 1, rel_tol=1e-3)


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ("electrical m = x;", "the name 'x' is not declared"),
        ("electrical m = '{1, 2};", "a list can only initialise an array"),
        ("electrical [0:1] w = '{1}; electrical m;", "'w' needs a list '{…} of 2 initial values"),
        ("electrical [0:1] w = 1; electrical m;", "'w' needs a list '{…} of 2 initial values"),
        ("electrical m = V(p);", "an initial value of a node consists of numbers and parameters"),
        ("real x = 1; electrical m = x;", "an initial value of a node consists of numbers and parameters"),
    ],
)
def test_faults(declaration: str, message: str) -> None:
    """What is no constant is refused, with its place."""
    assert any(message in problem for problem in problems(HEAD + BISTABLE.format(declaration=declaration)))


def test_cells_of_arrays(tmp_path: Path) -> None:
    """Cells are in the state that their initial values choose: products are those of the conductances they have."""
    body = "I(m) <+ pow(V(m), 3) - V(m); I(p, n) <+ 1m * (2 + V(m)) * V(p, n);"
    load(two_terminal(body, "parameter real start = 1; electrical m = start;"), tmp_path)
    side = np.array([[1, -1, 1], [-1, 1, -1]])
    lines = dict.fromkeys(
        ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 2.0
    )
    found = Crossbar(2, 3, Device("dut", start=0.8 * side), **lines).mvm([0.5, 0.25])
    assert np.allclose(found, Crossbar(2, 3, 1e-3 * (2 + side), **lines).mvm([0.5, 0.25]), rtol=1e-5)
