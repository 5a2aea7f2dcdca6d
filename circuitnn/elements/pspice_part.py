"""A digital part of PSPICE whose card is being read: its nets and delays, and the code models that replace it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap, words
from circuitnn.elements.digital import LogicCard, defaults
from circuitnn.logic import code_models

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

_SECTION = re.compile(r"\b([a-z_]+):")
_NO_NET = "$d_nc"
Pin = tuple[str, bool]


def estimate(times: Sequence[Value]) -> Value | None:
    """Choose a delay from minimum, typical and maximum; negative ones are not given."""
    least, typical, largest = (
        None if isinstance(t, float) and t < 0.0 else t for t in (*times, -1.0, -1.0, -1.0)[:3]
    )
    if typical is not None:
        return typical
    if least is not None and largest is not None:
        return 0.5 * (least + largest)
    return largest if least is None else least


class Part:
    """A part whose card is being read: nets and delays of the card, code models in the definition.

    Parameters
    ----------
    reader : ElementReader
    name : str
    origin : int
    sizes : list of int
        Numbers of gates, inputs, bits.
    rest : str
        What follows on the card.
    """

    def __init__(self, reader: ElementReader, name: str, origin: int, sizes: list[int], rest: str) -> None:
        self.reader, self.name, self.origin, self.sizes = reader, name, origin, sizes
        start = _SECTION.search(rest)
        end = start.start() if start is not None else len(rest)
        self._sections = rest[end:]
        fields = [w for w in words(rest[:end]) if "=" not in w]
        if len(fields) < 4:
            raise CardError(f"'{name}' needs supplies, nets and models", name)
        self.words = fields[2:]  # without the supplies

    def section(self, name: str) -> str:
        """Text of all sections of the card with this name, each up to the next section."""
        marks = list(_SECTION.finditer(self._sections))
        ends = [mark.start() for mark in marks[1:]] + [len(self._sections)] * bool(marks)
        texts = (self._sections[m.end() : end] for m, end in zip(marks, ends, strict=True) if m[1] == name)
        return " ".join(texts)

    def needed(self, *names: str) -> None:
        """Check that the card has at least one of these sections.

        Raises
        ------
        CardError
        """
        if not any(self.section(name) for name in names):
            kinds = " or ".join(f"{name.upper()}:" for name in names)
            raise CardError(f"'{self.name}' needs a section {kinds}", self.name)

    def size(self, k: int, default: int = 1) -> int:
        """Number k in brackets."""
        return self.sizes[k] if k < len(self.sizes) else default

    def nets(self, count: int) -> list[str]:
        """The next nets on the card."""
        if len(self.words) < count:
            raise CardError(
                f"'{self.name}' has {len(self.words)} more words, and needs {count} more nets", self.name
            )
        taken, self.words = self.words[:count], self.words[count:]
        return taken

    def pin(self, net: str, flip: bool = False) -> tuple[int, bool]:
        """Pin at a net; constants come from an inverter of ground."""
        if net == _NO_NET:
            return -1, False
        if net in ("$d_hi", "$d_lo"):
            return self.constant(), flip != (net == "$d_lo")
        return self.reader.node(net), flip

    def constant(self) -> int:
        """Net that is always one in this definition."""
        definition = self.reader.definition
        if "$d_hi" not in definition.index:
            net = definition.node("$d_hi")
            self.add("$d_hi", "d_inverter", [[(0, False)], [(net, False)]])
        return definition.index["$d_hi"]

    def add(self, name: str, model: str, pins: list[list[tuple[int, bool]]], **settings: Value | str) -> None:
        """Add an instance of a code model."""
        code = code_models()[model]
        card = LogicCard(f"a{name}", self.origin, code, pins, {**defaults(code), **settings})
        self.reader.definition.logic.append(card)

    def gate(
        self, name: str, kind: str, inputs: Sequence[Pin], output: str, rise: Value, fall: Value
    ) -> None:
        """Add a gate; buffers and inverters have one input."""
        ins = [self.pin(net, flip) for net, flip in inputs]
        inertial = {"inertial_delay": 1.0, "rise_delay": rise, "fall_delay": fall}
        self.add(name, f"d_{kind}", [ins, [self.pin(output)]], **inertial)

    def timing(self) -> dict[str, str]:
        """Parameters of the timing model; empty if there is none, as for PSPICE's models without delay."""
        name = self.words[0] if self.words else ""
        card = self.reader.definition.model(name)
        if card is None:
            if not name.startswith(("d0_", "d_0")):
                self.reader.idle(self.origin, f"'{self.name}': no timing model '{name}': nothing takes time")
            return {}
        return card.texts

    def delay(self, texts: dict[str, str], *names: str) -> Value | None:
        """The first of these delays that is given."""
        for name in names:
            delay = estimate([self.value(texts.get(f"{name}{kind}", "-1")) for kind in ("mn", "ty", "mx")])
            if delay is not None:
                return delay
        return None

    def value(self, text: str) -> Value:
        """Read a number or an expression of parameters, with or without brackets."""
        return self.reader.value(unwrap(text))

    def tristate(self, name: str, data: Pin, enable: Pin, output: str, delay: Value) -> None:
        """Add a tristate buffer."""
        pins = [[self.pin(*data)], [self.pin(*enable)], [self.pin(output)]]
        self.add(name, "d_tristate", pins, delay=delay, inertial_delay=1.0)
