"""Operating points, sweeps and transients of random nonlinear circuits against currents written anew."""

from __future__ import annotations

import warnings

import numpy as np
from nonlinear_oracle import Circuit as Drawn
from nonlinear_oracle import Drawer
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import DeckWarning

RELTOL = 1e-6
BALANCE = 3e-3  # of the currents at a node: what a voltage off by reltol makes of an exponential
LEAST = 1e-10  # [A]
TIGHT = f".options reltol={RELTOL} vntol=1e-9 abstol=1e-14"


def run(drawing: Drawn, *cards: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        return Circuit.from_text("\n".join(["random", drawing.text, TIGHT, *cards, ".end", ""])).run()[0]


def unbalanced(drawing: Drawn, x: np.ndarray, t: float = 0.0) -> str:
    total, size = drawing.imbalance(x, t)
    wrong = np.abs(total) > BALANCE * size + LEAST
    return "; ".join(
        f"{drawing.free[k]}: {total[k]:.3g} A are left of {size[k]:.3g} A at {x[k]:.6g} V"
        for k in np.flatnonzero(wrong)
    )


def operating_point(seed: int) -> str:
    """Kirchhoff's current law at every free node."""
    drawing = Drawer(seed).circuit()
    result = run(drawing, ".op")
    return unbalanced(drawing, np.array([result[f"v({n})"] for n in drawing.free]).ravel())


def sweep(seed: int) -> str:
    """Kirchhoff's current law at every point of a sweep of a rail."""
    drawing = Drawer(seed).circuit()
    result = run(drawing, ".dc vp0 -3 3 0.25")
    wrong = []
    for row in result.data:
        point = drawing._replace(rails={**drawing.rails, "p0": lambda t, v=row[0]: v})
        x = np.array([row[result.names.index(f"v({n})")] for n in drawing.free])
        wrong.append(unbalanced(point, x))
    return "; ".join(filter(None, wrong))


STOP = 3e-6
WAVES = 5e-3  # of a waveform's range
FIXED = 1e-5  # [V]


def transient(seed: int) -> str:
    """Waveforms against scipy's integration of C dv/dt = -i(v, t) from the same start."""
    drawing = Drawer(seed).circuit(moving=True)
    result = run(drawing, f".tran {STOP / 100} {STOP}")
    places = [result.names.index(f"v({n})") for n in drawing.free]
    t, x = result.data[:, 0], result.data[:, places]
    start = unbalanced(drawing, x[0])
    if start:
        return f"at the start: {start}"
    c = np.array([drawing.capacitance[n] for n in drawing.free])
    chosen = np.unique(np.linspace(0, len(t) - 1, 60).astype(int))
    exact = solve_ivp(
        lambda t, x: -drawing.imbalance(x, t)[0] / c,
        (0.0, STOP),
        x[0],
        method="BDF",
        t_eval=t[chosen],
        rtol=1e-6,
        atol=1e-8,
        max_step=STOP / 50,
    )
    if not exact.success:
        return exact.message
    error = np.abs(exact.y.T - x[chosen]).max(axis=0)
    allowed = WAVES * np.ptp(exact.y, axis=1) + FIXED
    return "; ".join(
        f"{drawing.free[k]} off by {error[k]:.3g} V of {np.ptp(exact.y[k]):.3g}"
        for k in np.flatnonzero(error > allowed)
    )
