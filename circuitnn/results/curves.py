"""Waveforms over time, curves of sweeps, noise over frequency, loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.bifurcations import draw_by_stability, has_parts, mark
from circuitnn.results.figure_place import ANYWHERE, Place, stacked
from circuitnn.results.figures import Curve, axis_scale, by_kind, colours, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

DENSITIES = ("voltage-density", "current-density")
MAX_LEGEND = 12
MAX_RATIO = 100.0  # of the sizes of curves in one panel
_COLUMNS = 2000  # points are thinned to the extremes of this many columns


def draw_curves(
    result: Result, curves: Sequence[Curve], x: Curve, monotonic: bool, place: Place = ANYWHERE
) -> Figure:
    """Draw curves over `x`, one panel for each quantity and order of magnitude.

    Parameters
    ----------
    result : Result
    curves : sequence of Curve
    x : Curve
    monotonic : bool
        Whether `x` is the axis of the result, and not another signal.
    place : Place

    Returns
    -------
    matplotlib.figure.Figure
    """
    panels = _panels(curves)
    figure, axes = stacked(len(panels), 1.2 + 2.6 * len(panels), place)
    cycle = colours()
    x_scale, x_label = axis_scale(x)
    spectra = any(curve.kind in (*DENSITIES, "phase-noise") for curve in curves)
    if x.kind == "frequency" and spectra and np.min(x.values, initial=0.0) >= 0.0:  # offsets may be negative
        x_scale, x_label = 1.0, "Frequency [Hz]"  # no prefix suits several decades
        for axis in axes:
            axis.set_xscale("log")
    for axis, panel in zip(axes, panels, strict=True):
        y_scale, y_label = axis_scale(*panel)
        if panel[0].kind in DENSITIES:
            axis.set_yscale("log", nonpositive="mask")
        for number, curve in enumerate(panel):
            colour = cycle[number % len(cycle)]
            style = ("-", "--", ":", "-.")[(number // len(cycle)) % 4]
            apart = curve.over is not None
            over = x.values if curve.over is None else curve.over
            runs = [slice(None)] if apart else _runs(result)
            shades = [(curve.label, colour)] if apart else _run_looks(result, curve, colour, len(panel))
            for part, (label, part_colour) in zip(runs, shades, strict=True):
                xs, ys = over[part] * x_scale, curve.values[part] * y_scale
                if has_parts(result) and not apart:
                    draw_by_stability(axis, result, xs, ys, part_colour, label)
                    mark(axis, result, xs, ys, labelled=number == len(panel) - 1)
                    continue
                xs, ys = _thin(xs, ys) if monotonic else (xs, ys)
                axis.plot(xs, ys, style, color=part_colour, label=label)
        axis.set_ylabel(y_label)
        axis.margins(x=0.0 if monotonic and not has_parts(result) else 0.04, y=0.08)
        if axis is not axes[-1] and place.own:
            axis.sharex(axes[-1])
            axis.tick_params(labelbottom=False)
        legend(axis)
    place.limit(axes, x_scale, y_scale)
    if x.label not in ("time", "frequency"):
        swept = _swept(result) if monotonic else x.label
        x_label = f"{swept} [{x_label.partition('[')[2]}" if "[" in x_label else swept
    axes[-1].set_xlabel(x_label)
    return figure


def _swept(result: Result) -> str:
    """What varies along the axis: the element of a sweep, the parameter of a curve, or the axis by its name."""
    if result.sweeps:
        return result.sweeps[0].target.removeprefix("param:")
    axis = str(result.axis)
    named = "name" if result.analysis == "cycles" else "source"
    return str(result.arguments.get(named, axis)).removeprefix("param:") if axis.endswith("-sweep") else axis


def _runs(result: Result) -> list[slice]:
    """Slices of the inner sweeps of a nested sweep; otherwise one slice of all points."""
    inner = len(result.sweeps[0].values) if len(result.sweeps) > 1 else len(result)
    return [slice(k, k + inner) for k in range(0, len(result), inner)]


def _run_looks(result: Result, curve: Curve, colour: str, shared: int) -> list[tuple[str | None, Any]]:
    """Label and colour of each inner sweep: shades of one scale, or of the curve's colour if several share a panel."""
    runs = len(_runs(result))
    if runs == 1:
        return [(curve.label, colour)]
    from matplotlib import colormaps
    from matplotlib.colors import to_rgb

    outer = [_outer_label(result, k) for k in range(runs)]
    named = {round(k * (runs - 1) / min(runs - 1, MAX_LEGEND - 1)) for k in range(min(runs, MAX_LEGEND))}
    looks: list[tuple[str | None, Any]] = []
    for k in range(runs):
        place = k / (runs - 1)
        if shared == 1:
            shade: Any = colormaps["viridis"](0.9 * place)
        else:
            shade = tuple(c + (1.0 - c) * 0.6 * (1.0 - place) for c in to_rgb(colour))
        looks.append((f"{curve.label}, {outer[k]}" if k in named else None, shade))
    return looks


def _outer_label(result: Result, run: int) -> str:
    """The outer axes' values at an inner sweep, e.g. ``v2 = 0.5``."""
    words = []
    for sweep in result.sweeps[1:]:
        run, k = divmod(run, len(sweep.values))
        words.append(f"{sweep.target.removeprefix('param:')} = {sweep.values[k]:.4g}")
    return ", ".join(words)


def _thin(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep the least and the greatest value of each of many columns: the same picture, drawn faster."""
    size = len(x) // _COLUMNS
    if size < 8:
        return x, y
    whole = size * _COLUMNS
    blocks = y[:whole].reshape(_COLUMNS, size)
    start = np.arange(_COLUMNS) * size
    keep = np.sort(np.concatenate([start + blocks.argmin(axis=1), start + blocks.argmax(axis=1)]))
    keep = np.concatenate([[0], keep, np.arange(whole, len(x)), [len(x) - 1]])
    return x[keep], y[keep]


def _panels(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Group curves into panels: of one quantity, and of similar magnitude."""
    panels: list[list[Curve]] = []
    for of_kind in by_kind(curves):
        sizes = [float(np.abs(curve.values).max()) for curve in of_kind]
        tops: list[float] = []  # the largest size of each panel
        for size in sorted(filter(None, sizes), reverse=True):
            if not tops or size * MAX_RATIO < tops[-1]:
                tops.append(size)
        groups: list[list[Curve]] = [[] for _ in tops or [0.0]]
        for curve, size in zip(of_kind, sizes, strict=True):
            # A curve that is zero goes with the smallest.
            groups[sum(size <= top for top in tops[1:]) if size else -1].append(curve)
        panels += groups
    return panels
