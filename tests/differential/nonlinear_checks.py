"""Operating points, sweeps and transients of random nonlinear circuits against currents written anew."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from accepted_points import Graph, Sums, broken_steps
from device_draws import CHARGED, FULL, STATIC
from nonlinear_oracle import KINDS, Drawer
from nonlinear_oracle import Circuit as Drawn
from scipy.integrate import solve_ivp

from circuitnn import Circuit
from circuitnn.errors import DeckWarning

RELTOL = 1e-6
BALANCE = 3e-3  # of the currents at a node: what a voltage off by reltol makes of an exponential
LEAST = 1e-10  # [A]
TIGHT = f".options reltol={RELTOL} vntol=1e-9 abstol=1e-14"


def deck(drawing: Drawn, *cards: str) -> Circuit:
    return Circuit.from_text("\n".join(["random", drawing.text, TIGHT, *cards, ".end", ""]))


def run(drawing: Drawn, *cards: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        return deck(drawing, *cards).run()[0]


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
OWN = ("behavioural", "diode", "bipolar", "jfet", "mosfet1")  # whose charges are written anew
STEP = 1e-4  # of the sizes of what meets at a node: what Newton's method leaves of a step
SMALL = 1e-12  # [A]


def accepted_points(seed: int) -> str:
    """Kirchhoff's current law, charges included, at every accepted point: by equations written anew."""
    drawing = Drawer(seed, CHARGED, OWN).circuit(moving=True)
    result = run(drawing, f".tran {STOP / 100} {STOP}")
    t, x = result.data[:, 0], result.data[:, [result.names.index(f"v({n})") for n in drawing.free]]
    pairs = [(drawing.imbalance(row, at), drawing.charges(row, at)) for at, row in zip(t, x, strict=True)]
    sums = Sums(*(np.array(values) for values in zip(*((*f, *q) for f, q in pairs), strict=True)))
    return _told(t, drawing.free, broken_steps(t, sums, STEP, SMALL))


def accepted_points_by_the_graph(seed: int) -> str:
    """The same by the numpy back end of the equations' graph: all devices, and the nodes inside them."""
    drawing = Drawer(seed, FULL).circuit(moving=True)
    graph = Graph(deck(drawing))
    result = run(
        drawing, f".tran {STOP / 100} {STOP}", ".save " + " ".join(graph.names)
    )  # those inside devices too
    t, x = result.data[:, 0], result.data[:, [result.names.index(n) for n in graph.names]]
    sums, chosen = graph.sums(t, x, RELTOL / STEP), []
    for k, name in enumerate(graph.names):
        chosen += [k] if name[0] != "i" and name[2:-1] not in drawing.rails else []
    place = {name: k for k, name in enumerate(graph.names)}
    for k, at in enumerate(t):
        v = drawing.voltages(x[k, [place[f"v({n})"] for n in drawing.free]], at)
        for element in drawing.elements:
            if element.card[0] == "r":
                for node, i in zip(element.nodes, element.currents(v, at), strict=True):
                    if node != "0":
                        sums.f[k, place[f"v({node})"]] += i
                        sums.f_size[k, place[f"v({node})"]] += abs(i)
        for node, c in drawing.capacitance.items():
            sums.q[k, place[f"v({node})"]] += c * v[node]
            sums.q_size[k, place[f"v({node})"]] += abs(c * v[node])
    picked = Sums(*(part[:, chosen] for part in sums))
    return _told(t, [graph.names[k] for k in chosen], broken_steps(t, picked, STEP, SMALL))


def _told(t: np.ndarray, names: list[str], broken: list[tuple[int, int, float]]) -> str:
    told = "; ".join(f"{names[e]} at {t[k]:.6g} s: {left:.3g} A are left" for k, e, left in broken[:3])
    return f"{len(broken)} of {len(t)} points: {told}" if broken else ""


STEPS = 1e-4  # of voltages, in differences [V]
PHASOR = 3e-5  # of the largest phasor
FREQUENCIES = (1.0, 1e4, 1e7, 1e9)


def phasors(seed: int) -> str:
    """Small signals by differences of currents and charges written anew, around the operating point."""
    kinds = (OWN if seed % 2 else KINDS)[1:]  # a behavioural source may stand on a kink
    drawing = Drawer(seed, CHARGED if seed % 2 else STATIC, kinds).circuit()
    rail = next(iter(drawing.rails))
    circuit = drawing._replace(text=drawing.text.replace(f"v{rail} {rail} 0", f"v{rail} {rail} 0 ac 1 dc", 1))
    at = run(circuit, ".op")
    x = np.array([at[f"v({n})"] for n in drawing.free]).ravel()
    g = _slopes(lambda x: drawing.imbalance(x, 0.0)[0], x)
    c = _slopes(lambda x: drawing.charges(x, 0.0)[0], x)
    value = drawing.rails[rail](0.0)

    def driven(of: Callable[[Drawn], np.ndarray]) -> np.ndarray:
        moved = [
            of(drawing._replace(rails={**drawing.rails, rail: lambda t, k=k: value + k * STEPS}))
            for k in WEIGHTS
        ]
        return sum(w * m for w, m in zip(WEIGHTS.values(), moved, strict=True)) / STEPS

    b = driven(lambda d: d.imbalance(x, 0.0)[0]), driven(lambda d: d.charges(x, 0.0)[0])
    wrong = []
    for frequency in FREQUENCIES[: 4 if seed % 2 else 1]:
        s = 2j * np.pi * frequency
        exact = np.linalg.solve(g + s * c, -(b[0] + s * b[1]))
        result = run(circuit, f".ac lin 1 {frequency} {frequency}")
        got = np.array([result[f"v({n})"][0] for n in drawing.free])
        error = np.abs(got - exact) / max(np.abs(exact).max(), 1e-6)
        if not error.max() <= PHASOR:
            k = int(error.argmax())
            wrong.append(
                f"{drawing.free[k]} at {frequency:g} Hz: {got[k]:.6g}, by differences {exact[k]:.6g}"
            )
    return "; ".join(wrong)


# Central differences of the fourth order.
WEIGHTS = {-2: 1.0 / 12.0, -1: -2.0 / 3.0, 1: 2.0 / 3.0, 2: -1.0 / 12.0}


def _slopes(of: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    units = np.eye(len(x)) * STEPS
    return np.array([sum(w * of(x + k * u) for k, w in WEIGHTS.items()) / STEPS for u in units]).T


def stability(seed: int) -> str:
    """The note on an unstable operating point, where an odd number of real modes grows, and nowhere else."""
    drawing = Drawer(seed, CHARGED, OWN[1:]).circuit(moving=True)
    result = run(drawing, ".op")
    x = np.array([result[f"v({n})"] for n in drawing.free]).ravel()
    g = _slopes(lambda x: drawing.imbalance(x, 0.0)[0], x)
    c = _slopes(lambda x: drawing.charges(x, 0.0)[0], x)
    rates = np.linalg.eigvals(-np.linalg.solve(c, g))
    growing = [s for s in rates if s.imag == 0.0 and s.real > 1e-6 * np.abs(rates).max()]
    told = any("unstable" in note for note in result.statistics.notes)
    return f"growing modes {growing}, told: {told}" if told != (len(growing) % 2 == 1) else ""


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
