"""Sections about results of analyses: waveforms, sweeps, Bode plots, operating points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass
from circuitnn.report.numbers import kept, packed, symbol, written
from circuitnn.report.page import Drawing, Section, Table
from circuitnn.results import blockwise
from circuitnn.results.phasors import continuous_phase, decibels
from circuitnn.results.quantities import QUANTITIES
from circuitnn.results.result import Result

MOST_CURVES = 40  # on a page, unless signals are given
SHOWN = {"voltage": 6, "current": 3}  # visible at first, per quantity; the legend shows the others
USUAL_SHOWN = 6
DENSITIES = ("voltage-density", "current-density")


@dataclass(frozen=True)
class Ranges:
    """Least and largest value of every variable; of phasors, magnitudes.

    Parameters
    ----------
    low, high : ndarray, shape (variables,)
    """

    low: np.ndarray
    high: np.ndarray


def section(result: Result, signals: Sequence[str] = (), points: int = 10_000) -> Section:
    """Section about a result.

    Parameters
    ----------
    result : Result
    signals : sequence of str
        Curves to draw; default: those that vary most, of which only some are visible at first.
    points : int
        Most points of a curve.

    Returns
    -------
    Section
    """
    spans = ranges(result)
    warning = "" if result.complete else f"This run is not complete: {result.message}."
    tables = [_variables(result, spans)]
    if result.measures:
        rows = [[name, f"{value:.6g}"] for name, value in result.measures.items()]
        tables.insert(0, Table(["measure", "value"], rows, "Measures"))
    drawings: list[Drawing] = []
    sentences = summary(result, spans)
    if result.axis is not None and len(result) > 1:
        chosen = chosen_names(result, spans, signals)
        if chosen:
            drawings.append(_drawing(result, chosen, spans, points))
            sentences += _omissions(result, chosen, signals, points)
    return Section(result.plotname or result.analysis, sentences, drawings, tables, warning)


def ranges(result: Result) -> Ranges:
    """Find the range of every variable, reading the table once.

    Parameters
    ----------
    result : Result

    Returns
    -------
    Ranges
    """
    count = len(result.names)
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    for block in blockwise.blocks(result.data):
        size = np.abs(block) if np.iscomplexobj(block) else block
        low, high = np.minimum(low, size.min(axis=0)), np.maximum(high, size.max(axis=0))
    return Ranges(low, high)


def summary(result: Result, spans: Ranges) -> list[str]:
    """Summarise the result in words.

    Parameters
    ----------
    result : Result
    spans : Ranges

    Returns
    -------
    list of str
    """
    count = len(result)
    if not count:
        return [f"{result.plotname} has no points."]
    over = ""
    if result.axis is not None:
        axis = np.real(blockwise.column(result.data, 0))
        unit = result.units[0]
        over = f" over {result.axis} from {written(axis[0], unit)} to {written(axis[-1], unit)}"
    first = f"{result.plotname or result.analysis}: {count:,} point{'s' * (count != 1)}{over}, "
    sentences = [f"{first}{len(result.names):,} variables."]
    moving = chosen_names(result, spans, ())
    if result.axis is not None and moving:
        column = max(moving, key=lambda k: (result.types[k] == "voltage", spans.high[k] - spans.low[k]))
        of_phasor = "The magnitude of " if np.iscomplexobj(result.data) else ""
        low, high = (written(v[column], result.units[column]) for v in (spans.low, spans.high))
        sentences.append(f"{of_phasor}{result.names[column]} moves most, from {low} to {high}.")
    return sentences


def chosen_names(result: Result, spans: Ranges, signals: Sequence[str]) -> list[int]:
    """Columns of the curves on the page: those asked for, or those that vary most.

    Parameters
    ----------
    result : Result
    spans : Ranges
    signals : sequence of str

    Returns
    -------
    list of int
        In the result's order.

    Raises
    ------
    UnknownNameError
        The result lacks a signal.
    AnalysisError
        A signal is not a variable but computed from variables.
    """
    if signals:
        return sorted({_column(result, signal) for signal in signals})
    first = 0 if result.axis is None else 1
    columns = sorted(range(first, len(result.names)), key=lambda k: spans.low[k] - spans.high[k])
    return sorted(columns[:MOST_CURVES])


def _column(result: Result, signal: str) -> int:
    names = result.find(signal)
    if len(names) != 1 or names[0] not in result.names:
        raise AnalysisError(f"{signal} is not a variable of {result.plotname}: a page draws variables only")
    return result.names.index(names[0])


def _omissions(result: Result, chosen: Sequence[int], signals: Sequence[str], points: int) -> list[str]:
    """Sentences about what the drawing leaves out."""
    sentences = []
    left = len(result.names) - 1 - len(chosen)
    if left > 0 and not signals:
        sentences.append(
            f"The {len(chosen)} variables that move most can be drawn; {left:,} others are left out."
        )
    if len(result) > points:
        sentences.append(
            f"Each curve has at most {points:,} of {len(result):,} points: the least and the largest value of "
            "each of equal runs of points, so that no peak is lost. Cursors read the points that are kept."
        )
    return sentences


def _variables(result: Result, spans: Ranges) -> Table:
    units = [symbol(unit) for unit in result.units]
    if len(result) == 1:
        values = [f"{v:.6g}" for v in result.data[0]]
        return Table(
            ["variable", "value", "unit"], [*zip(result.names, values, units, strict=True)], "Values"
        )
    value = "magnitude" if np.iscomplexobj(result.data) else "value"
    rows = [
        [name, f"{a:.6g}" if len(result) else "", f"{b:.6g}" if len(result) else "", unit]
        for name, a, b, unit in zip(result.names, spans.low, spans.high, units, strict=True)
    ]
    return Table(["variable", f"least {value}", f"largest {value}", "unit"], rows, "Variables")


def _drawing(result: Result, chosen: Sequence[int], spans: Ranges, points: int) -> Drawing:
    x = np.real(blockwise.column(result.data, 0)).astype(float)
    kinds = list(dict.fromkeys(result.types[k] for k in chosen))
    phasors = np.iscomplexobj(result.data)
    first = _at_first(result, chosen, spans)
    panels: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    for kind in kinds:
        columns = [k for k in chosen if result.types[k] == kind]
        for panel, part in _panels(kind, phasors):
            for k in columns:
                y = part(blockwise.column(result.data, k))
                look = {
                    "name": result.names[k],
                    "panel": len(panels),
                    "shown": k in first,
                    "colour": chosen.index(k),
                }
                curves.append(look | curve_points(x, y, points))
            panels.append(panel | {"log": kind in DENSITIES and bool(np.all(spans.low[columns] > 0.0))})
    axis = result.sweeps[0].target.removeprefix("param:") if len(result.sweeps) == 1 else str(result.axis)
    log = result.types[0] == "frequency" and bool(np.all(x > 0.0))
    content = {
        "x": {"name": axis, "unit": symbol(result.units[0]), "log": log},
        "panels": panels,
        "curves": curves,
    }
    names = ", ".join(result.names[k] for k in first)
    return Drawing("waves", f"Curves of {names} over {axis}", content)


def _panels(kind: str, phasors: bool) -> list[tuple[dict[str, Any], Any]]:
    """Panels, one per quantity, and the curves of each."""
    quantity = QUANTITIES.get(kind)
    label, unit = (quantity.label or "Value", symbol(quantity.unit)) if quantity else ("Value", "")
    if not phasors:
        return [({"label": label, "unit": unit}, np.real)]
    magnitude, phase = {"label": f"{label}, dB", "unit": "dB"}, {"label": "Phase", "unit": "°"}
    return [(magnitude, decibels), (phase, continuous_phase)]


def _at_first(result: Result, chosen: Sequence[int], spans: Ranges) -> list[int]:
    """The curves that are visible at first."""
    visible: list[int] = []
    for kind in dict.fromkeys(result.types[k] for k in chosen):
        columns = [k for k in chosen if result.types[k] == kind]
        columns.sort(key=lambda k: spans.low[k] - spans.high[k])
        visible += columns[: SHOWN.get(kind, USUAL_SHOWN)]
    return sorted(visible)


def curve_points(x: np.ndarray, y: np.ndarray, most: int) -> dict[str, Any]:
    """Points of a curve, decimated piece by piece: the curve is interrupted where an inner sweep restarts."""
    begins = np.flatnonzero((x[1:] == x[0]) & (x[:-1] != x[0])) + 1
    pieces = [piece for piece in np.split(np.arange(len(x)), begins) if len(piece)]
    share = max(4, most // len(pieces))
    xs, ys = [], []
    for piece in pieces:
        where = piece[kept(y[piece], share)]
        xs += [x[where], [np.nan]]
        ys += [y[where], [np.nan]]
    return {"x": packed(np.concatenate(xs[:-1])), "y": packed(np.concatenate(ys[:-1]))}
