"""A solution that rests on an operation without a value says so: sqrt(-1), a divisor of 0, exp(300)."""

import math
import random
import re
import warnings

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.crossbar import Bias, Crossbar, Device
from circuitnn.equations import graph as g
from circuitnn.equations.domains import Domains
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.intervals import intervals
from circuitnn.models import Model, Parameter, State, known, register

X, Y = g.symbol("x"), g.symbol("y")


def outside(expr, **values):
    given = {k: float(v) for k, v in values.items()}
    return float(evaluate([Domains([g.as_expr(expr)]).outside()], given)[0]) > 0.0


@pytest.mark.parametrize(
    ("expr", "bad", "good"),
    [
        (g.sqrt(X), -1.0, 0.0),
        (g.ln(X), 0.0, 1e-300),
        (g.log10(X), -2.0, 1.0),
        (g.log1p(X), -1.0, -0.999),
        (g.asin(X), 1.1, 1.0),
        (g.acos(X), -1.1, -1.0),
        (g.acosh(X), 0.9, 1.0),
        (g.atanh(X), 1.0, 0.999),
        (g.exp(X), 228.0, 227.0),
        (g.expm1(X), 228.0, 227.0),
        (g.sinh(X), -228.0, -227.0),
        (g.cosh(X), -228.0, -227.0),
        (Y / X, 0.0, 1e-31),
        (Y / X, 1e-33, 1.0),
        (g.fmod(Y, X), 0.0, 1.0),
        (g.power(X, 1.5), -1.0, 0.0),
        (g.power(X, Y), -1.0, 1.0),
        (g.power(X, -0.3), 0.0, 1.0),
        (g.pwr(X, -0.3), 0.0, -1.0),
        (g.power(X, 40.5), 1e3, 10.0),
    ],
)
def test_operations(expr, bad, good):
    assert outside(expr, x=bad, y=2.5)
    assert not outside(expr, x=good, y=2.5)


def test_what_does_not_count():
    assert not outside(g.where(X > 0.0, g.sqrt(X), 0.0), x=-1.0)
    assert outside(g.where(X > 0.0, 0.0, g.sqrt(X)), x=-1.0)
    assert outside(g.where(g.sqrt(X) > 0.5, 1.0, 2.0), x=-1.0)
    assert not outside(Y * g.ln(X), x=-1.0, y=0.0)
    assert not outside(g.max_(g.ln(X), -10.0), x=-1.0)
    assert not outside(g.sqrt(g.max_(X, 0.0)), x=-1.0)
    assert not outside(g.exp(g.min_(X, 80.0)), x=1e9)
    assert not outside(g.power(X, 3.0), x=-1.0)


def test_rounding_is_no_fault():
    """A root of what ought to be 0, and is so to rounding, has its value."""
    assert not outside(g.sqrt(1.0 - X * X), x=1.0 + 1e-15)
    assert outside(g.sqrt(1.0 - X * X), x=1.0 + 1e-9)


def python(node, values):
    """Value of an expression by Python's own functions, which raise where there is none; lazily."""
    if node.op == "const":
        return node.value
    if node.op == "symbol":
        return values[node.value]
    if node.op == "where":
        return python(node.args[1 if python(node.args[0], values) else 2], values)
    if node.op == "mul":  # what is multiplied by 0 does not count
        for first, second in (node.args, node.args[::-1]):
            try:
                value = python(first, values)
            except (ValueError, ZeroDivisionError):
                continue
            return value * python(second, values) if value else 0.0
    a = [python(e, values) for e in node.args]
    made = {
        "neg": lambda: -a[0],
        "abs": lambda: abs(a[0]),
        "add": lambda: a[0] + a[1],
        "sub": lambda: a[0] - a[1],
        "mul": lambda: a[0] * a[1],
        "div": lambda: a[0] / a[1],
        "lt": lambda: a[0] < a[1],
        "le": lambda: a[0] <= a[1],
        "sqrt": lambda: math.sqrt(a[0]),
        "ln": lambda: math.log(a[0]),
        "acos": lambda: math.acos(a[0]),
        "tanh": lambda: math.tanh(a[0]),
    }[node.op]()
    return float(made)


def random_expression(rng, depth):
    if depth == 0:
        return rng.choice([X, Y, g.as_expr(rng.uniform(0.5, 2.0))])
    a, b = (random_expression(rng, depth - 1) for _ in range(2))
    return rng.choice(
        [
            lambda: a + b,
            lambda: a - b,
            lambda: a * b,
            lambda: a / b,
            lambda: g.sqrt(a),
            lambda: g.ln(a),
            lambda: g.acos(a),
            lambda: g.tanh(a),
            lambda: g.where(a > b, a, b * b),
            lambda: g.where(a > 0.0, g.sqrt(a), b),
            lambda: abs(a),
        ]
    )()


