"""Second and third derivatives as numbers against derivatives as expressions, and against differences."""

import numpy as np
import pytest

from circuitnn.equations import graph as g
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ZERO
from circuitnn.equations.slopes import TOGETHER, slopes
from circuitnn.equations.tensors import tensors
from circuitnn.models import known

X, Y, Z = g.symbol("x"), g.symbol("y"), g.symbol("z")
CASES = {
    "product": X * Y * Z + X * X * X,
    "quotient": (X + Y) / (2.0 + Z * Z) - 1.0 / (3.0 + X),
    "power": (X * X + 0.1) ** Y + X**3.0,
    "powers of bases": g.power(X + 2.0, Y * Z) + g.pwr(X, 2.5),
    "exponential": g.exp(X * Y) + g.ln(1.5 + X * X) * Z,
    "angles": g.atan2(X + 2.0, Y * Z) + g.tanh(X * Y) + g.asinh(Z * X),
    "least and largest": g.min_(X * X, Y * Z) + g.max_(2.0 * X * Y, Z * Z),
    "branches": g.where(X > Y, g.sqrt(1.0 + X - Y), X * Z * Z),
    "inside a branch": g.exp(g.where(X > Y, X * Y, Z * Z)),
    "flat": g.sgn(X) * Y,
}
NAMES = ["x", "y", "z"]


def by_expressions(expr, values, n):
    second, third = np.empty((3, 3, n)), np.empty((3, 3, 3, n))
    for j, a in enumerate(NAMES):
        for k, b in enumerate(NAMES):
            bent = differentiate(differentiate(expr, a), b)
            second[j, k] = evaluate([bent], values)[0]
            for m, c in enumerate(NAMES):
                third[j, k, m] = evaluate([differentiate(bent, c)], values)[0]
    return second, third


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("n", [1, TOGETHER + 3])
def test_as_the_expressions(case, n):
    rng = np.random.default_rng(n)
    values = {k: rng.uniform(-1.0, 1.0, n) for k in NAMES}
    second, third = by_expressions(CASES[case], values, n)
    for some, (found,) in tensors([CASES[case]], NAMES, values, n):
        np.testing.assert_allclose(found.second, second[..., some], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(found.third, third[..., some], rtol=1e-11, atol=1e-13)


def test_an_expression_of_no_symbol_has_none():
    ((_, found),) = tensors([Z * Z, X], ["x"], {"x": 1.0, "z": np.array([2.0])}, 1)
    assert found[0] is None and not found[1].second.any()


@pytest.mark.parametrize("name", ["diode", "bjt", "mosfet1", "mosfet3", "jfet", "mesfet", "bsim4", "vbic"])
def test_of_a_model(name):
    """The second are the slopes of its matrices, the third the differences of the second."""
    model = known()[name]
    kernel = model.kernel()
    rng = np.random.default_rng(3)
    n = 2
    values = dict.fromkeys(kernel.columns, 0.5)
    for p in (*model.parameters, *model.instance_parameters):
        values[p.name] = values[p.default] if isinstance(p.default, str) else float(p.default)
    values |= {"temp": 27.0, "tnom": 27.0, "gmin": 1e-12, "time": 0.0, "multiplier": 1.0}
    values |= {k: np.float64(evaluate([e], values)[0]) for k, e in kernel.setup if e is not ZERO}
    at = {k: rng.uniform(-0.3, 0.3, n) for k in kernel.inputs}
    entries = [(row, column, e) for row, column, e in kernel.G]
    exact = slopes([e for *_, e in entries], kernel.inputs, values | at, n)
    ((_, found),) = tensors(kernel.f, kernel.inputs, values | at, n)
    step = 1e-5
    moved = []
    for sign in (1.0, -1.0):
        there = {k: v + sign * step for k, v in at.items()}
        moved.append(next(tensors(kernel.f, kernel.inputs, values | there, n))[1])
    checked = 0
    for (row, column, _), slope in zip(entries, exact, strict=True):
        scale = np.max(np.abs(found[row].second)) + 1e-30
        np.testing.assert_allclose(found[row].second[column], slope, rtol=1e-8, atol=1e-9 * scale)
        along = (moved[0][row].second[column] - moved[1][row].second[column]) / (2.0 * step)
        total = found[row].third[column].sum(axis=0)
        scale = np.max(np.abs(found[row].third)) + 1e-30
        np.testing.assert_allclose(total, along, rtol=1e-4, atol=1e-5 * scale)
        checked += bool(slope.any())
    assert checked
