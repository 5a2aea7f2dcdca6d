"""Controlled sources: E, F, G, H in all their forms."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from circuitnn.netlist.behavioural import times
from circuitnn.netlist.cards import Card, unwrap
from circuitnn.netlist.reader import CardError

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

_UNSUPPORTED = ("laplace", "freq", "chebyshev", "vcvs", "vccs", "and", "nand", "or", "nor", "delay")
MAX_DIMENSIONS = 20
MAX_FACTORS = 20_000  # in all products of a polynomial


def _kind(name: str) -> str:
    return "v" if name[0] in "eh" else "i"


def _multiplied(card: Card, text: str) -> str:
    """Expression with the card's ``m``, which a voltage source has no use for."""
    m = card.pairs.get("m")
    return times(text, unwrap(m)) if m is not None and _kind(card.words[0]) == "i" else text


def _expression(card: Card) -> str | None:
    """Text of ``value=``, ``vol=``, ``cur=``, or of ``value {…}``."""
    for key in ("value", "vol", "cur", "v", "i"):
        if key in card.pairs:
            return unwrap(card.pairs.pop(key))
    if len(card.words) == 5 and card.words[3] in ("value", "vol", "cur"):
        return unwrap(card.words[4])
    if len(card.words) == 4 and card.words[3][0] in "{'":
        return unwrap(card.words[3])
    return None


def controlled_node(reader: ElementReader, text: str, origin: int) -> None:
    """Read an E or a G card."""
    card = reader.split(text, origin)
    name = card.words[0]
    reader.claim(name, origin)
    nodes = reader.nodes(card, 2)
    word = card.words[3] if len(card.words) > 3 else ""
    expression = _expression(card)
    if expression is None and (word == "table" or "table" in card.pairs):
        expression = _table(reader, card)
    elif expression is None and word == "poly":
        dimensions = _dimensions(card)
        pairs = card.words[5 : 5 + 2 * dimensions]
        if len(pairs) < 2 * dimensions:
            raise CardError(f"poly({dimensions}) needs {dimensions} pairs of nodes", "poly")
        controls = [f"v({a},{b})" for a, b in zip(pairs[::2], pairs[1::2], strict=True)]
        expression = _polynomial(controls, card.words[5 + 2 * dimensions :])
    if expression is not None:
        _no_more(reader, card)
        reader.behaviour.add(_kind(name), name, nodes, _multiplied(card, expression), origin)
        return
    if word in _UNSUPPORTED:
        raise CardError(f"'{name}': '{word}' is not supported", word)
    _linear(reader, card, nodes, origin)


def _linear(reader: ElementReader, card: Card, nodes: list[int], origin: int) -> None:
    name = card.words[0]
    gain = card.pairs.pop("gain", None)
    given = card.words[3:] if gain is None else [*card.words[3:], gain]
    if len(given) != 3:
        raise CardError(
            f"'{name}' needs two nodes, two controlling nodes and a gain, or value=…, poly or table", name
        )
    value = reader.value(given[2])
    m = reader.take(card, "m")
    _no_more(reader, card)
    reader.row(name[0], name, [*nodes, reader.node(given[0]), reader.node(given[1])], value, origin)
    if name[0] == "g":
        reader.definition.tables["g"].set(m=m)


def controlled_current(reader: ElementReader, text: str, origin: int) -> None:
    """Read an F or an H card."""
    card = reader.split(text, origin)
    name = card.words[0]
    reader.claim(name, origin)
    nodes = reader.nodes(card, 2)
    word = card.words[3] if len(card.words) > 3 else ""
    expression = _expression(card)
    if expression is None and word == "poly":
        dimensions = _dimensions(card)
        sources = card.words[5 : 5 + dimensions]
        if len(sources) < dimensions:
            raise CardError(f"poly({dimensions}) needs {dimensions} sources", "poly")
        expression = _polynomial([f"i({s})" for s in sources], card.words[5 + dimensions :])
    if expression is not None:
        _no_more(reader, card)
        reader.behaviour.add(_kind(name), name, nodes, _multiplied(card, expression), origin)
        return
    gain = card.pairs.pop("gain", None)
    given = card.words[3:] if gain is None else [*card.words[3:], gain]
    if len(given) != 2:
        raise CardError(f"'{name}' needs two nodes, a controlling source and a gain", name)
    value = reader.value(given[1])
    m = reader.take(card, "m")
    _no_more(reader, card)
    reader.row(name[0], name, nodes, value, origin)
    table = reader.definition.tables[name[0]]
    table.controls.append((given[0],))
    if name[0] == "f":
        table.set(m=m)


def _no_more(reader: ElementReader, card: Card) -> None:
    for idle in ("tc1", "tc2"):
        if card.pairs.pop(idle, None) is not None:
            reader.idle(
                card.origin,
                f"'{idle}' of '{card.words[0]}' has no effect: its gain does not hang on temperature",
            )
    reader.leftover(
        Card(card.text, card.origin, card.words, {k: v for k, v in card.pairs.items() if k != "m"}), "m"
    )


def _dimensions(card: Card) -> int:
    try:
        dimensions = int(card.words[4])
    except (IndexError, ValueError):
        dimensions = 0
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise CardError(f"poly takes 1 to {MAX_DIMENSIONS} controls: poly(2)", "poly")
    return dimensions


def _polynomial(controls: list[str], coefficients: list[str]) -> str:
    """SPICE2's polynomial: constant, then all products of degree 1, 2, … in the order of the controls."""
    if not coefficients:
        raise CardError("poly has no coefficients", "poly")
    terms = [f"({unwrap(coefficients[0])})"]
    position, degree, count = 1, 1, 0
    while position < len(coefficients):
        for factors in combinations_with_replacement(controls, degree):
            if position == len(coefficients):
                break
            count += degree
            if count > MAX_FACTORS:
                raise CardError(
                    f"poly has {len(coefficients)} coefficients: more than it can be used with", "poly"
                )
            terms.append("*".join([f"({unwrap(coefficients[position])})", *factors]))
            position += 1
        degree += 1
    return "+".join(terms)


def _table(reader: ElementReader, card: Card) -> str:
    """``table {x} = (x0,y0) (x1,y1) …``: straight lines, held constant outside."""
    given = card.words[4:]
    if "table" in card.pairs:
        from circuitnn.netlist.cards import words

        given = [*words(card.pairs.pop("table"))]
    if len(given) < 5 or len(given) % 2 == 0:
        raise CardError("table needs an expression and then at least two points (x, y)", "table")
    x, points = unwrap(given[0]), [unwrap(g) for g in given[1:]]
    return f"pwl(min(max({x},{points[0]}),{points[-2]}),{','.join(points)})"
