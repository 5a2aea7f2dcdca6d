"""Linear circuits of the benchmark: ladders, meshes, grids; and the solution of those of resistors by SciPy."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.linalg import splu


def lc_ladder(sections: int) -> list[str]:
    """Lossy LC ladder filter between matched ends, three unknowns per section."""
    lines = ["vin in 0 ac 1", "rs in n0 50"]
    for k in range(sections):
        lines += [f"l{k} n{k} m{k} 10n", f"r{k} m{k} n{k + 1} 0.01", f"c{k} n{k + 1} 0 4p"]
    return [*lines, f"rl n{sections} 0 50", f".save v(n1) v(n{sections})"]


def segments(i: int, j: int, side: int, ohms: Callable[[], str]) -> Iterator[str]:
    """Resistors from a crossing of a square grid to the next ones, down and to the right."""
    if i + 1 < side:
        yield f"rd{i}_{j} n{i}_{j} n{i + 1}_{j} {ohms()}"
    if j + 1 < side:
        yield f"rr{i}_{j} n{i}_{j} n{i}_{j + 1} {ohms()}"


def rc_mesh(side: int) -> list[str]:
    """Square mesh of resistors with a capacitor at every node: a power grid, a substrate."""
    lines = ["iin 0 n0_0 ac 1"]
    for i in range(side):
        for j in range(side):
            lines.append(f"c{i}_{j} n{i}_{j} 0 {1 + (i + 2 * j) % 5}p")
            lines += segments(i, j, side, lambda: "10")
    end = f"n{side - 1}_{side - 1}"
    return [*lines, f"rl {end} 0 50", f".save v(n0_0) v({end})"]


def resistor_grid(side: int) -> list[str]:
    """Square grid of 1 Ohm resistors, a volt across its diagonal."""
    lines = ["v1 n0_0 0 1"]
    for i in range(side):
        for j in range(side):
            lines += segments(i, j, side, lambda: "1")
    middle, end = side // 2, side - 1
    return [*lines, f"rl n{end}_{end} 0 1", f".save v(n{middle}_{middle}) v(n{end}_{end}) i(v1)"]


def power_grid(side: int, seed: int = 1) -> list[str]:
    """Two layers of a supply grid: pads at every 16th crossing of the upper one, loads spread over the lower one.

    Segments of 0.05 Ohm (upper layer, every fourth line) and 0.5 Ohm (lower layer), each 20 % apart; vias of 0.1 Ohm;
    every node of the lower layer draws a current, on average 20 uA.
    """
    rng = random.Random(seed)

    def near(ohms: float) -> str:
        return f"{ohms * rng.uniform(0.8, 1.2):.5g}"

    lines: list[str] = []
    for i in range(side):
        for j in range(side):
            lines += segments(i, j, side, lambda: near(0.5))
            lines.append(f"i{i}_{j} n{i}_{j} 0 {rng.expovariate(5e4):.4g}")
    for i in range(0, side, 4):
        for j in range(0, side, 4):
            lines.append(f"rv{i}_{j} n{i}_{j} u{i}_{j} {near(0.1)}")
            if i + 4 < side:
                lines.append(f"rud{i}_{j} u{i}_{j} u{i + 4}_{j} {near(0.05)}")
            if j + 4 < side:
                lines.append(f"rur{i}_{j} u{i}_{j} u{i}_{j + 4} {near(0.05)}")
            if i % 16 == 0 and j % 16 == 0:
                lines.append(f"v{i}_{j} u{i}_{j} 0 1")
    middle, end = side // 2, side - 1
    return [*lines, f".save v(n{middle}_{middle}) v(n{end}_{end}) v(n0_{end}) i(v0_0)"]


def rc_ladder(sections: int, ohms: float = 10.0, farads: float = 0.1e-12) -> list[str]:
    """RC ladder, driven by a pulse."""
    lines = ["v1 n0 0 pulse(0 1 0 1n 1n 50n 200n)"]
    for k in range(sections):
        lines += [f"r{k} n{k} n{k + 1} {ohms:g}", f"c{k} n{k + 1} 0 {farads:g}"]
    return [*lines, f".save v(n1) v(n{min(100, sections)}) v(n{sections})"]


def pulse_train() -> list[str]:
    """A low-pass filter of one resistor and one capacitor, driven by pulses."""
    return ["v1 in 0 pulse(0 1 0 10n 10n 0.49u 1u)", "r1 in out 1k", "c1 out 0 100p", ".save v(in) v(out)"]


def nodal_reference(lines: Sequence[str]) -> dict[str, float]:
    """Voltages and source currents that the deck saves, by SciPy: resistors, grounded sources of voltage, currents.

    Nodes at sources are known; the nodal equations of the others are solved by SuperLU, with one step of refinement.
    """
    cards = [line.split() for line in lines if line[0] != "."]
    held = {card[1]: float(card[3]) for card in cards if card[0][0] == "v"} | {"0": 0.0}
    free = list(dict.fromkeys(n for card in cards for n in card[1:3] if n not in held))
    place = {name: k for k, name in enumerate([*free, *held])}
    resistors = [card for card in cards if card[0][0] == "r"]
    a, b = (np.array([place[card[k]] for card in resistors]) for k in (1, 2))
    g = np.array([1.0 / float(card[3]) for card in resistors])
    n, m = len(place), len(free)
    shape = (n, n)
    ends = (np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a]))
    matrix = coo_array((np.concatenate([g, g, -g, -g]), ends), shape=shape).tocsr()
    injected = np.zeros(n)
    for card in (card for card in cards if card[0][0] == "i"):
        injected[place[card[1]]] -= float(card[3])
        injected[place[card[2]]] += float(card[3])
    x = np.zeros(n)
    x[m:] = list(held.values())
    inner = matrix[:m, :m].tocsc()
    factors = splu(inner, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True}, diag_pivot_thresh=0.0)
    drive = injected[:m] - matrix[:m, m:] @ x[m:]
    x[:m] = factors.solve(drive)
    x[:m] += factors.solve(drive - inner @ x[:m])
    drawn = matrix @ x - injected
    saved = lines[-1].removeprefix(".save ").split()
    sources = {card[0]: card[1] for card in cards if card[0][0] == "v"}
    return {
        name: float(x[place[name[2:-1]]]) if name[0] == "v" else -float(drawn[place[sources[name[2:-1]]]])
        for name in saved
    }
