"""Long runs write their rawfile as they go: bounded in memory, readable after a kill, the same as without."""

import dataclasses
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from circuitnn import Circuit, cli
from circuitnn.analyses import dc
from circuitnn.errors import AnalysisError, BudgetError
from circuitnn.recording import rows
from circuitnn.records import replace
from circuitnn.results import growing_rawfile, rawfile

DECK = "t\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 1n\n.tran 1n 100u\n.end\n"
NGSPICE = shutil.which("ngspice")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deck.cir").write_text(DECK)
    return tmp_path


@pytest.fixture
def early(monkeypatch):
    monkeypatch.setattr(rows, "IN_MEMORY", 0)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def usual(deck=DECK):
    return Circuit.from_text(deck).run()


@pytest.mark.long
@pytest.mark.parametrize("form", ["raw", "ascii", "csv", "nc"])
def test_every_format_is_as_from_memory(folder, early, form, monkeypatch):
    renamed = []
    monkeypatch.setattr(
        rawfile, "_grew", lambda *given, of=rawfile._grew: renamed.append(of(*given)) or renamed[-1]
    )
    assert cli.execute(["run", "deck.cir", "-o", "out", "--format", form, "-q"]) == 0
    assert names(folder) == ["deck.cir", "out"]
    assert renamed == ([True] if form == "raw" else [])
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    (expected,) = usual()
    if form in ("raw", "ascii"):
        (found,) = rawfile.read("out")
        assert found.title == expected.title and found.names == expected.names
        assert np.array_equal(found.data, expected.data)
    else:
        expected.save("other", form)
        assert (folder / "out").stat().st_size == (folder / "other").stat().st_size


def test_several_plots_and_titles_of_steps(folder, early):
    (folder / "deck.cir").write_text(DECK.replace(".tran", ".op\n.step r1 1k 3k 1k\n.tran"))
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 0
    assert names(folder) == ["deck.cir", "out.raw"]
    found = rawfile.read("out.raw")
    assert [result.analysis for result in found] == ["op", "tran"] * 3
    (folder / "deck.cir").write_text(
        DECK.replace(".tran", ".step r1 list 1k\n.tran").replace("t\n", "t" * 300 + "\n", 1)
    )
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 0
    assert rawfile.read("out.raw")[0].title.endswith("(r1 = 1000)")


def test_ngspice_form_and_what_save_and_measures_keep(folder, early):
    more = ".save v(b) @r1[i]\n.meas tran m max v(a)\n.tran"
    (folder / "deck.cir").write_text(DECK.replace(".tran", more))
    assert cli.execute(["-b", "deck.cir", "-r", "out.raw"]) == 0
    (found,) = rawfile.read("out.raw")
    assert found.names == ("time", "v(b)", "i(@r1[i])")
    assert names(folder) == ["deck.cir", "out.raw"]


def test_unknowns_inside_devices_are_in_the_file_too(folder, early, monkeypatch):
    """Rows were wider than the header said, and the run ended in an IndexError."""
    deck = DECK.replace(".tran", "d1 b 0 dm\n.model dm d(rs=10)\n.save all @d1[vd]\n.tran")
    (folder / "deck.cir").write_text(deck)
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 0
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    (found,), (expected,) = rawfile.read("out.raw"), usual(deck)
    assert "i(@d1[vd])" in found.names or "v(@d1[vd])" in found.names
    assert np.array_equal(found.data, expected.data)


def test_a_link_a_mode_and_a_pipe(folder, early):
    (folder / "real").mkdir()
    (folder / "real" / "x.raw").write_text("earlier")
    (folder / "real" / "x.raw").chmod(0o640)
    (folder / "out.raw").symlink_to("real/x.raw")
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 0
    assert (folder / "out.raw").is_symlink() and (folder / "real" / "x.raw").stat().st_mode & 0o777 == 0o640
    assert len(rawfile.read("out.raw")[0]) == len(usual()[0])
    words = [
        sys.executable,
        "-m",
        "circuitnn",
        "run",
        "deck.cir",
        "-q",
        "--format",
        "raw",
        "-o",
        "/dev/stdout",
    ]
    piped = subprocess.run(words, cwd=folder, env=ENVIRONMENT, capture_output=True, check=True).stdout
    (folder / "piped.raw").write_bytes(piped)
    assert np.array_equal(rawfile.read("piped.raw")[0].data, rawfile.read("out.raw")[0].data)


