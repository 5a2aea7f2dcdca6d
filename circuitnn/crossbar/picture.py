"""Pictures of arrays: colour maps of cells, and node voltages and currents drawn on the lines.

Small arrays are drawn line by line. In large ones, each square of cells is drawn as one: the cell of
largest magnitude for currents and powers, the mean for voltages and conductances.
"""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar.attributes import spanned
from circuitnn.crossbar.bias import UNSELECTED, Bias
from circuitnn.crossbar.colours import SCALES, add_colour_bar, colour_scale, decimate
from circuitnn.crossbar.description import Array
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import path_of
from circuitnn.machine.writing import whole
from circuitnn.results.figure_place import ANYWHERE, Place
from circuitnn.results.figures import is_dark, save, scaled, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.crossbar.result import CrossbarResult

# Maps: title, quantity, whether the largest magnitude represents a square of cells.
MAPS = {
    "cell_current": ("Cell currents", "current", True),
    "cell_voltage": ("Cell voltages", "voltage", False),
    "cell_power": ("Cell powers", "power", True),
    "cell_conductance": ("Cell conductances", "conductance", False),
    "ir_drop": ("IR drop", "voltage", False),
}
DRAWINGS = {"currents": "Currents of lines and cells", "voltages": "Voltages of the nodes"}
# Largest number of lines drawn individually; largest numbers of squares a side.
DRAWN, SQUARES, HTML_SQUARES = 48, 512, 64
SELECTED = "#D55E00"
SCHEMES = {
    "half": "V/2 scheme",
    "third": "V/3 scheme",
    "floating": "other lines floating",
    "grounded": "other lines at 0 V",
}
# Segments and cells from idle to busy: idle ones hardly show on white.
LOAD = ("#ececec", "#c9dcea", "#74a9cf", "#0570b0", "#023858", "#000000")
LOAD_ON_DARK = ("#2b2b2b", "#1c3f5c", "#0f6aa8", "#58a6dd", "#bfe0f7", "#ffffff")


def draw(
    result: CrossbarResult,
    what: str = "cell_current",
    path: str | os.PathLike[str] | None = None,
    scale: str = "auto",
    place: Place = ANYWHERE,
) -> Figure:
    """Draw an operating point of an array.

    Parameters
    ----------
    result : CrossbarResult
    what : str
        A map of the cells: ``cell_current``, ``cell_voltage``, ``cell_power``, ``cell_conductance``,
        ``ir_drop``; or the array line by line: ``currents``, ``voltages``.
    path : path, optional
        File: ``.png``, ``.svg``, ``.pdf``, or ``.html``, where the pointer shows each cell's value.
    scale : {"auto", "linear", "log"}
        Scale of the colours. ``auto`` is logarithmic if few cells carry far more than the others.
    place : Place
        Axes, size, and the range of bit lines and word lines that is shown.

    Returns
    -------
    Figure

    Raises
    ------
    AnalysisError
        If `what` is none of these.
    """
    if what not in MAPS and what not in DRAWINGS:
        raise AnalysisError(f"quantity = {what!r}: must be one of {', '.join((*MAPS, *DRAWINGS))}")
    if scale not in SCALES:
        raise AnalysisError(f"scale = {scale!r}: must be one of {', '.join(SCALES)}")
    with styled():
        figure = (_map if what in MAPS else _lines)(result, what, scale, place)
    if path is not None and Path(path_of(path)).suffix == ".html":
        with whole(path) as out:
            out.write(page(result, what, scale))
    elif path is not None:
        try:
            save(figure, path)
        except (OSError, ValueError) as error:
            raise AnalysisError(f"the picture {path} cannot be written: {error}") from None
    return figure


def _figure(shape: tuple[int, int], place: Place) -> tuple[Figure, Any]:
    """A figure whose panel has the proportions of the array, beside its colour bar and labels."""
    width, height = _panel(shape, 5.4, 12.0, 9.0)
    figure, (axis,) = place.panels(1, 1, (width + 1.6, height + 1.1))
    axis.grid(visible=False)
    return figure, axis


