"""Driven circuits that rest: a switch opens and closes, but no current flows that it could change."""

import numpy as np
import pytest
from scipy.linalg import expm

from circuitnn import Circuit

SUPPLY, PERIOD = 7.8688, 24.575e-6
RISE, WIDTH, FALL = 2.2822e-6, 7.3226e-6, 1.3534e-6
LOW, HIGH = 0.3314, 0.6579  # thresholds of the switch
CAPACITANCES, INDUCTANCES = [95.642e-9, 0.98111e-9, 5.7972e-9], [58.216e-6, 34.899e-6]
ON, OFF = 286.25, 1.8159e6
RESISTORS = [
    (None, 0, 269.66),
    (None, 1, 524.24),
    (None, 2, 29.766e3),
    (1, 0, 946.05),
    (2, 1, 468.47),
    (1, 2, 1030.1),
]
COILS = [0, 2]  # from the supply


def deck(swing):
    """With a source in series with the supply's resistor to n1, a current flows."""
    name = {None: "vdd"}
    lines = ["resting", f"vdd vdd 0 {SUPPLY}", f"vg g 0 pulse(0 1 0 {RISE} {FALL} {WIDTH} {PERIOD})"]
    lines += [f"c{k} n{k} 0 {c}" for k, c in enumerate(CAPACITANCES)]
    lines += [f"r{k} {name.get(a, f'n{a}')} n{b} {r}" for k, (a, b, r) in enumerate(RESISTORS)]
    lines += [f"l{k} vdd n{b} {INDUCTANCES[k]}" for k, b in enumerate(COILS)]
    middle, half = 0.5 * (LOW + HIGH), 0.5 * (HIGH - LOW)
    lines += ["s0 n2 n0 g 0 sm", f".model sm sw(vt={middle} vh={half} ron={ON} roff={OFF})"]
    lines += [f"i1 0 n1 {swing}"] if swing else []
    return "\n".join([*lines, ".end"])


def rates(switch):
    """Matrix of dx/dt for three voltages and two currents."""
    a = np.zeros((5, 5))
    for p, n, r in [*RESISTORS, (2, 0, switch)]:
        for here, there in ((p, n), (n, p)):
            if here is not None:
                a[here, here] -= 1.0 / r / CAPACITANCES[here]
                if there is not None:
                    a[here, there] += 1.0 / r / CAPACITANCES[here]
    for k, node in enumerate(COILS):
        a[3 + k, node], a[node, 3 + k] = -1.0 / INDUCTANCES[k], 1.0 / CAPACITANCES[node]
    return a


@pytest.mark.parametrize("current", [0.0, 1e-15, 1e-9, 1e-3])
def test_an_orbit_that_is_a_point(current):
    """Sizes of currents were their rounding, so that voltages moved them by 1e10 sizes: Newton's method stalled."""
    r = Circuit.from_text(deck(current)).pss(frequency=1.0 / PERIOD)
    on = HIGH * RISE, RISE + WIDTH + (1.0 - LOW) * FALL
    closed = expm(rates(ON) * (on[1] - on[0]))
    exact = expm(rates(OFF) * (PERIOD - on[1])) @ closed @ expm(rates(OFF) * on[0])
    found, wanted = (np.sort(np.abs(m))[::-1] for m in (r.multipliers, np.linalg.eigvals(exact)))
    np.testing.assert_allclose(found[:4], wanted[:4], atol=1e-6)
    if current < 1e-12:
        for k in range(3):
            np.testing.assert_allclose(r[f"v(n{k})"], SUPPLY, rtol=1e-9)
