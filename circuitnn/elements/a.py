"""A: XSPICE's code models; those of logic are read by `digital`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn import logic
from circuitnn.elements import digital
from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels import STATIC, Given, amplified, limited
from circuitnn.elements.element import Element
from circuitnn.equations.graph import as_expr
from circuitnn.errors import nearest
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_TOKEN = re.compile(r"%\w+|[\[\]~]|[^\s\[\](),%~]+")
_PAIRS = ("vd", "id", "gd", "hd")
_KINDS = ("v", "i", "g", "h", "vnam", *_PAIRS)
_EVENTS = ("d_to_real", "real_to_v", "real_delay", "real_gain")
STATES = ("int", "s_xfer", "hyst", "slew")
# All that each of them knows.
PARAMETERS = {
    "gain": "in_offset gain out_offset",
    "summer": "in_offset in_gain out_gain out_offset",
    "mult": "in_offset in_gain out_gain out_offset",
    "divide": "num_offset num_gain den_offset den_gain den_lower_limit den_domain fraction out_gain out_offset",
    "limit": "in_offset gain out_lower_limit out_upper_limit limit_range fraction",
    "climit": "in_offset gain upper_delta lower_delta limit_range fraction",
    "pwl": "x_array y_array input_domain fraction limit",
    "d_dt": "gain out_offset out_lower_limit out_upper_limit limit_range",
    "int": "in_offset gain out_lower_limit out_upper_limit limit_range out_ic",
    "s_xfer": "in_offset gain num_coeff den_coeff int_ic denormalized_freq",
    "hyst": "in_low in_high hyst out_lower_limit out_upper_limit input_domain fraction",
    "slew": "rise_slope fall_slope range",
}
FOLLOWS = 1e-5  # how near a slew-rate limiter is to its input where it limits nothing [V]


@dataclass(frozen=True)
class Port:
    """A connection: ``%vd(a b)``."""

    kind: str
    names: tuple[str, ...]


class CodeModel(Element):
    """Blocks whose outputs are expressions of their inputs; those with states have nodes inside."""

    letter, name, plural = "a", "code model", "code models"
    example = "A1 [a b] %vd(p n) mymodel"
    meaning = (
        f"XSPICE's code models: analog ones are {', '.join(f'`{n}`' for n in PARAMETERS)}; digital ones, from gates to "
        "bridges, are on their [own page](digital.md)"
    )
    currents = ("i",)

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read ports and the model."""
        if "=" in text:
            message = f"'{text.split()[0]}' is an A device of LTspice; only XSPICE's analog code models are supported"
            raise CardError(message, text.split()[0])
        name, *tokens = _TOKEN.findall(text)
        reader.claim(name, origin)
        card = reader.definition.model(tokens[-1]) if tokens else None
        if card is not None and logic.known(card.type):
            digital.read(reader, name, tokens[:-1], card, origin)
            return
        if len(tokens) < 3:
            raise CardError(f"'{name}' needs inputs, an output and a model", name)
        given = _model(reader, name, tokens.pop())
        *inputs, output = _ports(name, tokens)
        count = STATIC[given.type][0] if given.type in STATIC else 1
        if len(inputs) != count or len(output) != 1:
            raise CardError(
                f"'{name}': a {given.type} has {count} input{'s' * (count > 1)} and one output", name
            )
        ins = [[_input(reader, name, port, origin) for port in vector] for vector in inputs]
        if given.type not in ("summer", "mult") and any(len(vector) != 1 for vector in ins):
            raise CardError(f"'{name}': the inputs of a {given.type} are no vectors", name)
        block = _Block(reader, name, origin, *_output(reader, output[0]))
        if given.type in STATIC:
            block.put(STATIC[given.type][1](given, ins))
        else:
            _WITH_STATES[given.type](block, given, ins)

    @staticmethod
    def build(name: str, *ports_and_model: str) -> str:
        """Add a code model: its ports, then the model."""
        return " ".join([f"a{name}", *ports_and_model])


