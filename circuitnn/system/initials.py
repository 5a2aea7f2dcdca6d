"""Initial values of device states and memories from ``.ic @n1[t]=…``, and memories by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.models import named
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.system.system import System


def memories_of(system: System) -> Iterator[tuple[str, np.ndarray, int]]:
    """Name, column and index of each number that events or accepted points change: ``@s1[on]``."""
    for c, group in zip(system.condensed, system.groups, strict=True):
        kernel = c.placed.kernel
        for name in sorted(kernel.moving):
            column = group.columns[kernel.columns.index(name)]
            for k, instance in enumerate(c.placed.instances):
                yield f"@{instance}[{name}]", column, k


def open_at_thresholds(system: System) -> None:
    """Let switches without hysteresis be open whose control starts at their threshold, as ngspice does with ``uic``."""
    for c, group in zip(system.condensed, system.groups, strict=True):
        names = c.placed.kernel.columns
        if "above" not in c.placed.kernel.moving:
            continue
        for hysteresis in {"vh", "ih"} & {*names}:
            above, on, distance = (group.columns[names.index(name)] for name in ("above", "on", hysteresis))
            above[(np.broadcast_to(distance, len(above)) == 0.0) & (on == 0.0)] = 1.0


def give_initial_values(system: System) -> None:
    """Set states and memories to the initial values on the circuit's ``.ic`` cards.

    Raises
    ------
    AnalysisError
        There is no such state or memory, or it cannot have this value.
    """
    initial_values = dict(system.circuit.initial_states)
    unknowns = system.unknowns
    for k, placed in enumerate(unknowns.states):
        names = [unknowns.names[int(number)] for number in placed.numbers]
        if not initial_values.keys() & set(names):
            continue
        initial, state = np.array(placed.initial), placed.state
        for place, name in enumerate(names):
            if name in initial_values:
                initial[place] = value = initial_values.pop(name)
                if not state.low <= value <= state.high:
                    raise AnalysisError(
                        f".ic: {name} = {value:g}: must lie between {state.low:g} and {state.high:g}"
                    )
        unknowns.states[k] = replace(placed, initial=initial)
    if initial_values:
        for name, column, place in memories_of(system):
            if name in initial_values:
                column[place] = initial_values.pop(name)
    if initial_values:
        known = [unknowns.names[int(n)] for p in unknowns.states for n in p.numbers]
        known += [name for name, _, _ in memories_of(system)]
        name = next(iter(initial_values))
        hint = _thermal(system, name) or nearest(name, known)
        raise AnalysisError(f".ic: there is no state or memory {name}{hint}")


def _thermal(system: System, name: str) -> str:
    """Where the temperature of a device with a thermal node is given; empty if the name is none."""
    for table in system.circuit.devices:
        for row, device in enumerate(table.names if named(table.model).heat_node else ()):
            if name == f"@{device}[t]":
                node = system.circuit.node_names[table.nodes[row][-1]]
                return (
                    f"; its temperature is that of its thermal node: .ic v({node})=… K above the surroundings"
                )
    return ""