def test_what_ctrl_c_leaves_has_the_partial_name(folder, early, monkeypatch):
    (folder / "out.raw").write_text("earlier")
    add, count = rows.Rows.add, iter(range(100))

    def adding(self, block):
        add(self, block)
        if next(count) == 3:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(rows.Rows, "add", adding)
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 130
    assert names(folder) == ["deck.cir", "out.partial.raw", "out.raw"]
    assert len(rawfile.read("out.partial.raw")[0]) > 100
    assert (folder / "out.raw").read_text() == "earlier"


@pytest.mark.parametrize("slow", ["settle", "put"])
def test_a_slow_disk_at_the_end_of_the_time(folder, early, monkeypatch, slow):
    """The alarm of the limit does not interrupt the writing: the points are there, once and under their name."""
    module = growing_rawfile if slow == "settle" else growing_rawfile.blockwise
    usual, ends = getattr(module, slow), []

    def late(*given):
        rows = slow == "settle" or given[1].ndim == 2  # not the header, which comes before the first row
        if rows and not ends:
            ends.append(time.monotonic() + 1.0)
        while rows and time.monotonic() < ends[0]:
            pass  # as a disk that is busy beyond the time of the alarm
        return usual(*given)

    monkeypatch.setattr(module, slow, late)
    (folder / "deck.cir").write_text(DECK.replace("100u", "1"))
    assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q", "--max-time", "0.5"]) == 1
    assert names(folder) == ["deck.cir", "out.partial.raw"]
    (kept,) = rawfile.read("out.partial.raw")
    assert len(kept) > 0


def test_a_full_disk_keeps_what_fits(folder, early):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        assert cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert names(folder) == ["deck.cir", "out.partial.raw"]
    (found,) = rawfile.read("out.partial.raw")
    assert 1000 < len(found) < 200_000 / 32 and np.all(np.diff(found.time) > 0.0)


def test_the_file_grows_within_its_own_block_only():
    assert not growing_rawfile.wanted()
    with growing_rawfile.beside("/tmp/x.raw"):
        assert growing_rawfile.wanted() and growing_rawfile.folder() == os.path.realpath("/tmp")
        with growing_rawfile.beside(None):
            assert growing_rawfile.wanted()
    assert not growing_rawfile.wanted() and growing_rawfile.folder() == ""
    with growing_rawfile.beside("/dev/null"):
        assert not growing_rawfile.wanted()


KILLED = """
import sys
from circuitnn import cli
from circuitnn.recording import rows
rows.PATIENCE = 0.0
cli.execute(["run", "deck.cir", "-o", "out.raw", "-q"])
"""


@pytest.mark.skipif(NGSPICE is None, reason="ngspice is not installed")
def test_a_killed_run_leaves_a_rawfile_that_ngspice_reads(folder):
    (folder / "deck.cir").write_text(DECK.replace("100u", "1"))
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=folder, env=ENVIRONMENT)
    deadline = time.monotonic() + 60.0
    while time.monotonic() < deadline:
        parts = list(folder.glob("out.*.partial.raw"))
        if parts and parts[0].stat().st_size > 3_000_000:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (part,) = folder.glob("out.*.partial.raw")
    (found,) = rawfile.read(part)
    if not found.complete:  # killed while a block was written: what ngspice reads is what is whole
        part = folder / "whole.raw"
        found.save(part)
    assert len(found) > 50_000 and np.all(np.diff(found.time) > 0.0)
    (folder / "look.cir").write_text(
        f"look\n.control\nload {part.name}\nprint length(time) vecmax(time)\nquit\n.endc\n.end\n"
    )
    run = subprocess.run([NGSPICE, "-b", "look.cir"], cwd=folder, capture_output=True, text=True)
    assert f"length(time) = {len(found):.6e}" in run.stdout, run.stdout + run.stderr


def test_a_block_that_is_not_counted_yet_is_left_out(folder):
    (result,) = usual()
    for name, place in (("a.raw", None), ("b.raw", folder / "b.raw")):
        with growing_rawfile.beside(place):
            grown = growing_rawfile.Growing(dataclasses.replace(result, data=result.data[:0]))
            grown.add(result.data[:50])
            os.pwrite(grown.file.fileno(), result.data[50:53].tobytes(), grown.size + 50 * 32)
            os.lseek(grown.file.fileno(), 0, os.SEEK_SET)
            (folder / name).write_bytes(grown.file.read())
            grown.file.close()
        (found,) = rawfile.read(name)
        assert np.array_equal(found.data, result.data[:50])
        assert not found.complete and "the 96 bytes after the points are not a plot" in found.message


