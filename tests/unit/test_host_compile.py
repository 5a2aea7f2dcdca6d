"""Kernels compiled at run time: the same bits as bytecode, a cache that is safe, and bytecode wherever it fails."""

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from circuitnn import cli
from circuitnn.circuit.circuit import Circuit
from circuitnn.equations import graph as g
from circuitnn.equations import host, kernel_cache
from circuitnn.equations.build import build_kernel
from circuitnn.equations.bytecode import assemble
from circuitnn.equations.kernel import handle
from circuitnn.errors import AnalysisError

needs_compiler = pytest.mark.skipif(not host.compiler(), reason="there is no C compiler")


def kernel(factor=1.0, name="user"):
    x, y, a = g.symbol("x"), g.symbol("y"), g.symbol("a")
    current = factor * a * g.sinh(x - y) + g.where(x > y, g.exp(-x * x), g.pwl(y, [0, 1, 2], [0, 3, 1]))
    return build_kernel(name, ("x", "y"), [current, -current], [1e-12 * x * y, 0], ("a",))


def longer(terms):
    y = g.symbol("x")
    for _ in range(terms):
        y = g.sinh(y)
    return build_kernel("longer", ("x",), [y], [0], ())


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("CC", host.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "circuitnn" / "kernels"


def numbers(n=37):
    rng = np.random.default_rng(5)
    return rng.normal(0, 1, (2, n)), np.full((1, n), 0.3)


@needs_compiler
def test_same_bits_as_bytecode(own_cache):
    made = handle(kernel(), hostcompile="on")
    assert made.backend == "host"
    x, columns = numbers()
    assert np.array_equal(made.evaluate(x, columns), assemble(kernel()).evaluate(x, columns))
    (library,) = own_cache.glob("*")
    assert library.suffix == ".so"
    assert stat.S_IMODE(own_cache.stat().st_mode) & 0o022 == 0


@needs_compiler
def test_cache_is_used_and_keyed(own_cache, monkeypatch):
    host.compiled(kernel())
    monkeypatch.setattr(host, "_compile", lambda *_: pytest.fail("compiled again"))
    assert host.compiled(kernel()).backend == "host"
    assert host.compiled(kernel(name="other")).backend == "host", "names are no part of the equations"
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_cache.parents[1]))
    host.compiled(kernel(factor=2.0))
    assert len(list(own_cache.glob("*.so"))) == 2


@needs_compiler
def test_damaged_library_is_made_again(own_cache):
    host.compiled(kernel(factor=3.0))
    (library,) = own_cache.glob("*.so")
    library.unlink()  # the loaded one stays as it is
    library.write_bytes(b"no library")
    assert host.compiled(kernel(factor=3.0)).backend == "host"


@needs_compiler
@pytest.mark.parametrize("left", [0, 1, 100, 4096, -1, -40])
def test_a_library_cut_short_is_made_again(own_cache, left):
    """Loading it would be a SIGBUS: in a process of its own."""
    host.compiled(kernel(factor=5.0))
    (library,) = own_cache.glob("*.so")
    whole = library.read_bytes()
    library.unlink()
    library.write_bytes(whole[:left])
    code = (
        f"import runpy; kernel = runpy.run_path({__file__!r})['kernel']\n"
        "from circuitnn.equations import host\n"
        "print(host.compiled(kernel(5.0)).backend)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (run.stdout.strip(), run.returncode) == ("host", 0), run.stderr
    assert len(library.read_bytes()) == len(whole)


@needs_compiler
def test_one_changed_byte_is_seen(own_cache):
    host.compiled(kernel(factor=6.0))
    (library,) = own_cache.glob("*.so")
    content = bytearray(library.read_bytes())
    content[len(content) // 2] ^= 1
    library.unlink()
    library.write_bytes(content)
    assert not kernel_cache.fetch(library)
    assert not library.exists()


@needs_compiler
def test_the_cache_has_a_limit(own_cache, monkeypatch):
    for k in range(3):
        host.compiled(longer(k))
        os.utime(max(own_cache.glob("*.so"), key=os.path.getmtime), (k, k))
    oldest, *_ = sorted(own_cache.glob("*.so"), key=os.path.getmtime)
    size = sum(p.stat().st_size for p in own_cache.iterdir())
    monkeypatch.setenv(kernel_cache.VARIABLE, str(1.1 * size / 1048576))
    host.compiled(longer(3))
    assert len(list(own_cache.iterdir())) == 3 and not oldest.exists()
    monkeypatch.setenv(kernel_cache.VARIABLE, "0")
    host.compiled(longer(4))
    assert len(list(own_cache.iterdir())) == 1, "the newest stays"
    monkeypatch.setenv(kernel_cache.VARIABLE, "much")
    with pytest.raises(host.HostCompileError, match="CIRCUITNN_CACHE_LIMIT=much: must be a size"):
        host.compiled(longer(5))


@needs_compiler
def test_the_command_shows_and_clears(own_cache, capsys):
    host.compiled(kernel(factor=7.0))
    assert cli.execute(["cache"]) == 0
    shown = capsys.readouterr().out
    assert f"{own_cache}: 1 kernels" in shown and next(own_cache.iterdir()).name in shown
    assert cli.execute(["cache", "--clear"]) == 0
    assert "1 kernels removed" in capsys.readouterr().out
    assert not list(own_cache.iterdir())
    assert cli.execute(["cache"]) == 0


@needs_compiler
def test_processes_at_the_same_time(own_cache):
    # Not multiprocessing: a package that some tool installs may be called tests, too.
    code = (
        f"import runpy; kernel = runpy.run_path({__file__!r})['kernel']\n"
        "from circuitnn.equations import host\n"
        "print(host.compiled(kernel(4.0)).backend)"
    )
    command = [sys.executable, "-c", code]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [worker.communicate(timeout=120)[0].strip() for worker in workers] == ["host"] * 3
    assert [p.suffix for p in own_cache.iterdir()] == [".so"], "nothing is left over"


def script(folder, text):
    path = folder / "fakecc"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'cannot do that' >&2; exit 1", "failed: cannot do that"),
        ("exit 0", "No such file"),
        ('while [ "$1" != -o ]; do shift; done; echo nonsense > "$2"', "cannot be loaded"),
        ("sleep 30", "took more than"),
    ],
)
def test_compiler_that_fails(text, message, own_cache, tmp_path, monkeypatch):
    monkeypatch.setenv("CC", script(tmp_path, text))
    monkeypatch.setattr(host, "LIMIT", 2.0)
    notes = []
    made = handle(kernel(), hostcompile="on", notes=notes)
    assert made.backend == "bytecode"
    assert len(notes) == 1 and message in notes[0] and "user runs as bytecode" in notes[0]
    assert not [p for p in own_cache.iterdir() if p.is_dir()], "nothing is left over"


