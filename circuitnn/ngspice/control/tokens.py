"""Tokens of the formulas in control blocks."""

from __future__ import annotations

import re

from circuitnn.errors import AnalysisError
from circuitnn.units import NUMBER

_TOKEN = re.compile(
    r"\s*(?:"
    rf"(?P<number>{NUMBER})"
    r"|(?P<probe>(?:[a-z]\w*\.)?[vi](?:m|p|db|r|i)?\s*\([^()]*\)(?!\s*\())"
    r"|(?P<device>@[\w.#]+\[[^\]]*\])"
    r"|(?P<name>[a-z_][\w.#]*)"
    r"|\"(?P<quoted>[^\"]+)\""
    r"|(?P<operator>\*\*|<=|>=|==|!=|<>|&&|\|\||[-+*/%^<>=&|!~?:(),\[\]])"
    r"|(?P<end>$))"
)
_WORDS = {
    "gt": ">",
    "lt": "<",
    "ge": ">=",
    "le": "<=",
    "ne": "!=",
    "eq": "=",
    "and": "&",
    "or": "|",
    "not": "!",
}


class Tokens:
    """The current token of a text, its kind, and where it starts and ends."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = self.at = 0
        self.kind = self.token = ""
        self.advance()

    def advance(self) -> None:
        """Go to the next token."""
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise AnalysisError(f"'{self.text}': '{self.text[self.at :].lstrip()[:1]}' is unexpected")
        self.kind = match.lastgroup or "end"
        self.token = match.group(self.kind)
        self.start, self.at = match.start(self.kind), match.end()
        if self.kind == "name" and self.token in _WORDS:
            self.kind, self.token = "operator", _WORDS[self.token]

    def expect(self, token: str) -> None:
        """Go past a token that must come now."""
        if self.token != token:
            actual = "the end" if self.kind == "end" else f"'{self.token}'"
            raise AnalysisError(f"'{self.text}': '{token}' expected, {actual} found")
        self.advance()


def separate(text: str) -> list[str]:
    """Split a sequence of formulas, as after ``print``: ``v(a) v(b)*2 mag(v(c))``.

    A formula ends where an operand follows an operand; a bracket begins a new formula after a blank. A comma with
    blanks around it is an operator: ``a , b`` is the complex number a + ib, as in ngspice.

    Parameters
    ----------
    text : str

    Returns
    -------
    list of str
    """
    formulas: list[str] = []
    start = position = depth = 0
    complete = False  # whether an operand is complete, so that another one begins a formula
    while (match := _TOKEN.match(text, position)) is not None and match.lastgroup != "end":
        kind = match.lastgroup or ""
        token, position, before = match.group(kind), match.end(), position
        operator = kind == "operator" or token in _WORDS
        begins = token in ("(", "!", "~", "not") if operator else True
        apart = match.start(kind) > before or token != "("
        if depth == 0 and complete and begins and apart:
            formulas.append(text[start:before])
            start = before
        depth += (token in ("(", "[")) - (token in (")", "]"))
        complete = token in (")", "]") if operator else True
    return [formula.strip() for formula in [*formulas, text[start:]] if formula.strip()]
