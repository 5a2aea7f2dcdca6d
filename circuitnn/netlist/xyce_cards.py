"""Analyses of Xyce and HSPICE that have another card here: ``.hb``, ``.lin``, and ``.sens`` with ``objfunc=``."""

from __future__ import annotations

import re
from collections.abc import Callable

from circuitnn.elements.card import CardError, SplitError, split, unwrap, words
from circuitnn.netlist.definition import Deck

PERIODS = 10.0  # before the search for a steady state begins
HARMONICS = "10"  # where the deck does not say
SCALES = ("dec", "oct", "lin")
_COUNT = re.compile(r"\bnumfreq\s*=\s*(\d+)")

Card = tuple[str, str]


def translate(
    deck: Deck, remark: Callable[[int, str], None], complain: Callable[[int, CardError], None]
) -> None:
    """Write these cards of a deck as those that mean the same here.

    Parameters
    ----------
    deck : Deck
    remark : callable
        Takes the origin of a card and what was made of it.
    complain : callable
        Takes the origin of a card and its fault.
    """
    statements = deck.root.statements
    for k, (keyword, text, origin) in enumerate(statements):
        if keyword not in _TRANSLATIONS:
            continue
        try:
            meaning = _TRANSLATIONS[keyword](deck, text)
        except CardError as error:
            complain(origin, error)
            continue
        if meaning is not None:
            statements[k] = (*meaning, origin)
            remark(origin, f"'{keyword} {text}' is run as '{' '.join(meaning)}'")


def _harmonic_balance(deck: Deck, text: str) -> Card:
    """The periodic steady state at the frequency of ``.hb``, with as many harmonics as the deck's options say."""
    tones = words(text)
    if len(tones) != 1:
        what = "names no frequency" if not tones else f"has {len(tones)} tones; one is supported"
        raise CardError(f"'.hb' {what}: '.hb 1meg'", ".hb")
    counts = (_COUNT.search(rest) for keyword, rest, _ in deck.root.statements if keyword.startswith(".opt"))
    harmonics = next((count[1] for count in counts if count is not None), HARMONICS)
    frequency = unwrap(tones[0])
    return ".pss", f"{{{frequency}}} {{{PERIODS:g}/({frequency})}} 0 0 {harmonics}"


def _linear_network(deck: Deck, text: str) -> Card:
    """Scattering parameters at the frequencies of the deck's ``.ac``."""
    sweeps = [rest for keyword, rest, _ in deck.root.statements if keyword == ".ac"]
    if not sweeps or words(sweeps[0])[:1] not in ([scale] for scale in SCALES):
        raise CardError(
            "'.lin' takes its frequencies from an '.ac dec …', 'oct' or 'lin' of the deck", ".lin"
        )
    noise = re.search(r"\bnoisecalc\s*=\s*1\b", text) is not None
    return ".sp", " ".join((*words(sweeps[0])[:4], *(("1",) if noise else ())))


def _sensitivity(deck: Deck, text: str) -> Card | None:
    """Sensitivities of the voltage or current that is the objective, to all parameters; None: a card of SPICE's."""
    try:
        given = split(text, 0).pairs
    except SplitError:
        return None  # whoever reads the card says what is wrong
    return (".sens", unwrap(given["objfunc"])) if "objfunc" in given else None


_TRANSLATIONS: dict[str, Callable[[Deck, str], Card | None]] = {
    ".hb": _harmonic_balance,
    ".lin": _linear_network,
    ".sens": _sensitivity,
}
