"""Files that have a page: rawfiles, netCDF, records of studies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from circuitnn.results.reading import dataset, is_result, read_all, result_of
from circuitnn.results.result import Result

if TYPE_CHECKING:
    import xarray


def opened(path: str | os.PathLike[str]) -> list[Result] | xarray.Dataset:
    """Read a file.

    Parameters
    ----------
    path : path
        A rawfile, a table, netCDF, or the folder of a study's record.

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
        data = dataset(path)
        return [result_of(data)] if is_result(data) else data
    return read_all(path)
