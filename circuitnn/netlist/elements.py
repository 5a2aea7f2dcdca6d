"""Element cards: one function a letter, and the fast path for plain ones."""

from __future__ import annotations

from collections.abc import Callable

from circuitnn._cext.cards import PlainCards
from circuitnn.errors import nearest
from circuitnn.later import pattern
from circuitnn.netlist.behavioural import Behaviour, times
from circuitnn.netlist.cards import Card, SplitError, unwrap, words
from circuitnn.netlist.controlled import controlled_current, controlled_node
from circuitnn.netlist.definition import Calls, Value
from circuitnn.netlist.lines import lossless, lossy, uniform
from circuitnn.netlist.passives import factors, passive
from circuitnn.netlist.reader import CardError, Reader
from circuitnn.netlist.waveforms import read_source
from circuitnn.units import parse_number

UNSUPPORTED = {
    "a": "XSPICE code models",
    "p": "coupled transmission lines",
    "y": "transmission lines",
}
# What cards of SPICE's own devices may give; which device has which is known once its model is.
_OF_DEVICES = frozenset("m temp dtemp area areab areac pj off ic w l lm wm lp wp ad as pd ps nrd nrs".split())
# Those of which a number after the model is the size: the first type of each.
_SIZED = ("d", "npn", "njf", "nmf")
_SOURCE = pattern(r"(\S+)\s+([^\s,]+)[\s,]+([^\s,]+)[\s,]+([iv])\s*=\s*(.+)$")
_TRAILING = pattern(
    r"\s+(tc1|tc2|tc|temp|dtemp|m|reciproctc|reciprocm)\s*=(?!=)\s*(\{[^{}]*\}|'[^']*'|[^\s'{}]+)\s*$"
)
_BRACKETS = pattern(r"[,(){}'\"]")
_NAME = pattern(r"[^\s={}()'\",]+(?=[\s,]|$)")


class ElementReader(Reader):
    """Reads the element cards of one definition."""

    def read(self) -> None:
        """Read all; faults are noted, not raised."""
        self.behaviour = Behaviour(self)
        definition = self.definition
        tables = {kind: definition.table(kind) for kind in "rclvi"}
        plain = PlainCards(
            {kind: (t.names, t.origins, t.nodes, t.values) for kind, t in tables.items()},
            definition.element_origins,
            definition.index,
            definition.locals,
            _quick_number,
        )
        cards, origins = definition.cards, definition.origins
        at = plain.read(cards, origins, 0)
        while at < len(cards):
            self._general(cards[at], origins[at])
            at = plain.read(cards, origins, at + 1)
        for kind in "rclvi":
            if not definition.tables[kind].names:
                del definition.tables[kind]

    def _general(self, text: str, origin: int) -> None:
        letter = text[0]
        try:
            read = _READERS.get(letter)
            name = _NAME.match(text)
            if name is None:
                raise CardError(f"'{text.split()[0]}' is no name of an element", text.split()[0])
            if read is None:
                if letter in UNSUPPORTED:
                    kind = UNSUPPORTED[letter]
                    raise CardError(f"'{text.split()[0]}': {kind} are not supported yet", text.split()[0])
                raise CardError(f"no element begins with '{letter}'", text.split()[0])
            read(self, text, origin)
        except SplitError as error:
            self.sources.fault(origin, str(error), error.token)
        except CardError as error:
            self.sources.fault(origin, str(error), error.token, error.offset)

    def row(self, kind: str, name: str, nodes: list[int], value: Value, origin: int) -> None:
        """Add an element to its table."""
        table = self.definition.table(kind)
        table.names.append(name)
        table.origins.append(origin)
        table.nodes += nodes
        table.values.append(value)


def _quick_number(token: str) -> float | None:
    """Value of a plain number, or None."""
    try:
        value = float(token)
        if value - value == 0.0 and "_" not in token:
            return value
    except ValueError:
        pass  # a suffix, or no number at all
    try:
        return parse_number(token)
    except ValueError:
        return None


