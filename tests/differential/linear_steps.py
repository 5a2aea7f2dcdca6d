"""What the documentation promises of time steps, asked of every accepted point of a linear circuit.

A step obeys a formula of integration; its error, estimated as SPICE does, stays within the tolerances; and therefore
no waveform is farther from the exact one than all these errors, carried on by the circuit's own motion, add up to.
"""

from __future__ import annotations

import numpy as np
from accepted_points import Sums, broken_steps
from linear_transients import Motion, expm

RELTOL = 1e-4  # unless said otherwise
TRTOL, CHGTOL, ABSTOL = 7.0, 1e-14, 1e-12
LEAP = 4.0  # a rate that leaps counts for at most so many times the smaller one
REJECT = 1.2  # of the tolerance, above which a step is taken again
DERIVATIVE = 6.0  # SPICE takes the divided difference for the derivative, which is 3! times as much
EPS = 2.0**-52
ROUNDING = 1e-9  # of what meets at an equation


def matrices(motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """G and C of the network, as floats."""
    g, c = (np.array([[float(v) for v in row] for row in m]) for m in (motion.network.g, motion.network.c))
    return g, c


def broken(motion: Motion, t: np.ndarray, x: np.ndarray) -> str:
    """Accepted points that obey no formula of integration."""
    g, c = matrices(motion)
    b = np.array([motion.sources(at) for at in t])
    charges = np.abs(x) @ np.abs(c).T
    charges += 1e-6 * charges.max(axis=0)  # what is left of large ones is known to their rounding
    sums = Sums(x @ g.T - b, np.abs(x) @ np.abs(g).T + np.abs(b), x @ c.T, charges)
    found = broken_steps(t, sums, ROUNDING, 1e-14)
    names = motion.network.names
    return "; ".join(f"{names[e]} at {t[k]:g} s keeps no formula: {left:.2g}" for k, e, left in found[:3])


def tolerances(
    motion: Motion, t: np.ndarray, x: np.ndarray, reltol: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Charges, and what each step may add to their error by the documentation, shape (points, equations). [C]"""
    g, c = matrices(motion)
    q = x @ c.T
    rate = np.array([motion.sources(at) for at in t]) - x @ g.T
    h = np.diff(t)[:, None]
    known = 64 * EPS * (np.abs(x) @ np.abs(c).T)[1:]
    size = np.maximum(np.maximum(np.abs(q[1:]), np.abs(q[:-1])), CHGTOL)
    pair = np.abs(rate[1:]), np.abs(rate[:-1])
    larger = np.minimum(np.maximum(*pair), LEAP * np.minimum(*pair))
    allowed = TRTOL * np.maximum(reltol * size, h * (reltol * larger + ABSTOL))
    return q, np.maximum(allowed, known)


def too_long(motion: Motion, t: np.ndarray, x: np.ndarray, reltol: float) -> str:
    """Steps of the trapezoidal rule that err by more than their tolerance."""
    q, allowed = tolerances(motion, t, x, reltol)
    corners = [float(at) for part in motion.network.parts for at, _ in part.wave]
    h = np.diff(t)
    wrong = []
    for k in range(3, len(t)):
        if any(t[k - 3] - 1e-15 <= at < t[k] - 1e-15 for at in corners):
            continue  # the divided difference of three steps reaches over a corner
        slopes = np.diff(q[k - 3 : k + 1], axis=0) / h[k - 3 : k, None]
        second = np.diff(slopes, axis=0) / (h[k - 3 : k - 1] + h[k - 2 : k])[:, None]
        third = (second[1] - second[0]) / h[k - 3 : k].sum()
        error = np.abs(h[k - 1] ** 3 / 12.0 * third)
        over = error > REJECT * 1.01 * allowed[k - 1]
        if over.any():
            e = int(np.argmax(error / allowed[k - 1]))
            wrong.append(
                f"{motion.network.names[e]} at {t[k]:g} s: {error[e] / allowed[k - 1, e]:.3g} tolerances"
            )
    return "; ".join(wrong[:3])


def reach(motion: Motion, t: np.ndarray, x: np.ndarray, reltol: float) -> np.ndarray:
    """How far each unknown may be from the exact solution at the end, shape (unknowns,)."""
    q, allowed = tolerances(motion, t, x, reltol)
    h = np.diff(t)
    step = DERIVATIVE * REJECT * allowed
    # The step that only finds the rates behind a corner is not looked at: it may err by all that it moves.
    vanishing = np.flatnonzero(h[:-1] < 0.3 * h[1:])
    step[vanishing] = np.maximum(step[vanishing], np.abs(q[vanishing + 1] - q[vanishing]))
    carried = motion.basis[:, : motion.d]
    # What follows at once hangs on currents, rates of charges that are known to rounding; the trapezoidal rule
    # carries on undamped what the shortest step has made of that.
    _, c = matrices(motion)
    lost = 8 * EPS * (np.abs(x) @ np.abs(c).T).max(axis=0) / h.min()
    far = np.abs(motion.basis[:, motion.d :] @ motion.drive_still) @ lost
    for k in range(len(h) - 1, -1, -1):
        far += np.abs(carried @ motion.drive_moving) @ step[k]
        carried = carried @ expm(motion.A * h[k])
    return far
