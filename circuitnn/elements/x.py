"""X: instances of subcircuits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.elements.card import Card, CardError, Node, Number, card
from circuitnn.elements.element import Element
from circuitnn.elements.pins import measured
from circuitnn.errors import nearest
from circuitnn.models import as_written

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

_BRACKETS = re.compile(r"[,(){}'\"]")


class Subcircuit(Element):
    """An instance of a subcircuit, whose elements replace it in the flat circuit."""

    letter, name, plural = "x", "subcircuit", "subcircuits"
    example = "X1 a b name par=value m=2"
    meaning = "subcircuit instance"

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read nodes, the subcircuit's name and parameters."""
        plain = None if _BRACKETS.search(text) else _plain(text, origin)
        card = plain or reader.split(text, origin)
        name = card.words[0]
        reader.claim(name, origin)
        fields = [w for w in card.words[1:] if w != "params:"]
        if not fields:
            raise CardError(f"'{name}' needs nodes and a subcircuit", name)
        callee = reader.definition.subcircuit(fields[-1])
        if callee is None:
            known = [*reader.definition.visible("definitions"), *reader.deck.offered]
            model = reader.definition.model(fields[-1])
            hint = (
                nearest(fields[-1], known)
                if model is None
                else f": it is a model, of type '{as_written(model.type)}'"
            )
            raise CardError(f"no subcircuit '{fields[-1]}'{hint}", fields[-1])
        if len(fields) - 1 != len(callee.ports):
            ports = f"{len(callee.ports)} ports ({' '.join(callee.ports)})"
            message = f"subcircuit '{callee.name}' has {ports}, {len(fields) - 1} nodes given"
            raise CardError(message, fields[-1])
        for word in card.trailing:
            reader.idle(origin, f"'{word}' of '{name}' has no effect: it is not of the form name=value")
        parameters: dict[str, Value] = {}
        header, own = callee.header, callee.parameters
        for key, value in card.pairs.items():
            declared = key in header or key in own or key == "m"
            if not declared and not reader.declare(callee, key, origin):
                near = nearest(key, [*header, *own, "m"])
                message = f"'{key}' of '{name}' has no effect: subcircuit '{callee.name}' has no such parameter{near}"
                reader.idle(origin, message)
                continue
            parameters[key] = reader.value(value)
        calls = reader.definition.calls_of(callee)
        calls.names.append(name)
        calls.origins.append(origin)
        nodes = [reader.node(n) for n in fields[:-1]]
        for port, node, field in zip(callee.ports, nodes, fields, strict=False):
            if node != 0 and callee.index.get(port) == 0:
                message = f"'{port}' is ground inside '.subckt {callee.name}', and '{field}' of '{name}' leads nowhere"
                reader.idle(origin, message)
        calls.nodes += measured(reader, name, callee.ports, nodes, origin)
        calls.parameters.append(parameters)

    @staticmethod
    def build(name: str, *nodes_and_subcircuit: Node, **parameters: Number) -> str:
        """Add an instance of a subcircuit: nodes, then the subcircuit's name."""
        return card(f"x{name}", *nodes_and_subcircuit, **parameters)


def _plain(text: str, origin: int) -> Card | None:
    """Split a card ``x1 a b sub p=1`` without brackets or blanks around ``=``; None for other cards."""
    card = Card(text, origin)
    for field in text.split():
        key, equals, value = field.partition("=")
        if equals:
            if not key or not value or "=" in value or not key.isidentifier() or key in card.pairs:
                return None
            card.pairs[key] = value
        elif card.pairs:
            return None
        else:
            card.words.append(field)
    return card
