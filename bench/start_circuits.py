"""Families of circuits for `bench.starts`: each makes one of random size and technology."""

from __future__ import annotations

import numpy as np

from bench.gates import Gates

STYLES = "cmos", "cmos", "depletion", "enhancement", "pseudo"


def technology(rng: np.random.Generator, levels: tuple[int, ...] = (1, 2, 2, 3, 8, 14)) -> Gates:
    """A random technology of MOSFETs."""
    level = int(rng.choice(levels))
    style = "cmos" if level > 3 else str(rng.choice(STYLES))
    access = 0.0 if level > 3 else float(rng.choice([0.0, 10.0, 50.0]))
    return Gates(rng, level, style, access, float(rng.choice([3.0, 3.3, 5.0])))


def adder(rng: np.random.Generator) -> Gates:
    """Ripple-carry adder of NAND gates, of pass transistors, or of dynamic gates."""
    gates = technology(rng)
    stage = {"nand": _nands, "pass": _passes, "dynamic": _dynamic}[
        str(rng.choice(["nand", "pass", "dynamic"]))
    ]
    if stage is _dynamic and gates.style != "cmos":
        stage = _passes
    carry, clock = gates.bit(), gates.bit()
    for _ in range(int(rng.integers(4, 36 if gates.level < 4 else 10))):
        total, carry = stage(gates, gates.bit(), gates.bit(), carry, clock)
        gates.capacitor(total, 5e-14)
    return gates


def _nands(gates: Gates, a: str, b: str, c: str, clock: str) -> tuple[str, str]:
    n = gates.nand(a, b)
    half = gates.nand(gates.nand(a, n), gates.nand(b, n))
    m = gates.nand(half, c)
    return gates.nand(gates.nand(half, m), gates.nand(c, m)), gates.nand(n, m)


def _passes(gates: Gates, a: str, b: str, c: str, clock: str) -> tuple[str, str]:
    not_a, not_b, not_c = (gates.nand(x) for x in (a, b, c))
    half, total, carry = gates.node(), gates.node(), gates.node()
    gates.switch(b, half, not_a, a)
    gates.switch(not_b, half, a, not_a)
    equal = gates.nand(half)
    unequal = gates.nand(equal)
    gates.switch(c, total, equal, unequal)
    gates.switch(not_c, total, unequal, equal)
    gates.switch(a, carry, equal, unequal)
    gates.switch(c, carry, unequal, equal)
    return gates.nand(gates.nand(total)), gates.nand(gates.nand(carry))


def _dynamic(gates: Gates, a: str, b: str, c: str, clock: str) -> tuple[str, str]:
    """Domino logic: with the clock high and nothing conducting, its nodes float."""
    carry, total, foot = gates.node(), gates.node(), gates.node()
    gates.mos("mp", carry, clock, "vdd", 8)
    gates.mos("mp", total, clock, "vdd", 8)
    gates.mos("mn", foot, clock, "0", 16)
    for x, y in ((a, b), (b, c), (c, a)):
        between = gates.node()
        gates.mos("mn", carry, x, between, 8)
        gates.mos("mn", between, y, foot, 8)
    low, lower, side = gates.node(), gates.node(), gates.node()
    for top, x, bottom in ((total, a, low), (low, b, lower), (lower, c, foot), (total, carry, side)):
        gates.mos("mn", top, x, bottom, 8)
    for x in (a, b, c):
        gates.mos("mn", side, x, foot, 8)
    return gates.nand(total), gates.nand(carry)


def passes(rng: np.random.Generator) -> Gates:
    """Transistors between random nodes, of which many float."""
    gates = technology(rng, (1, 2, 2, 3))
    nodes = [gates.node() for _ in range(int(rng.integers(3, 40)))]
    fixed = ["0", "vdd", "vdd", gates.bit(), gates.rail("between", float(rng.uniform(0.0, gates.supply)))]
    for k in range(int(rng.integers(len(nodes), 3 * len(nodes)))):
        kind = "mp" if rng.random() < 0.4 else "mn"
        g, s = (str(rng.choice(nodes + fixed)) for _ in range(2))
        gates.mos(kind, nodes[k % len(nodes)], g, s, float(rng.choice([3, 6, 12])))
    for node in nodes:
        if rng.random() < 0.15:
            gates.resistor(node, str(rng.choice(nodes + fixed)), float(10 ** rng.uniform(3, 6)))
        gates.capacitor(node, 1e-14)
    return gates


def memory(rng: np.random.Generator) -> Gates:
    """Static memory: cells of two inverters, on bit lines behind resistors, one word line high or none."""
    gates = technology(rng)
    most = 12 if gates.level < 4 else 5
    rows, columns = int(rng.integers(1, most)), int(rng.integers(1, most))
    words = [gates.rail(f"w{i}", 0.0) for i in range(rows)]
    if rng.random() < 0.3:
        gates.rail(words[0], gates.supply)
    for _ in range(columns):
        lines = gates.node(), gates.node()
        for line in lines:
            gates.resistor("vdd", line, 2e3)
        for word in words:
            cell = gates.node(), gates.node()
            for k in (0, 1):
                gates.nand(cell[k], y=cell[1 - k])
                gates.mos("mn", lines[k], word, cell[k], 4)
                gates.capacitor(cell[k], 1e-14)
    return gates


def latches(rng: np.random.Generator) -> Gates:
    """Cross-coupled NAND or NOR gates that hold, in several numbers, and what they drive."""
    gates = technology(rng, (0, 1, 2, 3, 8, 14))
    gate, idle = (gates.nand, gates.supply) if gates.level and rng.random() < 0.5 else (gates.nor, 0.0)
    for k in range(int(rng.integers(1, 20))):
        hold = [gates.rail(f"s{k}{x}", idle) for x in "ab"]
        q = gates.node(), gates.node()
        for i in (0, 1):
            gate(hold[i], q[1 - i], y=q[i])
            gates.capacitor(q[i], 2e-14)
        gates.nand(q[0])
    return gates


def plane(rng: np.random.Generator) -> Gates:
    """Programmable logic array: wide NOR gates into wide NOR gates."""
    gates = technology(rng, (0, 1, 2, 3, 8))
    if gates.style == "cmos" and gates.level:
        gates.style = "pseudo"
    inputs = [gates.bit() for _ in range(int(rng.integers(3, 9)))]
    literals = inputs + [gates.nand(a) for a in inputs]
    products = []
    for _ in range(int(rng.integers(4, 24))):
        chosen = rng.choice(literals, int(rng.integers(2, len(inputs) + 1)), replace=False)
        products.append(gates.nor(*map(str, chosen)))
    for _ in range(int(rng.integers(2, 12))):
        chosen = rng.choice(products, int(rng.integers(2, len(products) + 1)), replace=False)
        gates.capacitor(gates.nand(gates.nor(*map(str, chosen))), 5e-14)
    return gates


def tree(rng: np.random.Generator) -> Gates:
    """A signal that fans out to hundreds of gates."""
    gates = technology(rng, (0, 1, 2, 3, 8))
    row = [gates.bit()]
    for _ in range(int(rng.integers(2, 4))):
        row = [gates.nand(a) for a in row for _ in range(int(rng.integers(3, 7)))]
    for a in row:
        gates.capacitor(a, 5e-14)
    return gates


FAMILIES = adder, passes, passes, memory, latches, plane, tree
