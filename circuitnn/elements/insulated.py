"""Nodes of MOSFETs on an insulator: d g s e [p] [b] [t]; those a card leaves out get names as ngspice gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError
from circuitnn.units import number_or_none

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.netlist.elements import ElementReader

LEVELS = (57.0,)
TYPES = ("nmos", "pmos")
FEWEST, MOST = 4, 7  # nodes on a card
THERMAL = "tnodeout"  # the word that makes the last node the thermal one


def count_of(reader: ElementReader, card: Card) -> int:
    """Say how many nodes a card has, if its model is of a transistor on an insulator.

    Parameters
    ----------
    reader : ElementReader
    card : Card

    Returns
    -------
    int
        0 if it is none.
    """
    for place in range(FEWEST + 1, min(len(card.words), MOST + 2)):
        known = reader.definition.model(card.words[place])
        if known is not None and known.type in TYPES:
            text = (known.bins[0] if known.bins else known).texts.get("level", "")
            return place - 1 if number_or_none(text) in LEVELS else 0  # an expression is reported later
    return 0


def nodes_of(reader: ElementReader, card: Card, count: int, thermal: bool) -> list[int]:
    """Number the nodes: drain, gate, source, substrate, contact, body, thermal.

    Parameters
    ----------
    reader : ElementReader
    card : Card
    count : int
        Nodes on the card.
    thermal : bool
        Whether the last one is the thermal node, as of seven it always is.

    Returns
    -------
    list of int, length 7
        A body without contact floats.
    """
    name = card.words[0]
    nodes = reader.nodes(card, count)
    warm = [nodes.pop()] if count == MOST or (thermal and count > FEWEST) else []
    if thermal and not warm:
        raise CardError(f"'{name}' has no node for '{THERMAL}': it is the last one, after d g s e", THERMAL)
    body = nodes[5] if len(nodes) == MOST - 1 else reader.node(f"{name}#body")
    contact = nodes[4] if len(nodes) > FEWEST else body
    return [*nodes[:FEWEST], contact, body, *(warm or [reader.node(f"{name}#temp")])]
