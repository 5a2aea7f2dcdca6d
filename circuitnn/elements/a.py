"""A: XSPICE's code models; `digital` reads those of logic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn import logic
from circuitnn.elements import digital, sampled, special_functions
from circuitnn.elements.card import CardError, Port, card
from circuitnn.elements.codemodels import MODELS
from circuitnn.elements.codemodels.block import TOKEN, Block, read_ports
from circuitnn.elements.codemodels.given import Given, card_called, say_idle
from circuitnn.elements.element import Element
from circuitnn.errors import nearest

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

INSTEAD = {
    "counter": "d_fdiv between adc_bridge and dac_bridge, or a chain of DFLOP",
    "modulate": "the code model sine, or a B source of the integral of the frequency",
    "modulator": "the code model sine, or a B source of the integral of the frequency",
    "varistor": "two B sources",
    "phasedet": "d_state, or d_dff twice",
}
"""What to write in place of those of LTspice's A devices that `special_functions` does not have."""
PROGRAMS = {"d_process": "process_file", "d_cosim": "simulation"}  # code models that run a file


class CodeModel(Element):
    """Blocks that are expressions of their port voltages and currents; states are internal nodes."""

    letter, name, plural = "a", "code model", "code models"
    example = "A1 [a b] %vd(p n) mymodel"
    meaning = (
        f"XSPICE's code models: analog ones are {', '.join(f'`{n}`' for n in MODELS)}; digital ones, from gates to "
        "bridges, and those of event-driven reals are on their [own page](digital.md). LTspice's special functions: "
        f"{', '.join(f'`{n}`' for n in special_functions.KINDS)}"
    )
    currents = ("i",)

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read ports and the model."""
        if "[" not in text and special_functions.MARK.search(text):
            fields = reader.split(text, origin)
            if special_functions.recognised(fields) and reader.definition.model(fields.words[9]) is None:
                special_functions.read(reader, fields, origin)
                return
        if "=" in text:
            raise CardError(_of_ltspice(text), text.split()[0])
        name, *tokens = TOKEN.findall(text)
        reader.claim(name, origin)
        card = reader.definition.model(tokens[-1]) if tokens else None
        if card is not None and logic.known(card.type):
            digital.read(reader, name, tokens[:-1], card, origin)
            return
        if card is not None and card.type in sampled.MODELS:
            sampled.read(reader, name, tokens[:-1], card_called(reader, card.name, "an A device"), origin)
            return
        if card is None and tokens and tokens[-1] in INSTEAD:
            raise CardError(_of_ltspice(text), tokens[-1])
        if len(tokens) < 2:
            raise CardError(f"'{name}' needs ports and a model", name)
        given = _model(reader, name, tokens.pop())
        code = MODELS[given.type]
        ports = read_ports(name, tokens, code.pins)
        code.check(name, given.type, ports)
        code.make(Block(reader, name, origin), given, ports)

    @staticmethod
    def build(name: str, *ports_and_model: Port) -> str:
        """Add a code model: its ports, then the model."""
        return card(f"a{name}", *ports_and_model)


def _of_ltspice(text: str) -> str:
    """Message about an A device of LTspice."""
    kind = next((word for word in text.split() if word in INSTEAD), "")
    if special_functions.MARK.search(text):
        return f"'{text.split()[0]}' is an A device of LTspice: {special_functions.FORM}"
    message = f"'{text.split()[0]}' is an A device of LTspice, which is not supported"
    return f"{message}: for {kind} write {INSTEAD[kind]}" if kind else message


def _model(reader: ElementReader, name: str, model: str) -> Given:
    """Parameters of the model; refuses digital and unknown ones."""
    card = card_called(reader, model, "an A device")
    if card.type in PROGRAMS:
        message = (
            f"'{name}': a '{card.type}' runs the program that '{PROGRAMS[card.type]}' names; decks run none"
        )
        raise CardError(f"{message}; describe it by d_state, d_lut or gates", model)
    if card.type[:2] == "d_" and card.type != "d_dt":
        raise CardError(f"'{name}': '{card.type}' is a digital code model that is not supported", model)
    if card.type not in MODELS:
        near = nearest(card.type, list(MODELS))
        message = (
            f"'{name}': the code model '{card.type}' is not supported{near}; these are: {', '.join(MODELS)}"
        )
        raise CardError(message, model)
    say_idle(reader, card, MODELS[card.type].parameters.split())
    return Given(reader, model, card.type, card.texts, card.origin)
