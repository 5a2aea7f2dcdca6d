"""Effect of very many equal pulses on a cell: the averaged equation of its state, with an error bound.

Let P be the map of the state x by one period of pulses and D(x) = P(x) - x. Instead of P applied n times, dx/dn = D(x)
is integrated. Along the way D keeps its sign, and n is the sum of (x[k+1] - x[k])/D(x[k]) over the pulses. The integral
of dx/D differs from each term by at most exp(V) - 1, where V is the variation of ln|D| over that step. Therefore the
averaged state after n pulses is the true one after n ± E of them,

    E = exp(2L)·∫ |d ln|D||,      L = max |dD/dx| < ½,

which is a few pulses even if D falls by orders of magnitude. The bound assumes that D is smooth between the points
at which it is evaluated. Where D falls steeply, near a fixed point or a bound of the state, the error is bounded by the
remaining distance to that point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar import Crossbar
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.crossing import Cell
from circuitnn.crossbar.evolution import Evolution
from circuitnn.errors import AnalysisError, ConvergenceError

AT_REST = 1e-6  # of the first D: below, the state is at rest
POINTS = 200  # at which D is evaluated
STEEPEST = 0.5  # largest |dD/dx|
FARTHEST = 0.05  # largest change by the first period, over the range of the state
FINER = 10.0  # factor by which pulses are solved more finely to estimate their error


@dataclass(eq=False)
class Drift:
    """A state after many pulses.

    Parameters
    ----------
    pulses : ndarray, shape (counts,)
        Numbers of periods.
    state, low, high : ndarray, shape (counts,)
        The state by the averaged equation, and its bounds.
    conductance, conductance_low, conductance_high : ndarray, shape (counts,)
        Of the cell in these states. [S]
    off : ndarray, shape (counts,)
        Error in periods.
    """

    pulses: np.ndarray
    state: np.ndarray
    low: np.ndarray
    high: np.ndarray
    conductance: np.ndarray
    conductance_low: np.ndarray
    conductance_high: np.ndarray
    off: np.ndarray


def drift(
    cell: Cell,
    period: Sequence[tuple[float, float]],
    pulses: ArrayLike,
    state: float,
    *,
    read_voltage: float = 0.1,
    reltol: float = 1e-4,
) -> Drift:
    """Predict the drift of a cell under many equal pulses.

    Parameters
    ----------
    cell : Cell
        With one state that moves.
    period : sequence of (float, float)
        Voltages of the cell and their durations. [V, s]
    pulses : array_like, shape (counts,)
        Numbers of periods.
    state : float
        Before the pulses.
    read_voltage : float
        At which conductances are given. [V]
    reltol : float
        Error of the state in one step of a pulse.

    Returns
    -------
    Drift

    Raises
    ------
    AnalysisError
        If the cell has several moving states.
    ConvergenceError
        If a period moves the state too far to be averaged.
    """
    counts = np.atleast_1d(numbers(pulses, "pulses", [(np.size(pulses),), ()], ("count",), infinite=False))
    map_of = _Map(cell, period, reltol)
    first = float(map_of(np.array([float(state)]))[0])
    if abs(first) > FARTHEST * map_of.span(state):
        raise ConvergenceError(_too_far(first))
    if first == 0.0:
        state = float(state)
        x = (np.full(len(counts), state),) * 3
        return _drift(map_of, counts, x, np.zeros(len(counts)), read_voltage)
    path, seen = _path(map_of, state, float(counts.max()))
    x, off = _bounded(map_of, path, seen, counts)
    return _drift(map_of, counts, x, off, read_voltage)


def _bounded(
    map_of: _Map, path: Callable[[np.ndarray], np.ndarray], seen: np.ndarray, counts: np.ndarray
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """The state, the earlier and later states that bound the true one, and the error in periods."""
    whole = path(seen)
    step = map_of(whole)
    slope = np.abs(np.gradient(step, np.arange(len(step))) / _nonzero(np.gradient(whole)))
    stopped = np.flatnonzero((step / step[0] < AT_REST) | (slope > STEEPEST))
    last = int(stopped[0]) if len(stopped) else len(seen)
    # A steep fall means that a fixed point or a bound is near.
    falls = not len(stopped) or np.abs(step[last : last + 2]).min() < np.abs(step[max(last - 1, 0)])
    if last < 2 or not falls:
        raise ConvergenceError(_too_far(float(step[min(last, len(step) - 1)])))
    where, step, at_end = whole[:last], step[:last], seen[last - 1]
    steepest = float(slope[:last].max())
    variation = np.append(0.0, np.cumsum(np.abs(np.diff(np.log(np.abs(step))))))
    inexact = np.abs(map_of.finer(where) / step - 1.0)
    lost = np.append(0.0, np.cumsum(np.diff(seen[:last]) * np.maximum(inexact[1:], inexact[:-1])))
    off = np.zeros(len(counts))
    for _turn in range(3):  # the true state may be ahead by as much as the bound
        periods = counts + off
        off = np.exp(2.0 * steepest) * np.interp(periods, seen[:last], variation) + 2.0 * np.interp(
            periods, seen[:last], lost
        )
    behind, ahead = path(np.clip(counts - off, 0.0, at_end)), path(np.minimum(counts + off, at_end))
    if len(stopped):  # the true state does not pass its fixed point, about step/slope ahead, or a bound
        way = np.sign(step[0])
        rest = where[-1] + 2.0 * step[-1] / max(slope[last - 1], 1e-300)
        farthest = max(way * map_of.clipped(rest), float(np.max(way * whole)))
        ahead = np.where(counts + off > at_end, way * farthest, ahead)
    return (path(counts), behind, ahead), off


def _nonzero(values: np.ndarray) -> np.ndarray:
    """Differences that are safe as divisors: infinite where they are rounding errors."""
    return np.where(np.abs(values) > 1e-9 * np.abs(values).max(), values, np.inf)


def _too_far(step: float) -> str:
    return f"drift: a period moves the state by {step:.3g}, too far to be averaged; simulate the pulses"


class _Map:
    """D(x): the change of states by one period."""

    def __init__(self, cell: Cell, period: Sequence[tuple[float, float]], reltol: float) -> None:
        self.cell, self.period, self.reltol = cell, period, reltol
        self._evolutions: dict[int, Evolution] = {}
        moving = self.evolution(1).rates.moving
        if len(moving) != 1:
            raise AnalysisError(f"drift: the cell has several states that move, {', '.join(moving)}")
        self.name = moving[0]

    def evolution(self, count: int) -> Evolution:
        """That many cells side by side, each with the full voltage."""
        if count not in self._evolutions:
            self._evolutions[count] = Evolution(Crossbar(1, count, self.cell), reltol=self.reltol)
        return self._evolutions[count]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        evolution = self.evolution(len(x))
        evolution.set_state(self.name, x[None, :])
        change = np.zeros(len(x))
        for voltage, duration in self.period:
            change += evolution.stay_alone(voltage, duration).change[self.name][0]
        return change

    def span(self, state: float) -> float:
        """Range of the state, or its size if the range is not finite."""
        bounds = self.evolution(1).rates.states[self.name]
        span = bounds.high - bounds.low
        return span if np.isfinite(span) else abs(state)

    def clipped(self, state: float) -> float:
        """The state within its bounds."""
        bounds = self.evolution(1).rates.states[self.name]
        return float(np.clip(state, bounds.low, bounds.high))

    def finer(self, x: np.ndarray) -> np.ndarray:
        """The same map with smaller steps."""
        return _Map(self.cell, self.period, self.reltol / FINER)(x)

    def conductance(self, x: np.ndarray, voltage: float) -> np.ndarray:
        """Conductance of the cell in given states. [S]"""
        evolution = self.evolution(len(x))
        evolution.set_state(self.name, x[None, :])
        return evolution.conductance(voltage)[0]


def _path(map_of: _Map, start: float, most: float) -> tuple[Callable[[np.ndarray], np.ndarray], np.ndarray]:
    """The averaged state as a function of the number of periods, and the numbers at which to evaluate D."""
    from scipy.integrate import solve_ivp

    end = 1.1 * most + 100.0
    bounds = map_of.evolution(1).rates.states[map_of.name]

    def rate(_n: float, moved: np.ndarray) -> np.ndarray:
        return map_of(np.clip(start + moved, bounds.low, bounds.high))

    # The unknown is the change of the state, which may be small beside the state itself.
    tiny = 1e-9 * abs(float(map_of(np.array([start]))[0]))
    solution = solve_ivp(rate, (0.0, end), [0.0], method="LSODA", dense_output=True, rtol=1e-9, atol=tiny)
    if not solution.success:
        raise ConvergenceError(f"drift: {solution.message}")
    seen = np.unique(np.concatenate([[0.0], np.geomspace(1.0, end, POINTS), solution.t]))

    def path(n: np.ndarray) -> np.ndarray:
        return np.asarray(np.clip(start + solution.sol(n)[0], bounds.low, bounds.high))

    return path, seen


def _drift(
    map_of: _Map, counts: np.ndarray, x: tuple[np.ndarray, ...], off: np.ndarray, voltage: float
) -> Drift:
    state = x[0]
    low, high = np.minimum(x[1], x[2]), np.maximum(x[1], x[2])
    g, at_low, at_high = (map_of.conductance(v, voltage) for v in (state, low, high))
    return Drift(counts, state, low, high, g, np.minimum(at_low, at_high), np.maximum(at_low, at_high), off)
