"""Vectors of plots by ngspice's names and types."""

from __future__ import annotations

import numpy as np

from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.plots import Plot, Plots
from circuitnn.results.quantities import QUANTITIES


def name_of(variable: str) -> str:
    """Name a variable as ngspice does: ``out`` for ``v(out)``, ``V(1)`` for ``v(1)``, ``v1#branch`` for ``i(v1)``.

    Parameters
    ----------
    variable : str

    Returns
    -------
    str
    """
    inside = variable[2:-1]
    if variable.startswith("v(") and variable.endswith(")") and "," not in inside:
        return f"V({inside})" if inside[:1].isdigit() else inside
    if variable.startswith("i(") and variable.endswith(")"):
        return f"{inside}#branch"
    return variable


def names(plot: Plot) -> list[str]:
    """List the vectors of a plot in ngspice's order: the axis last, the first node before it.

    Parameters
    ----------
    plot : Plot

    Returns
    -------
    list of str
    """
    return [name_of(name) for name in reversed(plot.names())]


def find(plots: Plots, name: str) -> tuple[Plot, str] | None:
    """Find the plot that a vector is in, and the vector's name there.

    Parameters
    ----------
    plots : Plots
    name : str
        ``"out"`` of the current plot, ``"tran1.out"``, ``"v(out)"``, ``"tran1.v(out)"``.

    Returns
    -------
    plot : Plot
    name : str
        None if there is no such vector.
    """
    key = lowered(name.strip())
    head, dot, rest = key.partition(".")
    plot = plots.current
    if dot and head in plots.all:
        plot, key = plots.all[head], rest
    for known in plot.names():
        if key in (lowered(known), lowered(name_of(known))):
            return plot, known
    if plot.result is not None and key in plot.result:
        return plot, key
    return (plots.all["const"], key) if key in plots.all["const"].own else None


def values(plot: Plot, name: str) -> tuple[int, np.ndarray]:
    """Return the type of a vector and its numbers.

    Parameters
    ----------
    plot : Plot
    name : str
        Name from `find`.

    Returns
    -------
    type : int
    values : ndarray
        Complex in plots of phasors, including the frequency.
    """
    if name in plot.own or plot.result is None:
        return 0, np.atleast_1d(plot.own[name])
    result = plot.result
    kinds = dict(zip(result.names, result.types, strict=True))
    numbers = np.array(result.array(name))
    if np.iscomplexobj(result.data):
        numbers = numbers.astype(complex)
    return QUANTITIES[kinds.get(name, "notype")].vector, numbers
