"""Bounds of states hold at every accepted point, and no equation sees a value beyond them: random models of a user."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.build import build_kernel
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import abs_, limit, ln, max_, sinh, sqrt, where
from circuitnn.errors import AnalysisError
from circuitnn.models import register
from circuitnn.models.memories.windows import stopped
from circuitnn.models.model import Equations, Model, State

CASES = 60
KINDS = range(8)
UNENDING = [0, 1, 4, 5, 6]  # that make sense without a bound


def drifts(v, x, s, rng, kinds):
    """A rate of change, in ranges per drive: as people write them, with and without stops of their own."""
    kind = rng.choice(kinds)
    speed = s * 10.0 ** rng.uniform(-1, 2)
    return [
        lambda: speed * v,
        lambda: speed * sinh(3.0 * v),
        lambda: speed * v * abs_(v) * (0.05 + 4.0 * x * (1.0 - x)),
        lambda: stopped(speed * v, x),
        lambda: speed * where(v > 0.3, v - 0.3, where(v < -0.2, v + 0.2, 0.0)),
        lambda: speed * (max_(v, 0.0) - x),
        lambda: speed * (v * v * v + 0.5) / (1.0 + x * x),
        lambda: speed * v * sqrt(x * (1.0 - x) + 1e-3),
    ][kind]


def random_model(seed):
    rng = np.random.default_rng(seed)
    low = rng.choice([0.0, -1.0, 1e-3, 250.0])
    high = low + rng.choice([1.0, 1e-2, 50.0])
    start = low + (high - low) * rng.choice([0.0, 1.0, rng.uniform()])
    only = rng.integers(6)  # now and then one bound is all there is
    bounds = {"low": low if only != 0 else -math.inf, "high": high if only != 1 else math.inf}
    state = State(
        "x", "", "state", start, tolerance=(high - low) * 1e-6, stop=10.0 ** rng.uniform(-6, -2), **bounds
    )
    kinds = KINDS if math.isfinite(bounds["high"] - bounds["low"]) else UNENDING
    two = rng.random() < 0.3

    class Random(Model):
        name = f"testbounds{seed}"
        terminals = ("p", "n")
        states = (state, State("y", "", "another", 0.5, low=0.0, high=1.0)) if two else (state,)

        @classmethod
        def equations(cls, m: Equations) -> None:
            v = m.voltage("p", "n")
            x = (m.unknown("x") - low) / (high - low)
            draw = np.random.default_rng(seed)
            # what would have no value out of bounds
            inside = ln(1e-3 + x) if math.isfinite(bounds["low"]) else limit(x, -5.0, 5.0)
            m.flow("p", "n", v * (1e-3 + 1e-4 * inside))
            m.state("x", (high - low) * drifts(v, x, 1.0, draw, kinds)())
            if two:
                m.state("y", drifts(v, m.unknown("y"), 3.0, draw, KINDS)())

    return register(Random), rng


def drive(rng):
    size = rng.uniform(0.5, 3.0)
    return [
        f"sin(0 {size} {rng.uniform(0.5, 5)})",
        f"pulse({-size} {size} 0.1 1m 1m 0.3 0.6)",
        f"pwl(0 0 0.3 {size} 0.5 {-size} 1 {size})",
        f"{size}",
    ][rng.integers(4)]


@pytest.mark.thinned(4)
@pytest.mark.parametrize("seed", range(CASES))
def test_states_stay_within_their_bounds(seed):
    model, rng = random_model(seed)
    deck = (
        f"t\nv1 in 0 {drive(rng)}\nr1 in a {10 ** rng.uniform(0, 3)}\nn1 a 0 m\n.model m {model.name}\n.end\n"
    )
    coarse = Circuit.from_text(deck).tran(1.0)
    fine = Circuit.from_text(deck).tran(1.0, tmax=2e-4, reltol=1e-6, statetol=1e-8, vntol=1e-9)
    for state in model.states:
        name = f"@n1[{state.name}]"
        for r in (coarse, fine):
            assert state.low <= r[name].min() and r[name].max() <= state.high
        bounded = math.isfinite(state.high - state.low)
        span = state.high - state.low if bounded else max(np.ptp(fine[name]), 0.01 * abs(fine[name]).max())
        off = np.abs(np.interp(coarse.time, fine.time, fine[name]) - coarse[name]).max()
        assert off <= 1e-2 * span, f"{name} is off by {off / span:.2%} of its range"


@pytest.mark.parametrize("seed", range(CASES))
def test_equations_see_no_value_outside(seed):
    """Of an iterate beyond a bound, every equation but the state's own makes what it makes of the bound."""
    model, rng = random_model(seed)
    m = model.stated()
    kernel = build_kernel(
        model.name, model.inputs(), list(m.f.values()), list(m.q.values()), ["multiplier", "temp", "tnom"]
    )
    values = {"multiplier": 1.0, "temp": 27.0, "tnom": 27.0, "time": 0.0, "gmin": 0.0, "y": 0.5, "n": 0.0}
    row = model.inputs().index("x")
    state = model.states[0]
    for bound, outward in ((state.low, -1.0), (state.high, 1.0)):
        if not math.isfinite(bound):
            continue
        for far in (1e-9, 0.1, 10.0):
            for v in rng.uniform(-2, 2, 4):
                beyond = bound + outward * far * state.fading
                at, out = (
                    evaluate([*(e for e in m.f.values()), *m.q.values()], {**values, "p": v, "x": x})
                    for x in (bound, beyond)
                )
                assert out[:row] == at[:row]
                rate, stored = -out[row], out[len(m.f) + row]
                assert outward * rate <= 0.0, "the rate leads further out"
                assert stored == pytest.approx(beyond)
                slopes = {
                    (r, c): evaluate([e], {**values, **columns(kernel, values), "p": v, "x": beyond})[0]
                    for r, c, e in kernel.G
                }
                assert all(slope == 0.0 for (r, c), slope in slopes.items() if c == row and r != row)


def columns(kernel, values):
    """What the kernel computes once."""
    made = dict(values)
    for name, e in kernel.setup:
        made[name] = evaluate([e], made)[0]
    return made


@register
class Started(Model):
    """A state whose initial value is a parameter without a range."""

    name = "teststarted"
    terminals = ("p", "n")
    states = (State("x", "", "state", 1.5, low=0.0, high=1.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", m.voltage("p", "n") * m.unknown("x"))
        m.state("x", 0.0 * m.voltage("p", "n"))


def test_an_initial_value_out_of_bounds_is_an_error():
    with pytest.raises(AnalysisError, match=r"n1: state x starts at 1.5, outside its range 0 … 1"):
        Circuit.from_text("t\nv1 a 0 1\nn1 a 0 m\n.model m teststarted\n.end\n").op()


@register
class Relaxing(Model):
    """A bounded state that operating points solve for, with no rate of its own at a bound."""

    name = "testrelaxing"
    terminals = ("p", "n")
    states = (State("x", "", "state", 0.5, low=0.0, high=1.0, hold=False),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("p", "n"), m.unknown("x")
        m.flow("p", "n", v * (1e-3 + x))
        m.state("x", max_(v, 0.0) * (1.0 - x) - x)


@pytest.mark.parametrize("v", [-5.0, 0.0, 1.0, 1e3])
def test_an_operating_point_finds_a_bounded_equilibrium(v):
    r = Circuit.from_text(f"t\nv1 a 0 {v}\nn1 a 0 m\n.model m testrelaxing\n.end\n").op()
    assert r["@n1[x]"] == pytest.approx(max(v, 0) / (1 + max(v, 0)), abs=2e-4)
