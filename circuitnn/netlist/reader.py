"""Base of the readers of element cards: faults, values, names, nodes."""

from __future__ import annotations

import re

from circuitnn.elements.card import Card, CardError, split, unexpected, unwrap
from circuitnn.elements.device_parameters import read_parameter
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import Expr, symbols
from circuitnn.errors import nearest
from circuitnn.models import as_written, lookup, named, of_any_letter
from circuitnn.netlist.definition import Deck, Definition, ModelCard, Table, Value
from circuitnn.netlist.doubtful_numbers import note
from circuitnn.netlist.expressions import SETTINGS, ExpressionError, is_probe, parse_expression
from circuitnn.netlist.language import Draw, Language, UserFunction
from circuitnn.netlist.model_cards import built_on_others
from circuitnn.units import parse_number

AT_RUN_TIME = ("time", "temper", "hertz")
# A number with a suffix and trailing characters, such as 1m2 in libraries: the rest is ignored.
_CUT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[ed][+-]?\d+)?(?![ed][+-]?\d)[a-z]+)\d\w*")


def _single_dot(text: str) -> str:
    """A version such as 3.2.4 as the number 3.24."""
    major, dot, minor = unwrap(text).partition(".")
    parts = minor.split(".")
    return major + dot + "".join(parts) if major.isdigit() and all(p.isdigit() for p in parts) else text


