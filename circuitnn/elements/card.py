"""Cards in pieces: words, ``name=value`` pairs, lists in parentheses; and the way back to text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from numbers import Integral

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass, field
from circuitnn.units import number_of, unit_doubt

Number = float | int | str  # SI units, or text of a deck
Node = str | int  # a name; 0 is ground
Port = str | int  # a node, or words that describe ports
OPTION_SCALE = "\0scale"  # the name of option ``scale`` in expressions of cards, which no card can spell

_OPENING = {"{": "}", "'": "'", '"': '"', "(": ")"}
# Matches begin at words only: attempts at every character would cost the square of a long word's length.
_KEY = re.compile(r"(?<![\w.])(?:(?![a-z_])[\w.])*([a-z_][\w.]*(?:\[\d+\])?)\s*=(?!=)\s*", re.IGNORECASE)
_QUOTED = re.compile(r"[{'\"(]")
_PARENTHESIS = re.compile(r"[()]")
NUMERIC = frozenset("+-.0123456789{'\"")
_GAP = re.compile(r"(?<=[\w\0.])\s+(?=[\w\0])")
_NEW_CARD = re.compile(r"[\n\r](?!\n?[ \t]*\+)")
_LIST = re.compile(r"=\s*\[([^\[\]]*)\]")
# Verilog-A's form of a list, which no quote ends.
_PATTERN = re.compile(r"=\s*'\{((?:[^{}']|\{[^{}]*\})*)\}(?!\s*')")
_WORD = re.compile(r"[^\s,={}'\"()]+")


class CardError(Exception):
    """The card cannot be used; `token` is where the caret goes, `offset` characters on."""

    def __init__(self, message: str, token: str = "", offset: int = 0) -> None:
        super().__init__(message)
        self.token = token
        self.offset = offset


class SplitError(CardError):
    """A bracket or quote without its partner, or a name without its value."""


def unexpected(name: str, word: str) -> CardError:
    """Return the error to raise for a word that has no meaning on the card of an element."""
    unit = word.isalpha() and not unit_doubt(f"1{word}")
    hint = "; a suffix or unit follows its number without a blank, as 1k or 10uF" if unit else ""
    return CardError(f"'{name}' has an unexpected word: '{word}'{hint}", word)


def no_copies(name: str, ngspice: str = "multiplies it") -> str:
    """Return the warning of ``m=`` on a voltage source, of which `ngspice` makes something else."""
    return f"'m' of '{name}' has no effect: parallel sources have one voltage (ngspice {ngspice})"


def closing(text: str, start: int) -> int:
    """Index of the bracket or quote that closes the one at `start`.

    Raises
    ------
    SplitError
    """
    opened = text[start]
    closer = _OPENING[opened]
    if closer == opened:
        end = text.find(closer, start + 1)
    else:
        depth, end = 0, -1
        for match in re.compile("[" + re.escape(opened + closer) + "]").finditer(text, start):
            depth += 1 if match.group() == opened else -1
            if depth == 0:
                end = match.start()
                break
    if end < 0:
        raise SplitError(f"'{opened}' is never closed", text[start : start + 20])
    return end


def mask(text: str) -> str:
    """Blank out everything in brackets or quotes; the length stays the same."""
    match = _QUOTED.search(text)
    if match is None:
        return text
    parts, done = [], 0
    unclosed = _unclosed(text)
    while match is not None:
        if match.start() in unclosed:
            match = _QUOTED.search(text, match.start() + 1)  # it separates words, as a pair of them does
            continue
        end = closing(text, match.start()) + 1
        parts += [text[done : match.start()], "\0" * (end - match.start())]
        done = end
        match = _QUOTED.search(text, done)
    return "".join(parts) + text[done:]


def _unclosed(text: str) -> set[int]:
    """Positions of opening parentheses that never close."""
    if text.count("(") <= text.count(")"):
        return set()
    opened: list[int] = []
    for match in _PARENTHESIS.finditer(text):
        if match.group() == "(":
            opened.append(match.start())
        elif opened:
            opened.pop()
    return set(opened)


@dataclass
class Card:
    """A card in pieces.

    Parameters
    ----------
    text : str
    origin : int
    words : list of str
        Words before the first ``name=``; expressions keep their brackets.
    pairs : dict of str to str
        ``name=value``, in order.
    trailing : list of str
        Words after pairs: ``d1 a k dmod area=2 off``.
    repeated : list of str
        Names that occur twice; the later value is used.
    """

    text: str
    origin: int
    words: list[str] = field(default_factory=list)
    pairs: dict[str, str] = field(default_factory=dict)
    trailing: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)


def split(text: str, origin: int) -> Card:
    """Split a card in words and pairs.

    Raises
    ------
    SplitError
    """
    if "=" not in text:
        return Card(text, origin, words(text))
    if "[" in text or "'{" in text:
        text = _LIST.sub(r"={[\1]} ", _PATTERN.sub(r"={[\1]} ", text))
    masked = mask(text)
    keys = list(_KEY.finditer(masked))
    first = keys[0].start(1) if keys else len(text)
    card = Card(text, origin, words(text[:first]))
    ends = [*(match.start(1) for match in keys[1:]), len(text)]
    for match, end in zip(keys, ends, strict=False):
        value = text[match.end() : end]
        gap = _GAP.search(masked[match.end() : end].rstrip(", \t"))
        if gap is not None:  # no operator joins the two sides: a value, and then words
            card.trailing += words(value[gap.start() :])
            value = value[: gap.start()]
        value = value.strip().rstrip(",").rstrip()
        if not value:
            raise SplitError(f"'{match.group(1)}=' has no value", match.group(1))
        if match.group(1) in card.pairs:
            card.repeated.append(match.group(1))
        card.pairs[match.group(1)] = value
    return card


def words(text: str) -> list[str]:
    """Words of a text; ``{…}``, ``'…'``, ``"…"`` are one word, ``( ) , =`` separate.

    Raises
    ------
    SplitError
    """
    if _QUOTED.search(text) is None and "=" not in text and "," not in text:
        return text.split()
    split = []
    position, length = 0, len(text)
    while position < length:
        character = text[position]
        if character in "{'\"":
            end = closing(text, position) + 1
            split.append(text[position:end])
            position = end
        elif character.isspace() or character in ",=()":
            position += 1
        else:
            match = _WORD.match(text, position)
            if match is None:  # a '}' without its partner
                raise SplitError(f"'{character}' closes nothing", character)
            split.append(match.group())
            position = match.end()
    return split


def listed(text: str) -> list[str] | None:
    """Elements of a list ``[1 2 3]`` or ``'{1, 2, 3}`` as `split` leaves it; None if it is none."""
    return words(text[2:-2]) if text.startswith("{[") and text.endswith("]}") else None


