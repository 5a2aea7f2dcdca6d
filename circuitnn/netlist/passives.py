"""Resistors, capacitors and inductors: numbers, models with geometry, expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.equations.graph import Expr, as_expr
from circuitnn.errors import nearest
from circuitnn.netlist.behavioural import times
from circuitnn.netlist.cards import Card, unwrap, words
from circuitnn.netlist.definition import ModelCard, Value
from circuitnn.netlist.reader import CardError, Reader, is_signal

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_MODEL_TYPES = {"r": ("r", "res"), "c": ("c", "cap"), "l": ("l", "ind")}
# Parameters of the models that have an effect.
_OF_MODELS = {
    "r": "r res rsh defw narrow short tc1 tc2".split(),
    "c": "c cap cj cjsw defw narrow short tc1 tc2".split(),
    "l": "l ind tc1 tc2".split(),
}
_IDLE = {
    "ac": "a resistor has one resistance at all frequencies",
    "noisy": "every resistor makes thermal noise",
}
_LONG_NAME = {"r": "a resistor", "c": "a capacitor", "l": "an inductor"}
_RLC_PARAMETERS = {
    "r": "r tc1 tc2 tc temp dtemp m scale l w ac noisy",
    "c": "c q ic tc1 tc2 tc temp dtemp m scale l w",
    "l": "l ic tc1 tc2 tc temp dtemp m scale",
}


def passive(reader: ElementReader, text: str, origin: int) -> None:
    """Read an R, C or L card."""
    card = reader.split(text, origin)
    kind, name = text[0], card.words[0]
    reader.claim(name, origin)
    nodes = reader.nodes(card, 2)
    given, model = _value_and_model(reader, card)
    texts = _texts(card)
    if given is None and kind == "c" and "q" in card.pairs:
        charge = unwrap(card.pairs.pop("q"))
        _extras(reader, card)
        _nothing_else(reader, card)
        reader.behaviour.add("i", name, nodes, times(f"ddt({charge})", *factors(texts, "m")), origin)
        return
    if given is None and kind in card.pairs:
        given = card.pairs.pop(kind)
    extras = _extras(reader, card)
    length, width = reader.take(card, "l") if kind != "l" else None, reader.take(card, "w")
    for idle, why in _IDLE.items():
        if card.pairs.pop(idle, None) is not None:
            reader.idle(origin, f"'{idle}' of '{name}' has no effect: {why}")
    _nothing_else(reader, card)
    by_model = _from_model(kind, model, extras, length, width) if model is not None else None
    value = by_model if given is None else reader.any_value(given)
    if value is None:
        raise CardError(f"'{name}' has no value", name)
    if given is not None and is_signal(value):
        _behavioural_rlc(reader, kind, name, nodes, unwrap(given), texts, origin)
        return
    scale = extras.pop("scale")
    if scale is not None:
        value = _simple(as_expr(value) * as_expr(scale))
    reader.row(kind, name, nodes, value, origin)
    reader.definition.tables[kind].set(**extras)


def _simple(value: Expr) -> Value:
    """A constant expression as a number."""
    return value.value if isinstance(value.value, float) else value


def _nothing_else(reader: Reader, card: Card) -> None:
    reader.leftover(card, _RLC_PARAMETERS[card.words[0][0]])


def _value_and_model(reader: ElementReader, card: Card) -> tuple[str | None, ModelCard | None]:
    """Value and model among the words after the nodes, in either order."""
    kind = card.words[0][0]
    value, model = None, None
    for position, word in enumerate(card.words[3:]):
        if model is None and reader.definition.model(word) is not None:
            model = _model(reader, word, kind)
        elif value is None and (word[0] in "{'\"+-.0123456789" or position == 0):
            if word[0].isalpha() and not reader.known_parameter(word):
                raise CardError(f"'{word}' is neither a value nor a model", word)
            value = word
        else:
            raise CardError(f"'{card.words[0]}' has something too much: '{word}'", word)
    return value, model


def _model(reader: ElementReader, name: str, kind: str) -> ModelCard:
    """A model card; where it is met first, what on it has no effect is said."""
    known = reader.definition.model(name)
    new = known is not None and known.parameters is None
    model = reader.model(name, _MODEL_TYPES[kind], _LONG_NAME[kind])
    idle = [p for p in model.parameters or {} if p not in _OF_MODELS[kind]] if new else []
    for parameter in idle:
        near = nearest(parameter, _OF_MODELS[kind])
        reader.idle(
            model.origin, f"'{parameter}' of model '{name}' has no effect on {_LONG_NAME[kind]}{near}"
        )
    return model


def _extras(reader: Reader, card: Card) -> dict[str, Value | None]:
    tc1, tc2 = reader.take(card, "tc1"), reader.take(card, "tc2")
    if "tc" in card.pairs:
        given = words(card.pairs["tc"])
        if len(given) > 2:
            raise CardError("tc takes one or two coefficients", card.pairs["tc"])
        card.pairs.pop("tc")
        values = [reader.value(g) for g in given]
        tc1, tc2 = values[0], values[1] if len(values) > 1 else tc2
    return {
        "tc1": tc1,
        "tc2": tc2,
        "temp": reader.take(card, "temp"),
        "dtemp": reader.take(card, "dtemp"),
        "m": reader.take(card, "m"),
        "scale": reader.take(card, "scale"),
        "ic": reader.take(card, "ic"),
    }


def _texts(card: Card) -> dict[str, str]:
    """The pairs as text, for elements that become expressions."""
    texts = {key: unwrap(value) for key, value in card.pairs.items()}
    if "tc" in texts:
        for key, text in zip(("tc1", "tc2"), words(texts.pop("tc")), strict=False):
            texts[key] = unwrap(text)
    return texts


def factors(texts: dict[str, str], *names: str) -> list[str]:
    """Temperature dependence, scale and these pairs, as factors."""
    found = [temperature_factor(texts)] if "tc1" in texts or "tc2" in texts else []
    return found + [texts[k] for k in ("scale", *names) if k in texts]


def temperature_factor(texts: dict[str, str]) -> str:
    """``1 + tc1 (T − tnom) + tc2 (T − tnom)²`` as text."""
    at = f"({texts['temp']})" if "temp" in texts else f"(temper+({texts.get('dtemp', '0')}))"
    rise = f"({at}-tnom)"
    return f"(1+({texts.get('tc1', '0')})*{rise}+({texts.get('tc2', '0')})*{rise}*{rise})"


def _from_model(
    kind: str,
    model: ModelCard,
    extras: dict[str, Value | None],
    length: Value | None,
    width: Value | None,
) -> Value | None:
    """Value by geometry of a resistor or capacitor model; temperature coefficients of the model."""
    given = dict(model.parameters or {})
    for coefficient in ("tc1", "tc2"):
        if extras.get(coefficient) is None:
            extras[coefficient] = given.get(coefficient)
    sheet = {"r": "rsh", "c": "cj", "l": ""}[kind]
    if length is not None and sheet in given:
        width = width if width is not None else given.get("defw", 1e-5)
        # as measured on ngspice 44: of a resistor each side loses it, of a capacitor both together
        sides = 2.0 if kind == "r" else 1.0
        wide = as_expr(width) - sides * as_expr(given.get("narrow", 0.0))
        long = as_expr(length) - sides * as_expr(given.get("short", 0.0))
        if kind == "r":
            return _simple(as_expr(given["rsh"]) * long / wide)
        edge = as_expr(given.get("cjsw", 0.0))
        return _simple(as_expr(given["cj"]) * long * wide + 2.0 * edge * (long + wide))
    for key in {"r": ("r", "res"), "c": ("c", "cap"), "l": ("l", "ind")}[kind]:
        if key in given:
            return given[key]
    return None


def _behavioural_rlc(
    reader: ElementReader,
    kind: str,
    name: str,
    nodes: list[int],
    text: str,
    texts: dict[str, str],
    origin: int,
) -> None:
    """R, C or L whose value is an expression in voltages: v/R(x), C(x) dv/dt, L(x) di/dt as in ngspice."""
    value = times(text, *factors(texts))
    across = f"v({','.join(reader.definition.locals[n] for n in nodes)})"
    m = texts.get("m")
    if kind == "r":
        reader.behaviour.add("i", name, nodes, times(f"{across}/({value})", m), origin)
    elif kind == "c":
        reader.behaviour.add("i", name, nodes, times(f"({value})*ddt({across})", m), origin)
    else:
        shared = f"({value})*ddt(i({name}))"
        reader.behaviour.add("v", name, nodes, f"({shared})/({m})" if m else shared, origin)
