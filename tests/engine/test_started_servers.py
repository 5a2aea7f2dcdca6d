"""`circuitnn-batch` starts the server for the runs that follow: one, for this user, unless it may not."""

import contextlib
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import pytest

COLD = Path(sysconfig.get_path("scripts"), "circuitnn")
CLIENT = COLD.with_name("circuitnn-batch")
DECK = "divider\nv1 a 0 2\nr1 a b 1k\nr2 b 0 1k\n.op\n.end\n"

pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and CLIENT.exists()), reason="Linux, with the client installed"
)


@pytest.fixture
def runtime():
    """A folder for sockets whose name is short enough; servers in it are ended."""
    with tempfile.TemporaryDirectory(prefix="cnn") as name:
        yield Path(name)
        for pid in servers(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def run(runtime, tmp_path):
    """Run the client on a deck; returns the finished process."""
    (tmp_path / "deck.cir").write_text(DECK)

    def called(**more):
        words = {"CIRCUITNN_BATCH_VERBOSE": "1", "XDG_RUNTIME_DIR": str(runtime)}
        environment = {**os.environ, **words, **more.pop("environment", {})}
        found = subprocess.run(
            [CLIENT, "-b", "deck.cir"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            **more,
        )
        assert found.returncode == 0, found.stderr
        return found

    return called


def servers(runtime):
    """Processes with this folder for sockets that no other of them has started."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            entries = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if f"XDG_RUNTIME_DIR={runtime}".encode() in entries and b"serve" in words:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return [pid for pid, parent in parents.items() if parent not in parents]


def awaited(value, seconds=30.0):
    end = time.monotonic() + seconds
    while not (found := value()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def served(run):
    return awaited(lambda: (again := run()) and "not served" not in again.stderr and again)


def test_the_first_run_starts_a_server_for_the_next(runtime, run):
    first = run()
    assert "not served: there is no server" in first.stderr
    assert without_times(served(run).stdout) == without_times(first.stdout)
    (server,) = servers(runtime)
    assert os.getsid(server) != os.getsid(0)
    assert os.readlink(f"/proc/{server}/cwd") == "/"
    ended = subprocess.run(
        [COLD, "serve", "--stop"], env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)}, timeout=60
    )
    assert ended.returncode == 0
    awaited(lambda: not servers(runtime))
    assert "not served: there is no server" in run().stderr  # which starts the next
    served(run)


def without_times(text):
    return [line for line in text.split("\n") if "seconds" not in line]


def test_clients_that_come_at_once_start_one(runtime, run, tmp_path):
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
    (tmp_path / "deck.cir").write_text(DECK)
    clients = [
        subprocess.Popen([CLIENT, "-b", "deck.cir"], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(6)
    ]
    assert [client.wait(60) for client in clients] == [0] * 6
    served(run)
    assert len(servers(runtime)) == 1


def test_a_server_keeps_nothing_of_its_first_client(runtime, run):
    reading, writing = os.pipe()
    run(pass_fds=(writing,))
    os.close(writing)
    served(run)
    os.set_blocking(reading, False)
    assert os.read(reading, 1) == b""  # its end: nobody can write any more
    os.close(reading)


@pytest.mark.parametrize("given", ["CIRCUITNN_SERVE", "CIRCUITNN_SOCKET"])
def test_none_is_started(runtime, run, given):
    value = "off" if given == "CIRCUITNN_SERVE" else str(runtime / "own")
    assert "not served" in run(environment={given: value}).stderr
    assert not list(runtime.iterdir())
    assert not servers(runtime)


def test_off_leaves_a_server_alone(runtime, run):
    run()
    served(run)
    assert "not served: CIRCUITNN_SERVE is off" in run(environment={"CIRCUITNN_SERVE": "off"}).stderr


def test_folders_of_others_hold_no_server(runtime, run):
    (runtime / "circuitnn").mkdir(0o755)
    (runtime / "circuitnn").chmod(0o755)
    assert "not served: there is no server" in run().stderr
    assert not list((runtime / "circuitnn").iterdir())
    assert not servers(runtime)


def test_a_link_in_place_of_the_lock_is_not_followed(runtime, run, tmp_path):
    run()
    served(run)
    (lock,) = (runtime / "circuitnn").glob("*.starting")
    for pid in servers(runtime):
        os.kill(pid, signal.SIGTERM)
    awaited(lambda: not servers(runtime))
    lock.unlink()
    (tmp_path / "thesis").write_text("mine")
    lock.symlink_to(tmp_path / "thesis")
    run()
    assert (tmp_path / "thesis").read_text() == "mine"
    assert not servers(runtime)
