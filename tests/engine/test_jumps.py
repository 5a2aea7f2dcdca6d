"""Sources that jump: a point of a transient solves the equations, or the run says why it ends."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import ConvergenceError

NEAR = 2e-3  # of a threshold, where the tolerance permits both sides


def worst(rng):
    """Largest error of Kirchhoff's current law, relative to its terms, in a circuit with a current in steps."""
    count = rng.integers(1, 4)
    levels = np.sort(rng.uniform(-3.0, 3.0, count))
    steps = rng.uniform(-1.0, 1.0, count + 1) * 10.0 ** rng.uniform(-5.0, -1.5, count + 1)
    slope, resistance = rng.choice([0.0, 1e-4, 1e-3]), 10.0 ** rng.uniform(1.0, 4.0)
    jumps = "+".join(
        f"(v(k)>{float(level)!r} ? {float(step)!r} : 0)"
        for level, step in zip(levels, steps[1:], strict=True)
    )
    charge = rng.choice(["", "c1 m 0 1n\n", "c1 m 0 10p\n"])
    deck = (
        f"t\nv1 in 0 sin(0 {float(rng.uniform(2.0, 5.0))!r} 1k)\nr1 in m 1k\n{charge}r2 m k {float(resistance)!r}\n"
        f"b1 k 0 i={float(steps[0])!r}+{jumps}+{float(slope)!r}*v(k)\n.end\n"
    )
    try:
        result = Circuit.from_text(deck).tran("1m", "5u", method=str(rng.choice(["trap", "gear", "blend"])))
    except ConvergenceError:
        return None
    m, k = result["v(m)"], result["v(k)"]
    drawn = (
        steps[0] + sum((k > level) * step for level, step in zip(levels, steps[1:], strict=True)) + slope * k
    )
    clear = np.min([np.abs(k - level) for level in levels], axis=0) > NEAR * np.abs(k) + 1e-5
    error = np.abs((m - k) / resistance - drawn) / (
        np.abs(m) / resistance + np.abs(k) / resistance + np.abs(drawn)
    )
    return np.max(error[clear])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_every_point_solves_the_equations(seed):
    rng = np.random.default_rng(seed)
    found = [worst(rng) for _ in range(60)]
    assert sum(error is not None for error in found) > 20
    assert max(error for error in found if error is not None) < 5e-3


def test_a_load_line_without_an_intersection_ends_the_run():
    """Between the thresholds, neither side of the jump is a solution; corrections there and back are of equal size."""
    circuit = Circuit.from_text(
        "t\nv1 in 0 5\nr1 in m 1meg\nr2 m 0 1meg\nc1 m 0 100p ic=0\nr3 m k 1k\nb1 k 0 i=v(k)>1 ? 10m : 0\n.end\n"
    )
    with pytest.raises(ConvergenceError, match="the condition in the expression of b1 turns over"):
        circuit.tran("0.2m", "1u", uic=True)