def _setting(result: CrossbarResult) -> str:
    """The bias and the resistance of the lines, for titles."""
    array, bias = result.array, result.ends.bias
    if not isinstance(array, Array):  # a data set of a file, which keeps no bias
        return ""
    words = [_scheme(bias)] if bias.selected is not None else []
    resistances = [spanned(array.arguments[f"{line}line_resistance"]) for line in ("word", "bit")]
    if resistances[0] == resistances[1]:
        words.append(f"lines {resistances[0]} Ω per segment")
    else:
        words.append(f"word lines {resistances[0]}, bit lines {resistances[1]} Ω per segment")
    return ", ".join(filter(None, words))


def _scheme(bias: Bias) -> str:
    """The voltage of the selected word line, and those of the other lines."""
    row, col = bias.selected or (0, 0)
    left, bottom = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (bias.left, bias.bottom))
    v = left[row] - bottom[col]
    if not np.isfinite(v):
        return ""
    others = {float(x) for x in np.delete(left, row)}, {float(x) for x in np.delete(bottom, col)}
    for name, rule in UNSELECTED.items():
        if all(
            len(seen) == 0 or all(_same(x, wanted, v) for x in seen)
            for seen, wanted in zip(others, rule(v), strict=True)
        ):
            return f"{v:.4g} V, {SCHEMES[name]}"
    return f"{v:.4g} V"


def _same(x: float, wanted: float, v: float) -> bool:
    return bool((np.isnan(x) and np.isnan(wanted)) or abs(x - wanted) <= 1e-9 * abs(v))


def _title(result: CrossbarResult, axis: Any, title: str) -> None:
    """The title, and below it the bias and the lines; narrow arrays, which have no room, keep the title alone."""
    m, n = result.array.shape
    note = _setting(result) if 4 * n >= m else ""
    axis.set_title(title, pad=24.0 if note else None)
    if note:
        text = axis.annotate(
            note, (0.0, 1.0), (0.0, 9.0), xycoords="axes fraction", textcoords="offset points", fontsize=8
        )
        text.set_in_layout(False)


def _panel(shape: tuple[int, int], side: float, widest: float, highest: float) -> tuple[float, float]:
    """Size of a panel with square cells: `side` for a square array, equal area for others, as far as it fits."""
    aspect = shape[1] / shape[0]
    width = min(side * aspect**0.5, widest, highest * aspect)
    return max(width, 1.6), max(width / aspect, 1.6)


def _label_axes(axis: Any, shape: tuple[int, int]) -> None:
    axis.set_xlabel("bit line")
    axis.set_ylabel("word line")
    for lines in (axis.xaxis, axis.yaxis):
        lines.get_major_locator().set_params(integer=True)
    axis.set_xlim(-0.5, shape[1] - 0.5)
    axis.set_ylim(shape[0] - 0.5, -0.5)


def _map(result: CrossbarResult, quantity: str, scale: str, place: Place) -> Figure:
    title, kind, largest = MAPS[quantity]
    values = np.asarray(getattr(result, quantity))
    shown, step = decimate(values, SQUARES, largest)
    factor, label = scaled(kind, shown)
    m, n = values.shape
    figure, axis = _figure((m, n), place)
    edges = (-0.5, shown.shape[1] * step - 0.5, shown.shape[0] * step - 0.5, -0.5)
    image = axis.imshow(
        shown * factor,
        extent=edges,
        aspect="equal",
        interpolation="nearest",
        **colour_scale(shown * factor, scale),
    )
    _label_axes(axis, (m, n))
    _label_pairs(result, axis)
    _mark_selected(result, axis)
    add_colour_bar(figure, image, axis, label)
    note = "" if step == 1 else f" ({'largest' if largest else 'mean'} of {step} x {step} cells)"
    _title(result, axis, f"{title}{note}")
    place.limit([axis])
    return figure


