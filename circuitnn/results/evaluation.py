"""Expressions in the variables of a result: their values at every point, and the signals they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import CircuitnnError, UnknownNameError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.user_input import name_of
from circuitnn.results.phasors import PARTS
from circuitnn.results.result import Result

if TYPE_CHECKING:
    from circuitnn.equations.graph import Expr

_PART_OF = re.compile(rf"(?P<name>{'|'.join(PARTS)})\((?P<of>[vi]\([^()]*\))\)")


class MeasureFailure(CircuitnnError):
    """A measure has no value on this result."""


@checked_arguments
def evaluate(result: Result, expression: str) -> np.ndarray:
    """Evaluate a variable or an expression in variables at every point.

    Parameters
    ----------
    result : Result
    expression : str
        As in a deck: ``"v(a)*i(v1)"``.

    Returns
    -------
    ndarray, shape (points,)

    Raises
    ------
    UnknownNameError
        If the result lacks a variable.
    NetlistError
        If the expression cannot be parsed.
    """
    text = name_of(expression, "expression").strip()
    try:
        return result.array(text)
    except UnknownNameError:
        if text.replace("_", "").isalnum():
            raise
    part = _PART_OF.fullmatch(text)
    if part is not None and np.iscomplexobj(result.data):
        return PARTS[part["name"]](evaluate(result, part["of"]))
    from circuitnn.equations.evaluate import evaluate as evaluate_graph

    graph, names = _parsed(text)
    values: Mapping[str, np.ndarray] = {name: result.array(name) for name in names}
    if any(np.iscomplexobj(v) for v in values.values()):
        raise MeasureFailure(f"{expression}: expressions take parts of phasors, such as vdb(out) or vm(out)")
    return np.broadcast_to(np.asarray(evaluate_graph([graph], values)[0], dtype=float), (len(result),))


def variables(result: Result, expression: str) -> set[str]:
    """List the variables of a result that an expression reads.

    Parameters
    ----------
    result : Result
    expression : str

    Returns
    -------
    set of str

    Raises
    ------
    UnknownNameError, NetlistError
        As `evaluate`.
    """
    return {variable for name in signals(result, expression) for variable in result.find(name)}


def signals(result: Result, expression: str) -> list[str]:
    """List the signals that an expression reads, whether the result has them or not.

    Parameters
    ----------
    result : Result
    expression : str
        A signal, or an expression in signals.

    Returns
    -------
    list of str

    Raises
    ------
    NetlistError
        The expression cannot be parsed.
    """
    text = name_of(expression, "expression").strip()
    try:
        result.find(text)
        return [text]
    except UnknownNameError:
        if text.replace("_", "").isalnum():
            return [text]
    part = _PART_OF.fullmatch(text)
    return signals(result, part["of"]) if part is not None else _parsed(text)[1]


def _parsed(text: str) -> tuple[Expr, list[str]]:
    """The expression's graph and the signals it reads."""
    from circuitnn.equations.graph import symbols
    from circuitnn.netlist.expressions import parse_signal

    graph = parse_signal(text)
    return graph, sorted(symbols([graph]))
