"""Words of a command: quotes, ``$variable``, ``$&vector``, ``{formula}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.units import parse_number

_PIECE = re.compile(
    r"\\(?P<literal>\$)|\$&(?P<open>\{)?(?P<vector>\w[\w.#]*(?:\([^()]*\))?)(?(open)\})"
    r"|\$(?P<brace>\{)?(?P<name>\??#?\w+)(?(brace)\})(?:\[(?P<index>[$#\w-]+)\])?"
)
_WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\([^()]*\)|\S)+")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_SINGLE = re.compile(r"'([^']*)'")
MAX_LENGTH = 1_000_000
MAX_DIGITS = 18  # of a whole number


def substitute(
    text: str, variable: Callable[[str], Sequence[str]], vector: Callable[[str], Sequence[str]]
) -> str:
    """Substitute the values of variables and vectors in a text.

    Parameters
    ----------
    text : str
    variable, vector : callable
        Name → words, of a variable and of a vector.

    Raises
    ------
    AnalysisError
        The result is too long, or an index is invalid.
    """

    def value(match: re.Match[str]) -> str:
        if match["literal"]:
            return "$"
        if match["vector"]:
            return " ".join(vector(match["vector"]))
        name = lowered(match["name"])
        words = variable(name)
        if match["index"]:
            return " ".join(_chosen(name, words, substitute(match["index"], variable, vector)))
        return " ".join(words)

    found = _PIECE.sub(value, text)
    if len(found) > MAX_LENGTH:
        raise AnalysisError(f"a command of {len(found)} characters")
    return found


def _chosen(name: str, words: Sequence[str], index: str) -> Sequence[str]:
    """Words of a list: ``2``, ``2-3``, ``2-``, ``-3``."""
    low, dash, high = index.partition("-")
    first = whole(low) if low else 1
    last = (whole(high) if high else len(words)) if dash else first
    if first is None or last is None:
        raise AnalysisError(f"${name}[{index}]: a number, or two with a dash, stand between the brackets")
    if not 1 <= first <= len(words):
        raise AnalysisError(f"${name} has {len(words)} words, and so no word {first}")
    return words[first - 1 : last]


def split(text: str) -> list[str]:
    """Split a text into words; quotes and parentheses hold words together.

    As in ngspice, single quotes vanish wherever they are, double ones only if they enclose the whole word.
    """
    return [_bare(word) for word in _WORD.findall(text)]


def _bare(word: str) -> str:
    quoted = _QUOTED.fullmatch(word)
    return quoted[1] if quoted else _SINGLE.sub(r"\1", word)


def without_commas(text: str) -> str:
    """A text with blanks for the commas that end words, as ngspice's shell reads it.

    Commas in quotes and brackets stay, and so does one before a word.
    """
    found: list[str] = []
    quote, depth = "", 0
    for k, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and letter in text[k + 1 :]:
            quote = letter
        elif letter == "," and depth == 0 and found and not found[-1].isspace():
            letter = " "
        else:
            depth = max(depth + (letter in "([{") - (letter in ")]}"), 0)
        found.append(letter)
    return "".join(found)


def number(word: str) -> float:
    """A number with an optional suffix.

    Raises
    ------
    AnalysisError
        The word is not a number.
    """
    try:
        return parse_number(word)
    except ValueError as error:
        raise AnalysisError(str(error)) from None


def whole(word: str) -> int | None:
    """A whole number of plain digits; None for other words."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS else None
