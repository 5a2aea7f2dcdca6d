"""Every model of the catalogue, whatever it is: the same battery.

Kirchhoff's current law; G and C against differences of 4th order; bytecode = native = numpy;
finite far outside; parameters described. A new model is tested by being in the folder.
"""

import ast
import inspect
import math

import numpy as np
import pytest

from circuitnn.equations import evaluate as numpy_backend
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.kernel import handle
from circuitnn.models import catalogue, lookup

NAMES = sorted(catalogue())
COUNT = 400
GMIN = 1e-12


def columns_of(model, n, rng):
    """Parameters drawn around their defaults, by name."""
    values = {}
    for p in (*model.parameters, *model.instance_parameters):
        if isinstance(p.default, str):
            values[p.name] = values[p.default].copy()
        elif math.isnan(p.default):
            values[p.name] = np.full(n, 27.0) if p.unit == "°C" else np.zeros(n)
        elif p.default == 0.0:
            scale = {"Ohm": 10.0, "s": 1e-9, "F": 1e-12, "V": 0.2, "A": 1e-3}.get(p.unit, 1.0)
            values[p.name] = rng.uniform(0.0, scale, n)
        else:
            values[p.name] = p.default * rng.uniform(0.8, 1.25, n)
            values[p.name] = np.clip(values[p.name], p.low, p.high)
    values |= {"temp": rng.uniform(-40.0, 125.0, n), "tnom": np.full(n, 27.0)}
    draws = {"uniform": rng.uniform, "normal": rng.standard_normal, "exponential": rng.exponential}
    kernel = model.kernel()
    values |= {name: draws[kind](size=n) for name, kind in kernel.randoms}
    for name, before in kernel.memories:
        flag = before.op == "const" and before.number in (0.0, 1.0)
        start = np.broadcast_to(numpy_backend.evaluate([before], values)[0], n)
        values[name] = rng.integers(0, 2, n).astype(float) if flag else np.array(start)
    return values


class Case:
    """A model's kernel with drawn parameters."""

    def __init__(self, name, n=COUNT, seed=0):
        self.rng = np.random.default_rng(seed)
        self.model = catalogue()[name]
        self.kernel = k = self.model.kernel()
        self.parameters = columns_of(self.model, n, self.rng)
        setup = dict(k.setup)
        made = numpy_backend.evaluate(setup.values(), self.parameters)
        self.values = self.parameters | dict(zip(setup, made, strict=True))
        self.columns = np.array([np.broadcast_to(self.values[c], n) for c in k.columns])
        self.n = n

    def points(self, spread=1.0):
        return self.rng.uniform(-spread, spread, (len(self.kernel.inputs), self.n))

    def numpy(self, x, exprs=None):
        values = self.values | dict(zip(self.kernel.inputs, x, strict=True)) | {"time": 1e-3, "gmin": GMIN}
        exprs = self.kernel.outputs if exprs is None else exprs
        return np.array([np.broadcast_to(v, self.n) for v in numpy_backend.evaluate(exprs, values)])

    def run(self, x, backend):
        return backend(self.kernel).evaluate(x, self.columns, (1e-3, GMIN))


@pytest.fixture(params=NAMES)
def case(request):
    return Case(request.param)


def test_native_kernel_is_the_current_one(case):
    assert handle(case.kernel).backend == "native", "the package was built from other equations"


@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
def test_back_ends_agree(case, spread):
    x = case.points(spread)
    native, bytecode, oracle = case.run(x, handle), case.run(x, assemble), case.numpy(x)
    scale = np.maximum(np.abs(oracle), 1e-300)
    assert np.all(np.abs(native - bytecode) <= 1e-12 * scale)
    # numpy's own functions differ by an ulp, which subtraction may amplify
    size = np.maximum(np.max(np.abs(oracle), axis=1, keepdims=True), 1e-300)
    assert np.all(np.abs(native - oracle) <= 1e-12 * scale + 1e-15 * size)


