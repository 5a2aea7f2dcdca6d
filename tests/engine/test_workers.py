"""Processes that work for a run end with it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DECK = "samples\nv1 a 0 1\nr1 a b {agauss(1k, 100, 1)}\nc1 b 0 1n\n.tran 1n 40u\n.end\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def processes(session):
    """Those of a session that have not ended."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(of) == session and state != "Z":
            found.append(int(entry.name))
    return found


def waited(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)
    return condition()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("kind", ["KILL", "TERM"])
def test_workers_end_with_the_run(tmp_path, kind):
    """Four processes went on without it, and held its pipes."""
    (tmp_path / "deck.cir").write_text(DECK)
    command = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "--samples", "4000", "--processes", "2"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            assert waited(lambda: len(processes(process.pid)) >= 4)
            time.sleep(1.0)
            process.send_signal(getattr(signal, f"SIG{kind}"))
            process.wait(60)
            assert waited(lambda: not processes(process.pid)), processes(process.pid)
        finally:
            if processes(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def test_a_chunk_that_an_interrupt_has_emptied():
    """The first chunk that came after the start may have no outcome."""
    from circuitnn.studies.pool import Pace

    pace = Pace(2, 8, 1)
    for count in (1, 0, 2, 0):
        pace.heard(count)
    assert 1 <= pace.size <= 8


DEAF = """
import os, signal, time
from loky.backend import resource_tracker
from circuitnn.studies import pool
pool._start_tracker()
number = resource_tracker._resource_tracker._pid
for kind in ("SIGHUP", "SIGXCPU", "SIGTERM", "SIGINT"):
    os.kill(number, getattr(signal, kind))
time.sleep(0.2)
os.kill(number, 0)
assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()), "this process hears them"
resource_tracker.register("x", "dummy")
resource_tracker.unregister("x", "dummy")
assert resource_tracker._resource_tracker._pid == number
"""


@pytest.mark.skipif(not hasattr(signal, "SIGXCPU"), reason="signals of POSIX")
def test_what_removes_shared_names_is_deaf_to_signals_of_the_group():
    """Killed and started anew, it knew nothing of the names that were there, and wrote tracebacks."""
    done = subprocess.run(
        [sys.executable, "-c", DEAF], env=ENVIRONMENT, capture_output=True, text=True, start_new_session=True
    )
    assert (done.returncode, done.stderr) == (0, "")
