"""From text to tokens, by one regular expression."""

from __future__ import annotations

import re
from typing import NamedTuple

from circuitnn.veriloga.source import Fault

NUMBER, NAME, DIRECTIVE, STRING, OPERATOR, END = range(1, 7)

_SPACE = r"(?:[ \t\r\n\f\v\u00a0\ufeff]+|//[^\n]*|/\*(?s:.*?)\*/|\\(?=\r?\n))*"
_OPERATORS = (
    *("<<<", ">>>", "===", "!==", "<+", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "**", "(*", "*)"),
    *("~^", "^~", "'{", "->", *"+-*%!~&|^<>?:=,;()[]{}@#."),
)
_TOKEN = re.compile(
    _SPACE
    + r"(?:((?:\d+[ \t]*)?'[sS]?[bBoOdDhH][ \t]*[\da-fA-F][\da-fA-F_]*(?!\w)"
    + r"|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*|[TGMKkmunpfa](?![A-Za-z0-9_$]))?)"
    r"|([A-Za-z_$][\w$]*|\\\S+)"
    r"|(`[A-Za-z_]\w*)"
    r'|("(?:[^"\\\n]|\\.|\\\r?\n)*")'
    rf"|({'|'.join(map(re.escape, _OPERATORS))}|/(?!\*))"
    r"|(\Z))",
    re.ASCII,
)
_SUFFIXES = dict(zip("TGMKkmunpfa", (12, 9, 6, 3, 3, -3, -6, -9, -12, -15, -18), strict=True))
_BASES = {"b": 2, "o": 8, "d": 10, "h": 16}
_LOOKALIKES = {
    "'": "a number with a base as 4'b01 or 'hFF, a list as '{1, 2}",
    **dict.fromkeys("\u201c\u201d\u201e", 'plain quotes, "'),
    **dict.fromkeys("\u2018\u2019", "a plain quote, '"),
    **dict.fromkeys("\u2212\u2013\u2014", "a plain minus, -"),
    "\u00d7": "*",
}  # what word processors make of programs
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "\n": ""}


class Token(NamedTuple):
    """Kind, text and place of a token."""

    kind: int
    text: str
    at: int


class Scanner:
    """Iterator over the tokens of a text from `offset` on; what reads lines itself may move `offset`.

    Parameters
    ----------
    text : str
    start : int
        Place of its first character.
    offset, end : int
        Part that is scanned.
    """

    def __init__(self, text: str, start: int, offset: int = 0, end: int | None = None) -> None:
        self.text, self.start, self.offset = text, start, offset
        self.end = len(text) if end is None else end

    def __iter__(self) -> Scanner:
        return self

    def __next__(self) -> Token:
        match = _TOKEN.match(self.text, self.offset, self.end)
        if match is None:
            raise self._unreadable()
        kind = match.lastindex or END
        if kind == END:
            self.offset = self.end
            raise StopIteration
        self.offset = match.end()
        return Token(kind, match[kind], self.start + match.start(kind))

    def _unreadable(self) -> Fault:
        """Fault at the first character that begins no token; scanning can go on behind it."""
        space = re.compile(_SPACE).match(self.text, self.offset, self.end)
        at = space.end() if space else self.offset
        self.offset = at + 1
        character = self.text[at]
        if character == '"':
            line_end = self.text.find("\n", at)
            self.offset = line_end if line_end >= 0 else self.end
            return Fault("this string is not closed on its line", self.start + at)
        if self.text.startswith("/*", at):
            self.offset = self.end
            return Fault("this comment is not closed: '*/' is missing", self.start + at)
        message = f"the character {character!r} has no meaning in Verilog-A"
        if character in _LOOKALIKES:
            message += f"; write {_LOOKALIKES[character]}"
        return Fault(message, self.start + at)


def number(text: str) -> int | float:
    """Value of a number: an integer if it has a base, or neither point, exponent nor scale factor."""
    text = text.replace("_", "")
    if "'" in text:
        size, _, digits = text.partition("'")
        signed = digits[0] in "sS"
        digits = digits[signed:]
        value, width = int(digits[1:], _BASES[digits[0].lower()]), int(size or 32)
        negative = signed and width and value >> (width - 1) & 1
        return value - (1 << width) if negative else value
    if text[-1] in _SUFFIXES:
        return float(f"{text[:-1]}e{_SUFFIXES[text[-1]]}")
    if "." in text or "e" in text or "E" in text:
        return float(text)
    return int(text)


def string(text: str) -> str:
    """Value of a string in quotes."""
    return re.sub(r"\\(\r?\n|.)", lambda m: _ESCAPES.get(m[1][-1], m[1]), text[1:-1])
