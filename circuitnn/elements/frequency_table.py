"""Cards with a transfer function by a table: PSPICE's ``freq {v(a)} = (1k,0,0) (10k,-20,-90)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, closing, unwrap
from circuitnn.elements.codemodels.spectral_tables import from_numbers, passed

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.netlist.elements import ElementReader

_FREQ = re.compile(r"\sfreq(?=[\s={('])\s*=?\s*")
_WORDS = frozenset(("mag", "db", "deg", "rad", "r_i"))


def response_of(reader: ElementReader, card: Card) -> str | None:
    """Text of the output of such a card; None if the card has no ``freq``.

    Raises
    ------
    CardError
        It has no expression, or no rows of frequency and two numbers.
    """
    match = _FREQ.search(card.text)
    if match is None:
        return None
    name, text = card.words[0], card.text[match.end() :]
    end = closing(text, 0) + 1 if text[:1] in tuple("{'\"(") else text.find(")") + 1
    expression = unwrap(text[:end].strip())
    words = re.split(r"[\s,()]+", text[end:].strip(" =(),"))
    said = {word for word in words if word in _WORDS}
    numbers = [reader.value(word) for word in words if word and word not in said]
    known = [number for number in numbers if isinstance(number, float)]
    if not expression or not known or len(known) < len(numbers) or len(known) % 3:
        raise CardError(
            f"'{name}': freq takes an expression and rows of three numbers: {{v(a)}} (1k,0,0)", "freq"
        )
    rows = [(known[k], known[k + 1], known[k + 2]) for k in range(0, len(known), 3)]
    table = from_numbers(rows, real="r_i" in said, decibels="mag" not in said, radians_="rad" in said)
    return passed(name, expression, table)
