"""Parameters of compact models on cards: numbers, and words and arrays of Verilog-A modules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, listed, unwrap
from circuitnn.models.word_parameters import Word

if TYPE_CHECKING:
    from circuitnn.models.model import Model
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.reader import Reader


def read_parameter(
    reader: Reader, kind: type[Model] | None, name: str, text: str, origin: int, array: str = ""
) -> dict[str, Value]:
    """Read a parameter of a card.

    Parameters
    ----------
    reader : Reader
    kind : type of Model, optional
        Where it has words and arrays.
    name, text : str
    origin : int
        Of the card.
    array : str
        The array of which the parameter is an element.

    Returns
    -------
    dict of str to float or Expr
        The parameter, or each element of an array.
    """
    if kind is not None and name in kind.words:
        return {name: Word(_spelled(reader, array or name, unwrap(text), origin))}
    if kind is None or name not in kind.arrays:
        return {name: reader.value(text)}
    items, (fewest, parts) = listed(text), kind.arrays[name]
    if items is None:
        raise CardError(f"'{name}' is an array; write its values as {name}=[1 2 3]", name)
    if not fewest <= len(items) <= len(parts):
        wanted = str(fewest) if fewest == len(parts) else f"{fewest} to {len(parts)}"
        raise CardError(f"'{name}' takes {wanted} values, {len(items)} are given", name)
    values: dict[str, Value] = {}
    for part, item in zip(parts, items, strict=False):
        values |= read_parameter(reader, kind, part, item, origin, name)
    return values


def _spelled(reader: Reader, name: str, word: str, origin: int) -> str:
    """A word as it stands on the card, which is read in lower case."""
    text = reader.sources.raw_text(origin) if origin else ""
    given = rf"\b{re.escape(name)}\s*=[\s\"'{{\[]*(?:[^=]*[\s\"',])?({re.escape(word)})"
    match = re.search(given, text, re.IGNORECASE)
    return match[1] if match else word
