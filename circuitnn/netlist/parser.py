"""From text to a `Deck`: first scopes, definitions and models, then elements."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise

from circuitnn.elements.card import Card, CardError, mask, split, unwrap, words
from circuitnn.errors import DeckWarning, Fault, NetlistError, nearest
from circuitnn.machine.access import text_of
from circuitnn.netlist import doubtful_numbers, foreign_cards, model_cards, subcircuit_parameters
from circuitnn.netlist.definition import EVERYWHERE, GROUND_NAMES, Complaints, Deck, Definition, Text
from circuitnn.netlist.dialect import dialect
from circuitnn.netlist.elaborate import more_faults
from circuitnn.netlist.element_currents import sense
from circuitnn.netlist.elements import ElementReader
from circuitnn.netlist.language import BODILESS, FUNCTION, read_function
from circuitnn.netlist.lexer import Lexer
from circuitnn.netlist.library import BEGINNINGS, ENDS
from circuitnn.netlist.origins import Sources
from circuitnn.netlist.reader import Reader, read_parameters
from circuitnn.registry.analyses import ANALYSES

MAX_NESTING = 50
HEADINGS = ("params:", "optional:")  # begin a subcircuit's parameters, and optional nodes of digital parts
_EVERYWHERE = re.compile(r"\s*all\s*=\s*(.+)")
_CONDITION = re.compile(
    r"(?:v\s*\(\s*([^()\s,]+)\s*\)|(@[^\s=\[\]]+\[\w+\]|i\s*\(\s*[^()\s,]+\s*\)))\s*=?\s*"
)
_UNPAIRED, _BLANK = re.compile(r"\s*([a-z_]\w*)\s+(\S.*?)\s*"), re.compile(r"\s+")
_CURRENT = re.compile(r"i\s*\(\s*(.+?)\s*\)")
_STATEMENTS = frozenset(
    ".step .save .probe .print .plot .four .fourier .meas .measure "
    ".options .option .opt .temp .crossbar .data .hb .lin".split()
)
_IGNORED = frozenset(
    (*".width .backanno .prot .protect .unprot .unprotect .enddata".split(), *foreign_cards.PARTS)
)
_STRUCTURE = (
    ".param .if .else .endif .func .subckt .ends .model .global .include .lib .ic .nodeset .end".split()
)
KEYWORDS = frozenset((*_STRUCTURE, *_STATEMENTS, *_IGNORED))


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
        raise NetlistError([Fault(f"cannot read '{path}': {error.strerror or error}")]) from None
    return parse(text, path)


def parse(
    text: str,
    path: str | None = None,
    models: Mapping[str, Mapping[str, float]] | None = None,
    parameters: Mapping[str, float] | None = None,
    sections: Mapping[str, str] | None = None,
    behaviour: str = "",
) -> Deck:
    """Read a deck.

    Parameters
    ----------
    text : str
        The first line is the title.
    path : str, optional
        Where the text comes from, for messages and for relative ``.include``.
    models : mapping of str to mapping of str to float, optional
        Parameters of model cards that replace those in the deck.
    parameters : mapping of str to float, optional
        Values of top-level parameters that replace the deck's where it has ``.if`` cards.
    sections : mapping of str to str, optional
        Sections of libraries in place of those on ``.lib`` cards, see `Lexer`.
    behaviour : str
        ngspice's ``ngbehavior``, see `circuitnn.netlist.dialect`; empty: what the deck's options say.

    Returns
    -------
    Deck

    Raises
    ------
    NetlistError
        With every fault found.
    """
    sources = Sources()
    rules = dialect(behaviour, text)
    lexer = Lexer(sources, sections, rules)
    lexer.read(text, os.fspath(path) if path is not None else None)
    cards, origins = lexer.cards, lexer.origins
    deck = Deck(
        lexer.title, sources, Definition("", 0), control=lexer.control, dialect=rules, offered=lexer.offered
    )
    if lexer.conditional:
        from circuitnn.netlist.instance_branches import chosen

        deck.decided_by = dict(parameters or {})
        cards, origins = chosen(cards, origins, sources, deck.decided_by)
    if any("osdi" in line for line, _ in deck.control):
        from circuitnn.netlist.native_modules import tell_native  # few decks ask for it

        tell_native(deck, os.path.dirname(path or ""))
    structure = _Structure(deck, models or {})
    structure.read(cards, origins)
    structure.translate()
    foreign_cards.declare_stepped(deck)
    if any(keyword == ".probe" for keyword, _, _ in deck.root.statements):
        from circuitnn.netlist.probe_card import measured_instances  # few decks ask for it

        deck.measured = measured_instances(deck.root.statements)
    _read_definitions(deck)
    _tell_unused(deck)
    doubtful_numbers.tell(deck, text, lexer.cards, lexer.origins)
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
        self._complaints = deck.root.complaints  # collects faults of the current card
        self._readers: dict[str, Callable[[str, int], None]] = {
            ".param": self._parameters,
            ".params": self._parameters,
            ".global_param": self._parameters,
            ".parameter": self._parameters,
            ".preprocess": self._preprocessing,
            ".csparam": self._shared_parameters,
            **dict.fromkeys((".func", ".function"), self._function),
            **dict.fromkeys(BEGINNINGS, self._subcircuit),
            **dict.fromkeys(ENDS, self._ends),
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
            if keyword.startswith(".temp="):
                keyword, rest = ".temp", f"{keyword[5:]} {rest}"
            self._complaints = self.current.complaints
            try:
                self._dot(keyword, rest.strip(), origin)
            except CardError as error:
                self._complain(origin, error)
        if self.current is not self.deck.root:
            self.sources.fault(
                self.current.origin, f"'.subckt {self.current.name}' has no '.ends'", ".subckt"
            )

    def translate(self) -> None:
        """Write analyses of other simulators as those here."""
        if not any(keyword in (".hb", ".lin", ".sens") for keyword, _, _ in self.deck.root.statements):
            return
        from circuitnn.netlist import xyce_cards  # few decks have one

        xyce_cards.translate(self.deck, partial(self._remark, self.deck.root.complaints), self._complain)

    def _complain(self, origin: int, error: CardError) -> None:
        """Report a fault: to the deck if the card is at the top level, else to its definition or model."""
        fault = str(error), error.token, error.offset
        if self._complaints is self.deck.root.complaints:
            self.sources.fault(origin, *fault)
        else:
            self._complaints.faults.append(self.sources.locate(origin, *fault))

    def _remark(self, complaints: Complaints, origin: int, message: str) -> None:
        complaints.remarks.append(f"{self.sources.where(origin)}: {message}")

    def _dot(self, keyword: str, rest: str, origin: int) -> None:
        read = self._readers.get(".ends" if keyword.startswith(".ends") else keyword)
        if read is not None:
            read(rest, origin)
        elif keyword in _STATEMENTS or keyword[1:] in ANALYSES:
            if self.current is not self.deck.root:
                message = (
                    f"'{keyword}' in '.subckt {self.current.name}' acts on the whole deck, as in ngspice"
                )
                self._remark(self._complaints, origin, message)
            self.current.statements.append((keyword, rest, origin))
        elif keyword in foreign_cards.WITHOUT_EFFECT:
            message = f"'{keyword}' has no effect: {foreign_cards.WITHOUT_EFFECT[keyword]}"
            self._remark(self._complaints, origin, message)
        elif keyword in foreign_cards.INSTEAD:
            raise CardError(f"'{keyword}' is not supported: {foreign_cards.INSTEAD[keyword]}", keyword)
        elif keyword == ".endc":
            message = "'.endc' ends no '.control' and is not read, as in ngspice"
            self._remark(self._complaints, origin, message)
        elif keyword not in _IGNORED:
            analyses = [f".{name}" for name in ANALYSES]
            near = nearest(keyword, [*_STRUCTURE, *sorted(_STATEMENTS), *analyses])
            raise CardError(f"unknown card '{keyword}'{near}", keyword)

    def _preprocessing(self, text: str, origin: int) -> None:
        self._remark(
            self._complaints,
            origin,
            f"'.preprocess {text}' of Xyce has no effect: of names, 'gnd' is ground; no element is removed or added",
        )

    def _title(self, text: str, origin: int) -> None:
        self.deck.title = self.sources.raw_text(origin)[6:].strip()

    def _parameters(self, text: str, origin: int) -> None:
        head = text.partition("=")[0]
        if "(" in head and FUNCTION.match(text):
            self._function(text, origin)
            return
        card = split(_paired(text), origin)
        self._without_values(".param", card, origin)
        known = self.current.parameters
        for name, value in card.pairs.items():
            if name in known:
                first = self.sources.where(known[name].origin)
                self.sources.warn(origin, f"'.param {name}' replaces the one at {first}")
            known[name] = Text(value, origin)

    def _without_values(self, keyword: str, card: Card, origin: int) -> None:
        """Warn of words that are no ``name=value``; a parameter without a value is a fault where it is used."""
        for word in (*card.words, *card.trailing) or (() if card.pairs else ("",)):
            shown = f"'{word}' on '{keyword}'" if word else f"this '{keyword}'"
            self._remark(self._complaints, origin, f"{shown} has no effect: it takes name=value")

    def _shared_parameters(self, text: str, origin: int) -> None:
        card = split(text, origin)
        pairs = card.pairs
        self._without_values(".csparam", card, origin)
        self.deck.shared += pairs
        # .csparam x={x} hands a parameter over
        others = [name for name, value in pairs.items() if unwrap(value).strip() != name]
        if others:
            self._parameters(" ".join(f"{name}={pairs[name]}" for name in others), origin)

    def _function(self, text: str, origin: int) -> None:
        if BODILESS.fullmatch(text):
            self._remark(self._complaints, origin, f"'.func {text}' has no effect: no expression follows")
            return
        function = read_function(text)
        self.current.functions[function.name] = function

    def _subcircuit(self, text: str, origin: int) -> None:
        depth = sum(1 for _ in self.current.scopes())
        if depth > MAX_NESTING:
            raise NetlistError(
                [*self.sources.faults, self.sources.locate(origin, "definitions are nested too deep")]
            )
        outer, name = self.current, text.split(None, 1)[0] if text else ""
        definition = self.current = Definition(name, origin, outer)
        self._complaints = definition.complaints
        known = outer.definitions.setdefault(name, definition)
        if known is not definition:
            first = self.sources.where(known.origin)
            self._remark(
                known.complaints, origin, f"this '.subckt {name}' is ignored: the one at {first} is used"
            )
        if not name:
            self._complaints = outer.complaints
            raise CardError("'.subckt' needs a name", ".subckt")
        self._header(definition, text, origin)

    def _header(self, definition: Definition, text: str, origin: int) -> None:
        """Ports and parameters of a ``.subckt`` card."""
        card = split(text, origin)
        definition.ports = [w for w in card.words[1:] if w not in HEADINGS]
        for word in card.trailing:
            if word not in HEADINGS:
                raise CardError(f"'{word}' is not a parameter of the form name=value", word)
        for key, value in card.pairs.items():
            definition.header[key] = Text(value, origin)
        for port in definition.ports:
            if port not in definition.index:
                definition.node(port)
                continue
            if port not in GROUND_NAMES:  # of which X cards tell where they connect something else
                message = (
                    f"port '{port}' stands twice in '.subckt {definition.name}'; the later one leads nowhere"
                )
                self._remark(definition.complaints, origin, message)
            definition.locals.append(f"{port} (port)")

    def _ends(self, text: str, origin: int) -> None:
        if self.current.parent is None:
            raise CardError("'.ends' without '.subckt'", ".ends")
        ended, self.current = self.current, self.current.parent
        if text and text.split()[0] != ended.name:
            self._remark(ended.complaints, origin, f"'.ends {text}' ends '.subckt {ended.name}'")

    def _model(self, text: str, origin: int) -> None:
        model, rest = model_cards.read_card(text, origin, self.current)
        model.type = self.sources.modules.get(model.type, model.type)
        known = self.current.models.setdefault(model.name, model)
        self._complaints = model.complaints
        if known is not model:
            first = self.sources.where(known.origin)
            self._remark(
                known.complaints, origin, f"this model '{model.name}' is ignored: the one at {first} is used"
            )
            return
        remark = partial(self._remark, model.complaints, origin)
        model_cards.read_parameters(model, rest, self.deck.dialect, remark)
        changed = {key: repr(float(value)) for key, value in self.models.get(model.name, {}).items()}
        model.texts, model.altered = model.texts | changed, frozenset(changed)
        if self.sources.modules:
            from circuitnn.netlist.module_cards import replaced  # few decks load modules

            replaced(model, self.sources)

    def _global(self, text: str, origin: int) -> None:
        known = (*GROUND_NAMES, *self.deck.globals)
        self.deck.globals += dict.fromkeys(name for name in words(text) if name not in known)

    def _condition(self, kind: str, text: str, origin: int) -> None:
        self.current.initial.append((kind, Text(text, origin)))


def _tell_unused(deck: Deck) -> None:
    """Warn, in one sentence, of faults in parts that the deck does not use."""
    faults: list[Fault] = []
    for definition in deck.root.everything():
        faults += definition.complaints.faults
        for model in definition.models.values():
            faults += model.complaints.faults
    if not faults:
        return
    first = min(faults, key=lambda fault: (fault.file, fault.line))
    others = f"; {len(faults) - 1} more such faults" if len(faults) > 1 else ""
    message = f"{first.file}:{first.line}: {first.message} (and no element uses it{others})"
    warnings.warn(message, DeckWarning, stacklevel=2)


def _read_definitions(deck: Deck) -> None:
    """Second pass: elements of the top level and of all definitions in use."""
    done: set[int] = set()
    waiting, readers = [deck.root], list[Reader]()
    while waiting:
        definition = waiting.pop()
        if id(definition) in done:
            continue
        done.add(id(definition))
        definition.complaints.raise_in(deck.sources)
        deck.cards += definition.statements
        reader = ElementReader(deck, definition)
        read_parameters(reader)
        reader.read()
        for kind, text in definition.initial:
            _read_conditions(reader, definition, kind, text)
        waiting += [calls.callee for calls in definition.calls.values()]
        readers.append(reader)
    subcircuit_parameters.settle([reader.definition for reader in readers], deck.sources)
    sense(readers)


def _paired(text: str) -> str:
    """LTspice's ``.param a 1 b {2*a}`` or ``.param a max(1, b)`` with equals signs."""
    match = _UNPAIRED.fullmatch(text)
    if match is None or "=" in text:
        return text
    fields = [text[a:b] for a, b in pairwise([0, *(m.end() for m in _BLANK.finditer(mask(text))), len(text)])]
    if len(fields) % 2 == 0 and all(name.strip().isidentifier() for name in fields[::2]):
        return " ".join(f"{a.strip()}={b.strip()}" for a, b in zip(fields[::2], fields[1::2], strict=True))
    return f"{match[1]}={match[2]}"


