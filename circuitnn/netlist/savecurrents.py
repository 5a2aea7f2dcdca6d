"""What ``.options savecurrents`` saves: the currents of all devices, by ngspice's names."""

from __future__ import annotations

from circuitnn.flat import Behavioural, Devices, Elements, FlatCircuit
from circuitnn.records import replace

CURRENTS = {
    **dict.fromkeys("rclbfg", ("i",)),
    "d": ("id",),
    "q": ("ic", "ie", "ib", "is"),
    "m": ("id", "is", "ig", "ib"),
    "j": ("id", "is", "ig", "igd"),
    "i": ("current",),
}


def with_currents(circuit: FlatCircuit) -> FlatCircuit:
    """The circuit, saving the currents of its devices too, and everything if it saves nothing else.

    Parameters
    ----------
    circuit : FlatCircuit
    """
    tables: list[Elements | Behavioural | Devices] = [
        *circuit.elements,
        *circuit.behavioural,
        *circuit.devices,
    ]
    names = [name for table in tables for name in table.names]
    currents = [f"@{name}[{key}]" for name in names for key in CURRENTS.get(name[0], ())]
    return replace(circuit, saves=(*(circuit.saves or ("all",)), *currents))
