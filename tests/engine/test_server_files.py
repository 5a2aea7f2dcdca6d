"""What `circuitnn serve` finds where its socket belongs: only what a server left is replaced."""

import os
import signal
import socket
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import pytest

from circuitnn.errors import CircuitnnError
from circuitnn.ngspice.serving.server import Server, server_at

COLD = Path(sysconfig.get_path("scripts"), "circuitnn")


@pytest.fixture
def folder():
    """A folder whose name leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="cnn") as name:
        yield Path(name)


def served(path, *options):
    return subprocess.run(
        [COLD, "serve", *options],
        env={**os.environ, "CIRCUITNN_SOCKET": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def a_file(folder):
    (folder / "thesis.raw").write_text("years of work")


def a_lock_that_is_a_link(folder):
    (folder / "work").write_text("years of work")
    (folder / "thesis.raw.lock").symlink_to("work")


def a_lock_that_is_a_file(folder):
    (folder / "thesis.raw.lock").write_text("years of work")


def a_link_to_a_file(folder):
    (folder / "work").write_text("years of work")
    (folder / "thesis.raw").symlink_to("work")


def a_folder(folder):
    (folder / "thesis.raw").mkdir()


def a_socket_of_another_program(folder):
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(folder / "thesis.raw"))


def a_pipe_for_a_lock(folder):
    os.mkfifo(folder / "thesis.raw.lock")


@pytest.mark.parametrize(
    "there",
    [
        a_file,
        a_lock_that_is_a_link,
        a_lock_that_is_a_file,
        a_link_to_a_file,
        a_folder,
        a_socket_of_another_program,
        a_pipe_for_a_lock,
    ],
)
def test_nothing_else_is_replaced(folder, there):
    there(folder)
    before = {path: (path.lstat(), path.is_file() and path.read_bytes()) for path in folder.iterdir()}
    with pytest.raises(CircuitnnError, match=r"choose another path .*CIRCUITNN_SOCKET"):
        Server(str(folder / "thesis.raw"), 0.1, lambda: None)
    assert server_at(str(folder / "thesis.raw")) == 0
    after = {path: (path.lstat(), path.is_file() and path.read_bytes()) for path in folder.iterdir()}
    for path, (about, content) in before.items():
        now, words = after.pop(path)
        assert (now.st_ino, now.st_mtime_ns, words) == (about.st_ino, about.st_mtime_ns, content)
    assert not after, "something new lies there"


def test_the_command_says_so(folder):
    a_file(folder)
    run = served(folder / "thesis.raw", "--idle", "0.1")
    assert run.returncode == 1 and "is there already, and not a server's" in run.stderr
    assert (folder / "thesis.raw").read_text() == "years of work"


def test_the_socket_of_a_killed_server_is_replaced(folder):
    words = [COLD, "serve"]
    environment = {**os.environ, "CIRCUITNN_SOCKET": str(folder / "socket")}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
    assert (folder / "socket").is_socket()
    assert served(folder / "socket", "--idle", "0.1").returncode == 0
