"""Operating points and starts of transients of large circuits of gates, examined by laws that are written anew.

python -m bench.starts --count 300 --seed 1
python -m bench.starts --count 100 --seed 1 --least 600

For each circuit, with default options:

- Kirchhoff's current law at every node: how far Newton's method would move the point, by currents and slopes of
  ``tests/differential``. For BSIM transistors ngspice says what its devices draw from nodes held at these voltages.
- A transient starts there, and at its end the circuit still rests there, although every node was nudged, up or down at
  random; else a note says that the point is unstable. Cells that do not know of each other grow each by itself, so
  that modes in any number, even ones too, are found.

A point that a note doubts is counted by itself.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bench.gates import BSIM, Gates
from bench.held_nodes import currents
from bench.start_circuits import FAMILIES
from circuitnn import Circuit
from circuitnn.errors import CircuitnnError
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import SuperLU

STEP = 1e-7  # for derivatives [V]
FEW = 2.0  # tolerances, 1e-3 of a voltage and 1 µV, that a point may be off
LEAST = 1e-8  # what ngspice may need to hold a node [A]
SECONDS, NUDGE = 2e-8, 1e-7  # length of a transient, and the current into each node at its beginning [s, A]
LONGER = 20.0  # times as long, a load of enhancement transistors, at last below threshold, has brought its node back
FLOATS = 1e8  # resistance to ground from which on a node keeps its charge during the transient [Ohm]
SAME = 2e-2  # of the supply: distance up to which a point is the same
DOUBT = (
    "unstable",
    "no method confirms",
    "nearly singular",
    "rounded",
    "no direct-current path",
    "nothing determines",
)


def draw(seed: int) -> tuple[str, Gates]:
    """A random circuit, and the name of its family."""
    rng = np.random.default_rng(seed)
    family = FAMILIES[int(rng.integers(len(FAMILIES)))]
    return family.__name__, family(rng)


def voltages(result: Result, row: int = 0) -> dict[str, float]:
    """Voltages of all nodes in a row of a result. [V]"""
    return {
        n[2:-1]: float(np.ravel(result[n])[row]) for n in result.names if n.startswith("v(") and "#" not in n
    }


def linearise(gates: Gates, found: dict[str, float]) -> tuple[list[str], np.ndarray, csr_array]:
    """Nodes that no source holds, currents out of them at a point, and the slopes of these currents."""
    from scipy.sparse import coo_array

    v = {**found, **gates.rails, "0": 0.0}
    free = {n: k for k, n in enumerate(sorted(set(v) - set(gates.rails) - {"0"}))}
    f = np.zeros(len(free) + 1)  # what rails carry is last
    entries: list[tuple[int, int, float]] = []
    for nodes, law in gates.laws:
        rows = [free.get(n, -1) for n in nodes]
        np.add.at(f, rows, law(v))
        for by in {n for n in nodes if n in free}:
            slopes = (np.array(law({**v, by: v[by] + STEP})) - np.array(law({**v, by: v[by] - STEP}))) / (
                2.0 * STEP
            )
            entries += [(row, free[by], slope) for row, slope in zip(rows, slopes, strict=True) if row >= 0]
    at, columns, values = zip(*entries, strict=True)
    return list(free), f[:-1], coo_array((values, (at, columns)), shape=(len(free), len(free))).tocsr()


def factored(J: csr_array) -> tuple[np.ndarray, SuperLU]:
    """Factors of a matrix whose rows are scaled, and the scales."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import splu

    scale = 1.0 / np.maximum(abs(J).max(axis=1).toarray().ravel(), 1e-15)
    return scale, splu((diags_array(scale) @ J).tocsc())


def distance(gates: Gates, found: dict[str, float]) -> tuple[float, str]:
    """How far Newton's method would move a point, in tolerances, and which node most."""
    free, f, J = linearise(gates, found)
    scale, factors = factored(J)
    step = np.abs(factors.solve(scale * f))
    off = step / (1e-3 * np.abs([found[n] for n in free]) + 1e-6)
    worst = int(np.argmax(off))
    return float(off[worst]), free[worst]


def resting(gates: Gates, found: dict[str, float]) -> list[str]:
    """Nodes that do not float: others stay where they were moved to."""
    if gates.level in BSIM:
        return [n for n in found if n not in gates.rails]
    free, _, J = linearise(gates, found)
    scale, factors = factored(J)
    resistances = np.abs(np.diagonal(factors.solve(np.diag(scale))))
    return [n for n, ohms in zip(free, resistances, strict=True) if ohms < FLOATS]


