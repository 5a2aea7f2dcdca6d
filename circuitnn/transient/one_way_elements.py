"""Elements that pass signals one way only: by a loop of them, as a gyrator's, a circuit may oscillate without loss.

Formulas of orders above 2 would let such an oscillation grow, as one of an inductor, of which the time loop learns by
itself (`circuitnn._cext.ordering`). Resistors, capacitors and independent sources alone cannot oscillate.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.controlled import Controlled
from circuitnn.system.groups import Placed
from circuitnn.system.system import System


def one_way(system: System) -> str:
    """Name an element by which a signal passes one way only; empty if there is none.

    Parameters
    ----------
    system : System

    Returns
    -------
    str
    """
    return next(_controlled(system), "") or next(_placed(system), "")


def _controlled(system: System) -> Iterator[str]:
    """Controlled sources other than conductances."""
    for table in system.circuit.elements:
        if isinstance(element(table.kind), Controlled):
            nodes = np.asarray(table.nodes)
            elsewhere = np.ones(len(table.names), dtype=bool)
            if nodes.shape[1] >= 4:
                elsewhere = np.any(nodes[:, :2] != nodes[:, 2:4], axis=1)
            yield from (name for name, other in zip(table.names, elsewhere, strict=True) if other)


def _placed(system: System) -> Iterator[str]:
    """Devices and sources of which a current depends on a voltage, but not the other way round."""
    voltages = np.append(system.unknowns.of_kind("voltage"), False)  # -1 is ground
    for placed in system.placed:
        unknown = voltages[placed.nodes]
        for row, column in _without_return(placed):
            both = unknown[row] & unknown[column]
            if both.any():
                yield placed.instances[int(np.argmax(both))]


def _without_return(placed: Placed) -> list[tuple[int, int]]:
    """Places of the kernel's matrix of conductances whose mirror image is empty."""
    places = set(placed.kernel.G_places)
    return [(row, column) for row, column in places if (column, row) not in places]
