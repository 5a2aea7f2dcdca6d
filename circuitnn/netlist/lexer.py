"""From files to cards: title, comments, continuation lines, case, ``.include`` and ``.lib``.

A card is one logical line in lower case. Its place in the files is one integer, its origin (origins.py), so that a
deck of a million cards is two lists.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from circuitnn._cext.cards import take_lines
from circuitnn.elements.card import CardError
from circuitnn.errors import Fault, ModelFileError, NetlistError
from circuitnn.machine.access import similar, text_of
from circuitnn.machine.text import BOM, lines_of, lowered
from circuitnn.netlist.dialect import USUAL, Dialect
from circuitnn.netlist.library import LARGE, Lines, Offer, Offers, Taken, inserted, places, words_of
from circuitnn.netlist.origins import Sources

CONDITIONS = frozenset((".if", ".elseif", ".else", ".endif"))
MAX_INCLUDE_DEPTH = 50
MAX_INCLUDES = 10_000
MAX_CARDS = 50_000_000

_BLANKS = " \t\v\f"
_COMMAND = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^;])+")  # up to a semicolon outside quotes
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f\x7f]")
_AFTER_NUMBER = re.compile(r"((?:^|[\s=,(])[-+]?\.?\d[\w.+-]*)[\x01-\x08\x0e-\x1f\x7f][^\s=,()]*")
_SEPARATOR = re.compile("[\x1c-\x1f\x85\u2028\u2029]")  # blanks in Python, line ends in some programs
_FOREIGN_BLANK = re.compile(r"\s")
_UNUSUAL = frozenset('=[]?()&%$"!:,')
_PSPICE_COMMENT = re.compile(r";|//")
_COMMENT = re.compile(r"(?:(?<=[\s,])|^)\$|;|//")
INCLUDING = (".include", ".inc", ".incl", ".lib")
MODULES = (".hdl", ".va")  # cards that load Verilog-A files
_INCLUDES = re.compile(rf"(?:{'|'.join(map(re.escape, INCLUDING))})\s", re.IGNORECASE)
_QUOTED = r"\"([^\"]*)\"|'([^']*)'|"
_FILE = re.compile(_QUOTED + r"(.+)")
_LIBRARY = re.compile(_QUOTED + r"(\S+)")  # a section may follow
_MODULE_FILE = re.compile(_QUOTED + r"(.+?)(?=\s+\w+\s*=|\s*$)")  # a level may follow


def strip_comment(line: str, pspice: bool = False) -> str:
    """Cut an inline comment: ``;``, ``//``, or ``$`` after a blank, except in PSPICE, where names begin with it."""
    match = (_PSPICE_COMMENT if pspice else _COMMENT).search(line)
    return line if match is None else line[: match.start()].rstrip()


