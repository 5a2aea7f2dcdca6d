"""Spikes in a transient: times at which a signal crosses a level, and figures derived from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.frozen_values import Plain
from circuitnn.machine.user_input import name_of
from circuitnn.netlist.signal_names import canonical
from circuitnn.records import dataclass
from circuitnn.results.spike_detection import Trains, crossings, cubic
from circuitnn.units import number_of

if TYPE_CHECKING:
    import os

    from circuitnn.results.result import Result


@dataclass(frozen=True, eq=False)
class Spikes(Plain):
    """Times at which a signal rises through a level and falls again.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Of the rises. [s]
    ends : ndarray, shape (n,)
        Of the falls that follow; NaN where the signal ends before. [s]
    heights : ndarray, shape (n,)
        Largest value between rise and fall.
    span : float
        Length of the transient. [s]
    signal : str
    """

    times: np.ndarray
    ends: np.ndarray
    heights: np.ndarray
    span: float
    signal: str

    def __len__(self) -> int:
        return len(self.times)

    @property
    def intervals(self) -> np.ndarray:
        """Times between spikes, shape (n - 1,). [s]"""
        return np.diff(self.times)

    @property
    def widths(self) -> np.ndarray:
        """Durations above the level, of spikes that end. [s]"""
        widths = self.ends - self.times
        return np.asarray(widths[np.isfinite(widths)])

    @property
    def rate(self) -> float:
        """Spikes per time. [Hz]"""
        return len(self) / self.span if self.span > 0.0 else 0.0

    @property
    def cv(self) -> float:
        """Coefficient of variation of the intervals: 0 for a clock, 1 for a Poisson process; NaN below three spikes."""
        return float(np.std(self.intervals) / np.mean(self.intervals)) if len(self) > 2 else math.nan

    @property
    def local_variation(self) -> float:
        """Variation of neighbouring intervals (Shinomoto), insensitive to slow changes; NaN below three spikes."""
        a, b = self.intervals[:-1], self.intervals[1:]
        return float(3.0 * np.mean(((a - b) / (a + b)) ** 2)) if len(a) else math.nan

    @property
    def fano(self) -> float:
        """Variance over mean of the counts in ten windows; NaN below ten spikes."""
        if len(self) < 10:
            return math.nan
        counts, _ = np.histogram(self.times, bins=10)
        return float(np.var(counts) / np.mean(counts))

    def bursts(self, gap: float) -> list[np.ndarray]:
        """Group spikes that follow each other within a gap.

        Parameters
        ----------
        gap : float
            [s]

        Returns
        -------
        list of ndarray
            Times of the spikes of each burst. [s]
        """
        apart = self.intervals > number_of(gap, "gap [s]")
        return np.split(self.times, np.flatnonzero(apart) + 1) if len(self) else []


@checked_arguments
def spike_train(result: Result, signal: str, level: float | None = None, start: float = 0.0) -> Spikes:
    """Find the spikes of a signal: rises through a level.

    Parameters
    ----------
    result : Result
        Of a transient.
    signal : str
        ``"v(a)"``, ``"v(a,b)"``.
    level : float, optional
        Default: the middle of the signal's range.
    start : float
        Time before which nothing counts. [s]

    Returns
    -------
    Spikes

    Raises
    ------
    AnalysisError
        If the result has no time, or is one of ``.spikes`` with another level.
    UnknownNameError
        If ``.spikes`` has not recorded the signal.
    """
    if result.analysis == "spikes":
        return recorded(result, signal, level, start)
    t, y = waveform(result, signal, start)
    trains = Trains([_level(y, level)])
    trains.add(t, y[:, None])
    _, rises, ends, heights = trains.table().T
    return Spikes(rises, ends, heights, float(t[-1] - t[0]), signal)


def recorded(result: Result, signal: str, level: float | None, start: float) -> Spikes:
    """Spikes of one signal in the result of ``.spikes``."""
    levels, name = result.arguments.get("levels", {}), canonical(name_of(signal, "signal"))
    start = number_of(start, "start")
    if not levels:
        raise AnalysisError(
            f"{signal}: this file of spikes has no names of signals: select rows by the column 'signal'"
        )
    if name not in levels:
        raise UnknownNameError(f"the spikes of {signal} were not recorded, only those of {', '.join(levels)}")
    if level is not None and number_of(level, "level") != levels[name]:
        raise AnalysisError(
            f"{signal}: recorded were the rises through {levels[name]:g}, not through {level}"
        )
    rows = (result.array("signal") == list(levels).index(name)) & (result.time >= start)
    rises, widths = result.time[rows], result.array("width")[rows]
    ends = np.where(widths > 0.0, rises + widths, math.nan)
    span = float(result.arguments["tstop"]) - max(start, float(result.arguments["tstart"]))
    return Spikes(rises, ends, result.array("height")[rows], span, signal)


@checked_arguments
def section(result: Result, signal: str, level: float, *others: str, start: float = 0.0) -> np.ndarray:
    """Poincaré section: values of other signals where one rises through a level.

    Parameters
    ----------
    result : Result
    signal : str
    level : float
    *others : str
    start : float
        Time before which nothing counts. [s]

    Returns
    -------
    ndarray, shape (n, 1 + len(others))
        Times [s] and values.
    """
    t, y = waveform(result, signal, start)
    moments = crossings(t, y, number_of(level, "level"))
    values = [_at(t, waveform(result, other, start)[1], moments) for other in others]
    return np.column_stack([moments, *values])


def _at(t: np.ndarray, y: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Values of the cubic through four points; of the line where their times coincide."""
    k = np.clip(np.searchsorted(t, moments, side="right") - 1, 0, len(t) - 2)
    around = np.clip(np.stack([k - 1, k, k + 1, k + 2]), 0, len(t) - 1)
    times, values = t[around], y[around]
    smooth = np.all(np.diff(times, axis=0) > 0.0, axis=0)
    interpolated = np.interp(moments, t, y)
    interpolated[smooth] = cubic(times[:, smooth], values[:, smooth], moments[smooth])
    return np.asarray(interpolated)


