"""``circuitnn serve`` and its client: as a cold run, whatever happens to either."""

import contextlib
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import types
from pathlib import Path

import pytest

from circuitnn import __version__
from circuitnn.ngspice.serving import address
from circuitnn.ngspice.serving.loaded import Loaded
from circuitnn.ngspice.serving.request import Refused, Request
from circuitnn.ngspice.serving.server import SPARES
from circuitnn.ngspice.serving.spares import STALE
from circuitnn.ngspice.serving.worker import Worker

COLD = Path(sysconfig.get_path("scripts"), "circuitnn")
CLIENT = COLD.with_name("circuitnn-batch")
RUNS = int(os.environ.get("CIRCUITNN_SERVED_RUNS", "60"))
RECTIFIER = """rectifier
v1 in 0 sin(0 5 50)
d1 in out dm
r1 out 0 1k
c1 out 0 100u
.model dm d(is=1e-14)
.tran 0.1m 40m
.meas tran top max v(out)
.end
"""
ENDLESS = "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nd1 b 0 dm\n.model dm d(cjo=1n)\n.tran 1n 1\n.end\n"

# Ignored under nohup or in the background of a shell without job control, which all processes inherit.
RESTORED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP)

pytestmark = pytest.mark.skipif(
    not (sys.platform.startswith("linux") and CLIENT.exists()), reason="Linux, with the client installed"
)


