"""Runs in other processes, or by any executor (one of Dask, for instance).

Processes are started anew, never forked: a fork takes over no threads of OpenMP or BLAS and waits for them for ever.
"""

from __future__ import annotations

import pickle
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Protocol

from circuitnn.errors import AnalysisError
from circuitnn.models import register, registered
from circuitnn.studies.runs import Outcome, Plan, Variation

CHUNKS = 8  # a worker, so that none waits long for the last one
MAX_CHUNK = 8

Told = Callable[[float, str], None]


def run_all(
    plan: Plan,
    variations: Sequence[Variation],
    processes: int = 1,
    executor: Executor | str | None = None,
    progress: Told | None = None,
) -> list[Outcome | None]:
    """Make all runs; None marks a run skipped after an interrupt.

    Parameters
    ----------
    plan : Plan
    variations : sequence of Variation
    processes : int
        1: in this process.
    executor : concurrent.futures.Executor or str, optional
        In place of processes; text is the address of a Dask scheduler.
    progress : callable, optional
        Called with the fraction done and a text.
    """
    outcomes: list[Outcome | None] = [None] * len(variations)
    if executor is None and (processes == 1 or len(variations) == 1):
        _here(plan, variations, outcomes, progress)
        return outcomes
    with _executor(plan, processes, executor) as (pool, workers, submit, stop):
        size = max(1, min(MAX_CHUNK, len(variations) // (CHUNKS * workers)))
        starts = range(0, len(variations), size)
        pending = {submit(pool, variations[k : k + size]): k for k in starts}
        done = 0
        try:
            for future in _each(pending, stop):
                found = future.result()
                outcomes[pending[future] : pending[future] + len(found)] = found
                done += len(found)
                if progress is not None:
                    progress(done / len(variations), "runs")
        except KeyboardInterrupt:  # not while it waited
            stop()
            for future in pending:
                future.cancel()
        except BrokenProcessPool as error:
            raise AnalysisError(
                f"a process of the study died ({error}); was there not enough memory?"
            ) from None
    return outcomes


def _each(
    pending: Mapping[Future[list[Outcome]], int], stop: Callable[[], None]
) -> Iterator[Future[list[Outcome]]]:
    """Chunks as they get ready; after Ctrl-C those that are being made, with what they have."""
    given = set()
    try:
        for future in as_completed(pending):
            given.add(future)
            yield future
    except KeyboardInterrupt:
        stop()
        left = [future for future in pending if future not in given and not future.cancel()]
        yield from as_completed(left)


def _here(
    plan: Plan, variations: Sequence[Variation], outcomes: list[Outcome | None], progress: Told | None
) -> None:
    try:
        for k, variation in enumerate(variations):
            outcomes[k] = plan.run(variation)
            if progress is not None:
                progress((k + 1) / len(variations), "runs")
    except KeyboardInterrupt:
        return


_Submit = Callable[[Executor, Sequence[Variation]], "Future[list[Outcome]]"]


@contextmanager
def _executor(
    plan: Plan, processes: int, executor: Executor | str | None
) -> Iterator[tuple[Executor, int, _Submit, Callable[[], None]]]:
    """An executor, how many workers it has, how a chunk is given to it, and what stops it."""
    if executor is None:
        # Unlike multiprocessing's own, these processes do not run the user's script again.
        from loky import ProcessPoolExecutor
        from loky.backend import get_context

        context = get_context("loky")
        stopped = context.Event()
        with ProcessPoolExecutor(
            processes, context=context, initializer=_start, initargs=(_packed(plan), stopped)
        ) as pool:
            yield pool, processes, lambda pool, chunk: pool.submit(_chunk, chunk), stopped.set
        return
    if not isinstance(executor, str):
        yield executor, processes, lambda pool, chunk: pool.submit(_runs, plan, chunk), lambda: None
        return
    try:
        from distributed import Client
    except ImportError:
        raise AnalysisError("a scheduler's address needs Dask: pip install distributed") from None
    with Client(executor) as client:
        workers = max(1, len(client.scheduler_info()["workers"]))
        yield (
            client.get_executor(),
            workers,
            lambda pool, chunk: pool.submit(_runs, plan, chunk),
            lambda: None,
        )


def _packed(plan: Plan) -> bytes:
    """The plan with the models of a user's own; functions and classes of a script go as what they are."""
    import cloudpickle

    own = registered()
    for name in {model.__module__ for model in own} & sys.modules.keys():
        cloudpickle.register_pickle_by_value(sys.modules[name])  # the other process may not find it
    return cloudpickle.dumps((plan, own))


# ---------------------------------------------------------------------- in the workers


class Event(Protocol):
    """Signal that tells the workers to stop."""

    def is_set(self) -> bool:
        """Whether they shall."""


_plan: Plan | None = None
_stopped: Event | None = None
_busy = False


def _start(packed: bytes, stopped: Event) -> None:
    """Keep the plan of this process; Ctrl-C ends a run, and is nothing between two."""
    global _plan, _stopped
    _stopped = stopped
    _plan, own = pickle.loads(packed)
    for model in own:
        register(model)
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(*_: object) -> None:
    if _busy:
        raise KeyboardInterrupt


def _chunk(variations: Sequence[Variation]) -> list[Outcome]:
    global _busy
    assert _plan is not None
    _busy = True
    try:
        return _runs(_plan, variations)
    finally:
        _busy = False


def _runs(plan: Plan, variations: Sequence[Variation]) -> list[Outcome]:
    """Outcomes up to an interrupt."""
    outcomes: list[Outcome] = []
    try:
        for variation in variations:
            if _stopped is not None and _stopped.is_set():
                break
            outcomes.append(plan.run(variation))
    except KeyboardInterrupt:
        return outcomes
    return outcomes
