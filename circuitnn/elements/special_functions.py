"""LTspice's special functions: gates, Schmitt triggers, flip-flops, a sample and hold, on cards of letter A.

    A1 in1 in2 in3 in4 in5 out_inverted out common KIND name=value

Inputs are voltages over the common node and carry no current; what is at the common node is not connected. An input is
high above ref, that of a Schmitt trigger (in1, or in1 over in2) from vt + vh until it falls below vt - vh. An output is

    vlow + (vhigh - vlow)·y    behind rhigh·y + rlow·(1 - y), beside cout (or tau/rout)

where y goes to 1 in trise, to 0 in tfall, along straight lines, td later than the inputs. Flip-flops start with their
output low, with ``ic=1`` high; clear goes before preset, reset before set. A sample and hold takes in1 - in2 at a
rising clock (in3), or follows it while in4 is high.

References
----------
Analog Devices, LTspice's reference, circuit element A: terminals, parameters and defaults. Clear before preset, and
reset before set, as SpiceSharpParser's documentation gives them, which compares with LTspice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from circuitnn.elements import transconductor
from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block
from circuitnn.elements.codemodels.block import Port as AnalogPort
from circuitnn.elements.codemodels.given import Given
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import as_expr, eq, where
from circuitnn.errors import nearest
from circuitnn.models.edge_shaper import SHORTEST
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.netlist.elements import ElementReader

TERMINALS = 8
INPUTS = 5
_OUTPUT = "vhigh vlow trise tfall td tau cout rout rhigh rlow"
_STEPS = ("tripdv", "tripdt")  # which time steps LTspice takes near an edge


@dataclass(frozen=True)
class Device:
    """A special function whose card is being read.

    Parameters
    ----------
    block : Block
    given : Given
        Its parameters.
    nodes : tuple of str
        The eight terminals; empty where one is not connected.
    """

    block: Block
    given: Given
    nodes: tuple[str, ...]

    @property
    def common(self) -> str:
        """The common node."""
        return self.nodes[-1]

    def input(self, terminal: int) -> str:
        """Voltage of a terminal over the common node, as text."""
        return self.block.input(AnalogPort("vd", (self.nodes[terminal - 1], self.common)))

    def connected(self) -> list[int]:
        """The inputs that are connected, by terminal."""
        return [k for k in range(1, INPUTS + 1) if self.nodes[k - 1]]

    def threshold(self) -> str:
        """The voltage above which an input is high, as text."""
        low, high = self.given.text("vlow", "0"), self.given.text("vhigh", "1")
        return self.given.text("ref", f"0.5*({low}+{high})")

    def high(self, terminal: int) -> str:
        """Text that is 1 while an input is high; 0 if it is not connected."""
        if not self.nodes[terminal - 1]:
            return "0"
        return self.block.memory(self.input(terminal), self.threshold(), "0", f"#in{terminal}")

    def latch(self, text: str, inside: str) -> str:
        """Text that becomes 1 where an expression is 1, 0 where it is 0, and stays where it is one half."""
        risen = self.given.number("ic", 0.0) > 0.5
        return self.block.memory(text, "0.5", "0.25", inside, risen=risen)

    def only(self, *terminals: int) -> None:
        """Refuse a card that connects other inputs."""
        for k in self.connected():
            if k not in terminals:
                listed = " and ".join(map(str, terminals))
                message = f"'{self.block.name}': a {self.given.type} has inputs {listed}, not {k}"
                raise CardError(message, self.nodes[k - 1])

    def show(self, level: str) -> None:
        """Add the outputs that are connected."""
        level = self._ramped(self._delayed(level))
        for node, text in zip(self.nodes[INPUTS : INPUTS + 2], (f"(1-{level})", level), strict=True):
            if node:
                self._output(node, text)

    def _ramped(self, level: str) -> str:
        """The level along straight edges."""
        reader, name, origin = self.block.reader, self.block.name, self.block.origin
        rise = self.given.text("trise", "0")
        edges = {"rise": rise, "fall": self.given.text("tfall", rise)}
        values = {key: reader.value(unwrap(text)) for key, text in edges.items()}
        if all(value == 0.0 for value in values.values()):
            return level
        values = {key: simple(where(eq(as_expr(v), 0.0), SHORTEST, as_expr(v))) for key, v in values.items()}
        shaped = reader.definition.inner_node(f"{name}#edge")
        nodes = [self.block.follower("#level", level), shaped, 0]
        row = reader.row("n:edge_shaper", f"{name}#shaper", nodes, 0.0, origin)
        row.models.append(reader.inner_model(f"{name}#shaper", "edge_shaper", values, origin))
        return f"v({name}#edge)"

    def _delayed(self, level: str) -> str:
        delay = self.block.reader.value(unwrap(self.given.text("td", "0")))
        return level if delay == 0.0 else self.block.delayed(level, delay)

    def _output(self, node: str, level: str) -> None:
        """A source behind its resistance, and the capacitance beside."""
        given, port = self.given, AnalogPort("id", (node, self.common))
        resistance = given.text("rout", "1")
        ends = given.text("rhigh", resistance), given.text("rlow", resistance)
        behind = resistance if ends[0] == ends[1] else f"({ends[0]}*{level}+{ends[1]}*(1-{level}))"
        low, high = given.text("vlow", "0"), given.text("vhigh", "1")
        v = f"v({node},{self.common})"
        text = f"({v}-{low}-({high}-{low})*{level})/{behind}"
        lag = given.text("tau", "0")
        capacitance = given.text("cout", f"{lag}/{resistance}" if "tau" in given.texts else "0")
        if self.block.reader.value(unwrap(capacitance)) != 0.0:
            text = f"{text}+{capacitance}*ddt({v})"
        self.block.put(port, text, f"#{node}")


def _gate(device: Device, join: Callable[[list[str]], str], most: int) -> None:
    inputs = device.connected()
    kind, name = device.given.type, device.block.name
    if not inputs:
        raise CardError(
            f"'{name}': no input of the {kind} is connected: what is at the common node does not count", name
        )
    if len(inputs) > most:
        number = "one input" if most == 1 else f"{most} inputs here"
        raise CardError(
            f"'{name}': a {kind} has {number}, {len(inputs)} are connected", device.nodes[inputs[most] - 1]
        )
    device.show(join([device.high(k) for k in inputs]))


def _all(levels: list[str]) -> str:
    return f"({'*'.join(levels)})"


def _any(levels: list[str]) -> str:
    return f"(1-{'*'.join(f'(1-{level})' for level in levels)})"


def _other(levels: list[str]) -> str:
    return levels[0] if len(levels) == 1 else "({0}+{1}-2*{0}*{1})".format(*levels)


def _schmitt(device: Device) -> None:
    device.only(1, 2)
    given, common = device.given, device.common
    ends = device.nodes[0] or common, device.nodes[1] or common
    if ends[0] == ends[1]:
        raise CardError(
            f"'{device.block.name}': no input of the {given.type} is connected", device.block.name
        )
    for key, usual in (("vt", 0.5), ("vh", 0.1)):
        if key not in given.texts:
            message = f"'{device.block.name}': {key} of a Schmitt trigger is {usual} V unless given"
            device.block.reader.idle(device.block.origin, message)
    half = given.text("vh", "0.1")
    if isinstance(value := device.block.reader.value(unwrap(half)), float) and value < 0.0:
        raise CardError(f"'{device.block.name}': vh = {value:g} is negative", "vh")
    seen = device.block.input(AnalogPort("vd", ends))
    device.show(device.block.memory(seen, given.text("vt", "0.5"), half))


def _srflop(device: Device) -> None:
    device.only(1, 2)
    put, reset = device.high(1), device.high(2)
    device.show(device.latch(f"({reset}>0.5 ? 0 : {put}>0.5 ? 1 : 0.5)", "#q"))


def _dflop(device: Device) -> None:
    """A latch that is open while the clock is low, and one behind it that is open while it is high."""
    device.only(1, 3, 4, 5)
    data, clock, preset, clear = (device.high(k) for k in (1, 3, 4, 5))
    forced = f"{clear}>0.5 ? 0 : {preset}>0.5 ? 1"
    first = device.latch(f"({forced} : {clock}>0.5 ? 0.5 : {data})", "#first")
    device.show(device.latch(f"({forced} : {clock}>0.5 ? {first} : 0.5)", "#q"))


def _samplehold(device: Device) -> None:
    device.only(1, 2, 3, 4)
    block, given = device.block, device.given
    reader, name = block.reader, block.name
    ends = device.nodes[0] or device.common, device.nodes[1] or device.common
    if ends[0] == ends[1] or not (device.nodes[2] or device.nodes[3]):
        raise CardError(f"'{name}': a samplehold needs an input (1, 2) and a clock (3) or gate (4)", name)
    seen = block.follower("#in", block.input(AnalogPort("vd", ends)))
    clock, gate = (block.follower(f"#in{k}", device.input(k)) if device.nodes[k - 1] else 0 for k in (3, 4))
    held = reader.definition.inner_node(f"{name}#held")
    ref = {"ref": reader.value(unwrap(given.text("ref", "0.5")))}
    row = reader.row("n:sample_hold", f"{name}#hold", [seen, clock, gate, held, 0], 0.0, block.origin)
    row.models.append(reader.inner_model(f"{name}#hold", "sample_hold", ref, block.origin))
    for node, value in zip(device.nodes[INPUTS:-1], (f"-v({name}#held)", f"v({name}#held)"), strict=True):
        if node:
            text = f"(v({node},{device.common})-({value}))/{given.text('rout', '1')}"
            block.put(AnalogPort("id", (node, device.common)), text, f"#{node}")


@dataclass(frozen=True)
class Function:
    """A kind of special function: its parameters, and what makes it."""

    parameters: str
    make: Callable[[Device], None]
    flags: tuple[str, ...] = ()  # parameters that a card may give as words


KINDS = {
    "buf": Function(f"{_OUTPUT} ref", lambda device: _gate(device, _all, 1)),
    "inv": Function(f"{_OUTPUT} ref", lambda device: _gate(device, _all, 1)),
    "and": Function(f"{_OUTPUT} ref", lambda device: _gate(device, _all, INPUTS)),
    "or": Function(f"{_OUTPUT} ref", lambda device: _gate(device, _any, INPUTS)),
    "xor": Function(f"{_OUTPUT} ref", lambda device: _gate(device, _other, 2)),
    **dict.fromkeys(
        ("schmitt", "schmtbuf", "schmtinv", "diffschmitt", "diffschmtbuf", "diffschmtinv"),
        Function(f"{_OUTPUT} vt vh", _schmitt),
    ),
    "srflop": Function(f"{_OUTPUT} ref ic", _srflop),
    "dflop": Function(f"{_OUTPUT} ref ic", _dflop),
    "samplehold": Function("rout ref", _samplehold),
    "ota": Function(transconductor.PARAMETERS, transconductor.ota, transconductor.FLAGS),
}
"""Special functions by the word after the nodes; symbols of one device differ in the outputs they connect."""
FORM = "eight nodes (five inputs, two outputs, common), the kind, name=value"
MARK = re.compile(rf"\s(?:{'|'.join(KINDS)})\b")


def read(reader: ElementReader, card: Card, origin: int) -> None:
    """Add a special function.

    Parameters
    ----------
    reader : ElementReader
    card : Card
        Eight nodes, the kind, ``name=value``.
    origin : int

    Raises
    ------
    CardError
    """
    name, *words = card.words
    nodes = ["0" if node == "gnd" else node for node in words[:TERMINALS]]
    kind = words[TERMINALS]
    reader.claim(name, origin)
    texts = dict(card.pairs)
    for word in (*words[TERMINALS + 1 :], *card.trailing):
        if word not in KINDS[kind].flags:
            raise CardError(f"'{name}' has an unexpected word: '{word}'", word)
        texts[word] = "1"
    if [texts.pop(key) for key in _STEPS if key in texts]:
        reader.idle(origin, f"'tripdv' and 'tripdt' of '{name}' have no effect: edges are located in time")
    for key in texts:
        if key in KINDS[kind].parameters.split():
            continue
        if any(key in other.parameters.split() for other in KINDS.values()):  # one card for several kinds
            reader.idle(origin, f"'{key}' of '{name}' has no effect on a {kind}")
        else:
            near = nearest(key, KINDS[kind].parameters.split())
            raise CardError(f"'{name}' ({kind}) has no parameter '{key}'{near}", key)
    ends = tuple("" if node == nodes[-1] else node for node in nodes[:-1])
    if not any(ends[INPUTS:]) and kind != "ota":  # which may be there for its noise
        reader.idle(origin, f"'{name}' has no effect: no output is connected")
        return
    given = Given(reader, name, kind, texts, origin)
    KINDS[kind].make(Device(Block(reader, name, origin), given, (*ends, nodes[-1])))


def recognised(card: Card) -> bool:
    """Whether a card of letter A is one of LTspice's: eight nodes and the word for a kind."""
    return len(card.words) > TERMINALS + 1 and card.words[TERMINALS + 1] in KINDS
