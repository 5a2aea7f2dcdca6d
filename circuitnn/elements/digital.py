"""Cards of digital code models: ``A1 [a b] ~en y mymodel``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.elements.codemodels.block import Block
from circuitnn.elements.codemodels.block import Port as AnalogPort
from circuitnn.elements.codemodels.given import TRUTH, check_count, say_idle
from circuitnn.elements.waveforms import WaveformCard
from circuitnn.flat import Waveform
from circuitnn.logic import code_models
from circuitnn.logic.code_model import CodeModel, Port
from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader

_ANALOG = ("v", "vd", "i", "id", "vnam")  # types of ports that a bridge may have in the circuit


@dataclass(frozen=True)
class Word:
    """A connection as a card says it: one name or two, the type of the port, and whether it is inverted."""

    names: tuple[str, ...]
    kind: str = ""
    inverted: bool = False


Group = tuple[bool, list[Word]]  # whether it is in brackets; its connections


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
    code = code_models()[model.type]
    given = list(groups(name, tokens))
    check_count(name, code.name, len(given), {port.name: port.vector for port in code.ports})
    card = LogicCard(name, origin, code, [], _settings(reader, code, model))
    block = Block(reader, name, origin)
    for port, (vector, words_) in zip(code.ports, given, strict=True):
        pins = _checked(block, port, vector, words_)
        if not port.analog:
            card.pins.append(
                [(reader.node(word.names[0]) if word.names else -1, word.inverted) for word in pins]
            )
        elif port.out:
            card.sources = [
                ramped_source(block, f"{name}:{k}" if len(pins) > 1 else name, word)
                for k, word in enumerate(pins)
            ]
            card.pins.append([(reader.node(word.names[0]), False) for word in pins])
        else:
            card.pins.append(
                [(_seen(block, f"{name}#{port.name}{k}", word), False) for k, word in enumerate(pins)]
            )
    reader.definition.logic.append(card)


def groups(name: str, tokens: list[str]) -> Iterator[Group]:
    """Split the tokens into ports; those in brackets have any number of connections.

    Parameters
    ----------
    name : str
        Of the instance, for messages.
    tokens : list of str
        Without the instance and its model.

    Returns
    -------
    iterator of (bool, list of Word)
    """
    inside: list[Word] | None = None
    inverted, kind, left = False, "", iter(tokens)
    for token in left:
        if token == "~":
            inverted = True
        elif token[0] == "%":
            kind = token[1:]
        elif token == "[":
            if inverted:
                raise CardError(f"'{name}': ~ inverts one net, not a list", token)
            inside = []
        elif token == "]":
            if inside is None:
                raise CardError(f"'{name}': there is no '[' for this ']'", token)
            yield True, inside
            inside, kind = None, ""
        else:
            pair = kind in ("vd", "id")
            names = (token, *([next(left, "]")] if pair else []))
            if names[-1][0] in "[]~%":
                raise CardError(f"'{name}': %{kind} takes two nodes", token)
            word, inverted = Word(names, kind, inverted), False
            if inside is None:
                yield False, [word]
                kind = ""
            else:
                inside.append(word)
    if inside is not None:
        raise CardError(f"'{name}': a ']' is missing", name)


def _checked(block: Block, port: Port, vector: bool, given: list[Word]) -> list[Word]:
    """Connections of a port; none, as ``null`` says, is a word without a name."""
    name = block.name
    if not vector and [word.names for word in given] == [("null",)]:
        if not port.optional:
            raise CardError(f"'{name}': port '{port.name}' cannot be null", "null")
        return [Word(())]
    if vector != port.vector:
        form = "takes nets in brackets" if port.vector else "is one net, without brackets"
        raise CardError(f"'{name}': port '{port.name}' {form}", given[0].names[0] if given else name)
    known = _ANALOG[: 4 if port.out else 5] if port.analog else ("d", "v")
    for word in given:
        if word.kind and word.kind not in known:
            raise CardError(f"'{name}': port '{port.name}' is no %{word.kind}", f"%{word.kind}")
        if port.analog and word.inverted:
            raise CardError(f"'{name}': only digital signals can be inverted with ~", "~")
    return given


def _seen(block: Block, inside: str, word: Word) -> int:
    """The node that a bridge looks at; of a difference or a current one inside that has its value."""
    if word.kind in ("", "v"):
        return block.reader.node(word.names[0])
    text, node = block.input(AnalogPort(word.kind, word.names)), block.reader.definition.inner_node(inside)
    block.reader.behaviour.add("v", inside, [node, 0], text, block.origin)
    return node


def ramped_source(block: Block, name: str, word: Word) -> str:
    """Add a source that the logic drives.

    Parameters
    ----------
    block : Block
    name : str
        Of the source.
    word : Word
        Where it is.

    Returns
    -------
    str
        Its name.
    """
    kind, nodes = block.source(AnalogPort(word.kind or "v", word.names))
    if kind == "v" and nodes[0] == nodes[1]:
        block.reader.idle(block.origin, f"'{name}' drives '{word.names[0]}', which cannot move")
        nodes = [block.reader.definition.inner_node(f"{name}#idle"), 0]
    table = block.reader.row(kind, name, nodes, 0.0, block.origin)
    table.waveforms[len(table.names) - 1] = WaveformCard("ramp", [], fixed=RAMP)
    return name


RAMP = Waveform("ramp", (0.0, 0.0, 0.0, 0.0))


def defaults(code: CodeModel) -> dict[str, Value | list[Value] | str]:
    """Settings of an instance whose model card gives none."""
    return {key: list(v) if isinstance(v, tuple) else v for key, v in code.parameters.items()}


def _settings(
    reader: ElementReader, code: CodeModel, card: ModelCard
) -> dict[str, Value | list[Value] | str]:
    """Values of all parameters; warns of those without effect."""
    card.complaints.raise_in(reader.sources)
    values = defaults(code)
    for key in code.files:
        name = unwrap(card.texts.get(key, str(values[key])))
        values[key], values[f"{key}#text"] = reader.sources.file(card.origin, name)
    for key, text in card.texts.items():
        if key in code.parameters and key not in code.files:
            values[key] = _setting(reader, card, key, text, code.parameters[key])
    say_idle(reader, card, (*code.parameters, *code.files))
    return values


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
