"""The data set of a study, made of its rows: also from a record on disk, while the study is running."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.machine.user_input import path_of
from circuitnn.results.origin import versions
from circuitnn.studies.record import Rows, is_record
from circuitnn.studies.spaces import Space

if TYPE_CHECKING:
    import xarray


def provenance(title: str, space: Space, identity: Mapping[str, str]) -> dict[str, str]:
    """Provenance attributes of the results."""
    seed = {} if space.seed is None else {"seed": str(space.seed)}
    return {
        "title": title,
        **versions(),
        "machine": f"{platform.machine()} {sys.platform}",
        "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **seed,
        **{f"digest of {key}": value for key, value in identity.items()},
    }


LIBRARIES = 200e6  # xarray, and what it loads for its first data set: Dask and SciPy, where they are [bytes]


def load_libraries() -> None:
    """Load what makes data sets, before an hour of computing finds that there is no memory for it.

    Raises
    ------
    BudgetError
        There is none.
    """
    if "xarray" not in sys.modules:
        budget.ask_address_space(LIBRARIES, "the data set of a study")
    import xarray

    xarray.Variable("x", np.zeros(1))


def dataset(rows: Rows, space: Space) -> xarray.Dataset:
    """Results so far as a data set."""
    import xarray

    coords: dict[str, Any] = dict(space.coordinates())
    dims = tuple(space.dimensions)
    data: dict[str, Any] = {}
    for part in rows.layout:
        values = rows.column(part).reshape(*space.shape, *part.shape)
        data[part.name] = ((*dims, *part.dims), values, part.attrs)
        coords |= {d: v for d, v in part.coords.items() if d not in coords}
    reasons = np.array([rows.failures.get(k, "") for k in range(rows.points)] if rows.failures else [""])
    shape = space.shape if rows.failures else (1,) * len(space.shape)
    data["failure"] = (dims, np.broadcast_to(reasons.reshape(shape), space.shape))
    result = xarray.Dataset(data, coords, dict(rows.attrs))
    if not rows.done.all():
        result["done"] = (dims, rows.done.reshape(space.shape))
    return result


def opened(path: str | os.PathLike[str]) -> xarray.Dataset:
    """Read the results in a record, also while the study is running.

    Parameters
    ----------
    path : path
        Folder that was given as `record`.

    Returns
    -------
    xarray.Dataset
        As `study` returns it; ``done`` marks finished points.

    Raises
    ------
    AnalysisError
        If there is no record.
    """
    import zarr

    if not is_record(Path(path_of(path))):
        raise AnalysisError(f"{path} is not a record of a study")
    group: Any = zarr.open_group(path, mode="r")
    rows = Rows(int(group.attrs["points"]))
    rows.group, rows.attrs = group, dict(group.attrs["provenance"])
    rows.read()
    return dataset(rows, Space.read(group["parameters"]))
