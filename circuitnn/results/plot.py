"""Pictures of results: waveforms over time, curves of sweeps, Bode plots, bars of an operating point.

Figures are made without pyplot: no window, no global state, and they work without a display.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.machine.writing import whole
from circuitnn.records import dataclass
from circuitnn.results.quantities import QUANTITIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

# Okabe and Ito's palette (distinguishable with colour blindness), darkest first, without the yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#8c6bb1")
DENSITIES = ("voltage-density", "current-density")
MAX_VOLTAGES, MAX_CURRENTS, MAX_BARS, MAX_LEGEND = 8, 4, 30, 12
MAX_RATIO = 100.0  # of the sizes of curves in one panel
_COLUMNS = 2000  # points are thinned to the extremes of this many columns
_PREFIXES = {-18: "a", -15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": "#222222",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "font.size": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "axes.formatter.useoffset": False,
}

Signal = str | tuple[str, np.ndarray]


@dataclass(frozen=True)
class Curve:
    """A named array to draw.

    Parameters
    ----------
    label : str
    values : ndarray, shape (points,)
    kind : str
        Its quantity: ``"voltage"``, ``"current"``, ….
    """

    label: str
    values: np.ndarray
    kind: str


def draw(
    result: Result,
    *signals: Signal,
    path: str | os.PathLike[str] | None = None,
    x: Signal | None = None,
    title: str | None = None,
) -> Figure:
    """Draw signals of a result, one panel for each physical quantity.

    Parameters
    ----------
    result : Result
    *signals : str or (label, ndarray)
        Names of variables, or arrays of the result's length. Default: the voltages (at most 8) and
        currents (at most 4) that move most; of an operating point, all.
    path : path, optional
        Where to save the picture; the suffix says the format (``.png``, ``.pdf``, ``.svg``).
    x : str or (label, ndarray), optional
        Draw over this signal instead of the axis, e.g. a memristor's current over its voltage.
    title : str, optional
        Default: the deck's title.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UnknownNameError
        The result lacks a variable.
    AnalysisError
        There is nothing to draw.
    """
    import matplotlib

    if len(result) == 0:
        raise AnalysisError(f"nothing to draw: {result.plotname} has no points")
    with matplotlib.rc_context(STYLE):
        if np.iscomplexobj(result.data):
            figure = _draw_bode(result, [s for s in signals if isinstance(s, str)] or _loudest(result))
        elif result.axis is None:
            figure = _draw_bars(result, [_curve(result, s) for s in signals])
        else:
            curves = [_curve(result, s) for s in signals] or _most_moving(result)
            figure = _draw_curves(
                result, curves, _curve(result, x if x is not None else result.axis), x is None
            )
        figure.suptitle(
            title or shorten(result.title) or result.plotname, x=0.02, ha="left", fontweight="bold"
        )
    if path is not None:
        save(figure, path)
    return figure


def save(figure: Figure, path: str | os.PathLike[str], dpi: int = 150) -> None:
    """Write a picture, completely or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path
        The suffix selects the format; default: PNG.
    dpi : int
        [1/inch]
    """
    with whole(path, "wb") as out:
        render(figure, out, os.fspath(path), dpi)


def render(figure: Figure, out: IO[bytes], name: str, dpi: int = 150) -> None:
    """Write a picture into an open file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    out : binary file
    name : str
        Name of the file, whose suffix selects the format; default: PNG.
    dpi : int
        [1/inch]
    """
    import matplotlib

    suffix = os.path.splitext(name)[1].lower()
    with matplotlib.rc_context(STYLE):
        figure.savefig(out, dpi=dpi, format=suffix[1:] or "png")


def shorten(title: str, length: int = 80) -> str:
    """Shorten a title, and remove the star of a comment.

    Parameters
    ----------
    title : str
    length : int
        Largest number of characters.

    Returns
    -------
    str
    """
    title = title.strip().lstrip("*").strip()
    return title if len(title) <= length else title[: length - 1] + "…"


def _curve(result: Result, signal: Signal) -> Curve:
    if not isinstance(signal, str):
        label, values = signal
        return Curve(label, np.asarray(values, dtype=float), _kind_of(result, label))
    return Curve(signal, np.real(result.array(signal)), _kind_of(result, signal))


def _kind_of(result: Result, name: str) -> str:
    """Type of a variable, also of a difference ``v(a,b)`` and of a bare node name."""
    key = lowered(name).replace(" ", "")
    for known, kind in zip(result.names, result.types, strict=True):
        if lowered(known) == key:
            return kind
    if key.startswith("i(") or key.endswith("#branch"):
        return "current" if key.count("(") <= 1 else "notype"
    if key.startswith("v(") and key.count("(") == 1 and key.endswith(")"):
        return "voltage"
    return "voltage" if f"v({key})" in result.names else "notype"


def _most_moving(result: Result) -> list[Curve]:
    """The variables with the largest span, in the result's order."""
    chosen: list[int] = []
    span = np.ptp(np.real(result.data), axis=0)
    limits = (("voltage", MAX_VOLTAGES), ("current", MAX_CURRENTS))
    for kind, limit in (*limits, *((density, MAX_VOLTAGES) for density in DENSITIES)):
        of_kind = [k for k in range(1, len(result.names)) if result.types[k] == kind]
        chosen += sorted(of_kind, key=lambda k: -span[k])[:limit]
    chosen = chosen or list(range(1, min(len(result.names), MAX_VOLTAGES + 1)))
    if not chosen:
        raise AnalysisError(f"nothing to draw: {result.plotname} has no variable but {result.axis}")
    return [Curve(result.names[k], np.real(result.data[:, k]), result.types[k]) for k in sorted(chosen)]


