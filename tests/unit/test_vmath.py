"""Vector mathematics against numpy's long double: at most 2 units in the last place."""

import numpy as np
import pytest

from circuitnn._cext.vm import BEST_ISA
from circuitnn.equations import rules
from circuitnn.equations.bytecode import compile_program
from circuitnn.equations.expr import symbol
from circuitnn.equations.scalar import EXP_LIMIT

LONG = np.finfo(np.longdouble).nmant > 60

pytestmark = pytest.mark.skipif(not LONG, reason="long double is no longer than double here")


def spread(low, high, count=20000):
    """Points over a range of magnitudes, both signs if the range has them."""
    rng = np.random.default_rng(5)
    line = rng.uniform(low, high, count)
    small = np.exp(rng.uniform(np.log(1e-300), np.log(max(abs(low), abs(high))), count))
    both = np.concatenate([line, small, -small])
    return both[(both >= low) & (both <= high)]


CASES = {
    "exp": (np.exp, spread(-708.0, EXP_LIMIT)),
    "expm1": (np.expm1, spread(-50.0, EXP_LIMIT)),
    "ln": (np.log, np.concatenate([spread(1e-308, 4.0), spread(0.9, 1.1), spread(1.0, 1e300), [5e-324]])),
    "log1p": (np.log1p, np.concatenate([spread(-0.9999, 4.0), spread(1.0, 1e300), [2.0**-53 - 1.0]])),
    "sinh": (np.sinh, spread(-EXP_LIMIT, EXP_LIMIT)),
    "cosh": (np.cosh, spread(-EXP_LIMIT, EXP_LIMIT)),
    "tanh": (np.tanh, spread(-25.0, 25.0)),
    "sin": (np.sin, spread(-1e5, 1e5)),
    "cos": (np.cos, spread(-1e5, 1e5)),
    "tan": (np.tan, spread(-1e5, 1e5)),
    "sqrt": (np.sqrt, spread(0.0, 1e10)),
}


def kernel_of(op, isa):
    x = symbol("x")
    return compile_program([rules.unary(op, x)], (), ("x",)).handle(isa)


def ulps(got, exact):
    return float(
        np.max(np.abs((got.astype(np.longdouble) - exact) / np.spacing(np.abs(exact.astype(float)))))
    )


@pytest.mark.parametrize("isa", range(BEST_ISA + 1))
@pytest.mark.parametrize("op", CASES)
def test_two_ulp(op, isa):
    reference, x = CASES[op]
    got = kernel_of(op, isa).evaluate(x[None])[0]
    worst = ulps(got, reference(x.astype(np.longdouble)))
    assert worst <= 2.0


@pytest.mark.parametrize("isa", range(BEST_ISA + 1))
@pytest.mark.parametrize("size", [20.0, 100.0, 700.0])
def test_power(isa, size):
    # the error of a power grows with its logarithm: 2 ulp for results between 1e-43 and 1e43
    rng = np.random.default_rng(1)
    a = np.exp(rng.uniform(-50.0, 50.0, 50000))
    b = rng.uniform(-1.0, 1.0, a.size) * size / np.maximum(np.abs(np.log(a)), 1e-3)
    exact = np.minimum(a.astype(np.longdouble) ** b.astype(np.longdouble), 1e99)
    x, y = symbol("x"), symbol("y")
    handle = compile_program([rules.power(x, y), rules.pwr(x, y)], (), ("x", "y")).handle(isa)
    got, signed = handle.evaluate(np.array([-a, b]))
    assert ulps(got, exact) <= (2.0 if size <= 100.0 else 8.0)
    assert np.array_equal(signed, -got)


def test_power_edges():
    x, y = symbol("x"), symbol("y")
    handle = compile_program([rules.power(x, y)], (), ("x", "y")).handle()
    a = np.array([0.0, 0.0, 0.0, 2.0, 1e300, 1.0, 1e-300, -8.0])
    b = np.array([2.0, 0.0, -1.0, 1e9, 300.0, 1e300, 5.0, 1.0 / 3.0])
    got = handle.evaluate(np.array([a, b]))[0]
    assert got == pytest.approx([0.0, 1.0, 1e99, 1e99, 1e99, 1.0, 0.0, 2.0], rel=1e-15)


@pytest.mark.parametrize("isa", range(BEST_ISA + 1))
@pytest.mark.parametrize("op", CASES)
def test_alone_and_in_a_block_the_same_bits(op, isa):
    x = CASES[op][1][:301]
    handle = kernel_of(op, isa)
    alone = np.array([handle.evaluate(np.array([[v]]))[0, 0] for v in x])
    assert np.array_equal(alone, handle.evaluate(x[None])[0])


@pytest.mark.parametrize("isa", range(BEST_ISA + 1))
def test_edges(isa):
    x = np.array([1e300, -1e300, 0.0, -0.0, np.nan, 800.0, -800.0, 5e-324])
    out = {op: kernel_of(op, isa).evaluate(x[None])[0] for op in CASES}
    for op, y in out.items():
        assert np.isnan(y[4]), op
        assert np.all(np.isfinite(np.delete(y, 4))), op
    assert out["exp"][0] == pytest.approx(1e99, rel=1e-7)
    assert out["exp"][1] == 0.0
    assert out["ln"][2] == -1e99
    assert out["sinh"][5] == -out["sinh"][6] == pytest.approx(0.5e99, rel=1e-7)
    assert out["tanh"][0] == 1.0
    assert np.signbit(out["sinh"][3])
    assert abs(out["sin"][0]) <= 1.0
