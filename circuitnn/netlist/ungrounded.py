"""Circuits in which nothing is connected to ground."""

from __future__ import annotations

import re
import warnings

from circuitnn.errors import DeckWarning
from circuitnn.flat import GROUND, Behavioural, Elements, FlatCircuit
from circuitnn.models import named

_LIKE_GROUND = re.compile(r"(?:a|d|s|p)?(?:gnd|vss|ground|com|mass|earth)[a!]?")


def warn_of_missing_ground(circuit: FlatCircuit) -> None:
    """Warn if elements have nodes and none of these is ground: all voltages are then arbitrary by a constant."""
    tables: list[Elements | Behavioural] = [*circuit.elements, *circuit.behavioural]
    nodes = [table.nodes for table in tables if table.nodes.size]
    # terminals that no card gives are at ground: they are temperatures
    nodes += [table.nodes[:, : len(named(table.model).named_terminals())] for table in circuit.devices]
    if not nodes or circuit.logic is not None or any((table == GROUND).any() for table in nodes):
        return
    alike = [name for name in circuit.node_names if _LIKE_GROUND.fullmatch(name)]
    first = alike[0] if alike else circuit.node_names[int(nodes[0].flat[0])]
    advice = f"call '{first}' 0" if alike else f"connect one node, as '{first}', to 0"
    where = next((circuit.where(name) for table in (*tables, *circuit.devices) for name in table.names), "")
    message = (
        f"{where}: no element is connected to ground, node 0: voltages are not determined; {advice}"
    ).removeprefix(": ")
    warnings.warn(message, DeckWarning, stacklevel=2)
