"""The record of a study on disk: a Zarr group from which a killed study resumes.

Each finished point is one chunk of the array ``rows``, written at once and moved into its place, so that it exists
whole or not at all. A row is 1 followed by the point's numbers; the attribute ``layout`` says which they are.
``failures`` holds the reasons of points that failed.
"""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine.budget import unhurried
from circuitnn.machine.text import read_text
from circuitnn.machine.writing import partial_name

if TYPE_CHECKING:
    from circuitnn.studies.spaces import Space

FORMAT = 1
TAKEN = ("failure", "done")  # variables of the results beside the metrics


@dataclass(frozen=True)
class Part:
    """Place of a metric in a row.

    Parameters
    ----------
    name : str
    shape : tuple of int
    kind : str
        ``"f"`` or ``"c"`` (complex numbers take two places).
    dims : tuple of str
    coords : dict of str to list
        Of dimensions that have coordinates.
    attrs : dict of str to str
        Units, for instance.
    """

    name: str
    shape: tuple[int, ...]
    kind: str
    dims: tuple[str, ...]
    coords: dict[str, list[Any]]
    attrs: dict[str, str]

    @property
    def width(self) -> int:
        """Numbers that it takes in a row."""
        return int(np.prod(self.shape, dtype=int)) * (2 if self.kind == "c" else 1)


class Rows:
    """Rows of all points in memory, and on disk if a path is given.

    Parameters
    ----------
    points : int
    path : path, optional
        Folder of the Zarr group.
    identity : mapping of str to str
        Digests that distinguish this study from others.
    provenance : mapping of str to str
        Kept beside the identity.
    overwrite : bool
        Delete an existing record instead of resuming from it.
    space : Space, optional
        Its parameters are written to the record.

    Raises
    ------
    AnalysisError
        If the record at the path is of another study, or the path is not a record.
    """

    def __init__(
        self,
        points: int,
        path: str | os.PathLike[str] | None = None,
        identity: Mapping[str, str] | None = None,
        provenance: Mapping[str, str] | None = None,
        overwrite: bool = False,
        space: Space | None = None,
    ) -> None:
        self.points, self.space = points, space
        self.layout: list[Part] = []
        self.rows = np.empty((0, 0))
        self.failures: dict[int, str] = {}
        self.done = np.zeros(points, dtype=bool)
        self.group: Any = None  # of Zarr, whose type hints are too weak
        self.attrs = dict(provenance or {})
        if path is not None:
            self._open(Path(path), dict(identity or {}), overwrite)

    def _open(self, path: Path, identity: dict[str, str], overwrite: bool) -> None:
        import zarr

        if path.exists() and overwrite and not is_record(path):
            raise AnalysisError(f"{path} is not a record of a study; it is not overwritten")
        if path.exists() and not overwrite:
            if not is_record(path):
                raise AnalysisError(f"{path} exists and is not a record of a study: choose another name")
            self.group = zarr.open_group(path, mode="r+")
            kept = dict(self.group.attrs["identity"])
            different = [key for key in {**kept, **identity} if kept.get(key) != identity.get(key)]
            if different:
                raise AnalysisError(
                    f"{path} is the record of another study ({', '.join(sorted(different))}: not the same); "
                    "choose another file, or overwrite it"
                )
            self.attrs = dict(self.group.attrs["provenance"])
            self.read()
            return
        self._create(path, identity)
        self.group = zarr.open_group(path, mode="r+")

    def _create(self, path: Path, identity: dict[str, str]) -> None:
        """Create a record without rows: it takes its name when it is whole."""
        import zarr

        path.parent.mkdir(parents=True, exist_ok=True)
        attributes: Any = {
            "circuitnn_study": FORMAT,
            "points": self.points,
            "identity": identity,
            "provenance": self.attrs,
        }
        part = Path(partial_name(os.fspath(path)))
        with unhurried():  # zarr writes in threads of its own, which hear no signal
            try:
                group = zarr.open_group(part, mode="w-", attributes=attributes)
                group.create_array(
                    "failures", shape=(self.points,), chunks=(1,), dtype=str, compressors=None, fill_value=""
                )
                if self.space is not None:
                    self.space.write(group.create_group("parameters"))
                if path.exists():
                    shutil.rmtree(path)
                part.rename(path)
            finally:
                shutil.rmtree(part, ignore_errors=True)

    def read(self) -> None:
        """Read the rows on disk."""
        assert self.group is not None
        if "layout" in self.group.attrs and "rows" in self.group:
            self._lay([Part(**_tuples(part)) for part in json.loads(self.group.attrs["layout"])])
            for k, row in self._stored("rows"):
                if row[0] == 1.0:
                    self.rows[k], self.done[k] = row, True
        for k, message in self._stored("failures"):
            if str(message):
                self.failures[k], self.done[k] = str(message), True

    def _stored(self, name: str) -> Iterator[tuple[int, np.ndarray]]:
        """Points of an array on disk and what it holds of each; a damaged chunk costs its point only."""
        assert self.group is not None
        damaged = []
        for k in _chunks(self.group, name):
            try:
                yield k, np.asarray(self.group[name][k])
            except (ValueError, RuntimeError, OSError) as error:
                damaged.append((k, error))
        if damaged:
            points = ", ".join(str(k) for k, _ in damaged[:10]) + ", …" * (len(damaged) > 10)
            warnings.warn(
                f"the record {self.group.store_path.store.root} is damaged at {len(damaged)} of its points ({points}: "
                f"{damaged[0][1]}): they count as not done, and the same study runs them again",
                UserWarning,
                stacklevel=4,
            )

    def _lay(self, layout: list[Part]) -> None:
        self.layout = layout
        self._widths = [part.width for part in layout]
        self._names = [part.name for part in layout]
        self._plain = all(part.shape == () and part.kind == "f" for part in layout)
        self.rows = np.full((self.points, 1 + sum(part.width for part in layout)), np.nan)

    def keep(self, point: int, values: Mapping[str, Any], message: str = "") -> None:
        """Store the outcome of a point, on disk too.

        Parameters
        ----------
        point : int
        values : mapping of str to number, array or DataArray
        message : str
            Why the point failed.
        """
        whole = False
        if values:
            try:
                if not self.layout:
                    self._begin([_part(name, value) for name, value in values.items()])
                self.rows[point] = self._row(values)
                whole = True
                message = message or self._missing(point)
            except ValueError as error:
                message = message or str(error)
        if not values and not message:
            message = "there are no metrics"
        if message:  # first, so that an existing row has its reason
            self.failures[point] = message
            if self.group is not None:
                self.group["failures"][point] = message
        if whole and self.group is not None:
            self.group["rows"][point] = self.rows[point]
        self.done[point] = True

    def _missing(self, point: int) -> str:
        """A message that names the metrics of a point that are NaN; empty if there are none."""
        if not np.isnan(self.rows[point].sum()) or not np.isnan(self.rows[point]).any():
            return ""
        lacking = [part.name for part in self.layout if np.isnan(self.column(part)[point]).any()]
        return f"not a number: {', '.join(lacking)}" if lacking else ""

    def _begin(self, layout: list[Part]) -> None:
        refuse_names([part.name for part in layout], self.space.columns if self.space else ())
        self._lay(layout)
        if self.group is None:
            return
        width = self.rows.shape[1]
        self.group.attrs["layout"] = json.dumps([asdict(part) for part in layout])
        self.group.create_array(
            "rows",
            shape=(self.points, width),
            chunks=(1, width),
            dtype="float64",
            compressors=None,
            fill_value=float("nan"),
            overwrite=True,
        )

    def _row(self, values: Mapping[str, Any]) -> np.ndarray:
        row = np.empty(self.rows.shape[1])
        row[0], column = 1.0, 1
        names = self._names
        if list(values) != names:
            raise ValueError(f"this point gives {', '.join(values)}; the first gave {', '.join(names)}")
        if self._plain and all(type(value) is float for value in values.values()):
            row[1:] = list(values.values())
            return row
        for part, width in zip(self.layout, self._widths, strict=True):
            array = _numbers(part.name, values[part.name])
            if array.shape != part.shape or (array.dtype.kind == "c") != (part.kind == "c"):
                raise ValueError(
                    f"{part.name} has the shape {array.shape} here and {part.shape} in the first point: a metric "
                    "has one shape and type in all points"
                )
            flat = np.ascontiguousarray(array).ravel()
            row[column : column + width] = flat.view(float) if part.kind == "c" else flat
            column += width
        return row

    def column(self, part: Part) -> np.ndarray:
        """Values of a metric, shape (points, …); NaN where there is no value."""
        first = 1
        for other in self.layout:
            if other.name == part.name:
                break
            first += other.width
        block = self.rows[:, first : first + part.width]
        if part.kind == "c":
            block = np.ascontiguousarray(block).view(complex)
        return block.reshape(self.points, *part.shape)


