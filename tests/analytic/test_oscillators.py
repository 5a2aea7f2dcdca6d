"""Relaxation oscillators with hysteretic switches against event-driven exact solutions.

Between two switchings the circuit is linear: its solution is a sum of exponentials, and the next switching is a
root of it. No time step enters.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

from circuitnn import Circuit

SUPPLY, ON, OFF, C = 14.0, 1 / 0.99e3, 1 / 100.2e3, 300e-12
RISE, FALL = 1.99, 1.0  # the device turns metallic above, insulating below


def pair(resistances, coupling=None):
    circuit = Circuit("oscillators").V("dd", "vd", "0", SUPPLY)
    circuit.model("vo2", "sw", vt=(RISE + FALL) / 2, vh=(RISE - FALL) / 2, ron=1 / ON, roff=1 / OFF)
    for name, r, start in zip("ab", resistances, (0.0, 3.0), strict=False):
        circuit.S(name, "vd", name, "vd", name, "vo2").R(name, name, "0", r).C(name, name, "0", C, ic=start)
    if coupling:
        circuit.C("c", "a", "b", coupling, ic=-3.0)
    return circuit


def exact_crossings(resistances, coupling, level, stop):
    """Times at which each node rises through `level`."""
    n = len(resistances)
    capacitances = (C + coupling) * np.eye(n) - coupling * (1 - np.eye(n))
    inverse = np.linalg.inv(capacitances)
    v = np.array([0.0, 3.0][:n])
    metallic = SUPPLY - v > RISE
    times = [[] for _ in resistances]
    grid = np.linspace(0, 8e-6, 8001)
    t = 0.0
    while t < stop:
        g = np.where(metallic, ON, OFF)
        a = -inverse @ np.diag(g + 1 / np.asarray(resistances))
        rest = g * SUPPLY / (g + 1 / np.asarray(resistances))
        rates, modes = (np.real(x) for x in np.linalg.eig(a))  # of an RC circuit, so real
        weights = np.linalg.solve(modes, v - rest)

        def at(dt, rest=rest, modes=modes, rates=rates, weights=weights):
            return rest + modes @ (np.exp(rates * dt) * weights)

        path = rest[:, None] + modes @ (np.exp(np.outer(rates, grid)) * weights[:, None])
        step, who = np.inf, 0
        for k in range(n):
            threshold = SUPPLY - (FALL if metallic[k] else RISE)
            sign = 1 if metallic[k] else -1
            over = sign * (path[k] - threshold) > 0
            first = np.nonzero(over[1:] & ~over[:-1])[0]
            if len(first):
                i = first[0]
                root = brentq(lambda d, k=k, h=threshold: at(d)[k] - h, grid[i], grid[i + 1], xtol=1e-20)
                if root < step:
                    step, who = root, k
        for k in range(n):
            below = path[k] <= level
            for i in np.nonzero(below[:-1] & ~below[1:] & (grid[:-1] < step))[0]:
                root = brentq(lambda d, k=k: at(d)[k] - level, grid[i], grid[i + 1], xtol=1e-20)
                if root <= step:
                    times[k].append(t + root)
        v = at(step)
        v[who] = SUPPLY - (FALL if metallic[who] else RISE)
        metallic[who] = not metallic[who]
        v[who] += -1e-13 if metallic[who] else 1e-13
        t += step
    return [np.array(x) for x in times]


def crossings(time, x, level):
    i = np.nonzero((x[:-1] <= level) & (x[1:] > level))[0]
    return time[i] + (level - x[i]) / (x[i + 1] - x[i]) * (time[i + 1] - time[i])


@pytest.mark.parametrize("r", [30e3, 47e3, 100e3])
def test_single_oscillator(r):
    result = pair([r]).tran(30e-6, tmax=5e-9, uic=True, reltol=1e-6)
    got = crossings(result.time, result["v(a)"], 12.5)
    (exact,) = exact_crossings([r], 0.0, 12.5, 30e-6)
    count = min(len(got), len(exact))
    assert count > 8
    np.testing.assert_allclose(got[:count], exact[:count], rtol=2e-4)
    assert np.diff(got[2:]).mean() == pytest.approx(np.diff(exact[2:]).mean(), rel=1e-4)


def test_pair_locks_through_a_capacitor():
    """30 pF lock a 47 kohm and a 48.5 kohm oscillator at 634.63 kHz, an eighth of a cycle apart."""
    result = pair([47e3, 48.5e3], 30e-12).tran(100e-6, tmax=5e-9, uic=True, reltol=1e-6)
    a, b = (crossings(result.time, result[f"v({n})"], 12.5) for n in "ab")
    fa, fb = (30 / (x[-1] - x[-31]) for x in (a, b))
    assert fa == pytest.approx(fb, rel=1e-5)
    assert fa == pytest.approx(634633.755, rel=5e-4)
    phase = (b[np.argmin(np.abs(b - a[-5]))] - a[-5]) * fa
    assert phase == pytest.approx(-0.12494, abs=3e-3)


def test_pair_does_not_lock_through_a_small_capacitor():
    result = pair([47e3, 48.5e3], 3e-12).tran(60e-6, tmax=5e-9, uic=True, reltol=1e-6)
    got = [crossings(result.time, result[f"v({n})"], 12.5) for n in "ab"]
    exact = exact_crossings([47e3, 48.5e3], 3e-12, 12.5, 60e-6)
    for x, y in zip(got, exact, strict=True):
        count = min(len(x), len(y))
        np.testing.assert_allclose(x[:count], y[:count], rtol=5e-4)