def imbalance(gates: Gates, found: dict[str, float]) -> str:
    """What is wrong with Kirchhoff's current law at a point; empty if it holds."""
    if gates.level not in BSIM:
        off, node = distance(gates, found)
        return f"v({node}) = {found[node]:.6g} V is {off:.3g} tolerances off" if off > FEW else ""
    nodes = {n: v for n, v in found.items() if n not in gates.rails}
    held = currents(gates.deck, nodes)
    worst = max(held, key=lambda n: abs(held[n]))
    if abs(held[worst]) <= LEAST:
        return ""
    off = FEW * (1e-3 * abs(nodes[worst]) + 1e-6)
    below, above = (currents(gates.deck, nodes | {worst: nodes[worst] + s * off})[worst] for s in (-1.0, 1.0))
    if below * above < 0.0:  # the law holds within the tolerance of the voltage
        return ""
    return f"v({worst}) takes {held[worst]:.3g} A to hold in ngspice"


def nudges(gates: Gates, found: dict[str, float]) -> tuple[str, ...]:
    """Sources that move each node a little, and no two cells alike."""
    edge = f"{SECONDS / 100} {SECONDS / 100} {SECONDS / 100} {SECONDS / 100}"
    free = resting(gates, found)
    sizes = NUDGE * gates.rng.choice([-1.0, 1.0], len(free)) * gates.rng.uniform(0.5, 1.0, len(free))
    return tuple(f"inudge_{n} 0 {n} pulse(0 {size} {edge})" for n, size in zip(free, sizes, strict=True))


def examine(gates: Gates) -> tuple[str, bool]:
    """What is wrong with the start of a circuit, empty for nothing; and whether a note doubts it."""
    result = Circuit.from_text(gates.deck()).op()
    found = voltages(result)
    doubted = any(
        word in note and "was left" not in note for note in result.statistics.notes for word in DOUBT
    )
    wrong = imbalance(gates, found)
    if wrong or doubted:
        return wrong, doubted
    deck = gates.deck(nudges(gates, found))
    text = moved(gates, found, deck, SECONDS)
    return text and moved(gates, found, deck, LONGER * SECONDS), False


def moved(gates: Gates, found: dict[str, float], deck: str, seconds: float) -> str:
    """Where a transient starts or ends away from the operating point; empty for nowhere."""
    made = Circuit.from_text(deck).tran(seconds)
    for when, row in (("starts", 0), ("ends", -1)):
        there = voltages(made, row)
        far = max(found, key=lambda n: abs(there[n] - found[n]))
        if abs(there[far] - found[far]) > SAME * gates.supply:
            return f"the transient {when} with v({far}) = {there[far]:.4g} V instead of {found[far]:.4g} V"
    return ""


def run(first: int, count: int, least: int = 0) -> tuple[Counter[str], list[str]]:
    """Examine circuits of successive seeds; counts of outcomes, and what is wrong."""
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    large = ((seed, *draw(seed)) for seed in itertools.count(first))
    for seed, family, gates in itertools.islice((one for one in large if one[2].transistors >= least), count):
        try:
            text, doubted = examine(gates)
        except CircuitnnError as error:
            outcomes["refused"] += 1
            wrong.append(f"seed {seed}, {family}, level {gates.level}: {type(error).__name__}: {error}")
            continue
        outcomes["doubted" if doubted else "wrong" if text else "right"] += 1
        if text and not doubted:
            wrong.append(f"seed {seed}, {family}, level {gates.level}, {gates.style}: {text}")
    return outcomes, wrong


def main(arguments: list[str] | None = None) -> int:
    """Run the circuits and print; 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.starts")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first circuit")
    parser.add_argument(
        "--least", type=int, default=0, help="transistors of a circuit; smaller ones are passed over"
    )
    given = parser.parse_args(arguments)
    began = time.process_time()
    outcomes, wrong = run(given.seed, given.count, given.least)
    for text in wrong:
        print(text)
    told = ", ".join(f"{number} {name}" for name, number in outcomes.items())
    print(f"{given.count} circuits: {told}, {time.process_time() - began:.0f} s")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
