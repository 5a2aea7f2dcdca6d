"""Run work in this process, in others, or by any executor (Dask's, for instance).

Processes are spawned, never forked: a fork lacks the threads of OpenMP or BLAS and would wait for them for ever.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from circuitnn.errors import AnalysisError, CircuitnnError, WorkersLostError
from circuitnn.studies import worker

CHUNKS = 8  # per worker, so that none waits long for the last one
MAX_CHUNK = 8
AT_ONCE = 0.2  # s of work in a chunk: what is under way is lost when a study is killed
AHEAD = 3  # chunks queued per worker: more would only take memory
LISTEN = 1.0  # s between two looks at whether workers are still there
# Loggers of Dask that write tracebacks to stderr when a scheduler goes, which a sentence of ours says.
CHATTER = "distributed.client", "distributed.core", "distributed.comm.tcp", "tornado.application", "asyncio"
FAREWELL = 2.0  # s that a scheduler may take to answer at the end

Told = Callable[[float, str], None]
T = TypeVar("T")
F = TypeVar("F")


def stream(
    job: worker.Job[T, F],
    items: Sequence[T],
    processes: int = 1,
    executor: Executor | str | None = None,
    chunk: int = 0,
) -> Iterator[tuple[int, F]]:
    """Yield outcomes as they become ready, each with the number of its item; after Ctrl-C, those ready by then.

    Parameters
    ----------
    chunk : int
        Items given to a worker at once; 0: as many as it does in a fraction of a second.

    Raises
    ------
    KeyboardInterrupt
        After the outcomes that were ready have been yielded.
    WorkersLostError
        If a process dies, or a cluster goes.
    """
    if executor is None and (processes == 1 or len(items) == 1):
        for k, item in enumerate(items):
            yield k, job.run(item)
        return
    with _executor(job, processes, executor) as crew:
        most = max(1, min(MAX_CHUNK, len(items) // (CHUNKS * crew.workers)))
        try:
            yield from _windowed(crew, items, Pace(crew.workers, chunk or most, chunk or 1))
        except BrokenProcessPool as error:
            raise WorkersLostError(
                f"a process of the study died ({error}); was there not enough memory?"
            ) from None
        except CancelledError:
            raise WorkersLostError(
                crew.lost() or "the executor has cancelled the work of the study"
            ) from None


@dataclass(frozen=True)
class Crew:
    """A set of workers.

    Parameters
    ----------
    workers : int
        Their number.
    submit : callable
        Gives one of them a chunk.
    stop : callable
        Lets them finish the items that they are at.
    abandon : callable
        Leaves them, whatever they are at.
    lost : callable
        Why no outcome will ever come from them; empty if they are there.
    """

    workers: int
    submit: Callable[[Sequence[Any]], Future[list[Any]]]
    stop: Callable[[], None] = lambda: None
    abandon: Callable[[], None] = lambda: None
    lost: Callable[[], str] = lambda: ""


class Pace:
    """Size of the next chunk: what a worker does at once, by the pace since the first outcome.

    Parameters
    ----------
    workers : int
    most, size : int
        Largest size, and the first one.
    """

    def __init__(self, workers: int, most: int, size: int) -> None:
        self.workers, self.most, self.size = workers, most, size
        self._since, self._done = 0.0, 0

    def heard(self, count: int) -> None:
        """So many outcomes have come."""
        now = time.monotonic()
        if not self._since:  # the workers have started
            self._since = now
            return
        self._done += count
        if not self._done:  # an interrupt has ended the chunk
            return
        each = self.workers * (now - self._since) / self._done
        if self.size < self.most:
            self.size = max(self.size, min(self.most, int(AT_ONCE / max(each, 1e-9))))


def _windowed(crew: Crew, items: Sequence[T], pace: Pace) -> Iterator[tuple[int, Any]]:
    """Yield chunks in the order in which they become ready; few are queued, and finished ones are released."""
    pending: dict[Future[list[Any]], int] = {}
    interrupted, submitted = False, 0

    def fill() -> None:
        nonlocal submitted
        while not interrupted and submitted < len(items) and len(pending) < AHEAD * crew.workers:
            pending[crew.submit(items[submitted : submitted + pace.size])] = submitted
            submitted += pace.size

    try:
        fill()
        while pending:
            try:
                ready = _ready(crew, pending)
            except KeyboardInterrupt:
                crew.stop()
                interrupted = True
                for future in [f for f in pending if f.cancel()]:
                    del pending[future]
                continue
            for future in ready:
                start = pending.pop(future)
                results = _result(future, interrupted)
                pace.heard(len(results))
                yield from ((start + k, result) for k, result in enumerate(results))
            fill()
    except (GeneratorExit, KeyboardInterrupt):  # the consumer stopped, or Ctrl-C came outside of the wait
        crew.stop()
        for future in pending:
            future.cancel()
        raise
    except BaseException:  # results of chunks that still run are not needed
        crew.abandon()
        raise
    if interrupted:
        raise KeyboardInterrupt


def _ready(crew: Crew, pending: Collection[Future[list[Any]]]) -> set[Future[list[Any]]]:
    """Wait for chunks that are done, as long as any may still come."""
    while True:
        ready, _ = wait(pending, LISTEN, return_when=FIRST_COMPLETED)
        if ready:
            return ready
        why = crew.lost()
        if why:
            raise WorkersLostError(why)


def _result(future: Future[list[Any]], interrupted: bool) -> list[Any]:
    """Outcomes of a chunk: none of one that an interrupt has ended."""
    try:
        return future.result()
    except (
        CancelledError,
        KeyboardInterrupt,
        BrokenProcessPool,
    ):  # Ctrl-C also ends processes that still start
        if interrupted:
            return []
        raise
    except CircuitnnError:
        raise
    except Exception as error:  # jobs keep their own failures: this is one of the executor
        raise WorkersLostError(f"a worker of the study failed: {type(error).__name__}: {error}") from error


@contextmanager
def _executor(job: worker.Job[Any, Any], processes: int, executor: Executor | str | None) -> Iterator[Crew]:
    if executor is None:
        # Unlike multiprocessing's own, these processes do not run the user's script again.
        from loky import ProcessPoolExecutor
        from loky.backend import get_context

        _start_tracker()
        context = get_context("loky")
        stopped, abandoned = context.Event(), threading.Event()
        pool = ProcessPoolExecutor(
            processes,
            context=context,
            initializer=worker.start,
            initargs=(worker.packed(job), stopped, os.getpid()),
        )
        try:
            yield Crew(
                processes,
                lambda chunk: pool.submit(worker.run_chunk, chunk),
                stopped.set,
                abandon=abandoned.set,
            )
        finally:
            pool.shutdown(wait=True, kill_workers=abandoned.is_set())
        return
    if not isinstance(executor, str):
        client = executor
        yield Crew(_workers(client), lambda chunk: client.submit(worker.run_items, job, chunk))
        return
    with _cluster(executor, worker.packed(job)) as crew:
        yield crew


def _start_tracker() -> None:
    """Start loky's process that removes what is shared, deaf to signals for the whole group.

    It ignores those of a terminal by itself. Killed by another one it is started anew, and then knows nothing of what
    there is.
    """
    from loky.backend import resource_tracker

    kinds = {getattr(signal, name) for name in ("SIGHUP", "SIGXCPU") if hasattr(signal, name)}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, kinds) if kinds else set()
    try:
        resource_tracker.ensure_running()
    finally:
        if kinds:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _closing(client: Any) -> Iterator[None]:
    """Close a Dask client at the end, without waiting long for a scheduler that may have gone."""
    try:
        yield
    finally:
        client.close(timeout=FAREWELL)


@contextmanager
def _silenced(names: Sequence[str]) -> Iterator[None]:
    """Keep these loggers from writing anything inside the block."""
    import logging

    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def _cluster(address: str, data: bytes) -> Iterator[Crew]:
    """Workers of a Dask scheduler, which have been sent the job."""
    try:
        from distributed import Client
    except ImportError:
        raise AnalysisError("a scheduler's address needs Dask: pip install distributed") from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise AnalysisError(f"no Dask scheduler answers at {address} ({error})") from None
    with _silenced(CHATTER), _closing(client):
        workers = len(client.scheduler_info()["workers"])
        if not workers:
            raise AnalysisError(f"the Dask scheduler at {address} has no workers: start some (dask worker)")
        key = hashlib.sha256(data).hexdigest()
        shipped = client.scatter(data, broadcast=True, hash=False)
        pool = client.get_executor(pure=False)

        def lost() -> str:
            if client.status != "running":
                return f"the Dask scheduler at {address} has gone"
            # Dask drops all that depends on data that no worker has any more, and does not ask for it again.
            gone = shipped.cancelled() or shipped.status == "lost"
            return f"the workers of the Dask scheduler at {address} have gone" if gone else ""

        yield Crew(
            workers, lambda chunk: pool.submit(worker.run_packed, key, shipped, list(chunk)), lost=lost
        )


def _workers(executor: Executor) -> int:
    return max(1, int(getattr(executor, "_max_workers", 1)))
