"""Run a deck twice, the second time with tighter tolerances and smaller steps: how much do its figures move?

A figure that moves by more than a limit is determined by the tolerances, not by the circuit. A figure that does not
move may still be wrong because of its models or the deck.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.options import Options
from circuitnn.records import dataclass
from circuitnn.results.result import Result
from circuitnn.system.accuracy import state_tolerance
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.flat.measure_request import Measure
    from circuitnn.registry.analyses import Follow

LIMIT = 1.0  # %
TIGHTER, FINER = 10.0, 2.0
TOLERANCES = ("reltol", "abstol", "vntol", "chgtol")
SHOWN = 20  # rows of the text
RISES = 4  # number of rising edges that make a signal an oscillation
HYSTERESIS = 0.1  # of an oscillation's swing


@dataclass(frozen=True)
class Figure:
    """A number with its values in both runs.

    Parameters
    ----------
    analysis : str
        ``"tran"``; where there are several, ``"tran 2"``.
    name : str
        Name of the measure, or signal and quantity: ``"v(out) max"``.
    value, again : float
        Value in the first and in the tighter run; NaN if it failed. [unit]
    moved : float
        |again − value| relative to their size, or to the signal's. Sizes of voltages and currents below
        vntol/reltol and abstol/reltol (1 mV, 1 nA) are raised to these. Infinite if one of the runs has no value. [%]
    unit : str
    """

    analysis: str
    name: str
    value: float
    again: float
    moved: float
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Verification:
    """Comparison of two runs of a deck.

    Parameters
    ----------
    figures : tuple of Figure
        Measures of analyses that have any; for others, final values, extrema, means and periods of all saved
        signals, and the largest change along sweeps and spectra.
    limit : float
        Largest allowed move of a figure. [%]
    results, again : list of Result
    fault : str
        Why there is no second run; empty if there is one.
    """

    figures: tuple[Figure, ...]
    limit: float
    results: Sequence[Result]
    again: Sequence[Result] = ()
    fault: str = ""

    @property
    def worst(self) -> Figure | None:
        """The figure that moves most."""
        return max(self.figures, key=lambda figure: figure.moved, default=None)

    @property
    def passed(self) -> bool:
        """Whether there is a second run and no figure moves beyond the limit."""
        return not self.fault and all(figure.moved <= self.limit for figure in self.figures)

    @property
    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Analysis, figure, both values and how far it moves, the worst first."""
        ordered = sorted(self.figures, key=lambda figure: -figure.moved)
        return [
            (f.analysis, f.name, f"{_shown(f.value)} {f.unit}".strip(), _shown(f.again), _percent(f.moved))
            for f in ordered
        ]

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.fault:
            return f"not verified: the run with tighter tolerances failed: {self.fault}"
        if self.worst is None:
            return "not verified: there is nothing to compare"
        bad = sum(figure.moved > self.limit for figure in self.figures)
        how = f"{len(self.figures)} figures, the worst moves by {_percent(self.worst.moved)}"
        return f"{'not verified' if bad else 'verified'}: {how}, {bad} beyond the limit of {self.limit:g} %"

    def __str__(self) -> str:
        rows = self.rows
        widths = [max(len(row[k]) for row in rows) for k in range(5)] if rows else []
        lines = [
            "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
            for row in rows[:SHOWN]
        ]
        more = [f"… and {len(rows) - SHOWN} that move less"] if len(rows) > SHOWN else []
        return "\n".join([self.verdict, *lines, *more])


def _shown(value: float) -> str:
    return "none" if math.isnan(value) else f"{value:.6g}"


def _percent(moved: float) -> str:
    return "lost" if math.isinf(moved) else f"{moved:.2g} %"


def verify(
    circuit: Circuit, analysis: str | None = None, limit: float = LIMIT, progress: Follow = None
) -> Verification:
    r"""Run the deck, and run it again with a tenth of the tolerances and half the time steps.

    Random numbers are the same in both runs.

    Parameters
    ----------
    analysis : str, optional
        A card in place of the deck's analyses: ``"tran 1n 1u"``.
    limit : float
        Largest allowed move of a figure. [%]
    progress : callable or True, optional
        Called with the fraction done and a text.

    Returns
    -------
    Verification

    Raises
    ------
    CircuitnnError
        If the first run fails.

    Examples
    --------
    >>> from circuitnn import Circuit
    >>> deck = "rc\nv1 in 0 pulse(0 1 0 1n)\nr1 in out 1k\nc1 out 0 1n\n.tran 10n 5u\n"
    >>> Circuit.from_text(deck).verify().passed
    True
    """
    circuit = circuit if analysis is None else circuit.with_analysis(analysis)
    return against(circuit, circuit.run(progress), limit, lambda tight: tight.run(progress))


