"""From text to a `Deck`: scopes, definitions, models, and then their elements."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping

from circuitnn.errors import DeckWarning, Fault, NetlistError, nearest
from circuitnn.later import pattern
from circuitnn.machine.access import text_of
from circuitnn.netlist.analysis_cards import ANALYSES, NOT_YET
from circuitnn.netlist.cards import SplitError, closing, split, unwrap, words
from circuitnn.netlist.definition import GROUND_NAMES, Deck, Definition, ModelCard, Text
from circuitnn.netlist.elaborate import more_faults
from circuitnn.netlist.elements import ElementReader
from circuitnn.netlist.expressions import UserFunction
from circuitnn.netlist.lexer import Lexer, Sources
from circuitnn.netlist.lines import FLAGS
from circuitnn.netlist.parameters import read_parameters
from circuitnn.netlist.reader import CardError, Reader

MAX_NESTING = 50
_FUNCTION = pattern(r"\s*([a-z_]\w*)\s*\(([^()]*)\)\s*=?\s*(.+)$")
_MODEL = pattern(r"(\S+)\s+([a-z_]\w*)\s*(.*)$")
_CONDITION = pattern(r"v\s*\(\s*([^()\s,]+)\s*\)\s*=\s*")
_STATEMENTS = frozenset(
    ".op .dc .ac .noise .tf .sens .pz .arc .tran .step .save .probe .print .plot .four .fourier .meas .measure "
    ".options .option .opt .temp .crossbar".split()
)
_IGNORED = frozenset((".width", ".backanno"))
_STRUCTURE = (
    ".param .if .else .endif .func .subckt .ends .model .global .include .lib .ic .nodeset .end".split()
)


def read(path: str) -> Deck:
    """Read a deck from a file.

    Parameters
    ----------
    path : str

    Returns
    -------
    Deck

    Raises
    ------
    NetlistError
        Also if the file cannot be read.
    """
    path = os.fspath(path)
    try:
        text = text_of(path)
    except OSError as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NetlistError([Fault(f"cannot read '{path}': {reason}")]) from None
    return parse(text, path)


def parse(
    text: str,
    path: str | None = None,
    models: Mapping[str, Mapping[str, float]] | None = None,
    parameters: Mapping[str, float] | None = None,
    sections: Mapping[str, str] | None = None,
) -> Deck:
    """Read a deck.

    Parameters
    ----------
    text : str
        The first line is the title.
    path : str, optional
        Where the text comes from, for messages and for relative ``.include``.
    models : mapping of str to mapping of str to float, optional
        Parameters of model cards that replace what the deck says.
    parameters : mapping of str to float, optional
        Values of top-level parameters that replace the deck's where it has ``.if`` cards.
    sections : mapping of str to str, optional
        Sections of libraries in place of those on ``.lib`` cards, see `Lexer`.

    Returns
    -------
    Deck

    Raises
    ------
    NetlistError
        With every fault found.
    """
    sources = Sources()
    lexer = Lexer(sources, sections)
    lexer.read(text, os.fspath(path) if path is not None else None)
    cards, origins = lexer.cards, lexer.origins
    deck = Deck(lexer.title, sources, Definition("", 0), control=lexer.control)
    if lexer.conditional:
        from circuitnn.netlist.conditions import chosen

        deck.decided_by = dict(parameters or {})
        cards, origins = chosen(cards, origins, sources, deck.decided_by)
    structure = _Structure(deck, models or {})
    structure.read(cards, origins)
    _read_definitions(deck)
    if sources.faults:
        more_faults(deck)
    sources.check()
    return deck


class _Structure:
    """First pass: sorts the cards into definitions."""

    def __init__(self, deck: Deck, models: Mapping[str, Mapping[str, float]]) -> None:
        self.deck = deck
        self.models = models
        self.sources = deck.sources
        self.current = deck.root
        self._readers: dict[str, Callable[[str, int], None]] = {
            ".param": self._parameters,
            ".params": self._parameters,
            ".csparam": self._parameters,
            ".func": self._function,
            ".subckt": self._subcircuit,
            ".macro": self._subcircuit,
            ".ends": self._ends,
            ".eom": self._ends,
            ".model": self._model,
            ".global": self._global,
            ".ic": lambda text, origin: self._condition("ic", text, origin),
            ".nodeset": lambda text, origin: self._condition("nodeset", text, origin),
            ".title": self._title,
        }

    def read(self, cards: list[str], origins: list[int]) -> None:
        done = 0
        dots = [k for k, text in enumerate(cards) if text[0] == "."]
        for at in (*dots, len(cards)):
            self.current.cards += cards[done:at]
            self.current.origins += origins[done:at]
            done = at + 1
            if at == len(cards):
                break
            text, origin = cards[at], origins[at]
            keyword, _, rest = text.partition(" ")
            if "\t" in keyword:
                keyword, _, more = keyword.partition("\t")
                rest = f"{more} {rest}"
            try:
                self._dot(keyword, rest.strip(), origin)
            except (CardError, SplitError) as error:
                self.sources.fault(origin, str(error), error.token, getattr(error, "offset", 0))
        if self.current is not self.deck.root:
            self.sources.fault(
                self.current.origin, f"'.subckt {self.current.name}' has no '.ends'", ".subckt"
            )

    def _dot(self, keyword: str, rest: str, origin: int) -> None:
        read = self._readers.get(keyword)
        if read is not None:
            read(rest, origin)
        elif keyword in _STATEMENTS:
            if self.current is not self.deck.root:
                raise CardError(f"'{keyword}' cannot stand in a subcircuit", keyword)
            self.deck.cards.append((keyword, rest, origin))
        elif keyword in NOT_YET:
            raise CardError(f"'{keyword}' is not supported yet; the analyses are {ANALYSES}", keyword)
        elif keyword not in _IGNORED:
            near = nearest(keyword, [*_STRUCTURE, *sorted(_STATEMENTS), *sorted(NOT_YET)])
            raise CardError(f"unknown card '{keyword}'{near}", keyword)

    def _title(self, text: str, origin: int) -> None:
        self.deck.title = self.sources.raw_text(origin)[6:].strip()

    def _parameters(self, text: str, origin: int) -> None:
        head = text.partition("=")[0]
        if "(" in head and _FUNCTION.match(text):
            self._function(text, origin)
            return
        card = split(text, origin)
        wrong = [*card.words, *card.trailing]
        if wrong or not card.pairs:
            raise CardError("'.param' takes name=value", wrong[0] if wrong else ".param")
        known = self.current.parameters
        for name, value in card.pairs.items():
            if name in known:
                where, first = self.sources.where(origin), self.sources.where(known[name].origin)
                message = f"{where}: '.param {name}' replaces the one at {first}"
                warnings.warn(message, DeckWarning, stacklevel=2)
            known[name] = Text(value, origin)

    def _function(self, text: str, origin: int) -> None:
        match = _FUNCTION.match(text)
        if match is None:
            raise CardError("'.func' takes name(arguments) and then an expression", ".func")
        name, arguments, body = match.groups()
        names = tuple(a.strip() for a in arguments.split(",") if a.strip())
        for argument in names:
            if not argument.isidentifier():
                raise CardError(f"'{argument}' is no name of an argument", argument)
        if len(set(names)) != len(names):
            raise CardError(f"'{name}' has two arguments of one name", name)
        self.current.functions[name] = UserFunction(name, names, unwrap(body.strip()))

    def _subcircuit(self, text: str, origin: int) -> None:
        card = split(text, origin)
        fields = [w for w in card.words if w != "params:"]
        if not fields:
            raise CardError("'.subckt' needs a name", ".subckt")
        name, ports = fields[0], fields[1:]
        definition = Definition(name, origin, self.current, ports)
        for word in card.trailing:
            raise CardError(f"'{word}' is no parameter of the form name=value", word)
        for key, value in card.pairs.items():
            definition.header[key] = Text(value, origin)
        for port in ports:
            if port in GROUND_NAMES:
                raise CardError(f"port '{port}' is ground", port)
            if port in definition.index:
                raise CardError(f"port '{port}' stands twice in '.subckt {name}'", port)
            definition.node(port)
        known = self.current.definitions.get(name)
        depth = sum(1 for _ in definition.scopes())
        if depth > MAX_NESTING:
            raise NetlistError(
                [*self.sources.faults, self.sources.locate(origin, "definitions are nested too deep")]
            )
        self.current.definitions.setdefault(name, definition)
        self.current = definition
        if known is not None:
            raise CardError(
                f"'.subckt {name}' is defined twice, first at {self.sources.where(known.origin)}", name
            )

    def _ends(self, text: str, origin: int) -> None:
        if self.current.parent is None:
            raise CardError("'.ends' without '.subckt'", ".ends")
        ended, self.current = self.current, self.current.parent
        if text and text.split()[0] != ended.name:
            raise CardError(f"'.ends {text}' ends '.subckt {ended.name}'", text.split()[0])

    def _model(self, text: str, origin: int) -> None:
        match = _MODEL.match(text)
        if match is None:
            raise CardError("'.model' takes a name, a type and parameters", ".model")
        name, type_, rest = match.groups()
        rest = rest.strip()
        if rest.startswith("("):
            end = closing(rest, 0)
            if end == len(rest) - 1:
                rest = rest[1:-1]
        known = self.current.models.get(name)
        if known is not None:
            raise CardError(
                f"model '{name}' is defined twice, first at {self.sources.where(known.origin)}", name
            )
        card = split(rest, origin)
        for word in (*card.words, *card.trailing):
            if type_ == "ltra" and word in FLAGS:
                continue
            raise CardError(f"'{word}' is no parameter of the form name=value", word)
        changed = {key: repr(float(value)) for key, value in self.models.get(name, {}).items()}
        self.current.models[name] = ModelCard(name, type_, self.current, card.pairs | changed, origin)

    def _global(self, text: str, origin: int) -> None:
        self.deck.globals += [g for g in words(text) if g not in self.deck.globals]

    def _condition(self, kind: str, text: str, origin: int) -> None:
        self.current.initial.append((kind, Text(text, origin)))


def _read_definitions(deck: Deck) -> None:
    """Second pass: elements of the top level and of all that is used."""
    done: set[int] = set()
    waiting = [deck.root]
    while waiting:
        definition = waiting.pop()
        if id(definition) in done:
            continue
        done.add(id(definition))
        reader = ElementReader(deck, definition)
        read_parameters(definition, reader)
        reader.read()
        for kind, text in definition.initial:
            _read_conditions(reader, definition, kind, text)
        waiting += [calls.callee for calls in definition.calls.values()]


def _read_conditions(reader: Reader, definition: Definition, kind: str, text: Text) -> None:
    """``v(node)=value`` of ``.ic`` and ``.nodeset``."""
    matches = list(_CONDITION.finditer(text.text))
    ends = [*(m.start() for m in matches[1:]), len(text.text)]
    try:
        if not matches or text.text[: matches[0].start()].strip():
            raise CardError(f"'.{kind}' takes v(node)=value", f".{kind}")
        for match, end in zip(matches, ends, strict=True):
            value = text.text[match.end() : end].strip().rstrip(",").rstrip()
            if not value:
                raise CardError(f"'.{kind} v({match.group(1)})=' has no value", match.group(1))
            node = reader.reference(match.group(1), text.origin)
            definition.conditions.append((kind, node, reader.value(value), text.origin))
    except CardError as error:
        reader.sources.fault(text.origin, str(error), error.token, error.offset)
