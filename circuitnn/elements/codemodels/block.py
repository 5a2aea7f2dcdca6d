"""Analog code models: their declarations, and instances with ports as texts, sources and internal nodes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.given import Given, check_count
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

TOKEN = re.compile(r"%\w+|[\[\]~]|[^\s\[\](),%~]+")
_PAIRS = ("vd", "id", "gd", "hd")
IMPEDANCE = 1.0  # of the matched line that makes a delay [Ω]
LAST = "1e-3"  # last part of an edge that turned back, over which its rate fades
_KINDS = ("v", "i", "g", "h", "vnam", *_PAIRS)


@dataclass(frozen=True)
class Port:
    """A connection: ``%vd(a b)``."""

    kind: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Pin:
    """A port as a code model declares it.

    Parameters
    ----------
    name : str
    kind : str
        Type of the port if a card states none.
    vector : bool
        Whether it may be a list.
    optional : bool
        Whether a card may leave it out, or say ``null``; then it has no connections.
    """

    name: str
    kind: str = "v"
    vector: bool = False
    optional: bool = False


@dataclass(frozen=True)
class CodeModel:
    """A code model.

    Parameters
    ----------
    pins : tuple of Pin
        Ports in the order of the card.
    parameters : str
        Names, separated by blanks.
    make : callable
        Adds an instance to the circuit, from its card, its parameters and its ports, each a list of connections.
    """

    pins: tuple[Pin, ...]
    parameters: str
    make: Callable[[Block, Given, list[list[Port]]], None]

    def check(self, name: str, type_: str, ports: list[list[Port]]) -> None:
        """Refuse a card with other ports than these; add optional ones that it leaves out."""
        ports += [[] for pin in self.pins[len(ports) :] if pin.optional]
        check_count(name, type_, len(ports), {pin.name: pin.vector for pin in self.pins})
        for pin, port in zip(self.pins, ports, strict=True):
            if not pin.vector and len(port) != 1 and not (pin.optional and not port):
                raise CardError(f"'{name}': port '{pin.name}' of a {type_} is not a vector", name)
            for kind in {connection.kind for connection in port}:
                if pin.kind[0] in "gh" and kind[0] != pin.kind[0]:
                    raise CardError(
                        f"'{name}': port '{pin.name}' of a {type_} is %{pin.kind}, not %{kind}", name
                    )


def read_ports(name: str, tokens: list[str], pins: tuple[Pin, ...]) -> list[list[Port]]:
    """Ports, each a list of connections; a vector is one port."""
    ports: list[list[Port]] = []
    stated, vector, at = "", False, 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        usual = pins[min(len(ports) - vector, len(pins) - 1)].kind
        if token == "~":
            raise CardError(f"'{name}': only digital signals can be inverted with ~", token)
        if token[0] == "%":
            stated = token[1:]
            if stated not in _KINDS:
                raise CardError(f"'{name}': there is no analog port of type {token}", token)
        elif token == "[":
            vector = True
            ports.append([])
        elif token == "]":
            vector, stated = False, ""
        elif token == "null" and not vector and pins[min(len(ports), len(pins) - 1)].optional:
            ports.append([])
        else:
            kind = stated or usual
            names = (token, *tokens[at : at + 1]) if kind in _PAIRS else (token,)
            at += len(names) - 1
            if kind in _PAIRS and (len(names) < 2 or names[1] in "[]~" or names[1][0] == "%"):
                raise CardError(f"'{name}': %{kind} takes two nodes", token)
            if vector:
                ports[-1].append(Port(kind, names))
            else:
                ports.append([Port(kind, names)])
                stated = ""
    return ports


@dataclass(frozen=True, eq=False)
class Block:
    """A code model on a card."""

    reader: ElementReader
    name: str
    origin: int

    def input(self, port: Port) -> str:
        """Text of an input; a current is sensed by a 0 V source."""
        reader = self.reader
        if port.kind == "vnam":
            return f"i({port.names[0]})"
        if port.kind[0] in "vg":
            for node in port.names:
                reader.reference(node, self.origin)
            return f"v({','.join(port.names)})"
        sensor = f"v{self.name}#{port.names[0]}"
        if sensor not in reader.definition.element_origins:
            reader.claim(sensor, self.origin)
            reader.row("v", sensor, self.nodes(port), 0.0, self.origin)
        return f"i({sensor})"

    def nodes(self, port: Port) -> list[int]:
        """The two nodes of a port; the second is ground if it names one only."""
        return [*map(self.reader.node, port.names), *[0] * (2 - len(port.names))]

    def put(self, port: Port, text: str, inside: str = "") -> str:
        """Add a source of an expression at a port and return its name; `inside` is a suffix of the name."""
        (kind, nodes), name = self.source(port), f"{self.name}{inside}"
        if inside:
            self.reader.claim(name, self.origin)
        self.reader.behaviour.add(kind, name, nodes, text, self.origin)
        return name

    def source(self, port: Port) -> tuple[str, list[int]]:
        """Kind of the source at an output, and its nodes."""
        if port.kind == "vnam":
            raise CardError("%vnam is not an output", "%vnam")
        return "v" if port.kind[0] in "vh" else "i", self.nodes(port)

    def state(self, rate: str, held: str = "", inside: str = "#x") -> str:
        """Add a state with this rate and return it as text; `held`: value at operating points. [1/s]"""
        node = f"{self.name}{inside}"
        number = self.reader.definition.inner_node(node)
        self.reader.behaviour.add("i", node, [number, 0], f"ddt(v({node}))-({rate})", self.origin)
        if held:
            value = self.reader.value(unwrap(held))
            self.reader.definition.conditions.append(("held", number, value, self.origin))
        return f"v({node})"

    def follower(self, inside: str, text: str) -> int:
        """Add a node inside whose voltage is an expression."""
        node = f"{self.name}{inside}"
        number = self.reader.definition.inner_node(node)
        self.reader.behaviour.add("i", node, [number, 0], f"v({node})-({text})", self.origin)
        return number

    def delayed(self, text: str, delay: Value) -> str:
        """Text of a signal after a delay: the far end of a matched line. [s]"""
        reader, name, origin = self.reader, self.name, self.origin
        near, far = reader.definition.inner_node(f"{name}#near"), reader.definition.inner_node(f"{name}#far")
        reader.behaviour.add("v", f"{name}#near", [near, 0], text, origin)
        reader.row("t", f"t{name}#line", [near, 0, far, 0], IMPEDANCE, origin).set(td=delay)
        reader.row("r", f"r{name}#end", [far, 0], IMPEDANCE, origin)
        return f"v({name}#far)"

    def memory(self, text: str, middle: str, half: str, inside: str = "", risen: bool = False) -> str:
        """Text that is 1 after an expression rose to `middle` + `half`, 0 after it fell to `middle` - `half`.

        `risen`: whether it is 1 before the first of both.
        """
        reader, name, origin = self.reader, f"{self.name}{inside}", self.origin
        control, on = self.follower(f"{inside}#c", text), self.follower(f"{inside}#on", "1")
        values = {"vt": reader.value(middle), "vh": reader.value(half), "ron": 1e-9, "roff": 1e12}
        switch = reader.inner_model(f"{name}#s", "sw", values, origin)
        table = reader.row("s", f"s{name}#s", [on, 0, control, 0], 0.0, origin)
        table.models.append(switch)
        if risen:
            table.set(on=1.0)
        return f"(1-v({name}#on))"

    def edges(self, target: str, rise: str, fall: str) -> str:
        """Text of a signal from 0 that follows a target, 0 or 1, along straight edges of these lengths. [s]

        A memory of the last end reached makes time steps end where an edge ends. An edge that turns back on its way
        triggers no such event: its rate fades over the last part.
        """
        y = f"v({self.name}#edge)"
        full = self.memory(y, "0.5", "0.5", "#end")
        up, down = f"max(1-{full},min(max((1-{y})/{LAST},0),1))", f"max({full},min(max({y}/{LAST},0),1))"
        self.state(f"({target}>0.5 ? {up}/{rise} : -{down}/{fall})", "0", "#edge")
        return f"min(max({y},0),1)"
