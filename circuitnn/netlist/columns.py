"""Columns of the elements' tables: names, defaults, what copies in parallel do, which values make no sense."""

from __future__ import annotations

import numpy as np

from circuitnn.flat import PARALLEL
from circuitnn.netlist.definition import Table
from circuitnn.netlist.lines import LEAST, LOSSLESS, LOSSY, complete, impossible
from circuitnn.netlist.uniform import UNIFORM, fault

NAN = float("nan")
# The main value, and those that few elements have with their defaults.
COLUMNS = {
    "r": ("r", {"tc1": 0.0, "tc2": 0.0, "temp": NAN}),
    "c": ("c", {"ic": NAN, "tc1": 0.0, "tc2": 0.0, "temp": NAN}),
    "l": ("l", {"ic": NAN, "tc1": 0.0, "tc2": 0.0, "temp": NAN}),
    "k": ("k", {}),
    "v": ("dc", {"acmag": NAN, "acphase": NAN}),
    "i": ("dc", {"acmag": NAN, "acphase": NAN}),
    **dict.fromkeys("efgh", ("gain", {})),
    "t": ("z0", LOSSLESS),
    "u": ("l", UNIFORM),
    "o": ("r", LOSSY),
}
# How m parallel copies change the numbers, as those of `PARALLEL`.
MULTIPLIED = {
    **PARALLEL,
    "t": {"z0": -1, "i1": 1, "i2": 1},
    "u": {"rperl": -1, "cperl": 1, "isperl": 1, "rsperl": -1},
    "o": {"r": -1, "l": -1, "g": 1, "c": 1, "i1": 1, "i2": 1},
}
TERMINALS = {**dict.fromkeys("egto", 4), "u": 3, "k": 0}
ORDER = "rclkviefghto"  # of the tables


def senseless(table: Table, columns: dict[str, np.ndarray], count: int) -> tuple[np.ndarray, str]:
    """Which rows have values without meaning, as a zero resistance or a coupling above 1, and what is wrong.

    Parameters
    ----------
    table : Table
    columns : dict of str to ndarray
        In all `count` instances; of lines they are completed here.
    count : int
    """
    values = columns[COLUMNS[table.kind][0]]
    if table.kind == "t":
        return complete(columns)
    if table.kind == "o":
        return impossible(columns)
    if table.kind == "u":
        rows = zip(*columns.values(), strict=True)
        faults = [fault(dict(zip(columns, row, strict=True))) for row in rows]
        return np.array([f != "" for f in faults]), next(filter(None, faults), "")
    if table.kind == "k":
        # n windings with one k: the energy cannot be negative
        least = np.array([-1.0 / (len(names) - 1) for names in table.controls])
        bad = (values > 1.0) | (values < np.tile(least, count))
        return bad, f"a coupling coefficient lies between {least.max():g} and 1"
    return senseless_value(table.kind, values)


def senseless_value(kind: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Which main values of elements of a kind have no meaning, and why."""
    if kind == "r" and np.any(np.abs(values) < LEAST):
        return np.abs(values) < LEAST, "a resistance of 0; use a voltage source of 0 V for a short"
    return np.isinf(values), "its value is not finite"
