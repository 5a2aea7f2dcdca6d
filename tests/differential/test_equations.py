"""`Circuit.system()`: f, q, G, C beside an exact stamp and finite differences; integration beside SciPy and `tran`."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import random_linear
from linear_oracle import Network
from scipy.integrate import solve_ivp

from circuitnn import Circuit, load
from circuitnn._cext.method import Method
from circuitnn.errors import AnalysisError, CircuitnnError, ConvergenceError, DeckWarning
from circuitnn.solvers.controllers import FIXED, Controller
from circuitnn.solvers.methods import Stage

NETLISTS = Path(__file__).resolve().parents[2] / "netlists"
DIODE = """t
v1 a 0 sin(0.2 1 100k)
r1 a b 1k
d1 b 0 dm
c1 b 0 1n
.model dm d(is=1e-14)
"""
SWITCH = """relaxation oscillator
v1 a 0 5
r1 a b 1k
c1 b 0 1n
s1 b 0 b 0 sm
.model sm sw(vt=2 vh=1 ron=10 roff=1meg)
"""


@pytest.mark.long
@pytest.mark.parametrize("part", range(3))
def test_matrices_of_random_linear_circuits(part):
    """The same rows, up to their sign, as an exact stamp that knows nothing of the package."""
    compared, random = 0, np.random.default_rng(part)
    for seed in range(part, 240, 3):
        drawn = random_linear.drawn(seed, kinds="rrrrrrccllkvviieeffgghhbb")
        oracle = Network(drawn.parts)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeckWarning)
                system = Circuit.from_text(f"t\n{drawn.text}\n.end\n").system()
        except CircuitnnError:
            continue  # no node, for instance
        if set(system.names) != set(oracle.names):
            continue
        order = [system.index(name) for name in oracle.names]
        x = random.normal(size=len(order))
        full = np.zeros(len(order))
        full[order] = x
        f, q, G, C = system.at(full)
        g, c, b, size, b_size = (
            np.array(m, dtype=float) for m in (oracle.g, oracle.c, oracle.b, oracle.size, oracle.b_size)
        )
        for k, at in enumerate(order):
            row, charges = G.toarray()[at, order], C.toarray()[at, order]
            sign = -1.0 if g[k] @ row + c[k] @ charges < 0.0 else 1.0
            np.testing.assert_allclose(sign * row, g[k], rtol=1e-12, atol=1e-12 * size[k].max(), err_msg=seed)
            np.testing.assert_allclose(
                sign * charges, c[k], rtol=1e-12, atol=1e-14 * np.max(np.abs(c)), err_msg=seed
            )
            scale = size[k] @ np.abs(x) + b_size[k]
            assert abs(sign * f[at] - (g[k] @ x - b[k])) <= 1e-12 * scale, seed
            assert abs(sign * q[at] - c[k] @ x) <= 1e-14 * np.max(np.abs(c)) * np.sum(np.abs(x)), seed
        compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    "deck",
    [
        "classic/opamp_741.cir",
        "classic/colpitts.cir",
        "neuron/pickett_spiking.cir",
        "selector/vo2_threshold.cir",
        "memristor/vteam_sine.cir",
    ],
)
def test_derivatives_against_differences(deck):
    """G and C along random directions, by differences of fourth order that shrink until they agree."""
    found = sorted(NETLISTS.glob(deck)) or sorted((NETLISTS / deck).parent.glob("*.cir"))[:1]
    system = load(found[0]).system()
    random = np.random.default_rng(1)
    base = system.operating_point()
    for _ in range(3):
        x = base + 1e-3 * random.normal(size=len(system)) * np.maximum(np.abs(base), 1e-3)
        direction = random.normal(size=len(system)) * np.maximum(np.abs(base), 1e-3)
        at = system.at(x, 0.0)
        for function, slope in ((system.f, at.G), (system.q, at.C)):
            wanted = slope @ direction
            size = abs(slope) @ np.abs(direction)
            errors = []
            for h in (1e-3, 1e-4, 1e-5):
                near, far = (
                    (function(x + k * h * direction, 0.0) - function(x - k * h * direction, 0.0))
                    / (2 * k * h)
                    for k in (1, 2)
                )
                errors.append(np.abs((4.0 * near - far) / 3.0 - wanted) / np.where(size, size, 1.0))
            assert np.max(np.min(errors, axis=0)) < 1e-6, found[0]


def test_sources_tolerances_and_names():
    system = Circuit.from_text("t\nv1 a 0 dc 2 sin(0 1 1k) m=1\ni1 0 a 1m m=3\nr1 a 0 1k\n.end").system(
        reltol=1e-5
    )
    assert system.names == ("v(a)", "i(v1)") and system.nodes == 1
    assert system.sources == ("v1", "i1")
    assert system.tolerances.relative == 1e-5 and system.tolerances.x.tolist() == [1e-6, 1e-12]
    assert system.source("v1") == 2.0
    assert system.source("v1", 0.25e-3) == pytest.approx(1.0)
    assert system.source("i1", 1.0) == pytest.approx(1e-3)
    x = np.array([0.5, 0.0])
    before = system.f(x)
    system.set_source("i1", 2e-3)
    np.testing.assert_allclose(system.f(x) - before, 1e-3 * system.influence("i1"))
    assert system.operating_point()[0] == pytest.approx(2.0)


@pytest.mark.parametrize("method", ["trap", "gear", "trbdf2"])
def test_integrate_against_scipy(method):
    circuit = Circuit.from_text(DIODE)
    system = circuit.system(reltol=1e-6, trtol=1.0, chgtol=1e-18)
    start = np.array([0.2, 0.2, 0.0])
    found = system.integrate(start, 0.0, 3e-5, method)
    kt = 1.38064852e-23 * 300.15 / 1.6021766208e-19

    def slope(t, y):
        v = 0.2 + np.sin(2e5 * np.pi * t)
        return [((v - y[0]) / 1e3 - 1e-14 * np.expm1(y[0] / kt) - 1e-12 * y[0]) / 1e-9]

    exact = solve_ivp(slope, (0, 3e-5), [0.2], method="LSODA", rtol=1e-10, atol=1e-13, t_eval=found.t)
    assert np.max(np.abs(found["v(b)"] - exact.y[0])) < 1e-4
    half = system.integrate(start, 0.0, 1.3e-5, method)
    rest = system.integrate(half.x[-1], 1.3e-5, 3e-5, method)
    assert rest.t[0] == 1.3e-5 and rest.t[-1] == 3e-5
    assert rest["v(b)"][-1] == pytest.approx(exact.y[0][-1], abs=1e-4)


def test_resistances_of_small_signals_are_not_those_of_the_equations():
    """``ac=`` of a resistor is for small-signal analyses: G is the derivative of f."""
    system = Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1k ac=10\n.end").system()
    assert system.G(np.ones(2)).toarray()[0, 0] == pytest.approx(1e-3)


def test_integrate_against_tran():
    """The same start and steps: the same points, up to the first vanishing step."""
    circuit = Circuit.from_text(DIODE)
    system = circuit.system(reltol=1e-5)
    found = system.integrate(system.operating_point(), 0.0, 2e-5)
    result = circuit.tran(2e-5, reltol=1e-5)
    waves = np.interp(result.time, found.t, found["v(b)"])
    assert np.max(np.abs(waves - result["v(b)"])) < 5e-3
    assert np.max(np.abs(found["v(b)"][-1] - result["v(b)"][-1])) < 1e-4


def test_a_method_of_your_own_by_single_solves():
    """Two-stage SDIRK of second order, written with nothing but `solve` and `q`."""
    system = Circuit.from_text(DIODE).system(reltol=1e-9, vntol=1e-12, abstol=1e-18)
    g = 1.0 - np.sqrt(0.5)

    def at_end(steps):
        x, h = np.array([0.2, 0.2, 0.0]), 1e-5 / steps
        for k in range(steps):
            t, q0 = k * h, system.q(x)
            first = system.solve(x, t + g * h, 1.0 / (g * h), -q0 / (g * h))
            rate = (system.q(first) - q0) / (g * h)
            x = system.solve(first, t + h, 1.0 / (g * h), -(q0 + (1.0 - g) * h * rate) / (g * h))
        return x[1]

    exact = system.integrate(np.array([0.2, 0.2, 0.0]), 0.0, 1e-5, "trbdf2", FIXED, largest=1e-5 / 4096)
    errors = [abs(at_end(n) - exact["v(b)"][-1]) for n in (32, 64, 128)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(2.0, abs=0.3)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(2.0, abs=0.3)


def test_a_method_and_a_controller_of_your_own():
    g = 1.0 - np.sqrt(0.5)
    method = Method(
        "mine",
        (Stage(g, 1.0 / g, (-1.0 / g,)), Stage(1.0, 1.0 / g, (-1.0 / g,), (0.0, (g - 1.0) / g))),
    )
    asked = []

    class Proportional(Controller):
        def propose(self, ratio, before, order):
            asked.append((ratio, before, order))
            return 0.8 * (1.0 / max(ratio, 1e-3)) ** 0.25

    system = Circuit.from_text(DIODE).system(reltol=1e-6, trtol=1.0)
    start = np.array([0.2, 0.2, 0.0])
    exact = system.integrate(start, 0.0, 1e-5, "trbdf2", FIXED, largest=1e-9)
    found = system.integrate(start, 0.0, 1e-5, method, Proportional())
    filtered = system.integrate(start, 0.0, 1e-5, method, Controller(integral=0.7, proportional=0.4))
    for one in (found, filtered):
        assert np.max(np.abs(np.interp(one.t, exact.t, exact["v(b)"]) - one["v(b)"])) < 2e-3
    assert len(asked) > 20 and {order for *_, order in asked} == {2}
    assert len(filtered) != len(found)


def test_what_a_controller_raises_is_raised():
    class Broken(Controller):
        def propose(self, ratio, before, order):
            raise ZeroDivisionError("in the controller")

    system = Circuit.from_text(DIODE).system()
    with pytest.raises(ZeroDivisionError, match="in the controller"):
        system.integrate(np.zeros(3), 0.0, 1e-4, controller=Broken(), largest=1e-7)
    assert len(system.integrate(np.zeros(3), 0.0, 1e-5)) > 10


def test_events_and_memory():
    """A switch with hysteresis: its state is part of the system beside x, and integrating leaves it as it was."""
    system = Circuit.from_text(SWITCH).system(tstop=1e-5, reltol=1e-5, trtol=1.0)
    start = np.array([5.0, 0.0, 0.0])
    whole = system.integrate(start, 0.0, 4e-6)
    again = system.integrate(start, 0.0, 4e-6)
    np.testing.assert_allclose(again.x, whole.x, rtol=1e-9)
    np.testing.assert_allclose(again.t, whole.t, rtol=1e-9)
    middle = next(k for k in range(len(whole)) if whole.t[k] > 2e-6)
    first = system.integrate(start, 0.0, whole.t[middle])
    before = system.memory
    system.memory = first.memory
    rest = system.integrate(first.x[-1], first.t[-1], 4e-6)
    system.memory = before
    assert rest["v(b)"][-1] == pytest.approx(whole["v(b)"][-1], abs=0.03)
    on, off = (system.events(np.array([5.0, v, 0.0]))["s1"] for v in (3.5, 0.5))
    assert on.max() > 0.0 and off.max() < on.max()


def test_a_failed_integration_keeps_its_points():
    system = Circuit.from_text("t\nc1 a 0 1u\nb1 a 0 i=-v(a)*v(a)\nr1 a 0 1meg\n.end").system()
    with pytest.raises(ConvergenceError) as failed:
        system.integrate(np.array([1.0]), 0.0, 1e-5)
    assert failed.value.result.t[-1] == pytest.approx(1e-6, rel=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.f(np.zeros(2)), r"x: shape \(2,\) does not fit, expected \(3,\)"),
        (lambda s: s.integrate(np.zeros(3), 1.0, 1.0), "must be later"),
        (lambda s: s.index("v(c)"), r"there is no unknown v\(c\)"),
        (lambda s: s.source("v2"), "there is no independent source v2"),
        (lambda s: s.solve(np.zeros(3), history=np.zeros(3)), "without alpha has no effect"),
    ],
)
def test_faults(call, message):
    with pytest.raises(AnalysisError, match=message):
        call(Circuit.from_text(DIODE).system())


DOCS = NETLISTS.parent / "docs" / "numerics.md"


@pytest.mark.skipif(not DOCS.exists(), reason="no documents here")
def test_the_example_of_the_documentation(capsys):
    """Shooting, with the monodromy matrix by G and C, finds the periodic steady state."""
    exec(compile(DOCS.read_text().split("```python")[-1].split("```")[0], "numerics.md", "exec"), {})
    assert float(capsys.readouterr().out) < 1e-4