def test_no_compiler(monkeypatch):
    monkeypatch.setattr(host, "compiler", lambda _: ())
    notes = []
    assert handle(kernel(), hostcompile="on", notes=notes).backend == "bytecode"
    assert "no C compiler" in notes[0]


def test_a_compiler_that_cannot_be_read(monkeypatch, capsys):
    monkeypatch.setenv("CC", "'")
    with pytest.raises(host.HostCompileError, match="CC=': No closing quotation"):
        host.compiled(kernel())
    assert cli.execute(["info"]) == 0
    assert "No closing quotation" in capsys.readouterr().out


def test_cache_that_others_may_write_is_not_used(own_cache):
    own_cache.mkdir(parents=True)
    own_cache.chmod(0o777)
    with pytest.raises(host.HostCompileError, match="others may write"):
        host.compiled(kernel())


def test_a_cache_that_others_may_exchange_is_not_used(tmp_path, monkeypatch):
    """Whoever may write above it can put a folder of his own in its place."""
    shared = tmp_path / "shared"
    monkeypatch.setenv("XDG_CACHE_HOME", str(shared))
    shared.mkdir()
    for mode, good in ((0o777, False), (0o1777, True), (0o755, True)):
        shared.chmod(mode)
        if good:
            assert kernel_cache.prepared().is_dir()
        else:
            with pytest.raises(kernel_cache.CacheError, match="others may write"):
                kernel_cache.prepared()


def test_no_place_for_a_cache(tmp_path, monkeypatch):
    (tmp_path / "circuitnn").write_text("a file where the folder should be")
    with pytest.raises(host.HostCompileError, match="no cache"):
        host.compiled(kernel())


def test_when_it_is_wanted(monkeypatch):
    assert not host.wanted("auto", host.WORTHWHILE - 1) and host.wanted("auto", host.WORTHWHILE)
    assert host.wanted("on", 0) and not host.wanted("off", np.inf)
    monkeypatch.setenv(host.VARIABLE, "off")
    assert not host.wanted("auto", np.inf) and host.wanted("on", 0)
    monkeypatch.setenv(host.VARIABLE, "on")
    assert host.wanted("auto", 0)
    monkeypatch.setenv(host.VARIABLE, "perhaps")
    with pytest.raises(ValueError, match="perhaps"):
        host.wanted("auto", 0)


DECK = """behavioural
v1 in 0 sin(0 1 1k)
r1 in a 1k
b1 a 0 i=1e-4*sinh(v(a)*3)+1e-9*ddt(v(a))
.tran 1u 1m 0 1u
.end
"""


@needs_compiler
def test_whole_run_gives_the_same_bits(own_cache):
    plain = Circuit.from_text(DECK).run()[0]
    assert not own_cache.exists(), "small work is not compiled"
    made = Circuit.from_text(DECK.replace(".end", ".options hostcompile=on\n.end")).run()[0]
    assert list(own_cache.glob("*.so"))
    assert np.array_equal(plain.data, made.data) and not made.statistics.notes


def test_run_notes_a_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("CC", script(tmp_path, "exit 3"))
    result = Circuit.from_text(DECK.replace(".end", ".options hostcompile=on\n.end")).run()[0]
    assert any("bytecode" in note and "exit status 3" in note for note in result.statistics.notes)


def test_option_is_checked():
    with pytest.raises(AnalysisError, match="hostcompile"):
        Circuit.from_text(DECK).op(hostcompile="maybe")
