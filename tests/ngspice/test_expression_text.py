"""Expressions mean to ngspice what they mean to us: the text we write, evaluated by both."""

import re
import subprocess

import numpy as np
import pytest

from circuitnn.equations import graph as g
from circuitnn.equations import rules
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.ngspice import to_ngspice
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

x, y = g.symbol("x"), g.symbol("y")

EXPRESSIONS = {
    "sums": x - (y - x) - (x + y) + 3,
    "products": x / (y / x) / (x * y) * 2 - -x,
    "signs": -(x * y) + -x * -(x - y) - (-x),
    "small numbers": 1e-15 * x + 2.5e-7 * y - 1 / 3,
    "power": g.power(x, 3) + g.power(x, y) + g.pwr(y, 2) + g.pwr(x, 1.5),
    "python power": x**3 - y**-2,
    "exponential": g.exp(x) + g.expm1(y) + g.ln(abs(x) + 1) + g.log10(abs(y) + 1) + g.log1p(abs(x)),
    "exp limit": g.exp(300 * x),
    "trigonometric": g.sin(x) * g.cos(y) + g.tan(x / 3) + g.atan(y),
    "arcs": g.asin(x / 10) + g.acos(y / 10) + g.atanh(x / 10) + g.asinh(x) + g.acosh(abs(y) + 1),
    "hyperbolic": g.sinh(x) - g.cosh(y) * g.tanh(x),
    "rounding": g.floor(x) + 10 * g.ceil(y) + 100 * g.trunc(x) + 1000 * g.nint(y),
    "steps": g.u(x) + 10 * g.u2(y) + 100 * g.uramp(x) + 1000 * g.sgn(y),
    "selection": g.where(x > y, g.where(y > 0, x, y), -x) + g.where(x <= 1, 5, y),
    "nested selection": g.where(g.where(x > 0, y, x) < 1, x, y) * 2,
    "comparisons": (x > y) + 2 * (x >= y) + 4 * (x < 1) + 8 * (y <= 1) + 16 * g.eq(x, y) + 32 * g.ne(x, y),
    "comparison of comparisons": g.eq(x > y, x > 0) + ((x > y) < (y > 0)),
    "logic": g.and_(x > 0, y > 0) + 2 * g.or_(x > 1, y < 0) + 4 * g.not_(x),
    "min max": g.min_(x, y) * g.max_(x, y, 1),
    "limit": g.limit(x, -1, 1) * g.limit(y, 1, -1),
    "table": g.pwl(x, [-2, 0, 1.5], [1, -1, 4]) + g.pwl(y, [0, 1], [0, 2]),
    "slopes": rules.piecewise("pwc", x, [-2, 0, 1.5, 3], [1, -1, 4, 4]),
    "remainder": g.fmod(x + 7, 3) + g.atan2(x + 0.1, y + 0.05),
    "division by zero": 1e-32 * (x / (y - (y + x) + x)),
    "limexp": g.limexp(x * 45) * 1e-35,
}
EXPRESSIONS["derivative"] = differentiate(EXPRESSIONS["hyperbolic"] * g.ln(2 + x * x), "x")
POINTS = [(0.5, 1.25), (-1.5, 0.75), (2.5, -0.5), (-0.25, -2.25)]


def ngspice_values(e):
    """Value of an expression at every point, from one run."""
    lines = ["* expressions"]
    for k, (a, b) in enumerate(POINTS):
        text = to_ngspice(e, {"x": f"v(x{k})", "y": f"v(y{k})"})
        lines += [f"vx{k} x{k} 0 {a}", f"vy{k} y{k} 0 {b}", f"b{k} n{k} 0 v = {text}"]
    lines += [".control", "set numdgt=16", "op", *(f"print v(n{k})" for k in range(len(POINTS)))]
    lines += ["quit", ".endc", ".end", ""]
    run = subprocess.run(
        ["ngspice", "-b"], input="\n".join(lines), capture_output=True, text=True, check=False
    )
    found = dict(re.findall(r"v\(n(\d+)\) = (\S+)", run.stdout))
    assert len(found) == len(POINTS), f"{lines[3]}\n{run.stdout[-1500:]}\n{run.stderr[-1000:]}"
    return np.array([float(found[str(k)]) for k in range(len(POINTS))])


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_same_value(name):
    e = EXPRESSIONS[name]
    ours = np.array([evaluate([e], {"x": a, "y": b})[0] for a, b in POINTS])
    theirs = ngspice_values(e)
    assert np.allclose(ours, theirs, rtol=1e-8, atol=1e-11), f"{ours}\n{theirs}"


def test_unknown_symbols_stay():
    assert to_ngspice(g.symbol("time") * x, {"x": "v(a)"}) in ("time*v(a)", "v(a)*time")
    assert to_ngspice(g.const(-2.0) - x) == "-2 - x"
    assert to_ngspice(x - (y - 1)) == "x - (y - 1)"
    assert "…" in to_ngspice(g.sin(x) * g.cos(y), limit=12)