def _coupling(reader: ElementReader, text: str, origin: int) -> None:
    card = reader.split(text, origin)
    name = card.words[0]
    reader.claim(name, origin)
    coefficient = reader.take(card, "k")
    reader.leftover(card, "k")
    inductors = card.words[1:]
    if coefficient is None and inductors:
        coefficient = reader.value(inductors.pop())
    if len(inductors) < 2 or coefficient is None:
        raise CardError(f"'{name}' needs two inductors or more, and a coefficient", name)
    if len(set(inductors)) < len(inductors):
        raise CardError(f"'{name}' couples an inductor with itself", name)
    for inductor in inductors:
        if inductor[0] != "l":
            raise CardError(f"'{name}' couples inductors, and '{inductor}' is none", inductor)
    reader.row("k", name, [], coefficient, origin)
    reader.definition.tables["k"].controls.append(tuple(inductors))


def _source(reader: ElementReader, text: str, origin: int) -> None:
    field = words(text)
    card = Card(text, origin, field)
    name = field[0]
    reader.claim(name, origin)
    nodes = reader.nodes(card, 2)
    source = read_source(reader, name, field[3:], origin)
    reader.row(name[0], name, nodes, source.dc, origin)
    table = reader.definition.tables[name[0]]
    table.set(acmag=source.acmag, acphase=source.acphase, m=source.m)
    if source.waveform is not None:
        table.waveforms[len(table.names) - 1] = source.waveform


def _behavioural(reader: ElementReader, text: str, origin: int) -> None:
    field = text.split(None, 3)
    if len(field) == 4 and field[3][1:2] == "=" and field[3][0] in "iv" and "," not in field[1] + field[2]:
        name, a, b, expression = field
        kind, expression = expression[0], expression[2:]
    else:
        match = _SOURCE.match(text)
        if match is None:
            raise CardError(f"'{field[0]}' needs two nodes and then i=… or v=…", field[0])
        name, a, b, kind, expression = match.groups()
    reader.claim(name, origin)
    texts: dict[str, str] = {}
    while "=" in expression:
        trailing = _TRAILING.search(expression)
        if trailing is None:
            break
        texts[trailing.group(1)] = unwrap(trailing.group(2))
        expression = expression[: trailing.start()]
    if texts:
        expression = times(expression, *factors(texts, *(["m"] if kind == "i" else [])))
    reader.behaviour.add(kind, name, [reader.node(a), reader.node(b)], expression, origin)


def _device(
    types: tuple[str, ...], terminals: int, what: str, control: bool = False, grounded: bool = False
) -> Callable[..., None]:
    """Reader of cards of a device; where `grounded`, the last node may be missing and is then ground."""

    def read(reader: ElementReader, text: str, origin: int) -> None:
        card = reader.split(text, origin)
        name = card.words[0]
        reader.claim(name, origin)
        count = terminals - (grounded and not _is_model(reader, card, terminals + 1, types))
        nodes = reader.nodes(card, count)
        if count < terminals:
            nodes.append(reader.node("0"))
        rest = card.words[count + 1 :] + card.trailing
        card.trailing = []
        controlling: tuple[str, ...] = ()
        if control:
            if not rest:
                raise CardError(f"'{name}' needs a controlling source", name)
            controlling = (rest.pop(0),)
        if not rest:
            raise CardError(f"'{name}' needs a model", name)
        model = reader.model(rest.pop(0), types, what)
        extras: dict[str, Value] = {}
        for word in rest:
            if word in ("on", "off"):
                extras[word] = 1.0
            elif types[0] in _SIZED and "area" not in extras:
                extras["area"] = reader.value(word)
            else:
                raise CardError(f"'{name}' has something too much: '{word}'", word)
        if card.pairs.get("ic") in ("on", "off"):  # LTspice's way for switches
            extras[card.pairs.pop("ic")] = 1.0
        if types[0] in (
            "nmos",
            "npn",
            "njf",
            "nmf",
        ):  # two or three voltages, which only a transient with uic would use
            card.pairs.pop("ic", None)
        for key in list(card.pairs):
            if key in _OF_DEVICES:
                value = reader.take(card, key)
                assert value is not None
                extras[key] = value
        reader.leftover(card, "m temp dtemp area pj off ic")
        reader.row(name[0], name, nodes, 0.0, origin)
        table = reader.definition.tables[name[0]]
        table.models.append(model)
        table.set(**extras)
        if control:
            table.controls.append(controlling)

    return read


def _is_model(reader: ElementReader, card: Card, place: int, types: tuple[str, ...]) -> bool:
    """Whether the word in this place names a model of one of these types."""
    known = reader.definition.model(card.words[place]) if len(card.words) > place else None
    return known is not None and known.type in types


