"""Random switches with stored charge at default options against integrations by SciPy's Radau method.

Diodes with ``tt``, bipolar transistors with ``tf`` and ``tr``, and MOS transistors switch nodes of little capacitance,
some of which float. What a formula makes of a charge that runs out within a step must not drive a node beyond where it
goes in truth. A check gives what is wrong, or nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp

from circuitnn import Circuit

SCALE = 1.380649e-23 * 300.15 / 1.602176634e-19  # kT/q at 27 °C [V]
GMIN = 1e-12  # parallel to junctions [S]
BEYOND = 0.05  # of the largest source
STEEP = 60.0  # an exponent beyond which junctions are straight

# Two nodes, and the current and the capacitance between them.
Branch = tuple[str, str, float, float]
Device = Callable[[Callable[[str], float]], list[Branch]]


def trap(seed: int) -> str:
    """The trapezoidal rule."""
    return _checked(seed, "trap")


def gear(seed: int) -> str:
    """Gear's formula."""
    return _checked(seed, "gear")


def _checked(seed: int, method: str) -> str:
    drawing = _Drawing(random.Random(seed))
    deck = "\n".join(["t", *drawing.cards, f".options method={method}", drawing.tran, ".end", ""])
    (result,) = Circuit.from_text(deck).run()
    ours = np.array([result[f"v({node})"] for node in drawing.nodes])
    try:
        theirs = drawing.exact(ours[:, 0])
    except (np.linalg.LinAlgError, ArithmeticError):
        return ""  # a charge so large beside the others that their rates have no digits
    span = max(abs(level) for level in (drawing.supply, drawing.low, drawing.high))
    over = (ours.max(axis=1) - theirs.max(axis=1)) / span
    under = (theirs.min(axis=1) - ours.min(axis=1)) / span
    k = int(np.argmax(np.maximum(over, under)))
    if max(over[k], under[k]) <= BEYOND:
        return ""
    return (
        f"v({drawing.nodes[k]}) goes from {ours[k].min():g} to {ours[k].max():g} V, "
        f"exact {theirs[k].min():g} to {theirs[k].max():g} V"
    )