def _mark_selected(result: CrossbarResult, axis: Any, offset: float = 0.0) -> None:
    """Frame the selected cell; in large arrays, where the frame is a speck, add arrows at its lines."""
    from matplotlib.patches import Rectangle

    if result.ends.bias.selected is None:
        return
    row, col = result.ends.bias.selected
    size = max(1.0, max(result.array.shape) / 60.0)
    corner = (col + offset / 2 - size / 2, row + offset / 2 - size / 2)
    axis.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=SELECTED, linewidth=1.8, zorder=5))
    style = {"color": SELECTED, "clip_on": False, "markersize": 7, "zorder": 6}
    left, top = axis.get_xlim()[0], axis.get_ylim()[1]
    axis.plot(left, row, ">", **style)
    axis.plot(col + offset, top, "v", **style)


def _label_pairs(result: CrossbarResult, axis: Any, offset: float = 0.0) -> None:
    """Label pairs of bit lines as columns with a positive and a negative line."""
    if not result.array.paired:
        return
    n = result.array.shape[1]
    pairs = n // 2
    for k in range(1, pairs) if pairs <= 64 else ():
        axis.axvline(2 * k - 0.5 + offset / 2, color="#888888", linewidth=0.6, zorder=4)
    step = max(1, pairs // 10)
    if pairs <= 20:
        places = np.arange(n)
        axis.set_xticks(places + offset, [f"{k // 2}{'−' if k % 2 else '+'}" for k in places], fontsize=8)
    else:
        axis.set_xticks(
            2 * np.arange(0, pairs, step) + 0.5 + offset, [f"{k}±" for k in range(0, pairs, step)]
        )
    axis.set_xlabel("column, its bit lines + and −")


def _lines(result: CrossbarResult, quantity: str, scale: str, place: Place) -> Figure:
    if max(result.array.shape) > DRAWN:
        return _line_maps(result, quantity, scale, place)
    from matplotlib.collections import LineCollection
    from matplotlib.colors import LinearSegmentedColormap

    figure, axis = _figure(result.array.shape, place)
    m, n = result.array.shape
    offset = 0.35  # bit lines are drawn a little aside, so that cells show between the lines
    i, j = (a.ravel() for a in np.indices((m, n)))
    word = [((b, a), (b + 1, a)) for a in range(m) for b in range(n - 1)]
    bit = [((b + offset, a + offset), (b + offset, a + 1 + offset)) for a in range(m - 1) for b in range(n)]
    cells = [((b, a), (b + offset, a + offset)) for a, b in zip(i.tolist(), j.tolist(), strict=True)]
    if quantity == "currents":
        along, down = np.abs(result.wordline_current.ravel()), np.abs(result.bitline_current.ravel())
        through = np.abs(result.cell_current.ravel())
        everything = np.concatenate([along, down, through])
        factor, label = scaled("current", everything)
        norm = colour_scale(everything * factor, scale)["norm"]
        load = LinearSegmentedColormap.from_list(
            "load", LOAD_ON_DARK if is_dark(axis.get_facecolor()) else LOAD
        )
        for segments, values, width in ((word, along, 3.0), (bit, down, 3.0), (cells, through, 2.0)):
            busy = np.argsort(values)  # busy ones last, over idle ones
            lines = LineCollection([segments[k] for k in busy], linewidths=width, cmap=load, norm=norm)
            lines.set_capstyle("round")
            lines.set_array(values[busy] * factor)
            axis.add_collection(lines)
        add_colour_bar(figure, lines, axis, f"Magnitude of the c{label[1:]}")
    else:
        for segments in (word, bit, cells):
            axis.add_collection(LineCollection(segments, linewidths=0.8, colors="#999999"))
        values = np.concatenate([result.word_voltage.ravel(), result.bit_voltage.ravel()])
        factor, label = scaled("voltage", values)
        x, y = np.concatenate([j, j + offset]), np.concatenate([i, i + offset])
        size = 4000.0 / max(m, n) ** 1.6
        dots = axis.scatter(x, y, c=values * factor, s=size, zorder=3, **colour_scale(values * factor, scale))
        add_colour_bar(figure, dots, axis, label)
    _label_axes(axis, (m, n))
    axis.set_xlim(-0.5, n)
    axis.set_ylim(m, -0.5)
    axis.set_aspect("equal")
    _label_pairs(result, axis, offset)
    _mark_selected(result, axis, offset)
    _title(result, axis, DRAWINGS[quantity])
    place.limit([axis])
    return figure


def _line_maps(result: CrossbarResult, quantity: str, scale: str, place: Place) -> Figure:
    """Word and bit lines of a large array as two maps."""
    m, n = result.array.shape
    width, height = _panel((m, n), 4.6, 9.0, 6.0)
    across = n <= 2 * m  # side by side, else one below the other
    size = (2 * width + 3.0, height + 1.1) if across else (width + 1.8, 2 * height + 1.6)
    figure, axes = place.panels(1 if across else 2, 2 if across else 1, size)
    currents = quantity == "currents"
    fields = ("wordline_current", "bitline_current") if currents else ("word_voltage", "bit_voltage")
    names = ("word lines", "bit lines")
    for axis, field, name in zip(axes, fields, names, strict=True):
        shown, step = decimate(np.asarray(getattr(result, field)), SQUARES, currents)
        factor, label = scaled("current" if currents else "voltage", shown)
        edges = (-0.5, shown.shape[1] * step - 0.5, shown.shape[0] * step - 0.5, -0.5)
        image = axis.imshow(
            shown * factor,
            extent=edges,
            aspect="equal",
            interpolation="nearest",
            **colour_scale(shown * factor, scale),
        )
        _label_axes(axis, result.array.shape)
        _label_pairs(result, axis)
        _mark_selected(result, axis)
        add_colour_bar(figure, image, axis, label)
        axis.grid(visible=False)
        _title(result, axis, f"{DRAWINGS[quantity].split(' of')[0]} of the {name}")
    place.limit(axes)
    return figure


def page(result: CrossbarResult, quantity: str, scale: str = "auto") -> str:
    """Make an HTML page that shows the value of the cell under the pointer."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    quantity = {"currents": "cell_current", "voltages": "cell_voltage"}.get(quantity, quantity)
    title, kind, largest = MAPS[quantity]
    shown, step = decimate(np.asarray(getattr(result, quantity)), HTML_SQUARES, largest)
    factor, label = scaled(kind, shown)
    look = colour_scale(shown, scale)
    colours = colormaps[look["cmap"]](look["norm"](shown))
    squares = []
    for (i, j), value in np.ndenumerate(shown):
        where = f"row {i * step}, column {j * step}" + (f" and {step * step - 1} more" if step > 1 else "")
        squares.append(
            f'<rect x="{j}" y="{i}" width="1" height="1" fill="{to_hex(colours[i, j])}">'
            f"<title>{where}: {value * factor:.5g} {label[label.find('[') + 1 : -1]}</title></rect>"
        )
    m, n = shown.shape
    heading = html.escape(f"{result.array.name}: {title.lower()}, {label}")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{heading}</title><style>'
        "body{font-family:sans-serif;margin:2em}svg{max-width:90vmin;border:1px solid #999}"
        "rect:hover{stroke:#D55E00;stroke-width:.1}</style></head><body>"
        f'<h1 style="font-size:1.2em">{heading}</h1><svg viewBox="0 0 {n} {m}" width="100%">'
        f"{''.join(squares)}</svg><p>{shown.min() * factor:.5g} (dark) to {shown.max() * factor:.5g} "
        f"{label}; word lines are rows, bit lines columns.</p></body></html>\n"
    )
