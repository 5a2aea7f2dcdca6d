"""The expression graph: interning, simplification, functions, substitution, evaluation."""

import copy
import math
import pickle

import numpy as np
import pytest

from circuitnn.equations import expr, rules
from circuitnn.equations import graph as g
from circuitnn.equations.evaluate import evaluate

x, y, z = g.symbol("x"), g.symbol("y"), g.symbol("z")


def value(e, **values):
    return evaluate([e], values)[0]


def test_same_structure_is_same_object():
    assert g.exp(x / y) * 2 is 2 * g.exp(x / y)
    assert x + y is y + x
    assert g.min_(x, y) is g.min_(y, x)
    assert x - y is not y - x
    assert g.const(0.0) is g.const(-0.0)


def test_nodes_are_forgotten():
    before = len(expr._nodes)
    e = g.sin(x * 123.25) + g.cos(x * 321.5)
    assert len(expr._nodes) > before
    del e
    assert len(expr._nodes) == before


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (x + 0, x),
        (0 + x, x),
        (x * 1, x),
        (x * 0, g.ZERO),
        (x - x, g.ZERO),
        (0 - x, -x),
        (rules.neg(rules.neg(x)), x),
        (x + x, 2 * x),
        (x - (-y), x + y),
        (x + (-y), x - y),
        (-x - y, -(x + y)),
        (-x * -y, x * y),
        (x * -1, -x),
        (x / 1, x),
        (x / -1, -x),
        (2 * (3 * x), 6 * x),
        (-2 * x, -(2 * x)),
        (x * (1 / y), x / y),
        (x**2, x * x),
        (x**0, g.ONE),
        (x**-1, 1 / x),
        (x**3, x * (x * x)),
        (g.power(x, 2), x * x),
        (g.power(x, 3), abs(x) * (x * x)),
        (g.power(x, 0.5), g.sqrt(abs(x))),
        (g.const(2) + 3, g.const(5)),
        (g.where(1, x, y), x),
        (g.where(0, x, y), y),
        (g.where(x > 0, y, y), y),
        (g.where(x > 0, -y, -z), -g.where(x > 0, y, z)),
        (g.where(x > 0, g.where(x > 0, x, y), z), g.where(x > 0, x, z)),
        (y * g.where(x > 0, z, 0), g.where(x > 0, y * z, 0)),
        (x < x, g.ZERO),
        (x <= x, g.ONE),
        (x > y, y < x),
        (g.not_(x < y), y <= x),
        (g.not_(g.not_(g.not_(x))), g.not_(x)),
        (g.and_(x, 0), g.ZERO),
        (g.or_(x, 1), g.ONE),
        (abs(abs(x)), abs(x)),
        (abs(-x), abs(x)),
        (g.ddt(3), g.ZERO),
        (g.ddt(-x), -g.ddt(x)),
    ],
)
def test_simplification(built, expected):
    assert built is expected


def test_no_truth_value():
    with pytest.raises(TypeError, match="where"):
        bool(x > 0)
    with pytest.raises(TypeError, match="neither"):
        g.as_expr("x")


def test_copies_are_the_same_object():
    e = g.exp(x) + y
    assert copy.deepcopy(e) is e
    assert pickle.loads(pickle.dumps(e)) is e


@pytest.mark.long
def test_long_sums_do_not_recurse():
    e = x
    for k in range(30000):
        e = e + k * y
    assert g.symbols([e]) == {"x", "y"}
    assert value(e, x=1.0, y=1.0) == 1 + sum(range(30000))
    replaced = g.substitute([e], {"y": 0.0})[0]
    assert replaced is x
    chain = x
    for k in range(20000):
        chain = g.where(x > k, chain, y)
    assert value(chain, x=-1.0, y=2.0) == 2.0
    assert len(repr(e)) < 10000


def test_order_has_arguments_first():
    e = g.exp(x + y) * (x + y)
    ordered = g.order([e])
    assert len(ordered) == len(set(ordered)) == 5
    place = {node: i for i, node in enumerate(ordered)}
    assert all(place[a] < place[node] for node in ordered for a in node.args)


def test_substitute_simplifies():
    e = g.where(x > 0, y, g.sqrt(y)) * z
    assert g.substitute([e], {"x": 1.0, "z": 2})[0] is 2 * y
    assert g.substitute([e], {"q": 1.0})[0] is e
    assert g.substitute([x + y], {"x": y})[0] is 2 * y