def test_large_rawfiles_stay_in_their_file(folder, monkeypatch):
    results = [
        *usual(),
        *usual(DECK.replace("tran 1n 100u", "ac dec 10 1 1meg").replace("sin", "ac 1 sin")),
        *usual(),
    ]
    rawfile.write("out.raw", results)
    expected = rawfile.read("out.raw")
    monkeypatch.setattr(rawfile, "IN_MEMORY", 1000)
    found = rawfile.read("out.raw")
    assert [type(result.data) for result in found] == [np.memmap, np.ndarray, np.memmap]
    for a, b in zip(expected, found, strict=True):
        assert np.array_equal(a.data, b.data) and a.complete and b.complete
        assert np.array_equal(a["v(b)"], b["v(b)"])
    (folder / "torn.raw").write_bytes((folder / "out.raw").read_bytes()[:-9])
    torn = rawfile.read("torn.raw")[-1]
    assert isinstance(torn.data, np.memmap) and not torn.complete and len(torn) == len(expected[-1]) - 1


@pytest.mark.parametrize("offset", range(1, 9))
def test_a_table_at_an_odd_place_gives_its_numbers(folder, monkeypatch, offset):
    result = replace(usual()[0], title="t" * offset)
    out = io.BytesIO()
    rawfile.write_plots(out, [result])
    (folder / "out.raw").write_bytes(out.getvalue())
    monkeypatch.setattr(rawfile, "IN_MEMORY", 0)
    (found,) = rawfile.read("out.raw")
    assert np.array_equal(found["v(b)"], result["v(b)"])
    from circuitnn.results import measure

    assert measure.evaluate(found, "v(a)*2").max() == measure.evaluate(result, "v(a)*2").max()


def test_a_folder_that_vanishes(folder, early):
    with (
        growing_rawfile.beside(folder / "gone" / "out.raw"),
        pytest.raises(AnalysisError, match="No such file"),
    ):
        Circuit.from_text(DECK).run()


SWEEPS = {
    "of a source": ".dc v1 0 1 1m",
    "of a resistor in a source": ".dc r1 1k 3k 1 v1 0 1 0.5",
    "of a source in the temperature": ".dc v1 0 1 1m temp 0 50 25",
}


@pytest.mark.parametrize("card", SWEEPS.values(), ids=SWEEPS)
@pytest.mark.parametrize("analysis_fails", [False, True])
def test_sweeps_grow_as_transients_do(folder, early, card, analysis_fails, monkeypatch):
    """Rows go to the file by blocks, and come back as they would from memory; also those before a failure."""
    deck = f"t\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.model dm d(is=1e-14 rs=1)\n{card}\n.end\n"

    def run():
        circuit = Circuit.from_text(deck)
        if not analysis_fails:
            return circuit.run()[0]
        asked = []
        with monkeypatch.context() as patched:
            patched.setattr(dc.budget, "ask_time", lambda what: asked.append(what) or _stop(len(asked)))
            with pytest.raises(BudgetError) as failed:
                circuit.run()
        return failed.value.results[-1]

    (folder / "out").mkdir()
    with growing_rawfile.beside(folder / "out" / "x.raw"):
        found = run()
        assert isinstance(found.data, np.memmap)
        data = np.array(found.data)
    assert names(folder / "out") == []
    monkeypatch.setattr(rows, "IN_MEMORY", 1 << 30)
    expected = run()
    assert not isinstance(expected.data, np.memmap)
    assert len(expected) > 900 if not analysis_fails else 0 < len(expected) < 3000
    np.testing.assert_array_equal(data, expected.data)
    assert found.complete is expected.complete is not analysis_fails


def _stop(asked):
    if asked > 3:
        raise BudgetError("enough")


def test_a_sweep_that_fills_the_disk_keeps_what_fitted(folder, early, monkeypatch):
    monkeypatch.setattr(dc, "CHUNK", 100)
    add = growing_rawfile.Growing.add

    def full(self, block):
        if self.count >= 300:
            raise OSError(28, "No space left on device")
        add(self, block)

    monkeypatch.setattr(growing_rawfile.Growing, "add", full)
    with pytest.raises(AnalysisError, match=r"dc: no more points after 300: No space left") as failed:
        Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1k\n.end\n").dc("v1", 0, 1, 1e-3)
    assert len(failed.value.result) == 300
