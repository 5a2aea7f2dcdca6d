"""Common base of resistors, capacitors and inductors: numbers, models with geometry, expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isnan, nan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.elements.card import (
    NUMERIC,
    OPTION_SCALE,
    CardError,
    digits,
    may_be_parameter,
    pair_up,
    times,
    unexpected,
    unwrap,
    words,
)
from circuitnn.elements.element import MODEL, Element
from circuitnn.elements.temperature import OWN, TEMPERATURES, factors, temperature_slopes
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import Expr, as_expr, symbol
from circuitnn.errors import nearest
from circuitnn.units import NUMBER, number_or_none

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader

Extras = dict[str, "Value | None"]
Sizes = Mapping[str, "Value | None"]
# Rare columns for `.sens`, named as `MODEL`: value of the model; what a model with geometry multiplies, and the length
# and the width that are left of it; ``scale=``.
OF_MODEL = PLAIN, SHEET, LENGTH, WIDTH = "of plain", "of sheet", "of length", "of width"
SCALE = "of scale"
ORIGINS = dict.fromkeys((MODEL, *OF_MODEL, SCALE), nan)
# Two coefficients with a blank between them, as ngspice reads them.
_PAIR = re.compile(r"(\stc\s*=\s*[^\s,={}']+)\s+(?=[-+.\d{'])")
# A number and a rest that ngspice drops: 10u., 1.5.2k, 1_000, 1e-
_WITH_REST = re.compile(rf"([+-]?{NUMBER})(?:(?:[.$_]|(?<=[a-cf-z])\d)[\w.$]*|(?<=e)[+-])")
# A node's name with a bracket, at which ngspice cuts it: r1 net-(r1-pad1) 0 1k
_GLUED = re.compile(r"\S+\s+(?:[^\s(),={}']+[\s,]+)?([^\s(),={}']+)\(")
# LTspice's x in a charge or a flux, but not the node of v(x).
_INPUT = re.compile(r"\b[vi]\s*\([^()]*\)|(?<![\w.@#\[])x(?![\w.(#\]])")
# Marking of parts by IEC 60062: the letter replaces the decimal point.
_QUIET = "noiseless"  # of what lies inside, on the card of a C or L
_COPIES = re.compile(r"x(\d+)")
_MARKED = re.compile(r"(\d*)(r|k|meg|m|g|t|u|n|p|f|l)(\d+)")


class Passive(Element):
    """R, C or L.

    Attributes
    ----------
    types : tuple of str
        Types of its models; also the names of its value on a model card.
    of_model : list of str
        Further parameters of a model card that have an effect.
    other_names : mapping of str to str
        Other name → name, for parameters of a model card.
    geometry : str
        Model parameter that makes it a model with geometry.
    listed : mapping of str to tuple of str
        Temperature, its coefficients, a model's value → their names in `.sens`, of the element and of its model.
    always : bool
        Whether geometry decides even if the card gives no size or the model gives a value.
    parameters : str
        Parameters that a card may give.
    sizes : tuple of str
        Those for a model with geometry; the first one makes geometry decide.
    further : tuple of str
        Columns of this letter that a card may give.
    defaults : tuple of str
        Numbers of an element that a model card may give for all its elements, besides temperatures.
    parasitics : tuple of str
        LTspice's parasitic elements that a card may give.
    idle : mapping of str to str
        Parameters without effect that a card may give → reason.
    """

    types: ClassVar[tuple[str, ...]]
    of_model: ClassVar[list[str]]
    other_names: ClassVar[Mapping[str, str]] = {}
    geometry: ClassVar[str] = ""
    always: ClassVar[bool] = False
    parameters: ClassVar[str]
    sizes: ClassVar[tuple[str, ...]] = ("l", "w")
    further: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[tuple[str, ...]] = ("scale",)
    parasitics: ClassVar[tuple[str, ...]] = ()
    idle: ClassVar[Mapping[str, str]] = {}
    listed: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "temp": ("_temp", "_dtemp"),
        "tc1": (":tc1", "_tc1"),
        "tc2": (":tc2", "_tc2"),
    }
    plain = passive = summarised = True
    currents = ("i",)

    @property
    def keywords(self) -> tuple[str, ...]:
        """All that its card may say but the value, under its several names."""
        named = [*self.parameters.split(), *self.parasitics, *self.idle]
        return tuple(dict.fromkeys(name for name in named if name not in {self.main, *self.aliases}))

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read an R, C or L card; one that ends with its nodes is left out, as in ngspice."""
        if len(text.split()) < 4 and len(words(text)) < 4:
            reader.idle(
                origin, f"'{text.split()[0]}' is left out, as in ngspice: it needs two nodes and a value"
            )
            return
        glued = _GLUED.match(text)
        if glued is not None:
            raise CardError(
                f"'{glued[1]}(' begins no node: brackets stand around names, not in them", glued[1]
            )
        card, nodes = self.begin(reader, _PAIR.sub(r"\1,", text), origin)
        name = card.words[0]
        self._flags(reader, card)
        pair_up(card, [*self.parameters.split(), *self.parasitics], 3)
        if self.parasitics:
            nodes = self._inside(reader, card, nodes)
        _spell_out(card)
        given, model = self._value_and_model(reader, card)
        texts = {key: unwrap(value) for key, value in card.pairs.items()}
        if given is None and self.valued_otherwise(reader, card, nodes, texts):
            return
        extras = self.extras(reader, card)
        sizes = {word: _on_mask(word, self._take(reader, card, word)) for word in self.sizes}
        self.check_sizes(reader, card, model, sizes)
        for word, why in self.idle.items():
            if card.pairs.pop(word, None) is not None:
                reader.idle(origin, f"'{word}' of '{name}' has no effect: {why}")
        reader.leftover(card, self.parameters)
        if model is not None:
            self._defaults_of(reader, model, extras)
        by_model = self._from_model(model, extras, sizes) if model is not None else None
        if model is not None:
            extras[MODEL] = float(model.origin)
        if given is not None:
            extras = {name: value for name, value in extras.items() if name not in OF_MODEL}
            given = _marked(reader, card, given)
        value = by_model if given is None else reader.any_value(given)
        if value is None:
            value = self.unsized(reader, card, model, sizes)
        if given is not None and reader.is_signal(value):
            for word in (*self.further, "ic"):
                if extras.get(word) is not None:
                    reader.idle(origin, f"'{word}' of '{name}' has no effect: its value is an expression")
            self.behave(reader, name, nodes, times(unwrap(given), *factors(texts)), texts.get("m"), origin)
            return
        value = _scaled(value, extras)
        reader.row(self.letter, name, nodes, value, origin).set(**extras)

    def check_sizes(self, reader: ElementReader, card: Card, model: ModelCard | None, sizes: Sizes) -> None:
        """Warn of sizes that have no effect."""

    def valued_otherwise(
        self, reader: ElementReader, card: Card, nodes: list[int], texts: dict[str, str]
    ) -> bool:
        """Read a card without a value as another kind of element; False if it is none."""
        return False

    def scaled(self, table: Elements) -> np.ndarray | float:
        """Values of ``scale=``; 1 where it is not given."""
        scale = table.values.get(SCALE)
        return 1.0 if scale is None else np.where(np.isnan(scale), 1.0, scale)

    def related(self, table: Elements, temp: float, tnom: float) -> Iterator[tuple[str, np.ndarray]]:
        """Copies, scale, and temperature with its coefficients, wherever they are given."""
        yield from super().related(table, temp, tnom)
        value = self.stated(table)
        yield "_scale", value / self.scaled(table)
        slopes = temperature_slopes(table, temp, tnom)
        if PLAIN in table.values:
            slopes["plain"] = np.nan_to_num(1.0 / table.values[PLAIN])
        for number, slope in slopes.items():
            for name in self.listed.get(number, ()):
                yield name, value * slope

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card of one element, with a model of its own for values that only model cards can give."""
        given = (name for name in self.rare if name in table.values and name not in ORIGINS)
        values = {name: float(table.values[name][row]) for name in given}
        pairs = [f"{name}={digits(x)}" for name, x in values.items() if not isnan(x) and x != self.rare[name]]
        cards = [*super().write(table, row, words)]
        if pairs:
            model = f"m_{table.names[row]}"
            yield f".model {model} {self.types[0]}({' '.join(pairs)})"
            cards = [*super().write(table, row, [*words, model])]
        yield from cards

    def _flags(self, reader: ElementReader, card: Card) -> None:
        """Read LTspice's words without a value: ``noiseless``, and ``x4`` of a capacitor for four in parallel."""
        for given, start in ((card.words, 4), (card.trailing, 0)):
            for word in given[start:]:
                copies = _COPIES.fullmatch(word) if self.letter == "c" else None
                if (word == "noiseless" or copies) and reader.definition.model(word) is None:
                    given.remove(word)
                    quiet = {"noisy": "0"} if self.letter == "r" else {_QUIET: "1"}
                    card.pairs |= {"m": copies[1]} if copies else quiet

    def _inside(self, reader: ElementReader, card: Card, nodes: list[int]) -> list[int]:
        """Add LTspice's parasitic elements, parallel ones across all else; return the nodes of the element itself."""
        texts = {word: unwrap(card.pairs.pop(word)) for word in self.parasitics if word in card.pairs}
        values = {word: value for word, text in texts.items() if (value := reader.value(text)) != 0.0}
        m = reader.value(unwrap(card.pairs["m"])) if values and "m" in card.pairs else None
        quiet = {"noisy": 0.0} if card.pairs.pop(_QUIET, None) else {}
        name, (plus, minus) = card.words[0], nodes

        def add(word: str, at: int, other: int) -> None:
            reader.row(word[0], f"{word[0]}{name}#{word}", [at, other], values[word], card.origin).set(
                m=m, **(quiet if word[0] == "r" else {})
            )

        for word in ("rpar", "cpar"):
            if word in values:
                add(word, plus, minus)
        for word in ("rser", "lser"):
            if word in values:
                before, plus = plus, reader.definition.inner_node(f"{name}#{word}")
                add(word, before, plus)
                if word == "lser" and "rlshunt" in values:
                    add("rlshunt", before, plus)
        return [plus, minus]

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add an element whose value is an expression in voltages, as a behavioural source."""
        raise NotImplementedError

    def by_geometry(self, given: Mapping[str, Value], sizes: Sizes, extras: Extras) -> Value:
        """Value of an element of a model with geometry; what it consists of may be added to `extras`."""
        raise NotImplementedError

    def unsized(self, reader: ElementReader, card: Card, model: ModelCard | None, sizes: Sizes) -> Value:
        """Value of an element for which neither its card nor its model gives one.

        Raises
        ------
        CardError
        """
        raise CardError(f"'{card.words[0]}' has no value", card.words[0])

    def by_model(self, given: Mapping[str, Value], extras: Extras, sizes: Sizes) -> None:
        """Take further values from a model."""

    def size(self, given: Mapping[str, Value], sizes: Sizes) -> tuple[Value, Value]:
        """Length and width of an element with a model; ngspice's defaults if neither gives them. [m]"""
        length, width = sizes["l"], sizes["w"]
        return (
            given.get("l", 1e-5) if length is None else length,
            given.get("w", given.get("defw", 1e-5)) if width is None else width,
        )

    def _value_and_model(self, reader: ElementReader, card: Card) -> tuple[str | None, ModelCard | None]:
        """Value and model among the words after the nodes, in either order."""
        values: list[str] = []
        model = None
        for position, word in enumerate(card.words[3:]):
            if model is None and reader.definition.model(word) is not None:
                model = self._model(reader, word)
            elif len(values) < 2 and (word[0] in NUMERIC or position == 0):
                if word[0].isalpha() and not may_be_parameter(word):
                    raise CardError(f"'{word}' is neither a value nor a model", word)
                values.append(word)
            else:
                raise unexpected(card.words[0], word)
        value = next((word for word in (self.letter, *self.aliases) if word in card.pairs), None)
        if value is not None:
            values.append(card.pairs.pop(value))
        if len(values) > 1:
            idle, used = values[-2:]
            point = (
                f"; a decimal point is written as in {idle}.{used}" if f"{idle},{used}" in card.text else ""
            )
            reader.idle(
                card.origin, f"'{idle}' of '{card.words[0]}' has no effect: '{used}' comes after it{point}"
            )
        return (values[-1] if values else None), model

    def _model(self, reader: ElementReader, name: str) -> ModelCard:
        """Read a model card; on first use, warn of parameters without effect."""
        known = reader.definition.model(name)
        new = known is not None and known.parameters is None
        kind = f"a{'n' * (self.name[0] in 'aeiou')} {self.name}"
        model = reader.model(name, self.types, kind)
        effective = [*self.types, *self.of_model, *self.other_names, *OWN, *self.defaults]
        effective += TEMPERATURES if reader.deck.dialect.pspice else ()
        for parameter in model.parameters or () if new else ():
            if parameter not in effective:
                near = nearest(parameter, effective)
                reader.idle(model.origin, f"'{parameter}' of model '{name}' has no effect on {kind}{near}")
        return model

    def _defaults_of(self, reader: ElementReader, model: ModelCard, extras: Extras) -> None:
        """Take over what a model card gives for its elements, as ngspice lets it, where the element gives none."""
        names = [(name, name) for name in (*OWN, *self.defaults)]
        names += zip(OWN, TEMPERATURES, strict=True) if reader.deck.dialect.pspice else ()
        for own, of_card in names:
            if extras.get(own) is None:
                extras[own] = (model.parameters or {}).get(of_card)

    def _take(self, reader: ElementReader, card: Card, name: str) -> Value | None:
        """Take a value from the card if this letter allows it."""
        given = name in card.pairs and name in self.parameters.split()
        return reader.take(card, name) if given else None

    def extras(self, reader: ElementReader, card: Card) -> Extras:
        """Temperature coefficients and other numbers beside the value."""
        names = ("tc1", "tc2", "temp", "dtemp", "m", "scale", "ic", *self.further)
        return {name: self._take(reader, card, name) for name in names}

    def _from_model(self, model: ModelCard, extras: Extras, sizes: Sizes) -> Value | None:
        """Return the value that a model gives; add its temperature coefficients and other values to `extras`."""
        given = {self.other_names.get(name, name): value for name, value in (model.parameters or {}).items()}
        for name in ("tc1", "tc2", *(["bv_max"] if "bv_max" in self.further else [])):
            if extras.get(name) is None:
                extras[name] = given.get(name)
        extras["tnom"] = given.get("tnom")
        self.by_model(given, extras, sizes)
        plain = next((given[key] for key in self.types if key in given), None)
        sized = sizes[self.sizes[0]] is not None
        if self.geometry in given and (sized or self.always) and (plain is None or self.always):
            return self.by_geometry(given, sizes, extras)
        extras[PLAIN] = plain
        return plain