# Values measured with ngspice 44 behavioural sources.
NGSPICE = [
    ("log", (2.0,), math.log(2.0)),
    ("ln", (0.0,), -1e99),
    ("log10", (0.0,), -1e99),
    ("log10", (2.0,), 0.3010299956639812),
    ("pow", (-2.0, 3.0), 8.0),
    ("pow", (-2.0, 2.5), 5.656854249492380),
    ("pow", (0.0, 0.0), 1.0),
    ("pwr", (-2.0, 3.0), -8.0),
    ("pwr", (-2.0, 2.0), -4.0),
    ("pwr", (-2.0, 2.5), -5.656854249492380),
    ("nint", (2.5,), 2.0),
    ("nint", (-2.5,), -2.0),
    ("nint", (1.5,), 2.0),
    ("floor", (-2.5,), -3.0),
    ("ceil", (-2.5,), -2.0),
    ("sgn", (0.0,), 0.0),
    ("u", (0.0,), 0.5),
    ("u", (-2.0,), 0.0),
    ("u2", (0.5,), 0.5),
    ("u2", (2.0,), 1.0),
    ("uramp", (-2.0,), 0.0),
    ("exp", (800.0,), 1e99),
    ("exp", (-800.0,), 0.0),
    ("tanh", (800.0,), 1.0),
    ("ternary_fcn", (0.0, 1.0, 2.0), 2.0),
    ("ternary_fcn", (-2.0, 1.0, 2.0), 1.0),
    ("pwl", (2.5, 0.0, 0.0, 1.0, 2.0), 5.0),
    ("pwl", (-2.5, 0.0, 0.0, 1.0, 2.0), -5.0),
    ("pwl", (1.5, 0.0, 0.0, 1.0, 2.0, 2.0, 1.0), 1.5),
    ("eq0", (0.0,), 1.0),
    ("ge0", (0.0,), 1.0),
    ("gt0", (2.0,), 1.0),
    ("lt0", (2.0,), 0.0),
    ("le0", (0.0,), 1.0),
    ("ne0", (0.0,), 0.0),
]


@pytest.mark.parametrize(("name", "args", "expected"), NGSPICE)
def test_functions_mean_what_ngspice_means(name, args, expected):
    build = g.FUNCTIONS[name][1]
    assert value(build(*map(g.const, args))) == pytest.approx(expected, rel=1e-7)
    first = build(x, *map(g.const, args[1:]))
    assert value(first, x=args[0]) == pytest.approx(expected, rel=1e-7)
    assert value(first, x=np.array([args[0]] * 3)) + np.zeros(3) == pytest.approx([expected] * 3, rel=1e-7)


def test_quotients():
    assert value(x / y, x=1.0, y=0.0) == pytest.approx(1e32)
    assert value(x / y, x=-2.0, y=0.0) == pytest.approx(-2e32)
    assert value(x / y, x=0.0, y=0.0) == 0.0
    assert value(x / y, x=1.0, y=np.array([0.0, -1e-40, 3.0])) == pytest.approx([1e32, -1e32, 1 / 3])


def test_never_infinite():
    extreme = np.array([0.0, -0.0, 1e300, -1e300, 1e-320, -1e-320, 5.0, -5.0])
    for name, (arity, build) in g.FUNCTIONS.items():
        if name in ("ddt", "pwl", "sqr", "mod", "fmod"):
            continue
        count = arity if isinstance(arity, int) else 2
        symbols = [g.symbol(f"a{k}") for k in range(count)]
        grids = np.meshgrid(*[extreme] * count)
        result = evaluate([build(*symbols)], {f"a{k}": v.ravel() for k, v in enumerate(grids)})[0]
        if name == "limexp":
            assert not np.any(np.isnan(result))
            continue
        assert np.all(np.isfinite(result)), name


def test_scalar_and_array_agree():
    rng = np.random.default_rng(2)
    for name, (arity, build) in g.FUNCTIONS.items():
        count = arity if isinstance(arity, int) else 2
        if name in ("pwl",):
            continue
        symbols = [g.symbol(f"a{k}") for k in range(count)]
        points = rng.uniform(-3, 3, (count, 50))
        e = build(*symbols)
        array = evaluate([e], {f"a{k}": p for k, p in enumerate(points)})[0]
        single = [evaluate([e], {f"a{k}": float(p) for k, p in enumerate(q)})[0] for q in points.T]
        assert array == pytest.approx(single, rel=1e-14, abs=1e-300), name


def test_the_branch_not_taken_does_not_matter():
    e = g.where(x > 0, g.ln(x), g.exp(-x) / 0.0)
    assert value(e, x=np.array([1.0]))[0] == 0.0
    bad = g.where(x > 0, y, x)
    assert value(bad, x=np.array([-1.0, 1.0]), y=np.array([np.nan, 2.0])).tolist() == [-1.0, 2.0]


def test_missing_symbol():
    with pytest.raises(KeyError):
        evaluate([x + y], {"x": 1.0})


def test_pwl_refuses_bad_tables():
    with pytest.raises(ValueError, match="increase"):
        g.pwl(x, [0, 0, 1], [1, 2, 3])
    with pytest.raises(ValueError, match="two points"):
        g.pwl(x, [0], [1])
    with pytest.raises(ValueError, match="constant"):
        g.pwl_points(x, y, y)


def test_powers_by_multiplication_agree():
    for n in range(-16, 17):
        assert value(x**n, x=-1.3) == pytest.approx((-1.3) ** n, rel=1e-14)
        assert value(g.power(x, n), x=-1.3) == pytest.approx(1.3**n, rel=1e-14)
        assert all(node.op != "pow" for node in g.order([x**n, g.power(x, n)]))


def test_tables_of_numbers_within_other_operations():
    """A table's value at a number goes into operations that take plain numbers only."""
    x = g.symbol("x")
    inner = g.pwl(x, [0.0, 1.0], [-1.0, 3.0])
    made = evaluate([g.sgn(inner)], {"x": 0.75})
    assert made == [1.0] and type(made[0]) is float
