"""Nothing finished is lost: kills, interrupts, full disks, folders that cannot be written, two at once."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.results import rawfile

LONG = "long\nv1 in 0 sin(0 1 1meg)\nr1 in out 1k\nc1 out 0 100p\n.tran 1n 1\n.end\n"
SHORT = "short\nv1 in 0 sin(0 1 1meg)\nr1 in out 1k\nc1 out 0 100p\n.tran 2n 20u\n.end\n"
STEPS = "steps\nv1 in 0 1\nr1 in 0 1k\n.op\n.step r1 1 1e6 1\n.end\n"
CONTROL = LONG.replace(".tran 1n 1\n", ".control\ntran 1n 10u\ntran 1n 1\n.endc\n")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def large(n=3000):
    """A long chain of diodes and resistors, whose steps take long."""
    chain = "".join(f"r{k} n{k} n{k + 1} 10\nd{k} n{k + 1} 0 dm\nc{k} n{k + 1} 0 1p\n" for k in range(n))
    return f"large\nv1 n0 0 sin(0 1 1g)\n{chain}.model dm d(cjo=1p)\n.tran 1p 1u\n.end\n"


SWEEP = large(200).replace(".tran 1p 1u", ".dc v1 0 1 1e-6")


def started(folder, text, *words):
    """Start a run; of two runs of one deck, the second does not write it again, since the first may be reading it."""
    if not (folder / "deck.cir").exists() or (folder / "deck.cir").read_text() != text:
        (folder / "deck.cir").write_text(text)
    command = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "-q", "-o", "out.raw", *words]
    return subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def good(path):
    """Points of a rawfile that is whole."""
    results = rawfile.read(path)
    assert all(result.complete and np.isfinite(result.data).all() for result in results)
    return sum(map(len, results))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory):
    """A result of an earlier run."""
    path = tmp_path_factory.mktemp("earlier") / "out.raw"
    Circuit.from_text(SHORT).run()[0].save(path)
    return path


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "least"),
    [(LONG, 1000), (STEPS, 20), (CONTROL, 1000), (SWEEP, 500), (large(), 1)],
    ids="tran step control dc large".split(),
)
def test_ctrl_c_keeps_every_point_at_once(tmp_path, text, least, earlier, has_worked):
    shutil.copy(earlier, tmp_path / "out.raw")
    with started(tmp_path, text) as process:
        has_worked(process, 2.0)
        process.send_signal(signal.SIGINT)
        pressed = time.monotonic()
        out, err = process.communicate(timeout=60)
    assert process.returncode in (1, 130), (out, err)
    assert "Traceback" not in err
    assert time.monotonic() - pressed < 10.0  # a tenth of a second on a quiet machine
    assert sum(map(len, rawfile.read(tmp_path / "out.partial.raw"))) >= least
    assert (tmp_path / "out.raw").read_bytes() == earlier.read_bytes()


@pytest.mark.long
def test_a_scheduler_may_send_its_signal_twice(tmp_path, earlier, has_worked):
    """To the process and to its group, as batch systems do: the second must not interrupt the writing."""
    shutil.copy(earlier, tmp_path / "out.raw")
    with started(tmp_path, large(), "--picture", "out.png", "--plot", "v(n5)") as process:
        has_worked(process, 2.0)
        for _ in range(50):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
        out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM, (out, err)
    assert rawfile.read(tmp_path / "out.partial.raw")
    assert (tmp_path / "out.raw").read_bytes() == earlier.read_bytes()


@pytest.mark.long
def test_a_run_without_a_terminal_any_more_keeps_its_points(tmp_path, has_worked):
    """A closed terminal sends SIGHUP, and takes no more words."""
    (tmp_path / "deck.cir").write_text(LONG)
    master, slave = os.openpty()
    command = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "-o", "out.raw"]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # these tests may run under nohup
    ) as process:
        os.close(slave)
        has_worked(process, 2.0)
        os.close(master)
        process.send_signal(signal.SIGHUP)
        try:
            assert process.wait(60) == -signal.SIGHUP
        finally:
            process.kill()
    assert len(rawfile.read(tmp_path / "out.partial.raw")[0]) > 1000


@pytest.mark.long
def test_python_keeps_the_points_and_threads_are_left_alone():
    """An interrupt in the middle of a block of 4096 points lost the block."""
    circuit = Circuit.from_text(large(400))
    timer = subprocess.Popen(["sh", "-c", f"sleep 2; kill -INT {os.getpid()}"])
    result = circuit.run()[0]
    timer.wait()
    assert not result.complete and len(result) >= 1 and "interrupted" in result.message


def test_a_handler_of_ones_own_is_heard():
    class Enough(Exception):
        pass

    def enough(*_):
        raise Enough

    before = signal.signal(signal.SIGALRM, enough)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(Enough):
            Circuit.from_text(LONG).run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.long
@pytest.mark.parametrize("kind", ["KILL", "TERM"])
def test_killed_at_any_time(tmp_path, kind, earlier):
    """The earlier result stays until the new one is whole; nothing of a kill is taken for a result."""
    shutil.copy(earlier, tmp_path / "out.raw")
    rng = random.Random(kind)
    for _ in range(10):
        with started(tmp_path, SHORT.replace("20u", "2m")) as process:
            time.sleep(rng.uniform(0.05, 1.5))
            process.send_signal(getattr(signal, f"SIG{kind}"))
            process.communicate(timeout=60)
        good(tmp_path / "out.raw")


def test_a_full_disk(tmp_path, earlier):
    """A limit on the size of files stands for it."""
    shutil.copy(earlier, tmp_path / "out.raw")
    (tmp_path / "deck.cir").write_text(SHORT.replace("20u", "200u"))
    for form in ("out.raw", "out.csv", "out.nc", "out.raw --plot v(out) --picture out.png"):
        words = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "-o", *form.split()]
        if "plot" in form:
            words[-4:-4] = ["--quiet"]
        run = subprocess.run(
            words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        )  # fmt: skip
        assert run.returncode == 1, run.stderr
        assert "Error:" in run.stderr and "Traceback" not in run.stderr
    assert (tmp_path / "out.raw").read_bytes() == earlier.read_bytes()
    names = sorted(p.name for p in tmp_path.iterdir())
    assert names == ["deck.cir", "out.partial.csv", "out.partial.nc", "out.partial.raw", "out.raw"]
    assert 100 < len(rawfile.read(tmp_path / "out.partial.raw")[0]) < 100_000


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "deck.cir").write_text(SHORT)
    for target in ("/proc/out.raw", "/dev/full"):
        words = [sys.executable, "-m", "circuitnn", "run", "deck.cir", "--format", "raw", "-o", target]
        run = subprocess.run(words, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
        assert run.returncode == 1
        assert target in run.stderr or "No space" in run.stderr
        assert "Traceback" not in run.stderr


def test_two_at_once(tmp_path):
    text = SHORT.replace("20u", "100u")
    processes = [started(tmp_path, text) for _ in range(4)]
    for process in processes:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
    assert good(tmp_path / "out.raw") > 1000
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deck.cir", "out.raw"]


@pytest.mark.parametrize("place", ["outcome.guarded", "signals.farewell"])
def test_a_signal_outside_of_the_command_is_no_traceback(tmp_path, place):
    """Between the start of the process and the command, and after its end."""
    module, name = place.split(".")
    (tmp_path / "deck.cir").write_text(SHORT)
    script = f"""
import os, signal, sys
from circuitnn import cli
from circuitnn.cli import {module}
before = {module}.{name}
def during(*given):
    os.kill(os.getpid(), signal.SIGTERM)
    return before(*given)
{module}.{name} = during
sys.argv[1:] = ["run", "deck.cir", "-q", "-o", "out.raw"]
cli.main()
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=ENVIRONMENT, capture_output=True)
    assert run.returncode == -signal.SIGTERM
    assert b"Traceback" not in run.stderr
