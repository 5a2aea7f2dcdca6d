"""Values on the card of an array: one for all, or one per cell, segment or line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.elements.card import CardError
from circuitnn.equations.graph import Expr, symbols
from circuitnn.equations.kernel import DISTRIBUTIONS
from circuitnn.equations.unclamped import exact
from circuitnn.errors import nearest
from circuitnn.models.spread import cell_keys
from circuitnn.netlist.language import Draw, draw_number, draw_symbol
from circuitnn.netlist.parameters import Environment
from circuitnn.netlist.reader import Reader

Number = float | np.ndarray
WORD_LINES = (".rd", ".cw")


def cell_value(
    reader: Reader, environment: Environment, text: str, name: str, shape: tuple[int, ...], origin: int
) -> Number:
    """Evaluate an expression: one number, or an array if it uses ``row``, ``col`` or random numbers.

    Parameters
    ----------
    text : str
        The expression.
    name : str
        Name of the array and of the value; it seeds the random numbers.
    shape : tuple of int
        Shape of the array: (rows, columns) of cells or segments, or (lines,).
    """
    value = reader.value(text)
    if isinstance(value, float):
        return value
    drawn = _drawn(value, reader.deck.draws)
    needed = _names(value, drawn)
    if not drawn and not needed & {"row", "col"}:
        return float(environment.value(value, origin))
    places = _places(name, shape)
    numbers: dict[str, Number] = {}
    for symbol in sorted(needed):
        numbers[symbol] = places[symbol] if symbol in places else _parameter(environment, symbol, places)
    for number, (symbol, draw) in enumerate(drawn.items()):  # inner ones come first
        keys = cell_keys(environment.world.seed, f"{name}#{number}", shape)
        numbers[symbol] = _draw(draw, numbers, keys, text)
    evaluated, culprit = exact(value, numbers)
    if culprit is not None:
        shown = repr(culprit).replace("\0", "")
        raise CardError(f"'{shown}' has no finite value in some cell", text)
    return np.broadcast_to(np.asarray(evaluated, dtype=float), shape)


def _places(name: str, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Values of ``row`` and ``col``, where they are defined."""
    if len(shape) == 1:
        return {"row" if name.endswith(WORD_LINES) else "col": np.arange(shape[0], dtype=float)}
    row, col = np.indices(shape, dtype=float, sparse=True)
    return {"row": row, "col": col}


def _drawn(value: Expr, draws: list[Draw]) -> dict[str, Draw]:
    """Random draws in an expression and in their arguments, in order of appearance."""
    drawn: dict[int, Draw] = {}
    waiting = [value]
    while waiting:
        for symbol in symbols([waiting.pop()]):
            number = draw_number(symbol)
            if number is not None and number not in drawn:
                drawn[number] = draws[number]
                waiting += draws[number].arguments
    return {draw_symbol(number): drawn[number] for number in sorted(drawn)}


def _names(value: Expr, drawn: Mapping[str, Draw]) -> set[str]:
    """Values of the other names in the expression."""
    return symbols([value, *(a for draw in drawn.values() for a in draw.arguments)]) - set(drawn)


def _parameter(environment: Environment, name: str, places: Mapping[str, np.ndarray]) -> float:
    number = environment.get(name)
    if number is None:
        if name in ("row", "col"):
            raise CardError(
                f"'{name}' means nothing here: there is one number a line, '{next(iter(places))}'", name
            )
        raise CardError(f"'{name}' is not defined{nearest(name, environment.known())}", name)
    return float(number)


def _draw(draw: Draw, numbers: Mapping[str, Number], keys: np.ndarray, text: str) -> np.ndarray:
    """One random number for each key."""
    from circuitnn._cext.draws import draw_all  # for decks with random numbers only

    def standard(kind: str) -> np.ndarray:
        return draw_all(DISTRIBUTIONS.index(kind), keys.ravel()).reshape(keys.shape)

    arguments = [exact(argument, numbers)[0] for argument in draw.arguments]
    random_numbers = draw.values(arguments, lambda: standard("normal"), lambda: standard("uniform"))
    if not np.all(np.isfinite(random_numbers)):
        raise CardError(f"'{draw.kind}' draws no finite number in some cell", text)
    return random_numbers