def against(
    circuit: Circuit, results: Sequence[Result], limit: float, run: Callable[[Circuit], Sequence[Result]]
) -> Verification:
    """Compare results of a deck with those of a tighter run, made by `run`."""
    limit = number_of(limit, "limit")
    if limit < 0.0:
        raise AnalysisError(f"limit = {limit:g} %: must not be negative")
    try:
        again = run(tightened(circuit))
    except CircuitnnError as error:
        return Verification((), limit, results, fault=str(error))
    if [r.analysis for r in results] != [r.analysis for r in again]:
        return Verification((), limit, results, again, "it makes other analyses")
    figures = _figures(results, again, circuit.options(), circuit.flat.measures)
    return Verification(tuple(figures), limit, results, again)


def tightened(circuit: Circuit) -> Circuit:
    """Divide the tolerances of a circuit by ten and halve its largest time steps."""
    options = circuit.options()
    tight = circuit.with_options(**{name: getattr(options, name) / TIGHTER for name in TOLERANCES})
    of_states = state_tolerance(options) / TIGHTER
    if state_tolerance(tight.options()) > 1.01 * of_states:  # a smaller reltol does not take it along
        tight = tight.with_options(statetol=of_states)
    source = tight.source
    return type(circuit).of(source.changed(finer=source.finer * FINER))


# ---------------------------------------------------------------------- figures


def _figures(
    results: Sequence[Result], again: Sequence[Result], options: Options, cards: Sequence[Measure]
) -> Iterator[Figure]:
    floors = {"voltage": options.vntol / options.reltol, "current": options.abstol / options.reltol}
    signals = {(card.analysis, card.name): (card.kind, card.signal) for card in cards}
    seen: dict[str, int] = {}
    several = {
        r.analysis for k, r in enumerate(results) if any(o.analysis == r.analysis for o in results[:k])
    }
    for result, other in zip(results, again, strict=True):
        seen[result.analysis] = seen.get(result.analysis, 0) + 1
        label = (
            f"{result.analysis} {seen[result.analysis]}" if result.analysis in several else result.analysis
        )
        if (result.measured or result.measures) and result.analysis != "four":
            yield from _of_measures(label, result, other, floors, signals)
        elif not result.complete or not other.complete:
            yield Figure(label, "points", float(len(result)), float(len(other)), math.inf)
        elif result.axis == "time":
            yield from _of_transient(label, result, other, floors)
        elif result.data.shape == other.data.shape and result.names == other.names:
            yield from _of_points(label, result, other, floors)
        else:
            yield from _of_curves(label, result, other, floors)


def _figure(label: str, name: str, value: float, again: float, scale: float, unit: str) -> Figure:
    size = max(abs(value), abs(again), scale)
    if math.isnan(value) or math.isnan(again):
        moved = 0.0 if math.isnan(value) and math.isnan(again) else math.inf
    else:
        moved = 100.0 * abs(again - value) / size if size else 0.0
    return Figure(label, name, value, again, moved, unit)


def _of_measures(
    label: str,
    result: Result,
    other: Result,
    floors: Mapping[str, float],
    signals: Mapping[tuple[str, str], tuple[str, str]],
) -> Iterator[Figure]:
    before, after = ({**{m.name: m.value for m in r.measured}, **r.measures} for r in (result, other))
    for name, own in before.items():
        kind, signal = signals.get((result.analysis, name), ("", ""))
        floor = 0.0
        if kind in ("find", "avg", "rms", "min", "max", "pp"):  # these have the signal's unit
            floor = floors.get({"v(": "voltage", "i(": "current"}.get(signal[:2], ""), 0.0)
            floor = floor if signal.count("(") == 1 else 0.0
        value, again = (math.nan if v is None else v for v in (own, after.get(name)))
        yield _figure(label, name, value, again, floor, "")


