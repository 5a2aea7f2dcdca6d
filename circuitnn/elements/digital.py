"""Cards of digital code models: ``A1 [a b] ~en y mymodel``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.elements.codemodels.given import TRUTH, check_count, say_idle
from circuitnn.elements.waveforms import WaveformCard
from circuitnn.flat import Waveform
from circuitnn.logic import code_models
from circuitnn.logic.code_model import CodeModel, Port
from circuitnn.machine.access import text_of
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader

Group = tuple[bool, list[tuple[str, bool]]]  # whether it is in brackets; names and whether they are inverted


@dataclass
class LogicCard:
    """An instance in a definition, whose settings may still be expressions.

    Parameters
    ----------
    pins : list of list of (int, bool)
        For each port: local numbers of nets (-1: none), whether they are inverted.
    sources : list of str
        Sources that a bridge drives.
    """

    name: str
    origin: int
    model: CodeModel
    pins: list[list[tuple[int, bool]]]
    settings: dict[str, Value | list[Value] | str]
    sources: list[str] = field(default_factory=list)


def read(reader: ElementReader, name: str, tokens: list[str], model: ModelCard, origin: int) -> None:
    """Read ports, by the code model's declaration, and the model's parameters."""
    of = code_models()[model.type]
    groups = list(_groups(name, tokens))
    check_count(name, of.name, len(groups), {port.name: port.vector for port in of.ports})
    card = LogicCard(name, origin, of, [], _settings(reader, of, model))
    for port, group in zip(of.ports, groups, strict=True):
        card.pins.append(_pins(reader, name, port, group))
        if port.analog and port.out:
            several = len(card.pins[-1]) > 1
            card.sources = [
                _source(reader, f"{name}:{k}" if several else name, node, origin)
                for k, (node, _) in enumerate(card.pins[-1])
            ]
    reader.definition.logic.append(card)


def _groups(name: str, tokens: list[str]) -> Iterator[Group]:
    """Split the tokens into ports; those in brackets have any number of nets."""
    inside: list[tuple[str, bool]] | None = None
    inverted = False
    for token in tokens:
        if token == "~":
            inverted = True
        elif token[0] == "%":
            if token not in ("%d", "%v"):
                raise CardError(f"'{name}': a port of type {token} is not supported here", token)
        elif token == "[":
            inside = []
        elif token == "]":
            if inside is None:
                raise CardError(f"'{name}': there is no '[' for this ']'", token)
            yield True, inside
            inside = None
        elif inside is None:
            yield False, [(token, inverted)]
            inverted = False
        else:
            inside.append((token, inverted))
            inverted = False
    if inside is not None:
        raise CardError(f"'{name}': a ']' is missing", name)


def _pins(reader: ElementReader, name: str, port: Port, group: Group) -> list[tuple[int, bool]]:
    vector, given = group
    if [word for word, _ in given] == ["null"] and not vector:
        if not port.optional:
            raise CardError(f"'{name}': port '{port.name}' cannot be null", "null")
        return [(-1, False)]
    if vector != port.vector:
        what = "takes nets in brackets" if port.vector else "is one net, without brackets"
        raise CardError(f"'{name}': port '{port.name}' {what}", given[0][0] if given else name)
    if port.analog and any(inverted for _, inverted in given):
        raise CardError(f"'{name}': only digital signals can be inverted with ~", "~")
    return [(reader.node(word), inverted) for word, inverted in given]


def _source(reader: ElementReader, name: str, node: int, origin: int) -> str:
    """Add a voltage source that the logic drives."""
    table = reader.row("v", name, [node, 0], 0.0, origin)
    table.waveforms[len(table.names) - 1] = WaveformCard("ramp", [], fixed=RAMP)
    return name


RAMP = Waveform("ramp", (0.0, 0.0, 0.0, 0.0))


def _settings(reader: ElementReader, of: CodeModel, card: ModelCard) -> dict[str, Value | list[Value] | str]:
    """Values of all parameters; warns of those without effect."""
    card.complaints.raise_in(reader.sources)
    found: dict[str, Value | list[Value] | str] = {
        name: list(default) if isinstance(default, tuple) else default
        for name, default in of.parameters.items()
    }
    for key in of.files:
        found[key], found[f"{key}#text"] = _file(reader, card, unwrap(card.texts.get(key, str(found[key]))))
    for key, text in card.texts.items():
        if key in of.files:
            continue
        if key in of.parameters:
            found[key] = _setting(reader, card, key, text, of.parameters[key])
    say_idle(reader, card, (*of.parameters, *of.files))
    return found


def _file(reader: ElementReader, card: ModelCard, given: str) -> tuple[str, str]:
    """Name and text of a file that a model card names."""
    name = reader.sources.as_written(card.origin, given.strip("\"'"))
    try:
        return name, text_of(os.path.join(reader.sources.folder(card.origin), name))
    except OSError as error:
        what = getattr(error, "strerror", None) or error
        raise CardError(f"cannot read '{name}' of model '{card.name}': {what}", given) from None


def _setting(
    reader: ElementReader, card: ModelCard, key: str, text: str, default: object
) -> Value | list[Value] | str:
    inner = unwrap(text)
    if isinstance(default, str):
        return inner.strip("\"'")
    if isinstance(default, tuple):
        return [reader.value(unwrap(word)) for word in words(inner.strip("[] "))]
    if inner in TRUTH:
        return float(TRUTH[inner])
    if inner.startswith("["):
        raise CardError(f"'{key}' of model '{card.name}' is one number, not a list", key)
    return reader.value(inner)
