"""The work of a study and what its workers do with it: the job as it is sent to them, and their side of the pool."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from circuitnn.models import register, registered

LISTEN = 1.0  # s between two looks of a worker at whether the process that gives it work is still there

Item = TypeVar("Item", contravariant=True)
Found = TypeVar("Found", covariant=True)


class Job(Protocol, Generic[Item, Found]):
    """A job done with every item; pickled for other processes."""

    def run(self, item: Item) -> Found:
        """Do the job; a failure is part of the outcome."""


def packed(job: Job[Any, Any]) -> bytes:
    """Pickle the job with the user's own models; functions and classes of a script are pickled by value."""
    import cloudpickle

    models = registered()
    names = {str(getattr(value, "__module__", "")) for value in (*models, *getattr(job, "given", ()))}
    for name in names & sys.modules.keys():
        if not _installed(name):  # the other process may not be able to import it
            cloudpickle.register_pickle_by_value(sys.modules[name])
    return cloudpickle.dumps((job, models))


def _installed(name: str) -> bool:
    """Whether a module belongs to the package or to another installed one."""
    file = getattr(sys.modules[name], "__file__", None)
    return name.partition(".")[0] == "circuitnn" or file is None or "site-packages" in file


class Event(Protocol):
    """Signal that tells the workers to stop."""

    def is_set(self) -> bool:
        """Whether the workers shall stop."""


_job: Job[Any, Any] | None = None
_stopped: Event | None = None
_busy = False
_unpacked: dict[str, Job[Any, Any]] = {}


def _unpack(data: bytes) -> Job[Any, Any]:
    job, models = pickle.loads(data)
    for model in models:
        register(model)
    return job


def start(data: bytes, stopped: Event, parent: int) -> None:
    """Store the job of this process; Ctrl-C ends a run and is ignored between two runs."""
    global _job, _stopped
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _stopped = stopped
    _job = _unpack(data)
    signal.signal(signal.SIGINT, _interrupt)


def _end_with(parent: int) -> None:
    """End this process when its parent process has ended: a killed parent sends no message."""
    while os.getppid() == parent:
        time.sleep(LISTEN)
    os._exit(1)


def _interrupt(*_: object) -> None:
    if _busy:
        raise KeyboardInterrupt


def run_chunk(items: Sequence[Any]) -> list[Any]:
    """Run items with the job of this process."""
    global _busy
    assert _job is not None
    _busy = True
    try:
        return run_items(_job, items)
    finally:
        _busy = False


def run_packed(key: str, data: bytes, items: Sequence[Any]) -> list[Any]:
    """Run items with a job that a worker of a cluster unpickles once."""
    if key not in _unpacked:
        _unpacked.clear()
        _unpacked[key] = _unpack(data)
    return run_items(_unpacked[key], items)


def run_items(job: Job[Any, Any], items: Sequence[Any]) -> list[Any]:
    """Outcomes up to an interrupt."""
    results: list[Any] = []
    try:
        for item in items:
            if _stopped is not None and _stopped.is_set():
                break
            results.append(job.run(item))
    except KeyboardInterrupt:
        return results
    return results
