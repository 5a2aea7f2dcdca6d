"""Read results from files: rawfiles of circuitnn, ngspice and LTspice, tables (CSV), netCDF."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, RawfileError
from circuitnn.machine.text import lines_of, lowered, read_text
from circuitnn.machine.user_input import path_of
from circuitnn.results import ltspice, rawfile
from circuitnn.results.origin import Kept, tells
from circuitnn.results.quantities import OF_AXIS, UNITS
from circuitnn.results.result import Result

if TYPE_CHECKING:
    import xarray

SHOWN = 10  # plots that a message lists


def read(path: str | os.PathLike[str], plot: int | str | None = None) -> Result:
    """Read a result from a file.

    Parameters
    ----------
    path : path
        A rawfile of circuitnn, ngspice or LTspice, a table (``.csv``) or netCDF (``.nc``).
    plot : int or str, optional
        Which one, if the file has several: its number from 0, or its analysis (``"tran"``, ``"op"``). `read_all` gives
        all of them.

    Returns
    -------
    Result

    Raises
    ------
    AnalysisError
        The file has several plots and `plot` chooses none of them, or it holds no result.
    RawfileError
        It cannot be understood.
    OSError
        It cannot be read.

    Examples
    --------
    >>> import circuitnn
    >>> circuitnn.read("out.raw")["v(out)"]  # doctest: +SKIP
    >>> circuitnn.read("out.raw", "ac")["v(out)"]  # doctest: +SKIP
    """
    results = read_all(path)
    if plot is None and len(results) == 1:
        return results[0]
    if isinstance(plot, int | np.integer) and not isinstance(plot, bool):
        if -len(results) <= plot < len(results):
            return results[int(plot)]
        raise AnalysisError(f"{path}: there is no plot {plot}; it has {len(results)}: {_listed(results)}")
    if plot is None:
        raise AnalysisError(f"{path}: plot= must say which of its {len(results)} plots: {_listed(results)}")
    if not isinstance(plot, str):
        raise AnalysisError(f"plot = {plot!r}: must be a number or the name of an analysis")
    wanted = lowered(plot.strip())
    fitting = [result for result in results if wanted in (result.analysis, lowered(result.plotname))]
    if len(fitting) != 1:
        raise AnalysisError(f"{path}: {len(fitting)} plots are called {plot}; it has {_listed(results)}")
    return fitting[0]


def read_all(path: str | os.PathLike[str]) -> list[Result]:
    """Read all results of a file, see `read`.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Result
        One for each plot; of a stepped file of LTspice, one for each step.

    Raises
    ------
    AnalysisError
        The file holds no result.
    RawfileError
        It cannot be understood.
    OSError
        It cannot be read.

    Examples
    --------
    >>> import circuitnn
    >>> [result.analysis for result in circuitnn.read_all("out.raw")]  # doctest: +SKIP
    ['op', 'tran']
    """
    path = Path(path_of(path))
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return [_table(path)]
    if suffix == ".nc":
        data = dataset(path)
        if not is_result(data):
            raise AnalysisError(f"{path}: not a result but {_about(data)}: xarray.load_dataset reads it")
        return [result_of(data)]
    with path.open("rb") as source:
        start = source.read(ltspice.START)
    return ltspice.read(path) if ltspice.is_ltspice(start) else rawfile.read(path)


def _listed(results: list[Result]) -> str:
    shown = [f"{k} ({result.plotname or result.analysis})" for k, result in enumerate(results[:SHOWN])]
    return ", ".join(shown) + (f" and {len(results) - SHOWN} more" if len(results) > SHOWN else "")


def _about(data: xarray.Dataset) -> str:
    return f"a data set with {', '.join(map(str, list(data.data_vars)[:SHOWN])) or 'no variables'}"


def _table(path: Path) -> Result:
    """A table with names in its first line: the first column is the axis if it is called like one."""
    import csv

    rows = csv.reader(lines_of(read_text(path)))
    names = tuple(name.strip() for name in next(rows, []))
    numbers = [[complex(word) for word in row] for row in _numeric(rows, path)]
    if not names or any(len(row) != len(names) for row in numbers):
        raise RawfileError(
            f"{path}: not a table: each line needs {len(names)} numbers, as the first has names"
        )
    data = np.array(numbers, dtype=complex).reshape(len(numbers), len(names))
    if not data.imag.any():
        data = data.real.copy()
    kinds = tuple(_kind_by_name(name) for name in names)
    has_axis = names[0] in OF_AXIS
    return Result(
        path.stem,
        _ANALYSES.get(names[0], "table"),
        "Table",
        names[0] if has_axis else None,
        names,
        kinds,
        data,
    )


def _numeric(rows: Iterator[list[str]], path: Path) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 2):
        try:
            for word in row:
                complex(word)
        except ValueError:
            raise RawfileError(f"{path}:{number}: not a number: {word!r}") from None
        if row:
            yield row


_ANALYSES = {"time": "tran", "frequency": "ac"}


def _kind_by_name(name: str) -> str:
    key = lowered(name)
    if key in OF_AXIS:
        return OF_AXIS[key]
    return {"v(": "voltage", "i(": "current"}.get(key[:2], "notype")


def dataset(path: Path) -> xarray.Dataset:
    """Read netCDF.

    Raises
    ------
    AnalysisError
        It cannot be understood.
    """
    import xarray

    path.open("rb").close()  # raises for a missing or unreadable file
    try:
        return xarray.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise AnalysisError(f"{path}: not a netCDF file that can be read: {error}") from None


def is_result(data: xarray.Dataset) -> bool:
    """Whether a data set is a result, and not that of an array or a study."""
    return "plotname" in data.attrs and all("type" in data[name].attrs for name in data.data_vars)


def result_of(data: xarray.Dataset) -> Result:
    """Rebuild a result: its axis is the innermost sweep, and the points of nested sweeps are concatenated."""
    along = [str(name) for name in data.sizes]
    names = [str(name) for name in data.data_vars]
    columns = [data[name].transpose(*along).to_numpy().reshape(-1) for name in names]
    shown = [str(data[name].attrs.get("long_name", name)) for name in names]
    kinds = [str(data[name].attrs["type"]) for name in names]
    if along:
        axis = data[along[-1]]
        outer = int(np.prod([data.sizes[d] for d in along[:-1]], dtype=int))
        columns.insert(0, np.tile(axis.to_numpy(), outer))
        shown.insert(0, along[-1])
        kinds.insert(0, _kind(along[-1], str(axis.attrs.get("units", ""))))
    attributes = {str(name): value for name, value in data.attrs.items()}
    return Result(
        title=str(attributes.get("title", "")),
        analysis=str(attributes.get("analysis", "")),
        plotname=str(attributes["plotname"]),
        axis=along[-1] if along else None,
        names=tuple(shown),
        types=tuple(kinds),
        data=np.column_stack(columns),
        complete=bool(attributes.get("complete", 1)),
        message=str(attributes.get("message", "")),
        origin=Kept({name: str(value) for name, value in attributes.items() if tells(name)}),
        measures={
            name.removeprefix("measure "): float(value)
            for name, value in attributes.items()
            if name.startswith("measure ")
        },
    )


def _kind(name: str, unit: str) -> str:
    """Quantity of an axis."""
    by_unit = {u: kind for kind, u in reversed(UNITS.items()) if u}
    return OF_AXIS.get(name, by_unit.get(unit, "notype"))
