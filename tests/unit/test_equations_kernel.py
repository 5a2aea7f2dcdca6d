"""Kernels: what is differentiated, hoisted, dropped, and told about itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from circuitnn.equations import graph as g
from circuitnn.equations import rules
from circuitnn.equations.build import build_kernel
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import make
from circuitnn.equations.kernel import Event, handle
from circuitnn.equations.substitution import rebuild

v, w = g.symbol("v"), g.symbol("w")
a, b, t = g.symbol("a"), g.symbol("b"), g.symbol("time")


def two_terminal(current, charge=0.0, **more):
    p, n = g.symbol("p"), g.symbol("n")
    i, q = (g.substitute([g.as_expr(e)], {"v": p - n})[0] for e in (current, charge))
    return build_kernel("two", ("p", "n"), [i, -i], [q, -q], ("a", "b", "unused"), **more)


def numbers(kernel, unknowns, parameters, time=0.0):
    """Every output as numpy sees it."""
    setup = dict(kernel.setup)
    columns = dict(parameters) | dict(zip(setup, evaluate(setup.values(), parameters), strict=True))
    values = columns | unknowns | {"time": time, "gmin": 1e-12}
    return evaluate(kernel.outputs, values), [columns[c] for c in kernel.columns]


def test_entries_and_rows():
    k = two_terminal(a * g.exp(v / b), 2 * v)
    assert k.f_rows == (0, 1)
    assert k.q_rows == (0, 1)
    assert [(r, c) for r, c, _ in k.G] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert [(r, c) for r, c, _ in k.C] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert len(k.outputs) == 12


def test_what_depends_on_parameters_alone_is_a_column():
    k = two_terminal(a * b * g.exp(v / (b * 0.025)) * g.sqrt(a))
    assert "unused" not in k.columns
    assert all(name in dict(k.setup) for name in k.columns)
    run_time = {node.op for node in g.order(k.outputs)}
    assert "sqrt" not in run_time
    assert "div" not in run_time
    out, columns = numbers(k, {"p": 0.3, "n": 0.1}, {"a": 2.0, "b": 1.5})
    expected = 2.0 * 1.5 * np.exp(0.2 / (1.5 * 0.025)) * np.sqrt(2.0)
    assert out[0] == pytest.approx(expected, rel=1e-14)
    assert out[2] == pytest.approx(expected / (1.5 * 0.025), rel=1e-14)
    got = handle(k).evaluate([[0.3], [0.1]], np.array(columns)[:, None])
    assert got[:, 0] == pytest.approx(out, rel=1e-13)


def test_rows_of_opposite_sign_share_everything():
    k = two_terminal(a * g.sinh(b * v) * g.where(v > 0, g.exp(-v), g.exp(v)))
    nodes = g.order(k.outputs)
    assert sum(node.op in ("exp", "sinh", "cosh", "where") for node in nodes) <= 6


@pytest.mark.parametrize(
    ("current", "linear"),
    [
        (a * v, True),
        (a * v + b, True),
        (a * v + g.sin(t), True),
        (g.sin(t) * v, False),
        (v * v, False),
        (g.where(v > 0, 1.0, 2.0), False),
        (g.sgn(v), False),
        (g.floor(v), False),
        (g.where(a > 0, v, 2 * v), True),
        (abs(v), False),
    ],
)
def test_linear(current, linear):
    k = two_terminal(current)
    assert k.linear is linear
    assert k.time_dependent is ("time" in g.symbols([current]))


def test_digest_names_the_computation():
    first, second = two_terminal(a * g.exp(v)), two_terminal(b * g.exp(v))
    assert first.digest == second.digest
    assert first.digest != two_terminal(a * g.exp(2 * v)).digest
    assert first.digest != two_terminal(a * b * g.exp(v), v).digest
    assert len(first.digest) == 32


def test_memories_stay_columns():
    m = g.symbol("m")
    flip = Event(g.where(m, -a, a), (("m", 1.0 - m),))
    k = two_terminal(g.where(m, a, b) * v, events=[flip], memories={"m": g.ZERO})
    assert "m" in k.columns
    assert len(k.events) == 1
    assert not k.linear


def test_limits_get_columns():
    k = two_terminal(a * g.exp(v), limits=[(0, 1, b * 0.025, g.ln(a))])
    limit = k.limits[0]
    assert (limit.plus, limit.minus) == (0, 1)
    assert limit.vt in k.columns
    assert limit.vcrit in k.columns


def test_faults():
    with pytest.raises(ValueError, match=r"unknown symbols.*zeta"):
        two_terminal(g.symbol("zeta") * v)
    with pytest.raises(ValueError, match="one expression"):
        build_kernel("bad", ("p",), [], [], ())


def test_constant_free_kernel_runs():
    k = build_kernel("plain", ("v",), [v], [0], ())
    assert handle(k).evaluate([[2.0, 3.0]]).tolist() == [[2.0, 3.0], [1.0, 1.0]]


UNARY = ["exp", "sin", "tanh", "sinh", "cosh", "abs", "sqrt", "ln", "atan"]


@st.composite
def equations(draw):
    """A random equation of three unknowns and two parameters."""
    p, n, x = (g.symbol(s) for s in ("p", "n", "x"))
    made = [p - n, p, x, a, b, g.const(1.5), g.const(-0.3), n - p]
    for _ in range(draw(st.integers(1, 14))):
        first, second, third = (made[draw(st.integers(0, len(made) - 1))] for _ in range(3))
        op = draw(st.sampled_from([*UNARY, "add", "sub", "mul", "div", "neg", "where", "min", "max", "mul"]))
        if op in ("ln", "sqrt"):
            first = first * first + 0.5
        if op in ("exp", "sinh", "cosh"):
            first = g.tanh(first)
        if op == "where":
            made.append(g.where(first > 0.05, second, third))
        elif op == "neg":
            made.append(-first)
        elif op in UNARY:
            made.append(rules.unary(op, first))
        else:
            made.append(rebuild(make(op, (p, n)), (first, second * second + 0.7 if op == "div" else second)))
    return made[-1], made[-2]


@settings(max_examples=200, deadline=None)
@given(equations())
def test_random_equations_keep_their_meaning(pair):
    f, q = pair
    names = ("p", "n", "x")
    k = build_kernel("random", names, [f, -f, q], [0, q, f * q], ("a", "b"))
    rng = np.random.default_rng(7)
    unknowns = dict(zip(names, rng.uniform(-1, 1, (3, 40)), strict=True))
    parameters = {"a": rng.uniform(0.5, 2, 40), "b": rng.uniform(-2, -0.5, 40)}
    exact = [*([f, -f] if f is not g.ZERO else []), *([q] if q is not g.ZERO else [])]
    exact += [e for e in (q, f * q) if e is not g.ZERO]
    G = [differentiate(e, by) for e in (f, -f, q) for by in names]
    C = [differentiate(e, by) for e in (g.ZERO, q, f * q) for by in names]
    expected = {}
    for letter, entries in (("G", G), ("C", C)):
        for place, e in enumerate(entries):
            expected[(letter, *divmod(place, 3))] = e
    out, columns = numbers(k, unknowns, parameters)
    columns = np.array([np.broadcast_to(c, 40) for c in columns]).reshape(len(k.columns), 40)
    got = handle(k).evaluate(np.array(list(unknowns.values())), columns, (0.0, 1e-12))
    values = evaluate(exact, unknowns | parameters)
    rows = len(k.f_rows) + len(k.q_rows)
    assert rows == len(exact)
    seen = [(("G", r, c), e) for r, c, e in k.G] + [(("C", r, c), e) for r, c, e in k.C]
    values += evaluate([expected[place] for place, _ in seen], unknowns | parameters)
    for mine, compiled, wanted in zip(out, got, values, strict=True):
        size = 1e-9 * (1 + np.max(np.abs(wanted)))
        assert np.allclose(mine, wanted, rtol=1e-9, atol=size)
        assert np.allclose(compiled, wanted, rtol=1e-9, atol=size)
    for place, e in expected.items():
        if place not in dict(seen):
            zero = np.abs(evaluate([e], unknowns | parameters)[0])
            assert np.max(zero) <= 1e-9
