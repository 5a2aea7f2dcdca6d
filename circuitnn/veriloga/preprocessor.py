"""Directives of the preprocessor: macros, include files, conditional text."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from circuitnn.errors import nearest
from circuitnn.machine.access import text_of
from circuitnn.records import dataclass
from circuitnn.veriloga import standard
from circuitnn.veriloga.source import Fault, Sources, VerilogAError
from circuitnn.veriloga.tokens import DIRECTIVE, NAME, OPERATOR, Scanner, Token

DEEP = 50  # files that include each other, macros that call each other
MOST = 5_000_000  # tokens of a file: macros can call for any number
LONG = 200_000  # tokens that a macro stands for
PREDEFINED = ("__VAMS_ENABLE__", "__VAMS_COMPACT_MODELING__", "__CIRCUITNN__")

_CONDITIONS = ("`ifdef", "`ifndef", "`elsif", "`else", "`endif")
_LINES = frozenset(
    "`timescale `default_discipline `default_transition `default_nodetype `begin_keywords `end_keywords `line "
    "`pragma `celldefine `endcelldefine `resetall `unconnected_drive `nounconnected_drive".split()
)  # directives that take the rest of their line and have no effect on analog modules
_NEXT = re.compile(r'//[^\n]*|/\*(?s:.*?)\*/|"(?:[^"\\\n]|\\.)*"|(`[A-Za-z_]\w*)')
_FILE = re.compile(r'[ \t]*["<]([^">\n]+)[">]')
_HEADER = re.compile(r"[ \t]*([A-Za-z_]\w*)(\([^()]*\))?")
_LINE = re.compile(r"(?:[^\n\\]|\\\r?\n|\\)*")


@dataclass(frozen=True)
class Macro:
    """A macro: names of its arguments, None if it has no brackets, and its tokens."""

    name: str
    arguments: tuple[str, ...] | None
    body: tuple[Token, ...]


class Preprocessor:
    """Reads files and carries out their directives.

    Parameters
    ----------
    sources : Sources
    folders : list of str
        Where include files are looked for, after the folder of the file that includes them.
    defines : mapping of str to str
        Macros without arguments that are defined from the start.
    """

    def __init__(
        self, sources: Sources, folders: list[str], defines: Mapping[str, str] | None = None
    ) -> None:
        self.sources = sources
        self.folders = folders
        self.tokens: list[Token] = []
        self.macros: dict[str, Macro] = {}
        self._open: list[str] = []
        self._branches: list[tuple[int, bool]] = []  # of conditions: place, whether one has been taken
        self._readers: dict[str, Callable[[Scanner, int], None]] = {
            "`define": self._define,
            "`undef": self._undef,
            "`include": self._include,
            "`ifdef": lambda scanner, at: self._condition(scanner, at, True),
            "`ifndef": lambda scanner, at: self._condition(scanner, at, False),
            **dict.fromkeys(("`elsif", "`else"), self._skip_others),
            "`endif": self._end,
        }
        for name, text in {**dict.fromkeys(PREDEFINED, "1"), **(defines or {})}.items():
            start = sources.add(f"definition of {name}", text)
            self.macros[name] = Macro(name, None, tuple(Scanner(text, start)))

    def read(self, file: str, text: str, built_in: bool = False) -> None:
        """Append the tokens of a file to `tokens`; faults are collected in `sources`."""
        scanner = Scanner(text, self.sources.add(file, text, not built_in))
        self._open.append(file)
        depth = len(self._branches)
        while True:
            try:
                if self._pass(scanner):
                    break
            except Fault as fault:
                self.sources.report(fault)
        while len(self._branches) > depth:
            at, _ = self._branches.pop()
            self.sources.report(Fault("this condition has no `endif", at))
        self._open.pop()

    def _pass(self, scanner: Scanner) -> bool:
        """Take over tokens up to the end of the text; a fault interrupts."""
        for token in scanner:
            if token.kind == DIRECTIVE:
                self._directive(scanner, token)
            else:
                self.tokens.append(token)
        return True

    def _directive(self, scanner: Scanner, token: Token) -> None:
        read = self._readers.get(token.text)
        if read is not None:
            read(scanner, token.at)
        elif token.text in _LINES:
            self._rest(scanner)
        else:
            self.tokens += self._expanded(token, scanner, ())
            if len(self.tokens) > MOST:
                message = f"'{token.text}' makes the file longer than {MOST} tokens"
                self.sources.report(Fault(message, token.at))
                raise VerilogAError(self.sources.problems)

    @staticmethod
    def _rest(scanner: Scanner) -> tuple[int, int]:
        """Skip the rest of the line, with its continuations; return where it begins and ends."""
        match = _LINE.match(scanner.text, scanner.offset)
        assert match is not None
        begin, scanner.offset = scanner.offset, match.end()
        return begin, match.end()

    def _define(self, scanner: Scanner, at: int) -> None:
        begin, end = self._rest(scanner)
        header = _HEADER.match(scanner.text, begin, end)
        if header is None:
            raise Fault("`define needs the name of a macro", at)
        name, bracket = header.groups()
        if f"`{name}" in self._readers or f"`{name}" in _LINES:
            raise Fault(f"`{name} is a directive and cannot be a macro", at)
        arguments = None if bracket is None else tuple(a.strip(" \t\r\n\\") for a in bracket[1:-1].split(","))
        if arguments == ("",):
            arguments = ()
        body = tuple(Scanner(scanner.text, scanner.start, header.end(), end))
        self.macros[name] = Macro(name, arguments, body)

    def _undef(self, scanner: Scanner, at: int) -> None:
        self.macros.pop(self._name(scanner, at, "`undef"), None)

    @staticmethod
    def _name(scanner: Iterator[Token], at: int, directive: str) -> str:
        token = next(scanner, None)
        if token is None or token.kind != NAME:
            raise Fault(f"{directive} needs the name of a macro", at)
        return token.text

    def _include(self, scanner: Scanner, at: int) -> None:
        match = _FILE.match(scanner.text, scanner.offset)
        if match is None:
            raise Fault('`include needs a file in quotes: `include "disciplines.vams"', at)
        scanner.offset = match.end()
        name = match[1].strip()
        file, text, built_in = self._found(name, scanner.start + match.start(1))
        if len(self._open) > DEEP:
            raise Fault(f"files include each other more than {DEEP} deep", at)
        self.read(file, text, built_in)

    def _found(self, name: str, at: int) -> tuple[str, str, bool]:
        """Path and text of an include file; the standard ones are built in unless a folder has them."""
        problem = ""
        for folder in (os.path.dirname(self._open[-1]), *self.folders):
            path = os.path.join(folder, name)
            try:
                return path, text_of(path), False
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:  # a name with a NUL is no name
                problem = problem or f": {getattr(error, 'strerror', '') or error}"
        known = standard.FILES.get(os.path.basename(name).lower())
        if known is not None:
            return os.path.basename(name), known, True
        raise Fault(f"cannot read '{name}'{problem}{'' if problem else ': there is no such file'}", at)

    def _condition(self, scanner: Scanner, at: int, wanted: bool) -> None:
        name = self._name(scanner, at, "`ifdef" if wanted else "`ifndef")
        taken = (name in self.macros) == wanted
        self._branches.append((at, taken))
        if not taken:
            self._skip(scanner)

    def _skip_others(self, scanner: Scanner, at: int) -> None:
        """At the `else of a branch that was taken: skip up to `endif."""
        if not self._branches:
            raise Fault("`else without `ifdef", at)
        self._skip(scanner)

    def _end(self, scanner: Scanner, at: int) -> None:
        if not self._branches:
            raise Fault("`endif without `ifdef", at)
        self._branches.pop()

    def _skip(self, scanner: Scanner) -> None:
        """Skip text up to the branch that is to be taken, or to the end of the condition."""
        depth = 0
        for match in _NEXT.finditer(scanner.text, scanner.offset):
            word = match[1]
            if word in ("`ifdef", "`ifndef"):
                depth += 1
            elif word == "`endif" and depth:
                depth -= 1
            elif word in _CONDITIONS and not depth:
                scanner.offset = match.end()
                at, taken = self._branches[-1]
                if word == "`endif":
                    self._branches.pop()
                    return
                name = self._name(scanner, scanner.start + match.start(), word) if word == "`elsif" else ""
                if not taken and (word == "`else" or name in self.macros):
                    self._branches[-1] = at, True
                    return
        scanner.offset = len(scanner.text)

    def _expanded(self, token: Token, following: Iterator[Token], calls: tuple[str, ...]) -> list[Token]:
        """Tokens that a macro stands for, at the place where it is called."""
        name = token.text[1:]
        macro = self.macros.get(name)
        if macro is None:
            raise Fault(f"there is no macro or directive `{name}{nearest(name, list(self.macros))}", token.at)
        if name in calls or len(calls) > DEEP:
            raise Fault(f"the macro `{name} calls itself", token.at)
        given: dict[str, list[Token]] = {}
        if macro.arguments is not None:
            given = self._arguments(macro, macro.arguments, token, following, calls)
        expansion: list[Token] = []
        body = self._chosen(macro.body, token)
        for part in body:
            if part.kind == DIRECTIVE:
                if part.text in self._readers:
                    raise Fault(
                        f"`{name} contains {part.text}, which is not supported within a macro", token.at
                    )
                inner = self._substituted(part, body, given)
                expansion += self._expanded(Token(DIRECTIVE, part.text, token.at), inner, (*calls, name))
            elif part.text in given and part.kind == NAME:
                expansion += given[part.text]
            else:
                expansion.append(Token(part.kind, part.text, token.at))
            if len(expansion) > LONG:
                raise Fault(f"`{name} stands for more than {LONG} tokens", token.at)
        return expansion

    def _chosen(self, body: Iterable[Token], call: Token) -> Iterator[Token]:
        """Tokens of a macro whose conditions, if it has any, hold where it is called."""
        tokens = iter(body)
        taken: list[
            bool | None
        ] = []  # of open conditions: whether this branch holds; None: an earlier one did
        for token in tokens:
            if token.kind != DIRECTIVE or token.text not in _CONDITIONS:
                if all(taken):
                    yield token
                continue
            word = token.text
            if word not in ("`ifdef", "`ifndef") and not taken:
                raise Fault(f"{word} in `{call.text[1:]} without `ifdef", call.at)
            if word == "`endif":
                taken.pop()
                continue
            holds = word == "`else"
            if not holds:
                holds = (self._name(tokens, call.at, word) in self.macros) == (word != "`ifndef")
            if word in ("`ifdef", "`ifndef"):
                taken.append(holds)
            else:
                taken[-1] = None if taken[-1] is not False else holds
        if taken:
            raise Fault(f"a condition in {call.text} has no `endif", call.at)

    @staticmethod
    def _substituted(call: Token, body: Iterator[Token], given: Mapping[str, list[Token]]) -> Iterator[Token]:
        """Following tokens of a body, with the arguments of the macro in place of their names."""
        for part in body:
            yield from given[part.text] if part.kind == NAME and part.text in given else (part,)

    def _arguments(
        self,
        macro: Macro,
        names: tuple[str, ...],
        call: Token,
        following: Iterator[Token],
        calls: tuple[str, ...],
    ) -> dict[str, list[Token]]:
        """Tokens of each argument of a call, macros in them expanded."""
        wanted = f"`{macro.name} takes {len(names)} arguments ({', '.join(names)})"
        opening = next(following, None)
        if opening is None or opening.text != "(":
            raise Fault(f"{wanted} in brackets", call.at)
        parts: list[list[Token]] = [[]]
        depth = 1
        for token in following:
            if token.kind == DIRECTIVE:
                parts[-1] += self._expanded(token, following, calls)
                continue
            if token.kind == OPERATOR:
                depth += (token.text in "([{") - (token.text in ")]}") if len(token.text) == 1 else 0
                if token.text in ("(*", "'{"):
                    depth += 1
                elif token.text == "*)":
                    depth -= 1
            if not depth:
                break
            if token.text == "," and depth == 1:
                parts.append([])
            else:
                parts[-1].append(token)
        else:
            raise Fault(f"the bracket of `{macro.name} is not closed", call.at)
        if not names and parts == [[]]:
            parts = []
        if len(parts) != len(names):
            raise Fault(f"{wanted}, {len(parts)} given", call.at)
        return dict(zip(names, parts, strict=True))
