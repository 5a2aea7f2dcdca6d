"""Save and restore the state of a simulation by the names of unknowns and memories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.results.state import State
from circuitnn.system.initials import memories_of

if TYPE_CHECKING:
    from circuitnn._cext.group import DeviceGroup
    from circuitnn.system.groups import Placed

NAMED = 4  # names listed in a message
SAME = 1e-9  # relative difference of charges that is rounding


def taken(simulation: Simulation, time: float, x: np.ndarray) -> State:
    """The state at an accepted point.

    Parameters
    ----------
    simulation : Simulation
    time : float
        [s]
    x : ndarray, shape (n + 1,)
    """
    system = simulation.system
    names = system.unknowns.names
    q = system.assembly.evaluate(x, time)[1]
    passing = set(system.unknowns.charging.values())
    charges = {names[k]: float(q[k]) for k in system.reactive.tolist() if k not in passing}
    memories = {name: float(column[k]) for name, column, k in memories_of(system)}
    drawn = {
        f"@{instance}[{name}]": int(group.memory[1][row, k])
        for group, placed, row, name in _randoms(simulation)
        for k, instance in enumerate(placed.instances)
    }
    unknowns = {name: float(x[k]) for k, name in enumerate(names) if k not in passing}
    return State(float(time), unknowns, memories, drawn, charges)


def put(simulation: Simulation, state: State) -> None:
    """Put a simulation into a state.

    Raises
    ------
    AnalysisError
        The state belongs to another circuit.
    """
    system = simulation.system
    passing = set(system.unknowns.charging.values())  # they follow from the others
    names = [name for k, name in enumerate(system.unknowns.names) if k not in passing]
    _demand(names, state.unknowns, "unknown")
    _demand([name for name, _, _ in memories_of(system)], state.memories, "memory")
    known = set(names)
    extra = [name for name in state.unknowns if name not in known]
    if extra:
        raise AnalysisError(
            f"the state has {', '.join(extra[:NAMED])}, which the circuit has not: it is of another circuit"
        )
    simulation.x[:-1] = [state.unknowns.get(name, 0.0) for name in system.unknowns.names]
    for name, column, k in memories_of(system):
        column[k] = state.memories[name]
    for group, placed, row, name in _randoms(simulation):
        columns, drawn = group.memory
        drawn[row] = [state.drawn.get(f"@{instance}[{name}]", 0) for instance in placed.instances]
        group.memory = columns, drawn


def keep_charges(simulation: Simulation, state: State, q: np.ndarray) -> bool:
    """Keep the charges and fluxes of a state where the circuit stores others at the same voltages and currents.

    A capacitance or inductance may have been changed since: what it stores stays, and its voltage or current jumps.

    Parameters
    ----------
    simulation : Simulation
        In the state.
    state : State
    q : ndarray, shape (n + 1,)
        Charges of the circuit as it is now, replaced in place. [C, Vs]

    Returns
    -------
    bool
        Whether any charge differs.
    """
    system = simulation.system
    states = {k for placed in system.unknowns.states for k in placed.numbers.tolist()}
    moved = False
    for k in system.reactive.tolist():
        charge = state.charges.get(system.unknowns.names[k])
        if charge is None or k in states:
            continue
        if abs(charge - q[k]) > SAME * max(abs(charge), abs(q[k])):
            q[k] = charge
            moved = True
    return moved


def _randoms(simulation: Simulation) -> Iterator[tuple[DeviceGroup, Placed, int, str]]:
    """All kinds of random numbers of all groups of devices."""
    system = simulation.system
    for c, group in zip(system.condensed, system.groups, strict=True):
        for row, (name, _) in enumerate(c.placed.kernel.randoms):
            yield group, c.placed, row, name


def _demand(names: list[str], values: Mapping[str, float], kind: str) -> None:
    missing = [name for name in names if name not in values]
    if missing:
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise AnalysisError(
            f"the state lacks the {kind} {', '.join(missing[:NAMED])}{more}: it is of another circuit"
        )