def _by_kind(curves: Sequence[Curve]) -> list[list[Curve]]:
    kinds = dict.fromkeys(curve.kind for curve in curves)
    return [[curve for curve in curves if curve.kind == kind] for kind in kinds]


def _panels(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Curves that share a panel: of one quantity, and not of very different size."""
    panels: list[list[Curve]] = []
    for of_kind in _by_kind(curves):
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


def _new_figure(panels: int, height: float) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(panels, 1, sharex=False, squeeze=False)[:, 0]
    return figure, list(axes)


# ---------------------------------------------------------------------- phasors


def _loudest(result: Result) -> list[str]:
    """The voltages with the largest magnitudes, in the result's order."""
    size = np.abs(result.data).max(axis=0)
    voltages = [k for k, kind in enumerate(result.types) if kind == "voltage"]
    return [result.names[k] for k in sorted(sorted(voltages, key=lambda k: -size[k])[:MAX_VOLTAGES])]


def _draw_bode(result: Result, names: Sequence[str]) -> Figure:
    """Magnitude in decibels and phase in degrees over the logarithm of the frequency."""
    figure, axes = _new_figure(2, 6.4)
    frequency = np.real(result.data[:, 0])
    for number, name in enumerate(names):
        phasor = result.array(name)
        if not np.iscomplexobj(phasor):  # a part, as vdb(out)
            phasor = np.asarray(10.0 ** (phasor / 20.0) if "db(" in name.lower() else phasor, dtype=complex)
        colour = COLOURS[number % len(COLOURS)]
        decibels = 20.0 * np.log10(np.maximum(np.abs(phasor), 1e-300))
        axes[0].semilogx(frequency, decibels, color=colour, label=name)
        axes[1].semilogx(frequency, np.degrees(np.unwrap(np.angle(phasor))), color=colour)
    axes[0].set_ylabel("Magnitude [dB]")
    axes[1].set_ylabel("Phase [°]")
    axes[1].set_xlabel("Frequency [Hz]")
    axes[0].sharex(axes[1])
    axes[0].tick_params(labelbottom=False)
    _legend(axes[0])
    return figure


# ---------------------------------------------------------------------- curves


def _draw_curves(result: Result, curves: Sequence[Curve], x: Curve, monotonic: bool) -> Figure:
    panels = _panels(curves)
    figure, axes = _new_figure(len(panels), 1.2 + 2.6 * len(panels))
    x_scale, x_label = _scale(x)
    if x.kind == "frequency" and any(curve.kind in DENSITIES for curve in curves):
        x_scale, x_label = 1.0, "Frequency [Hz]"  # over decades a prefix says nothing
        for axis in axes:
            axis.set_xscale("log")
    for axis, panel in zip(axes, panels, strict=True):
        y_scale, y_label = _scale(*panel)
        if panel[0].kind in DENSITIES:
            axis.set_yscale("log", nonpositive="mask")
        for number, curve in enumerate(panel):
            colour = COLOURS[number % len(COLOURS)]
            style = ("-", "--", ":", "-.")[(number // len(COLOURS)) % 4]
            runs = _runs(result)
            for part, (label, part_colour) in zip(
                runs, _run_looks(result, curve, colour, len(panel)), strict=True
            ):
                xs, ys = x.values[part] * x_scale, curve.values[part] * y_scale
                xs, ys = _thin(xs, ys) if monotonic else (xs, ys)
                axis.plot(xs, ys, style, color=part_colour, label=label)
        axis.set_ylabel(y_label)
        axis.margins(x=0.0 if monotonic else 0.04, y=0.08)
        if axis is not axes[-1]:
            axis.sharex(axes[-1])
            axis.tick_params(labelbottom=False)
        _legend(axis)
    if x.label != "time":
        swept = result.sweeps[0].target.removeprefix("param:") if monotonic and result.sweeps else x.label
        x_label = f"{swept} [{x_label.partition('[')[2]}" if "[" in x_label else swept
    axes[-1].set_xlabel(x_label)
    return figure


def _runs(result: Result) -> list[slice]:
    """The inner sweeps of a nested sweep; else all points."""
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
    """Keep the least and the greatest value of each of many columns: the same picture, quicker."""
    size = len(x) // _COLUMNS
    if size < 8:
        return x, y
    whole = size * _COLUMNS
    blocks = y[:whole].reshape(_COLUMNS, size)
    start = np.arange(_COLUMNS) * size
    keep = np.sort(np.concatenate([start + blocks.argmin(axis=1), start + blocks.argmax(axis=1)]))
    keep = np.concatenate([[0], keep, np.arange(whole, len(x)), [len(x) - 1]])
    return x[keep], y[keep]


def _scale(*curves: Curve) -> tuple[float, str]:
    """Factor for the values and label of the axis, with the SI prefix that suits the largest."""
    found = QUANTITIES.get(curves[0].kind, QUANTITIES["notype"])
    quantity, unit = found.label, found.symbol or found.unit
    if not quantity:
        return 1.0, curves[0].label if len(curves) == 1 else ""
    if curves[0].kind == "temperature":
        return 1.0, f"{quantity} [{unit}]"
    largest = max(float(np.abs(curve.values).max()) for curve in curves)
    exponent = _exponent(largest)
    return 10.0**-exponent, f"{quantity} [{_PREFIXES[exponent]}{unit}]"


def scaled(kind: str, values: np.ndarray) -> tuple[float, str]:
    """Choose the SI prefix that suits the largest of some values.

    Parameters
    ----------
    kind : str
        Quantity, such as ``"current"``.
    values : ndarray

    Returns
    -------
    factor : float
        By which values are multiplied.
    label : str
        With the prefixed unit.
    """
    return _scale(Curve("", np.asarray(values).ravel(), kind))


def _exponent(largest: float) -> int:
    """Power of ten of the SI prefix that brings a number between 0.2 and 200."""
    if largest == 0.0:
        return 0
    return int(np.clip(3 * np.floor(np.log10(largest * 5.0) / 3), -18, 12))


def _legend(axis: Axes) -> None:
    handles, _ = axis.get_legend_handles_labels()
    if not handles:
        return
    if len(handles) <= 4:
        axis.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(handles), borderaxespad=0.1)
    else:
        axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


# ---------------------------------------------------------------------- operating point


def _draw_bars(result: Result, curves: Sequence[Curve]) -> Figure:
    if not curves:
        curves = [
            Curve(name, result.data[:, k], result.types[k])
            for k, name in enumerate(result.names)
            if result.types[k] in ("voltage", "current")
        ]
    if not curves:
        raise AnalysisError("nothing to draw: no voltages or currents in this operating point")
    panels = _by_kind(curves)
    heights = [min(len(panel), MAX_BARS) if len(panel) <= MAX_BARS else 8 for panel in panels]
    figure, _ = _new_figure(1, 1.4 + sum(0.6 + 0.24 * h for h in heights))
    figure.clear()
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=[0.6 + 0.24 * h for h in heights])[
        :, 0
    ]
    for axis, panel, colour in zip(axes, panels, COLOURS, strict=False):
        scale, label = _scale(*panel)
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
    axis.axvline(0.0, color="#555555", linewidth=0.8)
    axis.bar_label(drawn, [f"{v:.4g}" for v in values], padding=4, fontsize=8, color="#222222")
    axis.margins(x=0.12)
    axis.set_xlabel(label)


def _sorted_values(axis: Axes, values: np.ndarray, label: str, colour: str) -> None:
    """Too many for bars: all values in order of size."""
    axis.plot(np.arange(1, len(values) + 1), np.sort(values), color=colour)
    axis.set_xlabel(f"rank among {len(values)} (sorted by value)")
    axis.set_ylabel(label)
    axis.margins(x=0.01)
