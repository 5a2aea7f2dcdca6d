"""Words of a command: quotes, ``$variable``, ``$&vector``, ``{formula}``."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.units import parse_number

_DOUBLE = '"'
# words, also those between parentheses
_IN_LISTS = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s()\"']|(?<=[^\s()])\([^\s()]*\))+")
_ALONE = re.compile(r"\$(\w+)")
WORD = re.compile(r"(?:\"[^\"]*\"|'[^']*'|\([^()]*\)|\S)+")
_BRACED = re.compile(r"\{([?#&]*\w[\w.#]*(?:\([^()]*\))?)\}")  # as in other shells; ngspice has {$x} for it
_IN_NAMES = frozenset(f"{string.ascii_letters}{string.digits}-_<>#?@.&")
_QUOTED = re.compile(r"\"([^\"]*)\"")
_SINGLE = re.compile(r"'([^']*)'")
MAX_LENGTH = 1_000_000
MAX_DIGITS = 18  # of a whole number


def substitute(
    text: str, variable: Callable[[str], Sequence[str]], vector: Callable[[str], Sequence[str]]
) -> str:
    """Substitute the values of variables and vectors in a text.

    A name ends where ngspice ends it: ``$x.csv`` and ``$x-1`` are names as a whole, ``{$x}.csv`` and ``$x/1`` are not.

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
    expanded, position = "", 0
    while (start := text.find("$", position)) >= 0:
        if text[start - 1 : start] == "\\":
            expanded, position = f"{expanded}{text[position : start - 1]}$", start + 1
            continue
        braced = _BRACED.match(text, start + 1)
        end = braced.end() if braced else _end_of_name(text, start + 1)
        named = braced[1] if braced else text[start + 1 : end]
        if "$" in named:  # $list[$k]
            named = substitute(named, variable, vector)
        expanded += text[position:start] + " ".join(_value(named, variable, vector))
        position = end
        if len(expanded) > MAX_LENGTH:
            break
    expanded += text[position:]
    if len(expanded) > MAX_LENGTH:
        raise AnalysisError(f"a command of {len(expanded)} characters")
    return expanded


def _end_of_name(text: str, start: int) -> int:
    """Where the name that starts there ends; brackets that the name has not opened end it."""
    depth = {"(": 0, "[": 0}
    for k in range(start, len(text)):
        letter = text[k]
        if letter in depth:
            depth[letter] += 1
        elif letter in ")]":
            kind = "(" if letter == ")" else "["
            depth[kind] -= 1
            if depth[kind] < 0:
                return k
            if depth[kind] == 0:
                return k + 1
        elif letter not in _IN_NAMES and not (letter == "$" and depth["["]):  # as in $list[$k]
            return k
    return len(text)


def _value(
    named: str, variable: Callable[[str], Sequence[str]], vector: Callable[[str], Sequence[str]]
) -> Sequence[str]:
    """Words of ``name``, ``name[2-3]`` or ``&vector``; of nothing at all a dollar sign."""
    if not named:
        return ["$"]
    if named.startswith("&"):
        return vector(named[1:])
    name, bracket, index = named.partition("[")
    words = variable(lowered(name))
    return _chosen(name, words, index.removesuffix("]")) if bracket and words else words


def _chosen(name: str, words: Sequence[str], index: str) -> Sequence[str]:
    """Words of a list: ``2``, ``2-3``, ``2-``, ``-3``, ``3-2`` backwards; beyond the end there are none."""
    low, dash, high = index.partition("-")
    first = whole(low) if low else 1
    last = (whole(high) if high else len(words)) if dash else first
    if first is None or last is None:
        raise AnalysisError(f"${name}[{index}]: a number, or two with a dash, stand between the brackets")
    first, last = max(first, 1), max(last, 1)
    return words[first - 1 : last] if first <= last else words[last - 1 : first][::-1]


def kept_together(text: str, expand: Callable[[str], str], variable: Callable[[str], Sequence[str]]) -> str:
    """The words of ``set`` with their variables substituted; a word stays one where its variables have blanks."""

    def whole_word(match: re.Match[str]) -> str:
        alone = _ALONE.fullmatch(match[0])
        if "$" not in match[0] or (alone and len(variable(lowered(alone[1]))) != 1):
            return expand(match[0])
        head, equals, value = match[0].rpartition("=")
        unquoted = _SINGLE.sub(r"\1", expand(value)).replace(_DOUBLE, "")
        return f'{head}{equals}"{unquoted}"' if " " in unquoted else expand(match[0])

    return _IN_LISTS.sub(whole_word, without_commas(text))


def shown(value: complex) -> str:
    """Format a number of a vector as a word: of a complex one the real part, as in ngspice."""
    return f"{value.real:G}"


def items(
    text: str, expand: Callable[[str], str], variable: Callable[[str], Sequence[str]]
) -> tuple[str, list[str]]:
    """Variable and items of ``foreach``; a variable among the items gives its words, which may have blanks.

    Parentheses are items of their own: ngspice takes those of ``foreach x ( 1 2 )`` for two of its words.

    Raises
    ------
    AnalysisError
        There is no variable.
    """
    words: list[str] = []
    for word in WORD.findall(re.sub(r"(?<!\S)[()](?!\S)", '"\\g<0>"', without_commas(text))):
        alone = _ALONE.fullmatch(word)
        words += variable(lowered(alone[1])) if alone and words else split(expand(word))
    if not words:
        raise AnalysisError("'foreach' takes a variable and words")
    return words[0], words[1:]


def split(text: str) -> list[str]:
    """Split a text into words; quotes and parentheses hold words together.

    As in ngspice, single quotes vanish wherever they are, double ones only if they enclose the whole word.
    """
    return [_bare(word) for word in WORD.findall(text)]


def _bare(word: str) -> str:
    quoted = _QUOTED.fullmatch(word)
    return quoted[1] if quoted else _SINGLE.sub(r"\1", word)


def without_commas(text: str) -> str:
    """A text with blanks for the commas that end words, as ngspice's shell reads it.

    Commas in quotes and brackets stay, and so does one before a word.
    """
    letters: list[str] = []
    quote, depth = "", 0
    for k, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and letter in text[k + 1 :]:
            quote = letter
        elif letter == "," and depth == 0 and letters and not letters[-1].isspace():
            letter = " "
        else:
            depth = max(depth + (letter in "([{") - (letter in ")]}"), 0)
        letters.append(letter)
    return "".join(letters)


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
