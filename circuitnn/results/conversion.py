"""A result in other forms: data sets, tables, files. Methods of `circuitnn.Result`."""

from __future__ import annotations

import mmap
import os
from typing import IO, TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.user_input import path_of
from circuitnn.machine.writing import whole
from circuitnn.results.axes import axes
from circuitnn.results.blockwise import blocks
from circuitnn.results.growing_rawfile import rescuing
from circuitnn.results.labels import attributes

if TYPE_CHECKING:
    from pathlib import Path

    import pandas
    import xarray

    from circuitnn.results.result import Result

FORMATS = {".raw": "raw", ".csv": "csv", ".nc": "nc"}


def to_xarray(result: Result) -> xarray.Dataset:
    """Convert to a data set with units in the attributes; each sweep of a nested dc sweep becomes a dimension.

    Returns
    -------
    xarray.Dataset
        Coordinates are ``time`` or the targets of the sweeps (``v1``, ``temp``, …).
    """
    import xarray

    along = axes(result)
    dims = [name for name, _, _ in along]
    shape = [len(values) for _, _, values in along]
    coords = {name: (name, values, {"units": unit}) for name, unit, values in along}
    first = 0 if result.axis is None else 1
    variables = {
        result.names[k]: (
            dims,
            result.data[:, k].reshape(shape),
            {"units": result.units[k], "type": result.types[k]},
        )
        for k in range(first, len(result.names))
    }
    return xarray.Dataset(variables, coords, attributes(result))


def to_pandas(result: Result) -> pandas.DataFrame:
    """Convert to a table with one column per variable.

    Returns
    -------
    pandas.DataFrame
        The axis is the index (a MultiIndex for nested sweeps).
    """
    import pandas

    along = axes(result)
    first = 0 if result.axis is None else 1
    columns = list(result.names[first:])
    if len(along) > 1:
        index = pandas.MultiIndex.from_product([v for _, _, v in along], names=[n for n, _, _ in along])
        return pandas.DataFrame(result.data[:, first:], index=index, columns=columns)
    if along:
        index = pandas.Index(along[0][2], name=along[0][0])
        return pandas.DataFrame(result.data[:, first:], index=index, columns=columns)
    return pandas.DataFrame(result.data, columns=columns)


def equal(result: Result, other: Result) -> bool:
    """Whether two results hold the same numbers under the same names; how they were computed does not count."""
    import numpy as np

    mine, others = ((r.title, r.analysis, r.axis, r.names, r.types, r.measures) for r in (result, other))
    return mine == others and np.array_equal(result.data, other.data, equal_nan=True)


@checked_arguments
def save(result: Result, path: str | os.PathLike[str], format: str | None = None) -> Path:
    """Write the result to a file.

    Parameters
    ----------
    path : path
    format : {"raw", "ascii", "csv", "nc"}, optional
        Default: by the suffix, ``.raw`` (ngspice's binary rawfile), ``.csv``, ``.nc`` (netCDF).
        ``"ascii"`` is ngspice's rawfile as text.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    AnalysisError
        If the format is unknown.
    """
    from pathlib import Path

    path = Path(path_of(path))
    format = format or FORMATS.get(path.suffix.lower())
    if format in ("raw", "ascii"):
        from circuitnn.results import rawfile

        rawfile.write(path, [result], binary=format == "raw")
    elif format == "csv":
        _save_csv(result, path)
    elif format == "nc":
        from circuitnn.results import netcdf

        netcdf.write(result, path)
    else:
        raise AnalysisError(f"{path}: unknown format; use the suffix .raw, .csv or .nc, or give format=")
    return path


def _save_csv(result: Result, path: Path) -> None:
    import csv

    with rescuing(path, [result], _readable) as rescue, whole(path, "w", newline="", rescue=rescue) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(result.names)
        for block in blocks(result.data):
            writer.writerows(block.tolist())  # repr of a float: the shortest text that reads back the same


def _readable(file: IO[bytes]) -> str:
    """Cut a table that ends early after its last complete row."""
    there = os.fstat(file.fileno()).st_size
    if not there:
        return ""
    with mmap.mmap(file.fileno(), there, access=mmap.ACCESS_READ) as text:
        end = text.rfind(b"\n") + 1
        rows = text.find(b"\n") + 1 < end
    os.ftruncate(file.fileno(), end)
    return "the rows that fit are" if rows else ""
