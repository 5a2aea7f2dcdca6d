"""Transients of circuits whose curves have corners: every accepted point satisfies Kirchhoff's current law."""

import random

import numpy as np
import pytest

from circuitnn import Circuit


def residuals(circuit, result):
    """Currents that are missing at the nodes of each point, of the equations alone."""
    system = circuit.system()
    points = np.column_stack([result[name] for name in system.names])
    return np.array([system.f(x, t)[:-1] for x, t in zip(points, result["time"], strict=True)])


@pytest.mark.parametrize("method", ["trap", "gear", "trbdf2", "blend"])
def test_newton_between_two_corners(method):
    """From either side of a saturated amplifier's linear range the slopes are alike, and corrections go to and fro.

    They were taken for exact, and v(y) for 20 V. With an input of 50 mV it is 0.25/0.051 V.
    """
    circuit = Circuit.from_text("""an amplifier that saturates
    vu u 0 pwl(0 0 10n 0 11n 0.05)
    b1 y 0 i=-v(u)*min(0.4,max(0,5-v(y)))
    r1 y 0 1k
    .end
    """)
    result = circuit.tran(20e-9, 1e-10, method=method)
    assert result["v(y)"][-1] == pytest.approx(0.25 / 0.051, rel=1e-6)
    assert np.abs(residuals(circuit, result)).max() < 2e-5


@pytest.mark.parametrize("seed", range(25))
def test_random_straight_pieces(seed):
    rng = random.Random(seed)

    def clipped(x):
        low, width = rng.uniform(-1.0, 0.5), rng.uniform(0.05, 1.0)
        return f"min({low + width:.3f},max({low:.3f},{x}))"

    gains = [rng.choice([-1, 1]) * 10 ** rng.uniform(-4, -1.5) for _ in range(3)]
    # Each node's own conductance outweighs what comes back to it: one solution.
    own = 4.0 * sum(abs(g) for g in gains)
    cards = []
    for k in (1, 2, 3):
        inside = clipped(f"v(u)*{rng.uniform(1, 30):.2f}-v({k % 3 + 1})")
        cards += [f"b{k} {k} 0 i={gains[k - 1]:.4g}*{inside}", f"r{k} {k} 0 {1 / own:.6g}"]
    text = "\n".join(["random pieces", "vu u 0 pwl(0 0 5n 0 6n 1 12n 1 14n -1)", *cards, ".end"])
    circuit = Circuit.from_text(text)
    result = circuit.tran(20e-9, 1e-10)
    assert result.complete
    assert np.abs(residuals(circuit, result)).max() < 1e-3 * own
