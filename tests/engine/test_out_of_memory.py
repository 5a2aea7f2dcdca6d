"""What was computed when the system refuses memory stays (``ulimit -v``). Oracle: the rows of a run without a limit."""

import importlib.abc
import os
import resource
import subprocess
import sys

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.results import rawfile

DECK = "t\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 10n\n.tran 1u 2m 0 1u\n.meas tran m max v(b)\n"
# As where memory ends: in the loop, after it, in what the deck asks for.
REFUSED = {
    "loop": "import circuitnn.recording.rows as at; name = 'Rows.add'",
    "checks": "import circuitnn.analyses.tran as at; name = 'outside'",
    "measures": "import circuitnn.circuit.running as at; name = 'finished'",
}
SCRIPT = """
import sys
from circuitnn import cli
{where}
def refused(*given):
    if {calls}:
        return earlier(*given)
    raise {error}
owner = at
for part in name.split(".")[:-1]:
    owner = getattr(owner, part)
last = name.rpartition(".")[2]
earlier, calls = getattr(owner, last), []
setattr(owner, last, refused)
sys.exit(cli.execute(["run", "d.cir", "-q", "-o", "out.raw"]))
"""


# Python up to 3.11 says so of a call whose frame finds no memory: `test_a_call_without_memory_for_its_frame`.
ERRORS = ["MemoryError", "SystemError('error return without exception set')"]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("place", REFUSED)
def test_the_points_stay(tmp_path, place, error):
    (tmp_path / "d.cir").write_text(DECK)
    (tmp_path / "out.raw").write_text("earlier")
    first = "not calls.append(0) and len(calls) == 1" if place == "loop" else "False"
    if place == "loop":  # a second block
        (tmp_path / "d.cir").write_text(DECK.replace("2m", "200m"))
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(where=REFUSED[place], calls=first, error=error)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "out of memory" in done.stderr and "out.partial.raw" in done.stderr
    assert (tmp_path / "out.raw").read_text() == "earlier"
    (found,) = rawfile.read(tmp_path / "out.partial.raw")
    (whole,) = Circuit.from_text((tmp_path / "d.cir").read_text()).run()
    assert len(found) > 1000
    assert np.array_equal(found.data, whole.data[: len(found)])


@pytest.mark.skipif(sys.platform != "linux", reason="address space is not limited elsewhere")
def test_the_limit_that_was_met_is_named(tmp_path):
    (tmp_path / "d.cir").write_text(DECK.replace("2m", "20"))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    most = 600_000_000
    done = subprocess.run(
        [sys.executable, "-m", "circuitnn", "run", "d.cir", "-q", "-o", "out.raw"],
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )
    assert done.returncode == 1
    assert "at most 600 MB are allowed (ulimit -v)" in done.stderr
    assert len(rawfile.read(tmp_path / "out.partial.raw")[0]) > 1000


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("algos.so: failed to map segment from shared object", "Error: not enough memory: algos.so"),
        ("libblas.so.3: cannot open shared object file", "this is a fault of circuitnn"),
    ],
)
def test_a_library_for_which_there_is_no_memory(capsys, said, told):
    from circuitnn.cli.outcome import guarded

    def work():
        raise ImportError(said)

    def depends():
        try:
            work()
        except ImportError as error:
            raise ImportError("No module named 'algos'") from error

    for one in (work, depends):
        assert guarded(one) == 1
        assert told in capsys.readouterr().err


THREADS = """
import resource, sys, threading
from circuitnn.cli import outcome
most = 1_000_000_000
resource.setrlimit(resource.RLIMIT_AS, (most, most))
threading.stack_size(100_000_000)
wait = threading.Event()

def start():
    for _ in range(20):
        threading.Thread(target=wait.wait, daemon=True).start()

code = outcome.guarded(start)
wait.set()
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is not limited elsewhere")
def test_a_thread_for_whose_stack_there_is_no_memory(tmp_path):
    """Oracle: the interpreter, which is refused memory by the system."""
    done = subprocess.run([sys.executable, "-c", THREADS], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "Error: not enough memory: can't start new thread\n")


class NoRoom(importlib.abc.MetaPathFinder):
    """Refuses one library as the system's loader does where there is no memory for it."""

    def find_spec(self, name, path, target=None):
        if name == "h5py":
            raise ImportError("libhdf5.so.310: failed to map segment from shared object")


@pytest.mark.parametrize(
    "words", [["run", "d.cir"], ["run", "d.cir", "--samples", "4"], ["study", "mvm", "--size", "8"]]
)
def test_the_library_of_netcdf_is_loaded_before_the_run(words, tmp_path, monkeypatch, capsys):
    """h5netcdf would say afterwards that h5py is not installed, and the results would be lost."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.cir").write_text(DECK)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("h5py", "h5netcdf")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoRoom(), *sys.meta_path])
    assert cli.execute([*words, "-q", "-o", "out.nc"]) == 1
    said = capsys.readouterr().err
    assert "not enough memory: libhdf5.so.310" in said
    assert "h5netcdf" not in said and "No module" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.cir"]


def test_a_format_for_which_there_is_no_memory(tmp_path, monkeypatch, capsys):
    """What was computed is written as a rawfile, which takes the memory of a block."""
    from circuitnn.results import netcdf

    def refused(*_):
        raise MemoryError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(netcdf, "_fill", refused)
    (tmp_path / "d.cir").write_text(DECK)
    assert cli.execute(["run", "d.cir", "-q", "-o", "out.nc", "--final", "end.json"]) == 1
    assert "out.nc: not enough memory to write it; what was computed is in out.partial.raw" in (
        capsys.readouterr().err
    )
    assert (tmp_path / "end.json").exists()
    (found,) = rawfile.read(tmp_path / "out.partial.raw")
    assert np.array_equal(found.data, Circuit.from_text(DECK).run()[0].data)


FRAMES = """
import os, resource, sys
from circuitnn.cli import outcome
sys.setrecursionlimit(100_000)

def deep(n):
    return deep(n - 1) + 1 if n else 0

with open("/proc/self/statm") as file:
    held = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (held + 200_000, resource.RLIM_INFINITY))
sys.exit(outcome.guarded(lambda: deep(90_000)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="address space is not limited elsewhere")
def test_a_call_without_memory_for_its_frame(tmp_path):
    """Oracle: the interpreter, which is refused memory by the system."""
    done = subprocess.run([sys.executable, "-c", FRAMES], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "Error: not enough memory\n")


def test_another_fault_of_the_interpreter_is_not_taken_for_it(capsys):
    def work():
        raise SystemError("bad argument to internal function")

    assert cli.outcome.guarded(work) == 1
    assert "fault of circuitnn" in capsys.readouterr().err


MEGABYTES = (180, 220, 281, 320)  # of address space; NumPy takes about 100, a study with its libraries 300


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize("megabytes", MEGABYTES)
@pytest.mark.parametrize("output", ["out.nc", "-"])
def test_libraries_that_do_not_fit_are_not_loaded(tmp_path, megabytes, output):
    """OpenBLAS asked for its memory again and again, for ever: a study with 281 MB hung."""
    words = ["study", "mvm", "--size", "8", "--line-resistance", "1", "--chips", "1", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "circuitnn", *words, *(["-o", output] if output != "-" else [])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes * 10**6,) * 2),
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode:
        assert "memory" in done.stderr or "ulimit -v" in done.stderr
