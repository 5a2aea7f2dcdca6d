"""Bytecode against numpy: random graphs, block edges, refused programs, generated C text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitnn._cext.vm import BEST_ISA, Program
from circuitnn.equations import graph as g
from circuitnn.equations import rules, scalar
from circuitnn.equations.bytecode import compile_program
from circuitnn.equations.evaluate import evaluate

NAMES = ("a", "b", "c", "d")
SYMBOLS = [g.symbol(n) for n in NAMES]
BINARY = sorted(set(scalar.BINARY) - {"fmod", "atan2"})
# steps amplify a last bit into a whole one: not in graphs compared by tolerance
SMOOTH = ["neg", "abs", "exp", "sin", "cos", "tanh", "atan", "sinh", "cosh", "sqrt", "expm1", "asinh"]


def build(choice, args):
    if choice in scalar.UNARY:
        return rules.unary(choice, args[0])
    if choice == "neg":
        return -args[0]
    if choice == "where":
        return g.where(*args)
    return rules.binary(choice, *args[:2])


@st.composite
def graphs(draw):
    made = [*SYMBOLS, g.const(0.7), g.const(-2.0)]
    for _ in range(draw(st.integers(1, 30))):
        op = draw(st.sampled_from([*SMOOTH, "add", "sub", "mul", "min", "max", "where", "div"]))
        args = [made[draw(st.integers(0, len(made) - 1))] for _ in range(3)]
        if op in ("exp", "sinh", "cosh", "expm1"):
            args[0] = g.tanh(args[0])
        if op == "div":
            args[1] = 2.0 + g.tanh(args[1])
        if op == "where":
            args[0] = SYMBOLS[draw(st.integers(0, 3))] > draw(st.sampled_from([-0.3, 0.1]))
        made.append(build(op, args))
    return [made[draw(st.integers(0, len(made) - 1))] for _ in range(draw(st.integers(1, 6)))]


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from([1, 2, 5, 127, 128, 129, 300]))
def test_random_graphs(outputs, n):
    rng = np.random.default_rng(n)
    x = rng.uniform(-1.0, 1.0, (2, n))
    columns = rng.uniform(-1.0, 1.0, (2, n))
    program = compile_program(outputs, NAMES[:2], NAMES[2:])
    expected = [
        np.broadcast_to(v, n) for v in evaluate(outputs, dict(zip(NAMES, [*columns, *x], strict=True)))
    ]
    got = program.handle().evaluate(x, columns)
    size = 1e-300 + np.max(np.abs(expected), axis=1, keepdims=True)
    assert np.all(np.abs(got - expected) <= 1e-11 * size)
    for isa in range(BEST_ISA):
        assert np.allclose(program.handle(isa).evaluate(x, columns), got, rtol=1e-9, atol=1e-9 * size.max())


@pytest.mark.parametrize("isa", range(BEST_ISA + 1))
@pytest.mark.parametrize("op", [*scalar.UNARY, *BINARY, "fmod", "atan2", "where"])
def test_every_operation(op, isa):
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-3.0, 3.0, (3, 200)), np.array([[0, 1, -1, 2.5, -0.5]] * 3)], axis=1)
    x[1, -3:] = x[0, -3:]
    a, b, c, _ = SYMBOLS
    e = build(op, [a, b, c])
    got = compile_program([e], (), NAMES[:3]).handle(isa).evaluate(x)[0]
    expected = evaluate([e], dict(zip(NAMES, x, strict=False)))[0]
    assert np.allclose(got, expected, rtol=1e-14, atol=1e-300)


def test_tables():
    a = SYMBOLS[0]
    xs, ys = [-1.0, 0.5, 0.75, 4.0], [0.0, 3.0, -1.0, 2.0]
    outputs = [g.pwl(a, xs, ys), rules.piecewise("pwc", a, xs, ys), g.pwl(a, [0, 1], [1, 3])]
    x = np.concatenate([np.linspace(-3, 6, 500), xs])
    handle = compile_program(outputs, (), ("a",)).handle()
    assert np.allclose(handle.evaluate(x[None]), evaluate(outputs, {"a": x}), rtol=1e-14, atol=1e-15)
    assert handle.evaluate([[0.5]])[:, 0].tolist() == [3.0, -16.0, 2.0]


def test_globals_and_plain_outputs():
    outputs = [g.symbol("time"), g.symbol("gmin"), SYMBOLS[0], g.const(2.5), SYMBOLS[0], g.exp(SYMBOLS[0])]
    outputs += [outputs[-1]]
    program = compile_program(outputs, (), ("a",))
    for n in (1, 300):
        got = program.handle().evaluate(np.full((1, n), 0.5), (), (3.0, 1e-12))
        assert np.allclose(got.T, [3.0, 1e-12, 0.5, 2.5, 0.5, np.exp(0.5), np.exp(0.5)])


def test_pairs_are_one_step():
    a = SYMBOLS[0]
    program = compile_program([g.sinh(a), g.cosh(a) + g.sin(a), g.cos(a)], (), ("a",))
    assert program.operations == ("add", "sincos", "sinhcosh")


def test_registers_are_used_again():
    e = SYMBOLS[0]
    for k in range(200):
        e = g.sin(e * (k + 0.5))
    program = compile_program([e], (), ("a",))
    slots = np.frombuffer(program.steps, np.int32).reshape(-1, 5)[:, 1].max() - len(program.constants) - 3
    assert slots <= 4


def test_a_big_program_runs_in_small_blocks():
    rng = np.random.default_rng(0)
    outputs = [g.sin(SYMBOLS[0] * float(k)) for k in range(1, 1500)]
    total = outputs[0]
    for e in outputs[1:]:
        total = total + e
    many = compile_program([total * e for e in outputs], (), ("a",))
    x = rng.uniform(0, 1, (1, 50))
    got = many.handle().evaluate(x)
    t = sum(np.sin(x[0] * k) for k in range(1, 1500))
    assert np.allclose(got[7], t * np.sin(x[0] * 8), rtol=1e-9, atol=1e-9)


def test_infinity_in_the_branch_not_taken():
    a, b = SYMBOLS[:2]
    handle = compile_program([g.where(a > 0, b, a)], (), ("a", "b")).handle()
    x = np.tile([[-1.0, -1.0, 1.0], [np.nan, np.inf, 5.0]], 40)
    assert handle.evaluate(x)[0].tolist() == [-1.0, -1.0, 5.0] * 40


@pytest.mark.parametrize(
    "step", [(0, 2, 0, 0, 0), (0, 99, 0, 0, 0), (999, 4, 0, 0, 0), (0, 4, -1, 0, 0), (0, 4, 77, 0, 0)]
)
def test_wrong_slots_are_refused(step):
    # slots: constant 0, column 1, input 2, globals 3 and 4, register 5, output 6
    Program([(0, 6, 0, 0, 0)], [1.0], (1, 1, 1, 1))
    with pytest.raises(ValueError, match="slot"):
        Program([step], [1.0], (1, 1, 1, 1))


def test_wrong_shapes_are_refused():
    handle = compile_program([SYMBOLS[0]], (), ("a",)).handle()
    with pytest.raises(ValueError, match="rows of unknowns"):
        handle.evaluate(np.zeros((2, 3)))
    assert handle.evaluate(np.zeros((1, 0))).shape == (1, 0)