class _Part:
    """The part of a file that is read: all of it or one section of a library, without control blocks."""

    def __init__(self, section: str | None) -> None:
        self.section = section
        self.inside = self.found = section is None
        self.until = ""  # the card that ends a control block

    @property
    def reads(self) -> bool:
        """Whether the current line belongs to the deck."""
        return self.inside and not self.until

    def enter(self, name: str) -> None:
        """A section begins."""
        self.inside = name == self.section
        self.found |= self.inside

    def leave(self) -> None:
        """A section ends."""
        self.inside = self.section is None


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
        Name of a library file → section to take in place of the one on its ``.lib`` cards; ``"*"``: any library.
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
        self._passed_over = False  # whether a line was skipped
        self._offers: list[Offer] = []
        self._whole = False  # whether large libraries are read as a whole
        self.offered: tuple[str, ...] = ()
        self.control: list[tuple[str, int]] = []
        self.conditional = False

    def read(self, text: str, path: str | None) -> None:
        """Read the main file."""
        lines = _rows(text) or [""]
        self.title = _title(lines[0])
        self._open.append((os.path.realpath(path) if path else "", ""))
        included = _INCLUDES.match(lines[0]) is not None  # ngspice reads it, although it is the title
        self._lines(lines, path, self.sources.add(path or "deck", lines), first=0 if included else 1)
        self._join(self.cards)
        if self._offers:
            self._take_offers()

    def _join(self, cards: list[str]) -> None:
        """Join cards and their continuations."""
        for index, parts in self._continued.items():
            cards[index] = " ".join([cards[index], *parts])
        self._continued = {}

    def _offer(self, text: str, path: str, section: str | None, origin: int) -> bool:
        """Read a large library except its definitions; False if all of it must be read."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        located = places(text, section)
        if located is None:
            return False
        base = self.sources.add(path, Lines(text), origin)
        place, number = 0, 0
        for begin, end in located.rest:
            number += text.count("\n", place, begin)
            place = begin
            self._lines(text[begin:end].split("\n"), path, base + number)
        self._offers.append(Offer(len(self.cards), base, path, text, located.definitions))
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
            wanted = known.wanted(words_of(card for new in taken[-len(wanted) :] for card in new.cards))
        self.cards, self.origins = inserted(cards, origins, offers, taken)

    def _lines(
        self, lines: list[str], path: str | None, base: int, first: int = 0, section: str | None = None
    ) -> None:
        """Read lines of one file, the first of origin `base` + 1; with `section`, only that section of a library."""
        part, number = _Part(section), first
        while number < len(lines):
            if part.reads:
                number = take_lines(lines, number, base, self.cards, self.origins)
                if number == len(lines):
                    break
            if not self._line(lines, number, base + number + 1, path, part):
                self._after_end(lines, number + 1, base, path, part)
                break
            number += 1
        if part.until:
            message = "'.control' without '.endc': all that follows is taken for commands"
            self.sources.warn(base + len(lines), message)
        if not part.found:
            raise LookupError(section)
        if len(self.cards) > MAX_CARDS:
            raise NetlistError([*self.sources.faults, Fault(f"more than {MAX_CARDS} cards")])

    def _after_end(self, lines: list[str], first: int, base: int, path: str | None, part: _Part) -> None:
        """Read the control blocks behind ``.end``, and warn if there are cards."""
        unread = 0
        for number in range(first, len(lines)):
            line = lines[number].strip()
            if part.until or lowered(line[:8]) == ".control":
                self._line(lines, number, base + number + 1, path, part)
            elif line and line[0] not in "*#" and lowered(line[:4]) != ".end":
                unread = unread or base + number + 1
        if unread:
            self.sources.warn(
                unread, "'.end' ends the circuit: what follows is not read, except control blocks"
            )

    def _line(self, lines: list[str], number: int, origin: int, path: str | None, part: _Part) -> bool:
        """Read a line; return whether others may follow."""
        line = lines[number]
        if not line.isprintable():
            line = lines[number] = self._printable(line, origin, bool(part.until))
        if line[:1] <= " ":
            line = line.strip()
        start = line[:1]
        if start in "*#":  # or empty
            return True
        if part.inside and part.until and lowered(line[: len(part.until)]) != part.until:
            self._command(line, origin)
            return True
        if part.reads and start in _UNUSUAL:
            self._unusual(line, origin)
            return True
        line = lowered(line)
        if "$" in line or ";" in line or "//" in line:
            line = strip_comment(line, self.dialect.pspice)
        if start == "." and line:
            return self._dot_line(line, lines, number, origin, path, part)
        if part.reads and start == "+" and line:
            self._continue(line[1:], origin)
        elif part.reads and line:
            self.cards.append(line)
            self.origins.append(origin)
        return True

    def _dot_line(
        self, line: str, lines: list[str], number: int, origin: int, path: str | None, part: _Part
    ) -> bool:
        """Read a line that begins with a dot; return whether others may follow."""
        word = line.split(None, 1)[0]
        if part.until:
            part.until = "" if word.startswith(part.until) else part.until
        elif word == ".lib" and _is_section(line):
            if part.section is None and not _closes(lines, number):  # PSPICE's .lib of a whole file
                self._include(word, lines[number], path, origin)
            else:
                part.enter(line[4:].strip().strip("\"'"))
        elif word == ".endl":
            part.leave()
        elif part.inside:
            self.conditional |= word.partition("(")[0] in CONDITIONS
            if word.startswith(".control"):  # as ngspice, which reads no further
                part.until = ".endc"
            elif word in INCLUDING or word in MODULES:
                self._include(word, lines[number], path, origin)
            elif word == ".end":
                return False
            else:
                self.cards.append(line)
                self.origins.append(origin)
        return True

    def _printable(self, line: str, origin: int, control: bool) -> str:
        """Clean a line with unprintable characters or foreign blanks as ngspice reads it.

        NUL ends a line. A line that begins with a control character (Ctrl-Z) is a comment. One behind a number is read
        over, as a unit is. Unicode blanks become blanks; so do, with a warning, characters that some programs take as
        line ends.
        """
        line = line.lstrip(BOM)
        body, nul, lost = line.partition("\0")
        if body.lstrip(_BLANKS)[:1] in ("", "*"):
            body = body or "*"
        elif _CONTROL.match(body.lstrip(_BLANKS)):
            body, lost = "*", lost + body
        elif not control and _SEPARATOR.search(strip_comment(body)):
            self.sources.warn(origin, "a character that is not a line end is read as a blank")
        if any(c.isprintable() and c != " " for c in lost):
            self.sources.warn(origin, f"what follows {'NUL' if nul else 'a control character'} is not read")
        if _CONTROL.search(body) and not control:
            body, numbers = _AFTER_NUMBER.subn(r"\1", body)
            if numbers:
                message = "a control character ends a number; the rest of its word is not read"
                self.sources.warn(origin, message)
        return _FOREIGN_BLANK.sub(" ", body)

    def _unusual(self, line: str, origin: int) -> None:
        """Skip a line whose first character begins no card, as ngspice does; warn of the first one."""
        if line[0] != "$" and not self._passed_over:
            self._passed_over = True
            self.sources.warn(origin, f"lines that begin with '{line[0]}' and the like are not read")

    def _command(self, line: str, origin: int) -> None:
        """Read a line of a control block; ``;`` outside quotes begins a comment, as in ngspice."""
        if line.startswith("+") and self.control:
            text, first = self.control[-1]
            self.control[-1] = (f"{text} {line[1:].strip()}", first)
            return
        line = re.sub(r"\s\$\s.*$", "", line).replace("\N{MICRO SIGN}", "u")  # as in ngspice, also in text
        command = _COMMAND.match(line)
        if command is not None and command.group().strip():
            self.control.append((command.group().strip(), origin))

    def _continue(self, rest: str, origin: int) -> None:
        if not self.cards:
            self.sources.warn(origin, "'+' continues nothing, as no card is before it: the line is not read")
            return
        self._continued.setdefault(len(self.cards) - 1, []).append(rest)

    def _include(self, word: str, raw: str, path: str | None, origin: int) -> None:
        """Read the file, or the section of a library, that a card names."""
        rest = strip_comment(raw.strip())[len(word) :].strip()
        pattern = _LIBRARY if word == ".lib" else _MODULE_FILE if word in MODULES else _FILE
        match = pattern.match(rest)
        if match is None:
            self.sources.fault(origin, f"'{word}' needs a file name", word)
            return
        name = next(group for group in match.groups() if group is not None)
        section = self._section(name, rest[match.end() :]) if word == ".lib" else ""
        folder = os.path.dirname(path or "")
        if match.lastindex == 3 and not os.path.exists(os.path.join(folder, name)):
            name = self._first_word(name, word, origin)
        if "\\" in name and not os.path.exists(os.path.join(folder, name)):
            name = name.replace("\\", "/")  # as Windows separates folders
        file = os.path.join(folder, name)
        self._includes += 1
        problem, text = self._problem(file, section), ""
        if not problem:
            try:
                text = text_of(file)
            except OSError as error:
                problem = f"cannot read '{name}': {error.strerror or error}{similar(file)}"
        if not problem and word == ".lib" and not section and _closes(lines_of(text), -1):
            problem = "'.lib' needs a file and a section"
        if problem:
            self.sources.fault(origin, problem, name)
            return
        if word in MODULES:
            self._load(file, rest[match.end() :], origin)
            return
        self._open.append((os.path.realpath(file), section))
        try:
            self._included(text, file, section or None, origin)
        except LookupError:
            self.sources.fault(origin, f"'{name}' has no section '{section}'", section)
        self._open.pop()

    def _load(self, file: str, rest: str, origin: int) -> None:
        """Load the modules of a Verilog-A file: text, of which nothing is run."""
        from circuitnn.models import catalogue, may_be_of_package
        from circuitnn.netlist.module_cards import instead_of_spice, read_levels
        from circuitnn.veriloga.library import load_for_deck  # few decks have one
        from circuitnn.veriloga.source import VerilogAError

        try:
            modules = load_for_deck(file)
            self.sources.modules |= modules
            read_levels(rest, modules, self.sources)
        except VerilogAError as error:
            for problem in error.problems:
                at = problem.place
                self.sources.faults.append(Fault(problem.message, at.file, at.line, at.text, at.column - 1))
        except CardError as error:
            self.sources.fault(origin, str(error), error.token)
        except (ModelFileError, OSError) as error:
            self.sources.fault(origin, str(error))
        else:
            for name in (word for word in modules if may_be_of_package(word) and word in catalogue()):
                self.sources.warn(
                    origin, f"'{name}' is the module of {file} here, not the model of the package"
                )
            for sentence in instead_of_spice(modules, file):
                self.sources.warn(origin, sentence)

    def _first_word(self, name: str, word: str, origin: int) -> str:
        """Name of a file that stands before other words."""
        first, *others = name.split()
        if others:
            self.sources.warn(origin, f"'{' '.join(others)}' on '{word}' has no effect, as in ngspice")
        return first

    def _section(self, name: str, rest: str) -> str:
        """Section on a ``.lib`` card, or the one to take in its place; a library chooses those of others itself."""
        section = lowered(rest.strip().strip("\"'"))
        if not section or len(self._open) > 1:
            return section
        return self.sections.get(lowered(os.path.basename(name)), self.sections.get("*", section))

    def _included(self, text: str, file: str, section: str | None, origin: int) -> None:
        """Read an included file; of a large one, only what the deck uses."""
        if self._whole or len(text) < LARGE or not self._offer(text, file, section, origin):
            lines = _rows(text)
            self._lines(lines, file, self.sources.add(file, lines, origin), section=section)

    def _problem(self, file: str, section: str) -> str:
        if (os.path.realpath(file), section) in self._open:
            return f"'{os.path.basename(file)}' includes itself"
        if len(self._open) > MAX_INCLUDE_DEPTH:
            return f"files include each other more than {MAX_INCLUDE_DEPTH} deep"
        if self._includes > MAX_INCLUDES:
            raise NetlistError([*self.sources.faults, Fault(f"more than {MAX_INCLUDES} '.include' cards")])
        return ""


def _rows(text: str) -> list[str]:
    """Lines of a file; two backslashes at the end of one make a continuation of the next, as in ngspice."""
    lines = lines_of(text)
    if "\\\\" in text:
        for number in range(len(lines) - 1):
            if lines[number].endswith("\\\\") and lines[number].lstrip()[:1] != "*":
                lines[number], lines[number + 1] = lines[number][:-2], f"+{lines[number + 1]}"
    return lines


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
    return _LIBRARY.fullmatch(line[4:].strip()) is not None
