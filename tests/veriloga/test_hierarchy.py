"""Modules within modules, generated items, arrays of nodes and branches, paramsets: against networks by hand."""

from __future__ import annotations

import math
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, close, current, load, problems, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

PARTS = f"""{HEAD}module part(p, n);
  inout p, n; electrical p, n;
  parameter real r = 1 from (0:inf); parameter integer k = 2; aliasparam res = r;
  (* desc = "current" *) real i;
  analog begin : main
    real y;
    y = V(p, n) / r;
    i = y * ($param_given(k) ? k : 1);
    I(p, n) <+ i;
  end
endmodule
module pair(p, n, c);
  inout p, n, c; electrical p, n, c;
  parameter real r = 4;
  part #(.r(r)) up (p, c);
  part #(2 * r) down (c, n);
endmodule
"""


def module(items: str, ports: str = "p, n", declarations: str = "") -> str:
    """A module `dut` whose parts are in `PARTS`."""
    return f"{PARTS}module dut({ports});\n  inout {ports}; electrical {ports};\n{declarations}\n{items}\nendmodule\n"


def parallel(*values: float) -> float:
    """Resistance of several in parallel."""
    return 1 / sum(1 / value for value in values)


CASES: dict[str, tuple[str, float]] = {
    "order and names": ("part #(5) a (p, n); part #(.k(3), .r(6)) b (.n(n), .p(p));", parallel(5, 2)),
    "an alias": ("part #(.res(5)) a (p, n);", 5),
    "defaults": ("part a (p, n);", 1),
    "two levels and a node of a child": ("pair #(.r(3)) a (p, n, m);", 9),
    "an open port": ("pair #(.r(3)) a (p, n, );", 9),
    "a value by defparam": ("pair a (p, n, m); defparam a.up.r = 7, a.r = 1;", 7 + 2),
    "several in one statement": ("part #(4) a (p, n), b (p, n);", 2),
    "a chain": (
        "electrical [0:3] m; genvar i; generate for (i = 0; i < 3; i = i + 1) begin : s\n"
        "part #(i + 1) a (m[i], m[i + 1]); end endgenerate\n"
        "analog begin V(p, m[0]) <+ 0; V(m[3], n) <+ 0; end",
        6,
    ),
    "an array of instances": (
        "electrical [1:2] m; part #(6) a [1:2] (m[1:2], n); analog begin V(p, m[1]) <+ 0; V(m[2], p) <+ 0; end",
        3,
    ),
    "a list of nodes": ("electrical m; part #(6) a [0:1] ({p, m}, {m, n});", 12),
    "a condition": (
        "localparam integer which = 2; if (which > 1) part #(5) a (p, n); else part #(6) a (p, n);",
        5,
    ),
    "a case": (
        "case (2 + 1) 1: part #(5) a (p, n); 2, 3: begin : c part #(7) a (p, n); end default: ; endcase",
        7,
    ),
    "loops within loops": (
        "genvar i, j; for (i = 0; i < 2; i = i + 1) for (j = 0; j <= i; j = j + 1) part #(12) a (p, n);",
        4,
    ),
    "a local parameter of a block": (
        "genvar i; for (i = 1; i < 3; i = i + 1) begin : b localparam real r = 3 * i; part #(r) a (p, n); end",
        parallel(3, 6),
    ),
    "a contribution in a loop": (
        "electrical [0:3] m; genvar i; analog begin V(p, m[0]) <+ 0; V(m[3], n) <+ 0;\n"
        "for (i = 0; i < 3; i = i + 1) I(m[i], m[i + 1]) <+ V(m[i], m[i + 1]) / (i + 2); end",
        9,
    ),
    "an array of branches": (
        "electrical [1:0] m; branch (m, n) b [1:0]; branch (p, m[0]) x; branch (p, m[1]) y; integer k;\n"
        "analog begin for (k = 0; k < 2; k = k + 1) V(b[k]) <+ (k + 1) * I(b[k]); V(x) <+ 0; V(y) <+ 0; end",
        parallel(1, 2),
    ),
    "primitives": ("resistor #(.r(4)) a (p, m); vcvs #(.gain(0.5)) b (m, n, p, n);", 8),
}


@pytest.mark.parametrize("case", CASES)
def test_networks(case: str, tmp_path: Path) -> None:
    """Resistance of networks that modules consist of."""
    items, resistance = CASES[case]
    assert close(
        current(module(items, declarations="electrical m;" if " m)" in items else ""), tmp_path),
        1 / resistance,
    )


