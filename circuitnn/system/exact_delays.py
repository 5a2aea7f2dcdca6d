"""Exact delays of devices in small-signal analyses, in place of their two-pole followers.

In transients a quantity y follows x as y = x/(1 + s·td + (s·td)²/3), with two inner nodes,

    g·(y + s·td·w - x) = 0,    g·(y + s·td/3·y - w) = 0.

Adding g·D·w to the first equation, with θ = ω·td and D = (exp(jθ) - 1)/(1 + jθ/3) - jθ, gives y = exp(-jθ)·x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import Expr
from circuitnn.models import named
from circuitnn.system.groups import Placed
from circuitnn.system.triples import Dispersive

Lag = tuple[np.ndarray, np.ndarray, float, Expr]  # rows, delays [s], conductance [S], delay by parameters


def lags(placed: Placed) -> Iterator[Lag]:
    """Followers of a group's instances."""
    for node, (delay, conductance) in named(placed.name).lags.items():
        rows = placed.nodes[placed.kernel.inputs.index(node)]
        yield rows, _column(delay, placed), conductance, delay


def dispersive(devices: list[Placed]) -> list[Dispersive]:
    """Entries that make the followers of all devices exact.

    Parameters
    ----------
    devices : list of Placed
        With the final numbers of their unknowns.
    """
    entries = []
    for rows, delays, conductance, _ in (lag for placed in devices for lag in lags(placed)):
        entries.append(Dispersive(rows, rows, partial(_lacking, delays=delays, conductance=conductance)))
    return entries


def by_parameter(
    placed: Placed, name: str
) -> Iterator[tuple[np.ndarray, np.ndarray, Callable[[float], np.ndarray]]]:
    """Rows, columns and derivatives of these entries by a parameter, as functions of ω [rad/s]."""
    for rows, delays, conductance, delay in lags(placed):
        slope = _column(differentiate(delay, name), placed)
        if np.any(slope):
            yield rows, rows, partial(_slope, delays=delays, factor=conductance * slope)


def _column(value: Expr, placed: Placed) -> np.ndarray:
    return np.array(np.broadcast_to(evaluate([value], placed.columns)[0], placed.nodes.shape[1]), dtype=float)


def _lacking(omega: np.ndarray, delays: np.ndarray, conductance: float) -> np.ndarray:
    angle = np.outer(omega, delays)
    return conductance * (np.expm1(1j * angle) / (1.0 + 1j * angle / 3.0) - 1j * angle)


def _slope(omega: float, delays: np.ndarray, factor: np.ndarray) -> np.ndarray:
    angle = omega * delays
    pole = 1.0 + 1j * angle / 3.0
    by_angle = 1j * (np.exp(1j * angle) / pole - np.expm1(1j * angle) / (3.0 * pole * pole) - 1.0)
    return factor * omega * by_angle
