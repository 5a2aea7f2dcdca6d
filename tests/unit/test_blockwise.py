"""Tables of results, in memory and in files: read, narrowed and widened, and what that takes."""

import resource
import subprocess
import sys

import numpy as np
import pytest

from circuitnn.results import blockwise


@pytest.fixture(params=["memory", "file"])
def table(request, monkeypatch):
    monkeypatch.setattr(blockwise, "NUMBERS", 60)  # many blocks
    values = np.random.default_rng(1).normal(size=(101, 7))
    if request.param == "memory":
        return values, values.copy()
    with blockwise.temporary() as file:
        blockwise.append(file, values)
        return values, blockwise.mapped(file, 0, values.shape, "<f8")


def test_blocks_and_columns(table):
    values, made = table
    assert np.array_equal(np.concatenate([block.copy() for block in blockwise.blocks(made)]), values)
    assert all(np.array_equal(blockwise.column(made, k), values[:, k]) for k in range(7))
    assert np.array_equal(blockwise.column(made[:, :3], 2), values[:, 2])


def test_narrowed(table):
    values, made = table
    found = blockwise.narrowed(made, [5, 0, 2])
    assert isinstance(found, np.memmap) == isinstance(made, np.memmap)
    assert np.array_equal(found, values[:, [5, 0, 2]])


@pytest.mark.parametrize("more", [1, 7, 40])
def test_widened(table, more):
    values, made = table
    found = blockwise.widened(made, more)
    assert found.shape == (101, 7 + more)
    found[:, 7:] = 3.0
    assert np.array_equal(found[:, :7], values) and np.all(found[:, 7:] == 3.0)


def test_a_view_is_copied_and_left_alone():
    values = np.arange(12.0).reshape(3, 4)
    found = blockwise.widened(values[:, :2], 1)
    found[:] = 7.0
    assert np.array_equal(values, np.arange(12.0).reshape(3, 4))


@pytest.mark.parametrize("shape", [(0, 3), (5, 0)])
def test_tables_of_nothing(shape):
    empty = np.empty(shape)
    assert list(blockwise.blocks(empty)) == [] or shape[0]
    assert blockwise.widened(empty.copy(), 2).shape == (shape[0], shape[1] + 2)
    with blockwise.temporary() as file:
        assert blockwise.mapped(file, 0, shape, "<f8").shape == shape


def peak(code):
    """Peak of what a process takes more than at its start. [bytes]"""
    head = "import numpy as np, resource\nfrom circuitnn.results import blockwise\n"
    of = "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss"
    run = subprocess.run(
        [sys.executable, "-c", f"{head}before = {of}\n{code}\nprint(1024 * ({of} - before))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux says its peak in KiB")
def test_peak_memory():
    """Columns go behind a table without a second one; a file takes the memory of a block."""
    make = "t = np.ones((500_000, 20))\n"
    wide = 500_000 * 40 * 8
    assert peak(f"{make}t = blockwise.widened(t, 20)\nt[:, 20:] = 1.0") < 1.2 * wide
    file = "f = blockwise.temporary()\n[blockwise.append(f, np.ones((5000, 20))) for k in range(200)]\n"
    mapped = "t = blockwise.mapped(f, 0, (1_000_000, 20), '<f8')\n"
    work = "blockwise.column(t, 3)\nn = blockwise.narrowed(t, [1, 2, 3])\nw = blockwise.widened(t, 3)\n"
    work += "[b.sum() for b in blockwise.blocks(w)]"
    assert peak(file + mapped + work) < 60e6 < 1_000_000 * 20 * 8


def test_a_full_disk():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with blockwise.temporary() as file, pytest.raises(OSError, match="File too large"):
            blockwise.append(file, np.zeros((100, 3)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
