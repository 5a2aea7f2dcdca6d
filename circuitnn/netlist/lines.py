"""Transmission lines: T, lossless."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.netlist.cards import Card, words
from circuitnn.netlist.definition import Value
from circuitnn.netlist.reader import CardError

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

NAN = float("nan")
INITIAL = ("v1", "i1", "v2", "i2")
# Numbers of a lossless line besides Z0, with their defaults.
LOSSLESS = {"td": NAN, "f": NAN, "nl": 0.25, **dict.fromkeys(INITIAL, NAN)}


def lossless(reader: ElementReader, text: str, origin: int) -> None:
    """Read a card ``t1 a 0 b 0 z0=50 td=10n``, or ``f=25meg nl=0.25`` in place of the delay."""
    card = _line(reader, text, origin)
    name = card.words[0]
    nodes = reader.nodes(card, 4)
    if len(card.words) > 5:
        raise CardError(f"'{name}' has something too much: '{card.words[5]}'", card.words[5])
    impedance = reader.take(card, "z0", "zo")
    if impedance is None:
        raise CardError(f"'{name}' needs its characteristic impedance: z0=50", name)
    extras = {key: reader.take(card, key) for key in ("td", "f", "nl")}
    if (extras["td"] is None) == (extras["f"] is None):
        both = "not both" if extras["td"] is not None else "none is given"
        raise CardError(f"'{name}' needs a delay td=10n, or f=25meg with nl=0.25 wavelengths; {both}", name)
    extras |= _initial(reader, card)
    reader.leftover(card, "z0 td f nl ic")
    reader.row("t", name, nodes, impedance, origin)
    reader.definition.tables["t"].set(**extras)


def _line(reader: ElementReader, text: str, origin: int) -> Card:
    card = reader.split(text, origin)
    reader.claim(card.words[0], origin)
    return card


def _initial(reader: ElementReader, card: Card) -> dict[str, Value | None]:
    """``ic=v1,i1,v2,i2``: voltages and currents at both ends."""
    given = words(card.pairs.pop("ic")) + card.trailing if "ic" in card.pairs else []
    card.trailing = [] if given else card.trailing
    if len(given) > len(INITIAL):
        raise CardError(f"ic of '{card.words[0]}' has four values at most: v1,i1,v2,i2", given[4])
    found: dict[str, Value | None] = {key: reader.take(card, key) for key in INITIAL}
    return found | {key: reader.value(value) for key, value in zip(INITIAL, given, strict=False)}


def complete(values: dict[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """Compute the delays of lossless lines where a frequency was given.

    Parameters
    ----------
    values : dict of str to ndarray
        Columns of the table; ``f`` and ``nl`` go into ``td`` [s].

    Returns
    -------
    bad : ndarray of bool
        Lines that make no sense.
    message : str
        Why.
    """
    frequency, wavelengths = values.pop("f"), values.pop("nl")
    with np.errstate(divide="ignore", invalid="ignore"):
        values["td"] = np.where(np.isnan(values["td"]), wavelengths / frequency, values["td"])
    bad = ~((values["z0"] > 0.0) & (values["td"] > 0.0) & np.isfinite(values["td"]))
    return bad, "impedance and delay of a line must be positive"