def test_names_of_the_children(tmp_path: Path) -> None:
    """A node within an instance is read by its path, and a value of an instance is shown."""
    text = module("pair #(.r(3)) a (p, n, ); analog I(p, n) <+ V(a.c, n) / 2;")
    load(text, tmp_path)
    deck = "t\nv1 p 0 9\nn1 p 0 m\n.model m dut\n.save all @n1[a.down.i]\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    assert math.isclose(-float(op["i(v1)"]), 1 + 6 / 2, rel_tol=1e-9)
    assert math.isclose(float(op["@n1[a.down.i]"]), 1.0, rel_tol=1e-9)


def test_size_by_a_parameter_of_the_card(tmp_path: Path) -> None:
    """Cards with other numbers of sections make other networks, side by side."""
    items = """  parameter integer n = 3 from [1:50]; parameter real r = 2; genvar i;
  electrical [0:n] m;
  for (i = 0; i < n; i = i + 1) begin : s
    part #(r) a (m[i], m[i + 1]);
    if (i % 2 == 1) part #(8 * r) b (m[i], n0);
  end
  analog begin V(p, m[0]) <+ 0; V(m[n], n0) <+ 0; end"""
    load(module(items, "p, n0"), tmp_path)

    def network(n: int, r: float) -> float:
        total = 0.0
        for i in reversed(range(n)):
            total = total + r
            total = parallel(total, 8 * r) if i % 2 == 1 else total
        return total

    sizes = [(3, 2.0), (1, 5.0), (8, 2.0), (8, 3.0)]
    deck = "t\n" + "".join(
        f"v{k} a{k} 0 1\nn{k} a{k} 0 m{k}\n.model m{k} dut n={n} r={r}\n" for k, (n, r) in enumerate(sizes)
    )
    (op,) = Circuit(deck + ".options reltol=1e-9\n.op\n.end\n").run()
    for k, (n, r) in enumerate(sizes):
        assert math.isclose(-1 / float(op[f"i(v{k})"]), network(n, r), rel_tol=1e-9), (n, r)


def test_ports_that_are_arrays(tmp_path: Path) -> None:
    """A port of four nodes takes four nodes of the deck, in the order of its bounds."""
    text = f"""{HEAD}module weigh(in, out);
  inout [3:0] in; inout out; electrical [3:0] in; electrical out; genvar i;
  analog for (i = 0; i < 4; i = i + 1) I(out) <+ -(1 << i) * V(in[i]);
endmodule
"""
    load(text, tmp_path)
    deck = "t\nv3 a 0 1\nv2 b 0 0\nv1 c 0 0\nv0 d 0 1\nn1 a b c d e m\nr1 e 0 1\n.model m weigh\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    assert math.isclose(float(op["v(e)"]), 9.0, rel_tol=1e-9)


def test_paramset(tmp_path: Path) -> None:
    """A paramset is a model of its own, whose parameters give those of the module."""
    text = two_terminal("", "", "unused") + PARTS.removeprefix(HEAD)
    text += "paramset sheet part;\n  parameter real l = 2 from (0:inf), w = 1;\n"
    text += "  .r = 5 * l / w; .k = 3;\nendparamset\n"
    load(text, tmp_path)
    deck = "t\nv1 p 0 1\nn1 p 0 m\nn2 p 0 m l=1\n.model m sheet w=2\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    assert math.isclose(-float(op["i(v1)"]), 3 / 5 + 3 / 2.5, rel_tol=1e-9)
    with pytest.raises(CircuitnnError, match="lies outside"):
        Circuit(deck.replace("l=1", "l=0")).run()


def test_variables_of_a_paramset(tmp_path: Path) -> None:
    """They stand for what was assigned last, also to each other."""
    text = two_terminal("", "", "unused") + PARTS.removeprefix(HEAD)
    text += "paramset sheet part; parameter real l = 2; real area, side; side = l + 1; area = side * 5;\n"
    text += "side = area / 2; .r = area + side; .k = 3; endparamset\n"
    load(text, tmp_path)
    (op,) = Circuit("t\nv1 p 0 1\nn1 p 0 m\nn2 p 0 m l=3\n.model m sheet\n.op\n.end\n").run()
    assert math.isclose(-float(op["i(v1)"]), 3 / (15 + 7.5) + 3 / (20 + 10), rel_tol=1e-9)
    assert (
        "conditions and loops are not supported"
        in problems(f"{text}paramset q part; real a; if (1) a = 2; endparamset\n")[0]
    )
    found = problems(f"{text}paramset sheet part; endparamset\n")
    assert "several paramsets of one name are not supported" in found[0]


