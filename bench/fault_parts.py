"""What `bench.faults` needs beside the command: readers of what it leaves, its processes, a server, a cluster."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

COMMANDS = Path(sys.executable).parent
READY = 60.0  # s that a server or a cluster may take to start
Around = tuple[list[str], dict[str, str], list[int]]  # command, environment, processes beside it


def unreadable(path: Path, killed: bool) -> str:
    """Why a file or a record that a run has left cannot be read; empty if it can.

    A run that was killed while it wrote may leave the file that it was writing, under a name of its own: only rawfiles
    and records that grow are promised to be readable then. Any other run takes it away.
    """
    from circuitnn.results import rawfile
    from circuitnn.studies import opened

    made = path.is_dir() and path.name.endswith(".partial")  # a record before it takes its name
    torn = path.stem.endswith(".partial") and len(path.stem.split(".")[-2]) == 8 and path.suffix != ".jsonl"
    if made and list(path.glob("rows/c/**/*")):
        return f"{path.name} has results, and not the name of a record"
    if (made or torn) and not killed:
        return f"{path.name} is left, though the run was not killed"
    if made:
        return ""
    try:
        if path.is_dir():
            opened(path).load()
        elif path.suffix == ".raw":
            if not torn:
                assert all(np.isfinite(result.data).all() for result in rawfile.read(path))
        elif path.suffix == ".jsonl":
            for line in path.read_text().split("\n")[:-1]:
                json.loads(line)
        elif path.suffix == ".nc" and not torn:
            import xarray

            xarray.load_dataset(path)
        elif path.suffix == ".csv" and not torn:
            import pandas

            pandas.read_csv(path)
    except Exception as error:  # whatever a reader says
        return f"{path.name} cannot be read: {type(error).__name__}: {error}"
    return ""


def left_in(session: int) -> list[str]:
    """Command lines of the processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] not in "ZX":
                    found.append((entry / "cmdline").read_text().replace("\0", " ")[:120])
    return found


def started(words: Sequence[str], folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A process beside the command, in a session of its own."""
    return subprocess.Popen(
        list(words),
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextlib.contextmanager
def ending(processes: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """End these at the end, in order."""
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def served(folder: Path, words: Sequence[str]) -> Iterator[Around]:
    """A warm server, and its client in place of the command."""
    environment = {"CIRCUITNN_SOCKET": f"/tmp/faults-{os.getpid()}-{time.monotonic_ns()}"}
    server = started([str(COMMANDS / "circuitnn"), "serve"], folder, environment)
    try:
        with ending([server]):
            waited(Path(environment["CIRCUITNN_SOCKET"]).exists)
            yield [str(COMMANDS / "circuitnn-batch"), *words], environment, [server.pid]
    finally:
        for path in Path("/tmp").glob(Path(environment["CIRCUITNN_SOCKET"]).name + "*"):
            path.unlink()


@contextlib.contextmanager
def clustered(folder: Path, words: Sequence[str]) -> Iterator[Around]:
    """A Dask scheduler with two workers, and the command that uses it."""
    from distributed import Client

    at = folder.parent / f"{folder.name}-scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    worker = [
        sys.executable,
        "-m",
        "distributed.cli.dask_worker",
        "--scheduler-file",
        str(at),
        "--no-dashboard",
    ]
    processes = [started([*dask, "--scheduler-file", str(at)], folder, {})]
    processes += [
        started([*worker, "--nthreads", "1", "--death-timeout", "5"], folder.parent, {}) for _ in "ab"
    ]
    try:
        with ending(processes[::-1]):
            waited(lambda: at.exists() and at.read_text().rstrip().endswith("}"))
            address = json.loads(at.read_text())["address"]
            with Client(address, timeout="30s", set_as_default=False) as client:
                client.wait_for_workers(len(processes) - 1, timeout=READY)
            command = [str(COMMANDS / "circuitnn"), *(address if w == "ADDRESS" else w for w in words)]
            yield command, {}, [process.pid for process in processes]
    finally:
        at.unlink(missing_ok=True)


def waited(ready: object) -> None:
    """Wait until a condition holds."""
    until = time.monotonic() + READY
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < until, "what the command needs did not start"
        time.sleep(0.05)
