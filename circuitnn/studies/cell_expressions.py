"""Expressions with random numbers, evaluated once per cell."""

from __future__ import annotations

import numpy as np

from circuitnn.equations.graph import symbols
from circuitnn.equations.unclamped import exact
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.netlist.expressions import ExpressionError, parse_expression
from circuitnn.netlist.language import Draw, Language, draw_symbol


def expression(text: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Evaluate an expression of a deck for every cell.

    Parameters
    ----------
    text : str
        May call ``agauss``, ``gauss``, ``unif``, ``aunif``, ``limit`` and use ``row`` and ``col``.
    shape : (int, int)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (rows, columns)

    Raises
    ------
    AnalysisError
        If it is not an expression, uses other names, or has no finite value in some cell.
    """
    draws: list[Draw] = []
    try:
        value = parse_expression(lowered(text.strip().strip("{}")), Language({}, draws, as_parameter=True))
    except (ExpressionError, CircuitnnError) as error:
        raise AnalysisError(f"'{text}': {error}") from None
    row, col = np.indices(shape, dtype=float)
    values: dict[str, float | np.ndarray] = {"row": row, "col": col, "pi": np.pi, "e": np.e}
    for number, draw in enumerate(draws):  # inner calls come first
        arguments = [_value(argument, values, text) for argument in draw.arguments]
        values[draw_symbol(number)] = np.asarray(
            draw.values(arguments, lambda: rng.standard_normal(shape), lambda: rng.random(shape))
        )
    drawn = np.broadcast_to(np.asarray(_value(value, values, text), dtype=float), shape)
    if not np.all(np.isfinite(drawn)):
        raise AnalysisError(f"'{text}' has no finite value in some cell")
    return np.array(drawn)


def _value(value, values, text):  # type: ignore[no-untyped-def]
    unknown = symbols([value]) - set(values)
    if unknown:
        raise AnalysisError(f"'{text}': {min(unknown)} means nothing here; row and col do")
    return exact(value, values)[0]
