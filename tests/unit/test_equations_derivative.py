"""Derivatives: against differences of 4th order, inside the branch that holds."""

import numpy as np
import pytest

from circuitnn.equations import graph as g
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate

x, y = g.symbol("x"), g.symbol("y")

EXPRESSIONS = {
    "polynomial": 3 * x**3 - 2 * x * y + y**2,
    "quotient": (x + y) / (1 + x * x),
    "reciprocal": 1 / (x + 3),
    "exp": g.exp(x * y) * x,
    "ln": g.ln(3 + x),
    "log10": g.log10(3 + x),
    "log1p": g.log1p(x / 3),
    "expm1": g.expm1(x),
    "sqrt": g.sqrt(3 + x),
    "sin cos": g.sin(x) * g.cos(2 * x),
    "tan": g.tan(x / 2),
    "arcs": g.asin(x / 4) + g.acos(x / 5) * g.atan(x),
    "hyperbolic": g.sinh(x) * g.tanh(x) + g.cosh(x),
    "area": g.asinh(x) + g.acosh(4 + x) + g.atanh(x / 3),
    "abs": abs(x - 0.3) * x,
    "power": g.power(x + 0.2, 2.5),
    "signed power": g.pwr(x, 1.7),
    "power of both": g.power(x, x + 3),
    "atan2": g.atan2(x, 2 + y),
    "min max": g.min_(x, y) * g.max_(x, 0.5),
    "where": g.where(x > 0.25, g.exp(x), x * x),
    "limit": g.limit(x, -0.5, 0.5) * x,
    "limexp": g.limexp(70 + 15 * x),
    "ramps": g.u2(x) + g.uramp(x) * x + g.u(x),
    "table": g.pwl(x, [-1.1, 0.05, 0.6, 1.0], [0, 1, -1, 0]),
    "remainder": g.fmod(x + 5, 0.7) * x,
    "steps": g.floor(x) * x + g.nint(x) + g.trunc(x) * g.sgn(x),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize("by", ["x", "y"])
def test_against_differences(name, by):
    e = EXPRESSIONS[name]
    points = np.linspace(-1.53, 1.57, 60)
    at = {"x": points, "y": np.full_like(points, 0.37)}
    h = 1e-4

    def moved(k):
        return evaluate([e], {**at, by: at[by] + k * h})[0]

    numeric = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h) + 0 * points
    exact = evaluate([differentiate(e, by)], at)[0] + 0 * points
    assert np.allclose(exact, numeric, rtol=2e-8, atol=1e-8 * max(1.0, np.max(np.abs(numeric))))


def test_short_results():
    assert differentiate(g.exp(2 * x), "x") is 2 * g.exp(2 * x)
    assert differentiate(x * y, "x") is y
    assert differentiate(x**2, "x") is 2 * x
    assert differentiate(g.sin(x), "y") is g.ZERO
    assert differentiate(-x, "x") is g.const(-1)
    assert differentiate(g.floor(x), "x") is g.ZERO


def test_no_mask_is_multiplied():
    # below zero the branch not taken and its derivative overflow
    wild = g.exp(x * 1e3) * g.exp(-x * 1e3) ** 8
    e = g.exp(g.where(x > 0, x, 0)) * 2 + g.where(x > 0, wild, x)
    d = differentiate(e, "x")
    assert np.all(np.isfinite(evaluate([d], {"x": np.array([-1.0, -300.0])})[0]))
    assert evaluate([differentiate(g.sqrt(g.max_(x, 0)), "x")], {"x": -1.0})[0] == 0.0


@pytest.mark.long
def test_deep_chain():
    e = x
    for k in range(20000):
        e = e * 0.9999 + g.where(x > k, y, x)
    assert differentiate(e, "y") is not g.ZERO
    nested = g.ZERO
    for k in range(5000):
        nested = g.where(x > k, nested, 0) + 0 if k % 2 else g.where(x > k, 0, nested + x)
    differentiate(nested * y, "x")


def test_ddt_is_refused():
    with pytest.raises(ValueError, match="ddt"):
        differentiate(g.ddt(x), "x")


@pytest.mark.parametrize("name", ["asin", "acos", "acosh"])
def test_slopes_at_an_end_of_the_domain_are_finite_and_beyond_it_zero(name):
    """Infinite ones made Newton's method fail where rounding decides on which side an argument lies."""
    slope = differentiate(getattr(g, name)(x), "x")
    beyond = 1.0 - 1e-9 if name == "acosh" else 1.0 + 1e-9
    at_end, past = (abs(float(evaluate([slope], {"x": np.array(at)})[0])) for at in (1.0, beyond))
    assert 1e7 < at_end < 1e8
    assert past == 0.0