def test_agrees_with_python_on_random_expressions():
    rng, seen = random.Random(1), [0, 0]
    for _ in range(400):
        expr = random_expression(rng, rng.randint(1, 4))
        wanted = Domains([expr]).outside()
        for _ in range(8):
            values = {"x": rng.uniform(-3.0, 3.0), "y": rng.uniform(-3.0, 3.0)}
            try:
                python(expr, values)
                fails = False
            except (ValueError, ZeroDivisionError):
                fails = True
            seen[fails] += 1
            assert (float(evaluate([wanted], values)[0]) > 0.0) == fails, (expr, values)
    assert min(seen) > 500


def test_intervals_hold_on_random_expressions():
    rng = np.random.default_rng(2)
    choose = random.Random(2)
    x, y = rng.uniform(-3.0, 3.0, 50), rng.uniform(0.0, 2.0, 50)
    known = {"x": (-3.0, 3.0), "y": (0.0, 2.0)}
    for _ in range(400):
        expr = random_expression(choose, choose.randint(1, 4))
        nodes = g.order([expr])
        found = intervals(nodes, known)
        for node, value in zip(nodes, evaluate(nodes, {"x": x, "y": y}), strict=True):
            low, high = found[node]
            slack = 1e-12 * np.abs(value)
            assert np.all(value >= low - slack) and np.all(value <= high + slack), (node, low, high)


class Rooted(Model):
    """Test bench: a root of what may be negative, and a time constant that may be 0. No device is meant."""

    name = "rooted_for_test"
    terminals = ("plus", "minus")
    parameters = (Parameter("tau", 1.0, "s", "time constant"), Parameter("g", 1.0, "S", "conductance"))
    states = (State("x", "", "part", 0.5),)
    memories = {"far": 0.0}

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        far = m.memory("far", g.where(g.symbol("far") > 0.5, 0.2 - v, v - 1.0))
        m.flow("plus", "minus", m["g"] * v * g.where(far > 0.5, g.sqrt(v - 0.6), 1.0))
        m.state("x", (v - m.unknown("x")) / m["tau"])


class Simple(Rooted):
    """The same without memory. No device is meant."""

    name = "simple_for_test"
    memories = {}

    @classmethod
    def equations(cls, m):
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", m["g"] * v)
        m.state("x", (v - m.unknown("x")) / m["tau"])


@pytest.fixture(autouse=True, scope="module")
def _known():
    register(Rooted)
    register(Simple)


def notes(cards):
    results = Circuit.from_text(f"test\n{cards}\n.end\n").run()
    return [note for result in results for note in result.statistics.notes]


def test_operating_point_names_model_instance_and_parameter():
    (note,) = notes("v1 a 0 0.2\nn7 a 0 m\n.model m rooted_for_test tau=0\n.op")
    assert note.startswith("n7 (rooted_for_test) at the operating point: -0.3 divided by 0")
    assert note.endswith("with tau = 0")


def test_good_points_say_nothing():
    cards = "v1 a 0 sin(0.7 0.1 1k)\nn7 a 0 m\n.model m rooted_for_test"
    assert not notes(f"{cards}\n.op\n.tran 1u 5m\n.dc v1 0 1 0.1")


def test_transient_says_when_and_follows_memories():
    """The root counts only after v has been above 1, and has no value where v is below 0.6 again."""
    cards = "v1 a 0 sin(0.5 0.55 1k)\nn1 a 0 m\n.model m rooted_for_test"
    (note,) = notes(f"{cards}\n.tran 1u 3m")
    assert note.startswith("n1 (rooted_for_test) at t = ")
    time = float(note.split("t = ")[1].split(" s:")[0])
    assert time > 0.25e-3
    assert "sqrt(-" in note and "points looked at" in note


def test_sweep_says_where():
    notes_ = notes("v1 a 0 0\nb1 b 0 v=sqrt(v(a)-0.5)\n.dc v1 1 0 -0.01")
    assert len(notes_) == 1 and "b1 at v1 = 0.49: sqrt(-0.01) counts as 0, with v(a) = 0.49" in notes_[0]
    for sweep in ("temp 0 50 10", "k 0 5 1"):
        assert len(notes(f".param k=1\nv1 a 0 0.1\nb1 b 0 v=sqrt(v(a)-0.5)+0*k\n.dc {sweep}")) == 1


def test_every_analysis_looks_at_its_operating_point():
    cards = "v1 a 0 dc 0.2 ac 1\nb1 b 0 v=v(a)*ln(v(a)-1)\nr1 b 0 1k"
    for analysis in ("ac dec 2 1 10", "noise v(b) v1 dec 2 1 10", "tf v(b) v1", "sens v(b)"):
        assert any("ln(-0.8) counts as -1e99" in note for note in notes(f"{cards}\n.{analysis}")), analysis


def test_numbers_that_all_sources_share():
    """What a deck's parameters make of a behavioural source is looked at, though it is folded into its code."""
    (note,) = notes(".param k=-2\nv1 a 0 0.2\nb1 b 0 v=v(a)+sqrt(k)\n.op")
    assert note.startswith("b1 at the operating point: sqrt(-2) counts as 0")
    (note,) = notes(".param k=0\nv1 a 0 0.2\nb1 b 0 v=v(a)/k\n.op")
    assert "0.2 divided by 0" in note


