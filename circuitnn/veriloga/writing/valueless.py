"""Operations of a model without a value somewhere: divisors of 0, roots and logarithms at 0 or below.

The package gives them one (x/0 divides by 1e-32, the root of -1 is 0); plain arithmetic of other simulators does not,
and the derivative of a root at 0, where it stands before a factor of 0, makes all that depends on it undefined.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, order
from circuitnn.equations.scalar import QUOTIENTS
from circuitnn.models.model import Model

POINTS = 64
SPREAD = 1.0  # V
ASKED = {"div": 1, "ratio": 1, "sqrt": 0, "ln": 0, "log10": 0}  # operation → the argument that must not be 0
USUAL = {"tnom": 27.0, "temp": 27.0, "gmin": 1e-12, "multiplier": 1.0, "time": 0.0}


def valueless(model: type[Model], exprs: Iterable[Expr]) -> set[Expr]:
    """Find operations without a value, at the defaults and published sets of a model's parameters.

    Parameters
    ----------
    model : type of Model
    exprs : iterable of Expr
        In parameters and unknowns of the model.

    Returns
    -------
    set of Expr
        Quotients, roots and logarithms that have none at a point of some: without any voltage, or at random.
    """
    asked = [node for node in order(exprs) if node.op in ASKED]
    arguments = [node.args[ASKED[node.op]] for node in asked]
    without_value: set[Expr] = set()
    for numbers in _parameters(model):
        values = evaluate(arguments, numbers | _unknowns(model, numbers))
        for node, value in zip(asked, values, strict=True):
            bad = np.equal(value, 0.0) if node.op in QUOTIENTS else np.less_equal(value, 0.0)
            if np.any(bad):
                without_value.add(node)
    return without_value


def _parameters(model: type[Model]) -> Iterator[dict[str, float | np.ndarray]]:
    """Numbers of all parameters, for the defaults and each set."""
    usual = {p.name: p.default for p in (*model.parameters, *model.instance_parameters)}
    for chosen in ({}, *(chosen.values for chosen in model.sets.values())):
        values = {**usual, **chosen}
        numbers: dict[str, float | np.ndarray] = dict(USUAL)
        for name, value in values.items():
            while isinstance(value, str):
                value = values[value]
            numbers[name] = USUAL.get(name, 0.0) if math.isnan(value) else value
        yield numbers


def _unknowns(model: type[Model], numbers: dict[str, float | np.ndarray]) -> dict[str, float | np.ndarray]:
    """Values of the unknowns: all 0, and states at their start, at the first point."""
    rng = np.random.default_rng(0)
    unknowns: dict[str, float | np.ndarray] = {}
    for name in model.inputs():
        unknowns[name] = np.append(0.0, rng.uniform(-SPREAD, SPREAD, POINTS))
    for state in model.states:
        start = float(evaluate([state.start()], numbers)[0])
        low = state.low if math.isfinite(state.low) else start
        high = state.high if math.isfinite(state.high) else start
        unknowns[state.name] = np.append(start, rng.uniform(min(low, high), max(low, high), POINTS))
    return unknowns
