"""Voltages across inductors that carry large steady currents, at default options, against exact solutions."""

from __future__ import annotations

import numpy as np
import pytest
import rlc_checks

from circuitnn import Circuit

# Drawn from `bench.circuits rlc.little_damping`: voltages that rang or lagged by 2 to 27 % of the largest one, and
# one run (38) in which rounding alone seemed an error, until the step vanished.
DRAWN = 33, 38, 48, 58, 71, 79, 92, 100, 135, 194, 214, 244


def test_voltage_settles_beside_a_steady_current() -> None:
    """A source of 70 A changes by 1 A in 1.17 us in an inductor parallel to 40 kΩ: v = -L·di/dt, after 5.5 ns."""
    henry, ohms, end = 2.21e-4, 4e4, 1.17e-6
    deck = f"t\ni1 a 0 pwl(0 70 {end} 71)\nl1 0 a {henry}\nr1 a 0 {ohms}\n.tran 0.1u 4u\n.end\n"
    (result,) = Circuit.from_text(deck).run()
    t, v = result["time"], result["v(a)"]

    def answer(since: np.ndarray) -> np.ndarray:
        return np.where(
            since > 0.0, -henry / end * (1.0 - np.exp(-np.maximum(since, 0.0) * ohms / henry)), 0.0
        )

    exact = answer(t) - answer(t - end)
    assert np.abs(v - exact).max() < 0.02 * np.abs(exact).max()
    assert len(t) < 150


@pytest.mark.parametrize("seed", DRAWN)
def test_drawn_circuits_with_little_damping(seed: int) -> None:
    assert rlc_checks.little_damping(seed) == ""


@pytest.mark.parametrize("seed", [33, 211])
def test_rounding_of_charges_does_not_shrink_steps(seed: int) -> None:
    """Kilovolts on capacitors between currents: their last bits move a flux that is nearly zero."""
    drawing = rlc_checks.drawn(seed, odd=0.0, spread=0.5, kinds=rlc_checks.KINDS, stop=rlc_checks.STOP)
    deck = "\n".join(["t", drawing.text, ".options reltol=1e-5", ".tran 0.1u 10u", ".end", ""])
    (result,) = Circuit.from_text(deck).run()
    assert len(result["time"]) < 500
