"""Common base of transmission lines: initial conditions, models, numbers on cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import CardError, digits, unexpected, words
from circuitnn.elements.element import Element
from circuitnn.errors import nearest

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping

INITIAL = ("v1", "i1", "v2", "i2")  # voltages and currents at both ends


class Line(Element):
    """A line with a current into each of its two ends."""

    terminals = ("p", "n", "q", "m")
    ends = passive = rings = summarised = True
    conducts = ((0, 1), (2, 3))

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Register the lines; their terms depend on frequency or time and are not part of G and C."""
        s.line(table)


class Lossy(Line):
    """A line with resistance, inductance, conductance and capacitance per unit length."""

    main = "r"
    columns = {"l": 0.0, "g": 0.0, "c": 0.0, "len": nan, **dict.fromkeys(INITIAL, 0.0)}
    parallel = {"r": -1, "l": -1, "g": 1, "c": 1, "i1": 1, "i2": 1}

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse invalid lines and combinations of r, l, g, c without a model."""
        r, l, g, c = (columns[key] for key in "rlgc")  # noqa: E741
        negative = (r < 0.0) | (l < 0.0) | (g < 0.0) | (c < 0.0) | ~(columns["len"] > 0.0)
        if np.any(negative):
            return (
                negative,
                "r, l, g, c of a lossy line must not be negative, and its length must be positive",
            )
        with np.errstate(over="ignore"):
            totals = np.array([r, l, g, c]) * columns["len"]
        extreme = np.any((totals != 0.0) & ~((totals > 1e-100) & (totals < 1e100)), axis=0)
        if np.any(extreme):  # their products would overflow or underflow
            return (
                extreme,
                "r, l, g, c of a lossy line times its length must be 0 or between 1e-100 and 1e100",
            )
        possible = (c > 0.0) & (g == 0.0) & ((r > 0.0) | (l > 0.0))
        possible |= (r > 0.0) & (g > 0.0) & (l == 0.0) & (c == 0.0)
        return ~possible, "a lossy line has r, l and c, r and c, l and c, or r and g"


def read_initial(reader: ElementReader, card: Card) -> dict[str, Value | None]:
    """``ic=v1,i1,v2,i2``."""
    given = words(card.pairs.pop("ic")) + card.trailing if "ic" in card.pairs else []
    card.trailing = [] if given else card.trailing
    if len(given) > len(INITIAL):
        raise CardError(f"ic of '{card.words[0]}' has four values at most: v1,i1,v2,i2", given[4])
    values: dict[str, Value | None] = {key: reader.take(card, key) for key in INITIAL}
    return values | {key: reader.value(value) for key, value in zip(INITIAL, given, strict=False)}


def written_initial(table: Elements, row: int) -> list[str]:
    """The word ``ic=…``, or none if all are zero."""
    initial = [float(table.values[key][row]) for key in INITIAL]
    return ["ic=" + ",".join(map(digits, initial))] if any(initial) else []


def written(table: Elements, row: int, keys: Iterable[str]) -> list[str]:
    """``name=value`` of these columns, except zeros."""
    return [f"{key}={digits(table.values[key][row])}" for key in keys if table.values[key][row]]


def read_model(reader: ElementReader, card: Card, place: int, type_: str, kind: str) -> ModelCard:
    """Read the model, which must be the last word of a card."""
    name = card.words[0]
    if len(card.words) <= place:
        raise CardError(f"'{name}' needs a model", name)
    if len(card.words) > place + 1:
        raise unexpected(name, card.words[place + 1])
    return reader.model(card.words[place], (type_,), kind)


def known_values(
    reader: ElementReader, model: ModelCard, known: Iterable[str], without_effect: Iterable[str] = ()
) -> dict[str, Value]:
    """Parameters of a model; warns of unknown ones, which ngspice ignores too."""
    names = {*known} - {"n", *INITIAL}
    given = dict(model.parameters or {})
    for name in given:
        if name in names or name == "level" or name in without_effect:
            continue
        message = f"'{name}' of model '{model.name}' has no effect: there is no such parameter"
        reader.idle(model.origin, message + nearest(name, sorted(names)))
    return {name: value for name, value in given.items() if name in names}
