"""Numbers whose letters do not mean what their author may think: ``1kohmm``, ``1x``, ``10M``, ``1F``.

Readers note the doubtful words as they read them; the cards are searched only if there are some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.netlist.origins import included
from circuitnn.units import number_or_none, parse_number, unit_doubt

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Deck

# A suffix that is often written in capitals for another one: letters in lower case → as written, and what is meant.
_MEGA = {"mhz": (r"MH[zZ]", "megHz"), "mohm": (r"M[oO]hm", "megohm"), "mohms": (r"M[oO]hms", "megohm")}
# The same where a letter stands alone, for the value of an element.
_ALONE = {"r": ("M", "meg"), "c": ("F", "")}
_LETTERS = re.compile(r"[a-z]+$")
# Authors for whom small letters differ from capitals write both.
_SMALL, _CAPITAL = re.compile(r"\d[kunp]\b"), re.compile(r"\d[UNP]\b")
# Letters of cards that may give an area or a gain, as in "q1 c b e model 10x".
_TIMES = frozenset("dqjmzefgh")


def note(word: str, noted: set[str]) -> None:
    """Note a number that may be doubtful.

    Parameters
    ----------
    word : str
        In lower case.
    noted : set of str
        Where it is added.
    """
    word = word.lstrip("+-")
    if word[-1:].isalpha() and (word[-1] in "mfa" or _parted(word)[1] in _MEGA or unit_doubt(word)):
        noted.add(word)


def tell(deck: Deck, text: str, cards: list[str], origins: list[int]) -> None:
    """Warn of doubtful numbers, once of each.

    Parameters
    ----------
    deck : Deck
        Its `noted` has the words.
    text : str
        Of the deck's own file.
    cards : list of str
    origins : list of int
    """
    waiting = {word for word in deck.noted if unit_doubt(word) or _in_capitals(word, text)}
    if not waiting:
        return
    alternatives = "|".join(map(re.escape, sorted(waiting, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.])[-+]?({alternatives})(?![\w.])")
    careful = _SMALL.search(text) is not None and _CAPITAL.search(text) is None
    for card, origin in zip(cards, origins, strict=True):
        for word in pattern.findall(card):
            if word in waiting:
                for message in _doubts(deck, word, card, origin, careful):
                    waiting.discard(word)
                    deck.sources.warn(origin, message)


def tell_on(deck: Deck, text: str, origin: int) -> None:
    """Warn of a doubtful number on a dot card.

    Parameters
    ----------
    deck : Deck
    text : str
        A number or an expression.
    origin : int
        Of the card.
    """
    word = text.lstrip("+-")
    if origin and number_or_none(word) is not None:
        for message in _doubts(deck, word, ".", origin, False):
            deck.sources.warn(origin, message)


def _parted(word: str) -> tuple[str, str]:
    """The digits of a number, and the letters behind them."""
    match = _LETTERS.search(word)
    letters = match.group() if match else ""
    return word[: len(word) - len(letters)], letters


def _in_capitals(word: str, text: str) -> bool:
    """Whether a number stands in a text with the capitals that may be meant otherwise."""
    number, letters = _parted(word)
    return letters == "a" or f"{number}M" in text or (letters == "f" and f"{number}F" in text)


def _doubts(deck: Deck, word: str, card: str, origin: int, careful: bool) -> Iterator[str]:
    """The doubt about a number on a card, or none."""
    doubt = unit_doubt(word)
    if doubt:
        if not (word[-1] == "x" and card[0] in _TIMES):
            yield doubt.replace(word, deck.sources.as_written(origin, word), 1)
        return
    number, letters = _parted(word)
    if letters == "a" and card[0] == "i":
        yield f"'{word}' counts as {parse_number(word):g}: a is atto, 1e-18; write {number}"
    if included(origin) or letters in ("a", ""):
        return
    written, meant = _MEGA.get(letters, ("", ""))
    if letters == _ALONE.get(card[0], ("",))[0].lower() and careful and card.split()[3:4] == [word]:
        written, meant = _ALONE[card[0]]
    if not written:
        return
    match = re.search(rf"(?<![\w.]){re.escape(number)}{written}\b", deck.sources.raw_text(origin))
    if match:
        name = "femto" if letters == "f" else "milli"
        yield (
            f"'{match.group()}' counts as {parse_number(word):g}: capitals are not told from small letters, "
            f"and {letters[0]} is {name}; write {number}{meant}"
        )
