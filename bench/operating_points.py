"""``python -m bench.operating_points [--starts N] [--seed S]``: operating points from random starts, each checked.

Bistable circuits of bipolar transistors start from random nodesets. Results are checked with equations written
independently of the package: by Kirchhoff's current law and by the distance that Newton's method would move them. The
output is the number of solutions and how often each was found; a false one, or none, counts as a failure.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

BOLTZMANN, CHARGE, KELVIN = 1.380649e-23, 1.602176634e-19, 300.15
GMIN = 1e-12
SAME = 1e-2  # relative difference, and in volts, below which two points are one solution


@dataclass(frozen=True)
class Bipolar:
    """A circuit of sources to ground, resistors and NPN transistors.

    Attributes
    ----------
    sources : dict of node to volts
    resistors : tuple of (node, node, ohms)
    transistors : tuple of (collector, base, emitter)
    saturation, forward, reverse : float
        IS [A], BF and BR.
    """

    sources: dict[str, float]
    resistors: tuple[tuple[str, str, float], ...]
    transistors: tuple[tuple[str, str, str], ...]
    saturation: float
    forward: float
    reverse: float

    @property
    def inner(self) -> list[str]:
        """Nodes that no source holds."""
        named = {n for r in self.resistors for n in r[:2]} | {n for t in self.transistors for n in t}
        return sorted(named - set(self.sources) - {"0"})

    def deck(self, nodesets: dict[str, float]) -> str:
        """The netlist, with nodesets if voltages are given."""
        cards = [f"v{k} {n} 0 {v!r}" for k, (n, v) in enumerate(self.sources.items())]
        cards += [f"r{k} {a} {b} {r!r}" for k, (a, b, r) in enumerate(self.resistors)]
        cards += [f"q{k} {c} {b} {e} qn" for k, (c, b, e) in enumerate(self.transistors)]
        cards.append(f".model qn npn(is={self.saturation!r} bf={self.forward!r} br={self.reverse!r})")
        if nodesets:
            cards.append(".nodeset " + " ".join(f"v({n})={v!r}" for n, v in nodesets.items()))
        return "\n".join(["t", *cards, ".end", ""])

    def currents(self, v: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
        """Sum of the currents out of every inner node, and its derivatives by the inner voltages. [A, S]"""
        place = {n: k for k, n in enumerate(self.inner)}
        f, J = np.zeros(len(place) + 1), np.zeros((len(place) + 1, len(place) + 1))

        def at(node: str) -> int:
            return place.get(node, len(place))

        def carry(a: str, b: str, current: float, slopes: dict[str, float]) -> None:
            for node, sign in ((a, 1.0), (b, -1.0)):
                f[at(node)] += sign * current
                for by, slope in slopes.items():
                    J[at(node), at(by)] += sign * slope

        for a, b, r in self.resistors:
            carry(a, b, (v[a] - v[b]) / r, {a: 1 / r, b: -1 / r})
        thermal = BOLTZMANN * KELVIN / CHARGE
        for c, b, e in self.transistors:
            # transport current, and a diode at each junction
            forward, reverse = (np.exp((v[b] - v[n]) / thermal) for n in (e, c))
            g, h = self.saturation * forward / thermal, self.saturation * reverse / thermal
            carry(c, e, self.saturation * (forward - reverse), {b: g - h, e: -g, c: h})
            for n, wave, slope, gain in ((e, forward, g, self.forward), (c, reverse, h, self.reverse)):
                size = slope / gain + GMIN
                current = self.saturation / gain * (wave - 1) + GMIN * (v[b] - v[n])
                carry(b, n, current, {b: size, n: -size})
        return f[:-1], J[:-1, :-1]

    def distance(self, found: dict[str, float]) -> float:
        """Distance that Newton's method would move a solution: the largest ratio to 1e-3·abs(v) + 1 µV."""
        with np.errstate(all="ignore"):
            f, J = self.currents({**found, **self.sources, "0": 0.0})
        if not (np.all(np.isfinite(f)) and np.all(np.isfinite(J))):
            return np.inf
        v = np.array([found[n] for n in self.inner])
        # inner scales: rows by their largest slope
        rows = np.abs(J).max(axis=1)
        step = np.linalg.solve(J / rows[:, None], f / rows)
        return float(np.max(np.abs(step) / (1e-3 * np.abs(v) + 1e-6)))


