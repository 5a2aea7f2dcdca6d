"""The study engine: build a subject at every point of a parameter space and collect its metrics in one data set.

A point depends on its own parameters alone, so that it gives the same bits in any process and order, also in a study
that was killed and resumed.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, BudgetError, DeckWarning, WorkersLostError
from circuitnn.machine import budget, interrupts
from circuitnn.studies.dataset import dataset, load_libraries, provenance
from circuitnn.studies.digest import digest
from circuitnn.studies.record import Rows, refuse_names
from circuitnn.studies.spaces import Space
from circuitnn.units import whole_of

if TYPE_CHECKING:
    import xarray

    from circuitnn.studies.pool import Told

Build = Callable[..., Any]
Metrics = Mapping[str, Callable[[Any], Any]]
AT_ONCE = 0.2  # s of work that may be lost when a study is killed
MOST_AT_ONCE = 64
MAX_WARNINGS = 10
_interrupted: ContextVar[list[str] | None] = ContextVar("interrupted", default=None)
MANY = 256  # points from which on a builder that supports it gets blocks


@dataclass
class PointResult:
    """Outcome of a point.

    Parameters
    ----------
    values : dict of str to number or array
    message : str
        Why the point failed.
    warnings : tuple of str
    """

    values: dict[str, Any] = field(default_factory=dict)
    message: str = ""
    warnings: tuple[str, ...] = ()


class Partly(Exception):
    """Raised by a builder if only some metrics of a point have a value; the others are NaN.

    Parameters
    ----------
    values : mapping of str to number or array
    message : str
        Why the others have none.
    """

    def __init__(self, values: Mapping[str, Any], message: str) -> None:
        super().__init__(message)
        self.values = dict(values)


@dataclass
class PointJob:
    """The job at every point.

    Parameters
    ----------
    build : callable
        Makes the subject from the parameters of a point.
    metrics : mapping of str to callable, or None
        Name → function of the subject. None: the subject is a mapping of metrics.
    space : Space
    """

    build: Build
    metrics: Metrics | None
    space: Space

    @property
    def given(self) -> list[Any]:
        """Objects supplied by the user."""
        return [self.build, *(self.metrics or {}).values()]

    def run(self, point: int) -> PointResult:
        """Run one point; a failure is part of the result.

        Raises
        ------
        KeyboardInterrupt
            Also where runs of the point were interrupted and kept their own points.
        """
        before = interrupts.answered()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = PointResult()
            try:
                result.values = self._values(self.space[point])
            except Partly as part:
                result.values, result.message = part.values, str(part)
            except BudgetError as error:  # of this point alone, if there is time left for others
                budget.ask_time("the study")
                result.message = str(error)
            except Exception as error:  # recorded as the failure of this point
                text = str(error) or "no message"
                plain = isinstance(error, (AnalysisError, ArithmeticError, ValueError))
                result.message = text if plain else f"{type(error).__name__}: {text}"
        if interrupts.answered() > before:
            raise KeyboardInterrupt
        result.warnings = tuple(dict.fromkeys(str(w.message) for w in caught))[:MAX_WARNINGS]
        return result

    def _values(self, parameters: dict[str, Any]) -> dict[str, Any]:
        subject = self.build(**parameters)
        if self.metrics is None:
            if not isinstance(subject, Mapping):
                raise AnalysisError(
                    f"without metrics a builder gives a mapping of them, not {type(subject).__name__}"
                )
            return dict(subject)
        return {name: metric(subject) for name, metric in self.metrics.items()}


def study(
    build: Build,
    space: Space,
    metrics: Metrics | None = None,
    *,
    record: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    processes: int = 1,
    scheduler: str | None = None,
    executor: Executor | None = None,
    progress: bool | Told = False,
    partial: Callable[[xarray.Dataset], object] | None = None,
    interval: float = 2.0,
    title: str = "study",
) -> xarray.Dataset:
    """Build a subject at every point of a parameter space and compute metrics of it.

    Parameters
    ----------
    build : callable
        ``build(**point)`` makes the subject: a circuit, an array, a result.
    space : Space
        `Grid`, `PointJob`, `MonteCarlo`, `LatinHypercube`, `Sobol`, `Corners`, or a product of them (``a * b``).
    metrics : mapping of str to callable, optional
        Name → function of the subject, which returns a number, an array or a DataArray, of the same shape at all
        points. Without metrics the builder itself returns a mapping of them.
    record : path, optional
        Folder (Zarr) in which each finished point is kept. A study that was killed resumes from there.
    overwrite : bool
        Start anew even if the record has points of this study.
    processes : int
        Local processes; 1 runs in this one.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:8786``, in place of local processes.
    executor : concurrent.futures.Executor, optional
        In place of both.
    progress : bool or callable
        True: a bar on standard error with the time left; a callable is given the fraction done and a text.
    partial : callable, optional
        Called with the results so far every `interval` seconds.
    interval : float
        [s]
    title : str

    Returns
    -------
    xarray.Dataset
        One variable per metric along the dimensions of the space; coordinates are the parameters; ``failure`` is the
        reason why a point has no values, or empty. Attributes record versions, seed, digests and time.

    Raises
    ------
    AnalysisError
        If an argument is invalid, a metric has the name of a parameter, the record is of another study, or all points
        fail.
    WorkersLostError
        If a process dies, or the scheduler or all of its workers go; the record keeps what is done.

    Examples
    --------
    >>> from circuitnn.studies import Grid, study
    >>> data = study(lambda r, v: {"i": v / r}, Grid(r=[1e3, 2e3], v=[1.0, 2.0, 3.0]))
    >>> data["i"].sel(r=2e3).values.tolist()
    [0.0005, 0.001, 0.0015]
    """
    processes = whole_of(processes, "processes")
    if processes < 1:
        raise AnalysisError(f"processes = {processes}: must be at least 1")
    if scheduler is not None and executor is not None:
        raise AnalysisError("give a scheduler or an executor, not both")
    if not isinstance(space, Space):
        raise AnalysisError(f"a space is needed, as Grid(…), not {type(space).__name__}")
    if not callable(build):
        raise AnalysisError(f"build = {build!r:.60}: a function of the parameters is needed")
    refuse_names([*space.dimensions, *space.columns], ())
    refuse_names(metrics or (), space.columns)
    job = PointJob(build, metrics, space)
    identity = {
        "builder": digest(build),
        "metrics": digest(metrics),
        "space": digest((space.dimensions, space.columns, getattr(space, "corners", None))),
    }
    load_libraries()
    rows = Rows(len(space), record, identity, provenance(title, space, identity), overwrite, space)
    before = int(rows.done.sum())
    counts: dict[str, int] = {}
    started = last = time.monotonic()
    try:
        with _shown(progress, title, len(space), before) as tell:
            for k, result in _work(job, rows, processes, scheduler or executor):
                rows.keep(k, result.values, result.message)
                for message in result.warnings:
                    counts[message] = counts.get(message, 0) + 1
                tell(int(rows.done.sum()), len(rows.failures))
                if partial is not None and time.monotonic() - last > interval:
                    partial(dataset(rows, space))
                    last = time.monotonic()
    except KeyboardInterrupt:
        if (said_of := _interrupted.get()) is not None:
            said_of.append(f"{title}: {_kept(rows, record)}")
    except (WorkersLostError, BudgetError) as error:
        raise type(error)(f"{error}; {_kept(rows, record)}") from error
    except OSError as error:  # the record cannot be written
        raise AnalysisError(f"{record}: {error.strerror or error}; {_kept(rows, record)}") from error
    for message, count in list(counts.items())[:MAX_WARNINGS]:
        text = message if count == 1 else f"{message} (and {count - 1} more points)"
        warnings.warn(text, DeckWarning, stacklevel=2)
    _refuse_nothing(rows)
    data = dataset(rows, space)
    data.attrs |= {"points computed": int(rows.done.sum()) - before, "seconds": time.monotonic() - started}
    data.attrs["warnings"] = list(counts)[:MAX_WARNINGS]
    return data


@contextmanager
def interruptions() -> Iterator[list[str]]:
    """Collect what is left of the studies inside the block that Ctrl-C ends early.

    Yields
    ------
    list of str
        One sentence for each of them.
    """
    sentences: list[str] = []
    token = _interrupted.set(sentences)
    try:
        yield sentences
    finally:
        _interrupted.reset(token)


def _kept(rows: Rows, record: str | os.PathLike[str] | None) -> str:
    """What is left of a study that ended early, and how to go on."""
    done = f"{int(rows.done.sum())} of {rows.points} points are"
    if record is None:
        return f"{done} done; with a record (--record FOLDER) the same study would go on where it ended"
    return f"{done} in {os.fspath(record)}, from which the same study with the same record goes on"


def _refuse_nothing(rows: Rows) -> None:
    if len(rows.failures) < rows.points or (len(rows.rows) and np.any(rows.rows[:, 0] == 1.0)):
        return
    same = len(set(rows.failures.values())) == 1
    raise AnalysisError(f"all {rows.points} points failed{'' if same else ', the first'}: {rows.failures[0]}")


def _work(
    job: PointJob, rows: Rows, processes: int, executor: Executor | str | None
) -> Iterator[tuple[int, PointResult]]:
    """Run the points that are not done yet; yield their outcomes."""
    left = np.flatnonzero(~rows.done).tolist()
    many = getattr(job.build, "many", None)
    if many is not None and job.metrics is None and len(job.space) >= MANY:
        yield from _blocks(job, left, processes, executor)
        return
    if executor is None and processes == 1:
        for k in left:
            yield k, job.run(k)
        return
    from circuitnn.studies.pool import stream  # imports concurrent.futures

    # The first points show how long one takes; a chunk is as much work as may be lost by a kill.
    first = left[: 2 * processes]
    started = time.monotonic()
    for k, result in stream(job, first, processes, executor, chunk=1) if len(left) < 32 else ():
        yield first[k], result
    if len(left) < 32:
        rest = left[len(first) :]
        each = (time.monotonic() - started) / max(1, len(first))
    else:
        rest, each = left, AT_ONCE
        for k in left[:2]:
            started = time.monotonic()
            yield k, job.run(k)
            each = time.monotonic() - started
        rest = left[2:]
    size = int(min(MOST_AT_ONCE, max(1.0, AT_ONCE / max(each, 1e-9)), max(1, len(rest) // (4 * processes))))
    if rest:
        for k, result in stream(job, rest, processes, executor, chunk=size):
            yield rest[k], result


@contextmanager
def _shown(
    progress: bool | Told, title: str, points: int, before: int
) -> Iterator[Callable[[int, int], object]]:
    if callable(progress):
        report = progress
        yield lambda done, failed: report(done / points, "points")
        return
    if not progress:
        yield lambda done, failed: None
        return
    from circuitnn.studies.progress_bar import bar

    with bar(title, points, before) as tell:
        yield tell


def _blocks(
    job: PointJob, left: Sequence[int], processes: int, executor: Executor | str | None
) -> Iterator[tuple[int, PointResult]]:
    """Points in blocks, for a builder that runs many at once; blocks depend on the numbers of the points only."""
    from circuitnn.studies.pool import stream

    size = int(job.build.size)  # type: ignore[attr-defined]
    starts = sorted({k // size * size for k in left})
    wanted = set(left)
    for n, block in stream(Blocks(job, size), starts, processes, executor, chunk=1):
        for k, result in enumerate(block, starts[n]):
            if k in wanted:
                yield k, result


@dataclass
class Blocks:
    """Blocks of points that are run together."""

    points: PointJob
    size: int

    @property
    def given(self) -> list[Any]:
        """Objects supplied by the user."""
        return self.points.given

    def run(self, start: int) -> list[PointResult]:
        """Run a block; if it fails as a whole, its points one by one."""
        space = self.points.space
        numbers, before = range(start, min(start + self.size, len(space))), interrupts.answered()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            values = self.points.build.many([space[k] for k in numbers])  # type: ignore[attr-defined]
        if interrupts.answered() > before:
            raise KeyboardInterrupt
        if values is None:
            return [self.points.run(k) for k in numbers]
        results = [
            PointResult(values=v) if isinstance(v, dict) else PointResult(message=str(v)) for v in values
        ]
        results[0].warnings = tuple(dict.fromkeys(str(w.message) for w in caught))[:MAX_WARNINGS]
        return results
