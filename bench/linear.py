"""Linear circuits of the benchmark's small-signal analyses, as lines of a deck."""

from __future__ import annotations


def lc_ladder(sections: int) -> list[str]:
    """Lossy LC ladder filter between matched ends, three unknowns per section."""
    lines = ["vin in 0 ac 1", "rs in n0 50"]
    for k in range(sections):
        lines += [f"l{k} n{k} m{k} 10n", f"r{k} m{k} n{k + 1} 0.01", f"c{k} n{k + 1} 0 4p"]
    return [*lines, f"rl n{sections} 0 50", f".save v(n1) v(n{sections})"]


def rc_mesh(side: int) -> list[str]:
    """Square mesh of resistors with a capacitor at every node: a power grid, a substrate."""
    lines = ["iin 0 n0_0 ac 1"]
    for i in range(side):
        for j in range(side):
            lines.append(f"c{i}_{j} n{i}_{j} 0 {1 + (i + 2 * j) % 5}p")
            if i + 1 < side:
                lines.append(f"rd{i}_{j} n{i}_{j} n{i + 1}_{j} 10")
            if j + 1 < side:
                lines.append(f"rr{i}_{j} n{i}_{j} n{i}_{j + 1} 10")
    end = f"n{side - 1}_{side - 1}"
    return [*lines, f"rl {end} 0 50", f".save v(n0_0) v({end})"]
