"""Random networks of resistors, capacitors and hysteretic switches, beside exact exponentials between the events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import brentq

from circuitnn import Circuit

SUPPLY = 5.0
GROUND, RAIL = -1, -2
NAMES = {GROUND: "0", RAIL: "vdd"}
SETTLED = 1500  # events
ORBITS = [1, 3, 7, 8, 13, 20, 33, 40, 48, 55, 59, 115]  # seeds of networks that come to an orbit


class Switch(NamedTuple):
    """From a to b, controlled by the voltage of c."""

    a: int
    b: int
    c: int
    low: float
    high: float
    on: float
    off: float


class Network:
    """A random network: dx/dt = A·x + b for each combination of switches."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        n, m = int(rng.integers(2, 6)), int(rng.integers(1, 4))
        self.n, self.capacitances = n, 10 ** rng.uniform(-10, -8.5, n)
        self.resistors = []
        for k in range(n):
            rail = RAIL if rng.random() < 0.7 else GROUND
            self.resistors.append((rail, k, 10 ** rng.uniform(3, 4.7)))
        for k in range(n):
            if rng.random() < 0.6 and (j := int(rng.integers(n))) != k:
                self.resistors.append((j, k, 10 ** rng.uniform(3.3, 5)))
        self.switches = []
        for _ in range(m):
            a = int(rng.integers(n))
            c = a if rng.random() < 0.6 else int(rng.integers(n))
            b = GROUND if rng.random() < 0.8 else RAIL
            middle, half = rng.uniform(1.0, 3.5), rng.uniform(0.2, 0.8)
            on, off = 10 ** rng.uniform(2, 3.3), 10 ** rng.uniform(5, 7)
            self.switches.append(Switch(a, b, c, middle - half, middle + half, on, off))
        self.start = rng.uniform(0, 4, n)

    def deck(self) -> str:
        def name(k: int) -> str:
            return NAMES.get(k, f"n{k}")

        cards = ["switches", f"vdd vdd 0 {SUPPLY}"]
        for k in range(self.n):
            cards.append(f"c{k} n{k} 0 {float(self.capacitances[k])!r} ic={float(self.start[k])!r}")
        for k, (a, b, r) in enumerate(self.resistors):
            cards.append(f"r{k} {name(a)} {name(b)} {float(r)!r}")
        for k, s in enumerate(self.switches):
            middle, half = 0.5 * (s.low + s.high), 0.5 * (s.high - s.low)
            cards.append(f"s{k} {name(s.a)} {name(s.b)} {name(s.c)} 0 m{k}")
            cards.append(
                f".model m{k} sw vt={middle!r} vh={half!r} ron={float(s.on)!r} roff={float(s.off)!r}"
            )
        return "\n".join([*cards, ".end"])

    def modes(self, closed: tuple[bool, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Resting point, rates and modes: the matrix is symmetric in √C·x."""
        G, b = np.zeros((self.n, self.n)), np.zeros(self.n)
        of_switches = [(s.a, s.b, s.on if c else s.off) for s, c in zip(self.switches, closed, strict=True)]
        for ends in [*self.resistors, *of_switches]:
            for u, w in (ends[:2], ends[1::-1]):
                if u >= 0:
                    G[u, u] += 1.0 / ends[2]
                    if w >= 0:
                        G[u, w] -= 1.0 / ends[2]
                    elif w == RAIL:
                        b[u] += SUPPLY / ends[2]
        root = np.sqrt(self.capacitances)
        rates, Q = np.linalg.eigh(-G / root[:, None] / root[None, :])
        return np.linalg.solve(G, b), rates, Q / root[:, None]

    def next_event(self, x: np.ndarray, closed: tuple[bool, ...]) -> tuple[float, int, np.ndarray]:
        """Time until the next event, its switch, and the voltages then."""
        rest, rates, modes = self.modes(closed)
        parts = np.linalg.solve(modes, x - rest)

        def at(t: float | np.ndarray) -> np.ndarray:
            return rest[:, None] + modes @ (np.exp(np.outer(rates, t)) * parts[:, None])

        def beyond(t: float, node: int, level: float) -> float:
            return float(at(t)[node, 0]) - level

        slow = 1.0 / np.min(-rates)
        times = np.concatenate([[0.0], np.geomspace(1e-9 / np.max(-rates), 60.0 * slow, 3000)])
        times = np.union1d(times, np.linspace(0.0, 5.0 * slow, 2000))
        ways, found = at(times), []
        for k, (s, c) in enumerate(zip(self.switches, closed, strict=True)):
            level, sign = (s.low, -1.0) if c else (s.high, 1.0)
            over = np.flatnonzero(sign * (ways[s.c] - level) > 0.0)
            if len(over):
                before, after = times[max(over[0] - 1, 0)], times[over[0]]
                moment = brentq(beyond, before, after, (s.c, level), xtol=1e-24) if after else 0.0
                found.append((moment, k))
        assert found, "the network comes to rest"
        moment, k = min(found)
        return moment, k, at(moment)[:, 0]

    def go(self, x: np.ndarray, closed: tuple[bool, ...], events: int) -> list[tuple]:
        """Time, switches and voltages at some events."""
        t, way = 0.0, []
        for _ in range(events):
            passed, k, x = self.next_event(x, closed)
            t, closed = t + passed, tuple(c != (j == k) for j, c in enumerate(closed))
            way.append((t, closed, x))
        return way

    def orbit(self) -> tuple[float, np.ndarray]:
        """Period, and magnitudes of the multipliers by differences."""
        closed = tuple(bool(self.start[s.c] > s.high) for s in self.switches)
        way = self.go(self.start, closed, SETTLED)
        t, closed, x = way[-1]
        count = next(
            m
            for m in range(2, 40, 2)
            if way[-1 - m][1] == closed and np.allclose(way[-1 - m][2], x, atol=1e-9)
        )
        derivative = np.empty((self.n, self.n))
        for k, d in enumerate(1e-5 * np.eye(self.n)):
            ends = [self.go(x + sign * d, closed, count)[-1][2] for sign in (1.0, -1.0)]
            derivative[:, k] = (ends[0] - ends[1]) / 2e-5
        return t - way[-1 - count][0], np.sort(np.abs(np.linalg.eigvals(derivative)))[::-1]


@pytest.mark.long
@pytest.mark.parametrize("seed", ORBITS)
def test_period_and_multipliers_are_those_of_the_exponentials(seed):
    network = Network(seed)
    period, multipliers = network.orbit()
    cycle = Circuit.from_text(network.deck()).pss(frequency=0.97 / period, uic=True, tstab=30.0 * period)
    assert cycle.cycle == pytest.approx(period, rel=1e-9)
    found = np.sort(np.abs(np.delete(cycle.multipliers, np.argmin(np.abs(cycle.multipliers - 1.0)))))[::-1]
    # a map from event to event has a multiplier of 0 in place of the shift's
    np.testing.assert_allclose(found[: network.n - 1], multipliers[: network.n - 1], atol=1e-7)
