"""The expression parser."""

from __future__ import annotations

import math

import pytest

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import symbols
from circuitnn.errors import NetlistError
from circuitnn.netlist.expressions import (
    ExpressionError,
    Language,
    UserFunction,
    parse_expression,
    parse_signal,
)


def value(text, language=None, **names):
    return evaluate([parse_expression(text, language)], names)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1+2*3", 7.0),
        ("(1+2)*3", 9.0),
        ("2 & 0", 0.0),  # PSPICE's
        ("2 & 3", 1.0),
        ("0 | 3", 1.0),
        ("1 | 1 & 0", 1.0),
        ("~(2 > 3)", 1.0),
        ("2 = 2 ? 3 : 4", 3.0),
        ("{1+2}*3", 9.0),
        ("'1+2'*3", 9.0),
        ("4/2/2", 1.0),
        ("4-2-1", 1.0),
        ("-2^2", -4.0),
        ("2^3^2", 64.0),  # to the left, as ngspice has it
        ("2**-1", 0.5),
        ("(-2)^3", 8.0),  # ngspice: |a|^b
        ("2*-3", -6.0),
        ("3--3", 6.0),
        ("1e3k", 1e6),
        ("1u*1meg", 1.0),
        ("5%3", 2.0),
        ("7\\2", 3.0),
        ("1>0?2>1?5:6:7", 5.0),
        ("0?1:0?2:3", 3.0),
        ("1>2||2>1&&0", 0.0),
        ("!0+1", 2.0),
        ("1<>2", 1.0),
        ("pwl(1.5,0,0,1,1,2,4)", 2.5),
        ("max(1,2,3)", 3.0),
        ("limit(5,0,1)", 1.0),
        ("ternary_fcn(1,2,3)", 2.0),
    ],
)
def test_values(text, expected):
    assert value(text) == expected


def test_pow_means_different_things_in_parameters_and_sources():
    assert value("pow(-2,3)") == 8.0
    assert value("pwr(-2,3)") == -8.0
    parameter = Language(as_parameter=True)
    assert value("pow(-2,3)", parameter) == -8.0
    assert value("pwr(-2,3)", parameter) == 8.0


def test_probes_are_symbols():
    e = parse_expression("v(a,b)*i(v1)+v( x1.n )+v(0)+time")
    assert symbols([e]) == {"v(a)", "v(b)", "i(v1)", "v(x1.n)", "time"}
    assert evaluate([e], {"v(a)": 3.0, "v(b)": 1.0, "i(v1)": 2.0, "v(x1.n)": 5.0, "time": 7.0})[0] == 16.0


def test_equal_texts_are_one_node():
    assert parse_expression("2*x+1") is parse_expression("1 + 2 * x")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("1+", 2, "expected a number"),
        ("1 2", 2, "expected an operator"),
        ("(1", 2, r"expected '\)'"),
        ("1)", 1, "expected an operator"),
        ("siin(1)", 0, "did you mean sin"),
        ("sin()", 0, "takes 1 argument, 0 given"),
        ("2*atan2(1)", 2, "takes 2 arguments, 1 given"),
        ("1?2", 3, "expected ':'"),
        ("v()", 0, "one or two nodes"),
        ("i(a,b)", 0, "one source"),
        ("1 ; 2", 2, "unexpected ';'"),
        ("4k7", 2, "expected an operator"),
        ("1e999", 0, "too large"),
        ("pwl(x,1,0,0,1)", 0, "increase"),
    ],
)
def test_faults_have_a_place(text, position, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        parse_expression(text)
    assert caught.value.position == position


@pytest.mark.parametrize("text", ["(" * 1000, "-" * 1000 + "1", "sin(" * 1000, "1?" * 1000])
def test_nesting_is_bounded(text):
    with pytest.raises(ExpressionError, match="nested"):
        parse_expression(text)


def test_long_but_flat_expressions_are_fine():
    assert value("+".join(["x"] * 3000), x=1.0) == 3000.0
    assert value("x==-1?-1:" + ":".join(f"x=={k}?{k}" for k in range(1000)) + ":7", x=998.0) == 998.0


def functions(**bodies):
    return Language(
        {name: UserFunction(name, tuple(arguments), body) for name, (arguments, body) in bodies.items()}
    )


def test_user_functions():
    language = functions(f=("xy", "x*y+k"), g=("x", "f(x,x)-k"))
    assert value("g(3)", language, k=5.0) == 9.0
    assert value("f(x,2)", language, k=0.0, x=4.0) == 8.0  # the caller's x is not the argument x


def test_recursive_functions_are_refused():
    language = functions(f=("x", "g(x)"), g=("x", "f(x)"))
    with pytest.raises(ExpressionError, match="function f calls itself"):
        parse_expression("f(1)", language)


def test_functions_that_double_do_not_explode():
    bodies = {f"f{k}": ("x", f"f{k - 1}(x)+f{k - 1}(2*x)") for k in range(1, 40)}
    language = functions(f0=("x", "x*x"), **bodies)
    assert math.isfinite(value("f39(y)", language, y=1e-3))


def test_tables_with_parameters_as_corners():
    e = parse_expression("pwl(x,0,0,a,1,2,b)")
    at = [evaluate([e], {"x": x, "a": 1.0, "b": 4.0})[0] for x in (-1.0, 0.5, 1.5, 3.0)]
    assert at == [-1.0, 0.5, 2.5, 7.0]


def test_signals():
    assert symbols([parse_signal("V(OUT)*2")]) == {"v(out)"}
    assert symbols([parse_signal("@r1[i]+out")]) == {"@r1[i]", "out"}
    with pytest.raises(NetlistError, match="expected"):
        parse_signal("v(a)+")
