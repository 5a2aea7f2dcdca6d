"""Checks of waveforms whose numbers are known, and ngspice's reading of unusual ones."""

from __future__ import annotations

from itertools import pairwise
from math import inf, isnan, nan

from circuitnn.elements.card import CardError
from circuitnn.flat import Waveform


def finished(kind: str, numbers: list[float]) -> Waveform:
    """Waveform of a card.

    Parameters
    ----------
    kind : str
    numbers : list of float
        Repeat, delay, and then the values.

    Raises
    ------
    CardError
        The numbers are invalid.
    """
    repeat, delay, values = numbers[0], numbers[1], numbers[2:]
    problem = _PROBLEMS[kind](values) if kind in _PROBLEMS else ""
    if kind == "pwl":
        if not isnan(repeat) and (repeat < 0.0 or repeat not in values[:-2:2]) and repeat != 0.0:
            problem = f"r={repeat:g} is not the time of a corner before the last"
        if _goes_back(values):
            values = _in_order(values)
    if problem:
        raise CardError(problem, kind)
    if kind == "pulse" and _runs_backwards(values):
        return Waveform(kind, (values[0], values[0]), repeat, delay)
    if kind == "spikes":
        return Waveform("pwl", _spikes(values), nan, delay)
    return Waveform(kind, tuple(values), repeat, delay)


def doubtful(kind: str, values: list[float]) -> str:
    """Return a warning about an unusual waveform; empty if it is ordinary."""
    if kind == "pwl" and (back := _goes_back(values)):
        before, after = back
        return f"times of pwl should increase: {after:g} after {before:g}; read as ngspice reads it"
    if kind == "sin" and values[6:7] > [0.0]:
        return f"sin ends after {values[6]:g} cycles, as in LTspice; ngspice goes on"
    if kind == "pulse" and _runs_backwards(values):
        return "the period of pulse is negative: it keeps its first value, as in ngspice"
    return ""


def _runs_backwards(pulse: list[float]) -> bool:
    return len(pulse) > 6 and pulse[6] < 0.0


def _goes_back(values: list[float]) -> tuple[float, float] | None:
    """The first two successive times of which the second is earlier."""
    return next(((a, b) for a, b in pairwise(values[::2]) if b < a), None)


def _in_order(values: list[float]) -> list[float]:
    """Turn a table whose times go back into points of a function of time, as ngspice reads it.

    Before the first point's time the value is the first one, after the last point's time the last one. Between them,
    the first pair of successive points that encloses a time decides.
    """
    points = list(zip(values[::2], values[1::2], strict=True))
    begin, end = points[0][0], points[-1][0]
    corners = sorted({time for time, _ in points if begin <= time <= end})
    table = [begin, points[0][1]]
    for start, stop in pairwise(corners):
        (t0, v0), (t1, v1) = next((a, b) for a, b in pairwise(points) if a[0] <= start and b[0] >= stop)
        for time in (start, stop):
            table += [time, v0 + (v1 - v0) * (time - t0) / (t1 - t0)]
    return [*table, max(begin, end), points[-1][1]]


def _spikes(values: list[float]) -> tuple[float, ...]:
    """Corners of a train of spikes; spikes that overlap merge into a longer one."""
    low, high, width, rise = values[:4]
    points = [0.0, low]
    top = -rise  # until when the last spike is high
    for time in values[4:]:
        if time < top + rise:
            del points[-4:]
        elif time == points[-2]:
            points += [time + rise, high]
        else:
            points += [time, low, time + rise, high]
        top = time + rise + width
        points += [top, high, top + rise, low]
    return tuple(points)


def _of_spikes(values: list[float]) -> str:
    width, rise = values[2:4]
    if not (width >= 0.0 and rise > 0.0):
        return f"spikes of width {width:g} s that rise in {rise:g} s: needs a width of at least 0, a rise above 0"
    for before, time in pairwise((-inf, *values[4:])):
        if not time > before:
            return f"times of spikes must increase: {time:g} after {before:g}"
        if time < 0.0:
            return f"a spike at {time:g} s: times must not be negative"
    return ""


def _of_exp(values: list[float]) -> str:
    if any(tau < 0.0 for tau in values[3:6:2]):
        return "the time constants of exp must not be negative: it would grow without bound"
    return ""


def _of_noise(values: list[float]) -> str:
    amplitude, interval, exponent, flicker, telegraph, capture, emission = [*values, *[0.0] * 5][:7]
    if (amplitude or flicker) and not interval > 0.0:
        return "the interval of trnoise must be positive"
    if flicker and not 0.0 < exponent < 2.0:
        return f"the exponent of trnoise's 1/f noise is {exponent:g}: must lie between 0 and 2"
    if telegraph and not (capture > 0.0 and emission > 0.0):
        return "the mean times of trnoise's telegraph noise must be positive"
    return ""


def _of_random(values: list[float]) -> str:
    if not values[1] > 0.0:
        return "the interval of trrandom must be positive"
    if values[0] not in (1.0, 2.0, 3.0, 4.0):
        return f"trrandom has the types 1 to 4 (uniform, normal, exponential, Poisson), not {values[0]:g}"
    if (values[2:3] or [0.0])[0] < 0.0:
        return "the delay of trrandom is negative"
    if values[0] == 4.0 and not 0.0 <= (values[3:4] or [1.0])[0] < 1e15:
        return "the mean of trrandom's type 4 must be positive"
    return ""


# Checks by kind; each returns what is wrong with the numbers, empty if nothing is.
_PROBLEMS = {
    "exp": _of_exp,
    "spikes": _of_spikes,
    "trnoise": _of_noise,
    "trrandom": _of_random,
}
