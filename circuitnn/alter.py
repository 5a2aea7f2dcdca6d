"""A flat circuit in which some values are others."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.circuit import Devices, Elements, FlatCircuit
from circuitnn.errors import AnalysisError, nearest
from circuitnn.records import replace

# What the value of an element is called in the tables, and what else a deck may call it.
_MAIN = {**{kind: kind for kind in "rclk"}, **dict.fromkeys("vi", "dc"), **dict.fromkeys("efgh", "gain")}
_ALIASES = {
    "resistance": "r",
    "capacitance": "c",
    "inductance": "l",
    "coupling": "k",
    "ac": "acmag",
    "m": "multiplier",
}


def altered(flat: FlatCircuit, changes: Mapping[tuple[str, str], float]) -> FlatCircuit:
    """A copy with other values.

    Parameters
    ----------
    flat : FlatCircuit
    changes : mapping of (str, str) to float
        Name of an element or device and of one of its numbers → value; an empty name of the number
        means its main one: resistance, dc value, gain, ….

    Raises
    ------
    AnalysisError
        There is no such element or number.
    """
    tables: list[Elements | Devices] = [*flat.elements, *flat.devices]
    for (name, key), value in changes.items():
        k = next((k for k, table in enumerate(tables) if name in table.names), -1)
        if k < 0:
            known = [n for table in tables for n in table.names]
            raise AnalysisError(f"there is no element {name} to alter{nearest(name, known)}")
        tables[k] = _with_value(tables[k], name, key, value)
    return replace(
        flat,
        elements=tuple(t for t in tables if isinstance(t, Elements)),
        devices=tuple(t for t in tables if isinstance(t, Devices)),
    )


def _with_value(table: Elements | Devices, name: str, key: str, value: float) -> Elements | Devices:
    columns = table.values if isinstance(table, Elements) else table.columns
    column = _ALIASES.get(key, key)
    if isinstance(table, Elements):
        column = column or _MAIN[table.kind]
        if table.kind in "vi" and column == "acmag" and "acphase" in columns:
            columns = {**columns, "acphase": np.nan_to_num(columns["acphase"])}
    elif key in columns:
        column = key
    if column not in columns:
        if not column:
            raise AnalysisError(f"say which parameter of {name} to alter")
        raise AnalysisError(f"{name} has no number '{key}' to alter{nearest(key, list(columns))}")
    changed = np.array(np.broadcast_to(columns[column], len(table.names)), dtype=float)
    changed[list(table.names).index(name)] = value
    if isinstance(table, Elements):
        return replace(table, values={**columns, column: changed})
    return replace(table, columns={**columns, column: changed})
