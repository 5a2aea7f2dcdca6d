"""Rows of transients: whole, in memory or in a file, without a second copy of them."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.results import rawfile
from circuitnn.simulation import rows

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


def test_blocks_of_any_size(monkeypatch):
    rng = np.random.default_rng(1)
    for limit in (0, 500, 5000, 1 << 30):
        monkeypatch.setattr(rows, "IN_MEMORY", limit)
        made = rows.Rows(3)
        blocks = [rng.normal(size=(n, 3)) for n in (5, 0, 1, 40, 7)]
        for block in blocks:
            made.add(block)
        assert len(made) == 53
        assert np.array_equal(made.table(), np.concatenate(blocks))
    assert rows.Rows(4).table().shape == (0, 4)


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
