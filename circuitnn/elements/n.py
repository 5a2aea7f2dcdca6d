"""N: compact models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unexpected
from circuitnn.elements.device import Device
from circuitnn.elements.device_parameters import read_parameter
from circuitnn.errors import nearest

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader


class CompactModel(Device):
    """An instance of a compact model; the type on its model card decides the model and the number of nodes."""

    letter, name, plural = "n", "compact model", "compact models"
    example = "N1 p n [heat] mymodel x0=0.3 m=2"
    meaning = (
        "compact model, with `.model mymodel vteam ron=50`: the type is the model's name, see `circuitnn models`; "
        "`heat` is the thermal node of those that heat themselves"
    )
    harmless = harmless_of_models = frozenset()
    ours = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read nodes, a model, and any of its parameters."""
        from circuitnn.models import as_written, compact, compact_of
        from circuitnn.models.nodes import of_nodes

        card = reader.split(text, origin)
        name, *fields = card.words
        fields += card.trailing
        card.trailing = []
        reader.claim(name, origin)
        places = [k for k, word in enumerate(fields) if reader.definition.model(word) is not None]
        if not fields:
            raise CardError(f"'{name}' needs nodes and a model", name)
        place = places[-1] if places else len(fields) - 1
        known = reader.definition.model(fields[place])
        kind = None if known is None else compact_of(known.type)
        if known is not None and kind is None:
            near = nearest(as_written(known.type), sorted({*map(as_written, compact())}))
            raise CardError(
                f"model '{known.name}': '{as_written(known.type)}' is not the type of a compact model{near}",
                known.name,
            )
        types = tuple(compact()) if known is None else (known.type,)
        model = reader.model(fields[place], types, "a compact model")
        kind = kind or compact()[model.type]
        terminals = kind.named_terminals()
        own = len(terminals)
        if of_nodes(kind, place) is None:
            wanted = f"{own} nodes ({' '.join(terminals)})"
            if kind.heated is not None:
                wanted += f", or {own + 1}, of which the last is the thermal node"
            raise CardError(
                f"'{name}' is of type '{as_written(model.type)}' and needs {wanted}, {place} given", name
            )
        nodes = reader.nodes(card, place)
        extras: dict[str, Value] = {}
        for word in fields[place + 1 :]:
            if word not in kind.flags:
                raise unexpected(name, word)
            extras[word] = 1.0
        for key, value in card.pairs.items():
            extras |= read_parameter(reader, kind, key, value, origin)
        rows = f"n:{kind.name}" + (f"+{place}" if place != own else "")
        table = reader.row(rows, name, nodes, 0.0, origin)
        table.models.append(model)
        table.set(**extras)