def test_one_of_many_instances():
    (note,) = notes(
        "v1 a 0 0.2\n"
        + "\n".join(f"n{k} a 0 m tau={k % 7}" for k in range(20))
        + "\n.model m rooted_for_test\n.op"
    )
    assert note.startswith("n0 and 2 more (rooted_for_test)")


def test_cells_of_an_array():
    """The array solver says it as the general engine does, and names the cells; good cells say nothing."""
    tau = np.ones((6, 5))
    tau[2, 3] = tau[4, 1] = 0.0
    for wires in ({}, {"wordline_resistance": 1.0, "bitline_resistance": 1.0}):
        array = Crossbar(6, 5, Device("simple_for_test", tau=tau), **wires)
        found = array.op(Bias(left=0.2, bottom=0.0), engine="array").statistics.notes
        (note,) = [n for n in found if "counts as" in n]
        assert note.startswith("cell at row 2, column 3 and 1 more (simple_for_test): ")
        assert "divided by 0: the divisor counts as 1e-32, with tau = 0" in note
        good = Crossbar(6, 5, Device("simple_for_test"), **wires).op(
            Bias(left=0.2, bottom=0.0), engine="array"
        )
        assert not [n for n in good.statistics.notes if "counts as" in n]


CLASSIC = {"diode", "bjt", "jfet", "mesfet", "mosfet1", "mosfet2", "mosfet3", "mosfet6"}
OWN = [name for name, model in known().items() if model.letter != "n" and model.kernel().quick_guard]


def test_most_of_spices_devices_have_a_stored_guard():
    assert {*OWN} >= CLASSIC


@pytest.mark.parametrize("name", OWN)
def test_the_stored_guard_is_that_of_the_expressions(name):
    kernel = known()[name].kernel()
    handle = kernel.quick_guard
    draws = np.random.default_rng(1)
    scale = 10.0 ** draws.uniform(-3, 3, 400)
    x = scale * draws.standard_normal((len(kernel.inputs), 400))
    columns = np.abs(draws.standard_normal((len(kernel.columns), 400)))
    columns[draws.random(columns.shape) < 0.05] = 0.0
    outside = Domains([*kernel.f, *kernel.q], kernel.inputs).outside()
    values = dict(zip(kernel.inputs, x, strict=True)) | dict(zip(kernel.columns, columns, strict=True))
    exact = np.broadcast_to(evaluate([outside], values | {"gmin": 1e-12, "time": 0.0})[0], 400) > 0.0
    assert np.count_nonzero(exact) < 400
    assert name not in CLASSIC or np.count_nonzero(exact) > 10
    assert np.array_equal(handle.evaluate(x, columns, (0.0, 1e-12))[0] > 0.0, exact)


@pytest.mark.parametrize(
    ("cards", "says"),
    [
        (
            "v1 a 0 100\nd1 a 0 m\n.model m d\n.op",
            r"d1 \(diode\) at the operating point: exp\(3866.\d+\) stops at 1e99",
        ),
        ("v1 a 0 0\nd1 a 0 m\n.model m d\n.dc v1 0 100 1", r"d1 \(diode\) at v1 = 12: exp\(463"),
        (
            "v1 a 0 pwl(0 0 1m 100)\nd1 a 0 m\n.model m d\n.tran 1u 1m",
            r"d1 \(diode\) at t = 0.000122\d+ s: exp",
        ),
        (
            "v1 a 0 pwl(0 0 .99m 0 1m 100)\nd1 a 0 m\n.model m d\n.tran 1u 1m",
            r"d1 \(diode\) at t = 0.001 s: exp",
        ),
        (
            "v1 c 0 5\nv2 b 0 100 ac 1\nq1 c b 0 m\n.model m npn\n.ac lin 1 1 1",
            r"q1 \(bjt\) at the operating point",
        ),
        (
            "v1 d 0 -90\nm1 d 0 0 0 m\n.model m nmos(level=1)\n.op",
            r"m1 \(mosfet1\) at the operating point: exp",
        ),
        ("v1 g 0 90\nj1 d g 0 m\nr1 d 0 1\n.model m njf\n.op", r"j1 \(jfet\) at the operating point: exp"),
    ],
)
def test_spices_devices_are_looked_at_too(cards, says):
    """They were taken to have values everywhere: a diode across 100 V carried 1e85 A without a word."""
    notes = "\n".join(run_notes(cards))
    assert re.search(says, notes), notes


def run_notes(cards):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Circuit.from_text(f"t\n{cards}\n.end\n").run()[0].statistics.notes


def test_few_instances_of_many_are_looked_at_in_time():
    """... but all of them at the operating point; and the note says how many are like it."""
    pairs = "\n".join(f"v{k} a{k} 0 {100 if k == 301 else 0.5}\nd{k} a{k} 0 m" for k in range(600))
    current, note = run_notes(f"{pairs}\n.model m d\n.tran 1u 3u")
    assert "more than any circuit carries" in current
    assert note.startswith("d301 (diode) at the operating point: exp(3866")
