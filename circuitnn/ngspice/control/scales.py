"""Vectors of one picture that lie in several plots: each is drawn over the scale of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results import plot
from circuitnn.results.figures import Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.ngspice.control.plot_words import Looks
    from circuitnn.ngspice.control.plots import Plot, Plots

Vector = tuple[str, np.ndarray]
_PLOT = re.compile(r"(?<![\w.])([a-z]\w*)\.(?=[^\d\s])")  # before a name, not within a number


def common(plots: Plots, asked: Sequence[Vector]) -> bool:
    """Whether all vectors have the points of the current plot.

    Parameters
    ----------
    plots : Plots
    asked : sequence of (str, ndarray)
        Formulas and their values.

    Returns
    -------
    bool
    """
    current = plots.current
    length = len(current.result) if current.result is not None else 0
    return all(_home(plots, *v) is current and len(v[1]) in (1, length) for v in asked)


def draw(interpreter: Interpreter, asked: Sequence[Vector], versus: Sequence[Vector], looks: Looks) -> Figure:
    """Draw vectors of several plots.

    Parameters
    ----------
    interpreter : Interpreter
    asked, versus : sequence of (str, ndarray)
        Formulas and values of what is drawn, and of the scale behind ``vs``, if there is one.
    looks : Looks

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    AnalysisError
        There is nothing to draw.
    """
    if len(versus) > 1 or not asked:
        raise AnalysisError("vectors to draw, and one behind 'vs', are needed")
    plots = interpreter.plots
    scales = [versus[0] if versus else _scale(_home(plots, *vector)) for vector in asked]
    label, kind = scales[0][0], _kind(plots, *scales[0])
    for (name, _), (other, values) in zip(asked, scales, strict=True):
        if _kind(plots, other, values) != kind:
            interpreter.warn(
                f"'{name}' is drawn over its own scale, {other}, and the axis is that of {label}"
            )
    pairs = zip(asked, scales, strict=True)
    curves = [_curve(interpreter, vector, scale, looks) for vector, scale in pairs]
    extent = np.concatenate([curve.over for curve in curves if curve.over is not None])
    result = plots.current.result
    assert result is not None
    return plot.draw_apart(result, curves, Curve(label, extent, kind), looks.title)


def _home(plots: Plots, formula: str, values: np.ndarray) -> Plot:
    """The plot whose scale a formula has: the first one named in it that has as many points, or the current one."""
    for name in _PLOT.findall(formula):
        plot = plots.all.get(name)
        if plot is not None and plot.result is not None and len(plot.axis()) == len(values):
            return plot
    return plots.current


def _scale(home: Plot) -> Vector:
    return home.scale or "", np.real(home.axis())


def _kind(plots: Plots, formula: str, values: np.ndarray) -> str:
    """Quantity of a formula that is the name of a vector, such as ``tran1.v(out)``."""
    home = _home(plots, formula, values)
    name = formula.removeprefix(f"{home.name}.")
    if name in home.kinds:
        return home.kinds[name]
    return plot.kind_of(home.result, name) if home.result is not None else "notype"


def _curve(interpreter: Interpreter, vector: Vector, scale: Vector, looks: Looks) -> Curve:
    """A vector over its scale: a single number is a level, and of two lengths the shorter one counts."""
    (name, values), (over_name, over) = vector, scale
    values, over = np.real(values), np.real(over)
    if len(values) == 1:
        values = np.broadcast_to(values, over.shape)
    if len(values) != len(over):
        interpreter.warn(
            f"'{name}' has {len(values)} numbers and its scale {over_name} {len(over)}: "
            f"{min(len(values), len(over))} are drawn"
        )
    length = min(len(values), len(over))
    values, over = values[:length], over[:length]
    if looks.limits is not None:
        inside = (over >= min(looks.limits)) & (over <= max(looks.limits))
        values, over = values[inside], over[inside]
    if not len(values):
        raise AnalysisError(f"'{name}' has no points there")
    return Curve(name, values, _kind(interpreter.plots, *vector), over)
