"""Transmission lines: T, lossless; U, distributed RC; O, lossy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import nearest
from circuitnn.netlist.cards import Card, words
from circuitnn.netlist.definition import ModelCard, Value
from circuitnn.netlist.reader import CardError
from circuitnn.netlist.uniform import UNIFORM

if TYPE_CHECKING:
    from circuitnn.netlist.elements import ElementReader

NAN = float("nan")
LEAST = 1e-300  # nearer to zero, 1/x is no number
INITIAL = ("v1", "i1", "v2", "i2")
# Numbers of a lossless line besides Z0, with their defaults.
LOSSLESS = {"td": NAN, "f": NAN, "nl": 0.25, **dict.fromkeys(INITIAL, 0.0)}
# Those of a lossy line besides r.
LOSSY = {"l": 0.0, "g": 0.0, "c": 0.0, "len": NAN, **dict.fromkeys(INITIAL, 0.0)}
# What steers ngspice's convolution; here steps follow from reltol. Words of an ltra card without a value.
STEERING = ("rel", "abs", "compactrel", "compactabs")
FLAGS = frozenset(
    "nocontrol steplimit nosteplimit lininterp quadinterp mixedinterp truncnr truncdontcut".split()
)


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
    for steering in ("rel", "abs"):  # where ngspice puts breakpoints; here corners are known
        card.pairs.pop(steering, None)
    reader.leftover(card, "z0 td f nl ic")
    reader.row("t", name, nodes, impedance, origin)
    reader.definition.tables["t"].set(**extras)


def uniform(reader: ElementReader, text: str, origin: int) -> None:
    """Read a card ``u1 a b common model l=5 n=6``."""
    card = _line(reader, text, origin)
    name = card.words[0]
    nodes = reader.nodes(card, 3)
    model = _model(reader, card, 4, "urc", "an RC line")
    length = reader.take(card, "l", "len")
    if length is None:
        raise CardError(f"'{name}' needs a length: l=5", name)
    lumps = reader.take(card, "n")
    reader.leftover(card, "l n")
    reader.row("u", name, nodes, length, origin)
    reader.definition.tables["u"].set(**{"n": lumps, **_known(reader, model, UNIFORM)})


def lossy(reader: ElementReader, text: str, origin: int) -> None:
    """Read a card ``o1 a 0 b 0 model``."""
    card = _line(reader, text, origin)
    nodes = reader.nodes(card, 4)
    model = _model(reader, card, 5, "ltra", "a lossy line")
    values: dict[str, Value | None] = {**_known(reader, model, LOSSY, STEERING), **_initial(reader, card)}
    if values.get("len") is None:
        raise CardError(f"model '{model.name}' needs the length of the line: len=1", model.name)
    reader.leftover(card, "ic")
    reader.row("o", card.words[0], nodes, values.pop("r", None) or 0.0, origin)
    reader.definition.tables["o"].set(**values)


def _model(reader: ElementReader, card: Card, place: int, type_: str, what: str) -> ModelCard:
    """The model in its place among the words of a card, the last of them."""
    name = card.words[0]
    if len(card.words) <= place:
        raise CardError(f"'{name}' needs a model", name)
    if len(card.words) > place + 1:
        raise CardError(f"'{name}' has something too much: '{card.words[place + 1]}'", card.words[place + 1])
    return reader.model(card.words[place], (type_,), what)


def _known(
    reader: ElementReader, model: ModelCard, known: Iterable[str], without_effect: Iterable[str] = ()
) -> dict[str, Value]:
    """Parameters of a model; complains about those that it does not have."""
    given = dict(model.parameters or {})
    for name in given:
        if name not in ("n", *INITIAL) and (
            name in known or name in without_effect or name in ("r", "level")
        ):
            continue
        message = f"model '{model.name}' has no parameter '{name}'{nearest(name, [*known])}"
        reader.sources.fault(model.origin, message, name)
    return {name: value for name, value in given.items() if name in known or name == "r"}


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
    bad = ~np.all([(values[name] >= LEAST) & (values[name] <= 1.0 / LEAST) for name in ("z0", "td")], axis=0)
    return bad, "impedance and delay of a line must be positive (1e-300 to 1e300)"


def impossible(values: Mapping[str, np.ndarray]) -> tuple[np.ndarray, str]:
    """Lossy lines that make no sense or have no model, shape (n,), and why."""
    r, l, g, c = (values[key] for key in "rlgc")  # noqa: E741
    negative = (r < 0.0) | (l < 0.0) | (g < 0.0) | (c < 0.0) | ~(values["len"] > 0.0)
    if np.any(negative):
        return negative, "r, l, g, c of a lossy line must not be negative, and its length must be positive"
    with np.errstate(over="ignore"):
        totals = np.array([r, l, g, c]) * values["len"]
    extreme = np.any((totals != 0.0) & ~((totals > 1e-100) & (totals < 1e100)), axis=0)
    if np.any(extreme):  # their products would be no numbers
        return extreme, "r, l, g, c of a lossy line times its length must be 0 or between 1e-100 and 1e100"
    possible = (c > 0.0) & (g == 0.0) & ((r > 0.0) | (l > 0.0))
    possible |= (r > 0.0) & (g > 0.0) & (l == 0.0) & (c == 0.0)
    return ~possible, "a lossy line has r, l and c, r and c, l and c, or r and g"
