"""Bars: values of an operating point, histograms of signals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results.figure_place import ANYWHERE, Place, stacked
from circuitnn.results.figures import Curve, axis_scale, by_kind, colours, legend, setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

MAX_BARS, MAX_BINS = 30, 60


def draw_bars(result: Result, curves: Sequence[Curve], place: Place = ANYWHERE) -> Figure:
    """Draw the values of an operating point, one panel for each quantity.

    Parameters
    ----------
    result : Result
    curves : sequence of Curve
        Default: all voltages and currents.
    place : Place

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    AnalysisError
        There is nothing to draw.
    """
    if not curves:
        curves = [
            Curve(name, result.data[:, k], result.types[k])
            for k, name in enumerate(result.names)
            if result.types[k] in ("voltage", "current")
        ]
    if not curves:
        raise AnalysisError("nothing to draw: no voltages or currents in this operating point")
    panels = by_kind(curves)
    heights = [min(len(panel), MAX_BARS) if len(panel) <= MAX_BARS else 8 for panel in panels]
    place.unlimited("bars")
    ratios = [0.6 + 0.24 * h for h in heights]
    figure, axes = place.panels(len(panels), 1, (8.0, 1.4 + sum(ratios)), height_ratios=ratios)
    cycle = colours()
    for number, (axis, panel) in enumerate(zip(axes, panels, strict=True)):
        colour = cycle[number % len(cycle)]
        scale, label = axis_scale(*panel)
        values = np.array([float(curve.values[0]) for curve in panel])
        if len(panel) <= MAX_BARS:
            _bars(axis, [curve.label for curve in panel], values * scale, label, colour)
        else:
            _sorted_values(axis, values * scale, label, colour)
    return figure


def _bars(axis: Axes, labels: Sequence[str], values: np.ndarray, label: str, colour: str) -> None:
    places = np.arange(len(values))
    drawn = axis.barh(places, values, color=colour, height=0.7)
    axis.set_yticks(places, labels)
    axis.invert_yaxis()
    axis.grid(visible=False, axis="y")
    axis.axvline(0.0, color=setting("axes.edgecolor"), linewidth=0.8)
    axis.bar_label(drawn, [f"{v:.4g}" for v in values], padding=4, fontsize=8)
    axis.margins(x=0.12)
    axis.set_xlabel(label)


def _sorted_values(axis: Axes, values: np.ndarray, label: str, colour: str) -> None:
    """Draw all values in order of size, where they are too many for bars."""
    axis.plot(np.arange(1, len(values) + 1), np.sort(values), color=colour)
    axis.set_xlabel(f"rank among {len(values)} (sorted by value)")
    axis.set_ylabel(label)
    axis.margins(x=0.01)


def draw_histogram(result: Result, curves: Sequence[Curve], place: Place = ANYWHERE) -> Figure:
    """Draw histograms of signals: fractions of the time, or of the points of a sweep.

    Parameters
    ----------
    result : Result
    curves : sequence of Curve
    place : Place

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels = by_kind(curves)
    figure, axes = stacked(len(panels), 1.2 + 2.6 * len(panels), place)
    cycle = colours()
    weights = _weights(result)
    for axis, panel in zip(axes, panels, strict=True):
        factor, label = axis_scale(*panel)
        values = [curve.values * factor for curve in panel]
        edges = np.histogram_bin_edges(np.concatenate(values), min(MAX_BINS, 5 + int(len(result) ** 0.5)))
        for number, (curve, of_curve) in enumerate(zip(panel, values, strict=True)):
            shares, _ = np.histogram(of_curve, edges, weights=weights)
            colour = cycle[number % len(cycle)]
            axis.stairs(shares, edges, color=colour, fill=True, alpha=0.25)
            axis.stairs(shares, edges, color=colour, label=curve.label)
        axis.set_xlabel(label)
        axis.set_ylabel("Fraction of time" if result.axis == "time" else "Fraction of points")
        legend(axis)
        place.limit([axis] if len(panels) == 1 else axes, factor)
    return figure


def _weights(result: Result) -> np.ndarray:
    """Weight of each point, summing to 1: in a transient, half of the two adjacent intervals."""
    if result.axis != "time" or len(result) < 2:
        return np.full(len(result), 1.0 / len(result))
    interval = np.diff(result.time)
    share = np.r_[interval, 0.0] + np.r_[0.0, interval]
    return share / share.sum()
