"""Common base of controlled sources: E, F, G, H in all their forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from circuitnn.elements.card import NUMERIC, Card, CardError, no_copies, times, unwrap, words
from circuitnn.elements.element import ACROSS, Element, simple_probes
from circuitnn.elements.frequency_table import response_of
from circuitnn.elements.laplace import filter_of, halves
from circuitnn.elements.polynomial import polynomial
from circuitnn.elements.temperature import factors
from circuitnn.equations.graph import Expr, symbol

if TYPE_CHECKING:
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

GAIN = symbol("gain")
_UNSUPPORTED = ("chebyshev", "and", "nand", "or", "nor", "delay")
MAX_DIMENSIONS = 20


class Controlled(Element):
    """E, F, G or H: one with a branch is a voltage source, the others are current sources."""

    word: ClassVar[str]  # that may precede the controls
    main = "gain"
    sensed = ("gain",)

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card: an expression, a polynomial or table, or a gain."""
        card = reader.split(text, origin)
        name = card.words[0]
        reader.claim(name, origin)
        nodes = reader.nodes(card, 2)
        if self.filtered(reader, card, nodes):
            return
        for word in (*card.words[3:4], *card.pairs):
            if word in _UNSUPPORTED:
                raise CardError(f"'{name}': '{word}' is not supported", word)
        expression = _expression(card)
        if expression is not None:  # as in a B source, its value depends on the temperature
            known = ("tc1", "tc2", "temp", "dtemp") if {"tc1", "tc2"} & card.pairs.keys() else ()
            texts: dict[str, str] = {key: unwrap(card.pairs.pop(key)) for key in known if key in card.pairs}
            expression, form = times(expression, *factors(texts)), "value"
        else:
            word = card.words[3] if len(card.words) > 3 else ""
            form = "table" if word == "table" or "table" in card.pairs else "poly"
            expression = self.expression(card, word)
        if expression is not None:
            m = card.pairs.pop("m", None)
            _no_more(reader, card)
            kind = "v" if self.branch else "i"
            group = reader.behaviour.add(kind, name, nodes, expression, origin, form)
            if m is not None and self.branch:
                reader.idle(origin, no_copies(name))
            elif m is not None:
                reader.behaviour.copied(group, unwrap(m))
            return
        given = card.words[4:] if card.words[3:4] == [self.word] else card.words[3:]
        gain = card.pairs.pop("gain", None)
        self.linear(reader, card, nodes, given if gain is None else [*given, gain])

    def filtered(self, reader: ElementReader, card: Card, nodes: list[int]) -> bool:
        """Read a source with a transfer function; False if it has none."""
        return False

    def expression(self, card: Card, word: str) -> str | None:
        """Text of a polynomial or table, by the word after the nodes."""
        raise NotImplementedError

    def linear(self, reader: ElementReader, card: Card, nodes: list[int], given: list[str]) -> None:
        """Read the controls of the source and its gain."""
        raise NotImplementedError

    def finish(self, reader: ElementReader, card: Card) -> Value | None:
        """Read the multiplier; report all other pairs."""
        m = reader.take(card, "m")
        _no_more(reader, card)
        if self.branch and m not in (None, 1.0):
            reader.idle(card.origin, no_copies(card.words[0], "refuses it"))
        return None if self.branch else m