def _scaled(value: Value, extras: Extras) -> Value:
    """The value times ``scale=``, which `extras` keep for `.sens`; the resistance in small signals, ``ac=``, too."""
    scale = extras.pop("scale")
    if scale is None:
        return value
    extras[SCALE] = scale
    if (alternating := extras.get("ac")) is not None:
        extras["ac"] = simple(as_expr(alternating) * as_expr(scale))
    return simple(as_expr(value) * as_expr(scale))


def _on_mask(word: str, size: Value | None) -> Value | None:
    """A length or width that a card gives, times option ``scale``."""
    return size if size is None or word not in ("l", "w") else simple(as_expr(size) * symbol(OPTION_SCALE))


def cut(size: Value, given: Mapping[str, Value], by: str, sides: float) -> Expr:
    """A length or width minus the losses of its sides."""
    return as_expr(size) - sides * as_expr(given.get(by, 0.0))


def across(reader: ElementReader, nodes: list[int]) -> str:
    """Voltage between two nodes, as text of an expression."""
    return f"v({','.join(reader.definition.locals[n] for n in nodes)})"


def stored(reader: ElementReader, text: str, input_: str) -> str:
    """LTspice's charge or flux of an element: its ``x`` is the voltage across it, or the current through it."""
    if any("x" in scope.parameters for scope in reader.definition.scopes()):
        return text
    return _INPUT.sub(lambda match: input_ if match[0] == "x" else match[0], text)