def _compact(reader: ElementReader, text: str, origin: int) -> None:
    """``n1 p n mymodel x0=0.3``: the model's type says how many nodes; any of its parameters may follow."""
    from circuitnn.models import compact

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
    if known is not None and known.type not in compact():
        near = nearest(known.type, list(compact()))
        raise CardError(
            f"model '{known.name}': '{known.type}' is no type of a compact model{near}", known.name
        )
    model = reader.model(fields[place], tuple(compact()), "a compact model")
    kind = compact()[model.type]
    if place != len(kind.terminals):
        wanted = f"{len(kind.terminals)} nodes ({' '.join(kind.terminals)})"
        raise CardError(f"'{name}' is of type '{model.type}' and needs {wanted}, {place} given", name)
    nodes = reader.nodes(card, place)
    extras: dict[str, Value] = {}
    for word in fields[place + 1 :]:
        if word not in kind.flags:
            raise CardError(f"'{name}' has something too much: '{word}'", word)
        extras[word] = 1.0
    for key, value in card.pairs.items():
        extras[key] = reader.value(value)
    table = reader.definition.table(f"n:{kind.name}")
    table.names.append(name)
    table.origins.append(origin)
    table.nodes += nodes
    table.values.append(0.0)
    table.models.append(model)
    table.set(**extras)


def _plain_instance(text: str, origin: int) -> Card | None:
    """Split a card ``x1 a b sub p=1`` without brackets or blanks around ``=``; None if it is not that."""
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


def _instance(reader: ElementReader, text: str, origin: int) -> None:
    card = None
    if not _BRACKETS.search(text):
        card = _plain_instance(text, origin)
    card = card or reader.split(text, origin)
    name = card.words[0]
    reader.claim(name, origin)
    fields = [w for w in card.words[1:] if w != "params:"]
    if not fields:
        raise CardError(f"'{name}' needs nodes and a subcircuit", name)
    callee = reader.definition.subcircuit(fields[-1])
    if callee is None:
        known = list(reader.definition.visible("definitions"))
        raise CardError(f"no subcircuit '{fields[-1]}'{nearest(fields[-1], known)}", fields[-1])
    if len(fields) - 1 != len(callee.ports):
        ports = f"{len(callee.ports)} ports ({' '.join(callee.ports)})"
        raise CardError(f"subcircuit '{callee.name}' has {ports}, {len(fields) - 1} nodes given", fields[-1])
    if card.trailing:
        raise CardError(f"'{name}' has something too much: '{card.trailing[0]}'", card.trailing[0])
    parameters: dict[str, Value] = {}
    header, own = callee.header, callee.parameters
    for key, value in card.pairs.items():
        if key not in header and key not in own and key != "m":
            known = [*header, *own, "m"]
            message = f"subcircuit '{callee.name}' has no parameter '{key}'{nearest(key, known)}"
            raise CardError(message, key)
        parameters[key] = reader.value(value)
    key = f"{callee.name}@{callee.origin}"
    calls = reader.definition.calls.get(key)
    if calls is None:
        calls = reader.definition.calls[key] = Calls(callee)
    calls.names.append(name)
    calls.origins.append(origin)
    calls.nodes += [reader.node(n) for n in fields[:-1]]
    calls.parameters.append(parameters)


_READERS: dict[str, Callable[[ElementReader, str, int], None]] = {
    **dict.fromkeys("rcl", passive),
    **dict.fromkeys("vi", _source),
    **dict.fromkeys("eg", controlled_node),
    **dict.fromkeys("fh", controlled_current),
    "k": _coupling,
    "b": _behavioural,
    "d": _device(("d",), 2, "a diode"),
    "m": _device(("nmos", "pmos"), 4, "a MOSFET"),
    "q": _device(("npn", "pnp"), 4, "a bipolar transistor", grounded=True),
    "j": _device(("njf", "pjf"), 3, "a JFET"),
    "z": _device(("nmf", "pmf"), 3, "a MESFET"),
    "s": _device(("sw", "vswitch"), 4, "a switch"),
    "w": _device(("csw", "iswitch"), 2, "a current-controlled switch", control=True),
    "t": lossless,
    "u": uniform,
    "o": lossy,
    "x": _instance,
    "n": _compact,
}