def unwrap(text: str) -> str:
    """Strip the brackets or quotes around an expression."""
    while len(text) >= 2 and text[0] in "{'\"" and text[-1] == _OPENING[text[0]]:
        if closing(text, 0) != len(text) - 1:
            break
        text = text[1:-1].strip()
    return text


def pair_up(card: Card, names: Iterable[str], first: int) -> None:
    """Make pairs of words from `first` on and after the pairs, as ``m 2``: a name followed by a number.

    Parameters
    ----------
    card : Card
    names : iterable of str
        Names that may form a pair.
    first : int
    """
    known = frozenset(names)
    for given, start in ((card.words, first), (card.trailing, 0)):
        at = start
        while at + 1 < len(given):
            if given[at] in known and given[at + 1][0] in NUMERIC and given[at] not in card.pairs:
                card.pairs[given[at]] = given[at + 1]
                del given[at : at + 2]
            else:
                at += 1


def times(text: str, *factors: str | None) -> str:
    """Multiply the text of an expression by the texts of factors."""
    for factor in factors:
        if factor is not None:
            text = f"({text})*({factor})"
    return text


def may_be_parameter(word: str) -> bool:
    """Whether a bare word may name a parameter: it is neither a number nor an expression."""
    return word.replace("_", "a").replace(".", "a").isalnum() and not word[0].isdigit()


def digits(value: float) -> str:
    """Format a number such that it reads back the same."""
    return repr(float(value))


def shown(value: Number, label: str = "") -> str:
    """Format a value as in a deck: integers without a point, since they may be nodes or counts.

    Parameters
    ----------
    value : float, int or str
    label : str
        Name of the argument, for the message.

    Raises
    ------
    AnalysisError
        If it is neither a finite number nor text of one card.
    """
    if isinstance(value, str):
        if _NEW_CARD.search(value):
            raise AnalysisError(f"{label} = {value!r}: must be text of one card".removeprefix(" = "))
        return value
    number = number_of(value, label)
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return str(int(value)) if whole else repr(number)


def given(value: Number | Sequence[Number], label: str = "") -> str:
    """Format the value of a parameter as in a deck, where an array is a list in brackets.

    Parameters
    ----------
    value : float, int, str or sequence of these
    label : str
        Name of the argument, for the message.
    """
    if isinstance(value, list | tuple):
        return f"[{' '.join(shown(item, label) for item in value)}]"
    return shown(value, label)  # type: ignore[arg-type]  # others are refused there


def card(name: str, *fields: Number, **parameters: Number) -> str:
    """Text of a card: name with its letter, nodes and values, ``key=value`` parameters."""
    return " ".join([name, *map(shown, fields), *(f"{k}={shown(v)}" for k, v in parameters.items())])
