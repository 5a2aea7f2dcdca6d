"""From files to cards: title, comments, continuation lines, case, ``.include`` and ``.lib``.

A card is one logical line in lower case. Its place in the files is one integer, its origin, so that a deck of a
million cards is two lists. The original line is looked up only for an error message.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator, Mapping

from circuitnn._cext.cards import take_lines
from circuitnn.errors import DeckWarning, Fault, NetlistError, nearest
from circuitnn.machine.access import text_of
from circuitnn.machine.text import BOM, lines_of, lowered
from circuitnn.netlist.dialect import USUAL, Dialect
from circuitnn.netlist.excerpts import clipped, place_of
from circuitnn.netlist.library import LARGE, Lines, Offer, Offers, Taken, inserted, places, words_of

CONDITIONS = frozenset((".if", ".elseif", ".else", ".endif"))
MAX_INCLUDE_DEPTH = 50
MAX_INCLUDES = 10_000
MAX_CARDS = 50_000_000
MAX_FAULTS = 50
_FILE = 1 << 32  # an origin is file * _FILE + line

_BLANKS = " \t\v\f"
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_SEPARATOR = re.compile("[\x1c-\x1f\x85\u2028\u2029]")  # blanks in Python, line ends in some programs
_FOREIGN_BLANK = re.compile(r"\s")
_LIKE_A_CARD = re.compile(r"\s*(?:[.+][a-z]*|[a-z]\S*\s+\S+\s+\S)", re.IGNORECASE)
_UNUSUAL = frozenset('=[]?()&%$"!:,')
_PSPICE_COMMENT = re.compile(r";|//")
_COMMENT = re.compile(r"(?:(?<=[\s,])|^)\$|;|//")


def included(origin: int) -> bool:
    """Whether a card stands in a file that the deck includes."""
    return origin >= _FILE


class Sources:
    """The files of a deck, line by line, and the faults found in them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lines: list[list[str] | Lines] = []
        self.faults: list[Fault] = []

    def add(self, name: str, lines: list[str] | Lines) -> int:
        """Add a file; return the origin of its line 0."""
        self.names.append(name)
        self.lines.append(lines)
        return (len(self.names) - 1) * _FILE

    def where(self, origin: int) -> str:
        """``file:line`` of a card."""
        return f"{self.names[origin // _FILE]}:{origin % _FILE}" if origin else ""

    def raw(self, origin: int) -> Iterator[tuple[int, str]]:
        """Line numbers and lines of a card as its author wrote them, continuations included."""
        lines = self.lines[origin // _FILE]
        first = origin % _FILE
        yield first, lines[first - 1]
        for number in range(first, len(lines)):
            start = lines[number].lstrip()[:1]
            if start == "+":
                yield number + 1, lines[number]
            elif start not in ("", "*", "#", "$", ";"):
                return

    def raw_text(self, origin: int) -> str:
        """A card on one line in the case it was written in."""
        return " ".join(text.strip().lstrip("+").strip() for _, text in self.raw(origin))

    def fault(self, origin: int, message: str, token: str = "", offset: int = 0) -> None:
        """Report a fault of a card; the caret points to `token`, `offset` characters on."""
        self.faults.append(self.locate(origin, message, token, offset))
        if len(self.faults) >= MAX_FAULTS:
            self.faults.append(Fault("too many faults; giving up here"))
            raise NetlistError(self.faults)

    def locate(self, origin: int, message: str, token: str = "", offset: int = 0) -> Fault:
        """Create the fault of a card."""
        if not origin:
            return Fault(message)
        file = self.names[origin // _FILE]
        if origin >= _FILE and not _LIKE_A_CARD.match(self.lines[origin // _FILE][origin % _FILE - 1]):
            # A deck may include any file; the message must not show the contents of one that is no netlist.
            return Fault("this line of an included file is not a card", file, origin % _FILE)
        shown = []
        for number, text in self.raw(origin):
            shown.append((number, text.expandtabs(1)))
            place = place_of(text, token) if token else -1
            if place >= 0:
                return Fault(message, file, number, *clipped(shown[-1][1], place + max(offset, 0)))
        number, text = shown[0]
        return Fault(message, file, number, *clipped(text, len(text) - len(text.lstrip())))

    def check(self) -> None:
        """Raise the faults found so far."""
        if self.faults:
            place = {name: k for k, name in enumerate(self.names)}
            raise NetlistError(sorted(self.faults, key=lambda f: (place.get(f.file, -1), f.line)))


def strip_comment(line: str, pspice: bool = False) -> str:
    """Cut an inline comment: ``;``, ``//``, or ``$`` after a blank, except in PSPICE, where names begin with it."""
    match = (_PSPICE_COMMENT if pspice else _COMMENT).search(line)
    return line if match is None else line[: match.start()].rstrip()


class Lexer:
    """Reader of a deck and the files it includes.

    Attributes
    ----------
    title : str
    cards : list of str
        Logical lines in lower case.
    origins : list of int
        Place of each card, see `Sources`.
    control : list of (str, int)
        Lines of control blocks as they are written, and their origins.
    conditional : bool
        Whether the deck has ``.if`` cards.

    Parameters
    ----------
    sources : Sources
    sections : mapping of str to str, optional
        Name of a library file → section to take in place of the one its ``.lib`` cards name; ``"*"``: of any.
    dialect : Dialect
    """

    def __init__(
        self, sources: Sources, sections: Mapping[str, str] | None = None, dialect: Dialect = USUAL
    ) -> None:
        self.sources = sources
        self.dialect = dialect
        self.sections = {lowered(name): lowered(section) for name, section in (sections or {}).items()}
        self.title = ""
        self.cards: list[str] = []
        self.origins: list[int] = []
        self._continued: dict[int, list[str]] = {}
        self._open: list[tuple[str, str]] = []
        self._includes = 0
        self._passed_over = False  # whether some line was
        self._offers: list[Offer] = []
        self._whole = False  # whether large libraries are read as a whole
        self.offered: tuple[str, ...] = ()
        self.control: list[tuple[str, int]] = []
        self.conditional = False

    def read(self, text: str, path: str | None) -> None:
        """Read the main file."""
        lines = lines_of(text) or [""]
        self.title = _title(lines[0])
        self._open.append((os.path.realpath(path) if path else "", ""))
        included = _INCLUDES.match(lines[0]) is not None  # ngspice reads the file, although it is the title
        self._lines(lines, path, self.sources.add(path or "deck", lines), first=0 if included else 1)
        self._join(self.cards)
        if self._offers:
            self._take_offers()

    def _join(self, cards: list[str]) -> None:
        """Join cards and their continuations."""
        for index, parts in self._continued.items():
            cards[index] = " ".join([cards[index], *parts])
        self._continued = {}

    def _offer(self, text: str, path: str, section: str | None) -> bool:
        """Take in a large library but for its definitions; False if all of it must be read."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        found = places(text, section)
        if found is None:
            return False
        base = self.sources.add(path, Lines(text))
        place, number = 0, 0
        for begin, end in found.rest:
            number += text.count("\n", place, begin)
            place = begin
            self._lines(text[begin:end].split("\n"), path, base + number)
        self._offers.append(Offer(len(self.cards), base, path, text, found.definitions))
        return True

    def _take_offers(self) -> None:
        """Insert the definitions that the cards name, and those that these name."""
        offers, known = self._offers, Offers(self._offers)
        self._offers, self._whole = [], True
        self.offered = tuple(known.by_name)
        cards, origins, taken = self.cards, self.origins, []
        wanted = known.wanted(words_of(cards))
        while wanted:
            for number, (begin, end) in wanted:
                offer = offers[number]
                self.cards, self.origins = [], []
                first = offer.base + offer.text.count("\n", 0, begin)
                self._lines(offer.text[begin:end].split("\n"), offer.path, first)
                self._join(self.cards)
                taken.append(Taken(number, begin, self.cards, self.origins))
            wanted = known.wanted(words_of(card for one in taken[-len(wanted) :] for card in one.cards))
        self.cards, self.origins = inserted(cards, origins, offers, taken)

    def _lines(
        self, lines: list[str], path: str | None, base: int, first: int = 0, section: str | None = None
    ) -> None:
        """Take in lines of one file, the first of origin `base` + 1; with `section`, only that section of a library."""
        inside: str | None = "" if section is None else None
        wanted, found, skipping = section or "", section is None, ""
        cards, origins = self.cards, self.origins
        number = first - 1
        while number + 1 < len(lines):
            number += 1
            if not skipping and inside is not None:
                number = take_lines(lines, number, base, cards, origins)
                if number == len(lines):
                    break
            line = lines[number]
            if not line.isprintable():
                line = lines[number] = self._printable(line, base + number + 1, bool(skipping))
            start = line[:1]
            if start <= " ":
                line = line.strip()
                start = line[:1]
            if start in "*#":  # or empty
                continue
            if skipping and inside is not None and lowered(line.split(None, 1)[0]) != skipping:
                self._command(line, base + number + 1)
                continue
            if start in _UNUSUAL and not skipping and inside is not None:
                self._unusual(line, base + number + 1)
                continue
            line = lowered(line)
            if "$" in line or ";" in line or "//" in line:
                line = strip_comment(line, self.dialect.pspice)
                if not line:
                    continue
            if start == ".":
                word = line.split(None, 1)[0]
                origin = base + number + 1
                if skipping:
                    skipping = "" if word == skipping else skipping
                    continue
                if word == ".lib" and _is_section(line):
                    name = line[4:].strip().strip("\"'")
                    if section is None and not _closes(lines, number):  # PSPICE's, of a whole file
                        self._include(word, lines[number], path, origin)
                        continue
                    inside = name if name == wanted and section is not None else None
                    found = found or inside is not None
                    continue
                if word == ".endl":
                    inside = "" if section is None else None
                    continue
                if inside is None:
                    continue
                self.conditional |= word.partition("(")[0] in CONDITIONS
                if word == ".control":
                    skipping = ".endc"
                    continue
                if word == ".end":
                    break
                if word in (".include", ".inc", ".incl", ".lib"):
                    self._include(word, lines[number], path, origin)
                    continue
            elif skipping or inside is None:
                continue
            elif start == "+":
                self._continue(line[1:], base + number + 1)
                continue
            cards.append(line)
            origins.append(base + number + 1)
        if skipping:
            self._warn(
                base + len(lines), "'.control' without '.endc': all that follows is taken for commands"
            )
        if not found:
            raise LookupError(wanted)
        if len(cards) > MAX_CARDS:
            raise NetlistError([*self.sources.faults, Fault(f"more than {MAX_CARDS} cards")])

    def _printable(self, line: str, origin: int, control: bool) -> str:
        """Read a line with other than printable characters and blanks as ngspice does.

        NUL ends a line. A line that begins with a control character (Ctrl-Z) is a comment. Unicode blanks become
        blanks; so do, with a warning, characters that some programs take as line ends.
        """
        line = line.lstrip(BOM)
        body, nul, lost = line.partition("\0")
        if body.lstrip(_BLANKS)[:1] in ("", "*"):
            body = body or "*"
        elif _CONTROL.match(body.lstrip(_BLANKS)):
            body, lost = "*", lost + body
        elif not control and _SEPARATOR.search(strip_comment(body)):
            self._warn(origin, "a character that is not a line end is read as a blank")
        if any(c.isprintable() and c != " " for c in lost):
            self._warn(origin, f"what follows {'NUL' if nul else 'a control character'} is not read")
        return _FOREIGN_BLANK.sub(" ", body)

    def _unusual(self, line: str, origin: int) -> None:
        """Read over a line that begins as no card does, as ngspice; say so for the first one."""
        if line[0] != "$" and not self._passed_over:
            self._passed_over = True
            self._warn(origin, f"lines that begin with '{line[0]}' and the like are not read")

    def _warn(self, origin: int, message: str) -> None:
        warnings.warn(f"{self.sources.where(origin)}: {message}", DeckWarning, stacklevel=2)

    def _command(self, line: str, origin: int) -> None:
        """Take in a line of a control block; ``;`` ends a comment's line, or separates commands."""
        if line.startswith("+") and self.control:
            text, first = self.control[-1]
            self.control[-1] = (f"{text} {line[1:].strip()}", first)
            return
        line = re.sub(r"\s\$\s.*$", "", line)
        self.control += [(part.strip(), origin) for part in line.split(";") if part.strip()]

    def _continue(self, rest: str, origin: int) -> None:
        if not self.cards:
            self.sources.fault(origin, "'+' continues nothing: no card before it", "+")
            return
        self._continued.setdefault(len(self.cards) - 1, []).append(rest)

    def _include(self, word: str, raw: str, path: str | None, origin: int) -> None:
        section = None
        rest = strip_comment(raw.strip())[len(word) :].strip()
        match = re.match(
            r"\"([^\"]*)\"|'([^']*)'|(\S+)" if word == ".lib" else r"\"([^\"]*)\"|'([^']*)'|(.+)", rest
        )
        if match is None:
            self.sources.fault(origin, f"'{word}' needs a file name", word)
            return
        name = next(g for g in match.groups() if g is not None)
        if word == ".lib":
            section = lowered(rest[match.end() :].strip().strip("\"'"))
            if (
                section and self.sections and len(self._open) == 1
            ):  # a library chooses its own sections of others
                section = self.sections.get(lowered(os.path.basename(name)), self.sections.get("*", section))
        where = os.path.dirname(path) if path else ""
        file = os.path.join(where, name)
        self._includes += 1
        problem = self._problem(file, section)
        if not problem:
            try:
                text = text_of(file)
                lines = lines_of(text) if self._whole or len(text) < LARGE else []
            except OSError as error:
                reason = getattr(error, "strerror", None) or str(error)
                problem = f"cannot read '{name}': {reason}{self._near(file)}"
        if not problem and section == "" and _closes(lines or lines_of(text), -1):
            problem = "'.lib' needs a file and a section"
        if problem:
            self.sources.fault(origin, problem, name)
            return
        self._open.append((os.path.realpath(file), section or ""))
        try:
            if lines or not self._offer(
                text.replace("\r\n", "\n").replace("\r", "\n"), file, section or None
            ):
                lines = lines or lines_of(text)
                self._lines(lines, file, self.sources.add(file, lines), section=section or None)
        except LookupError:
            self.sources.fault(origin, f"'{name}' has no section '{section}'", section or "")
        self._open.pop()

    def _problem(self, file: str, section: str | None) -> str:
        if (os.path.realpath(file), section or "") in self._open:
            return f"'{os.path.basename(file)}' includes itself"
        if len(self._open) > MAX_INCLUDE_DEPTH:
            return f"files include each other more than {MAX_INCLUDE_DEPTH} deep"
        if self._includes > MAX_INCLUDES:
            raise NetlistError([*self.sources.faults, Fault(f"more than {MAX_INCLUDES} '.include' cards")])
        return ""

    @staticmethod
    def _near(file: str) -> str:
        try:
            return nearest(os.path.basename(file), os.listdir(os.path.dirname(file) or "."))
        except OSError:
            return ""


_INCLUDES = re.compile(r"\.(?:inc|include|lib)\s", re.IGNORECASE)


def _title(line: str) -> str:
    line = line.strip()
    if lowered(line).startswith(".title"):
        return line[6:].strip()
    return line


def _closes(lines: list[str], number: int) -> bool:
    """Whether an ``.endl`` follows."""
    return any(lowered(line.lstrip()[:5]) == ".endl" for line in lines[number + 1 :])


def _is_section(line: str) -> bool:
    """Whether a ``.lib`` card opens a section: it has one argument; two include a file."""
    rest = line[4:].strip()
    return bool(re.fullmatch(r"\"[^\"]*\"|'[^']*'|\S+", rest))
