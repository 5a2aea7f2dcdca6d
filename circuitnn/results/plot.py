"""Pictures of results: of a kind that suits the result, or of a given kind."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import name_of
from circuitnn.results.bars import draw_bars, draw_histogram
from circuitnn.results.bode import draw_bode, draw_nyquist, loudest
from circuitnn.results.curves import DENSITIES, draw_curves
from circuitnn.results.figure_place import ANYWHERE, Place
from circuitnn.results.figures import KINDS, Curve, save, shorten, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.results.result import Result

MAX_VOLTAGES, MAX_CURRENTS = 8, 4

Signal = str | tuple[str, np.ndarray]


def draw(
    result: Result,
    *signals: Signal,
    path: str | os.PathLike[str] | None = None,
    x: Signal | None = None,
    kind: str = "",
    title: str | None = None,
    place: Place = ANYWHERE,
) -> Figure:
    """Draw signals of a result.

    Parameters
    ----------
    result : Result
    *signals : str or (label, ndarray)
        Names of variables, or arrays of the result's length. Default: the voltages (at most 8) and
        currents (at most 4) that vary most; of an operating point, all.
    path : path, optional
        Where to save the picture; the suffix selects the format (``.png``, ``.pdf``, ``.svg``).
    x : str or (label, ndarray), optional
        Draw over this signal instead of the axis, e.g. a memristor's current over its voltage.
    kind : {"", "curves", "bode", "nyquist", "histogram", "bars"}
        Default: a Bode plot of phasors, bars of an operating point, else curves, one panel for each quantity.
        Noise has logarithmic axes. A histogram has fractions of the time.
    title : str, optional
        Default: the deck's title; on axes of the user, none.
    place : Place
        Axes, size and limits.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UnknownNameError
        The result lacks a variable.
    AnalysisError
        There is nothing to draw, or this kind of picture cannot be drawn from this result.
    """
    if len(result) == 0:
        raise AnalysisError(f"nothing to draw: {result.plotname} has no points")
    kind = _kind_of_picture(result, "" if kind is None else name_of(kind, "kind"))
    if x is not None and kind != "curves":
        raise AnalysisError(f"x has no meaning in a picture of kind {kind!r}")
    with styled():
        figure = _drawn(result, signals, x, kind, place)
        if place.own:
            heading = title or shorten(result.title) or result.plotname
            figure.suptitle(heading, x=0.02, ha="left", fontweight="bold")
        elif title:
            place.first.set_title(title)
    if path is not None:
        save(figure, path)
    return figure


def draw_apart(result: Result, curves: Sequence[Curve], x: Curve, title: str = "") -> Figure:
    """Draw curves of which each has its own points.

    Parameters
    ----------
    result : Result
        For the title.
    curves : sequence of Curve
        Each with `over`.
    x : Curve
        Label and quantity of the axis; its values set the unit.
    title : str
        Default: the deck's.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with styled():
        figure = draw_curves(result, curves, x, False)
        heading = title or shorten(result.title) or result.plotname
        figure.suptitle(heading, x=0.02, ha="left", fontweight="bold")
    return figure


def _kind_of_picture(result: Result, kind: str) -> str:
    phasors = np.iscomplexobj(result.data)
    if not kind:
        return "bode" if phasors else "bars" if result.axis is None else "curves"
    if kind not in KINDS:
        raise AnalysisError(f"there is no picture of kind {kind!r}{nearest(kind, KINDS)}")
    if (kind in ("bode", "nyquist")) != phasors:
        raise AnalysisError(
            f"kind={kind!r} needs {'real numbers' if phasors else 'phasors'}, "
            f"and {result.plotname} has {'phasors' if phasors else 'none'}"
        )
    if kind == "curves" and result.axis is None:
        raise AnalysisError(f"{result.plotname} has no axis to draw curves over")
    return kind


def _drawn(result: Result, signals: Sequence[Signal], x: Signal | None, kind: str, place: Place) -> Figure:
    if kind in ("bode", "nyquist"):
        phasors = [_labelled(result, signal) for signal in signals]
        return (draw_bode if kind == "bode" else draw_nyquist)(result, phasors or loudest(result), place)
    curves = [_curve(result, signal) for signal in signals]
    if kind == "bars":
        return draw_bars(result, curves, place)
    curves = curves or _most_moving(result)
    if kind == "histogram":
        return draw_histogram(result, curves, place)
    over = x if x is not None else result.axis
    assert over is not None
    return draw_curves(result, curves, _curve(result, over), x is None, place)


def _curve(result: Result, signal: Signal) -> Curve:
    label, values = _labelled(result, signal)
    return Curve(label, np.real(values), kind_of(result, label))


def _labelled(result: Result, signal: Signal) -> tuple[str, np.ndarray]:
    """Label and values of a signal."""
    if isinstance(signal, str):
        return signal, result.array(signal)
    label, values = signal if isinstance(signal, tuple | list) and len(signal) == 2 else ("", ())
    values = np.asarray(values)
    if not isinstance(label, str) or values.shape != (len(result),) or values.dtype.kind not in "biufc":
        raise AnalysisError(
            f"{reprlib.repr(signal)}: a signal to draw is a name, or a label and {len(result)} numbers, one per point"
        )
    return label, values


def kind_of(result: Result, name: str) -> str:
    """Find the quantity of a variable, also of a difference ``v(a,b)`` and of a bare node name.

    Parameters
    ----------
    result : Result
    name : str

    Returns
    -------
    str
        Such as ``"voltage"``.
    """
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
