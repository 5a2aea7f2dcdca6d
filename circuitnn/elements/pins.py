"""Sources of 0 V that measure what ``.probe`` asks for and results do not hold: currents into pins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

MARK = "#"  # in names of what results do not show


def measured(
    reader: ElementReader, name: str, pins: Sequence[str], nodes: Sequence[int], origin: int
) -> list[int]:
    """Put a source before each pin of an element of the top level, if a ``.probe`` card asks for its currents.

    Parameters
    ----------
    reader : ElementReader
    name : str
        Of the element.
    pins : sequence of str
    nodes : sequence of int
        What they are connected to.
    origin : int
        Of the card.

    Returns
    -------
    list of int
        What they are connected to now.
    """
    if reader.definition.name or not {"*", name} & reader.deck.measured:
        return list(nodes)
    return [
        _behind(reader, f"v{name}{MARK}{pin}", node, origin) for pin, node in zip(pins, nodes, strict=True)
    ]


def _behind(reader: ElementReader, source: str, node: int, origin: int) -> int:
    inside = reader.node(source)
    reader.row("v", source, [node, inside], 0.0, origin)
    return inside


def owner(source: str) -> tuple[str, str]:
    """Element and pin that a source measures for; ``("", "")`` if it is the deck's own."""
    name, mark, pin = source[1:].partition(MARK)
    return (name, pin) if mark else ("", "")
