"""Meaning of expressions and statements, against numbers by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import close, current, load, two_terminal, value

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError

CARRIED = "V(p, n)"  # 0.25: what is no constant


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("7 / 2", 3.0),
        ("-7 / 2", -3.0),
        ("7 / 2.0", 3.5),
        ("-7 % 4", -3.0),
        ("7.5 % 2", 1.5),
        ("2 ** 3 ** 2", 64.0),
        ("-2 ** 2", 4.0),
        ("pow(-2, 3)", -8.0),
        ("1 + 2 * 3 - 4 / 2", 5.0),
        ("(3 > 2) + (2 >= 2) + (1 != 1)", 2.0),
        ("5 & 3 | 8", 9.0),
        ("5 ^ 1", 4.0),
        ("1 << 4", 16.0),
        ("~5", -6.0),
        ("!0 && 2 || 0", 1.0),
        ("1 ? 2 : 0 ? 3 : 4", 2.0),
        ("V(p, n) > 0.2 ? 2 : 3", 2.0),
        ("V(n, p) * 4", -1.0),
        ("ln(exp(2.0)) + log(1000.0)", 5.0),
        ("min(3, 2) + max(1.5, 1) + abs(-1)", 4.5),
        ("hypot(3, 4) + atan2(0, 1) + floor(-1.5) + ceil(1.2)", 5.0),
        ("sinh(V(p,n)) + limexp(V(p,n))", math.sinh(0.25) + math.exp(0.25)),
        ("pow(V(p,n), 0.5) + pow(V(p,n), 2) + pow(V(p,n), 1.5)", 0.5 + 0.0625 + 0.125),
        ("pow(-V(p,n), 3) + V(n,p) ** 2", -(0.25**3) + 0.0625),
        ("pow(1e-20, 2) / (1e-20 * 1e-20)", 1.0),
        # quotients are plain ones, far below where those of behavioural sources end, and so are their slopes
        ("1e-35 / (V(p,n) * 4e-35) + V(p,n) * 1e-200 / 1e-200", 1.25),
        ("exp(-1000*V(p,n)) / (exp(-1000*V(p,n)) + exp(-1000*V(p,n) - 1))", 1 / (1 + math.exp(-1))),
        ("ddx(1e-35 / (V(p,n) * 1e-35), V(p))", -16.0),
        ("ddx(ln(exp(-400*V(p,n))), V(p)) + ddx(log(exp(-400*V(p,n))), V(p)) * ln(10.0)", -800.0),
        ("ddx(sqrt(V(p,n) * 1e-70), V(p)) * 1e35", 1.0),
        ("V(p,n) / (V(p,n) - 0.25) / 1e32", 0.25),
        ('$simparam("nothing", 3.5)', 3.5),
        ("$vt * 1000", 1.3806488e-23 / 1.602176565e-19 * 300.15e3),
        ("$temperature", 300.15),
        ("`M_PI * 1p * 1T", math.pi),
        ("ddx(V(p) * V(p) + V(n), V(p))", 0.5),
        ("ddx(V(p) * ddx(V(p) * V(p) * V(p), V(p)), V(p))", 9 * 0.25**2),
        ("ddx($temperature * 2, V(p))", 0.0),
    ],
)
def test_expressions(expression: str, expected: float, tmp_path: Path) -> None:
    """Operators, functions, integer rules."""
    assert close(value(expression, tmp_path), expected)


@pytest.mark.parametrize(
    ("declarations", "statements", "expression", "expected"),
    [
        ("integer i;", "i = 2.5;", "i", 3.0),
        ("integer i;", "i = -2.5;", "i", -3.0),
        ("integer i;", "i = V(p,n) * 10;", "i", 3.0),
        ("real s; integer i;", "s = 0; for (i = 1; i <= 4; i = i + 1) s = s + i * V(p,n);", "s", 2.5),
        ("integer i;", "i = 0; while (i < 7) i = i + 2;", "i", 8.0),
        ("real s;", "s = 1; repeat (5) s = s * 2;", "s", 32.0),
        ("real x;", "case (2) 1: x = 1; 2, 3: x = 5; default: x = 9; endcase", "x", 5.0),
        ("real x;", "case (7) 1: x = 1; default: x = 9; endcase", "x", 9.0),
        ("real x;", "x = 1; if (V(p,n) > 0.2) x = x + 1; else x = 7;", "x", 2.0),
        (
            "real x, y;",
            "x = 1; y = 2; if (V(p,n) > 1) begin x = 5; end else if (V(p,n) > 0.1) y = 3;",
            "x + y",
            4.0,
        ),
        ("real a[0:3]; integer i;", "for (i = 0; i < 4; i = i + 1) a[i] = i * i;", "a[2] + a[3]", 13.0),
        ("real a[0:3]; integer i;", "a[0]=1; a[1]=2; a[2]=4; a[3]=8; i = 8 * V(p,n);", "a[i]", 4.0),
        ("real a[0:1] = {3, 4};", "a[0] = 5;", "a[0] + a[1]", 9.0),
        ("real x;", "begin : inner real y; y = 3; x = y; end", "x", 3.0),
        ("parameter real t[0:2] = '{1, 2, 4};", "", "t[0] + t[2]", 5.0),
        ('parameter string mode = "fast";', "", 'mode == "fast" ? 2 : 3', 2.0),
        ("localparam real q = 2 * 3; parameter real w = q + 1;", "", "w", 7.0),
        (
            "real x; integer k;",
            "x = 9; k = 0; while (k < 50 && abs(x*x - V(p,n)) > 1e-14) begin "
            "x = 0.5 * (x + V(p,n) / x); k = k + 1; end",
            "x",
            0.5,
        ),
    ],
)
def test_statements(
    declarations: str, statements: str, expression: str, expected: float, tmp_path: Path
) -> None:
    """Loops, conditions, arrays, blocks, parameters."""
    assert close(value(expression, tmp_path, declarations, statements), expected)


FUNCTION = """
  analog function real area;
    input w, l; inout count;
    real w, l; integer count;
    real half;
    begin
      half = w * l / 2;
      count = count + 1;
      area = 2 * half;
    end
  endfunction
  integer n_calls; real a;
