"""What a user can see of a result, in a form that can be compared: numbers rounded to 9 digits, texts, structure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

DIGITS = 9
HIDDEN = (
    "statistics",
    "probes",
    "progress",
    "elapsed",
    "flat",
    "deck",
    "origin",
    "orbit",
)  # times; texts and tables of their own


def seen(value: Any, depth: int = 0) -> Any:
    """The value as nested tuples.

    Parameters
    ----------
    value : object
    depth : int
        How far inside of another value it is.
    """
    if depth > 8:
        return "deep"
    if value is None or isinstance(value, str | bytes | bool | np.bool_):
        return value
    if isinstance(value, int | float | complex | np.number):
        return _number(value)
    if isinstance(value, np.ndarray):
        return (value.shape, *(seen(v, depth + 1) for v in value.ravel().tolist()[:2000]))
    if isinstance(value, list | tuple):
        return tuple(seen(v, depth + 1) for v in value[:2000])
    if isinstance(value, Mapping):
        return tuple(sorted((str(k), seen(v, depth + 1)) for k, v in value.items()))
    return _of_object(value, depth)


def _number(value: Any) -> Any:
    if isinstance(value, complex | np.complexfloating):
        return _number(value.real), _number(value.imag)
    number = float(value)
    return f"{number:.{DIGITS}g}" if number else "0"


def _of_object(value: Any, depth: int) -> Any:
    kind = type(value)
    home = kind.__module__.partition(".")[0]
    if kind.__name__ == "DataArray":
        return seen(value.values, depth + 1)
    if home == "xarray":
        return tuple(sorted((str(k), seen(np.asarray(v), depth + 1)) for k, v in value.variables.items()))
    if home == "pandas":
        return seen(value.to_numpy(), depth + 1) if value.to_numpy().dtype != object else value.to_csv()
    if home != "circuitnn":
        return kind.__name__
    if kind.__name__ == "Circuit":
        source = value.source
        return tuple(
            seen(getattr(source, n), depth + 1)
            for n in ("text", "parameters", "options", "values", "models", "edits")
        )
    if kind.__name__ == "CellSignals":
        return seen(value.cell_voltage, depth + 1)
    if is_dataclass(value):
        given = [(f.name, getattr(value, f.name)) for f in fields(value)]
    elif hasattr(value, "__dict__"):
        given = sorted(vars(value).items())
    else:
        return kind.__name__
    shown = ((n, v) for n, v in given if n not in HIDDEN and n[0] != "_")
    return kind.__name__, *((n, seen(v, depth + 1)) for n, v in shown)