def _read_conditions(reader: Reader, definition: Definition, kind: str, text: Text) -> None:
    """``v(node)=value`` of ``.ic`` and ``.nodeset``."""
    every = _EVERYWHERE.fullmatch(text.text) if kind == "nodeset" else None
    if every is not None:
        definition.conditions.append((kind, EVERYWHERE, reader.value(every[1]), text.origin))
        return
    matches = list(_CONDITION.finditer(text.text))
    ends = [*(m.start() for m in matches[1:]), len(text.text)]
    if not text.text.strip():
        reader.idle(text.origin, f"'.{kind}' has no effect: it names no node")
        return
    try:
        if not matches or text.text[: matches[0].start()].strip():
            also = ", i(inductor)=value and @device[state]=value" if kind == "ic" else ""
            raise CardError(f"'.{kind}' takes v(node)=value{also}", f".{kind}")
        for match, end in zip(matches, ends, strict=True):
            value = text.text[match.end() : end].strip().rstrip(",").rstrip()
            if not value and match.group(1) and "=" not in match.group():
                reader.idle(
                    text.origin,
                    f"'{match.group().strip()}' on '.{kind}' has no value: it is 0, as in ngspice",
                )
                value = "0"
            if not value:
                word = match.group(1) or match.group(2)
                raise CardError(f"'.{kind} {match.group().rstrip()}' has no value", word)
            if match.group(2):
                if kind != "ic" or definition is not reader.deck.root:
                    raise CardError(
                        "states of devices and currents have initial values on '.ic' cards at the top level",
                        match.group(2),
                    )
                whose = _CURRENT.fullmatch(match.group(2))
                given = definition.states if whose is None else definition.currents
                given.append((whose[1] if whose else match.group(2), reader.value(value), text.origin))
                continue
            node = reader.hint(match.group(1), text.origin)
            if node == 0:
                reader.idle(text.origin, f"'.{kind} {match.group()}{value}' has no effect: ground is 0 V")
            definition.conditions.append((kind, node, reader.value(value), text.origin))
    except CardError as error:
        reader.sources.fault(text.origin, str(error), error.token, error.offset)
