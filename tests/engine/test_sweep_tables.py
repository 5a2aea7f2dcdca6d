"""The tables of a ``.step`` go to one file together when they are many: bounded in memory and in descriptors."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import tracemalloc

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.analyses import tran
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.recording import rows
from circuitnn.results import growing_rawfile, rawfile
from circuitnn.results.state import State

STEPS = 12
DECK = f"""t
.param r=1k
v1 a 0 sin(0 1 1meg)
r1 a b {{r}}
c1 b 0 1n
d1 b 0 dm
.model dm d(is=1e-14 rs=10 cjo=1p)
.save all @d1[id]
.step param r 1k {STEPS}k 1k
.tran 1n 10u
.end
"""
FIELDS = "title analysis plotname axis names types complete message measures".split()
NGSPICE = shutil.which("ngspice")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(DECK)
    return tmp_path


@pytest.fixture(params=[0, 1_000_000], ids=["at once", "after some tables"])
def small(monkeypatch, request):
    """So much may lie in memory."""
    monkeypatch.setattr(rows, "IN_MEMORY", request.param)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def same(found, expected):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert [getattr(a, name) for name in FIELDS] == [getattr(b, name) for name in FIELDS]
        assert a.data.dtype == b.data.dtype
        np.testing.assert_array_equal(a.data, b.data)


@pytest.mark.long
@pytest.mark.parametrize(
    "cards",
    [
        ".tran 1n 10u",
        ".op\n.ac dec 20 1 1g\n.tran 1n 10u\n.four 1meg v(b)\n.meas tran m max v(b)",
        ".step temp list 0 27\n.dc v1 0 1 0.2m",
    ],
    ids=["one analysis", "several of them", "two cards"],
)
def test_results_are_as_from_memory(monkeypatch, small, cards):
    deck = DECK.replace(".tran 1n 10u", cards).replace("sin(", "ac 1 sin(")
    before = descriptors()
    found = Circuit.from_text(deck).run()
    assert descriptors() <= before + 1
    assert any(isinstance(result.data, np.memmap) for result in found)
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    expected = Circuit.from_text(deck).run()
    assert not any(isinstance(result.data, np.memmap) for result in expected)
    same(found, expected)
    for a, b in zip(found, expected, strict=True):
        for name in (
            "@r1[i]",
            "@r1[r]",
            "@d1[vd]",
        ):  # of the circuit at its point; by an unknown inside the diode
            if name in b:
                np.testing.assert_array_equal(a[name], b[name])
        assert a.final_state == b.final_state
    kinds = {result.analysis for result in expected if "@r1[r]" in result}
    assert kinds and all(
        np.max(a["@r1[r]"]) == 1e3 * (k + 1) for k, a in enumerate(found[:: len(found) // STEPS])
    )


def test_states_of_the_points_can_be_used_and_saved(tmp_path, small):
    circuit = Circuit.from_text(DECK)
    last = circuit.run()[-1].final_state
    last.save(tmp_path / "x.json")
    assert (
        State.load(tmp_path / "x.json") == last
        and "v(b)" in last
        and last.changed({"v(b)": 0.1})["v(b)"] == 0.1
    )
    assert circuit.tran(20e-6, start=last).time[0] == last.time


def peak(steps):
    circuit = Circuit.from_text(DECK.replace(f"{STEPS}k", f"{steps}k"))
    tracemalloc.start()
    try:
        results = circuit.run()
        return tracemalloc.get_traced_memory()[1], sum(result.data.nbytes for result in results)
    finally:
        tracemalloc.stop()


@pytest.mark.long
def test_memory_does_not_grow_with_the_points(monkeypatch):
    monkeypatch.setattr(rows, "IN_MEMORY", 1_000_000)
    peak(3)  # what is loaded once
    (few, _), (many, tables) = peak(10), peak(60)
    assert tables > 20e6
    assert many < few + 50 * 20_000  # 20 kB: what a result has beside its table


@pytest.mark.long
@pytest.mark.parametrize("form", ["raw", "ascii", "csv", "nc"])
def test_every_format(folder, small, form, monkeypatch):
    renamed = []
    monkeypatch.setattr(
        rawfile, "_grew", lambda *given, of=rawfile._grew: renamed.append(of(*given)) or renamed[-1]
    )
    deck = DECK.replace(".save all @d1[id]\n", "")
    (folder / "deck.cir").write_text(deck)
    assert cli.execute(["run", "deck.cir", "-o", f"out.{form}", "--format", form, "-q"]) == 0
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    expected = Circuit.from_text(deck).run()
    if form in ("raw", "ascii"):
        assert names(folder) == ["deck.cir", f"out.{form}"]
        assert renamed == ([True] if form == "raw" else [])
        found = rawfile.read(f"out.{form}")
        assert [result.title for result in found] == [result.title for result in expected]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a.data, b.data)
    else:
        assert len(names(folder)) == 1 + STEPS


@pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
def test_ngspice_reads_the_file(folder, small):
    assert cli.execute(["-b", "deck.cir", "-r", "out.raw"]) == 0
    assert names(folder) == ["deck.cir", "out.raw"]
    last = rawfile.read("out.raw")[-1]
    (folder / "look.cir").write_text(
        f"look\n.control\nload out.raw\nsetplot tran{STEPS}\nprint length(time)\nquit\n.endc\n.end\n"
    )
    run = subprocess.run([NGSPICE, "-b", "look.cir"], cwd=folder, capture_output=True, text=True)
    assert f"length(time) = {len(last):.6e}" in run.stdout, run.stdout + run.stderr


def test_a_full_disk_keeps_the_tables_that_fit(folder, small):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, before[1]))
    try:
        assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    deck, *kept = names(folder)  # the tables, and those of steps that failed in files of their own
    assert deck == "deck.cir" and "out.partial.raw" in kept
    assert all(name.endswith(".partial.raw") and rawfile.read(folder / name) for name in kept)


def test_what_a_full_disk_says(small):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, before[1]))
    try:
        with pytest.raises(CircuitnnError, match=r"no more results after [0-9]+: File too large") as failed:
            Circuit.from_text(DECK).run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    found = failed.value.results
    assert 2 <= len(found) < STEPS and all(len(result) > 1000 for result in found)


def test_points_that_fail_keep_what_they_have(small, monkeypatch):
    run, before = tran.to_end, descriptors()

    def fails(*given):
        run(*given)
        return AnalysisError("no further"), "no further"

    monkeypatch.setattr(tran, "to_end", fails)
    with pytest.raises(CircuitnnError) as failed:
        Circuit.from_text(DECK).run()
    error = failed.value
    assert len(error.others) == STEPS - 1 and len(error.results) == STEPS
    assert all(not result.complete and len(result) > 100 for result in error.results)
    assert descriptors() <= before + 1
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    with pytest.raises(CircuitnnError) as expected:
        Circuit.from_text(DECK).run()
    same(error.results, expected.value.results)


def test_an_interrupt_keeps_the_tables(small, monkeypatch):
    add, count, at = growing_rawfile.blockwise.put, iter(range(1000)), 9 if rows.IN_MEMORY else 40

    def put(*given):
        add(*given)
        if next(count) == at:  # in the middle of a table, or of a run
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(growing_rawfile.blockwise, "put", put)
    found = Circuit.from_text(DECK).run()
    assert 2 <= len(found) < STEPS and not found[-1].complete
    monkeypatch.undo()
    same_data = Circuit.from_text(DECK).run()
    for a, b in zip(found[:-1], same_data, strict=False):
        np.testing.assert_array_equal(a.data, b.data)


KILLED = """
from circuitnn import cli
from circuitnn.recording import rows
rows.PATIENCE = 0.0
cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"])
"""


def test_a_killed_run_leaves_its_tables(folder):
    (folder / "deck.cir").write_text(DECK.replace(f"{STEPS}k", "100k"))
    (folder / "out.raw").write_text("earlier")
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=folder, env=ENVIRONMENT)
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        if any(part.stat().st_size > 2_000_000 for part in folder.glob("out.*.partial.raw")):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    part = max(folder.glob("out.*.partial.raw"), key=lambda path: path.stat().st_size)
    found = rawfile.read(part)
    whole = [result for result in found if result.complete]
    assert len(whole) >= 4 and len(whole) >= len(found) - 1
    assert [result.title for result in whole] == [f"t (r = {k}000)" for k in range(1, len(whole) + 1)]
    assert all(result.time[-1] == pytest.approx(10e-6) for result in whole)
    assert (folder / "out.raw").read_text() == "earlier"
