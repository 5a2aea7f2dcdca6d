"""Numbers on a page: formatted for readers, packed for scripts, decimated where there are too many."""

from __future__ import annotations

from base64 import b64encode

import numpy as np

from circuitnn.units import PREFIXES

SYMBOLS = {"Ohm": "Ω", "degC": "°C", "V/sqrt(Hz)": "V/√Hz", "A/sqrt(Hz)": "A/√Hz"}
# Units that take SI prefixes.
SCALED = frozenset(("s", "Hz", "V", "A", "Ω", "C", "F", "S", "W", "V/√Hz", "A/√Hz"))


def symbol(unit: str) -> str:
    """Symbol of a unit that is written in ASCII.

    Parameters
    ----------
    unit : str

    Returns
    -------
    str
    """
    return SYMBOLS.get(unit, unit)


def written(value: float, unit: str = "") -> str:
    """Write a number with its unit and an SI prefix.

    Parameters
    ----------
    value : float
    unit : str

    Returns
    -------
    str
        ``"12.5 mV"``.
    """
    unit = symbol(unit)
    value = float(f"{value:.5g}")  # rounded before the prefix is chosen: 999.999 mV is 1 V
    size = abs(value)
    if unit not in SCALED or not 1e-18 <= size < 1e15:
        return f"{value:.5g} {unit}".rstrip()
    power = int(np.clip(3 * np.floor(np.log10(size) / 3 + 1e-12), -18, 12))
    return f"{value / 10.0**power:.5g} {PREFIXES[power]}{unit}"


def packed(values: np.ndarray, kind: str = "f8") -> dict[str, str]:
    """Pack an array for a script.

    Parameters
    ----------
    values : ndarray
        In C order, without its shape.
    kind : {"f4", "f8"}

    Returns
    -------
    dict of str to str
        Kind → bytes, little-endian, in base64.
    """
    return {kind: b64encode(np.ascontiguousarray(values, dtype=f"<{kind}").tobytes()).decode()}


def kept(values: np.ndarray, most: int) -> np.ndarray:
    """Choose the points of a curve to keep, so that no peak is lost.

    The points are divided into runs of equal length; the least and the largest value of each run are kept, and
    the first and the last point.

    Parameters
    ----------
    values : ndarray, shape (points,)
    most : int
        Points to keep, at least 4.

    Returns
    -------
    ndarray of int
        In increasing order; all points if there are no more than `most`.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    size = -(-count // max(1, most // 2 - 1))
    runs = np.full(-(-count // size) * size, values[-1], dtype=float)
    runs[:count] = values
    table = runs.reshape(-1, size)
    starts = np.arange(len(table)) * size
    chosen = np.concatenate([starts + table.argmin(axis=1), starts + table.argmax(axis=1), [0, count - 1]])
    return np.unique(np.minimum(chosen, count - 1))
