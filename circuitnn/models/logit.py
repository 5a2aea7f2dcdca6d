"""States of memristors whose window vanishes at both ends of the range.

Where dx/dt = r·f(x) and f vanishes at 0 and at 1, x comes ever closer to an end and never reaches it, and how long it
takes to leave again depends on how close it was: 1 - x = 1e-50 is not 1 - x = 1e-5. As a number x cannot tell them
apart. The unknown is then y = ln(x/(1 - x)), with dy/dt = r·f/(x·(1 - x)), whose right-hand side tends to a number
other than zero at both ends; x follows from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from circuitnn.equations.graph import ZERO, Expr, ln, max_, tanh, where
from circuitnn.models.declarations import State
from circuitnn.models.model import Equations, Model
from circuitnn.records import replace

STATE = "y"
SUFFIX = "_logit"
TINY = 1e-300  # as close to an end as an initial value can be
NEVER = 1e30  # y of a state that starts at an end: no rate changes such a number in any time

_variants: dict[type[Model], type[Model]] = {}


def logit(model: type[Model]) -> bool:
    """Whether the state of a model is y."""
    return model.name.endswith(SUFFIX)


def position(m: Equations, state: str) -> Expr:
    """The state x, also where y is the unknown."""
    return 0.5 * (1.0 + tanh(0.5 * m.unknown(STATE))) if STATE in m.inputs else m.unknown(state)


def state_logit(m: Equations, state: str, rate: Expr) -> None:
    """State the equations of y, whose rate it is [1/s], and of x, which follows."""
    m.state(STATE, rate)
    m.state(state, position(m, state) - m.unknown(state), ZERO)


def in_logit(model: type[Model]) -> type[Model]:
    """The same device with y = ln(x/(1 - x)) as its state; x follows.

    Parameters
    ----------
    model : type of Model
        Whose attribute `vanishing` is not None.

    Returns
    -------
    type of Model
    """
    if logit(model):
        return model
    if model not in _variants:
        (x,) = model.states
        start = x.start()
        begin = ln(max_(start, TINY) / max_(1.0 - start, TINY))
        begin = where(start <= 0.0, -NEVER, where(start >= 1.0, NEVER, begin))
        y = State(STATE, "", f"ln({x.name}/(1 - {x.name}))", begin)
        body = {
            "name": model.name + SUFFIX,
            "keywords": model.types(),
            "states": (y, replace(x, low=-np.inf, high=np.inf, hold=False)),
            "__module__": model.__module__,
            "__doc__": model.__doc__,
        }
        _variants[model] = type(f"{model.__name__}Logit", (model,), body)
    return _variants[model]


def parted(
    model: type[Model], columns: Mapping[str, np.ndarray], count: int
) -> Iterator[tuple[type[Model], np.ndarray]]:
    """Models of devices by what their parameters ask for, and the rows of each.

    Parameters
    ----------
    model : type of Model
    columns : mapping of str to ndarray
    count : int
        Number of devices.
    """
    vanishes = np.broadcast_to(vanishing(model, columns), count)
    for which, kind in ((~vanishes, model), (vanishes, in_logit(model))):
        if which.any():
            yield kind, np.flatnonzero(which)


def vanishing(model: type[Model], columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether the windows of devices vanish at both ends."""
    if model.vanishing is None:
        return np.zeros(1, dtype=bool)
    parameter, values = model.vanishing
    return np.isin(columns[parameter], values)


def ends(model: type[Model], columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether devices start at an end of the range; those in logit stay there."""
    start = columns[str(model.states[-1].initial)]
    return (start <= 0.0) | (start >= 1.0)