def test_alone_as_in_a_group(case):
    x = case.points()
    for backend in (handle, assemble):
        group = case.run(x, backend)
        for k in range(0, case.n, 37):
            alone = backend(case.kernel).evaluate(x[:, k : k + 1], case.columns[:, k : k + 1], (1e-3, GMIN))
            assert np.array_equal(alone[:, 0], group[:, k])


def test_currents_and_charges_sum_to_zero(case):
    x = case.points(3.0)
    nodes = [case.kernel.inputs.index(name) for name in (*case.model.terminals, *case.model.internal)]
    for exprs in (case.kernel.f, case.kernel.q):
        values = case.numpy(x, [exprs[i] for i in nodes])
        assert np.all(np.abs(values.sum(axis=0)) <= 1e-14 * np.abs(values).sum(axis=0) + 1e-300)


def test_derivatives(case):
    k = case.kernel
    x = case.points(0.9)
    for residuals, entries in ((k.f, k.G), (k.q, k.C)):
        exact = {(row, col): e for row, col, e in entries}
        for col in range(len(k.inputs)):
            numeric, error = differences(case, residuals, x, col)
            for row in range(len(k.inputs)):
                got = case.numpy(x, [exact[row, col]])[0] if (row, col) in exact else np.zeros(case.n)
                scale = np.maximum(np.abs(got), np.abs(numeric[row]))
                good = np.abs(got - numeric[row]) <= 1e-5 * scale + error[row] + 1e-18
                # a point next to the edge of a branch has no derivative across it
                assert np.mean(good) > 0.97, (k.inputs[row], k.inputs[col])


def differences(case, residuals, x, col, h=2e-5):
    def moved(step):
        y = x.copy()
        y[col] += step * h
        return case.numpy(y, residuals)

    numeric = (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * h)
    return numeric, 1e-14 * np.abs(case.numpy(x, residuals)) / h


def test_finite_far_outside(case):
    for spread in (1e2, 1e3, 1e6):
        for backend in (handle, assemble):
            assert np.all(np.isfinite(case.run(case.points(spread), backend)))
    assert np.all(np.isfinite(case.run(np.zeros((len(case.kernel.inputs), case.n)), handle)))


def test_columns_are_finite(case):
    assert np.all(np.isfinite(case.columns))


def test_events_are_over_when_they_have_happened(case):
    """With what an event changes, its condition no longer holds."""
    k = case.kernel
    for event in k.events:
        x = case.points(2.0)
        falls = case.numpy(x, [event.condition])[0] > 0.0
        new = dict(
            zip([t for t, _ in event.updates], case.numpy(x, [e for _, e in event.updates]), strict=True)
        )
        saved = dict(case.values)
        for name, value in new.items():
            if name in k.inputs:
                x[k.inputs.index(name)] = np.where(falls, value, x[k.inputs.index(name)])
            else:
                case.values[name] = np.where(falls, value, case.values[name])
        assert not np.any((case.numpy(x, [event.condition])[0] > 0.0) & falls)
        case.values.update(saved)


@pytest.mark.parametrize("name", NAMES)
def test_documented(name):
    model = catalogue()[name]
    module = inspect.getmodule(model)
    assert module.__doc__ and len(module.__doc__) > 100
    assert module.__name__.endswith(f".{name}")
    assert not any(
        isinstance(n, ast.Import | ast.ImportFrom) and "numpy" in ast.dump(n)
        for n in ast.parse(inspect.getsource(module)).body
    )
    for p in (*model.parameters, *model.instance_parameters):
        assert p.meaning
        assert p.low <= p.high
        if isinstance(p.default, str):
            assert p.default in [q.name for q in model.parameters]
        elif not math.isnan(p.default):
            assert p.low <= p.default <= p.high
    names = [n for p in (*model.parameters,) for n in (p.name, *p.aliases)]
    assert len(names) == len(set(names))
    for keyword in model.keywords:
        assert lookup(model.letter, keyword) is model
    assert set(model.collapse) <= set(model.internal)


def test_lookup_of_nothing():
    assert lookup("d", "npn") is None
    assert lookup("S", "SW") is catalogue()["switch"]
