"""Rows of transients: whole, in memory or in a file, without a second copy of them."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, BudgetError
from circuitnn.machine import budget
from circuitnn.recording import rows
from circuitnn.results import rawfile
from circuitnn.results.result import Result

DECK = "t\nv1 a 0 sin(0 1 1meg)\nr1 a b 1k\nc1 b 0 1n\n.tran 1n 100u\n.end\n"


@pytest.mark.parametrize("limit", [0, 1000, 1 << 30])
def test_the_same_table_wherever_it_is_kept(monkeypatch, limit, tmp_path):
    usual = Circuit.from_text(DECK).run()[0]
    monkeypatch.setattr(rows, "IN_MEMORY", limit)
    found = Circuit.from_text(DECK).run()[0]
    assert isinstance(found.data, np.memmap) == (limit < 1 << 30)
    assert np.array_equal(found.data, usual.data)
    found.save(tmp_path / "x.raw")
    assert np.array_equal(rawfile.read(tmp_path / "x.raw")[0].data, usual.data)
    assert found["v(b)"].max() == usual["v(b)"].max()


def blank():
    kinds = ("time", "voltage", "voltage")
    return Result(
        "t", "tran", "Transient Analysis", "time", ("time", "v(a)", "v(b)"), kinds, np.empty((0, 3))
    )


def test_blocks_of_any_size(monkeypatch):
    rng = np.random.default_rng(1)
    for limit in (0, 500, 5000, 1 << 30):
        monkeypatch.setattr(rows, "IN_MEMORY", limit)
        made = rows.Rows(3, blank)
        blocks = [rng.normal(size=(n, 3)) for n in (5, 0, 1, 40, 7)]
        for block in blocks:
            made.add(block)
        made.end()
        assert len(made) == 53 and made.finite
        assert np.array_equal(made.table(), np.concatenate(blocks))
    assert rows.Rows(4, blank).table().shape == (0, 4)


@pytest.mark.parametrize("every", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("limit", [0, 1 << 30])
def test_one_row_of_so_many_and_the_last(monkeypatch, every, limit):
    monkeypatch.setattr(rows, "IN_MEMORY", limit)
    rng = np.random.default_rng(every)
    for total in (1, 2, 6, 7, 8, 99, 100, 101, 102):
        whole = rng.normal(size=(total, 3))
        made = rows.Rows(3, blank, every=every)
        for block in np.split(whole, np.sort(rng.integers(0, total + 1, 5))):
            made.add(block)
        made.end()
        wanted = sorted({*range(0, total, every), total - 1})
        assert np.array_equal(made.table(), whole[wanted])


@pytest.mark.parametrize("step", [0.1, 0.37, 1.0, 5.0])
def test_points_of_a_grid_are_those_of_straight_lines(monkeypatch, step):
    monkeypatch.setattr(rows, "NUMBERS", 12)  # several pieces a block
    rng = np.random.default_rng(3)
    for start, begin in ((0.0, 0.0), (0.5, 0.62), (1.0, 1.0)):
        time = begin + np.concatenate([[0.0], np.cumsum(rng.choice((0.0, 0.1, 0.5, 1.3), 60))])
        whole = np.column_stack([time, rng.normal(size=(61, 2))])
        made = rows.Rows(3, blank, grid=(start, step))
        for block in np.split(whole, [1, 1, 7, 30]):
            made.add(block)
        made.end()
        grid = start + step * np.arange(int((time[-1] - start) / step * (1 + 1e-12) + 1e-9) + 1)
        grid = grid[grid >= begin]
        found = made.table()
        assert np.array_equal(found[:, 0], grid)
        for k in (1, 2):
            assert found[:, k] == pytest.approx(np.interp(grid, time, whole[:, k]), rel=1e-12, abs=1e-12)


def test_the_grid_keeps_large_numbers_finite():
    made = rows.Rows(3, blank, grid=(0.0, 0.5))
    made.add(np.array([[0.0, -1.7e308, 1.0], [1.0, 1.7e308, 1.0]]))
    made.end()
    assert made.table()[:, 1:].tolist() == [[-1.7e308, 1.0], [0.0, 1.0], [1.7e308, 1.0]]


def test_decimate_keeps_the_first_and_the_last_point_and_says_so():
    full = Circuit.from_text(DECK).run()[0]
    thin = Circuit.from_text(DECK.replace(".tran", ".options decimate=100\n.tran")).run()[0]
    assert np.array_equal(thin.data[:-1], full.data[::100]) and np.array_equal(thin.data[-1], full.data[-1])
    assert any("one point of 100" in note for note in thin.statistics.notes)
    sampled = Circuit.from_text(DECK.replace(".tran", ".options interp decimate=10\n.tran")).run()[0]
    assert np.diff(sampled.time)[:-1] == pytest.approx(1e-8)
    with pytest.raises(AnalysisError, match="decimate = 0: must be 1 to"):
        Circuit.from_text(DECK).tran(1e-6, decimate=0)


def test_points_of_interp_are_counted_before_the_run():
    with budget.limits(points=1000), pytest.raises(BudgetError, match="interp"):
        Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1\n.options interp\n.tran 1n 1m 0 1m\n.end\n").run()


PEAK = """
import resource
from circuitnn import Circuit
n = 300
chain = "".join(f"r{k} n{k} n{k + 1} 1\\nc{k} n{k + 1} 0 1p\\n" for k in range(n))
circuit = Circuit.from_text(f"t\\nv1 n0 0 sin(0 1 1meg)\\n{chain}.tran 1n 50u\\n")
circuit.tran(1e-7, tstep=1e-9)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
result = circuit.run()[0]
print(result.data.nbytes, 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says its peak in KiB")
def test_peak_memory_is_little_more_than_what_is_kept():
    run = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    kept, peak = map(int, run.stdout.split())
    assert kept > 5e7
    assert peak <= 1.3 * kept


def test_a_full_disk_keeps_the_points_before(monkeypatch):
    """A limit on the size of files stands for it."""
    monkeypatch.setattr(rows, "IN_MEMORY", 0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(AnalysisError, match=r"no more points after t = .*TMPDIR") as caught:
            Circuit.from_text(DECK).run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    (result,) = caught.value.results
    assert 1000 < len(result) < 200_000 / 32 + 1 and not result.complete
    assert np.all(np.diff(result.time) > 0.0)