LATCH = Bipolar(
    {"cc": 5.0},
    (("cc", "c1", 1e3), ("cc", "c2", 1e3), ("c2", "b1", 1e4), ("c1", "b2", 1e4)),
    (("c1", "b1", "0"), ("c2", "b2", "0")),
    1e-16,
    100.0,
    1.0,
)
SCHMITT = Bipolar(
    {"cc": 10.0, "in": 2.4},
    (
        ("cc", "c1", 2e3),
        ("cc", "c2", 1e3),
        ("c1", "b2", 10e3),
        ("b2", "0", 10e3),
        ("e", "0", 500.0),
        ("in", "b1", 100.0),
    ),
    (("c1", "b1", "e"), ("c2", "b2", "e")),
    1e-15,
    100.0,
    1.0,
)
# Two emitter-coupled pairs that hold each other, after Chua's circuit with nine solutions.
FOUR = Bipolar(
    {"cc": 12.0, "s1": 10.0, "s2": 2.0},
    (
        ("cc", "c1", 4e3),
        ("cc", "c2", 4e3),
        ("c2", "b1", 30e3),
        ("c1", "b2", 30e3),
        ("b1", "0", 10.1e3),
        ("b2", "0", 10.1e3),
        ("e1", "0", 500.0),
        ("cc", "c3", 4e3),
        ("cc", "c4", 4e3),
        ("c4", "b3", 30e3),
        ("c3", "b4", 30e3),
        ("b3", "0", 10.1e3),
        ("b4", "0", 10.1e3),
        ("e2", "0", 500.0),
        ("c2", "c3", 30e3),
        ("s1", "b1", 300e3),
        ("s2", "b4", 300e3),
    ),
    (("c1", "b1", "e1"), ("c2", "b2", "e1"), ("c3", "b3", "e2"), ("c4", "b4", "e2")),
    1e-14,
    100.0,
    2.0,
)
CIRCUITS = {"latch": LATCH, "schmitt": SCHMITT, "chua": FOUR}


def run(
    circuit: Bipolar, starts: int, seed: int, solutions: Sequence[tuple[float, ...]] = ()
) -> tuple[Counter[tuple[float, ...]], list[str]]:
    """Count how often each of the known solutions was found, or another, and collect failures."""
    rng = np.random.default_rng(seed)
    span = max(circuit.sources.values())
    found: Counter[tuple[float, ...]] = Counter()
    failures = []
    for _ in range(starts):
        # some starts beyond the supply, where the exponentials overflow
        low, high = (0.0, span) if rng.random() < 0.8 else (-span, 2 * span)
        nodesets = {n: float(np.round(rng.uniform(low, high), 4)) for n in circuit.inner}
        try:
            result = Circuit.from_text(circuit.deck(nodesets)).op()
        except CircuitnnError as error:
            failures.append(f"{nodesets}: {error}")
            continue
        voltages = {n: float(result[f"v({n})"]) for n in circuit.inner}
        lowest, highest = min(voltages.values()), max(voltages.values())
        if circuit.distance(voltages) > 1.0 or lowest < -1e-3 or highest > span + 1e-3:
            failures.append(f"{nodesets}: false solution {voltages}")
        here = tuple(voltages.values())
        near = [known for known in solutions if np.allclose(known, here, rtol=SAME, atol=SAME)]
        found[near[0] if near else tuple(round(v, 2) for v in here)] += 1
    return found, failures


def told(name: str, circuit: Bipolar) -> tuple[list[tuple[float, ...]], int]:
    """Print what `solutions` finds without a hint; return the voltages, and how many solutions are false."""
    began = time.perf_counter()
    result = Circuit.from_text(circuit.deck({})).solutions()
    seconds = time.perf_counter() - began
    points = [{n: float(result[f"v({n})"][k]) for n in circuit.inner} for k in range(len(result))]
    distances = [circuit.distance(point) for point in points]
    false, stable = sum(d > 1.0 for d in distances), int(np.sum(result["growing"] == 0))
    print(
        f"{name}: solutions() finds {len(result)}, {stable} stable, {false} false, {seconds:.2f} s; "
        f"the farthest is {max(distances):.1g} tolerances off"
    )
    return [tuple(point.values()) for point in points], false


def main(arguments: list[str] | None = None) -> int:
    """Run the starts and print; 1 if something failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.operating_points")
    parser.add_argument("--starts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    wrong = 0
    for name, circuit in CIRCUITS.items():
        solutions, false = told(name, circuit)
        wrong += false
        began = time.perf_counter()
        found, failures = run(circuit, given.starts, given.seed, solutions)
        seconds = time.perf_counter() - began
        print(
            f"{name}: {given.starts} starts, {len(found)} solutions {sorted(found.values(), reverse=True)}, "
            f"{len(failures)} failures, {seconds / given.starts * 1e3:.1f} ms each"
        )
        for failure in failures[:5]:
            print("  ", failure)
        wrong += len(failures)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
