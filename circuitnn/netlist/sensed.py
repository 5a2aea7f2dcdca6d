"""Currents that expressions read of elements without one among the unknowns: ``i(r1)``, ``i(q1)``, ``i(x1)``.

As in ngspice 44, a source of 0 V before the first node of the element carries the current: ``v_r1``, from the node
``a`` of the card to a new one, ``a_vmeas_0``. Only elements of the same level are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from circuitnn.elements import element
from circuitnn.equations.graph import symbols
from circuitnn.netlist.definition import Calls, Definition, Group, Table

_UNREAD = "ak"  # letters of elements that have no first node with a current of its own


def sense(definitions: Iterable[Definition]) -> None:
    """Put a source before each element whose current an expression of its definition reads.

    Parameters
    ----------
    definitions : iterable of Definition
        Those in use, with all their elements.
    """
    wanted = [
        (origin, name, definition) for definition in definitions for origin, name in _wanted(definition)
    ]
    wanted.sort(key=lambda reading: reading[0])  # ngspice numbers the nodes in the order of the readings
    rows: dict[int, dict[str, tuple[Table | Group | Calls, int]]] = {}
    for number, (_, name, definition) in enumerate(wanted):
        known = rows.get(id(definition))
        if known is None:
            known = rows[id(definition)] = _rows(definition)
        if name in known and name not in definition.sensed:
            _put_before(definition, name, *known[name], number)


def _wanted(definition: Definition) -> Iterator[tuple[int, str]]:
    """Origins of cards, and elements without an unknown current whose currents they read."""
    here = definition.element_origins
    for group in definition.groups.values():
        free = [name[2:-1] for name in symbols([group.template]) if name.startswith("i(")]
        if not free and not any(group.currents):
            continue
        for names, origin in zip(group.currents, group.origins, strict=True):
            for name in (*names, *free):
                if name in here and name[0] not in _UNREAD and not element(name[0]).branch:
                    yield origin, name


def _rows(definition: Definition) -> dict[str, tuple[Table | Group | Calls, int]]:
    """Part and row of every element whose current is no unknown."""
    parts: list[Table | Group | Calls] = [*definition.tables.values(), *definition.calls.values()]
    parts += [group for group in definition.groups.values() if group.kind == "i"]
    return {name: (part, row) for part in parts for row, name in enumerate(part.names)}


def _put_before(
    definition: Definition, name: str, part: Table | Group | Calls, row: int, number: int
) -> None:
    """Put a source of 0 V before the first node of an element."""
    at = row * (len(part.nodes) // len(part.names))
    node = part.nodes[at]
    part.nodes[at] = inside = definition.node(f"{definition.locals[node]}_vmeas_{number}")
    source = f"v_{name}"
    while source in definition.element_origins:
        source += "_"
    definition.sensed[name] = source
    definition.element_origins[source] = part.origins[row]
    definition.table("v").add(source, [node, inside], 0.0, part.origins[row])