class _Drawing:
    """A random switch: its cards, and its equations."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.supply = rng.choice([1.8, 5.0, 12.0])
        self.low, self.high = rng.choice([(0.0, self.supply), (self.supply, 0.0), (-2.0, self.supply)])
        self.delay, self.edge = self._size(1e-9, 1e-7), self._size(1e-11, 1e-8)
        self.width = self._size(1e-8, 1e-6)
        self.stop = self.delay + 2 * self.edge + self.width * rng.uniform(1.5, 4.0)
        self.nodes = [f"n{k}" for k in range(rng.randint(1, 4))]
        self.passive: list[tuple[str, str, float, float]] = []  # conductances and capacitances
        self.devices: list[Device] = []
        pulse = (self.low, self.high, self.delay, self.edge, self.edge, self.width, 10 * self.stop)
        self.cards = [f"vdd dd 0 {self.supply!r}", f"vin in 0 pulse({' '.join(map(repr, pulse))})"]
        self.tran = f".tran {self.stop / rng.choice([20, 50, 100, 1000])!r} {self.stop!r}"
        self._draw()

    def _size(self, low: float, high: float) -> float:
        return float(f"{low * (high / low) ** self.rng.random():.4g}")

    def _other(self, node: str) -> str:
        return self.rng.choice([n for n in ("dd", "in", "0", *self.nodes) if n != node])

    def _draw(self) -> None:
        for node in self.nodes:
            self._capacitor(node, "0", self._size(1e-16, 1e-11))
            if self.rng.random() < 0.7:  # else it floats
                self._resistor(node, self._other(node), self._size(100.0, 1e6))
            if self.rng.random() < 0.4:
                self._capacitor(node, self._other(node), self._size(1e-16, 1e-11))
        for _ in range(self.rng.randint(1, 3)):
            self.rng.choice([self._diode, self._bipolar, self._mos])()

    def _resistor(self, a: str, b: str, ohms: float) -> None:
        self.cards.append(f"r{len(self.cards)} {a} {b} {ohms!r}")
        self.passive.append((a, b, 1 / ohms, 0.0))

    def _capacitor(self, a: str, b: str, farads: float) -> None:
        self.cards.append(f"c{len(self.cards)} {a} {b} {farads!r}")
        self.passive.append((a, b, 0.0, farads))

    def _behind(self, node: str) -> str:
        """A node of its own behind a resistor."""
        self.nodes.append(f"n{len(self.nodes)}")
        self._capacitor(self.nodes[-1], "0", self._size(1e-16, 1e-13))
        self._resistor(self.nodes[-1], node, self._size(1e3, 1e5))
        return self.nodes[-1]

    def _diode(self) -> None:
        a = self.rng.choice(self.nodes)
        b = self._other(a)
        ends = [a, self._behind(b) if b in ("dd", "in") else b]
        self.rng.shuffle(ends)
        p, n = ends
        i_s, tt, name = self._size(1e-15, 1e-11), self._size(1e-10, 1e-6), f"x{len(self.cards)}"
        self.cards += [f"d{name} {p} {n} {name}", f".model {name} d(is={i_s!r} tt={tt!r})"]

        def device(v: Callable[[str], float]) -> list[Branch]:
            i, g = _junction(i_s, v(p) - v(n))
            return [(p, n, i, tt * g)]

        self.devices.append(device)

    def _bipolar(self) -> None:
        c, b = self.rng.choice(self.nodes), self._behind("in")
        i_s, bf, br = self._size(1e-17, 1e-14), self._size(50, 300), self._size(0.5, 10)
        tf, tr, name = self._size(1e-11, 1e-9), self._size(1e-10, 1e-7), f"x{len(self.cards)}"
        numbers = f"is={i_s!r} bf={bf!r} br={br!r} tf={tf!r} tr={tr!r}"
        self.cards += [f"q{name} {c} {b} 0 {name}", f".model {name} npn({numbers})"]

        def device(v: Callable[[str], float]) -> list[Branch]:
            (forward, gf), (reverse, gr) = _junction(i_s, v(b)), _junction(i_s, v(b) - v(c))
            return [
                (b, "0", forward / bf, tf * gf),
                (b, c, reverse / br, tr * gr),
                (c, "0", forward - reverse, 0.0),
            ]

        self.devices.append(device)

    def _mos(self) -> None:
        d = self.rng.choice(self.nodes)
        s, g = self._other(d), self.rng.choice(["in", self._behind("in")])
        kp, vto, name = self._size(1e-5, 1e-2), self.rng.uniform(0.3, 1.0), f"x{len(self.cards)}"
        overlap = self._size(1e-17, 1e-13)
        numbers = f"level=1 kp={kp!r} vto={vto!r} is=1e-16"
        self.cards += [f"m{name} {d} {g} {s} 0 {name} l=1u w=1u", f".model {name} nmos({numbers})"]
        for end in {d, s} - {"0"}:
            self._capacitor(g, end, overlap)

        def device(v: Callable[[str], float]) -> list[Branch]:
            vd, vs = max(v(d), v(s)), min(v(d), v(s))
            drive, across = max(v(g) - vs - vto, 0.0), vd - vs
            i = kp * (drive - across / 2) * across if across < drive else kp / 2 * drive**2
            bulk = [("0", end, _junction(1e-16, -v(end))[0], 0.0) for end in (d, s)]
            return [(d, s, i if v(d) >= v(s) else -i, 0.0), *bulk]

        self.devices.append(device)

    def _sources(self, t: float) -> tuple[float, float]:
        """Voltage and slope of the input, the slope after `t`."""
        slope, up = (self.high - self.low) / self.edge, self.delay + self.edge
        down = up + self.width
        corners = [self.delay, up, down, down + self.edge]
        level = float(np.interp(t, corners, [self.low, self.high, self.high, self.low]))
        if self.delay <= t < up:
            return level, slope
        return level, -slope if down <= t < down + self.edge else 0.0

    def _balance(self, x: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
        """Currents out of the nodes, and the capacitances between them and, in the last column, to the input."""
        at = dict(zip(self.nodes, x, strict=True)) | {"in": level, "0": 0.0, "dd": self.supply}
        place = {node: k for k, node in enumerate(at)}
        f, c = np.zeros(len(at)), np.zeros((len(at), len(at)))
        passive = [(a, b, g * (at[a] - at[b]), farads) for a, b, g, farads in self.passive]
        inside = (branch for device in self.devices for branch in device(at.__getitem__))
        for a, b, current, farads in (*passive, *inside):
            p, n = place[a], place[b]
            f[p] += current
            f[n] -= current
            c[p, p] += farads
            c[n, n] += farads
            c[p, n] -= farads
            c[n, p] -= farads
        return f[: len(x)], c[: len(x), : len(x) + 1]

    def exact(self, start: np.ndarray) -> np.ndarray:
        """Voltages of the nodes at all steps of the integration from `start`."""
        up = self.delay + self.edge
        down = up + self.width
        made = [start[:, None]]
        for first, last in pairwise([0.0, self.delay, up, down, down + self.edge, self.stop]):
            made.append(self._followed(made[-1][:, -1], first, last))
        return np.hstack(made)

    def _followed(self, start: np.ndarray, first: float, last: float) -> np.ndarray:
        """The same between two corners of the input."""
        level, slope = self._sources(first)

        def rates(t: float, y: np.ndarray) -> np.ndarray:
            f, c = self._balance(y, level + slope * (t - first))
            return np.linalg.solve(c[:, :-1], -f - c[:, -1] * slope)

        found = solve_ivp(rates, (first, last), start, "Radau", rtol=1e-4, atol=1e-5)
        if not found.success:
            raise ArithmeticError(found.message)
        return found.y


def _junction(i_s: float, v: float) -> tuple[float, float]:
    """Current and conductance."""
    steep = min(v / SCALE, STEEP)
    g = i_s * np.exp(steep)
    return float(i_s * np.expm1(steep) + g * (v / SCALE - steep) + GMIN * v), float(g / SCALE) + GMIN
