"""How published modules are written: each of `habits.txt` gives a number by hand; others are refused with a hint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from verilog_a_modules import HEAD, close, current, load, problems, two_terminal

from circuitnn import Circuit
from circuitnn.errors import DeckWarning

pytestmark = pytest.mark.filterwarnings("ignore::circuitnn.errors.DeckWarning")

_CASE = re.compile(
    r"### (?P<name>.*?) = (?P<number>\S+)(?: with (?P<card>\S+))?\n(?P<text>(?s:.*?))(?=\n### |\Z)"
)
CASES = {m["name"]: m for m in _CASE.finditer(Path(__file__).with_name("habits.txt").read_text())}


@pytest.mark.thinned(3)
@pytest.mark.parametrize("name", CASES)
def test_habits(name: str, tmp_path: Path) -> None:
    """The module, or declarations and statements of one, carries so many amperes at 0.25 V."""
    case = CASES[name]
    declarations, separator, statements = case["text"].partition("\n---\n")
    text = two_terminal(statements, declarations) if separator else case["text"]
    assert close(current(text, tmp_path, 0.25, case["card"] or ""), float(case["number"]))


def test_every_case_is_found() -> None:
    """No heading of the table is lost."""
    text = Path(__file__).with_name("habits.txt").read_text()
    assert len(CASES) == text.count("### ") > 150


@pytest.mark.parametrize(
    ("declarations", "statements", "said"),
    [
        ("real x = inf;", "x = 1;", "6:10: 'inf' stands in ranges only; write 1e300 for a number"),
        ("integer i;", "for (i=0; i<3; i++) ;", "8:17: '++' is no operator of Verilog-A; write i = i + 1"),
        ("real x;", "x += 2;", "8:3: '+=' is no operator of Verilog-A; write x = x + …"),
        ("real a[0:1][0:2];", "", "6:12: arrays of several dimensions are not supported; write one"),
        ("", "for (genvar i=0; i<2; i=i+1) ;", "8:6: declare the variable of the loop before it: genvar i;"),
        ("real x;", "forever x = 1;", "8:1: a loop without an end cannot stand in an analog block"),
        ("real x;", "@(posedge p) x = 1;", "8:3: 'posedge' is an event of digital signals; write @(cross("),
        ("", "begin : b disable b; end", "8:11: 'disable' is not supported; let a variable"),
        ("", "$strobe(“x”);", "8:9: the character '“' has no meaning in Verilog-A; write plain quotes, \""),
        (
            "real x;",
            "x = 3 − 2;",
            "8:7: the character '−' has no meaning in Verilog-A; write a plain minus, -",
        ),
        (
            "",
            "I(p,n) <+ '1;",
            '8:11: the character "\'" has no meaning in Verilog-A; write a number with a base',
        ),
        ("", "I(p,n) = 1;", "8:8: a contribution is written '<+'"),
        ("", "I(p,n) < + 1;", "8:8: a contribution is written '<+'"),
        ("", "if (0) ; elseif (1) ;", "8:10: write 'else if'"),
        (
            "electrcal q;",
            "",
            "6:11: there is no discipline 'electrcal' (did you mean electrical or thermal?)",
        ),
        ("real output;", "", "6:6: the name of a variable after 'real' is missing, 'output' was found"),
        ("", "`ifdef X `else", "8:1: this condition has no `endif"),
        ("", "`define F `else\n`F", "9:1: `else in `F without `ifdef"),
        ("", "`define F `ifdef X\n`F", "9:1: a condition in `F has no `endif"),
    ],
)
def test_hints(declarations: str, statements: str, said: str) -> None:
    """What is refused says where, and what to write instead."""
    found = problems(two_terminal(statements, declarations))
    assert any(sentence.startswith(said) for sentence in found), found


@pytest.mark.parametrize(
    "header", ["real r = 2, parameter integer k = 1", "r = 2", "localparam real r = 1", ";", "end"]
)
def test_parameters_in_the_head_of_a_module(header: str) -> None:
    """What begins otherwise was looked at for ever."""
    found = problems(f"{HEAD}module dut #({header}) (inout electrical p); analog I(p) <+ 0; endmodule")
    assert any("each parameter in the head of a module begins with 'parameter'" in said for said in found), (
        found
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "module dut(p, n); inout p, n; ground electrical p; endmodule",
            "'p' is a port and cannot be ground",
        ),
        (
            "module dut(p, n); inout p, n; electrical p, n; ground n; endmodule",
            "'n' is a port and cannot be ground",
        ),
        ("module dut(inout electrical p, inout // n); endmodule", "the name of a port is missing"),
        ("module dut(p, n", "',' is missing"),
        ("module dut(p); inout", "the name of a node is missing"),
        ("module dut(p); ground", "the name of a node is missing"),
        (
            "module dut(p); inout p; electrical p; parameter real a = 1 from x[0:2]; endmodule",
            "'x[…:…]' are several elements",
        ),
    ],
)
def test_heads_that_end_in_the_middle_and_ports_at_ground(text: str, said: str) -> None:
    found = problems(HEAD + text)
    assert any(said in sentence for sentence in found), found


def test_a_module_takes_the_place_of_a_model_of_the_package(tmp_path: Path) -> None:
    """In the deck that loads it, with a warning; another deck has the model of the package."""
    path = tmp_path / "own.va"
    path.write_text(two_terminal("I(p,n) <+ V(p,n) / r;", "parameter real r = 2;", "vteam"))
    deck = "t\n{}v1 a 0 1\nn1 a 0 m\n.model m vteam {}\n.op\n.end\n"
    with pytest.warns(DeckWarning, match="'vteam' is the module of .*, not the model of the package"):
        (op,) = Circuit(deck.format(f'.hdl "{path}"\n', "r=4")).run()
    assert close(-float(op["i(v1)"]), 0.25)
    (op,) = Circuit(deck.format("", "ron=100 roff=100")).run()
    assert close(-float(op["i(v1)"]), 0.01, 1e-6)


@pytest.mark.parametrize("ending", ["\r\n", "\r\n\t"])
def test_line_ends_of_other_systems(ending: str, tmp_path: Path) -> None:
    """And a byte order mark, a hard space, letters that are not ASCII."""
    text = "\ufeff" + two_terminal("I(p,n) <+\u00a0V(p,n); // 1 µm").replace("\n", ending)
    assert close(current(text, tmp_path, 0.25), 0.25)


def test_flow_of_a_port_in_equations(tmp_path: Path) -> None:
    """Also the charging current, and in ac: a sensor of the current through a capacitor of 1 pF."""
    text = f"""{HEAD}module dut(p, n, s); inout p, n, s; electrical p, n, s; branch (<p>) port;
  analog begin I(p, n) <+ ddt(1p * V(p, n)) + 1m * V(p, n); V(s) <+ 2 * I(port); end endmodule"""
    load(text, tmp_path)
    deck = "t\nv1 a 0 1 ac 1\nn1 a 0 s m\nr1 s 0 1k\n.model m dut\n.op\n.ac lin 1 1g 1g\n.end\n"
    op, ac = Circuit(deck).run()
    assert close(float(op["v(s)"]), 2e-3)
    assert abs(ac["v(s)"][0] / (2 * (1e-3 + 2j * 3.141592653589793e-3)) - 1) < 1e-9
