"""Derivatives as numbers against derivatives as expressions."""

import numpy as np
import pytest

from circuitnn.equations import graph as g
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.slopes import TOGETHER, slopes
from circuitnn.models import known

X, Y, Z = g.symbol("x"), g.symbol("y"), g.symbol("z")
CASES = {
    "product": X * Y * Z + X * X,
    "quotient": (X + Y) / (1.0 + Z * Z) - 1.0 / X,
    "power": (X * X + 0.1) ** Y + X**3.0,
    "exponential": g.exp(X * Y) + g.ln(1.5 + X * X),
    "least and largest": g.min_(X, Y * Z) + g.max_(2.0 * X, Z),
    "largest of a constant": g.max_(0.1, X) * g.min_(Y, 0.2),
    "branches": g.where(X > Y, g.sqrt(X - Y), X * Z),
    "a constant branch": g.where(X > 0.0, 1.0 / X, 0.0) * Z,
    "flat": g.sgn(X) * Y,
}
NAMES = ["x", "y", "z"]


def by_expressions(exprs, names, values, n):
    return np.array(
        [[np.broadcast_to(evaluate([differentiate(e, k)], values)[0], n) for k in names] for e in exprs]
    )


@pytest.mark.parametrize("n", [1, 3, TOGETHER + 1])
def test_as_the_expressions(n):
    rng = np.random.default_rng(n)
    values = {k: rng.uniform(-1.0, 1.0, n) for k in NAMES}
    exprs = [*CASES.values(), Y]
    found = slopes(exprs, NAMES, values, n)
    np.testing.assert_allclose(found, by_expressions(exprs, NAMES, values, n), rtol=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_alone_at_numbers(case):
    values = {"x": 0.3, "y": -0.7, "z": 1.1}
    exprs = [CASES[case]]
    np.testing.assert_allclose(
        slopes(exprs, NAMES, values, 1), by_expressions(exprs, NAMES, values, 1), rtol=1e-12
    )


def test_what_is_not_taken_does_not_count():
    """Infinities stay in their branch, and a slope of zero is not multiplied by one."""
    chosen = g.where(X > 0.0, g.ln(X), Y) + g.sqrt(Z * 0.0 + Y - Y)
    found = slopes([chosen], ["x", "y"], {"x": np.array([0.0]), "y": np.array([2.0]), "z": 1.0}, 1)
    np.testing.assert_array_equal(found[0, :, 0], [0.0, 1.0])


@pytest.mark.long
def test_all_parameters_of_a_model():
    kernel = known()["bjt"].kernel()
    rng = np.random.default_rng(0)
    symbols = [*kernel.inputs, *kernel.columns]
    values = {k: rng.uniform(0.3, 0.7, 2) for k in symbols} | {"gmin": 1e-12, "time": 0.0}
    exprs = [*kernel.f, *(e for *_, e in kernel.G)]
    found = slopes(exprs, symbols, values, 2)
    expected = by_expressions(exprs, symbols, values, 2)
    assert np.all(np.isfinite(expected))
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * np.abs(expected).max())