class Server:
    """A server in a folder of its own; `run` runs the client, which says if it was not served."""

    def __init__(self, folder, *options):
        self.environment = {
            **os.environ,
            "CIRCUITNN_SOCKET": str(folder / "socket"),
            "CIRCUITNN_BATCH_VERBOSE": "1",
        }
        self.started: list[subprocess.Popen] = []
        self.seen: dict[int, int] = {}
        self.process = subprocess.Popen(
            [COLD, "serve", *options], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        assert f"process {self.process.pid}" in self.process.stdout.readline()

    def start(self, *words, program=CLIENT, preexec_fn=lambda: None, **more):
        """Start a process that ends with the server at the latest; signals end and stop it as usual."""

        def become():
            for number in RESTORED:
                signal.signal(number, signal.SIG_DFL)
            preexec_fn()

        usual = {"env": self.environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.started.append(subprocess.Popen([program, *words], preexec_fn=become, **usual | more))
        return self.started[-1]

    def run(self, *words, served=True, **more):
        client = self.start(*words, **more)
        out, err = client.communicate(timeout=60)
        assert ("not served" not in err) == served, err
        return client.returncode, out, err

    def close(self):
        """Kill the clients, the workers (also those that have outlived the server) and the server."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # it makes no more workers
            self.workers()
        for process in self.started:
            with process:
                process.kill()
        for worker in self.seen.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(worker, signal.SIGKILL)
            os.close(worker)
        with self.process:
            self.process.kill()

    def workers(self):
        """Processes that have become a client: workers that wait write where the server does."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        found = [int(pid) for pid in children.split()]
        for pid in found:
            if pid not in self.seen:
                with contextlib.suppress(ProcessLookupError):
                    self.seen[pid] = os.pidfd_open(pid)
        return [pid for pid in found if output(pid) not in ("", output(self.process.pid))]

    def one_worker(self):
        return awaited(lambda: self.workers()[0] if len(self.workers()) == 1 else 0)


def output(pid):
    """What the process writes to; nothing if it has ended."""
    try:
        return os.readlink(f"/proc/{pid}/fd/1")
    except OSError:
        return ""


def awaited(found, seconds=30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("it does not come")


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def short():
    """A folder whose name leaves room for a socket's."""
    with tempfile.TemporaryDirectory(prefix="cnn") as name:
        yield Path(name)


@pytest.fixture
def server(short):
    with contextlib.closing(Server(short)) as made:
        yield made


def cold(*words, **more):
    run = subprocess.run([COLD, *words], capture_output=True, text=True, timeout=60, **more)
    return run.returncode, run.stdout, run.stderr


def without_times(text):
    return [line for line in text.splitlines() if not re.search(r"seconds| s, |\d\d:\d\d:\d\d", line)]


@pytest.mark.long
def test_many_runs_have_the_same_bits(server, tmp_path):
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    words = ["-b", "-r", "out.raw", "deck.cir"]
    expected = cold(*words, cwd=tmp_path)
    raw = (tmp_path / "out.raw").read_bytes().partition(b"Plotname")[2]
    for _ in range(RUNS):
        os.unlink(tmp_path / "out.raw")
        code, out, err = server.run(*words, cwd=tmp_path)
        assert (code, without_times(out), err) == (expected[0], without_times(expected[1]), expected[2])
        assert (tmp_path / "out.raw").read_bytes().partition(b"Plotname")[2] == raw
    awaited(lambda: not server.workers())


WARMED = """
import glob, sys
from circuitnn import cli
from circuitnn.cli.warm import warm
warm()
before = set(sys.modules)
for deck in sys.argv[1:]:
    assert cli.execute(["-b", "-r", "out.raw", "--overwrite", deck]) == 0
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""


def test_a_warm_process_has_loaded_what_textbook_decks_use(tmp_path):
    """A Zener clipper took four times as long as the others, in each worker: SciPy's graphs were imported there."""
    netlists = Path(__file__).parents[2] / "netlists"
    decks = [netlists / "classic" / f"{name}.cir" for name in ("zener_clipper", "zener_regulator", "clamp")]
    run = subprocess.run(
        [sys.executable, "-c", WARMED, *decks], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    new = run.stderr.splitlines()[-1].split()
    assert not [
        name for name in new if name.startswith(("scipy", "numpy", "circuitnn.operating_point.dividers"))
    ]


def test_a_server_whose_folder_has_gone_ends_without_a_word(short, server):
    shutil.rmtree(short)
    server.process.terminate()
    assert server.process.wait(timeout=60) == 0


DECKS = {
    "of control commands": "t\nv1 a 0 1\nr1 a 0 1k\n.control\nop\nprint v(a)\nwrdata w v(a)\nquit 3\n.endc\n.end\n",
    "with a fault": "t\nv1 a 0 1\nr1 a 0 {nothing}\nr2 a\n.op\n.end\n",
    "with a warning": "t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1n\n.op\n.tran 1n 1u\n.options nonsense=3\n.end\n",
    "of noise": "t\nv1 a 0 trnoise(1 1n 0 0)\nr1 a 0 1k\n.tran 1n 1u\n.print tran v(a)\n.end\n",
    "of random values": "t\nv1 a 0 1\nr1 a 0 {agauss(1k,100,3)}\n.op\n.options seed=3\n.end\n",
}


@pytest.mark.thinned(4)
@pytest.mark.long
@pytest.mark.parametrize("deck", DECKS)
@pytest.mark.parametrize("words", [["-b"], ["run"], ["check"]], ids=" ".join)
def test_output_and_code_are_those_of_a_cold_run(server, tmp_path, deck, words):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "deck.cir").write_text(DECKS[deck])
    one = cold(*words, "deck.cir", cwd=tmp_path / "a")
    other = server.run(*words, "deck.cir", cwd=tmp_path / "b")
    assert other[0] == one[0]
    for k in (1, 2):
        assert without_times(other[k]) == without_times(one[k])
    assert sorted(os.listdir(tmp_path / "a")) == sorted(os.listdir(tmp_path / "b"))


def test_streams_folder_umask_and_limits_are_the_clients(server, tmp_path):
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    for name in ("cold", "warm"):
        (tmp_path / name).mkdir()

    def become():
        os.umask(0o077)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    words = ["-b", "-r", "out.raw", "../deck.cir"]
    one = cold(*words, cwd=tmp_path / "cold", preexec_fn=become)
    other = server.run(*words, cwd=tmp_path / "warm", preexec_fn=become)
    assert one[0] == other[0] == 1
    assert one[2].replace("/cold/", "/warm/") == other[2]
    assert "File too large" in one[2]
    # ngspice's -s reads stdin and writes binary to stdout
    piped = {"input": RECTIFIER.encode(), "capture_output": True, "timeout": 60}
    pipe = subprocess.run([COLD, "-s"], **piped)
    warm = subprocess.run([CLIENT, "-s"], **piped, env=server.environment)
    assert pipe.stdout.partition(b"Binary:")[2] == warm.stdout.partition(b"Binary:")[2] != b""
    assert b"not served" not in warm.stderr
    code, *_ = server.run(
        "-b", "-r", "out.raw", "../deck.cir", cwd=tmp_path / "warm", preexec_fn=lambda: os.umask(0o077)
    )
    assert code == 0
    assert (tmp_path / "warm" / "out.raw").stat().st_mode & 0o777 == 0o600


def test_the_environment_is_the_clients(server, tmp_path):
    (tmp_path / "deck.cir").write_text("t\nr1 a 0 1\n.op\n")
    server.environment["CIRCUITNN_TRACEBACKS"] = "1"
    (tmp_path / "show.py").write_text("import os\nassert os.environ['CIRCUITNN_TRACEBACKS'] == '1'\n1 / 0\n")
    code, _, err = server.run("run", "--models", str(tmp_path / "show.py"), str(tmp_path / "deck.cir"))
    assert (code, "division by zero" in err) == (1, True)
    server.environment["OMP_NUM_THREADS"] = "1"
    server.run("-b", str(tmp_path / "deck.cir"), served=False)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU])
def test_signals_are_passed_on_and_points_kept(server, tmp_path, number):
    (tmp_path / "deck.cir").write_text(ENDLESS)
    words, ended = ["run", "deck.cir", "-o", "out.raw"], {}

    def end(name, process, running):
        awaited(lambda: busy(running))
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
        ended[name] = process.returncode, "Interrupted" in err, (tmp_path / "out.partial.raw").exists()
        for path in tmp_path.glob("*.raw"):
            path.unlink()

    client = server.start(*words, cwd=tmp_path)
    end("warm", client, server.one_worker())
    alone = server.start(*words, program=COLD, cwd=tmp_path)
    end("cold", alone, alone.pid)
    assert ended["warm"] == ended["cold"]
    assert ended["cold"] == (130 if number == signal.SIGINT else -number, True, True)
    assert awaited(lambda: not server.workers())


def busy(pid):
    """Whether a process has computed for a while, so that its run has begun."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    # hundredths of a second; its start takes up to two seconds on a busy machine
    return int(fields[11]) + int(fields[12]) > 300


@pytest.mark.long
def test_control_c_of_a_terminal(server, tmp_path):
    (tmp_path / "deck.cir").write_text(ENDLESS)
    master, slave = pty.openpty()
    process = server.start(
        "run", "deck.cir", cwd=tmp_path, stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(0, 0x540E, 0),
    )  # fmt: skip
    os.close(slave)
    worker = server.one_worker()
    awaited(lambda: busy(worker))
    os.write(master, b"\x03")
    said = b""
    while select.select([master], [], [], 30)[0]:
        try:
            said += os.read(master, 4096)
        except OSError:  # all others have closed it
            break
    os.close(master)
    assert process.wait(30) == 130
    assert b"Interrupted: tran" in said


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.long
def test_ctrl_z_stops_the_worker_too(server, tmp_path):
    # a group of its own, whose parent is in another: pytest's may be orphaned, and such groups do not stop
    probe = server.start("-c", "kill -TSTP $$", program="/bin/sh", preexec_fn=os.setpgrp)
    if awaited(lambda: state(probe.pid) in "TZ" and state(probe.pid)) == "Z":
        pytest.skip("SIGTSTP stops nobody here")
    (tmp_path / "deck.cir").write_text(ENDLESS)
    client = server.start("run", "deck.cir", cwd=tmp_path, preexec_fn=os.setpgrp)
    worker = server.one_worker()
    awaited(lambda: busy(worker))
    client.send_signal(signal.SIGTSTP)
    awaited(lambda: state(worker) == "T" and state(client.pid) == "T")
    client.send_signal(signal.SIGCONT)
    awaited(lambda: state(worker) != "T" and state(client.pid) != "T")
    client.send_signal(signal.SIGTERM)
    client.communicate(timeout=30)
    assert client.returncode == -signal.SIGTERM


def test_a_killed_client_takes_its_worker_along(server, tmp_path):
    (tmp_path / "deck.cir").write_text(ENDLESS)
    client = server.start("run", "deck.cir", cwd=tmp_path)
    worker = server.one_worker()
    client.kill()
    client.communicate(timeout=30)
    awaited(lambda: not alive(worker))
    (tmp_path / "other.cir").write_text(RECTIFIER)
    assert server.run("-b", str(tmp_path / "other.cir"))[0] == 0


@pytest.mark.long
def test_a_killed_worker_ends_the_client_in_the_same_way(server, tmp_path):
    (tmp_path / "deck.cir").write_text(ENDLESS)
    client = server.start("run", "deck.cir", cwd=tmp_path)
    awaited(lambda: busy(server.one_worker()))
    os.kill(server.one_worker(), signal.SIGKILL)
    client.communicate(timeout=30)
    assert client.returncode == -signal.SIGKILL


@pytest.mark.long
def test_runs_outlive_a_killed_server_and_others_go_on_without(server, tmp_path):
    # four times what `busy` waits for: it must still run when the server is killed
    (tmp_path / "deck.cir").write_text(ENDLESS.replace("1n 1\n", "1n 20m\n"))
    client = server.start("run", "deck.cir", cwd=tmp_path)
    worker = server.one_worker()
    awaited(lambda: busy(worker))
    server.process.kill()
    server.process.wait()
    assert client.communicate(timeout=120)[0].startswith("Transient")
    assert client.returncode == 0
    (tmp_path / "other.cir").write_text(RECTIFIER)
    assert server.run("-b", str(tmp_path / "other.cir"), served=False)[0] == 0


@pytest.mark.long
def test_a_stopped_server_is_not_waited_for(server, tmp_path):
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    server.process.send_signal(signal.SIGSTOP)
    assert server.run("-b", str(tmp_path / "deck.cir"), served=False)[0] == 0
    server.process.send_signal(signal.SIGCONT)
    assert (
        server.run("-b", str(tmp_path / "deck.cir"))[0] == 0
    )  # and what was asked meanwhile is not run again


def test_a_client_of_another_version_runs_by_itself(server, tmp_path):
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no compiler")
    source = Path(__file__).parents[2] / "client" / "circuitnn-batch.c"
    if not source.exists():
        pytest.skip("not in a checkout")
    other = tmp_path / "circuitnn-batch"
    subprocess.run([compiler, '-DVERSION="99.0"', str(source), "-o", str(other)], check=True)
    (tmp_path / "circuitnn").symlink_to(COLD)
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    run = subprocess.run(
        [other, "-b", "deck.cir"], cwd=tmp_path, env=server.environment, capture_output=True, text=True
    )
    assert run.returncode == 0
    assert "not served: the client is of version 99.0" in run.stderr


@pytest.mark.long
def test_only_one_server_and_it_ends_when_idle_or_told_to(short, server):
    again = subprocess.run(
        [COLD, "serve"], env=server.environment, capture_output=True, text=True, timeout=60
    )
    assert again.returncode == 1
    assert f"process {server.process.pid} serves" in again.stderr
    assert subprocess.run([COLD, "serve", "--stop"], env=server.environment, timeout=60).returncode == 0
    assert server.process.wait(30) == 0
    assert (
        subprocess.run([COLD, "serve", "--stop"], env=server.environment, timeout=60, stderr=-3).returncode
        == 1
    )
    with contextlib.closing(Server(short, "--idle", "0.5")) as idle:
        assert idle.process.wait(30) == 0
        assert not (short / "socket").exists()


def test_the_socket_is_its_users(short, server, monkeypatch):
    assert (short / "socket").stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("CIRCUITNN_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    path = Path(address.socket_path())
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.parent.chmod(0o755)
    with pytest.raises(Exception, match="you alone may use"):
        address.socket_path()


def test_a_client_that_has_waited_too_long_is_not_run_twice(short, server, tmp_path):
    """It runs by itself; the worker that accepts after that cannot say so, and does not begin."""
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    words = ["-b", "-r", "out.raw", "deck.cir"]
    environment = {os.fsencode(name): os.fsencode(value) for name, value in server.environment.items()}
    request = Request(__version__, os.path.realpath(COLD.parent), 0o022, 0, 0, words, environment)
    for patient in (False, True):
        folder = os.open(tmp_path, os.O_PATH)
        with open(os.devnull, "r+b") as nowhere, socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(short / "socket"))
            connection.sendall(request.content())
            assert connection.recv(2) == b"H\n"
            if not patient:
                connection.shutdown(socket.SHUT_RD)
            socket.send_fds(connection, [b"D"], [nowhere.fileno()] * 3 + [folder])
            os.close(folder)
            ended = select.poll()
            ended.register(connection, 0)  # until the other side has been closed
            assert ended.poll(30_000)
        assert (tmp_path / "out.raw").exists() == patient


def test_nonsense_on_the_socket_hurts_nobody(short, server, tmp_path):
    for content in (b"", b"\0", b"\xff" * 64, b"\x08\0\0\0nonsense"):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(short / "socket"))
            connection.sendall(content)
            if content:
                connection.shutdown(socket.SHUT_WR)
                with contextlib.suppress(ConnectionResetError):
                    while connection.recv(100):
                        pass
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    assert server.run("-b", str(tmp_path / "deck.cir"))[0] == 0


def test_the_next_worker_may_die(server, tmp_path):
    """It has no client yet: the server forks another one for whoever comes."""
    (tmp_path / "deck.cir").write_text(RECTIFIER)

    def waiting():
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        return [int(pid) for pid in children if output(int(pid)) == output(server.process.pid)]

    for dying in (1, SPARES, 1):
        pids = awaited(lambda: len(waiting()) == SPARES and waiting())
        for pid in pids[:dying]:
            os.kill(pid, signal.SIGKILL)
            awaited(lambda pid=pid: not alive(pid))
        code, out, _ = server.run("-b", "deck.cir", cwd=tmp_path)
        assert code == 0 and out


def test_more_clients_at_once_than_workers_wait(server, tmp_path):
    (tmp_path / "deck.cir").write_text(RECTIFIER)
    clients = [server.start("-b", "deck.cir", cwd=tmp_path) for _ in range(2 * SPARES + 1)]
    for client in clients:
        out, err = client.communicate(timeout=60)
        assert client.returncode == 0 and "Measurements" in out and "not served" not in err


def test_a_server_ends_without_a_word_of_workers_that_wait(short):
    """They had said that they were ready, which it had not read: their reading from it failed."""
    environment = {**os.environ, "CIRCUITNN_SOCKET": str(short / "socket")}
    process = subprocess.Popen(
        [COLD, "serve"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    awaited(lambda: len(children.read_text().split()) == SPARES)
    process.terminate()
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize("watched", [True, False])
def test_what_is_installed_over_a_server_is_noticed(tmp_path, monkeypatch, watched):
    module, folder = types.ModuleType("circuitnn.new"), tmp_path / "folder"
    folder.mkdir()
    module.__file__ = str(folder / "new.py")
    monkeypatch.setitem(sys.modules, "circuitnn.new", module)
    if not watched:  # as on a network's file system
        monkeypatch.setattr("circuitnn.ngspice.serving.loaded.LOCAL", set())
    for change in (
        lambda path: path.write_text("1\n"),
        lambda path: path.write_text("12\n"),
        lambda path: os.utime(path, ns=(1, 1)),
        lambda path: shutil.copy2(path, tmp_path / "other") and os.replace(tmp_path / "other", path),
        lambda path: shutil.move(folder, tmp_path / "old") and shutil.copytree(tmp_path / "old", folder),
        lambda path: path.unlink(),
    ):
        with contextlib.closing(Loaded()) as loaded:
            assert loaded.unchanged()
            (folder / "beside.py").touch()
            assert loaded.unchanged()
            change(Path(module.__file__))
            assert not loaded.unchanged()


@pytest.mark.parametrize(
    ("said", "why"), [(STALE, "another version has been installed"), (b"", "the server has gone")]
)
def test_a_worker_whose_server_is_stale_takes_nobody(said, why):
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(said)
    worker = Worker(None, os.getpid(), {}, "", theirs)
    with pytest.raises(Refused, match=why):
        worker._hear_of_the_server()


def test_the_next_worker_ends_with_the_server(short):
    with contextlib.closing(Server(short)) as made:
        children = awaited(
            lambda: Path(f"/proc/{made.process.pid}/task/{made.process.pid}/children").read_text().split()
        )
        made.process.kill()
        awaited(lambda: not any(alive(int(pid)) for pid in children))
