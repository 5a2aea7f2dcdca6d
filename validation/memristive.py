"""Decks of compact models without the options and steps that their authors chose.

A user's first deck gives neither ``reltol`` nor ``tmax``: states obey ``statetol`` and the devices' own time scales
whatever the card says, and the numbers of the deck must still come out right.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from circuitnn import Circuit
from circuitnn.contract.expectations import Expectation, measures, value_of
from circuitnn.results.result import Result
from circuitnn.units import parse_number
from validation.decks import Deck, all_decks

STEPS = 50  # of a plain transient
FINER = 5000  # of the converged one, at least

_NUMERICAL = re.compile(
    r"\b(?:(?:reltol|vntol|abstol|chgtol|trtol|statetol)\s*=\s*\S+|method\s*=\s*\w+)", re.IGNORECASE
)
_OPTIONS = re.compile(r"^\.opt\w*[^\n]*$", re.IGNORECASE | re.MULTILINE)
_TRAN = re.compile(r"^\.tran\s+(?P<words>[^\n]*)$", re.IGNORECASE | re.MULTILINE)
_MODEL = re.compile(r"^\*\s*model:", re.IGNORECASE | re.MULTILINE)
_TIGHT = ".options reltol=1e-5 statetol=1e-5 vntol=1e-10 abstol=1e-16 chgtol=1e-24"


def model_decks() -> list[Deck]:
    """Decks that show a compact model in a transient."""
    return [
        deck
        for deck in all_decks()
        if _MODEL.search(text := deck.path.read_text()) and _TRAN.search(text) and "\nn" in text.lower()
    ]


def plain(text: str) -> str:
    """A deck without numerical options, and with a transient of fifty steps.

    Temperatures, seeds and gmin are part of what a deck describes; they stay.
    """
    return _TRAN.sub(_fifty, _OPTIONS.sub(lambda card: _NUMERICAL.sub("", card[0]), text))


def converged(text: str) -> str:
    """The same deck with tolerances so tight that only rounding errors remain."""
    title, _, rest = plain(text).partition("\n")
    return f"{title}\n{_TIGHT}\n{_TRAN.sub(_many, rest)}"


def _split(card: re.Match[str]) -> tuple[list[str], list[str]]:
    words = card["words"].split()
    numbers = [w for w in words if w.lower() != "uic"]
    return numbers, words[len(numbers) :]


def _fifty(card: re.Match[str]) -> str:
    numbers, rest = _split(card)
    step = parse_number(numbers[1]) / STEPS
    return " ".join([".tran", repr(step), *numbers[1:3], *rest])


def _many(card: re.Match[str]) -> str:
    numbers, rest = _split(card)
    start = numbers[2] if len(numbers) > 2 else "0"
    return " ".join([".tran", *numbers[:2], start, repr(parse_number(numbers[1]) / FINER), *rest])


def figures(deck: Deck, results: list[Result]) -> dict[str, float]:
    """Figures that the deck's cards expect and measure, by name."""
    found: dict[str, float] = {}
    for card in deck.expectations:
        found[str(card)] = _value(card, results)
    for name, value in measures(results).items():
        found.setdefault(f"meas {name}", np.nan if value is None else value)
    return found


def _value(card: Expectation, results: list[Result]) -> float:
    try:
        return value_of(card, results)
    except (ValueError, KeyError, TypeError):
        return np.nan


def deviations(deck: Deck, found: dict[str, float], exact: dict[str, float]) -> dict[str, float]:
    """Deviation of each figure relative to the converged run, or for zero figures relative to their card's budget."""
    floors = {str(card): card.abs for card in deck.expectations}
    off = {}
    for name, value in exact.items():
        ours = found.get(name, np.nan)
        if np.isnan(ours) or np.isnan(value):
            off[name] = 0.0 if np.isnan(ours) == np.isnan(value) else np.inf
        else:
            off[name] = abs(ours - value) / max(abs(value), 100.0 * floors.get(name, 0.0), 1e-300)
    return off


def run(deck: Deck, change: Callable[[str], str] = lambda text: text) -> list[Result]:
    """All analyses of a deck, its text changed."""
    return Circuit.from_text(change(deck.path.read_text()), path=deck.path).run()