def _model(reader: ElementReader, name: str, model: str) -> Given:
    """Parameters of the model; complains about digital and unknown ones."""
    card = reader.definition.model(model)
    if card is None:
        known = [*reader.definition.visible("models"), *reader.deck.offered]
        raise CardError(f"no model '{model}' for an A device{nearest(model, known)}", model)
    card.complaints.raise_in(reader.sources)
    if (card.type[:2] == "d_" and card.type != "d_dt") or card.type in _EVENTS:
        raise CardError(
            f"'{name}': '{card.type}' is a digital code model that is not supported",
            model,
        )
    if card.type not in PARAMETERS:
        near = nearest(card.type, list(PARAMETERS))
        message = f"'{name}': the code model '{card.type}' is not supported{near}; these are: {', '.join(PARAMETERS)}"
        raise CardError(message, model)
    effective = PARAMETERS[card.type].split()
    for key in card.texts:
        if key not in effective:
            reader.idle(card.origin, f"'{key}' of model '{model}' has no effect{nearest(key, effective)}")
    return Given(reader, model, card.type, card.texts)


def _ports(name: str, tokens: list[str]) -> list[list[Port]]:
    """Ports, each a list of connections; a vector is one port."""
    found: list[list[Port]] = []
    kind, vector, at = "v", False, 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if token == "~":
            raise CardError(f"'{name}': only digital signals can be inverted with ~", token)
        if token[0] == "%":
            kind = token[1:]
            if kind not in _KINDS:
                raise CardError(f"'{name}': there is no analog port of type {token}", token)
        elif token == "[":
            vector = True
            found.append([])
        elif token == "]":
            vector, kind = False, "v"
        else:
            names = (token, *tokens[at : at + 1]) if kind in _PAIRS else (token,)
            at += len(names) - 1
            if kind in _PAIRS and (len(names) < 2 or names[1] in "[]~" or names[1][0] == "%"):
                raise CardError(f"'{name}': %{kind} takes two nodes", token)
            if vector:
                found[-1].append(Port(kind, names))
            else:
                found.append([Port(kind, names)])
                kind = "v"
    return found


def _input(reader: ElementReader, name: str, port: Port, origin: int) -> str:
    """Text of what comes in; a current goes through a source of 0 V."""
    if port.kind == "vnam":
        return f"i({port.names[0]})"
    if port.kind[0] in "vg":
        for node in port.names:
            reader.reference(node, origin)
        return f"v({','.join(port.names)})"
    sensor = f"v{name}#{port.names[0]}"
    nodes = [*map(reader.node, port.names), *[0] * (2 - len(port.names))]
    if sensor not in reader.definition.element_origins:
        reader.claim(sensor, origin)
        reader.row("v", sensor, nodes, 0.0, origin)
    return f"i({sensor})"


def _output(reader: ElementReader, port: Port) -> tuple[str, list[int]]:
    """Kind of the source, and its nodes."""
    if port.kind == "vnam":
        raise CardError("%vnam is no output", "%vnam")
    nodes = [*map(reader.node, port.names), *[0] * (2 - len(port.names))]
    return "v" if port.kind[0] in "vh" else "i", nodes


@dataclass(frozen=True, eq=False)
class _Block:
    """A block being read: its output, and nodes inside."""

    reader: ElementReader
    name: str
    origin: int
    kind: str
    nodes: list[int]

    def put(self, text: str) -> None:
        """Put an expression out."""
        self.reader.behaviour.add(self.kind, self.name, self.nodes, text, self.origin)

    def state(self, rate: str, held: str = "") -> str:
        """A state with this rate, as text; `held`: what operating points hold it at. [1/s]"""
        node = f"{self.name}#x"
        number = self.reader.node(node)
        self.reader.behaviour.add("i", node, [number, 0], f"ddt(v({node}))-({rate})", self.origin)
        if held:
            value = self.reader.value(unwrap(held))
            self.reader.definition.conditions.append(("held", number, value, self.origin))
        return f"v({node})"


