"""Pictures of a result, `circuitnn.Result.plot`; matplotlib is imported when the first one is drawn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from circuitnn.machine.arguments import checked_arguments

if TYPE_CHECKING:
    from circuitnn.results.result import Result


@checked_arguments
def plot(
    result: Result,
    *signals: Any,
    path: str | os.PathLike[str] | None = None,
    x: Any = None,
    kind: str = "",
    title: str | None = None,
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> Any:
    """Draw signals.

    Parameters
    ----------
    result : Result
    *signals : str or (label, ndarray)
        Names of variables, or arrays of the result's length. Default: the voltages (at most 8) and
        currents (at most 4) that vary most; of an operating point, all.
    path : path, optional
        File to write; the suffix selects the format (``.png``, ``.pdf``, ``.svg``).
    x : str or (label, ndarray), optional
        Draw over this signal instead of the axis, e.g. a memristor's current over its voltage.
    kind : {"", "curves", "bode", "nyquist", "histogram", "bars"}
        See `circuitnn.results.plot.draw`.
    title : str, optional
        Default: the deck's title; on axes of your own, none.
    ax : matplotlib.axes.Axes, or one for each panel, optional
        Draw on these; default: a figure of its own, in the style that ``matplotlib.style.use`` chose, if any.
    figsize : (float, float), optional
        Size of that figure. [inch]
    xlim, ylim : (float, float), optional
        Part that is shown, in SI units.

    Returns
    -------
    matplotlib.figure.Figure
        Notebooks show it.

    Raises
    ------
    UnknownNameError
        The result lacks a variable.
    AnalysisError
        There is nothing to draw, or this kind of picture cannot be drawn from this result.
    """
    from circuitnn.results import plot as plot_module
    from circuitnn.results.figure_place import Place

    return plot_module.draw(
        result, *signals, path=path, x=x, kind=kind, title=title, place=Place(ax, figsize, xlim, ylim)
    )
