"""Results as netCDF files, written block by block: memory is that of a block, however large the result."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.machine.user_input import path_of
from circuitnn.machine.writing import Rescue, whole
from circuitnn.records import replace
from circuitnn.results import blockwise
from circuitnn.results.axes import axes
from circuitnn.results.growing_rawfile import rescuing
from circuitnn.results.labels import attributes

if TYPE_CHECKING:
    import xarray

    from circuitnn.results.result import Result

LIBRARIES = 60e6  # h5py with HDF5, and h5netcdf [bytes]
FITS = 0.8  # share of the points that a full disk took which is tried next


def load_library() -> None:
    """Load what writes netCDF files, before an hour of computing finds that there is no memory for it.

    Raises
    ------
    BudgetError
        Not as much address space is left.
    ImportError
        As the system's loader of libraries says it. h5netcdf takes a library for which there is no memory for one that
        is not installed, and would say that.
    """
    if "h5netcdf" not in sys.modules:
        budget.ask_address_space(LIBRARIES, "writing netCDF")
    for name in ("h5py", "h5netcdf"):
        import_module(name)


def write(result: Result, path: str | os.PathLike[str]) -> None:
    """Write a result with units in the attributes, as `Result.to_xarray` has it.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    with rescuing(path, [result], partial(_fewer, result)) as rescue:
        _written(partial(_write, result), path, rescue)


def save_dataset(data: Callable[[], xarray.Dataset], path: str | os.PathLike[str], label: str) -> Path:
    """Write a data set, completely or not at all.

    Parameters
    ----------
    data : callable
        Makes the data set, once the path is known to be valid.
    path : path
        ``.nc``
    label : str
        Name of the data, for the message: ``"answers"``.

    Returns
    -------
    Path

    Raises
    ------
    AnalysisError
        If the suffix is not ``.nc``.
    OSError
        The file cannot be written.
    """
    path = Path(path_of(path))
    if path.suffix.lower() != ".nc":
        raise AnalysisError(f"{path}: {label} are written as .nc (netCDF)")
    dataset = data()
    _written(partial(_dump, dataset), path)
    return path


def _written(
    write: Callable[[io.BytesIO | _Calm], None],
    path: str | os.PathLike[str],
    rescue: Rescue | None = None,
) -> None:
    """Write a file, completely or not at all, by a function that calls HDF5.

    Raises
    ------
    OSError
    """
    load_library()
    with whole(path, "wb", rescue=rescue) as out:
        if not out.seekable():  # a pipe
            content = io.BytesIO()
            write(content)
            out.write(content.getbuffer())
            return
        calm = _Calm(out)
        try:
            write(calm)
        finally:
            if calm.error is not None:
                raise calm.error


def _dump(data: xarray.Dataset, out: io.BytesIO | _Calm) -> None:
    import h5netcdf
    from xarray.backends import H5NetCDFStore

    with h5netcdf.File(out, "w") as file:
        data.dump_to_store(H5NetCDFStore(file))


def _write(result: Result, out: io.BytesIO | _Calm) -> None:
    import h5netcdf

    # netCDF has no complex type, which HDF5 has
    with h5netcdf.File(out, "w", invalid_netcdf=bool(np.iscomplexobj(result.data))) as file:
        _fill(file, result, lambda: isinstance(out, _Calm) and out.error is not None)


def _fewer(result: Result, file: IO[bytes]) -> str:
    """Write the first points of a result, as many as fit on a full disk, and say how many."""
    about, width = os.fstat(file.fileno()), result.data[:1].nbytes
    count = min(about.st_size, 512 * about.st_blocks) // width if len(axes(result)) == 1 else 0
    while count := int(FITS * count):
        os.ftruncate(file.fileno(), 0)
        calm = _Calm(file)
        _write(replace(result, data=result.data[:count], complete=False, message="the disk is full"), calm)
        if calm.error is None:
            return f"{count:,} of {len(result):,} points are"
    return ""


def _fill(file: Any, result: Result, failed: Callable[[], bool]) -> None:
    along = axes(result)
    shape = tuple(len(values) for _, _, values in along)
    file.dimensions = {name: len(values) for name, _, values in along}
    for name, unit, values in along:
        _variable(file, name, (name,), values.dtype, units=unit)[...] = values
    first = 0 if result.axis is None else 1
    variables = [
        _variable(
            file,
            name.replace("/", "|"),  # netCDF reserves the slash for groups
            tuple(name for name, _, _ in along),
            result.data.dtype,
            units=unit,
            type=kind,
            **({"long_name": name} if "/" in name else {}),
        )
        for name, unit, kind in list(zip(result.names, result.units, result.types, strict=True))[first:]
    ]
    file.attrs.update(attributes(result))
    if len(shape) != 1:
        for k, variable in enumerate(variables, first):
            variable[...] = result.data[:, k].reshape(shape)
        return
    done = 0
    for block in blockwise.blocks(result.data):
        columns = np.ascontiguousarray(block.T)
        for k, variable in enumerate(variables, first):
            variable[done : done + len(block)] = columns[k]
        done += len(block)
        if failed():
            return


def _variable(file: Any, name: str, along: tuple[str, ...], kind: np.dtype, **attributes: str) -> Any:
    fill = None if np.issubdtype(kind, np.complexfloating) else np.nan
    # every number is written, so that filling beforehand would be wasted
    variable = file.create_variable(name, along, kind, fillvalue=fill, fill_time="never")
    variable.attrs.update(attributes)
    return variable


class _Calm(io.RawIOBase):
    """A file whose writes never fail, even on a full disk: otherwise HDF5 would abort the process.

    Attributes
    ----------
    error : OSError or None
        The first error. Nothing is written after it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.error: OSError | None = None
        self.at = self.end = 0

    def write(self, content: Any) -> int:
        content = memoryview(content).cast("B")
        if self.error is None:
            try:
                left, offset = content, self.at
                while left:
                    count = os.pwrite(self.file.fileno(), left, offset)
                    left, offset = left[count:], offset + count
            except OSError as error:
                self.error = error
        self.at += len(content)
        self.end = max(self.end, self.at)
        return len(content)

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        content = os.pread(self.file.fileno(), len(view), self.at)
        view[:] = content.ljust(len(view), b"\0")
        self.at += len(view)
        return len(view)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self.at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self.at, os.SEEK_END: self.end}[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def truncate(self, size: int | None = None) -> int:
        self.end = self.at if size is None else size
        if self.error is None:
            try:
                os.ftruncate(self.file.fileno(), self.end)
            except OSError as error:
                self.error = error
        return self.end

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