class Reader:
    """Reads cards of one definition.

    Parameters
    ----------
    deck : Deck
    definition : Definition
    """

    def __init__(self, deck: Deck, definition: Definition) -> None:
        self.deck = deck
        self.sources = deck.sources
        self.definition = definition
        functions = definition.visible("functions")
        self.functions: dict[str, UserFunction] = functions  # type: ignore[assignment]
        self.parameter_language = Language(
            self.functions, deck.draws, as_parameter=True, dialect=deck.dialect, noted=deck.noted
        )
        self.source_language = Language(self.functions, dialect=deck.dialect, noted=deck.noted)
        self._values: dict[str, Value] = {}

    def split(self, text: str, origin: int) -> Card:
        """Split a card into fields, which begin with the element's name."""
        card = split(text, origin)
        if not card.words:
            raise CardError("the name is followed by '='", text.partition("=")[0].strip())
        for name in card.repeated:
            self.idle(origin, f"'{card.words[0]}' gives '{name}' twice; the later value is used")
        return card

    def any_value(self, text: str) -> Value:
        """Read a number or expression, with or without brackets; it may depend on signals."""
        known = self._values.get(text)
        if known is not None:
            return known
        try:
            value: Value = parse_number(text)
            note(text, self.deck.noted)
        except ValueError:
            draws = len(self.deck.draws)
            value = self.expression(text, self.parameter_language)
            if len(self.deck.draws) > draws:  # each card draws its own numbers
                arguments = [a for draw in self.deck.draws[draws:] for a in draw.arguments]
                self._must_be_constant(text, arguments)
                return value
        self._values[text] = value
        return value

    def expression(self, text: str, language: Language) -> Value:
        """Read an expression; a constant one becomes a number."""
        inner = unwrap(text)
        try:
            expression = parse_expression(inner, language)
        except ExpressionError as error:
            raise CardError(str(error), inner or text, error.position) from None
        return simple(expression)

    def value(self, text: str) -> Value:
        """Read a number or an expression of parameters."""
        value = self.any_value(text)
        self._must_be_constant(text, [value] if isinstance(value, Expr) else [])
        return value

    @staticmethod
    def _must_be_constant(text: str, expressions: list[Expr]) -> None:
        for name in sorted(symbols(expressions)):
            if is_probe(name) or name == "time":
                raise CardError(f"'{unwrap(text)}' depends on {name}; only a constant is allowed here", text)

    @staticmethod
    def is_signal(value: Value) -> bool:
        """Whether a value depends on signals."""
        names = symbols([value]) if isinstance(value, Expr) else ()
        return any(is_probe(name) or name in AT_RUN_TIME for name in names)

    def take(self, card: Card, *names: str) -> Value | None:
        """Value of the first of these ``name=value`` pairs, removed from the card."""
        result = None
        for name in names:
            if name in card.pairs:
                result = self.value(card.pairs.pop(name))
        return result

    def leftover(self, card: Card, known: str) -> None:
        """Report ``name=value`` pairs that nothing has read."""
        for word in card.trailing:
            raise unexpected(card.words[0], word)
        for name in card.pairs:
            raise CardError(
                f"'{card.words[0]}' has no parameter '{name}'{nearest(name, known.split())}", name
            )

    def node(self, name: str) -> int:
        """Local number of a node that a terminal touches."""
        return self.definition.node(name)

    def nodes(self, card: Card, count: int) -> list[int]:
        """Local numbers of the nodes after the name."""
        if len(card.words) < count + 1:
            given = len(card.words) - 1
            raise CardError(f"'{card.words[0]}' needs {count} nodes, {given} given", card.words[-1])
        for name in card.words[1 : count + 1]:
            if name[0] in "{'\"":
                raise CardError(f"{name} is not a node", name)
        return [self.node(name) for name in card.words[1 : count + 1]]

    def reference(self, name: str, origin: int) -> int:
        """Local number of a node whose voltage an expression reads."""
        number = self.definition.index.get(name)
        if number is None:
            number = self.node(name)
            self.definition.referenced[name] = origin
        return number

    def hint(self, name: str, origin: int) -> int:
        """Local number of a node that ``.ic`` or ``.nodeset`` names; if there is none, they have no effect."""
        number = self.definition.index.get(name)
        if number is None:
            number = self.node(name)
            self.definition.hinted[name] = origin
        return number

    def claim(self, name: str, origin: int) -> None:
        """Register the name of an element; a duplicate is a fault."""
        known = self.definition.element_origins
        if name in known:
            at = self.sources.where(known[name])
            raise CardError(f"'{name}' is defined twice, first at {at}", name)
        known[name] = origin

    def row(self, kind: str, name: str, nodes: list[int], value: Value, origin: int) -> Table:
        """Add an element to its table and return the table."""
        table = self.definition.table(kind)
        table.names.append(name)
        table.origins.append(origin)
        table.nodes += nodes
        table.values.append(value)
        return table

    def idle(self, origin: int, message: str) -> None:
        """Warn that something on a card has no effect."""
        self.sources.warn(origin, message)

    def model(self, name: str, types: tuple[str, ...], kind: str) -> ModelCard:
        """Model card by name, of one of these types."""
        card = self.definition.model(name)
        if card is None:
            known = [k for k, m in self.definition.visible("models").items() if m.type in types]  # type: ignore[attr-defined]
            everything = [*known, *self.deck.offered] or list(self.definition.visible("models"))
            raise CardError(f"no model '{name}' for {kind}{nearest(name, everything)}", name)
        texts = built_on_others(card) if card.base else card.texts
        if card.type not in types:
            near = nearest(card.type, types)
            raise CardError(
                f"model '{name}' is of type '{as_written(card.type)}', not one for {kind}{near}", name
            )
        for each in (*card.bins, card):
            if each.parameters is None:
                each.complaints.raise_in(self.sources)
                own = texts if each is card else each.texts
                each.parameters = self._model_parameters(each, dict(own))
        return card

    def inner_model(self, name: str, type_: str, values: dict[str, Value], origin: int) -> ModelCard:
        """Make a model card for a device inside another element."""
        return ModelCard(name, type_, self.definition, {}, origin, values)

    def _model_parameters(self, card: ModelCard, texts: dict[str, str]) -> dict[str, Value]:
        card.parameters = {}
        reader = self if card.owner is self.definition else Reader(self.deck, card.owner)
        parameters = self._parameter_set(card, texts)
        kind = named(card.type) if card.type in of_any_letter() else None
        for name, text in texts.items():
            odd = _CUT.fullmatch(text)
            if odd is not None:
                self.idle(
                    card.origin, f"'{text}' of '{name}' on model '{card.name}' is {odd[1]}, as in ngspice"
                )
                text = odd[1]
            try:
                parameters |= read_parameter(
                    reader, kind, name, _single_dot(text) if name == "version" else text, card.origin
                )
            except CardError as error:
                self.sources.fault(card.origin, str(error), error.token, error.offset)
        return parameters

    def _parameter_set(self, card: ModelCard, texts: dict[str, str]) -> dict[str, Value]:
        """Values of the published set that ``set=`` names; other values on the card replace them."""
        model = lookup("n", card.type) if "set" in texts else None
        if model is None or not model.sets:
            return {}
        name = unwrap(texts.pop("set"))
        if name not in model.sets:
            message = f"'{card.type}' has no parameter set '{name}'{nearest(name, list(model.sets))}"
            self.sources.fault(card.origin, message, "set")
            return {}
        return dict(model.sets[name].values)


def read_parameters(reader: Reader) -> None:
    """Parse the parameters of the reader's definition."""
    definition = reader.definition
    for name in [name for name, text in definition.parameters.items() if _is_text(reader, text.text)]:
        text = definition.parameters.pop(name)
        reader.idle(text.origin, f"'.param {name}={text.text}' has no effect: it is a text, not a number")
    for name, text in (*definition.header.items(), *definition.parameters.items()):
        try:
            definition.expressions[name] = reader.value(text.text)
        except CardError as error:
            reader.sources.fault(text.origin, str(error), error.token or unwrap(text.text), error.offset)
            definition.expressions[name] = 1.0


def _is_text(reader: Reader, value: str) -> bool:
    """Whether double quotes stand around a text, such as a name or a path: no expression of anything known."""
    if value[:1] != '"':
        return False
    draws: list[Draw] = []
    try:
        expression = parse_expression(unwrap(value), Language(reader.functions, draws))
    except ExpressionError:
        return True
    scopes = [*reader.definition.scopes()]
    known = {*SETTINGS, *(name for scope in scopes for name in (*scope.parameters, *scope.header))}
    names = symbols([expression])
    return bool(names) and not draws and names.isdisjoint(known)