def _columns(result: Result, other: Result) -> Iterator[tuple[str, str, str, np.ndarray, np.ndarray]]:
    """Name, type, unit and values of every signal in both."""
    place = {name: k for k, name in enumerate(other.names)}
    for k, (name, kind, unit) in enumerate(zip(result.names, result.types, result.units, strict=True)):
        if name != result.axis and name in place:
            yield name, kind, unit, result.data[:, k], other.data[:, place[name]]


def _of_points(label: str, result: Result, other: Result, floors: Mapping[str, float]) -> Iterator[Figure]:
    """Operating points, sweeps and spectra: the largest change of each signal, relative to its largest value."""
    for name, kind, unit, a, b in _columns(result, other):
        if not len(a):
            continue
        k = int(np.argmax(np.abs(b - a)))
        scale = max(float(np.max(np.abs(a))), floors.get(kind, 0.0) if not np.iscomplexobj(a) else 0.0)
        moved = 100.0 * float(np.abs(b[k] - a[k])) / scale if scale else 0.0
        at = (
            f" at {result.axis} = {float(np.real(result.data[k, 0])):g}" if result.axis and len(a) > 1 else ""
        )
        value, again = (float(np.abs(x[k])) if np.iscomplexobj(a) else float(x[k]) for x in (a, b))
        yield Figure(label, f"{name}{at}", value, again, moved, unit)


def _of_curves(label: str, result: Result, other: Result, floors: Mapping[str, float]) -> Iterator[Figure]:
    """Curves whose points differ between the runs: ends and extrema."""
    for name, kind, unit, a, b in _columns(result, other):
        if not len(a) or not len(b):
            continue
        a, b = (np.abs(x) if np.iscomplexobj(x) else x for x in (a, b))
        scale = max(float(np.max(np.abs(a))), floors.get(kind, 0.0))
        for statistic, of in (("final", lambda x: x[-1]), ("min", np.min), ("max", np.max)):
            yield _figure(label, f"{name} {statistic}", float(of(a)), float(of(b)), scale, unit)


def _of_transient(label: str, result: Result, other: Result, floors: Mapping[str, float]) -> Iterator[Figure]:
    """Extrema and mean; the period of signals that oscillate, the final value of others."""
    for name, kind, unit, a, b in _columns(result, other):
        if not len(a) or not len(b):
            continue
        floor = floors.get(kind, 0.0)
        scale = max(float(np.max(np.abs(a))), floor)
        for statistic, of in (("min", np.min), ("max", np.max)):
            yield _figure(label, f"{name} {statistic}", float(of(a)), float(of(b)), scale, unit)
        yield _figure(label, f"{name} mean", _mean(result.time, a), _mean(other.time, b), scale, unit)
        rises, later = _rises(result.time, a, floor), _rises(other.time, b, floor)
        if len(rises) < RISES and len(later) < RISES:
            yield _figure(label, f"{name} final", float(a[-1]), float(b[-1]), scale, unit)
        else:
            periods = [_period(times) for times in (rises, later)]
            yield _figure(label, f"{name} period", periods[0], periods[1], 0.0, "s")


def _mean(time: np.ndarray, values: np.ndarray) -> float:
    if len(time) < 2 or time[-1] == time[0]:
        return float(values[-1])
    return float(np.sum(0.5 * (values[1:] + values[:-1]) * np.diff(time)) / (time[-1] - time[0]))


def _period(times: np.ndarray) -> float:
    return float((times[-1] - times[0]) / (len(times) - 1)) if len(times) >= RISES else math.nan


def _rises(time: np.ndarray, values: np.ndarray, floor: float) -> np.ndarray:
    """Times at which a signal rises through the middle of its range, ignoring ripples of a tenth of the range. [s]"""
    low, high = float(np.min(values)), float(np.max(values))
    if high - low <= floor:
        return np.zeros(0)
    middle, margin = 0.5 * (low + high), HYSTERESIS * (high - low)
    side = np.where(values > middle + margin, 1, np.where(values < middle - margin, -1, 0))
    (known,) = np.nonzero(side)
    (after,) = np.nonzero((side[known][1:] == 1) & (side[known][:-1] == -1))
    times = []
    for start, end in zip(known[after].tolist(), known[after + 1].tolist(), strict=True):
        k = start + int(np.nonzero(values[start : end + 1] <= middle)[0][-1])
        step = values[k + 1] - values[k]
        times.append(time[k] + (time[k + 1] - time[k]) * (middle - values[k]) / step)
    return np.array(times)
