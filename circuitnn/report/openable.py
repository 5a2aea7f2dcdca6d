"""Files that have a page: rawfiles, netCDF, records of studies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.report import provenance
from circuitnn.results.origin import Kept
from circuitnn.results.quantities import OF_AXIS, UNITS
from circuitnn.results.result import Result

if TYPE_CHECKING:
    import xarray


def opened(path: str | os.PathLike[str]) -> list[Result] | xarray.Dataset:
    """Read a file.

    Parameters
    ----------
    path : path
        A rawfile, netCDF, or the folder of a study's record.

    Returns
    -------
    list of Result, or xarray.Dataset
        A data set for arrays and studies.

    Raises
    ------
    AnalysisError
        If it is not one of these.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        from circuitnn.studies import opened as opened_record

        return opened_record(path)
    if path.suffix.lower() == ".nc":
        return _netcdf(path)
    from circuitnn.results import rawfile

    return rawfile.read(path)


def _netcdf(path: Path) -> list[Result] | xarray.Dataset:
    import xarray

    path.open("rb").close()  # raises for a missing or unreadable file
    try:
        data = xarray.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise AnalysisError(f"{path}: not a netCDF file that can be read: {error}") from None
    return [_result(data)] if _is_result(data) else data


def _is_result(data: xarray.Dataset) -> bool:
    return "plotname" in data.attrs and all("type" in data[name].attrs for name in data.data_vars)


def _result(data: xarray.Dataset) -> Result:
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
        origin=Kept({name: str(value) for name, value in attributes.items() if provenance.tells(name)}),
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