def waveform(result: Result, signal: str, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Times [s] and values of a signal from a time on."""
    if result.axis != "time":
        raise AnalysisError(
            f"{signal}: only a result over the time has spikes and periods, not '{result.analysis}'"
        )
    t, y = np.asarray(result.time), np.asarray(result.array(signal), dtype=float)
    start = number_of(start, "start")
    late = t >= start
    if late.sum() < 2:
        raise AnalysisError(f"{signal}: the transient ends at {t[-1:].sum():g} s, before start = {start:g} s")
    return t[late], y[late]


def _level(y: np.ndarray, level: float | None) -> float:
    """The level that is given, else the middle of the signal's range."""
    return 0.5 * float(y.max() + y.min()) if level is None else number_of(level, "level")


def raster(
    trains: Sequence[Spikes],
    path: str | os.PathLike[str] | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    xlim: tuple[float, float] | None = None,
) -> Any:
    """Draw spikes of several signals, one row each.

    Parameters
    ----------
    trains : sequence of Spikes
    path : path, optional
        File to write.
    ax, figsize, xlim : optional
        Axes, size [inch] and times [s], as of `circuitnn.Result.plot`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from circuitnn.results.figure_place import Place
    from circuitnn.results.figures import colours, save, scaled, styled

    trains, place = list(trains), Place(ax, figsize, xlim)
    if not trains:
        raise AnalysisError("nothing to draw: there are no spike trains")
    with styled():
        figure, (axes,) = place.panels(1, 1, (7.0, 1.2 + 0.25 * len(trains)))
        factor, label = scaled("time", np.array([0.0, *(train.span for train in trains)]))
        cycle = colours()
        axes.eventplot(
            [train.times * factor for train in trains],
            linelengths=0.8,
            linewidths=1.0,
            colors=[cycle[k % len(cycle)] for k in range(len(trains))],
        )
        axes.set_yticks(range(len(trains)), [train.signal for train in trains])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(label)
        place.limit([axes], factor)
    if path is not None:
        save(figure, path)
    return figure
