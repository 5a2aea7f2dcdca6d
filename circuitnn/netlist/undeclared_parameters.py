"""Parameters that X cards give and subcircuits only name, as LTspice lets them: its own opamp.sub has ``aol``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.equations.graph import symbol
from circuitnn.netlist.definition import Text

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Definition


def declare(caller: Definition, callee: Definition, key: str, origin: int, everywhere: bool) -> bool:
    """Make a parameter of what a subcircuit names and declares nowhere.

    Parameters
    ----------
    caller, callee : Definition
    key : str
        The name that a card gives a value.
    origin : int
        Of the card.
    everywhere : bool
        Whether it is the card's also where the name has a value outside, which it keeps in ngspice.

    Returns
    -------
    bool
        False if the subcircuit does not name it, or it keeps its value.
    """
    named = re.compile(rf"(?<![\w.#$@]){re.escape(key)}(?![\w(])")
    if not any(named.search(text) for definition in callee.everything() for text in _texts(definition)):
        return False
    if not everywhere and any(key in scope.header or key in scope.parameters for scope in caller.scopes()):
        return False
    callee.header[key] = Text(key, origin)
    callee.expressions[key] = symbol(key)
    return True


def _texts(definition: Definition) -> Iterator[str]:
    """Texts of a definition that may name a parameter: its parameters, models and cards."""
    yield from (text.text for text in (*definition.header.values(), *definition.parameters.values()))
    yield from (text for model in definition.models.values() for text in model.texts.values())
    yield from definition.cards
