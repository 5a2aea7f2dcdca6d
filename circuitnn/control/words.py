"""Words of a command: quotes, ``$variable``, ``$&vector``, ``{formula}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.units import parse_number

_PIECE = re.compile(
    r"\$&(?P<open>\{)?(?P<vector>\w[\w.#]*(?:\([^()]*\))?)(?(open)\})"
    r"|\$(?P<brace>\{)?(?P<name>\??#?\w+)(?(brace)\})(?:\[(?P<index>\d+)\])?"
)
_WORD = re.compile(r"\"([^\"]*)\"|((?:[^\s\"()]|\([^()]*\))+|[()])")
MAX_LENGTH = 1_000_000
MAX_DIGITS = 18  # of a whole number


def substitute(
    text: str, variable: Callable[[str], Sequence[str]], vector: Callable[[str], Sequence[str]]
) -> str:
    """The text with the values of variables and vectors in it.

    Parameters
    ----------
    text : str
    variable, vector : callable
        Words of a variable, of a vector.

    Raises
    ------
    AnalysisError
        The result is too long, or an index is none.
    """

    def value(match: re.Match[str]) -> str:
        if match["vector"]:
            return " ".join(vector(match["vector"]))
        name = lowered(match["name"])
        words = variable(name)
        if match["index"]:
            k = whole(match["index"]) or 0
            if not 1 <= k <= len(words):
                raise AnalysisError(f"${name} has {len(words)} words, and so no word {k}")
            words = words[k - 1 : k]
        return " ".join(words)

    found = _PIECE.sub(value, text)
    if len(found) > MAX_LENGTH:
        raise AnalysisError(f"a command of {len(found)} characters")
    return found


def split(text: str) -> list[str]:
    """Words; what is in quotes or parentheses stays together."""
    return [a or b for a, b in _WORD.findall(text)]


def number(word: str) -> float:
    """A number with an optional suffix.

    Raises
    ------
    AnalysisError
        The word is none.
    """
    try:
        return parse_number(word)
    except ValueError as error:
        raise AnalysisError(str(error)) from None


def whole(word: str) -> int | None:
    """A whole number of plain digits, or None where the word is none."""
    return int(word) if word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS else None


def vectors(text: str) -> list[str]:
    """Formulas one after the other, as after ``print``: ``v(a) v(b)*2 mag(v(c))``."""
    found: list[str] = []
    depth, piece, apart = 0, "", True
    for character in f"{text} ":
        depth += (character == "(") - (character == ")") + (character == "[") - (character == "]")
        if character not in " \t," or depth > 0:
            piece += character
            continue
        if piece:
            # A blank around an operator belongs to the formula, as ngspice has it.
            operator = piece[0] in "*/+-^)=<>&|" or (bool(found) and found[-1][-1] in "*/+-^(=<>&|")
            if found and operator and not apart and found[-1] != "all":
                found[-1] += f" {piece}"
            else:
                found.append(piece)
            piece, apart = "", False
        apart = apart or character == ","
    if piece:  # a bracket stays open, which the formula's reader says
        found.append(piece.strip())
    return found
