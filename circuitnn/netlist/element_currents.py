"""Currents that expressions read of elements without one among the unknowns: ``i(r1)``, ``i(q1)``, ``i(x1)``.

As in ngspice 44, a source of 0 V before the first node of the element carries the current: ``v_r1``, from the node
``a`` of the card to a new one, ``a_vmeas_0``. Only elements of the same level are found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from circuitnn.elements import element
from circuitnn.elements.pins import behind
from circuitnn.equations.graph import symbols
from circuitnn.netlist.definition import Calls, Definition, Group, Table
from circuitnn.netlist.reader import Reader

_UNREAD = "ak"  # letters of elements that have no first node with a current of its own


def sense(readers: Iterable[Reader]) -> None:
    """Put a source before each element whose current an expression of its definition reads.

    Parameters
    ----------
    readers : iterable of Reader
        Those of the definitions in use, with all their elements.
    """
    wanted = [(origin, name, reader) for reader in readers for origin, name in _wanted(reader.definition)]
    # ngspice numbers the nodes in the order in which it reads the cards, those of included files in their place
    wanted.sort(key=lambda reading: reading[2].sources.reading(reading[0]))
    rows = {reader: _rows(reader.definition) for reader in dict.fromkeys(reader for *_, reader in wanted)}
    for number, (_, name, reader) in enumerate(wanted):
        if name in rows[reader] and name not in reader.definition.sensed:
            _put_before(reader, name, *rows[reader][name], number)


def _wanted(definition: Definition) -> Iterator[tuple[int, str]]:
    """Origins of cards, and elements without an unknown current whose currents they read."""
    here = definition.element_origins
    for group in definition.groups.values():
        free = [name[2:-1] for name in symbols([group.template]) if name.startswith("i(")]
        if not free and not group.currents[0]:
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


def _put_before(reader: Reader, name: str, part: Table | Group | Calls, row: int, number: int) -> None:
    """Put a source of 0 V before the first node of an element."""
    definition, origin, source = reader.definition, part.origins[row], f"v_{name}"
    while source in definition.element_origins:
        source += "_"
    reader.claim(source, origin)
    definition.sensed[name] = source
    at = row * (len(part.nodes) // len(part.names))
    inside = f"{definition.locals[part.nodes[at]]}_vmeas_{number}"
    part.nodes[at] = behind(reader, source, part.nodes[at], inside, origin)