"""


def test_functions(tmp_path: Path) -> None:
    """Arguments in and out; variables of a function are its own."""
    before = "n_calls = 1; a = area(2, 3 * V(p,n), n_calls) + area(1, 1, n_calls);"
    assert close(value("a + 10 * n_calls", tmp_path, FUNCTION, before), 1.5 + 1 + 30)


GIVEN = """
  parameter real r = 10 from (0:inf) exclude 13;
  parameter integer k = 2 from [1:5];
  parameter real half = r / 2;
  aliasparam rr = r;
"""


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("", 10 + 200 + 5e3),
        ("r=20", 20 + 200 + 10e3 + 1e5),
        ("rr=20 half=1", 20 + 200 + 1e3 + 1e5),
        ("k=3.4", 10 + 300 + 5e3),
        ("half=2", 10 + 200 + 2e3),
    ],
)
def test_parameters(card: str, expected: float, tmp_path: Path) -> None:
    """Defaults of other parameters, aliases, rounding, whether a card gives a parameter."""
    text = two_terminal("I(p, n) <+ r + 100*k + 1000*half + 1e5*$param_given(r);", GIVEN)
    assert close(current(text, tmp_path, 0.5, card), expected)


@pytest.mark.parametrize("card", ["r=0", "r=13", "k=6", "k=0"])
def test_ranges(card: str, tmp_path: Path) -> None:
    """What lies outside is refused, with the range."""
    with pytest.raises(CircuitnnError, match="lies outside"):
        current(two_terminal("I(p, n) <+ V(p, n) / r * k;", GIVEN), tmp_path, 1.0, card)


def test_messages(tmp_path: Path) -> None:
    """A task under a condition on parameters warns or refuses; the text is formatted."""
    body = 'if (r > 15) $strobe("r is %g, %s", r, "large"); if (r > 50) $fatal(0, "too much"); I(p,n) <+ V(p,n)/r;'
    text = two_terminal(body, "parameter real r = 10;")
    assert close(current(text, tmp_path), 0.1)
    with pytest.warns(UserWarning, match="r is 20, large"):
        current(text, tmp_path, 1.0, "r=20")
    with (
        pytest.warns(UserWarning, match="r is 60"),
        pytest.raises(AnalysisError, match="refuses its parameters"),
    ):
        current(text, tmp_path, 1.0, "r=60")


def test_copies(tmp_path: Path) -> None:
    """m multiplies the current once, whether or not the module reads $mfactor."""
    text = two_terminal("I(p, n) <+ V(p, n) + 0 * $mfactor;")
    assert close(current(text, tmp_path, 1.0, instance="m=3"), 3.0)
    assert close(current(two_terminal("I(p, n) <+ $mfactor;"), tmp_path, 1.0, instance="m=3"), 9.0)


def test_hidden_state(tmp_path: Path) -> None:
    """A variable read before it is assigned has its value of the last accepted point, and a warning says so."""
    body = "if (V(p,n) > peak) peak = V(p,n); I(p,n) <+ peak;"
    load(two_terminal(body, "real peak;"), tmp_path)
    deck = "t\nv1 a 0 pwl(0 0 1 2 2 0.5 3 1)\nn1 a 0 m\n.model m dut\n.tran 10m 3\n.end\n"
    with pytest.warns(UserWarning, match=r"'peak' of 'dut' is read before it is assigned"):
        (tran,) = Circuit(deck).run()
    assert np.allclose(-tran["i(v1)"], np.maximum.accumulate(tran["v(a)"]), atol=1e-9)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("I(p,n) <+ absdelay(V(p,n), V(p,n));", "a delay that changes during the simulation"),
        ("x = 1; while (V(p,n) > x - 1000) x = x + 1; I(p,n) <+ x;", "runs more than"),
        ("x = 0; while (1) x = x + 1;", "this condition always holds"),
        ("I(p,n) <+ W(p,n);", "'W' is no access function of a discipline"),
        ("$nothing(1); I(p,n) <+ 1;", "the task '\\$nothing' is not supported"),
        ("I(p,n) <+ sine(1.0);", "there is no function 'sine'"),
    ],
)
def test_refusals(body: str, sentence: str, tmp_path: Path) -> None:
    """What is not supported is named, with its place."""
    with pytest.raises(CircuitnnError, match=sentence) as caught:
        current(two_terminal(body, "real x;"), tmp_path)
    assert "model.va:8:" in str(caught.value)


def test_a_default_is_valid_whatever_the_range(tmp_path: Path) -> None:
    """As that of numbers is: published comparators have 0 in (0:high)."""
    module = two_terminal("I(p, n) <+ low;", "parameter real high = 5; parameter real low = 0 from (0:high);")
    assert current(module, tmp_path) == 0.0
    assert close(current(module, tmp_path, card="low=4"), 4.0)
    with pytest.raises(AnalysisError, match="low = 7 lies outside"):
        current(module, tmp_path, card="low=7")
