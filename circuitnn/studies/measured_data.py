"""Measured data of devices: voltage and current, over time if the device has a memory."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lines_of, read_text
from circuitnn.units import PREFIXES

HEADING = re.compile(r"\s*([^\s(\[]*)\s*([(\[][^)\]]*[)\]])?")  # a word, and perhaps a unit in brackets
UNITS = {"t": "s", "v": "V", "i": "A"}
POWERS = {prefix: power for power, prefix in PREFIXES.items()} | {"u": -6, "μ": -6}
SEPARATORS = (",", ";", "\t", r"\s+")
DECIMAL_COMMA = re.compile(r",\d")
SAMPLE = 100  # lines in which the separator is looked for
NAMES = {"t": ("t", "time", "s"), "v": ("v", "voltage", "u"), "i": ("i", "current")}


@dataclass(frozen=True, eq=False)
class Curve:
    """One measured curve.

    Parameters
    ----------
    name : str
    t : ndarray, shape (points,)
        0, 1, 2, … if the data have no time. [s]
    v, i : ndarray, shape (points,)
        [V], [A]
    timed : bool
        Whether the data have a time.
    """

    name: str
    t: np.ndarray
    v: np.ndarray
    i: np.ndarray
    timed: bool


def curves(data: Any) -> list[Curve]:
    """Read one data set or several.

    Parameters
    ----------
    data : path, array, mapping, DataFrame, or a sequence of these
        A file with columns t, v, i (a heading, or two or three columns in this order) that commas, semicolons, tabs
        or blanks separate; an array of these columns; or anything with keys ``t``, ``v``, ``i``. Units are SI; a
        heading may give a prefix, ``i [µA]``.

    Returns
    -------
    list of Curve

    Raises
    ------
    AnalysisError
        If data are missing, ambiguous, not finite, or time does not increase.
    """
    if isinstance(data, (str, os.PathLike)):
        data = [part.strip() for part in os.fspath(data).split(",")] if isinstance(data, str) else [data]
    several = isinstance(data, Sequence) and not isinstance(data, str)
    several = (
        several
        and len(data) > 0
        and (isinstance(data[0], (str, os.PathLike, Mapping)) or np.ndim(data[0]) == 2)
    )
    return [_curve(source, k) for k, source in enumerate(data if several else [data])]


def _curve(data: Any, number: int) -> Curve:
    name = f"data {number + 1}"
    if isinstance(data, (str, os.PathLike)):
        name = Path(data).stem
        data = _read(Path(data))
    seen = ""
    if isinstance(data, Mapping) or hasattr(data, "columns"):
        columns = _columns(data, name)
        seen = f"; its columns are {', '.join(str(key) for key in data)}"
    else:
        table = np.asarray(data, dtype=float)
        if table.ndim != 2 or table.shape[1] not in (2, 3):
            raise AnalysisError(
                f"{name}: an array of columns v, i or t, v, i is needed, not of shape {table.shape}"
            )
        columns = dict(zip("tvi" if table.shape[1] == 3 else "vi", table.T, strict=True))
    for short in "vi":
        if short not in columns:
            raise AnalysisError(
                f"{name}: there is no column {NAMES[short][0]} ({', '.join(NAMES[short][1:])}){seen:.100}"
            )
    timed = "t" in columns
    t = columns["t"] if timed else np.arange(len(columns["v"]), dtype=float)
    for values in (t, columns["v"], columns["i"]):
        if values.ndim != 1 or len(values) != len(t) or not np.all(np.isfinite(values)):
            raise AnalysisError(f"{name}: columns must be of one length and finite")
    if len(t) < 2 or np.any(np.diff(t) <= 0.0):
        raise AnalysisError(f"{name}: needs at least two points, and time must increase")
    return Curve(name, t, columns["v"], columns["i"], timed)


def _columns(data: Any, name: str) -> dict[str, np.ndarray]:
    """Columns t, v, i by their headings: ``v``, ``Voltage [mV]``, ``v(out)``."""
    keys: dict[str, tuple[object, str]] = {}
    for key in data:
        ((word, unit),) = HEADING.findall(str(key))[:1]
        if word.lower() in keys:
            raise AnalysisError(f"{name}: columns {keys[word.lower()][0]} and {key}: which one is {word}?")
        keys[word.lower()] = key, unit
    columns = {}
    for short, words in NAMES.items():
        key, unit = next((keys[word] for word in words if word in keys), (None, ""))
        if key is not None:
            label = f"{name}: column {key}"
            columns[short] = _numbers(data[key], label) * _factor(unit, short, label)
    return columns


def _factor(unit: str, short: str, label: str) -> float:
    """Factor from a unit in brackets to the SI unit; in parentheses may also be the name of a node or device."""
    inner = unit[1:].strip(")] ")
    if inner.endswith(UNITS[short]) and inner[:-1] in POWERS:
        return 10.0 ** POWERS[inner[:-1]]
    if unit[:1] == "[":
        raise AnalysisError(f"{label}: unit {inner} is not known; {UNITS[short]}, with a prefix, is")
    return 1.0


def _read(path: Path) -> Any:
    """Table of a file, by headings or, without any, by columns."""
    import pandas

    text = read_text(path)
    _refuse_decimal_commas(path, text)
    # What separates is what leaves the most columns of numbers.
    separator = max(SEPARATORS, key=lambda sep: _columns_of_numbers(text, sep))
    try:
        heading = _table(text, separator, header=None, nrows=1, dtype=str, keep_default_na=False)
        names = [str(cell).strip() for cell in heading.iloc[0]]
        if all(_number(name) for name in names if name):
            return _table(text, separator, header=None).dropna(axis=1, how="all").to_numpy(dtype=float)
        twice = next((name for k, name in enumerate(names) if name and name in names[:k]), "")
        if twice:
            raise AnalysisError(f"{path}: two columns are called '{twice}': which one counts?")
        return _table(text, separator)
    except pandas.errors.ParserWarning:
        raise AnalysisError(
            f"{path}: rows have more cells than the heading, '{separator.join(names):.60}'; lines that are no data "
            "begin with #"
        ) from None
    except (ValueError, IndexError, pandas.errors.ParserError) as error:
        raise AnalysisError(f"{path}: {error}") from None


def _table(text: str, separator: str, **more: Any) -> Any:
    """Table of a text, as pandas reads it."""
    import pandas

    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)  # cells that are left out
        form = {"comment": "#", "skipinitialspace": True, "index_col": False, "sep": separator} | more
        return pandas.read_csv(StringIO(text), **form)


def _columns_of_numbers(text: str, separator: str) -> int:
    import pandas

    try:
        table = _table(text, separator, nrows=SAMPLE)
    except (ValueError, pandas.errors.ParserError, pandas.errors.ParserWarning):  # rows of different lengths
        return 0
    return sum(pandas.api.types.is_numeric_dtype(kind) for kind in table.dtypes)


def _refuse_decimal_commas(path: Path, text: str) -> None:
    """Raise an error if a line has several numbers with commas in them, between other separators."""
    for number, line in enumerate(lines_of(text)[:SAMPLE], 1):
        for separator in SEPARATORS[1:]:
            cells = [cell.strip() for cell in re.split(separator, line.strip())]
            comma = next((cell for cell in cells if DECIMAL_COMMA.search(cell)), "")
            if comma and len(cells) > 1 and all(_number(cell.replace(",", ".")) for cell in cells):
                raise AnalysisError(
                    f"{path}:{number}: '{comma}' has a decimal comma: write numbers with a decimal point"
                )


def _numbers(column: Any, label: str) -> np.ndarray:
    """A column as numbers; the error names the first that is none."""
    try:
        return np.asarray(column, dtype=float)
    except (TypeError, ValueError):
        wrong = next((cell for cell in column if not _number(str(cell))), column)
        raise AnalysisError(f"{label}: '{wrong}' is not a number") from None


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