def test_state_of_each_instance(tmp_path: Path) -> None:
    """Integrals, charges, noise and kept variables of two instances are their own."""
    text = f"""{HEAD}module cell(p, n);
  inout p, n; electrical p, n, m;
  parameter real g = 1, w0 = 0.1;
  real w, peak;
  analog begin
    w = idt(g * V(p, n), w0);
    if (V(p, n) > peak) peak = V(p, n);
    I(p, m) <+ w * V(p, m) + ddt(1e-9 * V(p, m)) + 0 * peak;
    V(m, n) <+ 0;
  end
endmodule
module dut(p, n);
  inout p, n; electrical p, n;
  cell #(.g(1)) a (p, n);
  cell #(.g(2), .w0(0.3)) b (p, n);
endmodule
"""
    load(text, tmp_path)
    deck = "t\nv1 p 0 sin(0 1 1)\nn1 p 0 m\n.model m dut\n.options reltol=1e-7\n.tran 2m 0.7 uic\n.end\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (tran,) = Circuit(deck).run()
    t = tran["time"]
    w = 0.4 + 3 * (1 - np.cos(2 * np.pi * t)) / (2 * np.pi)
    expected = w * np.sin(2 * np.pi * t) + 2e-9 * 2 * np.pi * np.cos(2 * np.pi * t)
    assert np.allclose(-tran["i(v1)"][1:], expected[1:], atol=2e-6)


def test_sources_of_the_language(tmp_path: Path) -> None:
    """A damped sine and an exponential against those of a deck."""
    items = "electrical m; vsine #(.offset(0.5), .ampl(2), .freq(1k), .damp(300)) a (p, m);"
    items += " vexp #(.val1(3), .td0(1m), .tau0(0.5m), .td1(3m), .tau1(1m)) b (m, n);"
    load(module(items), tmp_path)
    deck = "t\nn1 p 0 m\nr1 p 0 1\nv2 q 0 sin(0.5 2 1k 0 300)\nv3 s q exp(0 3 1m 0.5m 3m 1m)\nr2 s 0 1\n"
    (tran,) = Circuit(deck + ".model m dut\n.tran 10u 5m\n.end\n").run()
    assert np.allclose(tran["v(p)"], tran["v(s)"], atol=1e-9)


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ("nothing a (p, n);", "there is no module 'nothing'"),
        ("parts a (p, n);", "there is no module 'parts' .did you mean part"),
        ("part a (p, n, p);", "'part' has 2 ports, 3 are connected"),
        ("part a (.p(p), .q(n));", "'part' has no port 'q'"),
        ("part a (.p(p), .p(n));", "connected twice"),
        ("part #(.rr(1)) a (p, n);", "'part' has no parameter 'rr'"),
        ("part #(1, 2, 3) a (p, n);", "'part' has 2 parameters"),
        ("electrical [0:2] m; part a (m, n);", "has 1 nodes, 3 are connected"),
        ("electrical [0:2] m; part a (m[3], n);", "'m' has elements 0 to 2, and no 3"),
        ("part a (p, 3);", "a node is needed here"),
        ("dut a (p, n);", "more than 32 deep"),
        ("genvar i; for (i = 0; i < 1; i = i) part a (p, n);", "runs more than|at most"),
        ("part a (p, n); defparam a.s = 1;", "'part' has no parameter 's'"),
        ("electrical [0:1e400] m;", "inf is no integer that can be used here"),
        ("vpulse a (p, n);", "there is no module 'vpulse'"),
    ],
)
def test_faults(items: str, sentence: str) -> None:
    """Faults name what is wrong, with its place."""
    found = problems(module(items))
    assert any(re.search(sentence, line) for line in found), found
    assert all(line.split(":")[0].isdigit() for line in found)


def test_an_array_is_no_node(tmp_path: Path) -> None:
    """An access function takes elements only; the fault comes with the equations."""
    with pytest.raises(CircuitnnError, match="'m' is an array of nodes; one of them is needed"):
        current(module("electrical [0:2] m; analog I(m) <+ 1;"), tmp_path)
