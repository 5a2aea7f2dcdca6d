"""Faults of syntax and of names: sentence, line and column, several in one run."""

from __future__ import annotations

import pytest
from verilog_a_modules import HEAD, problems, two_terminal

from circuitnn.veriloga.library import read_text


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("x = 1", "9:3: ';' is missing after the statement, 'end' was found"),
        ("x = (1 + 2;", "8:11: ')' is missing after the expression, ';' was found"),
        ("x = 1 +;", "8:8: a value is missing, ';' was found"),
        ("if x > 1 x = 2;", "8:4: '(' is missing after 'if', 'x' was found"),
        ("x == 1;", "8:3: '=' is missing after the variable, '==' was found"),
        ("y = 1;", "8:1: the variable 'y' is not declared"),
        ("x = zz;", "8:5: the name 'zz' is not declared"),
        ("r = 1;", "8:1: 'r' is a parameter and cannot be assigned"),
        ("case (1) 1: x = 1;", "8:1: this 'case' has no 'endcase'"),
        ("@(* x) x = 1;", "8:1: '@*' belongs to digital Verilog and is not supported"),
    ],
)
def test_faults_of_statements(body: str, fault: str) -> None:
    """One fault each."""
    found = problems(two_terminal(body, "  real x; parameter real r = 1;"))
    assert found[0] == fault


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("parameter real a;", "6:17: '=' is missing after 'a': a parameter needs a default, ';' was found"),
        ("real x; real x;", "6:14: 'x' is declared twice"),
        ("electrical p;", ""),
        ("branch (p, q) b;", "6:12: there is no node 'q'"),
        ("inout z;", "6:7: 'z' is no port of the module"),
        ("resistor r1 (p, n);", ""),
        ("resistr r1 (p, n);", "6:9: there is no module 'resistr'"),
        ("generate endgenerate", ""),
        ("generate real x;", "6:1: this 'generate' has no 'endgenerate'"),
        ("paramter real a = 1;", "6:1: 'paramter' cannot stand here"),
        ("aliasparam b = a;", "6:12: 'a' is no parameter that is declared before"),
        ("electrical [0:3] bus;", ""),
        ("electrical [0:1/0] bus;", "6:1"),
    ],
)
def test_faults_of_declarations(item: str, fault: str) -> None:
    """One fault each; what is right is no fault."""
    found = problems(two_terminal("I(p, n) <+ 1;", item))
    assert found[0].startswith(fault) if fault else not found


def test_operators_over_bits_need_a_value() -> None:
    for operator in ("&", "~|", "^"):
        assert "a value is missing" in problems(two_terminal(f"k = {operator} ;", "  integer k;"))[0]


def test_faults_of_one_block() -> None:
    """SystemVerilog's casts are none of Verilog-A; what stands behind one is no fault, but another one is."""
    body = "k = integer(V(p, n));\nfor (k = 0; k < 2; k = k + 1) begin\n"
    body += "if (k) I(p) <+ real(3); else k = 1;\nend\nI(p) <+ k;"
    found = problems(two_terminal(body, "  integer k;"))
    assert [line.partition(" is no function")[0] for line in found] == ["8:5: 'integer'", "10:16: 'real'"]


def test_several_faults() -> None:
    """Faults of different items and modules are reported together."""
    text = (
        f"{HEAD}module a(p);\n inout p; electrical p;\n real x\n parameter real y = ;\n analog I(p) <+ zz;\nendmodule\n"
        "module b(q);\n inout q; electrical q;\n analog I(q) <+ 1\nendmodule\n"
    )
    lines = [int(found.partition(":")[0]) for found in problems(text)]
    assert lines == sorted(lines)
    assert lines == [6, 7, 12]


def test_no_end() -> None:
    """What is not closed is said where it begins."""
    assert problems(f"{HEAD}module a(p);\n inout p;\n") == ["3:1: module 'a' has no endmodule"]
    text = f"{HEAD}module a(p);\n inout p; electrical p;\n analog begin I(p) <+ 1;\nendmodule\n"
    assert problems(text)[0] == "5:9: this 'begin' has no 'end'"


@pytest.mark.parametrize("bracket", ["(", "-", "!(", "{", "f("])
def test_deep_nesting(bracket: str) -> None:
    """Nesting without end is a fault, and no traceback."""
    found = problems(two_terminal(f"x = {bracket * 5000}1;", "real x;"))
    assert "within each other" in found[0]


def test_long_sums() -> None:
    """Sums of thousands of terms are no nesting."""
    assert not problems(two_terminal("I(p, n) <+ " + " + ".join(["1.0"] * 3000) + ";"))


def test_forms_of_ports_and_parameters() -> None:
    """Both headers, ranges with commas, exclude, attributes, units on parameters."""
    text = (
        f'{HEAD}(* desc = "two" *) module a(inout electrical p, input electrical n);\n'
        '  (* units = "Ohm", desc = "resistance" *) parameter real r = 1k from (0:inf) exclude 5 exclude (7:8];\n'
        "  parameter real s = 1 from [0, 2];\n  parameter integer t = 1 from [-inf:3);\n"
        "  aliasparam rr = r;\n  analog I(p, n) <+ V(p, n)/r;\nendmodule\n"
    )
    (design,) = read_text(text, "a.va")
    r, s, t = design.parameters
    assert (r.name, r.default, r.unit, r.meaning, r.aliases) == ("r", 1e3, "Ohm", "resistance", ("rr",))
    assert r.range == "(0:inf] exclude 5 exclude 7:8" or r.range.startswith("(0:inf")
    import numpy as np

    assert r.refuses(np.array([0.0, 1e-9, 5.0, 7.0, 7.5, 8.0, 9.0])).tolist() == [
        *(True, False, True, False, True, True, False)
    ]
    assert s.refuses(np.array([-0.1, 0.0, 2.0, 2.1])).tolist() == [True, False, False, True]
    assert t.refuses(np.array([-1e9, 2.0, 3.0])).tolist() == [False, False, True]
