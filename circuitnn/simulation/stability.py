"""Unstable operating points: valid solutions that no measurement would find.

Small deviations grow as exp(s·t) with det(G + s·C) = 0. Between s = 0 and s → ∞ the sign of the determinant changes at
each real root: opposite signs at the two ends mean that a deviation grows. The test is cheap and has no false alarms,
but it misses complex pairs, that is, the onset of an oscillation.

References
----------
M. M. Green, A. N. Willson, "How to identify unstable dc operating points", IEEE TCAS-I 39, 820 (1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.models import named
from circuitnn.system.linearised import linearise

if TYPE_CHECKING:
    from circuitnn.simulation.simulation import Simulation

MOST = 150  # unknowns: the matrices are dense
FASTEST = 1e14  # where C alone counts [1/s]
SLOWEST = 1e-3  # smallest growth rate that counts [1/s]
BISECTIONS = 24


def note(simulation: Simulation) -> None:
    """Note that the operating point at `x` is unstable, if the test finds it so."""
    system = simulation.system
    if system.assembly.linear or system.n > MOST or not len(system.reactive):
        return
    if gains(simulation) < 2:  # a regenerative loop takes two stages
        return
    small = linearise(system, simulation.x, simulation.ties.shunt, frozen=True)
    column = np.repeat(np.arange(system.n), np.diff(small.starts))
    G, C = np.zeros((2, system.n, system.n))
    G[small.rows, column], C[small.rows, column] = small.G, small.C

    def sign(s: float) -> float:
        return float(np.linalg.slogdet(G + s * C)[0])

    first, last = sign(SLOWEST), sign(FASTEST)
    if first * last >= 0.0:
        return
    decades = [d for d in map(sign, np.geomspace(SLOWEST, FASTEST, 35)) if d]
    if np.count_nonzero(np.diff(decades)) != 1:
        return  # rounding, or more than one: inconclusive
    low, high = SLOWEST, FASTEST
    for _ in range(BISECTIONS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if sign(middle) == first else (low, middle)
    simulation.statistics.notes.append(
        f"the operating point is unstable: the circuit leaves it by itself, by a factor e in {1.0 / high:.3g} s; "
        "another one may be meant: try .nodeset, or .ic for a transient"
    )


def gains(simulation: Simulation) -> int:
    """How many devices and sources may make deviations grow."""
    circuit = simulation.circuit
    count = sum(len(d.names) for d in circuit.devices if _can_amplify(d.model))
    count += sum(len(b.names) for b in circuit.behavioural)
    return count + sum(len(t.names) for t in circuit.elements if t.kind in "efgh")


def _can_amplify(model: str) -> bool:
    """Whether a device of this model may amplify: it is controlled, or not passive."""
    stated = named(model)
    return len(stated.terminals) > 2 or "passive" not in stated.claims
