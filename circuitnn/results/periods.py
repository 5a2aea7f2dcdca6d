"""Figures of oscillations in a transient: period, phase, duty cycle and amplitude of a signal."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.arguments import checked_arguments
from circuitnn.netlist.signal_names import canonical
from circuitnn.results.cut_cycles import REST, cycles_of, cycles_of_spikes
from circuitnn.results.spiking import recorded, waveform
from circuitnn.results.steadiness import Cycles, Oscillation, alike, even, going_on
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.results.result import Result

PERIODIC = "pss"  # the analysis whose results have one period
REPEATED = 5  # … which is repeated so many times to find rises


@checked_arguments
def oscillation(
    result: Result, signal: str, level: float | None = None, start: float | None = None
) -> Oscillation:
    """Oscillation of a signal whose cycles are alike: its period and duty cycle, with their errors.

    A cycle lasts from one rise through the level to the next, or over the shortest pattern of several rises that
    repeats. Cycles are alike if lengths scatter by 3 % at most, sizes and means by 5 %, and none of them changes by
    more than 2 % from the first cycle to the last.

    Parameters
    ----------
    result : Result
    signal : str
    level : float, optional
        Default: the middle of the signal's range after `start`, where crossings within a tenth of the range count once.
    start : float, optional
        Time from which it counts; default: half of the transient. Of a periodic steady state, all counts. [s]

    Returns
    -------
    Oscillation

    Raises
    ------
    AnalysisError
        The signal is at rest, dies away, grows, drifts, sweeps its frequency, or repeats no pattern (noise, several
        frequencies, chaos); or there are fewer than three cycles, or fewer than four points in each.
    """
    start = _begin(result, start)
    return alike(_cycles(result, signal, level, start), signal, _end(result))


@checked_arguments
def period(result: Result, signal: str, level: float | None = None, start: float | None = None) -> float:
    """Period of an oscillation: mean time between rises, or the length of a repeating pattern of several rises.

    Its error is that of `oscillation`, which raises the same errors if the signal does not repeat itself.

    Parameters
    ----------
    result : Result
    signal : str
    level : float, optional
        Default: the middle of the signal's range after `start`.
    start : float, optional
        Time from which it counts; default: half of the transient. Of a periodic steady state, all counts. [s]

    Returns
    -------
    float
        [s]

    Raises
    ------
    AnalysisError
        The signal does not repeat itself, see `oscillation`. `spikes` has the intervals between any rises.
    """
    return oscillation(result, signal, level, start).period


@checked_arguments
def phase(result: Result, signal: str, level: float | None = None, start: float = 0.0) -> np.ndarray:
    """Phase of an oscillation over time: 2π more at each rise, linear in between.

    The lengths of cycles may differ; their sizes and means in the second half must be alike, see `oscillation`.

    Parameters
    ----------
    result : Result
    signal : str
    level : float, optional
        Default: the middle of the signal's range after `start`.
    start : float
        Time before which nothing counts; of a periodic steady state, all counts. [s]

    Returns
    -------
    ndarray, shape (points,)
        [rad]; 0 at the first rise. Before it and after the last one, extrapolated from the nearest interval.

    Raises
    ------
    AnalysisError
        The signal is at rest, dies away, grows or drifts.
    """
    start = _begin(result, start)
    settled = _cycles(result, signal, level, max(start, _late(result)))
    going_on(settled, signal, _end(result))
    even(settled, signal)
    moments, t = _cycles(result, signal, level, start).rises, np.asarray(result.time)
    k = np.clip(np.searchsorted(moments, t, side="right") - 1, 0, len(moments) - 2)
    return np.asarray(2.0 * np.pi * (k + (t - moments[k]) / (moments[k + 1] - moments[k])))


@checked_arguments
def duty(result: Result, signal: str, level: float | None = None, start: float | None = None) -> float:
    """Fraction of the time, over whole periods, that a signal is above a level.

    Its error is that of `oscillation`, which raises the same errors if the signal does not repeat itself.

    Parameters
    ----------
    result : Result
    signal : str
    level : float, optional
        Default: the middle of the signal's range after `start`.
    start : float, optional
        Time from which it counts; default: half of the transient. Of a periodic steady state, all counts. [s]

    Returns
    -------
    float

    Raises
    ------
    AnalysisError
        The signal does not repeat itself, see `oscillation`.
    """
    return oscillation(result, signal, level, start).duty


@checked_arguments
def amplitude(result: Result, signal: str, start: float | None = None) -> float:
    """Half of the range of a signal's points.

    Parameters
    ----------
    result : Result
    signal : str
    start : float, optional
        Time from which it counts; default: half of the transient. Of a periodic steady state, all counts. [s]

    Returns
    -------
    float

    Warns
    -----
    DeckWarning
        The signal dies away, grows or drifts, so that its range depends on where it is taken; or it has fewer than
        three cycles.
    """
    start = _begin(result, start)
    t, y = waveform(result, signal, start)
    if result.analysis != PERIODIC and float(np.ptp(y)) > REST * float(np.abs(y).max()):
        try:
            cycles = cycles_of(t, y, None, signal)
            going_on(cycles, signal, _end(result))
            even(cycles, signal)
        except AnalysisError as error:
            warnings.warn(
                f"amplitude: half of the range is that of no settled oscillation: {error}",
                DeckWarning,
                stacklevel=2,
            )
    return float(0.5 * np.ptp(y))


def _begin(result: Result, start: float | None) -> float:
    """The time from which a signal counts: of a periodic steady state, which has neither begin nor end, all. [s]"""
    begin = None if start is None else number_of(start, "start")
    return _late(result) if begin is None or result.analysis == PERIODIC else begin


def _late(result: Result) -> float:
    """The middle of the transient, which may end long after the last spike. [s]"""
    if result.analysis == "spikes" and result.arguments:
        return 0.5 * (float(result.arguments["tstart"]) + float(result.arguments["tstop"]))
    t = np.asarray(result.time)
    if result.analysis == PERIODIC:  # one period, all of which counts
        return float(t[0])
    return 0.5 * float(t[0] + t[-1]) if len(t) else 0.0


def _end(result: Result) -> float:
    """End of the time over which a signal is known. [s]"""
    if result.analysis == "spikes" and result.arguments and result.complete:
        return float(result.arguments["tstop"])
    t = np.asarray(result.time)
    periods = REPEATED if result.analysis == PERIODIC else 1
    return float(t[0] + periods * (t[-1] - t[0]))


def _repeated(result: Result, t: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Some periods of a periodic waveform, of which the result has one; others as they are."""
    if result.analysis != PERIODIC:
        return t, y
    starts = (t[-1] - t[0]) * np.arange(REPEATED)
    moments = np.append((starts[:, None] + t[None, :-1]).ravel(), starts[-1] + t[-1])
    return moments, np.append(np.tile(y[:-1], REPEATED), y[-1])


def _cycles(result: Result, signal: str, level: float | None, start: float) -> Cycles:
    """The cycles of a signal from a time on."""
    level = None if level is None else number_of(level, "level")
    if result.analysis == "spikes":
        spikes = recorded(result, signal, level, start)
        return cycles_of_spikes(spikes, result.arguments["levels"][canonical(signal)])
    return cycles_of(*_repeated(result, *waveform(result, signal, start)), level, signal)