def _int(block: _Block, given: Given, ins: list[list[str]]) -> None:
    """An integral; near a limit its rate fades over limit_range, so that it does not wind up."""
    rate, start = amplified(given, ins), given.text("out_ic", "0")
    low, high = given.text("out_lower_limit"), given.text("out_upper_limit")
    if low and high:
        x, width = f"v({block.name}#x)", given.text("limit_range", "1e-6")
        rises, falls = (f"min(max({room}/{width},0),1)" for room in (f"({high}-{x})", f"({x}-{low})"))
        rate = f"{rate}*({rate}>0 ? {rises} : {falls})"
    block.put(block.state(rate, start))


def _s_xfer(block: _Block, given: Given, ins: list[list[str]]) -> None:
    """A transfer function; operating points hold its states at int_ic, as ngspice does."""
    up, down = given.values("num_coeff")[::-1], given.values("den_coeff")[::-1]
    if not up or not down:
        raise CardError(f"model '{given.name}' needs num_coeff=[…] and den_coeff=[…]", given.name)
    if len(up) > len(down):
        raise CardError(f"model '{given.name}': num_coeff is longer than den_coeff", given.name)
    text = amplified(given, ins)
    unit = given.reader.value(unwrap(given.texts.get("denormalized_freq", "1")))
    initial = given.values("int_ic")[: len(down) - 1][::-1]
    block.reader.behaviour.held(
        block.kind, block.name, block.nodes, text, (up, down, initial, unit), block.origin
    )


def _slew(block: _Block, given: Given, ins: list[list[str]]) -> None:
    """What follows its input no faster than by rise_slope and fall_slope."""
    u, x = ins[0][0], f"v({block.name}#x)"
    rise, fall = given.text("rise_slope", "1e9"), given.text("fall_slope", "1e9")
    near = f"min(max(({u}-{x})/{FOLLOWS!r},-1),1)"
    block.state(f"{near}*({u}>{x} ? {rise} : {fall})")
    block.put(f"{x}+{FOLLOWS!r}*{near}")


def _hyst(block: _Block, given: Given, ins: list[list[str]]) -> None:
    """A limiter whose input is less by hyst until it has gone through, and more until it is back."""
    reader, u = block.reader, ins[0][0]
    low, high, width = (given.text(key, d) for key, d in (("in_low", "0"), ("in_high", "1"), ("hyst", "0.1")))
    bottom, top = given.text("out_lower_limit", "0"), given.text("out_upper_limit", "1")
    ends = [as_expr(reader.value(unwrap(text))) for text in (low, high)]
    if all(end.op == "const" for end in ends) and not ends[0].number < ends[1].number:
        raise CardError(f"model '{given.name}': in_low must be below in_high", "in_low")
    domain = given.text("input_domain", "0.01")
    if given.flag("fraction", True):
        domain = f"({domain}*({high}-{low}))"
    control, up = reader.node(f"{block.name}#c"), reader.node(f"{block.name}#x")
    reader.behaviour.add("i", f"{block.name}#c", [control, 0], f"v({block.name}#c)-({u})", block.origin)
    reader.behaviour.add("i", f"{block.name}#x", [up, 0], f"v({block.name}#x)-1", block.origin)
    values = {
        "vt": reader.value(f"0.5*({low}+{high})"),
        "vh": reader.value(f"0.5*({high}-{low})+{width}+{domain}"),
        "ron": 1e-9,
        "roff": 1e12,
    }
    switch = reader.made(f"{block.name}#s", "sw", values, block.origin)
    reader.row("s", f"{block.name}#s", [up, 0, control, 0], 0.0, block.origin).models.append(switch)
    shifted = f"({u}+{width}*(1-2*v({block.name}#x)))"
    slope = f"(({top}-{bottom})/({high}-{low}))"
    corner = f"({bottom}+{slope}*({shifted}-{low}))"
    block.put(limited(corner, bottom, top, f"({domain}*{slope})"))


_WITH_STATES = {"int": _int, "s_xfer": _s_xfer, "slew": _slew, "hyst": _hyst}
