"""The engine's end of an abort: what a signal raises may be lost, and what it raises late must not end the engine."""

import signal
import socket
import subprocess
import sys
import time

import pytest

from circuitnn.ngspice.library.service import Engine


@pytest.fixture
def engine():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        made = Engine(ours)
        made.background = made._dropped = True
        yield made


def test_an_abort_that_was_swallowed_is_raised_again(engine):
    engine._running = True
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            engine._pause()


def test_an_abort_after_the_command_ends_nothing_else(engine):
    engine._running = False
    engine._pause()
    engine.session.command = lambda line: engine._pause() or 7
    with pytest.raises(KeyboardInterrupt):
        engine._abortable("run")
    assert not engine._running
    engine._run_in_background("run")
    assert not engine.background and not engine._dropped


# An engine whose simulations heed no signal, as one inside a factorisation of minutes.
DEAF = """
import socket, sys, time
from circuitnn.ngspice.library.service import Engine
def busy(line):
    end = time.monotonic() + 60.0
    while time.monotonic() < end:
        try:
            time.sleep(1.0)
        except KeyboardInterrupt:
            pass
engine = Engine(socket.socket(fileno=int(sys.argv[1])))
engine.session.command = busy
engine.serve()
"""
# A host that starts it, tells its number, sends commands and is killed.
HOST = """
import socket, struct, subprocess, sys, time
ours, theirs = socket.socketpair()
engine = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(theirs.fileno())], pass_fds=[theirs.fileno()])
theirs.close()
for line in sys.argv[2:]:
    ours.sendall(struct.pack("=I", len(line) + 2) + b"c" + line.encode() + bytes(1))
ours.recv(4)
print(engine.pid, flush=True)
time.sleep(60.0)
"""


def ended(process: int) -> bool:
    """Whether a process has ended, or waits for a parent to take note of it."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
@pytest.mark.parametrize(
    "commands", [["bg_run"], ["bg_run", "bg_halt"], ["bg_run", "bg_run"], ["bg_run", "bg_halt", "reset"]]
)
def test_the_engine_of_a_killed_host_ends(commands):
    """While it waited for a simulation to end, it did not notice."""
    host = subprocess.Popen([sys.executable, "-c", HOST, DEAF, *commands], stdout=subprocess.PIPE, text=True)
    engine = int(host.stdout.readline())
    time.sleep(0.5)  # the last command has arrived
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    until = time.monotonic() + 20.0
    while not ended(engine) and time.monotonic() < until:
        time.sleep(0.05)
    assert ended(engine)
