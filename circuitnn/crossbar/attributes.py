"""Attributes of an array in data sets and notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.origin import versions

if TYPE_CHECKING:
    from circuitnn.crossbar.result import CrossbarResult

DESCRIBED = {
    "wordline_resistance": "Ω per segment",
    "bitline_resistance": "Ω per segment",
    "driver_resistance": "Ω",
    "sense_resistance": "Ω",
    "contact_resistance": "Ω",
    "wordline_capacitance": "F",
    "bitline_capacitance": "F",
    "cell_capacitance": "F",
}


def described(result: CrossbarResult) -> dict[str, Any]:
    """Return the attributes of an operating point's data set.

    Parameters
    ----------
    result : CrossbarResult

    Returns
    -------
    dict of str to str, float or list of int
        Name, power [W], selected cell, sensed ends, cells, lines, temperature [°C], engine, notes, seed, versions.
    """
    array, bias = result.array, result.ends.bias
    attributes: dict[str, Any] = {"title": array.name, "total_power": result.total_power}
    if bias.selected is not None:
        attributes["selected"] = [int(k) for k in bias.selected]
    attributes["sensed"] = ", ".join(bias.sensed)
    attributes["cells"] = array.made.kind
    attributes |= {name: f"{spanned(array.arguments[name])} {unit}" for name, unit in DESCRIBED.items()}
    attributes |= {"temp": array.temp, "engine": result.statistics.engine}
    attributes["notes"] = "\n".join(result.statistics.notes)
    if array.seed is not None:
        attributes["seed"] = str(array.seed)
    return attributes | versions()


def spanned(values: object) -> str:
    """Write a number, or the range of several.

    Parameters
    ----------
    values : array_like

    Returns
    -------
    str
    """
    numbers = np.asarray(values, dtype=float)
    if not numbers.size:  # lines of one node have no segments
        return "–"
    low, high = float(numbers.min()), float(numbers.max())
    return f"{low:.6g}" if low == high else f"{low:.6g} … {high:.6g}"