def _spell_out(card: Card) -> None:
    """Write ``tc=1m,2u`` as ``tc1=1m tc2=2u``."""
    text = card.pairs.pop("tc", "")
    given = words(text)
    if len(given) > 2:
        raise CardError("tc takes one or two coefficients", text)
    card.pairs |= dict(zip(("tc1", "tc2"), given, strict=False))


def _marked(reader: ElementReader, card: Card, text: str) -> str:
    """Number meant by 4k7 or R47: 4.7k and 0.47 in LTspice; ngspice drops what follows the letter, or a number."""
    match = _MARKED.fullmatch(text)
    if match is None:
        cut = _WITH_REST.fullmatch(text) if number_or_none(text) is None else None
        if cut is None:
            return text
        reader.idle(card.origin, f"'{text}' of '{card.words[0]}' is {cut[1]}, as in ngspice")
        return cut[1]
    whole, letter, part = match.groups()
    scale = "" if letter in "rl" else letter
    if reader.deck.dialect.ltspice:
        return f"{whole or 0}.{part}{scale}"
    if not whole:
        return text
    reader.idle(
        card.origin,
        f"'{text}' of '{card.words[0]}' is {whole}{scale}, as in ngspice; {whole}.{part}{scale} with ngbehavior=lta",
    )
    return f"{whole}{scale}"