class ByVoltage(Controlled):
    """E or G."""

    terminals = ("plus", "minus", "cp", "cn")
    control = symbol("cp") - symbol("cn")

    def filtered(self, reader: ElementReader, card: Card, nodes: list[int]) -> bool:
        """Read ``e1 p n laplace {v(a)} {1/(1+s)}``, ``… a b laplace=1/(1+s)`` or ``… freq {v(a)} (1k,0,0)``."""
        response = response_of(reader, card)
        if response is not None:
            reader.behaviour.add("v" if self.branch else "i", card.words[0], nodes, response, card.origin)
            return True
        laplace = filter_of(reader, card.text, card.origin)
        if laplace is None:
            return False
        controls = words(laplace.before)[3:]
        if controls[:1] == [self.word]:
            del controls[0]
        if len(controls) not in (0, 2):
            raise CardError(f"'{card.words[0]}' takes two controlling nodes before laplace", controls[0])
        text, transfer = (f"v({','.join(controls)})", laplace.transfer) if controls else halves(laplace)
        kind, m = ("v", "") if self.branch else ("i", laplace.m)
        reader.behaviour.filtered(kind, card.words[0], nodes, text, transfer, card.origin, m)
        return True

    def expression(self, card: Card, word: str) -> str | None:
        """Text of ``poly`` or ``table``."""
        if word == "table" or "table" in card.pairs or card.words[5:6] == ["table"]:
            return _table(card)
        if word != "poly":
            return None if word == self.word else _unmarked(card, 5, f"v({','.join(card.words[3:5])})")
        dimensions = _dimensions(card)
        pairs = card.words[5 : 5 + 2 * dimensions]
        if len(pairs) < 2 * dimensions:
            raise CardError(f"poly({dimensions}) needs {dimensions} pairs of nodes", "poly")
        controls = [f"v({a},{b})" for a, b in zip(pairs[::2], pairs[1::2], strict=True)]
        return polynomial(controls, card.words[5 + 2 * dimensions :])

    def linear(self, reader: ElementReader, card: Card, nodes: list[int], given: list[str]) -> None:
        """Read controlling nodes and gain."""
        name = card.words[0]
        if len(given) != 3:
            raise CardError(
                f"'{name}' needs two nodes, two controlling nodes and a gain, or value=…, poly or table", name
            )
        value = reader.value(given[2])
        m = self.finish(reader, card)
        nodes = [*nodes, reader.node(given[0]), reader.node(given[1])]
        reader.row(self.letter, name, nodes, value, card.origin).set(m=m)


class ByCurrent(Controlled):
    """F or H."""

    control = symbol("control")

    def expression(self, card: Card, word: str) -> str | None:
        """Text of ``poly``."""
        if word != "poly":
            return None if word == self.word else _unmarked(card, 4, f"i({word})")
        dimensions = _dimensions(card)
        sources = card.words[5 : 5 + dimensions]
        if len(sources) < dimensions:
            raise CardError(f"poly({dimensions}) needs {dimensions} sources", "poly")
        return polynomial([f"i({s})" for s in sources], card.words[5 + dimensions :])

    def linear(self, reader: ElementReader, card: Card, nodes: list[int], given: list[str]) -> None:
        """Read the controlling source and the gain."""
        name = card.words[0]
        if len(given) != 2:
            raise CardError(f"'{name}' needs two nodes, a controlling source and a gain", name)
        value = reader.value(given[1])
        m = self.finish(reader, card)
        table = reader.row(self.letter, name, nodes, value, card.origin)
        table.controls.append((given[0],))
        table.set(m=m)


def probes(current: Expr, unit: str) -> dict[str, Probe]:
    """Current, voltage, power, gain."""
    return simple_probes(current, ACROSS, ("gain", unit, "gain", GAIN))


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


def _no_more(reader: ElementReader, card: Card) -> None:
    """Report pairs that nothing has read."""
    for idle in ("tc1", "tc2"):
        if card.pairs.pop(idle, None) is not None:
            reader.idle(
                card.origin,
                f"'{idle}' of '{card.words[0]}' has no effect: its gain does not depend on temperature",
            )
    reader.leftover(card, "m")


def _unmarked(card: Card, first: int, control: str) -> str | None:
    """Text of a polynomial without the word, ``e1 p n cp cn 0.5 2``, as in SPICE2; None if there is only a gain."""
    given = card.words[first:]
    if len(given) < 2 or any(word[0] not in NUMERIC for word in given):
        return None
    return polynomial([control], given)


def _dimensions(card: Card) -> int:
    try:
        dimensions = int(card.words[4])
    except (IndexError, ValueError):
        dimensions = 0
    if not 1 <= dimensions <= MAX_DIMENSIONS:
        raise CardError(f"poly takes 1 to {MAX_DIMENSIONS} controls: poly(2)", "poly")
    return dimensions


def _table(card: Card) -> str:
    """``table {x} = (x0,y0) (x1,y1) …``: straight lines, held constant outside."""
    given = card.words[4:]
    if "table" in card.pairs:
        given = [*words(card.pairs.pop("table"))]
        if len(card.words) == 5:  # e1 a b c d table=(0,0,1,4)
            given.insert(0, f"v({card.words[3]},{card.words[4]})")
    elif card.words[5:6] == ["table"]:  # g1 a b c d table(0 0 1 4)
        given = [f"v({card.words[3]},{card.words[4]})", *card.words[6:]]
    if len(given) < 5 or len(given) % 2 == 0:
        raise CardError("table needs an expression and then at least two points (x, y)", "table")
    x, points = unwrap(given[0]), [unwrap(g) for g in given[1:]]
    return f"pwl(min(max({x},{points[0]}),{points[-2]}),{','.join(points)})"
