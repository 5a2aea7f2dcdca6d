"""Sources of 0 V that measure currents into pins, for ``.probe`` and for expressions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.reader import Reader

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
    sources = [f"v{name}{MARK}{pin}" for pin in pins]
    return [behind(reader, source, node, source, origin) for source, node in zip(sources, nodes, strict=True)]


def behind(reader: Reader, source: str, node: int, inside: str, origin: int) -> int:
    """Put a source between a node and a new one.

    Parameters
    ----------
    reader : Reader
    source : str
        Its name.
    node : int
    inside : str
        Name of the new node.
    origin : int
        Of the card that it is for.

    Returns
    -------
    int
        The new node.
    """
    number = reader.definition.inner_node(inside)
    reader.row("v", source, [node, number], 0.0, origin)
    return number


def owner(source: str) -> tuple[str, str]:
    """Element and pin that a source measures for; ``("", "")`` if it is the deck's own."""
    name, mark, pin = source[1:].partition(MARK)
    return (name, pin) if mark else ("", "")
