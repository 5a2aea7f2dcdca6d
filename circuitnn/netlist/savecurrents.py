"""``.options savecurrents``: save the currents of all devices by ngspice's names."""

from __future__ import annotations

import numpy as np

from circuitnn.elements import element
from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.records import replace


def with_currents(circuit: FlatCircuit) -> FlatCircuit:
    """Return a circuit that also saves the currents of its devices, next to all signals if it has no ``.save``.

    Parameters
    ----------
    circuit : FlatCircuit
    """
    tables: list[Elements | Behavioural | Devices] = [
        *circuit.elements,
        *circuit.behavioural,
        *circuit.devices,
    ]
    names = [n for t in tables for n in t.names]
    if tables and all(len(t.places) == len(t.names) for t in tables):  # in the order of the cards
        order = np.argsort(np.concatenate([t.places for t in tables]), kind="stable")
        names = [names[k] for k in order.tolist()]
    currents = [f"@{name}[{key}]" for name in names for key in element(name[0]).currents]
    return replace(circuit, saves=(*(circuit.saves or ("all",)), *currents))
