"""``.options savecurrents``: save the currents of all devices by ngspice's names."""

from __future__ import annotations

from circuitnn.elements import element
from circuitnn.flat import FlatCircuit
from circuitnn.records import replace


def with_currents(circuit: FlatCircuit) -> FlatCircuit:
    """The circuit, saving the currents of its devices too, and everything if it saves nothing else.

    Parameters
    ----------
    circuit : FlatCircuit
    """
    names = [
        n
        for tables in (circuit.elements, circuit.behavioural, circuit.devices)
        for t in tables
        for n in t.names
    ]
    currents = [f"@{name}[{key}]" for name in names for key in element(name[0]).currents]
    return replace(circuit, saves=(*(circuit.saves or ("all",)), *currents))