def refuse_names(names: Iterable[str], parameters: Collection[str]) -> None:
    """Refuse names of metrics or parameters that the data set of the results has already.

    Raises
    ------
    AnalysisError
    """
    for name in names:
        if name in parameters or name in TAKEN:
            kind = "parameter" if name in parameters else "variable"
            raise AnalysisError(f"a study has a {kind} {name} of its own: choose another name")


def is_record(path: Path) -> bool:
    """Whether a path is the record of a study."""
    try:
        return "circuitnn_study" in json.loads(read_text(path / "zarr.json")).get("attributes", {})
    except (OSError, ValueError):
        return False


def _chunks(group: Any, name: str) -> Sequence[int]:
    """Points that have a chunk on disk; trying to read all chunks of an empty record would take minutes."""
    folder = Path(group.store_path.store.root) / name / "c"
    try:
        with os.scandir(folder) as entries:
            return sorted(int(entry.name) for entry in entries if entry.name.isdigit())
    except FileNotFoundError:
        return []


def _tuples(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "shape": tuple(part["shape"]), "dims": tuple(part["dims"])}


def _numbers(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiubc":
        raise ValueError(f"{name} is a {type(value).__name__}: a metric is a number or an array of numbers")
    return array.astype(complex if array.dtype.kind == "c" else float)


def _part(name: str, value: Any) -> Part:
    array = _numbers(name, value)
    dims = tuple(getattr(value, "dims", ())) or tuple(f"{name}_{k}" for k in range(array.ndim))
    coords = {str(d): np.asarray(value.coords[d]).tolist() for d in dims if d in getattr(value, "coords", {})}
    attrs = {str(k): str(v) for k, v in getattr(value, "attrs", {}).items()}
    return Part(name, array.shape, array.dtype.kind, tuple(str(d) for d in dims), coords, attrs)
